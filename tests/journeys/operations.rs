//! Try one, then the rest: one word of a person about many cases.

use std::collections::BTreeSet;
use std::time::Duration;

use desk::access::{Actor, Role};
use desk::decision::Decided;
use desk::operation::{self, Plan, Wish};
use domain::case::{Choice, Class, Resolved};
use domain::id::{DecisionId, OrderId};
use domain::operation::Operations;
use flow::operation::{Operated, operate};
use flow::ports::Control as _;
use futures_util::FutureExt as _;
use testkit::identity::Fault;
use testkit::world::mishaps::{Act, Mishap, Schedule, Strike};

use crate::journey::Journey;

const HOUR: Duration = Duration::from_secs(3_600);
const CLASS: Class = Class::DeliveryStuck;
const ORDERS: usize = 12;
const REASON: &str = "The provider is back since noon.";

/// So many orders that wait for a person; the provider is well again.
fn stuck(seed: u64, orders: usize) -> Journey {
    let mut journey = Journey::begin(seed);
    journey.world.state().directory.fault = Fault::Down;
    for _ in 0..orders {
        journey.pays("team-year");
    }
    journey.settles();
    journey.leaps(HOUR * 30);
    journey.world.state().directory.fault = Fault::None;
    assert_eq!(open(&journey), orders);
    journey
}

fn open(journey: &Journey) -> usize {
    let state = journey.world.state();
    state.cases().filter(|case| case.resolved.is_none()).count()
}

fn plan(journey: &Journey, choice: Choice) -> Plan {
    let plan = operation::plan(&journey.world, CLASS, choice).now_or_never();
    plan.expect("an end").expect("a store")
}

fn wish(plan: &Plan, role: Role) -> Wish {
    Wish {
        by: Actor {
            name: "Olu".to_owned(),
            role,
        },
        reason: REASON.to_owned(),
        code: "goodwill".to_owned(),
        amount: plan.amount_to_write().unwrap_or_default(),
        decision: DecisionId::new("dec_all".to_owned()),
        shown: plan.shown(),
    }
}

fn begins(journey: &Journey, choice: Choice, wish: &Wish) -> Decided {
    let begun = operation::begin(&journey.world, CLASS, choice, wish).now_or_never();
    begun.expect("an end").expect("a store")
}

fn no(decided: &Decided) -> &str {
    match decided {
        Decided::No(why) => why,
        Decided::Recorded => panic!("it was begun"),
    }
}

/// A run of the schedule; none: it died.
fn runs(journey: &mut Journey) -> Option<Operated> {
    let ran = operate(&journey.world).now_or_never();
    journey.settles();
    ran?.ok()
}

fn first(journey: &Journey) -> OrderId {
    journey.world.order_ids().into_iter().next().expect("an order")
}

/// One is tried by hand.
fn tries_one(journey: &mut Journey, choice: Choice) {
    let one = first(journey);
    journey.decides(&one, choice, REASON);
    journey.leaps(HOUR);
}

#[test]
fn one_is_tried_and_then_the_rest_is_delivered() {
    let mut journey = stuck(81, ORDERS);
    let untried = wish(&plan(&journey, Choice::Retry), Role::Operator);
    assert!(no(&begins(&journey, Choice::Retry, &untried)).starts_with("Try one case first"));
    tries_one(&mut journey, Choice::Retry);
    // The try of another choice is none.
    let undo = wish(&plan(&journey, Choice::Undo), Role::Operator);
    assert!(no(&begins(&journey, Choice::Undo, &undo)).starts_with("Try one case first"));
    let tried = operation::tried(&journey.world, CLASS).now_or_never();
    let tried = tried.expect("an end").expect("a store");
    let [tried] = &tried[..] else {
        panic!("only retry was tried")
    };
    assert_eq!(tried.choice, Choice::Retry);
    assert_eq!((tried.order.clone(), tried.again), (first(&journey), false));

    let rest = plan(&journey, Choice::Retry);
    assert_eq!((rest.cases.len(), rest.amount_to_write()), (ORDERS - 1, None));
    assert!(no(&begins(&journey, Choice::Retry, &wish(&rest, Role::Viewer))).contains("this is for operator"));
    let wish = wish(&rest, Role::Operator);
    assert_eq!(begins(&journey, Choice::Retry, &wish), Decided::Recorded);
    assert_eq!(
        begins(&journey, Choice::Retry, &wish),
        Decided::Recorded,
        "the same page"
    );
    let ran = runs(&mut journey).expect("a run");
    assert_eq!((ran.decided, ran.left), (11, 0));
    assert_eq!(runs(&mut journey), Some(Operated::default()), "nothing is left to do");
    journey.leaps(HOUR * 2);
    assert_eq!(open(&journey), 0);
    for id in journey.world.order_ids() {
        assert_eq!(journey.state(&id), "Delivered");
    }
}

#[test]
fn money_goes_back_for_all_only_by_the_sum_written_by_hand_and_each_customer_reads_why() {
    let mut journey = stuck(82, ORDERS);
    tries_one(&mut journey, Choice::Undo);
    let rest = plan(&journey, Choice::Undo);
    assert_eq!(rest.amount_to_write().as_deref(), Some("5280.00 GBP"));
    for (amount, code, say) in [
        (
            "480.00 GBP",
            "goodwill",
            "Write the amount that goes back, exactly so: 5280.00 GBP",
        ),
        (
            "5280.00 GBP",
            "",
            "Choose what the money is returned for: Finance filters by it.",
        ),
    ] {
        let wrong = Wish {
            amount: amount.to_owned(),
            code: code.to_owned(),
            ..wish(&rest, Role::Finance)
        };
        assert_eq!(no(&begins(&journey, Choice::Undo, &wrong)), say);
    }
    assert_eq!(
        begins(&journey, Choice::Undo, &wish(&rest, Role::Finance)),
        Decided::Recorded
    );
    runs(&mut journey).expect("a run");
    journey.leaps(HOUR * 30);
    let state = journey.world.state();
    assert_eq!(state.stripe.refunds.len(), ORDERS);
    for refund in &state.stripe.refunds {
        assert_eq!((refund.amount, refund.status.as_str()), (48_000, "succeeded"));
        assert!(refund.metadata["because"].contains(REASON), "{:?}", refund.metadata);
    }
}

#[test]
fn what_changed_meanwhile_is_left_to_people_and_what_is_stopped_stays_as_it_is() {
    let mut journey = stuck(83, ORDERS);
    tries_one(&mut journey, Choice::Retry);
    let seen = wish(&plan(&journey, Choice::Retry), Role::Operator);
    let (second, third) = {
        let ids = journey.world.order_ids();
        (ids[1].clone(), ids[2].clone())
    };
    journey.decides(&second, Choice::Retry, REASON);
    assert!(no(&begins(&journey, Choice::Retry, &seen)).starts_with("These cases have changed"));
    let wish = wish(&plan(&journey, Choice::Retry), Role::Operator);
    assert_eq!(begins(&journey, Choice::Retry, &wish), Decided::Recorded);
    journey.decides(&third, Choice::Undo, REASON);
    let ran = runs(&mut journey).expect("a run");
    assert_eq!((ran.decided, ran.left), (9, 1));
    let operations: Operations = journey
        .world
        .control()
        .now_or_never()
        .expect("an end")
        .expect("a store");
    let left = operation::left(&journey.world, operations.of(CLASS).expect("it is kept")).now_or_never();
    let left = left.expect("an end").expect("a store");
    let left: Vec<(&OrderId, &str)> = left.iter().map(|left| (&left.order, left.reference.as_str())).collect();
    assert_eq!(left, [(&third, journey.order(&third).reference().as_str())]);
    journey.leaps(HOUR * 30);
    assert_eq!(journey.state(&third), "Undone", "the word of its own stands");

    let mut journey = stuck(84, ORDERS);
    tries_one(&mut journey, Choice::Retry);
    let wish = self::wish(&plan(&journey, Choice::Retry), Role::Operator);
    assert_eq!(begins(&journey, Choice::Retry, &wish), Decided::Recorded);
    let stops = |journey: &Journey| {
        let stopped = operation::stop(&journey.world, CLASS, &wish.by).now_or_never();
        stopped.expect("an end").expect("a store")
    };
    assert_eq!(stops(&journey), Decided::Recorded);
    assert!(no(&stops(&journey)).starts_with("Nothing is being carried out"));
    assert_eq!(runs(&mut journey), Some(Operated::default()));
    assert_eq!(open(&journey), ORDERS - 1);
}

#[test]
fn a_run_that_dies_anywhere_is_carried_on_and_decides_nobody_twice() {
    const FEW: usize = 4;
    let mut died = 0;
    for act in [Act::Read, Act::Write, Act::ReadControl, Act::WriteControl, Act::Send] {
        for mishap in act.mishaps() {
            // Whoever changed the order meanwhile has it left to people: that has a test of its own.
            if matches!(mishap, Mishap::FrozenBefore | Mishap::FrozenAfter | Mishap::Outrun) {
                continue;
            }
            for nth in 1..=5 {
                let mut journey = stuck(85, FEW);
                tries_one(&mut journey, Choice::Retry);
                let wish = wish(&plan(&journey, Choice::Retry), Role::Operator);
                assert_eq!(begins(&journey, Choice::Retry, &wish), Decided::Recorded);
                let mishap = *mishap;
                // Counted from here on.
                let mut schedule = Schedule::default();
                schedule.strikes.push(Strike { act, nth, mishap });
                journey.world.state().schedule = schedule;
                for _ in 0..3 {
                    died += usize::from(runs(&mut journey).is_none());
                }
                journey.leaps(HOUR * 2);
                let told = format!("{mishap:?} at {act:?} {nth}");
                assert_eq!(open(&journey), 0, "{told}");
                assert_eq!(ended(&journey), (FEW - 1, 0), "{told}");
                assert_eq!(decisions(&journey), FEW, "{told}");
            }
        }
    }
    assert!(died > 20, "{died} runs died");
}

/// How many were decided, and how many left.
fn ended(journey: &Journey) -> (usize, usize) {
    let operations = journey.world.control::<Operations>().now_or_never();
    let operations = operations.expect("an end").expect("a store");
    let ended = operations.of(CLASS).expect("it is kept");
    (ended.decided, ended.left.len())
}

/// Each case of a delivered order, by its own decision.
fn decisions(journey: &Journey) -> usize {
    let mut decisions = BTreeSet::new();
    for id in journey.world.order_ids() {
        assert_eq!(journey.state(&id), "Delivered");
        for case in &journey.order(&id).cases {
            match &case.resolved {
                Some(Resolved::Decided { decision, .. }) => assert!(decisions.insert(decision.clone()), "twice"),
                Some(Resolved::Healed { .. }) | None => panic!("{case:?}"),
            }
        }
    }
    decisions.len()
}
