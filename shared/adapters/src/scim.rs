//! The identity provider, over SCIM 2.0 (RFC 7643, RFC 7644). It knows no idempotency keys: what we make carries our mark
//! (`externalId`), and after a lost answer we look for the mark before we make anything again.

mod account;
mod audit;
mod calls;
mod config;
#[cfg(test)]
pub(crate) mod tests;
mod text;

use domain::failure::{Failure, FailureClass, Reason};
use domain::id::ObjectId;
use domain::order::Order;
use domain::receipt::{Origin, Step};
use serde_json::{Value, json};

use crate::http::Http;
use calls::{id_of, not_the_buyer};
pub(crate) use config::ScimConfig;
use text::{equals, escaped, joined, parted};

pub(crate) struct Scim {
    config: ScimConfig,
    http: Http,
}

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const MISSING: Failure = Failure::new(FailureClass::Rejected, Reason::Missing);

impl Scim {
    pub(crate) fn new(config: ScimConfig, http: Http) -> Self {
        Self { config, http }
    }

    pub(crate) async fn make_team(&self, order: &Order) -> Result<(ObjectId, Origin), Failure> {
        let body = json!({
            "schemas": [GROUP], "displayName": order.buyer.team, "externalId": mark(order, Step::Team),
        });
        match self.create("Groups", body).await {
            Ok(id) => Ok((id, Origin::Made)),
            // By a team of that name, or by this order's own, of whose making nobody had heard.
            Err(failure) if failure.reason == Reason::Taken => {
                let own = self.find_team(order).await?;
                own.into_iter()
                    .min_by(|(one, _), (other, _)| one.cmp(other))
                    .ok_or(failure)
            }
            Err(failure) => Err(failure),
        }
    }

    pub(crate) async fn find_team(&self, order: &Order) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        let found = self.marked("Groups", &mark(order, Step::Team)).await?;
        Ok(found
            .iter()
            .filter_map(|group| Some((id_of(group)?, Origin::Made)))
            .collect())
    }

    pub(crate) async fn revoke_team(&self, object: &ObjectId) -> Result<(), Failure> {
        self.change("DELETE", &at("Groups", object), None).await.map(|_gone| ())
    }

    pub(crate) async fn make_membership(&self, order: &Order) -> Result<(ObjectId, Origin), Failure> {
        let (user, group) = members(order)?;
        let body = json!({
            "schemas": [PATCH],
            "Operations": [{ "op": "add", "path": "members", "value": [{ "value": user.as_str() }] }],
        });
        match self.change("PATCH", &at("Groups", &group), Some(body)).await {
            Ok(_group) => Ok((membership(&group, &user), Origin::Made)),
            // They are in it already, or somebody changed the team at the same moment. It says nothing about the buyer.
            Err(failure) if failure.reason == Reason::Taken => {
                let inside = self.find_membership(order).await.map_err(not_the_buyer)?;
                let again = failure.seen_as(FailureClass::Transient);
                inside.into_iter().next().ok_or(again)
            }
            Err(failure) => Err(failure),
        }
    }

    pub(crate) async fn find_membership(&self, order: &Order) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        let (user, group) = members(order)?;
        let found = match self.read(&at("Groups", &group)).await {
            Ok(found) => found.body,
            Err(failure) if failure.reason == Reason::Missing => return Ok(Vec::new()),
            Err(failure) => return Err(failure),
        };
        let inside = found.get("members").and_then(Value::as_array).is_some_and(|members| {
            members
                .iter()
                .any(|member| member.get("value").and_then(Value::as_str) == Some(user.as_str()))
        });
        Ok(if inside {
            vec![(membership(&group, &user), Origin::Made)]
        } else {
            Vec::new()
        })
    }

    pub(crate) async fn revoke_membership(&self, object: &ObjectId) -> Result<(), Failure> {
        let (group, user) = parted(object.as_str()).ok_or(MISSING)?;
        let path = format!("members[{}]", equals("value", &user));
        let body = json!({ "schemas": [PATCH], "Operations": [{ "op": "remove", "path": path }] });
        let group = at("Groups", &ObjectId::new(group));
        self.change("PATCH", &group, Some(body)).await.map(|_left| ())
    }

    /// What carries this mark.
    async fn marked(&self, kind: &str, mark: &str) -> Result<Vec<Value>, Failure> {
        self.search(kind, "externalId", mark, |has, mark| has == mark).await
    }
}

/// Gone already is good.
pub(crate) fn gone_is_good(taken_back: Result<(), Failure>) -> Result<(), Failure> {
    match taken_back {
        Err(failure) if failure.reason == Reason::Missing => Ok(()),
        done => done,
    }
}

fn at(kind: &str, object: &ObjectId) -> String {
    format!("/{kind}/{}", escaped(object.as_str()))
}

fn mark(order: &Order, step: Step) -> String {
    format!("{}:{}", order.id, step.name())
}

fn membership(group: &ObjectId, user: &ObjectId) -> ObjectId {
    ObjectId::new(joined(group.as_str(), user.as_str()))
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
