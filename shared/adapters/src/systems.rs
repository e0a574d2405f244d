//! All systems in which a purchase comes true: the identity provider, and those that answer signed HTTP.

use domain::Timestamp;
use domain::audit::access::There;
use domain::failure::Failure;
use domain::id::{ObjectId, OrderId};
use domain::order::Order;
use domain::receipt::{Origin, Step};
use flow::ports::Provider;

use crate::env::Env;
use crate::http::Http;
use crate::scim::{Scim, ScimConfig, gone_is_good};
use crate::secret::Held;
use crate::signed::{Signed, SignedConfig};

pub struct SystemsConfig {
    scim: ScimConfig,
    signed: Held<SignedConfig>,
}

impl SystemsConfig {
    pub fn read(env: &Env) -> Self {
        Self {
            scim: ScimConfig::read(env),
            signed: Held::read(env, SignedConfig::read),
        }
    }
}

pub struct Systems {
    scim: Scim,
    signed: Signed,
}

impl Systems {
    pub fn new(config: SystemsConfig, http: Http) -> Self {
        Self {
            scim: Scim::new(config.scim, http.clone()),
            signed: Signed::new(config.signed, http),
        }
    }
}

impl Provider for Systems {
    async fn deliver(&self, order: &Order, step: Step, at: Timestamp) -> Result<(ObjectId, Origin), Failure> {
        match step {
            Step::Account => self.scim.make_account(order).await,
            Step::Team => self.scim.make_team(order).await,
            Step::Membership => self.scim.make_membership(order).await,
            Step::Signed(name) => self.signed.deliver(order, name, at).await,
        }
    }

    async fn find(&self, order: &Order, step: Step, at: Timestamp) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        match step {
            Step::Account => self.scim.find_account(order).await,
            Step::Team => self.scim.find_team(order).await,
            Step::Membership => self.scim.find_membership(order).await,
            Step::Signed(name) => self.signed.find(order, name, at).await,
        }
    }

    async fn revoke(&self, order: &Order, step: Step, object: &ObjectId, at: Timestamp) -> Result<(), Failure> {
        gone_is_good(match step {
            Step::Account => self.scim.revoke_account(order, object).await,
            Step::Team => self.scim.revoke_team(object).await,
            Step::Membership => self.scim.revoke_membership(object).await,
            Step::Signed(name) => return self.signed.revoke(order, name, object, at).await,
        })
    }

    async fn there(&self, order: &Order, step: Step, object: &ObjectId, at: Timestamp) -> Result<There, Failure> {
        let Step::Signed(name) = step else {
            return self.scim.there(order, step, object).await;
        };
        let all = self.signed.find(order, name, at).await?;
        let there = all.iter().any(|(known, _)| known == object);
        Ok(if there { There::Ours } else { There::Nothing })
    }

    async fn marked(&self, step: Step, from: usize) -> Result<(Vec<(OrderId, ObjectId)>, Option<usize>), Failure> {
        self.scim.page_of_marked(step, from).await
    }
}
