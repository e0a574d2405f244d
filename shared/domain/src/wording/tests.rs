//! The words as people read them, and words that they must never read.

mod pages;

use std::fmt::Write as _;

use super::*;
use crate::case::{Choice, Class};
use crate::decide::tests::story::{REFUSED, Story};
use crate::effect::Performer;
use crate::event::Event;
use crate::notice::{Audience, Notice, Template, Told};
use crate::order::Order;
use crate::payment::{DisputeStatus, Particulars, RefundStatus};
use crate::receipt::Step;

fn links() -> Links {
    Links {
        shop: "https://shop.example".into(),
        console: "https://console.example".into(),
    }
}

fn outage() -> Order {
    let mut story = Story::paid();
    for over in [false, true] {
        let (step, since) = (Step::Account, story.now);
        story.event(Event::OutageSeen { step, since, over });
    }
    story.order
}

fn orders() -> Vec<(&'static str, Order)> {
    let mut failed = Story::undone();
    let (refund, status) = (crate::id::RefundId::new("re_1"), RefundStatus::Failed);
    let payment = crate::id::PaymentId::new("pi_1");
    failed.event(Event::RefundSeen {
        payment,
        refund,
        amount_minor: 48_000,
        status,
        told: Particulars::default(),
    });
    let mut waits = Story::paid();
    waits.fail(Step::Account, REFUSED);
    let intent = waits.begin_at_the_brake();
    waits.event(Event::UndoWaits {
        attempt: intent.attempt,
        asks: false,
    });
    let mut part = Story::delivered();
    part.refunded_by_hand(10_000);
    let case = part.case();
    part.choose(&case, Choice::Undo);
    let mut held = Story::held();
    held.wait(300);
    let mut asks = Story::undoing();
    asks.revoke();
    asks.give_back(RefundStatus::RequiresAction);
    let dispute = |minor, status| Event::DisputeSeen {
        payment: crate::id::PaymentId::new("pi_1"),
        dispute: crate::id::DisputeId::new("dp_1"),
        amount_minor: minor,
        status,
    };
    let mut contested = Story::undoing();
    contested.revoke();
    contested.event(dispute(48_000, DisputeStatus::Open));
    let mut questioned = Story::paid();
    questioned.event(dispute(48_000, DisputeStatus::Inquiry));
    let mut by_hand_and_lost = Story::delivered();
    by_hand_and_lost.refunded_by_hand(10_000);
    by_hand_and_lost.event(dispute(38_000, DisputeStatus::Open));
    by_hand_and_lost.event(dispute(38_000, DisputeStatus::Lost));
    let mut stuck = Story::undoing();
    let intent = stuck.begin(Performer::Refund);
    stuck.event(Event::RevokeFailed {
        attempt: intent.attempt,
        step: Step::Account,
        failure: REFUSED,
    });
    stuck.wait(1_000);
    stuck.give_back(RefundStatus::Succeeded);
    vec![
        ("the account fails for many", outage()),
        ("contested while it is undone", contested.order),
        ("the bank asks", questioned.order),
        ("a part by hand, the rest taken by the bank", by_hand_and_lost.order),
        ("money back, access stuck", stuck.order),
        ("at the brake", waits.order),
        ("a part had gone back", part.order),
        ("held", held.order),
        ("the refund asks the customer", asks.order),
        ("nobody has paid", Story::of("team-year").order),
        ("paid", Story::paid().order),
        ("delivered", Story::delivered().order),
        ("team refused", Story::undoing().order),
        ("undone", Story::undone().order),
        ("with a person", Story::with_person().order),
        ("the refund failed later", failed.order),
    ]
}

fn told(order: &Order) -> String {
    let mut text = String::new();
    let now = status(order, order.written_at);
    let _ = writeln!(
        text,
        "page [{}] {}\n  {}",
        now.id.name(),
        now.headline,
        now.body.join("\n  ")
    );
    for notice in order.notices.iter().filter(|notice| notice.to != Audience::Systems) {
        let message = message(order, notice, &links());
        let _ = writeln!(
            text,
            "to {}: {}\n  {}",
            notice.to.name(),
            message.subject,
            message.lines.join("\n  ")
        );
    }
    for entry in &order.history {
        let _ = writeln!(text, "- {}", line(entry, order.product.price.currency));
    }
    text
}

#[test]
fn golden() {
    let text: String = orders()
        .iter()
        .map(|(name, order)| format!("== {name} ==\n{}\n", told(order)))
        .collect();
    expect_test::expect_file!["../../golden/wording.txt"].assert_eq(&text);
}

const INNER: [&str; 9] = [
    "webhook",
    "queue",
    "provision",
    " lease",
    "payload",
    "nudge",
    "dead letter",
    "lambda",
    "!",
];

#[test]
fn no_inner_word_and_no_exclamation_mark_reaches_people() {
    let pages = pages::table().to_lowercase();
    for inner in INNER {
        assert!(!pages.contains(inner), "a page says \"{inner}\"");
    }
    for (name, order) in orders() {
        let mut text = told(&order).to_lowercase();
        text.push_str(&why(&order, order.written_at).text().to_lowercase());
        for class in [Class::DeadLetters, Class::MoneyWithoutOrder] {
            text.push_str(&consequence(&order, class, None).to_lowercase());
            text.push_str(&class_name(class).to_lowercase());
        }
        for inner in INNER {
            assert!(!text.contains(inner), "{name} says \"{inner}\":\n{text}");
        }
    }
}

#[test]
fn alerts_carry_no_personal_data() {
    for (name, order) in orders() {
        for template in [
            Template::Ready,
            Template::Returned {
                payment: crate::id::PaymentId::new("pi_1"),
            },
        ] {
            let notice = Notice {
                id: 1,
                to: Audience::Ops,
                template,
                owed_at: order.written_at,
                told: Told::Owed,
            };
            let text = message(&order, &notice, &links()).lines.join(" ");
            for personal in [&order.buyer.name, &order.buyer.email, &order.buyer.team] {
                assert!(!text.contains(personal), "{name}: {text}");
            }
        }
    }
}

#[test]
fn a_test_alert_says_what_to_do_and_that_nothing_is_wrong() {
    let Message { subject, lines } = test_alert(&links());
    expect_test::expect![[r#"
        Test alert: please acknowledge
        Nothing is wrong. Press "I got it" within a day, so that we know that alerts reach you: https://console.example/console/alerts"#]]
    .assert_eq(&format!("{subject}\n{}", lines.join("\n")));
}

#[test]
fn no_inner_word_reaches_whoever_reads_what_to_expect() {
    let price = crate::decide::tests::story::pounds(48_000);
    for reader in readers() {
        let text = expectations_page(&policy(), price, reader).to_lowercase();
        let text = text.replace(char::is_whitespace, " ");
        for inner in INNER {
            // Only where a word begins: holds are released, and people are asked to please do something.
            let word = if inner == "!" {
                inner.to_owned()
            } else {
                format!(" {inner}")
            };
            assert!(!text.contains(&word), "{} says \"{inner}\":\n{text}", title(reader));
        }
    }
}

fn policy() -> crate::policy::Policy {
    crate::policy::parse(include_str!("../../../../infra/policy.toml")).unwrap()
}

#[test]
fn what_to_expect() {
    let price = crate::decide::tests::story::pounds(48_000);
    for reader in readers() {
        let file = format!("../../golden/expect_{}.txt", reader.name());
        expect_test::expect_file![file].assert_eq(&expectations_page(&policy(), price, reader));
    }
}

#[test]
fn each_class_has_its_page_in_the_repository() {
    for class in Class::ALL {
        let file = format!("../../../../infra/runbooks/{}.md", class.name());
        expect_test::expect_file![file].assert_eq(&runbook_page(class));
    }
}
