//! The ledger of refunds: one line for each that Stripe has told us of, whoever made it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::because::{Because, undone_for};
use crate::case::{CaseRef, Choice, Resolved};
use crate::failure::FailureClass;
use crate::id::{CaseId, OrderId, PaymentId, RefundId, SessionId};
use crate::money::Money;
use crate::order::Order;
use crate::payment::{Payment, Refund, RefundStatus};
use crate::time::{DAY, Timestamp};
use crate::work::Subject;

/// How far a refund has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Done,
    OnItsWay,
    /// It brought nothing back: the money is still with us.
    Failed,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Done, Self::OnItsWay, Self::Failed];

    pub fn of(status: RefundStatus) -> Self {
        match status {
            RefundStatus::Succeeded => Self::Done,
            RefundStatus::Pending | RefundStatus::RequiresAction => Self::OnItsWay,
            RefundStatus::Failed | RefundStatus::Canceled => Self::Failed,
        }
    }
}

/// One refund, with everything that our order knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    pub refund: RefundId,
    pub status: RefundStatus,
    /// By Stripe's clock; none: Stripe's word of it was not kept.
    pub created_at: Option<Timestamp>,
    /// When we first heard of it.
    pub heard_at: Timestamp,
    /// When it came to stand as it does.
    pub stands_since: Timestamp,
    pub order: OrderId,
    pub reference: String,
    pub payment: PaymentId,
    pub charge: Option<Arc<str>>,
    pub session: Option<SessionId>,
    pub masked_email: String,
    pub amount: Money,
    /// What was taken by this payment.
    pub original: Option<Money>,
    pub because: Because,
    /// The failure for which the order was undone, where one was, and the step that failed.
    pub failed: Option<(FailureClass, String)>,
    /// The case that asked for it, or that it led to.
    pub case: Option<CaseId>,
    /// Whole days for which we had the money.
    pub days_held: Option<u64>,
    /// Stripe's own word.
    pub failure_reason: Option<Arc<str>>,
}

impl RefundLine {
    /// The moment by which it belongs to a period.
    pub fn made_at(&self) -> Timestamp {
        self.created_at.unwrap_or(self.heard_at)
    }

    pub fn stage(&self) -> Stage {
        Stage::of(self.status)
    }

    /// All that was taken went back at once. None: what was taken is not known.
    pub fn is_full(&self) -> Option<bool> {
        self.original.map(|original| original == self.amount)
    }
}

/// Every refund of the order, those that failed too.
pub fn refunds(order: &Order) -> Vec<RefundLine> {
    let of = |payment| move |refund| line(order, payment, refund);
    let payments = order.payments.iter();
    payments
        .flat_map(|payment| payment.refunds.iter().map(of(payment)))
        .collect()
}

fn line(order: &Order, payment: &Payment, refund: &Refund) -> RefundLine {
    let amount = Money::new(
        refund.amount_minor,
        payment.stake().unwrap_or(order.product.price).currency,
    );
    let because = because(payment, refund);
    let because = because.unwrap_or_else(|| Because::external_dashboard(amount, order.policy.version, refund.since));
    let of_undo = order.undo.as_ref().is_some_and(|undo| undo.because == because);
    let decided = because.decided().cloned();
    let held = payment.captured_at.map(|since| refund.made_at().since(since));
    RefundLine {
        refund: refund.id.clone(),
        status: refund.status,
        created_at: refund.told.created_at,
        heard_at: refund.since,
        stands_since: refund.at,
        order: order.id.clone(),
        reference: order.reference(),
        payment: payment.id.clone(),
        charge: refund.told.charge.clone(),
        session: order.checkout.session.as_ref().map(|session| session.id.clone()),
        masked_email: order.buyer.masked_email(),
        amount,
        original: payment.captured,
        because,
        failed: undone_for(order).filter(|_| of_undo),
        case: decided
            .map(|decided| decided.case.clone())
            .or_else(|| case(order, payment, of_undo)),
        days_held: held.map(|held| held.as_secs() / DAY.as_secs()),
        failure_reason: refund.told.failure_reason.clone(),
    }
}

/// Why it was made, as far as anybody has said.
fn because(payment: &Payment, refund: &Refund) -> Option<Because> {
    if let Some(words) = &refund.words {
        return Some(words.because.clone());
    }
    let owed = payment.owed.as_ref().filter(|_| !payment.made_by_hand(refund));
    owed.map(|owed| owed.because.clone())
}

fn case(order: &Order, payment: &Payment, of_undo: bool) -> Option<CaseId> {
    let about = Subject::Return(payment.id.clone());
    let chose = |case: &CaseRef| match &case.resolved {
        Some(Resolved::Decided { choice, .. }) => of_undo && *choice == Choice::Undo,
        Some(Resolved::Healed { .. }) | None => false,
    };
    let mut cases = order.cases.iter().rev();
    let case = cases.find(|case| case.subject.as_ref() == Some(&about) || chose(case));
    case.map(|case| case.id.clone())
}
