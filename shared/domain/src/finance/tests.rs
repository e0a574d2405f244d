//! Refunds and charges, as stories end.

mod digest;

use std::time::Duration;

use super::*;
use crate::because::{By, Code};
use crate::case::Choice;
use crate::decide::tests::story::{DOWN, Story, pounds};
use crate::effect::Performer;
use crate::event::Event;
use crate::failure::FailureClass;
use crate::id::{DisputeId, PaymentId, RefundId};
use crate::money::Currency;
use crate::notice::{Audience, Template, Told};
use crate::order::Order;
use crate::payment::{DisputeStatus, Particulars, RefundStatus, Standing};
use crate::receipt::Step;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn seen(story: &mut Story, refund: &str, minor: i64, status: RefundStatus, told: Particulars) {
    story.event(Event::RefundSeen {
        payment: PaymentId::new("pi_1"),
        refund: RefundId::new(refund),
        amount_minor: minor,
        status,
        told,
    });
}

fn contested(story: &mut Story, status: DisputeStatus) {
    story.event(Event::DisputeSeen {
        payment: PaymentId::new("pi_1"),
        dispute: DisputeId::new("dp_1"),
        amount_minor: 48_000,
        status,
    });
}

#[test]
fn a_refund_by_the_policy_names_its_reason_and_the_failure_behind_it() {
    let story = Story::undone();
    let lines = refunds(&story.order);
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((line.amount, line.is_full()), (pounds(48_000), Some(true)));
    assert_eq!(
        (line.because.code(), line.because.by()),
        (Code::ProvisioningFailed, &By::Automation)
    );
    let undo = story.order.undo.as_ref().expect("undone");
    assert_eq!(line.because, undo.because, "the same sentence as everywhere");
    assert_eq!(
        (line.failed.clone(), line.days_held, line.case.clone()),
        (Some((FailureClass::Rejected, "team".to_owned())), Some(0), None)
    );
    assert_eq!(
        (line.stage(), line.masked_email.as_str()),
        (Stage::Done, "j•••@example.com")
    );
}

#[test]
fn a_part_that_was_returned_before_we_owed_anything_was_made_by_hand() {
    let mut story = Story::delivered();
    story.wait(DAY.as_secs() * 3);
    story.refunded_by_hand(10_000);
    let case = story.case();
    story.wait(60);
    story.choose(&case, Choice::Undo);
    story.revoke();
    story.revoke();
    story.revoke();
    let intent = story.begin(Performer::Refund);
    story.event(Event::MoneyReturned {
        attempt: intent.attempt,
        payment: PaymentId::new("pi_1"),
        refund: RefundId::new("re_ours"),
        amount_minor: 38_000,
        status: RefundStatus::Succeeded,
        told: Particulars::default(),
    });
    let lines = refunds(&story.order);
    let [by_hand, ours] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(
        (by_hand.because.code(), by_hand.case.clone()),
        (Code::PersonDecided, Some(case.clone()))
    );
    assert!(
        by_hand
            .because
            .sentence()
            .starts_with("£100.00 was returned by hand in Stripe: looked at it"),
        "{by_hand:?}"
    );
    assert_eq!(
        (ours.because.code(), ours.case.clone()),
        (Code::PersonDecided, Some(case))
    );
    assert_eq!((ours.is_full(), ours.days_held), (Some(false), Some(3)));
}

#[test]
fn stripes_clock_says_to_which_month_a_refund_belongs() {
    let mut story = Story::delivered();
    let created_at = Some(story.now.first_of_month().minus(Duration::from_secs(1)));
    let told = Particulars {
        created_at,
        failure_reason: Some("lost_or_stolen_card".into()),
        ..Particulars::default()
    };
    seen(&mut story, "re_1", 48_000, RefundStatus::Failed, told);
    let lines = refunds(&story.order);
    assert_eq!(lines[0].failure_reason.as_deref(), Some("lost_or_stolen_card"));
    assert!(!Period::month(story.now).has(lines[0].made_at()));
    assert!(Period::month(story.now.in_month_before()).has(lines[0].made_at()));
}

#[test]
fn a_month_has_its_first_moment_and_not_the_next_months() {
    let november = Period::month(Story::paid().now);
    assert!(november.has(november.from) && !november.has(november.until));
    let december = Period::month(november.until);
    assert_eq!(december.from, november.until);
}

#[test]
fn no_sum_crosses_currencies() {
    let yen = Money::new(480, Currency::parse("jpy").unwrap());
    let sums: Sums = [pounds(48_000), yen, pounds(-1_000)].into_iter().collect();
    let each: Vec<(u32, String)> = sums.each().map(|(count, money)| (count, money.to_string())).collect();
    assert_eq!(each, [(2, "£470.00".to_owned()), (1, "480 JPY".to_owned())]);
}

/// Why it waits in a word, its amount, and the promised end in hours from its beginning.
fn waits(order: &Order) -> Vec<(String, i64, Option<u64>)> {
    let word = |why: &Why| {
        format!("{why:?}")
            .split(['(', ' '])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let hours = |line: &Waiting| line.promised.map(|until| until.since(line.since).as_secs() / 3_600);
    let lines = waiting(order);
    lines
        .iter()
        .map(|line| (word(&line.why), line.amount.minor, hours(line)))
        .collect()
}

fn one(why: &str, hours: Option<u64>) -> Vec<(String, i64, Option<u64>)> {
    vec![(why.to_owned(), 48_000, hours)]
}

#[test]
fn money_waits_until_it_is_delivered_for_or_returned() {
    assert_eq!(waits(&Story::of("team-year").order), [], "nobody has paid");
    assert_eq!(waits(&Story::paid().order), one("BeingSetUp", Some(24)));
    assert_eq!(waits(&Story::delivered().order), []);
    assert_eq!(waits(&Story::undone().order), []);
    assert_eq!(waits(&Story::with_person().order), one("WithPerson", None));
    assert_eq!(waits(&Story::undoing().order), one("OwedBack", Some(7 * 24)));
    // Four days at most, since some banks let go sooner.
    assert_eq!(waits(&Story::capturing().order), one("BeingTaken", Some(4 * 24)));
    assert_eq!(waits(&Story::held().order), one("BeingSetUp", Some(24)));
    let mut soon = Story::of("team-year");
    soon.stands(Standing::Held {
        amount: pounds(48_000),
        capture_before: Some(soon.now.plus(HOUR * 36)),
    });
    assert_eq!(
        waits(&soon.order),
        one("BeingSetUp", Some(12)),
        "a day before the bank lets go"
    );
    let mut twice = Story::delivered();
    twice.pay("pi_2", 48_000);
    assert_eq!(waits(&twice.order), one("OwedBack", Some(7 * 24)), "the second payment");
    assert!(waiting(&Story::held().order)[0].held && !waiting(&Story::paid().order)[0].held);
}

#[test]
fn a_refund_that_is_not_final_waits_until_a_person_is_told() {
    let mut story = Story::undoing();
    story.revoke();
    story.give_back(RefundStatus::Pending);
    assert_eq!(waits(&story.order), one("OnItsWayBack", Some(5 * 24)));
    seen(
        &mut story,
        "re_1",
        48_000,
        RefundStatus::RequiresAction,
        Particulars::default(),
    );
    assert_eq!(waits(&story.order), one("AsksCustomer", None));
    seen(&mut story, "re_1", 48_000, RefundStatus::Failed, Particulars::default());
    assert_eq!(waits(&story.order), one("WithPerson", None));
}

#[test]
fn what_a_bank_contests_waits_for_the_bank_and_what_is_settled_waits_for_nobody() {
    let mut story = Story::paid();
    contested(&mut story, DisputeStatus::Open);
    assert_eq!(waits(&story.order), one("Contested", None));
    let mut served = Story::delivered();
    contested(&mut served, DisputeStatus::Open);
    assert_eq!(waits(&served.order), [], "the customer has what was paid for");
    let mut settled = Story::with_person();
    let case = settled.case();
    settled.choose(&case, Choice::Ignore);
    assert_eq!(waits(&settled.order), []);
}

#[test]
fn the_promised_end_is_that_of_the_answer_to_what_failed() {
    let mut story = Story::paid();
    story.wait(7_200);
    story.fail(Step::Account, DOWN);
    let line = waiting(&story.order).remove(0);
    assert_eq!(line.failure, Some(DOWN.reason));
    let first = story.order.work.tries.iter().map(|tries| tries.first_at).min();
    assert_eq!(line.promised, first.map(|at| at.plus(DAY)));
}

#[test]
fn the_list_says_what_the_customer_was_last_told() {
    let mut story = Story::with_person();
    assert_eq!(waiting(&story.order)[0].told, None, "nothing went out yet");
    let to_customer = story
        .order
        .notices
        .iter_mut()
        .filter(|notice| notice.to == Audience::Customer && !notice.is_idle());
    to_customer.for_each(|notice| notice.told = Told::Accepted(story.now));
    let told = waiting(&story.order).remove(0).told;
    assert!(
        matches!(told, Some((Template::WithPerson { .. }, at)) if at == story.now),
        "{told:?}"
    );
}
