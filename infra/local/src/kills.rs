//! Functions that are killed at one of their acts outside: before it, or when it is done and nobody was answered yet.
//! Whoever asks is known by credentials: each function has its own, as each has its own role on AWS.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::emulator::Emulator;

/// What a function changes outside its own memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// At the identity provider.
    Identity,
    /// At the licence service.
    Licences,
    /// At Stripe.
    Stripe,
    /// An order or a case, in the table.
    Record,
    /// The sweeper's mark on an order.
    Claim,
    /// A message to a queue.
    Nudge,
    Mail,
    Alert,
    Announcement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It is not done.
    Before,
    /// It is done, and nobody hears of it.
    After,
}

/// At the `nth` such act of the function, counted from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    pub function: String,
    pub act: Act,
    pub moment: Moment,
    pub nth: u32,
}

/// Kills that wait for their act.
#[derive(Default)]
pub struct Kills {
    planned: Mutex<Vec<Kill>>,
    emulator: OnceLock<Arc<Emulator>>,
}

impl Kills {
    pub(crate) fn begin(&self, emulator: &Arc<Emulator>) {
        let _first = self.emulator.set(Arc::clone(emulator));
    }

    /// The next act that fits ends its function.
    pub fn plan(&self, function: &str, act: Act, moment: Moment, nth: u32) {
        self.planned().push(Kill {
            function: function.to_owned(),
            act,
            moment,
            nth,
        });
    }

    /// What has not come about yet.
    pub fn planned(&self) -> MutexGuard<'_, Vec<Kill>> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a function at once, whatever it does.
    pub fn now(&self, function: &str) {
        if let Some(emulator) = self.emulator.get() {
            emulator.kill(function);
        }
    }

    /// Whether this act is the one: then its function ends, and must not be answered.
    pub(crate) fn strike(&self, function: &str, act: Act, moment: Moment) -> bool {
        {
            let mut planned = self.planned();
            let fits = |kill: &Kill| kill.function == function && kill.act == act && kill.moment == moment;
            let Some(at) = planned.iter().position(fits) else {
                return false;
            };
            if let Some(kill) = planned.get_mut(at).filter(|kill| kill.nth > 1) {
                kill.nth -= 1;
                return false;
            }
            planned.remove(at);
        }
        self.now(function);
        true
    }
}

/// The name in AWS's signature: `AWS4-HMAC-SHA256 Credential=NAME/20261126/...`.
pub(crate) fn signer(authorization: &str) -> &str {
    let credential = authorization.split_once("Credential=").map(|(_, rest)| rest);
    credential.and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Act, Kills, Moment, signer};

    #[test]
    fn the_nth_act_of_that_function_strikes_once() {
        let kills = Kills::default();
        kills.plan("refund", Act::Stripe, Moment::After, 2);
        assert!(!kills.strike("capture", Act::Stripe, Moment::After));
        assert!(!kills.strike("refund", Act::Stripe, Moment::Before));
        let struck = [1, 2, 3].map(|_| kills.strike("refund", Act::Stripe, Moment::After));
        assert_eq!(struck, [false, true, false]);
        assert!(kills.planned().is_empty());
    }

    #[test]
    fn whoever_signed_is_known() {
        let signed =
            "AWS4-HMAC-SHA256 Credential=stripe-webhook/20261126/eu-central-1/sqs/aws4_request, SignedHeaders=host";
        assert_eq!(signer(signed), "stripe-webhook");
        assert_eq!(signer("Bearer x"), "");
    }
}
