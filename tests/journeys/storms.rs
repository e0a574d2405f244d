//! Storms: a dozen things go wrong in any order, drawn by seed, while buyers pay, people decide and money goes back by
//! hand. Then the sky clears, and every charge must have been made good.

use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use domain::case::Choice;
use testkit::dice::Dice;
use testkit::identity::Fault;
use testkit::stripe::{Done, Misfire, Pending};
use testkit::world::mishaps::{Act, Mishap, Strike};

use crate::journey::Journey;
use crate::mailroom::Travel;
use crate::rows::Reached;
use crate::stories::{decide, pay_again, refund_by_hand};
use crate::tell::tell;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The store is away for less than messages live.
const AWAY: [u64; 4] = [5, 130, 1_000, 3_600];

/// What may happen in a storm.
fn gust(journey: &mut Journey, dice: &mut Dice) -> String {
    const FAULTS: [Fault; 6] = [
        Fault::Down,
        Fault::Refuse,
        Fault::RefuseTeams,
        Fault::LoseReply,
        Fault::Kill,
        Fault::None,
    ];
    const WAITS: [u64; 9] = [5, 40, 61, 130, 700, 1_000, 4_000, 30_000, 90_000];
    match dice.draw(20) {
        0..=4 => {
            let wait = Duration::from_secs(dice.pick(&WAITS));
            journey.leaps(wait);
            format!("{} s pass", wait.as_secs())
        }
        5 | 6 => {
            let fault = dice.pick(&FAULTS);
            journey.world.state().directory.fault = fault;
            format!("the provider: {fault:?}")
        }
        7 => {
            let mut state = journey.world.state();
            state.stripe.faults.refuse_refunds ^= true;
            format!("refunds refused: {}", state.stripe.faults.refuse_refunds)
        }
        8 => {
            let mut state = journey.world.state();
            let misfire = Misfire::Error500(dice.pick(&[Done::Yes, Done::No]));
            state.stripe.faults.next.push(("/refunds".to_owned(), misfire));
            "the next refund fails with 500".to_owned()
        }
        9 => {
            refund_by_hand(journey);
            "money goes back by hand".to_owned()
        }
        10 => {
            pay_again(journey);
            "somebody pays in a second tab".to_owned()
        }
        11 => {
            let mut state = journey.world.state();
            let now = state.now.0;
            let refunds: Vec<String> = state.stripe.refunds.iter().map(|refund| refund.id.clone()).collect();
            if refunds.is_empty() || state.stripe.refunds.iter().any(|refund| refund.status == "failed") {
                return "nothing to fall through".to_owned();
            }
            let refund = &refunds[dice.draw(refunds.len())];
            state.stripe.fail_refund(refund, now);
            format!("{refund} comes back")
        }
        12..=15 => people(journey, dice),
        16..=18 => bank(journey, dice),
        _ => {
            journey.settles();
            "a moment of calm".to_owned()
        }
    }
}

/// What banks do in it, and people in Stripe's Dashboard.
fn bank(journey: &mut Journey, dice: &mut Dice) -> String {
    let mut state = journey.world.state();
    let now = state.now.0;
    let stripe = &mut state.stripe;
    let payments: Vec<String> = stripe.intents.iter().map(|intent| intent.id.clone()).collect();
    if payments.is_empty() {
        return "no bank is asked".to_owned();
    }
    let payment = &payments[dice.draw(payments.len())];
    match dice.draw(7) {
        0 => {
            stripe.dispute(payment, now);
            format!("{payment} is contested")
        }
        1 => {
            let open = stripe.disputes.iter().find(|dispute| dispute.is_open());
            let open = open.map(|dispute| dispute.id.clone());
            let won = dice.draw(2) == 0;
            if let Some(open) = open {
                stripe.close_dispute(&open, won, now);
            }
            format!("the bank decides, for us: {won}")
        }
        2 => {
            stripe.capture_by_hand(payment, now);
            format!("{payment} is taken by hand")
        }
        3 => {
            stripe.cancel_by_hand(payment, now);
            format!("{payment} is released by hand")
        }
        4 => {
            stripe.refund_part_by_hand(payment, 2_000, now);
            format!("a part of {payment} goes back by hand")
        }
        5 => {
            stripe.faults.refunds_pend = Some(dice.pick(&[Pending::InsufficientFunds, Pending::RequiresAction]));
            "refunds take their time".to_owned()
        }
        _ => {
            let misfires = [
                Misfire::Lost,
                Misfire::Throttled429,
                Misfire::Conflict409,
                Misfire::Refused400,
                Misfire::Error500(Done::Yes),
                Misfire::Error500(Done::No),
            ];
            let path = dice.pick(&["/capture", "/cancel", "/refunds"]);
            stripe.faults.next.push((path.to_owned(), dice.pick(&misfires)));
            format!("the next {path} misfires")
        }
    }
}

/// What is still open at a bank when the sky clears comes to its end.
fn banks_decide(journey: &mut Journey, dice: &mut Dice) {
    let mut state = journey.world.state();
    let now = state.now.0;
    let stripe = &mut state.stripe;
    let open = stripe.disputes.iter().filter(|dispute| dispute.is_open());
    let open: Vec<String> = open.map(|dispute| dispute.id.clone()).collect();
    for dispute in open {
        stripe.close_dispute(&dispute, dice.draw(2) == 0, now);
    }
    let waiting = stripe.refunds.iter();
    let waiting = waiting.filter(|refund| matches!(refund.status.as_str(), "pending" | "requires_action"));
    let waiting: Vec<String> = waiting.map(|refund| refund.id.clone()).collect();
    for refund in waiting {
        stripe.settle_refund(&refund, "succeeded", now);
    }
}

/// What people and our own house do in it.
fn people(journey: &mut Journey, dice: &mut Dice) -> String {
    match dice.draw(5) {
        0 | 1 => {
            let choice = dice.pick(&[Choice::Retry, Choice::Undo]);
            decide(journey, choice);
            format!("a person decides: {}", choice.name())
        }
        2 => {
            decide(journey, Choice::Ignore);
            "a person has dealt with it outside".to_owned()
        }
        3 => {
            let mut state = journey.world.state();
            state.mails_refused ^= true;
            format!("mails refused: {}", state.mails_refused)
        }
        _ => {
            journey.world.state().store_down = true;
            journey.leaps(Duration::from_secs(dice.pick(&AWAY)));
            journey.world.state().store_down = false;
            "the store was away".to_owned()
        }
    }
}

fn strikes(dice: &mut Dice) -> Vec<Strike> {
    const ACTS_MAX: usize = 30;
    let count = dice.draw(6);
    let strike = |_| {
        let act = dice.pick(&Act::ALL);
        Strike {
            act,
            nth: dice.draw(ACTS_MAX) as u64 + 1,
            mishap: dice.pick(act.mishaps()),
        }
    };
    (0..count).map(strike).collect()
}

/// An adopter may declare other answers: as shipped, impatient, and everything to a person.
fn declare(journey: &mut Journey, dice: &mut Dice) -> &'static str {
    const SHIPPED: &str = include_str!("../../infra/policy.toml");
    const DAY_LONG: &str = "\"retry 24h, then coordinate\"";
    const READ_BACK: &str = "\"read back 24h, then coordinate\"";
    let (name, text) = match dice.draw(3) {
        0 => ("as shipped", SHIPPED.to_owned()),
        1 => {
            let impatient = SHIPPED.replace(DAY_LONG, "\"retry 1h, then undo\"");
            let revoke = impatient.find("[answers.revoke]").unwrap_or_default();
            // What is taken back is never undone.
            let (head, tail) = impatient.split_at(revoke);
            let tail = tail.replacen("retry 1h, then undo", "retry 1h, then coordinate", 2);
            ("impatient", format!("{head}{tail}"))
        }
        _ => {
            let careful = SHIPPED.replace("rejected = \"undo\"", "rejected = \"coordinate\"");
            (
                "everything to a person",
                careful.replace(READ_BACK, "\"read back 40m, then coordinate\""),
            )
        }
    };
    let policy = domain::policy::parse(&text).expect("a policy");
    let house = Rc::get_mut(&mut journey.house).expect("nobody works yet");
    house.shop.policy = policy;
    name
}

/// One storm; what it broke, with the story of it.
fn storm(seed: u64, reached: &mut Reached) -> Option<String> {
    const GUSTS: usize = 12;
    let mut dice = Dice::of(seed);
    let mut journey = Journey::begin_untold(seed);
    journey.oracle.patience = DAY * 4;
    journey.oracle.trouble = 5;
    let strikes = strikes(&mut dice);
    journey.world.state().schedule.strikes.clone_from(&strikes);
    let number = dice.draw(6);
    journey.travel = Some(dice.pick(&[
        Travel::Dropped(number),
        Travel::Doubled(number),
        Travel::Late(number, HOUR * 5),
        Travel::After(number, number + 1),
    ]));
    journey.broken.two_sweepers = dice.draw(3) == 0;
    journey.world.state().index_lags = dice.draw(3) == 0;
    let policy = declare(&mut journey, &mut dice);
    let mut says = vec![format!("{policy} {strikes:?} {:?}", journey.travel)];
    let _order = journey.tries_to_pay(dice.pick(&["team-year", "solo-year", "team-on-delivery"]));
    for _ in 0..GUSTS {
        says.push(gust(&mut journey, &mut dice));
    }
    {
        let mut state = journey.world.state();
        state.directory.fault = Fault::None;
        state.stripe.faults = testkit::stripe::Faults::default();
        // Twice told stays twice told.
        state.schedule.strikes.retain(|strike| strike.mishap == Mishap::Twice);
    }
    journey.settles();
    journey.leaps(DAY * 2);
    banks_decide(&mut journey, &mut dice);
    journey.settles();
    decide(&mut journey, Choice::Retry);
    journey.leaps(DAY * 10);
    let broken = journey.verdict();
    reached.by(&mut journey);
    let told = || format!("seed {seed}\n{broken:#?}\n{}\n{}", says.join("\n"), journey.traces());
    (!broken.is_empty()).then(told)
}

const FIRST: u64 = 0;
const STORMS: u64 = 3_000;

/// All storms, once for every test that looks at them: what they broke, and what the handlers did in them.
pub(crate) static STORMY: LazyLock<(Vec<String>, Reached)> = LazyLock::new(|| {
    let mut reached = Reached::default();
    let storms = FIRST..FIRST + STORMS;
    let broken = storms.filter_map(|seed| storm(seed, &mut reached)).collect();
    (broken, reached)
});

#[test]
fn after_every_storm_every_charge_is_made_good() {
    let (broken, _reached) = &*STORMY;
    let good = STORMS - broken.len() as u64;
    tell(&format!("storms, from seed {FIRST} on: {good} of {STORMS}"));
    for says in broken.iter().take(5) {
        println!("{says}");
    }
    let heads: Vec<String> = broken
        .iter()
        .map(|says| says.lines().take(5).collect::<Vec<_>>().join(" "))
        .collect();
    assert!(
        heads.is_empty(),
        "{} storms broke a rule\n{}",
        heads.len(),
        heads.join("\n")
    );
}
