//! The bank asks, takes, decides and overturns.

use super::story::*;
use crate::case::{Choice, Class, Resolved};
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::id::DisputeId;
use crate::owed::Which;
use crate::payment::{DisputeStatus, RefundStatus, Standing};
use crate::receipt::Step;

fn dispute(amount_minor: i64, status: DisputeStatus) -> Event {
    Event::DisputeSeen {
        payment: payment(),
        dispute: DisputeId::new("dp_1"),
        amount_minor,
        status,
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
    assert_eq!((story.state(), open(&story, Class::Disputed)), ("WithPerson", 1));
    let case = story.case();
    story.choose(&case, Choice::Undo);
    let intent = story.begin(Performer::Refund);
    assert_eq!(intent.effect, Effect::ReturnMoney(payment()));
    story.event(Event::MoneyReturned {
        attempt: intent.attempt,
        payment: payment(),
        refund: crate::id::RefundId::new("re_1"),
        amount_minor: 48_000,
        status: RefundStatus::Succeeded,
    });
    assert_eq!((story.state(), open(&story, Class::Disputed)), ("Undone", 0));
}

#[test]
fn an_inquiry_may_become_a_dispute_and_no_word_comes_back() {
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
    story.stands(Standing::Canceled { lapsed: true });
    assert_eq!(story.state(), "Closed");
    assert!(story.order.undo.is_none() && story.order.winner(Step::Account).is_some());
    let decided = |case: &crate::case::CaseRef| matches!(case.resolved, Some(Resolved::Decided { .. }));
    assert!(story.order.cases.iter().all(decided));
}

#[test]
fn a_payment_that_is_canceled_before_it_came_is_told() {
    let mut story = Story::of("team-year");
    story.stands(Standing::Processing);
    story.stands(Standing::Canceled { lapsed: false });
    assert_eq!(story.state(), "Closed");
    let told = story.order.notices.iter().map(|notice| notice.template.clone());
    assert_eq!(told.collect::<Vec<_>>(), [crate::notice::Template::NotPaid]);
}
