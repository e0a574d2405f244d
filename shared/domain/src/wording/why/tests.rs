//! The six answers as people read them, for the customer of the story and for others.

use std::fmt::Write as _;

use super::why;
use crate::decide::tests::story::Story;
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::id::DisputeId;
use crate::order::Order;
use crate::payment::{DisputeStatus, RefundStatus};

impl Story {
    /// Everybody who must be told is told.
    fn tell_all(mut self) -> Order {
        while !self.idle(Performer::Notification) {
            let intent = self.begin(Performer::Notification);
            let Effect::Tell(notice) = intent.effect else {
                panic!("{:?}", intent.effect)
            };
            let attempt = intent.attempt;
            self.event(Event::NoticeAccepted { attempt, notice });
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
