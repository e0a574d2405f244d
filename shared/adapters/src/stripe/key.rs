//! The key, and whether it fits the mode.

use crate::env::Env;

/// A key that does not print itself.
#[derive(PartialEq, Eq)]
pub(super) struct Key(String);

impl Key {
    pub(super) fn is_given(env: &Env) -> bool {
        env.optional_secret("MAKEGOOD_STRIPE_KEY").is_some()
    }

    /// For whoever moves no money: a secret key, which may do everything, is refused.
    pub(super) fn read_restricted(env: &Env) -> Self {
        let key = Self::read(env);
        if key.0.starts_with("sk_") {
            env.refuse(
                "MAKEGOOD_STRIPE_KEY",
                "is a secret key, which may move money: write a restricted one that may read, rk_...".into(),
            );
        }
        key
    }

    pub(super) fn read(env: &Env) -> Self {
        let (key, livemode) = (env.secret("MAKEGOOD_STRIPE_KEY"), env.flag("MAKEGOOD_LIVEMODE"));
        let test = key.starts_with("rk_test_") || key.starts_with("sk_test_");
        let live = key.starts_with("rk_live_") || key.starts_with("sk_live_");
        if !key.chars().all(|letter| letter.is_ascii_graphic()) {
            env.refuse(
                "MAKEGOOD_STRIPE_KEY",
                "has a space, a line's end or a letter that no key has: write the key alone".into(),
            );
        } else if !key.is_empty() && !test && !live {
            env.refuse(
                "MAKEGOOD_STRIPE_KEY",
                "is no Stripe key: write a restricted key, rk_test_... or rk_live_...".into(),
            );
        } else if test && livemode {
            env.refuse(
                "MAKEGOOD_STRIPE_KEY",
                "is a test key and MAKEGOOD_LIVEMODE is true: make both one or the other".into(),
            );
        } else if live && !livemode {
            env.refuse(
                "MAKEGOOD_STRIPE_KEY",
                "is a live key and MAKEGOOD_LIVEMODE is false: make both one or the other".into(),
            );
        }
        Self(key)
    }

    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}
