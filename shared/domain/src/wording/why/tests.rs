//! The six answers as people read them, for the customer of the story and for others.

use std::fmt::Write as _;

use super::why;
use crate::case::Choice;
use crate::decide::tests::story::{REFUSED, Story};
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::id::DisputeId;
use crate::notice::Told;
use crate::order::Order;
use crate::payment::{DisputeStatus, RefundStatus};
use crate::receipt::Step;
use crate::time::Timestamp;

impl Story {
    /// Everybody who must be told is told.
    fn tell_all(mut self) -> Order {
        while !self.idle(Performer::Notification) {
            let intent = self.begin(Performer::Notification);
            let Effect::Tell(notice) = intent.effect else {
                panic!("{:?}", intent.effect)
            };
            let attempt = intent.attempt;
            self.event(Event::NoticeAccepted {
                attempt,
                notice,
                covered: false,
            });
        }
        self.order
    }
}

fn orders() -> [(&'static str, Order); 6] {
    let mut twice = Story::delivered();
    twice.pay("pi_2", 48_000);
    twice.give_back(RefundStatus::Succeeded);
    let mut contested = Story::delivered();
    contested.event(Event::DisputeSeen {
        payment: crate::id::PaymentId::new("pi_1"),
        dispute: DisputeId::new("dp_1"),
        amount_minor: 48_000,
        status: DisputeStatus::Open,
    });
    [
        ("the story: account made, team refused", Story::undone().tell_all()),
        ("delivered", Story::delivered().tell_all()),
        ("with a person", Story::with_person().tell_all()),
        ("paid twice", twice.tell_all()),
        ("contested", contested.tell_all()),
        ("nobody has paid", Story::of("team-year").order),
    ]
}

#[test]
fn golden_six_answers() {
    let mut text = String::new();
    for (name, order) in orders() {
        let _ = writeln!(text, "== {name} ==\n{}", why(&order, order.written_at).text());
    }
    expect_test::expect_file!["../../../golden/why.txt"].assert_eq(&text);
}

#[test]
fn the_sentence_is_the_one_that_everybody_reads() {
    let order = Story::undone().tell_all();
    let sentence = order.undo.as_ref().expect("an undo").because.sentence().to_owned();
    let [.., last] = why(&order, order.written_at).answers;
    assert_eq!(last.lines, [sentence]);
}

#[test]
fn customer_service_calls_where_our_words_did_not_arrive_or_stripe_waits() {
    let advice = |order: &Order| {
        let [.., contact, _] = why(order, order.written_at).answers;
        contact.lines.join(" ")
    };
    let told = |told: fn(Timestamp) -> Told| {
        let mut order = Story::undone().tell_all();
        for notice in &mut order.notices {
            notice.told = told(notice.owed_at);
        }
        advice(&order)
    };
    let mut asks = Story::undoing();
    asks.revoke();
    asks.give_back(RefundStatus::RequiresAction);
    let asks = advice(&asks.tell_all());
    for (said, starts) in [
        (told(Told::Accepted), "No: the customer was last told"),
        (told(|_| Told::Owed), "Not yet: our message to j•••@example.com"),
        (told(Told::Unknown), "Yes, once: nobody knows"),
        (told(Told::Bounced), "Yes: our message to j•••@example.com came back"),
        (
            told(Told::GivenUp),
            "Yes: our message to j•••@example.com could not be sent",
        ),
        (asks, "Yes: Stripe has asked the customer where to send the refund"),
    ] {
        assert!(said.starts_with(starts), "{said}");
    }
}

#[test]
fn money_returned_by_hand_is_nothing_that_this_system_did() {
    let mut story = Story::delivered();
    story.refunded_by_hand(48_000);
    let [_, who, intended, ..] = why(&story.order, story.now).answers;
    assert!(
        who.lines[0].contains("decided by somebody in Stripe's Dashboard"),
        "{who:?}"
    );
    assert!(intended.lines[0].contains("this system did not"), "{intended:?}");
}

#[test]
fn what_waited_for_a_persons_word_is_not_said_to_be_nobodys() {
    let mut story = Story::paid();
    story.fail(Step::Account, REFUSED);
    let attempt = story.begin_at_the_brake().attempt;
    story.event(Event::UndoWaits { attempt, asks: true });
    let case = story.case();
    story.choose(&case, Choice::Retry);
    let [_, who, ..] = why(&story.order, story.now).answers;
    let said = who.lines.join(" ");
    assert!(
        said.contains("decided by automation") && !said.contains("No person"),
        "{said}"
    );
    assert!(
        who.evidence
            .iter()
            .any(|line| line.recorded.contains("operator chose retry")),
        "{who:?}"
    );
}
