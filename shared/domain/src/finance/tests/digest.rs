//! The morning's mail: when it is due, what it counts, and its words.

use std::fmt::Write as _;
use std::time::Duration;

use super::{DAY, HOUR, contested, seen};
use crate::case::{Case, Class};
use crate::control::Item as _;
use crate::decide::tests::story::{DOWN, REFUSED, Story};
use crate::event::Event;
use crate::finance::{Digest, Figures, Period, Sums, concerns_money, refunds, waiting};
use crate::money::{Currency, Money};
use crate::order::Order;
use crate::payment::{DisputeStatus, Particulars, RefundStatus};
use crate::receipt::Step;
use crate::time::Timestamp;
use crate::turns::InTurn as _;
use crate::wording::{self, Links, Message};

fn morning(day: u64, hour: u64) -> Timestamp {
    Timestamp(1_795_460_700_000)
        .midnight()
        .plus(DAY * u32::try_from(day).unwrap())
        .plus(HOUR * u32::try_from(hour).unwrap())
}

#[test]
fn a_day_is_told_once_and_from_six_in_the_morning_on() {
    let new = Digest::default();
    assert_eq!(
        new.due(morning(0, 5)).map(|early| early.until),
        Some(morning(0, 0).minus(DAY))
    );
    let (begun, yesterday) = new.begun(morning(0, 6)).expect("it is due");
    assert_eq!(
        (yesterday.from, yesterday.until),
        (morning(0, 0).minus(DAY), morning(0, 0))
    );
    assert_eq!(
        begun.begun(morning(0, 6).plus(Duration::from_secs(59))),
        None,
        "another run is at it"
    );
    assert!(begun.begun(morning(0, 7)).is_some(), "that one died");
    let told = begun.told(yesterday).expect("news");
    assert_eq!(told.told(yesterday), None);
    for hour in 0..30 {
        assert_eq!(told.due(morning(0, hour)), None, "{hour}");
    }
    let next = told.due(morning(1, 6)).expect("the next morning");
    assert_eq!((next.from, next.until), (morning(0, 0), morning(1, 0)));
    assert_eq!(begun.version(), 1);
}

#[test]
fn days_that_could_not_be_told_are_in_the_next_digest() {
    let (begun, first) = Digest::default().begun(morning(0, 6)).expect("it is due");
    let told = begun.told(first).expect("news");
    let later = told.due(morning(4, 9)).expect("it is due");
    assert_eq!((later.from, later.until), (morning(0, 0), morning(4, 0)));
    let year = told.due(morning(365, 9)).expect("it is due");
    assert_eq!(year.until.since(year.from), DAY * 31);
}

#[test]
fn an_item_is_read_as_it_was_written() {
    let (begun, first) = Digest::default().begun(morning(0, 6)).expect("it is due");
    for digest in [begun.told(first).expect("news"), begun] {
        let written = serde_json::to_string(&digest).expect("JSON");
        assert_eq!(serde_json::from_str::<Digest>(&written).expect("JSON"), digest);
    }
    assert!(
        serde_json::from_str::<Digest>("{\"version\":1}")
            .expect("JSON")
            .due(morning(0, 6))
            .is_some()
    );
}

fn figures(orders: &[Order]) -> Figures {
    let mut figures = Figures::of(Period {
        from: morning(0, 0),
        until: morning(1, 0),
    });
    orders.iter().for_each(|order| figures.add(order));
    figures
}

fn minor(sums: &Sums) -> Vec<(u32, i64)> {
    sums.each().map(|(count, money)| (count, money.minor)).collect()
}

#[test]
fn a_days_figures_are_of_that_day_and_of_this_moment() {
    let mut failed = Story::undone();
    seen(
        &mut failed,
        "re_1",
        48_000,
        RefundStatus::Failed,
        Particulars::default(),
    );
    let mut lost = Story::delivered();
    contested(&mut lost, DisputeStatus::Open);
    let open = lost.order.clone();
    contested(&mut lost, DisputeStatus::Lost);
    let mut tomorrow = Story::undoing();
    tomorrow.wait(DAY.as_secs());
    tomorrow.revoke();
    tomorrow.give_back(RefundStatus::Succeeded);
    let figures = figures(&[
        Story::undone().order,
        Story::undone().order,
        failed.order,
        lost.order,
        open,
        tomorrow.order,
        Story::paid().order,
        Story::held().order,
    ]);
    assert_eq!(
        minor(&figures.refunded),
        [(2, 96_000)],
        "the failed one and tomorrow's are none"
    );
    assert_eq!(minor(&figures.failed), [(1, 48_000)]);
    assert_eq!(
        (minor(&figures.taken_by_bank), minor(&figures.contested)),
        (vec![(1, 48_000)], vec![(1, 48_000)])
    );
    // Paid, and the refund that failed; the hold stands apart.
    assert_eq!(
        (minor(&figures.waiting), minor(&figures.held)),
        (vec![(2, 96_000)], vec![(1, 48_000)])
    );
}

/// Every mail that Finance may get in the morning, and every word of its two lists.
#[test]
fn golden() {
    let links = Links {
        shop: "https://shop.example".into(),
        console: "https://console.example".into(),
    };
    let mut text = String::new();
    for (name, figures) in mornings() {
        let Message { subject, lines } = wording::digest(&figures, &links);
        let _ = writeln!(text, "== {name} ==\n{subject}\n  {}\n", lines.join("\n  "));
    }
    text.push_str("== why a charge waits ==\n");
    for order in orders() {
        for line in waiting(&order) {
            let _ = writeln!(text, "{}: {}", line.amount, wording::why_it_waits(&line));
        }
    }
    text.push_str("\n== refunds ==\n");
    for line in orders().iter().flat_map(refunds) {
        let (stands, by) = (
            wording::refund_stands(line.status),
            wording::decided_by(line.because.by()),
        );
        let _ = writeln!(
            text,
            "{} {stands}: {} Decided by {by}.",
            line.amount,
            line.because.sentence()
        );
    }
    for personal in ["Jo Doe", "jo@", "Blue"] {
        assert!(!text.contains(personal), "{personal} in:\n{text}");
    }
    for inner in [
        "webhook",
        "queue",
        "provision",
        "lease",
        "payload",
        "nudge",
        "lambda",
        "!",
    ] {
        assert!(!text.contains(inner), "{inner} in:\n{text}");
    }
    expect_test::expect_file!["../../../golden/finance.txt"].assert_eq(&text);
}

fn mornings() -> Vec<(&'static str, Figures)> {
    let empty = figures(&[]);
    let mut much = figures(&orders());
    much.refunded.add(Money::new(480, Currency::parse("jpy").unwrap()));
    for class in [
        Class::DeliveryStuck,
        Class::DeliveryStuck,
        Class::ReturnStuck,
        Class::AlertsUnheard,
    ] {
        let said = "It waits.".to_owned();
        much.add_case(&Case::without_order(
            "case_1".to_owned(),
            class,
            morning(0, 9),
            said,
            None,
        ));
    }
    let mut late = figures(&[]);
    late.period.from = morning(0, 0).minus(DAY * 2);
    late.whole = false;
    vec![
        ("nothing happened", empty),
        ("much happened", much),
        ("three days, not all read", late),
    ]
}

fn orders() -> Vec<Order> {
    let mut contested_one = Story::paid();
    contested(&mut contested_one, DisputeStatus::Open);
    let mut down = Story::paid();
    down.fail(Step::Account, DOWN);
    let mut braked = Story::paid();
    braked.make(Step::Account, "u1");
    braked.fail(Step::Team, REFUSED);
    let intent = braked.begin_at_the_brake();
    braked.event(Event::UndoWaits {
        attempt: intent.attempt,
        asks: true,
    });
    let after = |status| {
        let mut story = Story::undoing();
        story.revoke();
        story.give_back(status);
        story
    };
    let mut failed = after(RefundStatus::Succeeded);
    seen(
        &mut failed,
        "re_1",
        48_000,
        RefundStatus::Failed,
        Particulars::default(),
    );
    let mut part = Story::delivered();
    part.refunded_by_hand(10_000);
    let stories = [
        Story::paid(),
        down,
        Story::capturing(),
        Story::with_person(),
        Story::undoing(),
        braked,
        after(RefundStatus::Pending),
        after(RefundStatus::RequiresAction),
        failed,
        contested_one,
        part,
        Story::undone(),
    ];
    stories.into_iter().map(|story| story.order).collect()
}

#[test]
fn only_what_concerns_money_is_counted() {
    let ours = |class: &&Class| !concerns_money(**class);
    let not: Vec<&str> = Class::ALL.iter().filter(ours).map(|class| class.name()).collect();
    assert_eq!(
        not,
        [
            "revoke_stuck",
            "dead_letters",
            "access_missing",
            "access_left",
            "not_announced",
            "not_told",
            "alerts_unheard",
            "left_untold"
        ]
    );
}
