//! Whether each minor unit has its place, and what is said when one has none.

use super::*;
use crate::Decision;
use crate::decide::tests::story::{DOWN, Story, payment, pounds};
use crate::event::Event;
use crate::id::{DisputeId, RefundId};
use crate::order::Order;
use crate::payment::{DisputeStatus, Particulars, RefundStatus};

/// What Stripe has when nothing is wrong.
fn taken(order: &Order) -> Taken {
    Taken {
        payment: payment(),
        order: order.id.clone(),
        captured: pounds(48_000),
        refunded_minor: 0,
        contested_minor: 0,
        at: order.created_at,
    }
}

type Of = (Vec<(Line, i64)>, Option<(Odd, i64)>);

fn of(story: &Story, taken: &Taken) -> Of {
    let Account { lines, difference } = account(&story.order, taken, story.now);
    let odd = difference.map(|found| match found {
        Difference::Money { odd, minor, .. } => (odd, minor),
        Difference::Missing { .. } | Difference::Left { .. } => panic!("no money: {found:?}"),
    });
    assert_eq!(lines.values().sum::<i64>(), taken.captured.minor, "captured is the sum");
    (lines.into_iter().collect(), odd)
}

#[test]
fn every_end_of_an_order_has_its_line() {
    let delivered = Story::delivered();
    assert_eq!(
        of(&delivered, &taken(&delivered.order)),
        (vec![(Line::Delivered, 48_000)], None)
    );
    let paid = Story::paid();
    assert_eq!(of(&paid, &taken(&paid.order)), (vec![(Line::InFlight, 48_000)], None));
    let person = Story::with_person();
    assert_eq!(
        of(&person, &taken(&person.order)),
        (vec![(Line::WithPerson, 48_000)], None)
    );
    let undone = Story::undone();
    let back = Taken {
        refunded_minor: 48_000,
        ..taken(&undone.order)
    };
    assert_eq!(of(&undone, &back), (vec![(Line::Returned, 48_000)], None));
    let mut left = Story::with_person();
    let case = left.case();
    assert!(matches!(left.choose(&case, Choice::Ignore), Decision::Advance(_)));
    assert_eq!(of(&left, &taken(&left.order)), (vec![(Line::Settled, 48_000)], None));
}

#[test]
fn a_part_returned_by_hand_is_two_lines() {
    let mut story = Story::delivered();
    story.refunded_by_hand(8_000);
    let part = Taken {
        refunded_minor: 8_000,
        ..taken(&story.order)
    };
    let lines = vec![(Line::Delivered, 40_000), (Line::Returned, 8_000)];
    assert_eq!(of(&story, &part), (lines, None));
}

#[test]
fn contested_money_is_with_the_bank() {
    let mut story = Story::delivered();
    story.event(Event::DisputeSeen {
        payment: payment(),
        dispute: DisputeId::new("dp_1"),
        amount_minor: 48_000,
        status: DisputeStatus::Open,
    });
    let contested = Taken {
        contested_minor: 48_000,
        ..taken(&story.order)
    };
    assert_eq!(of(&story, &contested), (vec![(Line::Contested, 48_000)], None));
}

#[test]
fn what_the_order_does_not_know_is_named_with_its_amount() {
    let story = Story::delivered();
    let good = taken(&story.order);
    let other = |change: fn(&mut Taken)| {
        let mut taken = good.clone();
        change(&mut taken);
        of(&story, &taken).1
    };
    assert_eq!(
        other(|taken| taken.payment = PaymentId::new("pi_9")),
        Some((Odd::Unknown, 48_000))
    );
    assert_eq!(
        other(|taken| taken.captured = pounds(50_000)),
        Some((Odd::Captured, 2_000))
    );
    assert_eq!(
        other(|taken| taken.captured = pounds(47_000)),
        Some((Odd::Captured, -1_000))
    );
    assert_eq!(
        other(|taken| taken.refunded_minor = 48_000),
        Some((Odd::Refunded, 48_000))
    );
    assert_eq!(
        other(|taken| taken.contested_minor = 48_000),
        Some((Odd::Contested, 48_000))
    );
    // Undone and refunded by our record, and the refund never was.
    let undone = Story::undone();
    assert_eq!(of(&undone, &taken(&undone.order)).1, Some((Odd::Refunded, -48_000)));
}

#[test]
fn money_on_its_way_may_be_so_for_a_time() {
    let mut story = Story::paid();
    let on_its_way = taken(&story.order);
    let longest = story.order.policy.longest();
    assert!(longest >= Duration::from_secs(86_400), "{longest:?}");
    // Nobody has looked at it for two hours after it was due.
    story.wait(60 + 3_600 + 600);
    assert_eq!(of(&story, &on_its_way).1, Some((Odd::Overdue, 48_000)));
    // It is looked at, again and again, and comes to no end.
    let mut story = Story::paid();
    story.fail(Step::Account, DOWN);
    assert_eq!(of(&story, &on_its_way).1, None);
    let long_ago = story.now.minus(longest + DAY + DAY);
    let old = Taken {
        at: long_ago,
        ..on_its_way
    };
    assert_eq!(
        of(&story, &old).1,
        None,
        "it came in just now, for a payment begun long ago"
    );
    story.order.state = State::Delivering { since: long_ago };
    story.order.payments[0].captured_at = Some(long_ago);
    assert_eq!(of(&story, &old).1, Some((Odd::Overdue, 48_000)));
}

#[test]
fn money_of_an_order_that_has_ended_is_kept_by_nobody() {
    let mut story = Story::undone();
    // The refund fails a year later, and the order is told nothing of it but that it failed for another payment's sake.
    story.order.payments[0].refunds.clear();
    story.order.payments[0].owed = None;
    assert_eq!(of(&story, &taken(&story.order)).1, Some((Odd::Kept, 48_000)));
}

#[test]
fn a_finding_is_one_case_and_closes_when_it_is_gone() {
    let mut story = Story::delivered();
    let found = |story: &Story, refunded_minor| {
        let taken = Taken {
            refunded_minor,
            ..taken(&story.order)
        };
        Event::Audited {
            about: About::Payment(payment()),
            found: account(&story.order, &taken, story.now)
                .difference
                .into_iter()
                .collect(),
        }
    };
    story.event(found(&story, 48_000));
    let case = story.case();
    let sentence = story.order.cases.last().map(|case| case.class);
    assert_eq!((sentence, story.state()), (Some(Class::Unaccounted), "Delivered"));
    assert!(
        matches!(story.try_event(&found(&story, 48_000)), Decision::Stay(_)),
        "known"
    );
    story.event(found(&story, 0));
    assert!(story.order.open_case(&case).is_none(), "it closes by itself");
    // What a person left is not asked again; another difference is.
    story.event(found(&story, 48_000));
    let again = story.case();
    assert!(matches!(story.choose(&again, Choice::Ignore), Decision::Advance(_)));
    assert!(matches!(story.try_event(&found(&story, 48_000)), Decision::Stay(_)));
    story.event(found(&story, 40_000));
    assert!(story.order.open_case(&story.case()).is_some());
}

#[test]
fn a_person_has_the_order_told_and_it_is_asked_again_if_that_did_not_help() {
    let mut story = Story::delivered();
    let all = Taken {
        refunded_minor: 48_000,
        ..taken(&story.order)
    };
    let found = account(&story.order, &all, story.now).difference.expect("a difference");
    let event = Event::Audited {
        about: About::Payment(payment()),
        found: vec![found.clone()],
    };
    story.event(event.clone());
    assert!(!to_be_told(&story.order, &found));
    let case = story.case();
    assert!(matches!(story.choose(&case, Choice::Retry), Decision::Advance(_)));
    assert!(to_be_told(&story.order, &found));
    story.event(event);
    assert!(
        !to_be_told(&story.order, &found),
        "the new case waits for its own answer"
    );
    story.event(Event::RefundSeen {
        payment: payment(),
        refund: RefundId::new("re_hand"),
        amount_minor: 48_000,
        status: RefundStatus::Succeeded,
        told: Particulars::default(),
    });
    assert_eq!(account(&story.order, &all, story.now).difference, None);
}

#[test]
fn rounds_go_page_by_page_and_suspect_before_they_accuse() {
    let story = Story::delivered();
    let wrong = Taken {
        refunded_minor: 1,
        ..taken(&story.order)
    };
    let accounts = |story: &Story| vec![(wrong.clone(), account(&story.order, &wrong, story.now))];
    let now = story.now;
    let mut books = Books::default();
    let first = books.ask(now).expect("a round");
    books = books.turned(&first, &accounts(&story), Some(payment()));
    let second = books.ask(now.plus(HOUR)).expect("the same round");
    assert_eq!((second.until, second.older_than.as_ref()), (now, Some(&payment())));
    assert!(books.totals.is_empty() && !books.suspected(&payment()));
    books = books.turned(&second, &accounts(&story), None);
    assert_eq!(books.totals["gbp"][&Line::Unaccounted], 2 * 47_999);
    assert!(books.suspected(&payment()));
    assert_eq!(books.ask(now.plus(HOUR - Duration::from_secs(1))), None, "once an hour");
    let next = books.ask(now.plus(HOUR)).expect("the next round");
    books = books.turned(&next, &[], None);
    assert!(!books.suspected(&payment()) && books.totals.is_empty());
}
