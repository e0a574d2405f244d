//! A licence service that an adopter might have: it answers signed HTTP, believes nobody without a signature, keeps the
//! order's id beside each licence, and fails on demand. It remembers no key once a licence is taken back, so a call that
//! comes late makes a new one.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::queues::Millis;

/// What signs, as both sides have it.
pub const SECRET: &str = "whsec_bGljZW5jZXMtb2YtdGhpcy1tYWNoaW5l";

/// Standard Webhooks: a signature is believed for so long.
const TOLERANCE_SECONDS: u64 = 300;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Answers 503 to everything.
    Down,
    /// Answers 429 to everything.
    Busy,
    /// Makes no licence.
    Refuse,
    /// Does the next change and loses its answer; then it is well again.
    LoseReply,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    pub id: String,
    pub order: String,
    pub holder: String,
    pub made_at: Millis,
    pub taken_back_at: Option<Millis>,
}

/// One request. `path` begins after the service's own address: `/deliver`.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub path: &'a str,
    pub id: &'a str,
    pub timestamp: &'a str,
    pub signature: &'a str,
    pub body: &'a [u8],
    pub now: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
    /// Done, and the answer goes nowhere.
    pub lost: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Licences {
    pub licences: Vec<Licence>,
    pub fault: Fault,
    /// Calls that were not believed.
    pub refused_signatures: u64,
}

impl Licences {
    pub fn handle(&mut self, call: &Call<'_>) -> Reply {
        if !signed(call) {
            self.refused_signatures += 1;
            return says(401, "The signature does not fit.");
        }
        self.believed(call.path, call.body, call.now)
    }

    /// What is done with a call that was believed, however long ago.
    pub fn believed(&mut self, path: &str, body: &[u8], now: Millis) -> Reply {
        match self.fault {
            Fault::Down => return says(503, "Down for maintenance."),
            Fault::Busy => return says(429, "Too many requests."),
            Fault::Refuse if path == "/deliver" => return refuses("No licence for this customer."),
            Fault::None | Fault::Refuse | Fault::LoseReply => {}
        }
        let mut reply = self.obey(path, body, now);
        if self.fault == Fault::LoseReply && path != "/find" && reply.status < 300 {
            self.fault = Fault::None;
            reply.lost = true;
        }
        reply
    }

    fn obey(&mut self, path: &str, body: &[u8], now: Millis) -> Reply {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let (kind, data) = (body["type"].as_str().unwrap_or_default(), &body["data"]);
        if kind.strip_prefix("step.") != path.strip_prefix('/') {
            return says(400, "The type and the address differ.");
        }
        let Some(order) = data["order"].as_str() else {
            return says(400, "There is no order in it.");
        };
        match path {
            "/deliver" => self.make(order, data["buyer"]["email"].as_str().unwrap_or_default(), now),
            "/find" => {
                let standing = self
                    .of(order)
                    .map(|licence| json!({ "id": licence.id, "order": order }));
                answers(json!({ "objects": standing.collect::<Vec<_>>() }))
            }
            "/revoke" => self.take_back(order, data["object"].as_str().unwrap_or_default(), now),
            _ => says(404, "No such address."),
        }
    }

    /// One licence for each order, however often it is asked for.
    fn make(&mut self, order: &str, holder: &str, now: Millis) -> Reply {
        if let Some(known) = self.of(order).next() {
            return answers(json!({ "id": known.id }));
        }
        let id = format!("lic_{}", self.licences.len() + 1);
        let made = answers(json!({ "id": id }));
        self.licences.push(Licence {
            id,
            order: order.to_owned(),
            holder: holder.to_owned(),
            made_at: now,
            taken_back_at: None,
        });
        made
    }

    fn take_back(&mut self, order: &str, id: &str, now: Millis) -> Reply {
        let mut licences = self.licences.iter_mut();
        let standing = licences.find(|known| known.id == id && known.order == order && known.taken_back_at.is_none());
        let Some(licence) = standing else {
            return answers(json!({ "detail": "It is gone." }));
        };
        licence.taken_back_at = Some(now);
        answers(json!({}))
    }

    /// What stands of an order, whatever anybody recorded.
    pub fn of<'a>(&'a self, order: &'a str) -> impl Iterator<Item = &'a Licence> + 'a {
        let mine = move |licence: &&Licence| licence.order == order && licence.taken_back_at.is_none();
        self.licences.iter().filter(mine)
    }
}

/// Written without a look at our own side's code: the two meet in the bytes alone.
fn signed(call: &Call<'_>) -> bool {
    let seconds: i64 = call.timestamp.parse().unwrap_or_default();
    let fresh = call.now.div_euclid(1_000).abs_diff(seconds) <= TOLERANCE_SECONDS;
    let secret = SECRET.trim_start_matches("whsec_");
    let key = BASE64_STANDARD.decode(secret).unwrap_or_default();
    let fits = |given: &str| {
        let Some(given) = given
            .strip_prefix("v1,")
            .and_then(|given| BASE64_STANDARD.decode(given).ok())
        else {
            return false;
        };
        let mac = Hmac::<Sha256>::new_from_slice(&key);
        mac.is_ok_and(|mac| {
            let mac = mac.chain_update(call.id).chain_update(".").chain_update(call.timestamp);
            mac.chain_update(".")
                .chain_update(call.body)
                .verify_slice(&given)
                .is_ok()
        })
    };
    fresh && !call.id.is_empty() && call.signature.split(' ').any(fits)
}

fn answers(body: Value) -> Reply {
    Reply {
        status: 200,
        body,
        lost: false,
    }
}

fn refuses(why: &str) -> Reply {
    Reply {
        status: 422,
        ..answers(json!({ "refused": true, "why": why }))
    }
}

fn says(status: u16, detail: &str) -> Reply {
    Reply {
        status,
        ..answers(json!({ "detail": detail }))
    }
}
