//! Names of things, cheap to copy. Each is its own type, so that a refund's id can never stand where an order's belongs.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Our order, `ord_...`: derived from the form token, so that the same submit is the same order.
    OrderId
);
impl OrderId {
    /// What people quote: `MG-3F9A-21C4`.
    pub fn reference(&self) -> String {
        let digits = self.as_str().trim_start_matches("ord_");
        let digits = digits.get(..8).unwrap_or(digits).to_ascii_uppercase();
        let (first, second) = digits.split_at(digits.len().min(4));
        format!("MG-{first}-{second}")
    }
}
id!(
    /// A problem in a person's hands, `case_...`.
    CaseId
);
id!(
    /// What a person decided, named when its page was shown: the same page sent twice is one decision.
    DecisionId
);
id!(
    /// Stripe's Checkout Session, `cs_...`.
    SessionId
);
id!(
    /// Stripe's PaymentIntent, `pi_...`.
    PaymentId
);
id!(
    /// Stripe's refund, `re_...`.
    RefundId
);
id!(
    /// Stripe's dispute, `dp_...` (older ones `du_...`).
    DisputeId
);
id!(
    /// Something in another system: a user, a group, a membership as `group/user`.
    ObjectId
);

/// The 128 random bits (as 32 hex digits) without which nobody sees an order's status page.
///
/// It is a credential: it has no `Display`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicToken(Arc<str>);

impl PublicToken {
    pub fn from_bits(bits: u128) -> Self {
        Self(format!("{bits:032x}").into())
    }

    /// For the address of the status page, and for nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares without telling by its duration where the difference is.
    #[must_use]
    pub fn matches(&self, given: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), given.as_bytes());
        ours.len() == theirs.len() && ours.iter().zip(theirs).fold(0, |different, (a, b)| different | (a ^ b)) == 0
    }
}

impl fmt::Debug for PublicToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::PublicToken;

    #[test]
    fn a_token_matches_only_itself_and_is_never_printed() {
        let token = PublicToken::from_bits(7);
        assert!(token.matches("00000000000000000000000000000007"));
        assert!(!token.matches("00000000000000000000000000000008"));
        assert!(!token.matches(""));
        assert_eq!(format!("{token:?}"), "PublicToken(..)");
    }
}
