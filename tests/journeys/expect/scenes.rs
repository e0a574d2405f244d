//! What a row is about, made to happen in the fake world.

use std::rc::Rc;
use std::time::Duration;

use domain::breaker;
use domain::catalogue::Settlement;
use domain::failure::FailureClass;
use domain::money::Money;
use domain::policy::Matter;
use domain::receipt::Step;
use domain::rehearsal::{Play, Situation, part_of};
use testkit::identity::Fault;
use testkit::stripe::{Pending, Stripe};
use testkit::world::mishaps::{Act, Mishap, Wall};

use crate::journey::Journey;
use crate::stories::{pay_again, refund_by_hand};

/// The row's own beginning: the payment, and what is not its own doing.
pub(super) fn begins(journey: &mut Journey, play: &Play, price: Money) {
    let walls = play.fails.map(walls).unwrap_or_default();
    let product = match play.situation.settlement() {
        Settlement::ChargeFirst => "example",
        Settlement::AuthoriseFirst => "example-held",
    };
    // What was made is taken back later: until then nothing stands in the way.
    if play.situation != Situation::RevokeFails {
        journey.world.state().schedule.walls.clone_from(&walls);
    }
    match play.situation {
        Situation::FirstTime if is_of_a_return(play) => pays(journey, product, Some(part_of(price))),
        Situation::FirstTime
        | Situation::Delivered
        | Situation::StepFails
        | Situation::HeldAndRefused
        | Situation::CaptureFails => {
            buys(journey, product);
        }
        Situation::MailRefused => {
            journey.world.state().mails_refused = true;
            buys(journey, product);
        }
        Situation::PaidTwice => {
            buys(journey, product);
            pay_again(journey);
        }
        Situation::ReturnFails => pays(journey, product, Some(part_of(price))),
        Situation::RefundUnderWay => {
            journey.world.state().stripe.faults.refunds_pend = Some(Pending::Processing);
            pays(journey, product, Some(part_of(price)));
        }
        Situation::ManyUndone => {
            Rc::get_mut(&mut journey.house).expect("nobody works").limits.undos_max = 0;
            pays(journey, product, Some(part_of(price)));
        }
        Situation::RevokeFails => {
            buys(journey, product);
            journey.world.state().schedule.walls = walls;
            refund_by_hand(journey);
        }
        Situation::ReturnedByHand | Situation::Undecided => returned(journey, product),
        Situation::PartByHand => {
            buys(journey, product);
            to_the_payment(journey, |stripe, payment, now| {
                stripe.refund_part_by_hand(payment, part_of(price).minor, now);
            });
        }
        Situation::Contested => {
            buys(journey, product);
            to_the_payment(journey, |stripe, payment, now| {
                stripe.dispute(payment, now);
            });
        }
        Situation::TakenByBank => {
            buys(journey, product);
            taken_by_bank(journey);
        }
        Situation::Asked => {
            buys(journey, product);
            to_the_payment(journey, |stripe, payment, now| {
                stripe.inquire(payment, now);
            });
        }
        Situation::NotConfirmed => not_confirmed(journey, product),
        Situation::Outage => outage(journey, product),
        Situation::StandsTooLong => {
            pays_later(journey, product);
        }
        Situation::TestAlert | Situation::LeftUntold | Situation::Weekly => {}
    }
    journey.settles();
}

fn returned(journey: &mut Journey, product: &str) {
    buys(journey, product);
    refund_by_hand(journey);
}

fn buys(journey: &mut Journey, product: &str) {
    pays(journey, product, None);
}

/// `amount`: another than the price.
fn pays(journey: &mut Journey, product: &str, amount: Option<Money>) {
    let session = journey.orders(product, 1).expect("a payment page");
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        let paid = state.stripe.pay(&session, amount.map(|amount| amount.minor), now);
        paid.expect("a payment");
    }
    journey.settles();
}

fn to_the_payment(journey: &Journey, act: impl Fn(&mut Stripe, &str, i64)) {
    let mut state = journey.world.state();
    let (payment, now) = (state.stripe.intents[0].id.clone(), state.now.0);
    act(&mut state.stripe, &payment, now);
}

fn taken_by_bank(journey: &mut Journey) {
    to_the_payment(journey, |stripe, payment, now| {
        stripe.dispute(payment, now);
    });
    journey.settles();
    let mut state = journey.world.state();
    let (dispute, now) = (state.stripe.disputes[0].id.clone(), state.now.0);
    state.stripe.close_dispute(&dispute, false, now);
}

/// The page is finished, and the bank takes its time.
fn pays_later(journey: &mut Journey, product: &str) -> String {
    let session = journey.orders(product, 1).expect("a payment page");
    let now = journey.world.state().now.0;
    let _back = journey.world.state().stripe.pay_later(&session, now);
    journey.settles();
    session
}

fn not_confirmed(journey: &mut Journey, product: &str) {
    let session = pays_later(journey, product);
    let now = journey.world.state().now.0;
    journey.world.state().stripe.money_fails(&session, now);
}

/// One order less than it takes is nobody's matter; then it is one alert, and one when it is over.
fn outage(journey: &mut Journey, product: &str) {
    const WHILE: Duration = Duration::from_secs(900);
    journey.world.state().directory.fault = Fault::Down;
    for number in 1..breaker::ORDERS_MIN {
        journey.pays(product);
        assert_eq!(journey.world.state().stored().count(), number);
    }
    journey.settles();
    journey.leaps(WHILE);
    assert!(journey.world.state().told.is_empty(), "too few to be an outage");
    for _ in 0..breaker::ORDERS_MIN {
        journey.pays(product);
    }
    journey.settles();
    journey.leaps(WHILE);
    assert_eq!(journey.world.state().told.len(), 1, "one alert for all");
    journey.world.state().directory.fault = Fault::None;
    journey.leaps(WHILE * 4);
}

fn is_of_a_return(play: &Play) -> bool {
    matches!(play.fails, Some((Matter::ReturnMoney, _)))
}

/// What fails, on its wire, in a way that is read as this class of failure.
fn walls((matter, class): (Matter, FailureClass)) -> Vec<Wall> {
    let mishap = match class {
        FailureClass::Transient => Mishap::Refused,
        FailureClass::Throttled => Mishap::Throttled,
        FailureClass::Rejected => Mishap::Rejected,
        FailureClass::Unknown => Mishap::LostBefore,
    };
    let wall = |act, meets: fn(&str, &str) -> bool| Wall { act, meets, mishap };
    match matter {
        Matter::Step(Step::Account) => vec![wall(Act::Identity, |method, path| method == "POST" && path == "/Users")],
        Matter::Step(Step::Team) => vec![wall(Act::Identity, |method, path| {
            method == "POST" && path == "/Groups"
        })],
        Matter::Step(Step::Membership) => vec![wall(Act::Identity, |method, path| {
            method == "PATCH" && path.starts_with("/Groups/")
        })],
        Matter::Step(Step::Signed(_)) => vec![wall(Act::Licences, |_, path| path == "/deliver")],
        Matter::Capture => vec![wall(Act::Stripe, |_, path| path.ends_with("/capture"))],
        Matter::ReturnMoney => vec![wall(Act::Stripe, |method, path| {
            method == "POST" && path.ends_with("/refunds")
        })],
        Matter::Revoke => vec![wall(Act::Identity, |method, path| {
            method != "GET" && path.starts_with("/Users/")
        })],
        // A switch of the world's own.
        Matter::Tell | Matter::Alert | Matter::Announce => Vec::new(),
    }
}
