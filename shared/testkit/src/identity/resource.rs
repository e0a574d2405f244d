//! One user or group, with its version, and what it may hold.

use serde_json::{Value, json};

use super::search::Wanted;
use super::{Directory, Reply, error, ok};
use crate::queues::Millis;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Group,
}

#[derive(Clone, Debug)]
pub struct Resource {
    pub id: String,
    pub body: Value,
    pub created_at: Millis,
    pub deleted_at: Option<Millis>,
    version: u64,
}

impl Kind {
    pub(super) fn of(endpoint: &str) -> Option<Self> {
        [Self::User, Self::Group]
            .into_iter()
            .find(|kind| kind.endpoint() == endpoint)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    pub(super) fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    pub(super) fn schema(self) -> String {
        format!("urn:ietf:params:scim:schemas:core:2.0:{}", self.name())
    }

    /// Without it there is no such resource.
    pub(super) fn required(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }

    /// What others may write, by its own name whatever the case.
    pub(super) fn attribute(self, name: &str) -> Option<&'static str> {
        let all: &[&'static str] = match self {
            Self::User => &["externalId", "userName", "displayName", "name", "active", "emails"],
            Self::Group => &["externalId", "displayName", "members"],
        };
        all.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
    }

    /// What of this body others may write.
    pub(super) fn own(self, body: &Value) -> Value {
        let pairs = body.as_object().into_iter().flatten();
        let known = pairs.filter_map(|(name, value)| Some((self.attribute(name)?.to_owned(), value.clone())));
        Value::Object(known.filter(|(_, value)| !value.is_null()).collect())
    }
}

impl Resource {
    /// It is there, and if it is a person's, they can sign in.
    pub fn stands(&self) -> bool {
        self.deleted_at.is_none() && self.body["active"] != false
    }

    pub(super) fn matches(&self, version: &str) -> bool {
        version == "*" || version.split(',').any(|known| known.trim() == self.tag())
    }

    fn tag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }

    pub(super) fn shown(&self, status: u16, wanted: &Wanted) -> Reply {
        let location = self.body["meta"]["location"].as_str().unwrap_or_default().to_owned();
        let mut reply = ok(status, project(&self.body, wanted));
        reply.headers.push(("etag", self.tag()));
        reply.headers.push(("location", location));
        reply
    }
}

/// The attributes that were asked for. An id is always given.
pub(super) fn project(body: &Value, wanted: &Wanted) -> Value {
    let pairs = body.as_object().into_iter().flatten();
    let shown = pairs.filter(|(name, _)| matches!(name.as_str(), "id" | "schemas") || wanted.shows(name));
    Value::Object(shown.map(|(name, value)| (name.clone(), value.clone())).collect())
}

impl Directory {
    pub(super) fn create(&mut self, kind: Kind, body: &Value, now: Millis) -> Reply {
        let body = kind.own(body);
        if let Some(refused) = self.refused(kind, &body, None) {
            return refused;
        }
        self.counter += 1;
        let letter = match kind {
            Kind::User => 'u',
            Kind::Group => 'g',
        };
        let mut resource = Resource {
            id: format!("{letter}-{}", self.counter),
            body: Value::Null,
            created_at: now,
            deleted_at: None,
            version: 1,
        };
        resource.body = self.whole(kind, &resource, &body);
        let reply = resource.shown(201, &Wanted::default());
        self.of(kind).push(resource);
        reply
    }

    /// What becomes of a standing resource.
    pub(super) fn store(&mut self, kind: Kind, id: &str, body: &Value) -> Reply {
        let body = kind.own(body);
        if let Some(refused) = self.refused(kind, &body, Some(id)) {
            return refused;
        }
        let Some(mut next) = self.standing(kind, id).cloned() else {
            return error(404, None, "No such resource.");
        };
        let changed = kind.own(&next.body) != body;
        next.version += u64::from(changed);
        next.body = self.whole(kind, &next, &body);
        let reply = next.shown(200, &Wanted::default());
        if let Some(known) = self.standing(kind, id) {
            *known = next;
        }
        reply
    }

    fn refused(&self, kind: Kind, body: &Value, id: Option<&str>) -> Option<Reply> {
        let name = kind.required();
        let Some(text) = body[name].as_str().filter(|text| !text.is_empty()) else {
            return Some(error(400, Some("invalidValue"), &format!("{name} is required.")));
        };
        let taken = |user: &Resource| {
            let known = user.body["userName"].as_str().unwrap_or_default();
            user.deleted_at.is_none() && Some(user.id.as_str()) != id && known.to_lowercase() == text.to_lowercase()
        };
        (kind == Kind::User && self.users.iter().any(taken))
            .then(|| error(409, Some("uniqueness"), "userName is taken."))
    }

    /// With what only the provider writes.
    fn whole(&self, kind: Kind, resource: &Resource, body: &Value) -> Value {
        let mut whole = body.clone();
        let location = format!("{}/{}/{}", self.base, kind.endpoint(), resource.id);
        whole["schemas"] = json!([kind.schema()]);
        whole["id"] = json!(resource.id);
        whole["meta"] = json!({ "resourceType": kind.name(), "location": location, "version": resource.tag() });
        whole
    }

    pub(super) fn of(&mut self, kind: Kind) -> &mut Vec<Resource> {
        match kind {
            Kind::User => &mut self.users,
            Kind::Group => &mut self.groups,
        }
    }

    pub(super) fn standing(&mut self, kind: Kind, id: &str) -> Option<&mut Resource> {
        self.of(kind)
            .iter_mut()
            .find(|resource| resource.id == id && resource.deleted_at.is_none())
    }
}
