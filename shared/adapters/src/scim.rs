//! The identity provider, over SCIM 2.0 (RFC 7644). It knows no idempotency keys: what we make carries our mark
//! (`externalId`), and after a lost answer we look for the mark before we make anything again.

use domain::failure::{Failure, FailureClass, Reason};
use domain::id::ObjectId;
use domain::order::Order;
use domain::receipt::{Origin, Step};
use flow::ports::Identity;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::env::Env;
use crate::http::{Http, NoReply, Reply};

pub struct ScimConfig {
    url: String,
    token: String,
    /// PEM of the provider's certificate authority, where it is none of the built-in ones.
    pub authority: Option<String>,
}

impl ScimConfig {
    pub fn read(env: &Env) -> Self {
        Self {
            url: env.url("MAKEGOOD_SCIM_URL"),
            token: env.text("MAKEGOOD_SCIM_TOKEN"),
            authority: env.optional("MAKEGOOD_SCIM_CA"),
        }
    }
}

pub struct Scim {
    config: ScimConfig,
    http: Http,
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

impl Scim {
    pub fn new(config: ScimConfig, http: Http) -> Self {
        Self { config, http }
    }

    /// Opens the connection while the function starts.
    pub async fn warm(&self) {
        let _ignored = self.call("GET", "/ServiceProviderConfig", None).await;
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Reply, NoReply> {
        let headers = [
            ("authorization", format!("Bearer {}", self.config.token).into()),
            ("content-type", "application/scim+json".into()),
            ("accept", "application/scim+json".into()),
        ];
        let body = body.and_then(|body| serde_json::to_vec(&body).ok()).unwrap_or_default();
        self.http
            .send(method, &format!("{}{path}", self.config.url), headers, body)
            .await
    }

    /// Resources whose attribute has this value.
    async fn search(&self, kind: &str, attribute: &str, value: &str) -> Result<Vec<Value>, Failure> {
        // Inside a filter a quote or a backslash of the value must not end it.
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let filter = format!("{attribute} eq \"{quoted}\"");
        let path = format!("/{kind}?filter={}", utf8_percent_encode(&filter, NON_ALPHANUMERIC));
        let found = asked(self.call("GET", &path, None).await)?;
        let resources = found.get("Resources").and_then(Value::as_array).cloned();
        let total = found.get("totalResults").and_then(Value::as_u64).unwrap_or(0);
        match resources {
            Some(resources) => Ok(resources),
            None if total == 0 => Ok(Vec::new()),
            None => Err(Failure::new(FailureClass::Transient, Reason::Garbled)),
        }
    }

    async fn create(&self, kind: &str, body: Value) -> Result<ObjectId, Failure> {
        let made = changed(self.call("POST", &format!("/{kind}"), Some(body)).await).map_err(no_endpoint)?;
        id_of(&made).ok_or(Failure::unknown(Reason::Garbled))
    }

    async fn make_account(&self, order: &Order) -> Result<(ObjectId, Origin), Failure> {
        let buyer = &order.buyer;
        let body = json!({
            "schemas": [USER], "userName": buyer.email, "externalId": mark(order, Step::Account), "active": true,
            "displayName": buyer.name, "name": { "formatted": buyer.name },
            "emails": [{ "value": buyer.email, "primary": true }],
        });
        match self.create("Users", body).await {
            Ok(id) => Ok((id, Origin::Made)),
            // The buyer had an account before: it is theirs, and an undo will not touch it.
            Err(failure) if failure.reason == Reason::Taken => {
                self.find_account(order).await?.into_iter().next().ok_or(failure)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn make_membership(&self, order: &Order) -> Result<(ObjectId, Origin), Failure> {
        let (user, group) = members(order)?;
        let body = json!({
            "schemas": [PATCH],
            "Operations": [{ "op": "add", "path": "members", "value": [{ "value": user.as_str() }] }],
        });
        changed(self.call("PATCH", &format!("/Groups/{group}"), Some(body)).await)?;
        Ok((ObjectId::new(format!("{group}/{user}")), Origin::Made))
    }

    /// What carries our mark was made by us; an account of the same name without it was there before.
    async fn find_account(&self, order: &Order) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        let mine = mark(order, Step::Account);
        let mut found = self.search("Users", "externalId", &mine).await?;
        if found.is_empty() {
            found = self.search("Users", "userName", &order.buyer.email).await?;
        }
        let origin = |user: &Value| match mark_of(user) == Some(&mine) {
            true => Origin::Made,
            false => Origin::Found,
        };
        for user in &found {
            self.share(&mine, user).await?;
        }
        Ok(found
            .iter()
            .filter_map(|user| Some((id_of(user)?, origin(user))))
            .collect())
    }

    /// An account that another order made and this one stands on belongs to no order any more: neither takes it away.
    async fn share(&self, mine: &str, user: &Value) -> Result<(), Failure> {
        let anothers = mark_of(user).is_some_and(|mark| mark != mine && is_account_mark(mark));
        let Some(id) = id_of(user).filter(|_| anothers) else {
            return Ok(());
        };
        let body = json!({
            "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "externalId", "value": SHARED }],
        });
        let shared = changed(self.call("PATCH", &format!("/Users/{id}"), Some(body)).await);
        // Marking it twice is the same as once, so it is tried again; and a mark that is refused says nothing about the
        // buyer, who must not be undone for it.
        shared
            .map(|_user| ())
            .map_err(|failure| Failure::new(FailureClass::Transient, failure.reason))
    }

    async fn revoke_account(&self, order: &Order, object: &ObjectId) -> Result<(), Failure> {
        let user = asked(self.call("GET", &format!("/Users/{object}"), None).await)?;
        if mark_of(&user) != Some(&mark(order, Step::Account)) {
            return Ok(());
        }
        changed(self.call("DELETE", &format!("/Users/{object}"), None).await).map(|_gone| ())
    }

    async fn find_team(&self, order: &Order) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        let found = self.search("Groups", "externalId", &mark(order, Step::Team)).await?;
        Ok(found
            .iter()
            .filter_map(|group| Some((id_of(group)?, Origin::Made)))
            .collect())
    }

    async fn find_membership(&self, order: &Order) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        let (user, group) = members(order)?;
        let found = match asked(self.call("GET", &format!("/Groups/{group}"), None).await) {
            Ok(found) => found,
            Err(failure) if failure.reason == Reason::Missing => return Ok(Vec::new()),
            Err(failure) => return Err(failure),
        };
        let inside = found.get("members").and_then(Value::as_array).is_some_and(|members| {
            members
                .iter()
                .any(|member| member.get("value").and_then(Value::as_str) == Some(user.as_str()))
        });
        Ok(if inside {
            vec![(ObjectId::new(format!("{group}/{user}")), Origin::Made)]
        } else {
            Vec::new()
        })
    }
}

impl Identity for Scim {
    async fn deliver(&self, order: &Order, step: Step) -> Result<(ObjectId, Origin), Failure> {
        match step {
            Step::Account => self.make_account(order).await,
            Step::Team => {
                let body = json!({
                    "schemas": [GROUP], "displayName": order.buyer.team, "externalId": mark(order, Step::Team),
                });
                Ok((self.create("Groups", body).await?, Origin::Made))
            }
            Step::Membership => self.make_membership(order).await,
        }
    }

    async fn find(&self, order: &Order, step: Step) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        match step {
            Step::Account => self.find_account(order).await,
            Step::Team => self.find_team(order).await,
            Step::Membership => self.find_membership(order).await,
        }
    }

    async fn revoke(&self, order: &Order, step: Step, object: &ObjectId) -> Result<(), Failure> {
        let taken_back = match step {
            Step::Account => self.revoke_account(order, object).await,
            Step::Team => changed(self.call("DELETE", &format!("/Groups/{object}"), None).await).map(|_gone| ()),
            Step::Membership => {
                let (group, user) = object.as_str().split_once('/').ok_or(MISSING)?;
                let path = format!("members[value eq \"{user}\"]");
                let body = json!({ "schemas": [PATCH], "Operations": [{ "op": "remove", "path": path }] });
                changed(self.call("PATCH", &format!("/Groups/{group}"), Some(body)).await).map(|_left| ())
            }
        };
        match taken_back {
            // Gone already is good.
            Err(failure) if failure.reason == Reason::Missing => Ok(()),
            done => done,
        }
    }
}

/// Where nothing can be made at all, our address is wrong: no buyer is undone for that.
fn no_endpoint(failure: Failure) -> Failure {
    if failure.reason == Reason::Missing {
        Failure::new(FailureClass::Transient, Reason::Missing)
    } else {
        failure
    }
}

const MISSING: Failure = Failure {
    class: FailureClass::Rejected,
    reason: Reason::Missing,
};

/// Stands on an account that more than one order stands on.
const SHARED: &str = "makegood:shared";

fn mark_of(resource: &Value) -> Option<&str> {
    resource.get("externalId").and_then(Value::as_str)
}

fn is_account_mark(mark: &str) -> bool {
    mark.strip_prefix("ord_")
        .is_some_and(|rest| rest.ends_with(&format!(":{}", Step::Account.noun())))
}

fn mark(order: &Order, step: Step) -> String {
    format!("{}:{}", order.id, step.noun())
}

fn id_of(resource: &Value) -> Option<ObjectId> {
    resource.get("id").and_then(Value::as_str).map(ObjectId::new)
}

/// The user and the group that the membership joins; taken back ones too, when it must be looked for.
fn members(order: &Order) -> Result<(ObjectId, ObjectId), Failure> {
    let object = |step| {
        let any = || {
            order
                .receipts
                .iter()
                .find(|receipt| receipt.step == step && !receipt.surplus)
        };
        order
            .winner(step)
            .or_else(any)
            .map(|receipt| receipt.object.clone())
            .ok_or(MISSING)
    };
    Ok((object(Step::Account)?, object(Step::Team)?))
}

/// The answer to a question: nothing changed, so asking again is always safe.
fn asked(answered: Result<Reply, NoReply>) -> Result<Value, Failure> {
    understand(answered).map_err(soft)
}

/// Nothing hangs on whether it was done: it is simply asked for again.
fn soft(failure: Failure) -> Failure {
    match failure.class {
        FailureClass::Unknown => Failure::new(FailureClass::Transient, failure.reason),
        FailureClass::Transient | FailureClass::Throttled | FailureClass::Rejected => failure,
    }
}

/// The answer to a change.
fn changed(answered: Result<Reply, NoReply>) -> Result<Value, Failure> {
    understand(answered)
}

fn understand(answered: Result<Reply, NoReply>) -> Result<Value, Failure> {
    let reply = match answered {
        Ok(reply) => reply,
        Err(NoReply::NotSent) => return Err(Failure::new(FailureClass::Transient, Reason::Unreachable)),
        Err(NoReply::NoAnswer) => return Err(Failure::unknown(Reason::NoAnswer)),
    };
    match reply.status {
        204 => Ok(Value::Null),
        200..=299 => serde_json::from_slice(&reply.body).map_err(|_garbled| Failure::unknown(Reason::Garbled)),
        // Our token, not the buyer: a mended token delivers the order, so it must not be undone.
        401 => Err(Failure::new(FailureClass::Transient, Reason::NotAllowed)),
        404 => Err(MISSING),
        408 => Err(Failure::unknown(Reason::NoAnswer)),
        409 => Err(Failure::new(FailureClass::Rejected, Reason::Taken)),
        429 => Err(Failure::new(FailureClass::Throttled, Reason::TooMany)),
        400..=499 => Err(Failure::new(FailureClass::Rejected, Reason::Refused)),
        // "Not now": it says itself that it did not take the request.
        503 => Err(Failure::new(FailureClass::Transient, Reason::Unavailable)),
        500..=599 => Err(Failure::unknown(Reason::ServerError)),
        _ => Err(Failure::unknown(Reason::Garbled)),
    }
}
