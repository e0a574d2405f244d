//! Money that somebody returned by hand asks for its because: a person gives it later, and Stripe is told. Nothing of the
//! order waits for it.

use crate::because::{Because, Code};
use crate::case::{CaseRef, Class, Word};
use crate::failure::Failure;
use crate::history::What;
use crate::id::{PaymentId, RefundId};
use crate::money::Money;
use crate::order::Order;
use crate::payment::{Payment, Refund, Words, Written};
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};
use super::recourse;

/// The refunds for which this case asks the because: of its own payment, and made by hand.
pub fn asks(order: &Order, case: &CaseRef) -> Vec<RefundId> {
    let about = asked_about(order, case).filter(|_| case.resolved.is_none());
    about.map_or_else(Vec::new, |payment| {
        payment.unexplained().map(|refund| refund.id.clone()).collect()
    })
}

/// A case that asks a person about money which went back by hand asks for the words as well: one is enough.
fn asked_about<'a>(order: &'a Order, case: &CaseRef) -> Option<&'a Payment> {
    match (&case.subject, case.class) {
        (Some(Subject::Return(id)), Class::BecauseMissing) => order.payments.iter().find(|known| known.id == *id),
        (None, Class::PartlyReturned | Class::ReturnedAfterDelivery) => order.own_payment(),
        _ => None,
    }
}

/// Opens a case for each payment that has such refunds, unless one that is open asks already.
pub(super) fn ask(draft: &mut Draft) {
    let order = &draft.order;
    let asked = |payment: &Payment| {
        let mut open = order.cases.iter().filter(|case| case.resolved.is_none());
        open.any(|case| asked_about(order, case).is_some_and(|about| about.id == payment.id))
    };
    let missing = |payment: &&Payment| payment.unexplained().next().is_some() && !asked(payment);
    let missing: Vec<PaymentId> = order
        .payments
        .iter()
        .filter(missing)
        .map(|known| known.id.clone())
        .collect();
    for id in missing {
        draft.open_case(Class::BecauseMissing, Some(Subject::Return(id)), None);
    }
}

/// A person says why these refunds were made.
pub(super) fn explain(draft: &mut Draft, case: &CaseRef, refunds: &[RefundId], word: &Word) {
    let policy = draft.order.policy.version;
    let Some(id) = asked_about(&draft.order, case).map(|payment| payment.id.clone()) else {
        return;
    };
    let currency = draft.order.product.price.currency;
    for refund in refunds {
        let of = |refund: &Refund| {
            let amount = Money::new(refund.amount_minor, currency);
            Because::explained(amount, &case.id, word, policy, refund.since)
        };
        give(draft, &id, refund, Some(&word.by), of);
    }
    let of_all = |amount: Money, because: &Because| Because::explained(amount, &case.id, word, policy, because.at());
    replace(draft, &id, of_all);
}

/// What whoever made it wrote down at Stripe, in our own words for it.
pub(super) fn read(draft: &mut Draft, id: &PaymentId, refund: &RefundId) -> bool {
    let policy = draft.order.policy.version;
    let Some(payment) = draft.payment(id) else { return false };
    let unsaid = |known: &&Refund| known.id == *refund && known.words.is_none() && payment.made_by_hand(known);
    let Some(said) = payment
        .refunds
        .iter()
        .find(unsaid)
        .and_then(|known| known.told.said.clone())
    else {
        return false;
    };
    give(draft, id, refund, None, |refund: &Refund| {
        Because::said_at_stripe(&said, policy, refund.since)
    });
    replace(draft, id, |_, because: &Because| {
        Because::said_at_stripe(&said, policy, because.at())
    });
    true
}

fn give(draft: &mut Draft, id: &PaymentId, refund: &RefundId, by: Option<&String>, of: impl Fn(&Refund) -> Because) {
    let known = draft.payment(id).map(|payment| payment.refunds.iter_mut());
    let Some(known) = known.into_iter().flatten().find(|known| known.id == *refund) else {
        return;
    };
    let because = of(known);
    known.words = Some(Words::new(because.clone()));
    draft.note(What::Explained {
        refund: refund.clone(),
        by: by.cloned(),
        because,
    });
}

/// Where the payment as a whole went back without a reason, and the order with it, it has one from now on.
fn replace(draft: &mut Draft, id: &PaymentId, of: impl Fn(Money, &Because) -> Because) {
    let Some(payment) = draft.payment(id) else { return };
    let unexplained = payment.unexplained().next().is_some();
    let owed = payment.owed.as_mut().filter(|_| !unexplained);
    let Some(owed) = owed.filter(|owed| owed.because.code() == Code::ExternalDashboard) else {
        return;
    };
    let because = of(owed.amount, &owed.because);
    let before = std::mem::replace(&mut owed.because, because.clone());
    if let Some(undo) = draft.order.undo.as_mut().filter(|undo| undo.because == before) {
        undo.because = because;
    }
}

pub(super) fn annotated(draft: &mut Draft, attempt: Attempt, id: &PaymentId, refund: &RefundId) -> Learned {
    let at = draft.now();
    let mine = draft.end(attempt).is_some();
    if !end(draft, id, refund, Written::At(at)) && !mine {
        return Learned::Nothing("that is written down already");
    }
    Learned::Something
}

pub(super) fn annotate_failed(
    draft: &mut Draft,
    attempt: Attempt,
    (id, refund): (&PaymentId, &RefundId),
    failure: Failure,
) -> Learned {
    if draft.end(attempt).is_none() {
        return Learned::Nothing("the attempt is no longer ours");
    }
    draft.note(What::AnnotateFailed {
        refund: refund.clone(),
        failure: failure.remembered(),
    });
    if !recourse::again_if_ever(draft, &Subject::Annotate(refund.clone()), failure) {
        let at = draft.now();
        end(draft, id, refund, Written::GivenUp(at));
    }
    Learned::Something
}

/// The words stand at Stripe, or never will; tells whether that was new.
fn end(draft: &mut Draft, id: &PaymentId, refund: &RefundId, how: Written) -> bool {
    let known = draft.payment(id).map(|payment| payment.refunds.iter_mut());
    let known = known.into_iter().flatten().find(|known| known.id == *refund);
    let words = known.and_then(|known| known.words.as_mut());
    let Some(words) = words.filter(|words| words.written == Written::Owed) else {
        return false;
    };
    words.written = how;
    draft.order.work.forget(&Subject::Annotate(refund.clone()));
    draft.note(What::Annotated {
        refund: refund.clone(),
        done: matches!(how, Written::At(_)),
    });
    true
}
