//! What Stripe, the identity provider and the inbox have for an order.

use domain::case::{CaseRef, Choice, Resolved};
use domain::order::Order;
use domain::receipt::Step;
use testkit::world::State;

fn settled(case: &CaseRef) -> bool {
    let how = case.resolved.as_ref();
    how.is_some_and(|how| {
        matches!(
            how,
            Resolved::Decided {
                choice: Choice::Ignore,
                ..
            }
        )
    })
}

#[derive(Debug)]
pub(super) struct Truth {
    pub(super) captured: i64,
    pub(super) returned: i64,
    /// Accounts, teams and members that carry the order's mark.
    pub(super) made: [usize; 3],
    /// The buyer has everything that was bought, by whoever made it.
    pub(super) full: bool,
    /// A case of this order waits in the inbox.
    pub(super) in_hand: bool,
    /// Somebody has dealt with it outside, and said so: what Stripe has is not the whole of it any more.
    pub(super) settled: bool,
}

impl Truth {
    pub(super) fn of(state: &State, order: &Order) -> Self {
        let (captured, returned) = state.stripe.truth(order.id.as_str());
        let access = state.directory.truth(order.id.as_str());
        let account = || {
            let mut users = state.directory.users.iter();
            users.any(|user| user.deleted_at.is_none() && user.body["userName"] == order.buyer.email.as_str())
        };
        let true_for = |step: &Step| match step {
            Step::Account => account(),
            Step::Team => access.teams > 0,
            Step::Membership => access.members > 0,
        };
        let mine = |case: &domain::case::Case| case.order.as_ref() == Some(&order.id) && case.resolved.is_none();
        Self {
            captured,
            returned,
            made: [access.users, access.teams, access.members],
            full: order.product.steps.iter().all(true_for),
            in_hand: state.cases().any(mine),
            settled: order.cases.iter().any(settled),
        }
    }

    pub(super) fn kept(&self) -> i64 {
        self.captured - self.returned
    }

    /// Something of this order stands, and no money stands behind it.
    pub(super) fn bare(&self) -> bool {
        self.made != [0; 3] && self.kept() <= 0
    }

    /// There is money, and not everything that it was paid for.
    pub(super) fn waiting(&self) -> bool {
        self.kept() > 0 && !self.full
    }
}
