//! Money on its way back: each rule as the shortest story that breaks without it.

use super::story::*;
use crate::because::Code;
use crate::case::Class;
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::failure::{Failure, Reason};
use crate::id::{PaymentId, RefundId};
use crate::notice::{Audience, Template};
use crate::order::State;
use crate::payment::{Particulars, RefundStatus};
use crate::receipt::Step;

fn told(story: &Story) -> Vec<Audience> {
    let returned = |template: &Template| matches!(template, Template::Returned { .. });
    story
        .order
        .notices
        .iter()
        .filter(|notice| returned(&notice.template))
        .map(|notice| notice.to)
        .collect()
}

#[test]
fn a_refused_team_takes_the_account_back_and_then_the_money() {
    let mut story = Story::undoing();
    assert_eq!(story.state(), "Undoing");
    let because = story.order.undo.as_ref().expect("undo").because.clone();
    assert_eq!(because.code(), Code::ProvisioningFailed);
    assert!(because.sentence().contains("£480.00"), "{}", because.sentence());
    story.revoke();
    story.give_back(RefundStatus::Succeeded);
    assert_eq!(story.state(), "Undone");
    assert_eq!(told(&story), [Audience::Customer, Audience::Finance, Audience::Ops]);
    assert!(story.order.owed(crate::owed::Which::Work, story.now).is_empty());
}

#[test]
fn money_goes_back_in_time_though_the_account_cannot_be_taken_back() {
    let mut story = Story::undoing();
    let intent = story.begin(Performer::Refund);
    story.event(Event::RevokeFailed {
        attempt: intent.attempt,
        step: Step::Account,
        failure: DOWN,
    });
    assert!(story.idle(Performer::Refund));
    story.wait(15 * 60);
    let retry = story.begin(Performer::Refund);
    assert!(matches!(retry.effect, Effect::Revoke { .. }));
    story.event(Event::RevokeFailed {
        attempt: retry.attempt,
        step: Step::Account,
        failure: DOWN,
    });
    story.give_back(RefundStatus::Succeeded);
    assert_eq!(story.state(), "Undoing", "the account is still there");
    story.wait(3_600);
    story.revoke();
    assert_eq!(story.state(), "Undone");
}

/// 6: money that went back by hand takes the delivery with it, whenever it is learned.
#[test]
fn a_refund_by_hand_undoes_from_every_state() {
    let mut early = Story::of("team-year");
    early.refunded_by_hand(48_000);
    early.pay("pi_1", 48_000);
    assert_eq!(early.state(), "Undone");

    for mut story in [Story::paid(), Story::with_person(), Story::delivered()] {
        let before = story.state();
        story.refunded_by_hand(48_000);
        assert!(story.order.undo.is_some(), "{before}");
        assert_eq!(told(&story).len(), 3, "{before}");
        let opened = story
            .order
            .cases
            .iter()
            .any(|case| case.class == Class::ReturnedAfterDelivery);
        assert_eq!(opened, before == "Delivered");
    }
}

/// 7: whoever learns of a return first owes its notice, once.
#[test]
fn a_return_is_told_once_whoever_learned_it() {
    let mut story = Story::undoing();
    story.revoke();
    let intent = story.begin(Performer::Refund);
    let (refund, status, amount_minor) = (RefundId::new("re_1"), RefundStatus::Succeeded, 48_000);
    story.event(Event::RefundSeen {
        payment: payment(),
        refund: refund.clone(),
        amount_minor,
        status,
        told: Particulars::default(),
    });
    assert_eq!(told(&story).len(), 3);
    let attempt = intent.attempt;
    story.event(Event::MoneyReturned {
        attempt,
        payment: payment(),
        refund,
        amount_minor,
        status,
        told: Particulars::default(),
    });
    assert_eq!(told(&story).len(), 3);
    assert_eq!(story.state(), "Undone");
}

/// 10: a surplus payment goes back in every state, and its trouble is its own.
#[test]
fn a_second_payment_goes_back_and_leaves_the_order_alone() {
    let mut story = Story::delivered();
    story.pay("pi_2", 48_000);
    story.return_refused(&PaymentId::new("pi_2"));
    assert_eq!(story.state(), "Delivered");
    assert_eq!(story.order.cases[0].class, Class::ReturnStuck);
}

#[test]
fn money_for_a_closed_order_goes_back() {
    let mut story = Story::of("team-year");
    story.event(Event::SessionExpired {
        session: crate::id::SessionId::new("cs_1"),
    });
    assert_eq!(story.state(), "Closed");
    story.pay("pi_1", 48_000);
    assert_eq!(story.state(), "Closed");
    assert_eq!(story.begin(Performer::Refund).effect, Effect::ReturnMoney(payment()));
}

/// 13: a rejected return is read back first, and a negative outcome never overrides a recorded return.
#[test]
fn a_rejected_refund_that_had_worked_is_no_case() {
    let mut story = Story::undoing();
    story.revoke();
    let intent = story.begin(Performer::Refund);
    story.event(Event::ReturnFailed {
        attempt: intent.attempt,
        payment: payment(),
        failure: REFUSED,
    });
    let ask = story.begin(Performer::Reconciliation);
    let refunds = vec![(
        RefundId::new("re_9"),
        48_000,
        RefundStatus::Succeeded,
        Particulars::default(),
    )];
    story.event(Event::RefundsListed {
        attempt: ask.attempt,
        payment: payment(),
        refunds,
    });
    assert_eq!(story.state(), "Undone");
    assert!(story.order.cases.is_empty());
}

#[test]
fn a_saved_error_of_stripe_is_left_behind_with_its_key() {
    let mut story = Story::undoing();
    story.revoke();
    let intent = story.begin(Performer::Refund);
    let failure = Failure::unknown(Reason::ServerError);
    story.event(Event::ReturnFailed {
        attempt: intent.attempt,
        payment: payment(),
        failure,
    });
    let ask = story.begin(Performer::Reconciliation);
    story.event(Event::RefundsListed {
        attempt: ask.attempt,
        payment: payment(),
        refunds: vec![],
    });
    assert_eq!(
        story
            .order
            .own_payment()
            .and_then(|own| own.owed.as_ref())
            .map(|owed| owed.generation),
        Some(2)
    );
    story.wait(60);
    story.give_back(RefundStatus::Succeeded);
}

#[test]
fn a_refund_that_fails_later_is_told_and_goes_to_a_person() {
    let mut story = Story::undone();
    story.wait(20 * 86_400);
    let (refund, status) = (RefundId::new("re_1"), RefundStatus::Failed);
    story.event(Event::RefundSeen {
        payment: payment(),
        refund,
        amount_minor: 48_000,
        status,
        told: Particulars::default(),
    });
    assert_eq!(story.state(), "WithPerson");
    let failed = |template: &Template| matches!(template, Template::ReturnFailed { .. });
    assert_eq!(
        story
            .order
            .notices
            .iter()
            .filter(|notice| failed(&notice.template))
            .count(),
        4
    );
}

#[test]
fn a_wrong_amount_is_never_delivered() {
    let mut story = Story::of("team-year");
    story.pay("pi_1", 100);
    assert!(matches!(story.order.state, State::Undoing { .. }));
    assert!(story.idle(Performer::Provisioning));
    assert_eq!(
        story.order.undo.as_ref().expect("undo").because.code(),
        Code::AmountMismatch
    );
}
