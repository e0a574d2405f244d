//! The bank asks, takes, decides and overturns.

use super::story::*;
use crate::case::{Choice, Class, Resolved};
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::id::{DisputeId, PaymentId, RefundId};
use crate::owed::Which;
use crate::payment::{DisputeStatus, Particulars, RefundStatus, Standing};
use crate::receipt::Step;

fn dispute(amount_minor: i64, status: DisputeStatus) -> Event {
    dispute_of("pi_1", amount_minor, status)
}

fn dispute_of(payment: &str, amount_minor: i64, status: DisputeStatus) -> Event {
    Event::DisputeSeen {
        payment: PaymentId::new(payment),
        dispute: DisputeId::new(format!("dp_{payment}")),
        amount_minor,
        status,
    }
}

fn refund_of(payment: &str, amount_minor: i64) -> Event {
    Event::RefundSeen {
        payment: PaymentId::new(payment),
        refund: RefundId::new(format!("re_{payment}")),
        amount_minor,
        status: RefundStatus::Succeeded,
        told: Particulars::default(),
    }
}

fn open(story: &Story, class: Class) -> usize {
    let cases = story.order.cases.iter();
    cases
        .filter(|case| case.class == class && case.resolved.is_none())
        .count()
}

/// A full refund is what settles an inquiry, so that is not kept back.
#[test]
fn an_inquiry_keeps_the_delivery_back_and_not_the_refund() {
    let mut story = Story::paid();
    story.event(dispute(48_000, DisputeStatus::Inquiry));
    assert_eq!((story.state(), open(&story, Class::Inquiry)), ("WithPerson", 1));
    let case = story.case();
    story.choose(&case, Choice::Undo);
    let intent = story.begin(Performer::Refund);
    assert_eq!(intent.effect, Effect::ReturnMoney(payment()));
    story.event(Event::MoneyReturned {
        attempt: intent.attempt,
        payment: payment(),
        refund: RefundId::new("re_1"),
        amount_minor: 48_000,
        status: RefundStatus::Succeeded,
        told: Particulars::default(),
    });
    assert_eq!((story.state(), open(&story, Class::Inquiry)), ("Undone", 0));
}

/// What was right to do about a question is wrong about money that is away: a person is asked anew.
#[test]
fn an_inquiry_that_becomes_a_dispute_is_another_case() {
    let mut story = Story::paid();
    story.event(dispute(48_000, DisputeStatus::Inquiry));
    let case = story.case();
    story.choose(&case, Choice::Retry);
    assert_eq!(story.state(), "Delivering");
    let told = story.order.notices.len();
    story.event(dispute(48_000, DisputeStatus::Open));
    assert_eq!((story.state(), open(&story, Class::Disputed)), ("WithPerson", 1));
    assert!(story.order.notices.len() > told, "people are told of it");
}

#[test]
fn an_inquiry_of_which_nobody_does_anything_can_be_left() {
    let mut story = Story::undoing();
    story.revoke();
    story.event(dispute(48_000, DisputeStatus::Inquiry));
    story.return_refused(&payment());
    while let Some(case) = story.order.cases.iter().find(|case| case.resolved.is_none()) {
        let (case, before) = (case.id.clone(), story.order.version);
        story.choose(&case, Choice::Ignore);
        assert!(story.order.version > before, "{case} has no way out");
    }
}

/// A case about another payment than the order's own is no reason to undo the order.
#[test]
fn a_question_about_a_second_payment_undoes_nothing() {
    let mut story = Story::delivered();
    story.pay("pi_2", 48_000);
    story.event(dispute_of("pi_2", 48_000, DisputeStatus::Inquiry));
    let case = story.case();
    let refused = story.choose(&case, Choice::Undo);
    assert!(matches!(refused, crate::Decision::Refuse(_)), "{refused:?}");
}

/// The bank that asks no more may still take the money.
#[test]
fn a_dispute_after_an_inquiry_that_was_dropped() {
    let mut story = Story::delivered();
    story.event(dispute(48_000, DisputeStatus::Inquiry));
    story.event(dispute(48_000, DisputeStatus::Dropped));
    story.event(dispute(48_000, DisputeStatus::Open));
    assert_eq!(open(&story, Class::Disputed), 1);
}

#[test]
fn a_late_word_of_the_inquiry_changes_nothing() {
    let mut story = Story::delivered();
    story.event(dispute(48_000, DisputeStatus::Inquiry));
    story.event(dispute(48_000, DisputeStatus::Open));
    let late = story.try_event(&dispute(48_000, DisputeStatus::Inquiry));
    assert!(matches!(late, crate::Decision::Stay(_)), "{late:?}");
    assert_eq!(open(&story, Class::Disputed), 1);
    let asks = story.order.owed(Which::Work, story.now);
    assert!(asks.iter().any(|owed| owed.effect == Effect::AskDisputes(payment())));
}

/// A bank may overturn what it decided for us.
#[test]
fn a_dispute_that_was_won_may_still_be_lost() {
    let mut story = Story::delivered();
    story.event(dispute(48_000, DisputeStatus::Open));
    story.event(dispute(48_000, DisputeStatus::Won));
    assert_eq!((story.state(), open(&story, Class::Disputed)), ("Delivered", 0));
    story.event(dispute(48_000, DisputeStatus::Lost));
    assert_eq!(story.state(), "Undoing");
}

/// Refunded, and taken by the bank all the same: somebody must get one of them back.
#[test]
fn what_goes_back_twice_is_a_case_that_only_a_person_ends() {
    let mut story = Story::undone();
    story.event(dispute(48_000, DisputeStatus::Open));
    story.event(dispute(48_000, DisputeStatus::Lost));
    assert_eq!(open(&story, Class::ReturnedTwice), 1);
    let case = story.case();
    story.choose(&case, Choice::Ignore);
    assert_eq!((story.state(), open(&story, Class::ReturnedTwice)), ("Undone", 0));
}

#[test]
fn each_payment_that_goes_back_twice_is_a_case_of_its_own() {
    let mut story = Story::delivered();
    story.pay("pi_2", 40_000);
    for (payment, minor) in [("pi_2", 40_000), ("pi_1", 48_000)] {
        story.event(refund_of(payment, minor));
        story.event(dispute_of(payment, minor, DisputeStatus::Open));
        let decided = story.try_event(&dispute_of(payment, minor, DisputeStatus::Lost));
        let crate::Decision::Advance(next) = decided else {
            panic!("{decided:?}")
        };
        let twice = next.cases.iter().find(|case| case.class == Class::ReturnedTwice);
        assert_eq!(twice.expect("the case").money, Some(pounds(minor)));
    }
    assert_eq!(open(&story, Class::ReturnedTwice), 2);
}

#[test]
fn what_went_back_twice_heals_when_the_refund_fails() {
    let mut story = Story::undoing();
    story.revoke();
    story.give_back(RefundStatus::Pending);
    story.event(dispute(48_000, DisputeStatus::Open));
    story.event(dispute(48_000, DisputeStatus::Lost));
    assert_eq!(open(&story, Class::ReturnedTwice), 1);
    story.refunded_by_hand_as("re_1", 48_000, RefundStatus::Failed);
    assert_eq!(open(&story, Class::ReturnedTwice), 0);
}

/// Whether our refund worked is asked, also where the bank has taken the money meanwhile.
#[test]
fn a_refund_in_doubt_is_asked_about_although_the_bank_took_the_money() {
    let mut story = Story::undoing();
    story.revoke();
    let attempt = story.begin(Performer::Refund).attempt;
    story.event(Event::ReturnFailed {
        attempt,
        payment: payment(),
        failure: LOST,
    });
    story.event(dispute(48_000, DisputeStatus::Open));
    story.event(dispute(48_000, DisputeStatus::Lost));
    let ask = story.begin(Performer::Reconciliation);
    assert_eq!(ask.effect, Effect::AskReturn(payment()));
    story.event(Event::RefundsListed {
        attempt: ask.attempt,
        payment: payment(),
        refunds: vec![(
            RefundId::new("re_1"),
            48_000,
            RefundStatus::Succeeded,
            Particulars::default(),
        )],
    });
    assert_eq!(open(&story, Class::ReturnedTwice), 1);
    assert!(story.idle(Performer::Reconciliation), "it is asked once");
}

/// What a charge counts as refunded has nothing of what the bank took.
#[test]
fn a_refund_after_a_part_was_lost_is_asked_about() {
    let mut story = Story::delivered();
    story.event(dispute(10_000, DisputeStatus::Open));
    story.event(dispute(10_000, DisputeStatus::Lost));
    story.event(Event::RefundedTotalSeen {
        payment: payment(),
        total_minor: 10_000,
    });
    let next = story.order.next(Which::Work, story.now);
    assert_eq!(next.map(|owed| owed.effect), Some(Effect::AskReturn(payment())));
}

#[test]
fn a_part_that_moves_on_is_no_second_question() {
    let mut story = Story::delivered();
    story.refunded_by_hand_as("re_hand", 10_000, RefundStatus::Pending);
    let case = story.case();
    story.choose(&case, Choice::Ignore);
    story.refunded_by_hand_as("re_hand", 10_000, RefundStatus::Succeeded);
    assert_eq!(open(&story, Class::PartlyReturned), 0);
}

/// Somebody settled it, knowing that the money could not be taken: time alone changes nothing about that.
#[test]
fn a_hold_that_runs_out_leaves_what_a_person_settled() {
    let mut story = Story::capturing();
    story
        .order
        .work
        .tries_mut(crate::work::Subject::Capture(payment()), story.now)
        .first_at = story.now.minus(std::time::Duration::from_secs(5 * 86_400));
    let attempt = story.begin(Performer::Capture).attempt;
    story.event(Event::CaptureFailed {
        attempt,
        payment: payment(),
        failure: DOWN,
    });
    assert_eq!((story.state(), open(&story, Class::CaptureStuck)), ("WithPerson", 1));
    let case = story.case();
    story.choose(&case, Choice::Ignore);
    assert_eq!(story.state(), "Closed");
    let mut by_hand = story.clone();
    story.stands(Standing::Canceled { lapsed: true });
    assert_eq!(story.state(), "Closed");
    assert!(story.order.undo.is_none() && story.order.winner(Step::Account).is_some());
    let decided = |case: &crate::case::CaseRef| matches!(case.resolved, Some(Resolved::Decided { .. }));
    assert!(story.order.cases.iter().all(decided));
    by_hand.stands(Standing::Canceled { lapsed: false });
    assert_eq!(
        open(&by_hand, Class::ReturnedAfterDelivery),
        1,
        "somebody's hand is news"
    );
}

#[test]
fn a_payment_that_is_canceled_before_it_came_is_told() {
    let mut story = Story::of("team-year");
    story.stands(Standing::Processing);
    story.stands(Standing::Canceled { lapsed: false });
    assert_eq!(story.state(), "Closed");
    let told = story.order.notices.iter().map(|notice| notice.template.clone());
    assert_eq!(told.collect::<Vec<_>>(), [crate::notice::Template::NotPaid]);
    let mut left = Story::of("team-year");
    left.stands(Standing::Canceled { lapsed: false });
    assert!(left.order.notices.is_empty(), "who left the page needs no mail");
}
