//! What Stripe, the identity provider and the inbox have for an order.

use domain::case::{CaseRef, Choice, Class, Resolved};
use domain::order::Order;
use domain::receipt::Step;
use testkit::world::State;

fn settled(case: &CaseRef) -> bool {
    // Whoever says why money went back, or who need not be told, has not dealt with anything.
    let about_words = matches!(case.class, Class::NotTold | Class::BecauseMissing);
    let how = case.resolved.as_ref().filter(|_| !about_words);
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
    /// Refunded by us, or taken back by the bank.
    pub(super) returned: i64,
    pub(super) held: i64,
    /// The bank once held or moved money for it, or there was nothing to pay.
    pub(super) ever_paid: bool,
    /// It has no price.
    pub(super) free: bool,
    /// Accounts, teams and members that carry the order's mark, and its licences.
    pub(super) made: [usize; 4],
    /// The buyer has everything that was bought, by whoever made it.
    pub(super) full: bool,
    /// A case of this order waits in the inbox, if only for words.
    pub(super) asked: bool,
    /// One that decides about its money or access.
    pub(super) in_hand: bool,
    /// Somebody has dealt with it outside, and said so: what Stripe has is not the whole of it any more.
    pub(super) settled: bool,
}

impl Truth {
    pub(super) fn of(state: &State, order: &Order) -> Self {
        let money = state.stripe.money(order.id.as_str());
        let mut intents = state.stripe.intents.iter();
        let mine = |id: Option<&String>| id.map(String::as_str) == Some(order.id.as_str());
        let once = intents.any(|intent| {
            let held_or_taken = matches!(intent.status, "succeeded" | "requires_capture" | "canceled");
            held_or_taken && mine(intent.metadata.get("order"))
        });
        let access = state.directory.truth(order.id.as_str());
        let licences = state.licences.of(order.id.as_str()).count();
        let account = || {
            let mut users = state.directory.users.iter();
            users.any(|user| user.deleted_at.is_none() && user.body["userName"] == order.buyer.email.as_str())
        };
        let true_for = |step: &Step| match step {
            Step::Account => account(),
            Step::Team => access.teams > 0,
            Step::Membership => access.members > 0,
            Step::Signed(_) => licences > 0,
        };
        // Who was not told is no matter of money and access.
        let mine = |case: &&domain::case::Case| {
            case.order.as_ref() == Some(&order.id) && case.resolved.is_none() && case.class != Class::NotTold
        };
        let asked: Vec<Class> = state.cases().filter(mine).map(|case| case.class).collect();
        Self {
            captured: money.captured,
            returned: money.returned + money.lost,
            held: money.held,
            ever_paid: once || order.product.price.minor == 0,
            free: order.product.price.minor == 0,
            made: [access.users, access.teams, access.members, licences],
            full: order.product.steps.iter().all(true_for),
            asked: !asked.is_empty(),
            in_hand: asked.iter().any(|class| *class != Class::BecauseMissing),
            settled: order.cases.iter().any(settled),
        }
    }

    pub(super) fn kept(&self) -> i64 {
        self.captured - self.returned
    }

    /// Something of this order stands though it costs something, and no money stands behind it.
    pub(super) fn bare(&self) -> bool {
        self.made != [0; 4] && self.kept() + self.held <= 0 && !self.free
    }

    /// There is money, and not everything that it was paid for.
    pub(super) fn waiting(&self) -> bool {
        self.kept() + self.held > 0 && !self.full
    }
}
