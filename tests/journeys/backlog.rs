//! More overdue orders than anybody can take up at once: what one run of the sweeper takes, and what it leaves.

use domain::Timestamp;
use domain::effect::Performer;
use domain::id::{OrderId, PublicToken};
use domain::order::{Buyer, Order};
use flow::ports::{Basis, Ledger as _};
use flow::sweep::{Swept, sweep};
use futures_util::FutureExt as _;
use testkit::world::{FakeWorld, Kind, queue};

use crate::journey::{SHOP, START};

const ORDERS: usize = 14_000;
/// As in the sweeper.
const WAITING_MAX: usize = 6_000;
const DAY_MS: i64 = 86_400_000;

/// A cart that was left alone: Stripe is to be asked about it.
fn left_alone(number: usize, at: Timestamp) -> Order {
    let product = SHOP.products[0].clone();
    let policy = SHOP.policy.frozen_for(&product.steps);
    let buyer = Buyer {
        name: "Jo Doe".to_owned(),
        email: "jo@example.com".to_owned(),
        team: "Blue".to_owned(),
    };
    let (id, token) = (OrderId::new(format!("ord_{number:024x}")), PublicToken::from_bits(7));
    Order::new(id, token, buyer, product, policy, at, Timestamp(at.0 + 3_600_000))
}

fn write(world: &FakeWorld, order: &Order) {
    let written = world.commit(Basis::New, order, &[]).now_or_never();
    written.expect("at once").expect("written");
}

fn run(world: &FakeWorld) -> Swept {
    sweep(world)
        .now_or_never()
        .expect("at once")
        .expect("the index answers")
}

/// Until the next run.
fn later(world: &FakeWorld) {
    let mut state = world.state();
    state.now = state.now.plus(std::time::Duration::from_secs(60));
}

/// Nudges in the queue behind what is new, and in the other.
fn waiting(world: &FakeWorld) -> (usize, usize) {
    let state = world.state();
    let count = |kind| {
        state
            .queues
            .counts(queue(Performer::Reconciliation, kind), state.now.0)
            .0
    };
    (count(Kind::Delay), count(Kind::Fresh))
}

/// The workers take up everything that waits.
fn work(world: &FakeWorld) {
    let mut state = world.state();
    let (now, name) = (state.now.0, queue(Performer::Reconciliation, Kind::Delay));
    while let Ok(taken) = state.queues.receive(name, 10, now) {
        if taken.is_empty() {
            return;
        }
        for receipt in taken.iter().filter_map(|message| message.receipt.as_deref()) {
            state.queues.delete(name, receipt).expect("deleted");
        }
    }
}

#[test]
fn a_backlog_is_taken_up_as_fast_as_its_workers_and_keeps_nobody_waiting() {
    let world = FakeWorld::new(41, START);
    for number in 0..ORDERS {
        let age = DAY_MS * 2 + i64::try_from(number).expect("a number");
        write(&world, &left_alone(number, Timestamp(START.0 - age)));
    }
    let just_now = left_alone(ORDERS, Timestamp(START.0 - 4_000_000));
    write(&world, &just_now);

    let first = run(&world);
    assert_eq!(first.nudged as usize, WAITING_MAX, "{first:?}");
    assert!(first.held > 0 && first.oldest.as_secs() > 86_400, "{first:?}");
    assert_eq!(waiting(&world), (WAITING_MAX, 0), "new work waits for none of them");
    let nudged = world
        .state()
        .queues
        .bodies(queue(Performer::Reconciliation, Kind::Delay));
    let new = format!("{{\"order\":\"{}\"}}", just_now.id);
    assert!(
        nudged.contains(&new),
        "who is overdue since an hour waits for the days before"
    );

    // Nobody has worked: nothing is nudged that could not be taken up.
    later(&world);
    let second = run(&world);
    assert_eq!((second.claimed, second.nudged), (0, 0), "{second:?}");
    assert!(
        second.held as usize > ORDERS / 2,
        "and everybody is looked at: {second:?}"
    );

    let mut claimed = first.claimed as usize;
    for _ in 0..3 {
        work(&world);
        later(&world);
        claimed += run(&world).claimed as usize;
    }
    assert_eq!(claimed, ORDERS + 1, "each once, in as many runs as its workers need");
}
