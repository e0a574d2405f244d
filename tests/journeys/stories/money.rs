//! Money that is held, late, contested, or on its way back for long.

use std::time::Duration;

use domain::case::Choice;
use testkit::identity::Fault;
use testkit::stripe::{Misfire, Pending, Stripe};

use super::{HOUR, Story, decide};
use crate::journey::Journey;

const DAY: Duration = Duration::from_secs(24 * 3_600);

const fn story(name: &'static str, run: fn(&mut Journey)) -> Story {
    Story { name, run, race: false }
}

/// Who comes first decides whether a person must look.
const fn race(name: &'static str, run: fn(&mut Journey)) -> Story {
    Story { name, run, race: true }
}

pub(crate) const MONEY: [Story; 24] = [
    story("held, delivered, taken", held),
    story("held, team refused", held_refused),
    story("held, and the hold runs out", held_until_it_lapses),
    story("held, delivered, not to be taken", capture_refused),
    race("held, and taken by hand", captured_by_hand),
    race("held, and released by hand", released_by_hand),
    story("held twice", held_twice),
    story("a late payment arrives", late_payment),
    story("a late payment fails", late_payment_fails),
    story("the refund waits for our balance", refund_waits),
    story("the refund waits for the customer", refund_wants_the_customer),
    story("a refund on its way is canceled", refund_canceled),
    race("contested during delivery, and won", contested_during),
    race("contested during delivery, and lost", contested_and_lost),
    race("contested, and delivered all the same", contested_and_delivered),
    story("contested after delivery, and lost", contested_after),
    story("contested after delivery, and won", contested_after_and_won),
    race("contested while it is undone", contested_while_undone),
    race("the bank asks while it is undone", asked_while_undone),
    race("the bank asks after delivery, and no more", asked_after),
    story("a part returned by hand", part_by_hand),
    story("nothing to pay", free),
    story("nothing to pay, and refused", free_and_refused),
    story("three decimals, and refused", dinar_refused),
];

/// Whatever the product costs and however it is paid: the buyer pays, and we hear of it.
fn buys(journey: &mut Journey, product: &str) {
    if journey.tries_to_pay(product).is_some() {
        journey.settles();
    }
}

/// Somebody in Stripe's Dashboard, or at a bank, does something to the first payment.
fn to_the_first_payment(journey: &mut Journey, act: impl Fn(&mut Stripe, &str, i64)) {
    {
        let mut state = journey.world.state();
        let (payment, now) = (state.stripe.intents.first().map(|paid| paid.id.clone()), state.now.0);
        if let Some(payment) = payment {
            act(&mut state.stripe, &payment, now);
        }
    }
    journey.settles();
}

fn held(journey: &mut Journey) {
    buys(journey, "team-on-delivery");
}

fn held_refused(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::RefuseTeams;
    held(journey);
}

/// Everything is delivered, and Stripe takes no capture until the hold is over.
fn held_until_it_lapses(journey: &mut Journey) {
    const TRIES: usize = 400;
    let later = ("/capture".to_owned(), Misfire::Throttled429);
    journey.world.state().stripe.faults.next.extend(vec![later; TRIES]);
    held(journey);
    journey.leaps(DAY * 8);
    journey.world.state().stripe.faults.next.clear();
}

fn capture_refused(journey: &mut Journey) {
    const TRIES: usize = 20;
    let refused = ("/capture".to_owned(), Misfire::Refused400);
    journey.world.state().stripe.faults.next.extend(vec![refused; TRIES]);
    held(journey);
    journey.leaps(HOUR);
    decide(journey, Choice::Ignore);
}

fn captured_by_hand(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::Down;
    held(journey);
    to_the_first_payment(journey, |stripe, payment, now| {
        stripe.capture_by_hand(payment, now);
    });
    journey.world.state().directory.fault = Fault::None;
}

fn released_by_hand(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::Down;
    held(journey);
    to_the_first_payment(journey, |stripe, payment, now| {
        stripe.cancel_by_hand(payment, now);
    });
    journey.world.state().directory.fault = Fault::None;
}

fn held_twice(journey: &mut Journey) {
    held(journey);
    super::pay_again(journey);
    journey.settles();
}

/// The buyer finishes the page; the bank answers days later.
fn later(journey: &mut Journey, answer: impl Fn(&mut Stripe, &str, i64) -> bool) {
    let Some(session) = (0..4).find_map(|_click| {
        let session = journey.orders("team-year", 1);
        if session.is_none() {
            journey.leaps(Duration::from_secs(120));
        }
        session
    }) else {
        return;
    };
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        let _back = state.stripe.pay_later(&session, now);
    }
    journey.settles();
    journey.leaps(DAY * 3);
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        answer(&mut state.stripe, &session, now);
    }
    journey.settles();
}

fn late_payment(journey: &mut Journey) {
    later(journey, Stripe::money_arrives);
}

fn late_payment_fails(journey: &mut Journey) {
    later(journey, Stripe::money_fails);
}

/// The team is refused, and the refund comes to stand as `pending` says; days later it moves on.
fn refund_moves(journey: &mut Journey, pending: Pending, after: Duration, status: &str) {
    {
        let mut state = journey.world.state();
        state.directory.fault = Fault::RefuseTeams;
        state.stripe.faults.refunds_pend = Some(pending);
    }
    buys(journey, "team-year");
    journey.leaps(after);
    {
        let mut state = journey.world.state();
        let (refund, now) = (
            state.stripe.refunds.first().map(|refund| refund.id.clone()),
            state.now.0,
        );
        state.stripe.faults.refunds_pend = None;
        if let Some(refund) = refund {
            state.stripe.settle_refund(&refund, status, now);
        }
    }
    journey.settles();
    journey.leaps(DAY);
}

fn refund_waits(journey: &mut Journey) {
    refund_moves(journey, Pending::InsufficientFunds, DAY * 6, "succeeded");
}

fn refund_wants_the_customer(journey: &mut Journey) {
    refund_moves(journey, Pending::RequiresAction, DAY * 2, "succeeded");
}

fn refund_canceled(journey: &mut Journey) {
    refund_moves(journey, Pending::Processing, DAY, "canceled");
    decide(journey, Choice::Retry);
}

fn contested(journey: &mut Journey) {
    to_the_first_payment(journey, |stripe, payment, now| {
        stripe.dispute(payment, now);
    });
}

fn bank_decides(journey: &mut Journey, won: bool) {
    {
        let mut state = journey.world.state();
        let (dispute, now) = (
            state.stripe.disputes.first().map(|dispute| dispute.id.clone()),
            state.now.0,
        );
        if let Some(dispute) = dispute {
            state.stripe.close_dispute(&dispute, won, now);
        }
    }
    journey.settles();
}

/// The provider is down, so that the delivery takes its time.
fn slowly(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::Down;
    buys(journey, "team-year");
    journey.leaps(HOUR);
    contested(journey);
    journey.world.state().directory.fault = Fault::None;
    journey.leaps(HOUR * 3);
}

fn contested_during(journey: &mut Journey) {
    slowly(journey);
    bank_decides(journey, true);
}

fn contested_and_lost(journey: &mut Journey) {
    slowly(journey);
    bank_decides(journey, false);
}

fn contested_and_delivered(journey: &mut Journey) {
    slowly(journey);
    decide(journey, Choice::Retry);
    journey.leaps(DAY * 2);
    bank_decides(journey, true);
}

fn contested_after(journey: &mut Journey) {
    buys(journey, "team-year");
    journey.leaps(DAY);
    contested(journey);
    journey.leaps(DAY * 9);
    bank_decides(journey, false);
}

fn contested_after_and_won(journey: &mut Journey) {
    buys(journey, "team-year");
    journey.leaps(DAY);
    contested(journey);
    journey.leaps(DAY * 9);
    bank_decides(journey, true);
}

/// The refund is refused for a while, and meanwhile the bank is asked.
fn contested_while_undone(journey: &mut Journey) {
    {
        let mut state = journey.world.state();
        state.directory.fault = Fault::RefuseTeams;
        let slow = ("/refunds".to_owned(), Misfire::Throttled429);
        state.stripe.faults.next.push(slow);
    }
    buys(journey, "team-year");
    contested(journey);
    journey.leaps(DAY);
    bank_decides(journey, true);
}

/// A full refund is what settles an inquiry, so that it is not kept back.
fn asked_while_undone(journey: &mut Journey) {
    {
        let mut state = journey.world.state();
        state.directory.fault = Fault::RefuseTeams;
        let slow = ("/refunds".to_owned(), Misfire::Throttled429);
        state.stripe.faults.next.push(slow);
    }
    buys(journey, "team-year");
    asked(journey);
    journey.leaps(DAY);
    asks_no_more(journey);
}

fn asked_after(journey: &mut Journey) {
    buys(journey, "team-year");
    journey.leaps(DAY);
    asked(journey);
    journey.leaps(DAY * 3);
    asks_no_more(journey);
}

fn asked(journey: &mut Journey) {
    to_the_first_payment(journey, |stripe, payment, now| {
        stripe.inquire(payment, now);
    });
}

fn asks_no_more(journey: &mut Journey) {
    {
        let mut state = journey.world.state();
        let (inquiry, now) = (state.stripe.disputes.first().map(|asked| asked.id.clone()), state.now.0);
        if let Some(inquiry) = inquiry {
            state.stripe.close_inquiry(&inquiry, now);
        }
    }
    journey.settles();
}

fn part_by_hand(journey: &mut Journey) {
    buys(journey, "team-year");
    journey.leaps(DAY);
    to_the_first_payment(journey, |stripe, payment, now| {
        stripe.refund_part_by_hand(payment, 10_000, now);
    });
    decide(journey, Choice::Ignore);
}

fn free(journey: &mut Journey) {
    buys(journey, "team-free");
}

fn free_and_refused(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::RefuseTeams;
    buys(journey, "team-free");
}

fn dinar_refused(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::RefuseTeams;
    buys(journey, "team-dinar");
}
