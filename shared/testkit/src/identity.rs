//! An identity provider that speaks SCIM 2.0, keeps versions, knows no idempotency keys, and fails on demand.

mod discovery;
mod patch;
mod resource;
mod search;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::queues::Millis;
pub use resource::Resource;
use resource::{Kind, project};

/// How it misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Answers 503 to everything.
    Down,
    /// Answers 429 to everything.
    Busy,
    /// Answers 404 to everything, as behind a wrong address.
    Elsewhere,
    /// Refuses whatever would be new.
    Refuse,
    /// Makes accounts and refuses teams.
    RefuseTeams,
    /// Does the next change and loses its answer; then it is well again.
    LoseReply,
    /// Does the next change, then whoever asked is killed; then it is well again.
    Kill,
}

/// One request. `path` begins after the base address: `/Users`, `/Groups/g-1`.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    /// The version that the change is for.
    pub if_match: Option<&'a str>,
    pub body: &'a Value,
    pub now: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
    /// Done, and the answer goes nowhere.
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered,
    Lost,
    Killed,
}

#[derive(Clone, Debug)]
pub struct Directory {
    pub users: Vec<Resource>,
    pub groups: Vec<Resource>,
    pub fault: Fault,
    pub calls: u64,
    /// When it answered that it is down.
    pub down_at: Vec<Millis>,
    /// Changes of what had changed since it was read: they were not done.
    pub too_late: u64,
    /// While it is down it asks everybody to come back after so many seconds.
    pub retry_after: Option<u32>,
    /// Resources that it gives at once.
    pub page_max: usize,
    /// Its own address: each resource says where it is.
    pub base: String,
    counter: u64,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            users: Vec::new(),
            groups: Vec::new(),
            fault: Fault::None,
            calls: 0,
            down_at: Vec::new(),
            too_late: 0,
            retry_after: None,
            page_max: 100,
            base: "https://idp.example/scim/v2".to_owned(),
            counter: 0,
        }
    }
}

impl Directory {
    pub fn handle(&mut self, call: &Call<'_>) -> Reply {
        self.calls += 1;
        let change = call.method != "GET";
        match self.fault {
            Fault::Elsewhere => return error(404, None, "There is nothing at this address."),
            Fault::Down => {
                self.down_at.push(call.now);
                let mut down = error(503, None, "The provider is down for maintenance.");
                down.headers
                    .extend(self.retry_after.map(|wait| ("retry-after", wait.to_string())));
                return down;
            }
            Fault::Busy => return error(429, None, "Too many requests."),
            Fault::Refuse if call.method == "POST" => {
                return error(403, None, "Not allowed by the tenant's rules.");
            }
            Fault::RefuseTeams if call.method == "POST" && call.path == "/Groups" => {
                return error(400, None, "The plan allows no more groups.");
            }
            Fault::None | Fault::Refuse | Fault::RefuseTeams | Fault::LoseReply | Fault::Kill => {}
        }
        let mut reply = self.obey(call);
        if change && reply.status < 300 {
            reply.fate = match self.fault {
                Fault::LoseReply => Fate::Lost,
                Fault::Kill => Fate::Killed,
                Fault::None | Fault::Down | Fault::Busy | Fault::Elsewhere | Fault::Refuse | Fault::RefuseTeams => {
                    Fate::Answered
                }
            };
            if reply.fate != Fate::Answered {
                self.fault = Fault::None;
            }
        }
        reply
    }

    /// Somebody enters a person, who is no order's.
    pub fn enroll(&mut self, user: &Value, now: Millis) -> Reply {
        self.create(Kind::User, user, now)
    }

    /// What it would change has changed since it was read.
    pub fn is_late(&self, call: &Call<'_>) -> bool {
        let Some(version) = call.if_match else { return false };
        let id = call.path.rsplit('/').next().map(unescape).unwrap_or_default();
        let mut all = self.users.iter().chain(&self.groups);
        all.any(|known| known.id == id && known.deleted_at.is_none() && !known.matches(version))
    }

    fn obey(&mut self, call: &Call<'_>) -> Reply {
        let mut parts = call.path.trim_matches('/').splitn(2, '/');
        let (first, rest) = (parts.next().unwrap_or_default(), parts.next());
        if let Some(described) = discovery::described(first, rest, &self.base) {
            return match call.method {
                "GET" => described,
                _ => error(405, None, "It can only be read."),
            };
        }
        if first == ".search" && call.method == "POST" {
            return self.search(&[Kind::User, Kind::Group], &search::Wanted::of_body(call.body));
        }
        let Some(kind) = Kind::of(first) else {
            return error(404, None, "No such endpoint.");
        };
        let id = rest.map(unescape);
        match (call.method, id.as_deref()) {
            ("POST", None) => self.create(kind, call.body, call.now),
            ("GET", None) => self.search(&[kind], &search::Wanted::of_query(call.query)),
            ("POST", Some(".search")) => self.search(&[kind], &search::Wanted::of_body(call.body)),
            ("GET", Some(id)) => match self.standing(kind, id) {
                Some(found) => found.shown(200, &search::Wanted::of_query(call.query)),
                None => error(404, None, "No such resource."),
            },
            ("PUT" | "PATCH" | "DELETE", Some(id)) => self.change(kind, id, call),
            _ => error(405, None, "Not supported."),
        }
    }

    fn change(&mut self, kind: Kind, id: &str, call: &Call<'_>) -> Reply {
        if self.is_late(call) {
            self.too_late += 1;
            return error(412, None, "It has changed since.");
        }
        let Some(found) = self.standing(kind, id) else {
            return error(404, None, "No such resource.");
        };
        if call.method == "DELETE" {
            found.deleted_at = Some(call.now);
            return ok(204, Value::Null);
        }
        let before = found.body.clone();
        let changed = match call.method {
            "PATCH" => patch::patched(kind, before, call.body),
            _ => Ok(kind.own(call.body)),
        };
        match changed {
            Ok(body) => self.store(kind, id, &body),
            Err(refused) => refused,
        }
    }

    /// What truly stands, whatever anybody recorded: users who can sign in, teams, and members of teams that carry the
    /// order's mark.
    pub fn truth(&self, order: &str) -> Truth {
        let marked = |resource: &&Resource| {
            let mark = resource.body["externalId"].as_str().unwrap_or_default();
            resource.stands() && mark.split(':').next() == Some(order)
        };
        let groups: Vec<&Resource> = self.groups.iter().filter(marked).collect();
        Truth {
            users: self.users.iter().filter(marked).count(),
            teams: groups.len(),
            members: groups
                .iter()
                .map(|group| group.body["members"].as_array().map_or(0, Vec::len))
                .sum(),
        }
    }
}

/// Counted at the provider itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    pub users: usize,
    pub teams: usize,
    pub members: usize,
}

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

fn ok(status: u16, body: Value) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body,
        fate: Fate::Answered,
    }
}

/// `kind` is one of the words of RFC 7644, 3.12.
fn error(status: u16, kind: Option<&str>, detail: &str) -> Reply {
    let mut body = json!({ "schemas": [ERROR], "status": status.to_string(), "detail": detail });
    if let Some(kind) = kind {
        body["scimType"] = json!(kind);
    }
    ok(status, body)
}

fn unescape(text: &str) -> String {
    // A plus in a path is a plus.
    let text = format!("x={}", text.replace('+', "%2B"));
    let plain = form_urlencoded::parse(text.as_bytes()).next();
    plain.map(|(_, value)| value.into_owned()).unwrap_or_default()
}
