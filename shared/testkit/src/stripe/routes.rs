//! Which call does what.

use serde_json::Value;

use super::answer::{error, found, list};
use super::{Call, Dispute, Event, Form, Intent, Refund, Reply, Session, Stripe};

impl Stripe {
    pub(super) fn obey(&mut self, call: &Call<'_>) -> Reply {
        let parts: Vec<&str> = call.path.trim_start_matches("/v1/").split('/').collect();
        let answered = match call.method {
            "GET" => self.read(call, &parts),
            "POST" => self.write(call, &parts),
            _ => None,
        };
        answered.unwrap_or_else(|| {
            let unknown = format!("Unrecognized request URL ({}: {}).", call.method, call.path);
            error(404, "invalid_request_error", "", &unknown)
        })
    }

    fn write(&mut self, call: &Call<'_>, parts: &[&str]) -> Option<Reply> {
        let (form, now) = (&call.form, call.now);
        match parts {
            ["checkout", "sessions"] => Some(self.open_session(form, now)),
            ["checkout", "sessions", id, "expire"] => Some(self.expire_session(id, now)),
            ["payment_intents", id] => Some(self.annotate(id, form)),
            ["payment_intents", id, "capture"] => Some(self.capture(id, form, now)),
            ["payment_intents", id, "cancel"] => Some(self.cancel(id, form, now)),
            ["refunds"] => Some(self.refund(form, now)),
            ["refunds", id] => Some(self.annotate_refund(id, form, now)),
            _ => None,
        }
    }

    fn read(&self, call: &Call<'_>, parts: &[&str]) -> Option<Reply> {
        let form = &call.form;
        match parts {
            ["checkout", "sessions", id] => Some(found(self.session(id).map(Session::json))),
            ["payment_intents", id] => {
                let expanded = form.expands("latest_charge");
                Some(found(self.intent(id).map(|intent| shown(intent, expanded))))
            }
            ["charges", id] => {
                let intent = self.intents.iter().find(|intent| intent.charge == *id);
                Some(found(intent.map(Intent::charge_json)))
            }
            ["events", id] => {
                let event = self.events.iter().find(|event| event.id == *id);
                Some(found(event.map(|event| Value::clone(&event.body))))
            }
            ["refunds", id] => Some(found(self.refunds.iter().find(|r| r.id == *id).map(Refund::json))),
            ["disputes", id] => Some(found(self.disputes.iter().find(|d| d.id == *id).map(Dispute::json))),
            _ => self.read_list(call.path, form),
        }
    }

    fn read_list(&self, path: &str, form: &Form) -> Option<Reply> {
        let of = form.get("payment_intent");
        let asked_for = |intent: &str| of.is_none_or(|of| of == intent);
        match path {
            "/v1/checkout/sessions" => {
                let paid_by = |session: &&Session| of.is_none() || session.intent.as_deref() == of;
                let mine = self.sessions.iter().rev().filter(paid_by);
                Some(list(path, form, mine.map(Session::json)))
            }
            "/v1/payment_intents" => {
                let expanded = form.expands("data.latest_charge");
                let all = self.intents.iter().rev();
                Some(list(path, form, all.map(|intent| shown(intent, expanded))))
            }
            "/v1/refunds" => {
                let mine = self.refunds.iter().rev().filter(|refund| asked_for(&refund.intent));
                Some(list(path, form, mine.map(Refund::json)))
            }
            "/v1/disputes" => {
                let mine = self.disputes.iter().rev().filter(|dispute| asked_for(&dispute.intent));
                Some(list(path, form, mine.map(Dispute::json)))
            }
            "/v1/events" => {
                let kinds: Vec<&str> = form.all("types").collect();
                let undelivered = form.get("delivery_success") == Some("false");
                let fits = |event: &&Event| {
                    (kinds.is_empty() || kinds.contains(&event.kind.as_str())) && !(undelivered && event.delivered)
                };
                let all = self.events.iter().rev().filter(fits);
                Some(list(path, form, all.map(|event| Value::clone(&event.body))))
            }
            _ => None,
        }
    }

    fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    fn intent(&self, id: &str) -> Option<&Intent> {
        self.intents.iter().find(|intent| intent.id == id)
    }
}

fn shown(intent: &Intent, expanded: bool) -> Value {
    let mut shown = intent.json();
    if expanded {
        shown["latest_charge"] = intent.charge_json();
    }
    shown
}
