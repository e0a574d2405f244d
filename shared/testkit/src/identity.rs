//! An identity provider that speaks SCIM 2.0, knows no idempotency keys, and fails on demand.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::queues::Millis;

/// How it misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Answers 503 to everything.
    Down,
    /// Answers 429 to everything.
    Busy,
    /// Refuses whatever would be new.
    Refuse,
    /// Makes accounts and refuses teams.
    RefuseTeams,
    /// Does the next change and loses its answer; then it is well again.
    LoseReply,
    /// Does the next change, then whoever asked is killed; then it is well again.
    Kill,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: Arc<Value>,
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
pub struct Resource {
    pub id: String,
    pub body: Arc<Value>,
    pub created_at: Millis,
    pub deleted_at: Option<Millis>,
}

#[derive(Clone, Debug, Default)]
pub struct Directory {
    pub users: Vec<Resource>,
    pub groups: Vec<Resource>,
    pub fault: Fault,
    pub calls: u64,
    /// When it answered that it is down.
    pub down_at: Vec<Millis>,
    counter: u64,
}

impl Directory {
    /// One request. `path` begins after the base address: `/Users`, `/Groups/g-1`.
    pub fn handle(&mut self, method: &str, path: &str, query: &str, body: Value, now: Millis) -> Reply {
        self.calls += 1;
        let change = method != "GET";
        match self.fault {
            Fault::Down => {
                self.down_at.push(now);
                return error(503, "The provider is down for maintenance.");
            }
            Fault::Busy => return error(429, "Too many requests."),
            Fault::Refuse if method == "POST" => return error(403, "Not allowed by the tenant's rules."),
            Fault::RefuseTeams if method == "POST" && path == "/Groups" => {
                return error(400, "The plan allows no more groups.");
            }
            Fault::None | Fault::Refuse | Fault::RefuseTeams | Fault::LoseReply | Fault::Kill => {}
        }
        let mut reply = self.obey(method, path, query, body, now);
        if change && reply.status < 300 {
            reply.fate = match self.fault {
                Fault::LoseReply => Fate::Lost,
                Fault::Kill => Fate::Killed,
                Fault::None | Fault::Down | Fault::Busy | Fault::Refuse | Fault::RefuseTeams => Fate::Answered,
            };
            if reply.fate != Fate::Answered {
                self.fault = Fault::None;
            }
        }
        reply
    }

    fn obey(&mut self, method: &str, path: &str, query: &str, body: Value, now: Millis) -> Reply {
        let mut parts = path.trim_matches('/').splitn(2, '/');
        let (kind, id) = (parts.next().unwrap_or_default(), parts.next());
        if kind == "ServiceProviderConfig" {
            return ok(
                200,
                json!({ "patch": { "supported": true }, "filter": { "supported": true, "maxResults": 100 } }),
            );
        }
        if kind != "Users" && kind != "Groups" {
            return error(404, "No such endpoint.");
        }
        match (method, id) {
            ("POST", None) => self.create(kind, body, now),
            ("GET", None) => self.search(kind, query),
            ("GET", Some(id)) => match self.standing(kind, id) {
                Some(found) => ok(200, found.body.clone()),
                None => error(404, "No such resource."),
            },
            ("PATCH", Some(id)) => self.patch(kind, id, &body),
            ("DELETE", Some(id)) => match self.standing(kind, id) {
                Some(found) => {
                    found.deleted_at = Some(now);
                    ok(204, Value::Null)
                }
                None => error(404, "No such resource."),
            },
            _ => error(405, "Not supported."),
        }
    }

    fn create(&mut self, kind: &str, mut body: Value, now: Millis) -> Reply {
        let name = if kind == "Users" { "userName" } else { "displayName" };
        let Some(text) = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) else {
            return error(400, &format!("{name} is required."));
        };
        let taken = |user: &Resource| {
            user.deleted_at.is_none()
                && user.body["userName"]
                    .as_str()
                    .is_some_and(|known| known.eq_ignore_ascii_case(text))
        };
        if kind == "Users" && self.users.iter().any(taken) {
            return Reply {
                status: 409,
                body: Arc::new(
                    json!({ "schemas": [ERROR], "status": "409", "scimType": "uniqueness", "detail": "userName is taken." }),
                ),
                fate: Fate::Answered,
            };
        }
        self.counter += 1;
        let id = format!("{}-{}", if kind == "Users" { "u" } else { "g" }, self.counter);
        body["id"] = json!(id);
        body["meta"] = json!({ "resourceType": kind.trim_end_matches('s') });
        let body = Arc::new(body);
        let resource = Resource {
            id,
            body: body.clone(),
            created_at: now,
            deleted_at: None,
        };
        self.of(kind).push(resource);
        ok(201, body)
    }

    /// `attribute eq "value"`, which is all that is asked for.
    fn search(&mut self, kind: &str, query: &str) -> Reply {
        let filter = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("filter="))
            .map(unescape)
            .unwrap_or_default();
        let wanted = filter.split_once(" eq ").map(|(name, value)| {
            let value = value.trim().trim_start_matches('"').trim_end_matches('"');
            (
                name.trim().to_owned(),
                value.replace("\\\"", "\"").replace("\\\\", "\\"),
            )
        });
        if !filter.is_empty() && wanted.is_none() {
            return error(400, "The filter is not understood.");
        }
        let fits = |resource: &&Resource| match &wanted {
            Some((name, value)) => resource
                .body
                .get(name)
                .and_then(Value::as_str)
                .is_some_and(|has| has.eq_ignore_ascii_case(value)),
            None => true,
        };
        let standing = self.of(kind).iter().filter(|resource| resource.deleted_at.is_none());
        let found: Vec<&Value> = standing.filter(fits).map(|resource| &*resource.body).collect();
        ok(
            200,
            json!({ "schemas": [LIST], "totalResults": found.len(), "Resources": found }),
        )
    }

    fn patch(&mut self, kind: &str, id: &str, body: &Value) -> Reply {
        let Some(resource) = self.standing(kind, id) else {
            return error(404, "No such resource.");
        };
        let first = &body["Operations"][0];
        if first["path"] == "externalId" && first["op"] == "replace" {
            Arc::make_mut(&mut resource.body)["externalId"] = first["value"].clone();
            return ok(200, resource.body.clone());
        }
        let mut members = resource.body["members"].as_array().cloned().unwrap_or_default();
        for operation in body["Operations"].as_array().into_iter().flatten() {
            let path = operation["path"].as_str().unwrap_or_default();
            match operation["op"]
                .as_str()
                .unwrap_or_default()
                .to_ascii_lowercase()
                .as_str()
            {
                "add" if path == "members" => {
                    for member in operation["value"].as_array().into_iter().flatten() {
                        if !members.iter().any(|known| known["value"] == member["value"]) {
                            members.push(member.clone());
                        }
                    }
                }
                "remove" if path.starts_with("members[value eq ") => {
                    let user = path.split('"').nth(1).unwrap_or_default();
                    members.retain(|member| member["value"] != user);
                }
                _ => return error(400, "The operation is not understood."),
            }
        }
        Arc::make_mut(&mut resource.body)["members"] = Value::Array(members);
        ok(200, resource.body.clone())
    }

    fn of(&mut self, kind: &str) -> &mut Vec<Resource> {
        if kind == "Users" {
            &mut self.users
        } else {
            &mut self.groups
        }
    }

    fn standing(&mut self, kind: &str, id: &str) -> Option<&mut Resource> {
        self.of(kind)
            .iter_mut()
            .find(|resource| resource.id == id && resource.deleted_at.is_none())
    }

    /// What truly stands, whatever anybody recorded: users, teams, and members of teams that carry the order's mark.
    pub fn truth(&self, order: &str) -> Truth {
        let marked = |resource: &&Resource| {
            let mark = resource.body["externalId"].as_str().unwrap_or_default();
            resource.deleted_at.is_none() && mark.split(':').next() == Some(order)
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
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

fn ok(status: u16, body: impl Into<Arc<Value>>) -> Reply {
    Reply {
        status,
        body: body.into(),
        fate: Fate::Answered,
    }
}

fn error(status: u16, detail: &str) -> Reply {
    ok(
        status,
        json!({ "schemas": [ERROR], "status": status.to_string(), "detail": detail }),
    )
}

fn unescape(text: &str) -> String {
    form_urlencoded::parse(format!("x={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(directory: &mut Directory, path: &str, body: &Value) -> Reply {
        directory.handle("POST", path, "", body.clone(), 0)
    }

    #[test]
    fn made_found_joined_and_taken_back() {
        let mut directory = Directory::default();
        let user = json!({ "userName": "jo@example.com", "externalId": "ord_1:account" });
        assert_eq!(post(&mut directory, "/Users", &user).status, 201);
        assert_eq!(post(&mut directory, "/Users", &user).status, 409);
        assert_eq!(
            post(
                &mut directory,
                "/Groups",
                &json!({ "displayName": "Blue", "externalId": "ord_1:team" })
            )
            .status,
            201
        );
        let add = json!({ "Operations": [{ "op": "add", "path": "members", "value": [{ "value": "u-1" }] }] });
        assert_eq!(directory.handle("PATCH", "/Groups/g-2", "", add, 0).status, 200);
        let found = directory.handle(
            "GET",
            "/Users",
            "filter=externalId%20eq%20%22ord_1%3Aaccount%22",
            Value::Null,
            0,
        );
        assert_eq!(found.body["totalResults"], 1);
        assert_eq!(
            directory.truth("ord_1"),
            Truth {
                users: 1,
                teams: 1,
                members: 1
            }
        );
        assert_eq!(directory.handle("DELETE", "/Users/u-1", "", Value::Null, 5).status, 204);
        assert_eq!(directory.handle("DELETE", "/Users/u-1", "", Value::Null, 6).status, 404);
        assert_eq!(directory.truth("ord_1").users, 0);
    }

    #[test]
    fn a_lost_reply_is_an_effect_all_the_same() {
        let mut directory = Directory {
            fault: Fault::LoseReply,
            ..Directory::default()
        };
        let reply = post(
            &mut directory,
            "/Groups",
            &json!({ "displayName": "Blue", "externalId": "ord_1:team" }),
        );
        assert_eq!(reply.fate, Fate::Lost);
        assert_eq!(directory.truth("ord_1").teams, 1);
    }
}
