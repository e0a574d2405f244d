//! Which stage a table belongs to. Its first order writes it down; a function that is set up for another stage, for test
//! money or for another account then touches none of its orders.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::env::Env;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    /// Real money.
    pub livemode: bool,
    /// The connected account that the shop sells for, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl Stage {
    pub fn read(env: &Env) -> Self {
        Self {
            name: env.text("MAKEGOOD_STAGE"),
            livemode: env.flag("MAKEGOOD_LIVEMODE"),
            account: env.optional("MAKEGOOD_STRIPE_ACCOUNT"),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = if self.livemode { "real" } else { "test" };
        write!(f, "{} with {money} money", self.name)?;
        match &self.account {
            Some(account) => write!(f, " for {account}"),
            None => Ok(()),
        }
    }
}
