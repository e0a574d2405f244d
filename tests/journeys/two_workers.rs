//! Two workers at once, or one that comes back too late: what one has begun, no other does.

use std::cell::Cell;
use std::time::Duration;

use adapters::lambda::queue::{Record, each};
use domain::effect::{Effect, Performer};
use domain::event::Event;
use domain::failure::{Failure, Reason};
use domain::id::{ObjectId, OrderId};
use domain::receipt::{Origin, Step};
use domain::work::Intent;
use flow::perform::perform;
use flow::ports::Ledger as _;
use futures_util::FutureExt as _;
use testkit::world::FakeWorld;

use crate::journey::Journey;

fn made(intent: &Intent) -> Event {
    let Effect::Deliver(step) = intent.effect else {
        panic!("{intent:?} is no delivery")
    };
    Event::StepDone {
        attempt: intent.attempt,
        step,
        object: ObjectId::new(step.noun()),
        origin: Origin::Made,
    }
}

fn lost(intent: &Intent) -> Event {
    Event::StepFailed {
        attempt: intent.attempt,
        step: Step::Account,
        failure: Failure::unknown(Reason::NoAnswer),
        outage: false,
    }
}

fn paid(journey: &mut Journey) -> (FakeWorld, OrderId) {
    let order = journey.pays("team-year");
    journey.posts();
    (journey.world.clone(), order)
}

fn wait_seconds(world: &FakeWorld, seconds: u64) {
    let mut state = world.state();
    state.now = state.now.plus(Duration::from_secs(seconds));
}

async fn works(world: &FakeWorld, order: &OrderId, performer: Performer, hand: impl AsyncFn(&Intent) -> Event) {
    let performed = perform(world, order, performer, async |_order, intent| hand(intent).await).await;
    performed.expect("the store answers");
}

#[test]
fn a_doubled_nudge_finds_the_lane_taken() {
    let mut journey = Journey::begin(21);
    let (world, order) = paid(&mut journey);
    let calls = Cell::new(0);
    let first = works(&world, &order, Performer::Provisioning, async |intent| {
        calls.set(calls.get() + 1);
        // While the first is inside its call, the second copy of its message arrives.
        let second = async |_intent: &Intent| panic!("another worker's intent was acted on");
        works(&world, &order, Performer::Provisioning, second).await;
        made(intent)
    });
    first.now_or_never().expect("it ends");
    assert_eq!(calls.get(), 3, "account, team and membership, once each");
}

#[test]
fn nobody_is_told_twice() {
    let mut journey = Journey::begin(22);
    let (world, order) = paid(&mut journey);
    let delivered = works(&world, &order, Performer::Provisioning, async |intent| made(intent));
    delivered.now_or_never().expect("it ends");
    let accepted = |intent: &Intent| {
        let Effect::Tell(notice) = intent.effect else {
            panic!("{intent:?} tells nobody")
        };
        Event::NoticeAccepted {
            attempt: intent.attempt,
            notice,
            covered: false,
        }
    };
    let told = Cell::new(0);
    let first = works(&world, &order, Performer::Notification, async |intent| {
        told.set(told.get() + 1);
        let second = async |_intent: &Intent| panic!("somebody is told twice");
        works(&world, &order, Performer::Notification, second).await;
        accepted(intent)
    });
    first.now_or_never().expect("it ends");
    assert_eq!(told.get(), 2, "the customer and other systems, once each");
}

#[test]
fn a_worker_that_comes_back_too_late_leaves_the_others_intent_alone() {
    let mut journey = Journey::begin(23);
    let (world, order) = paid(&mut journey);
    let calls = Cell::new(0);
    let first = works(&world, &order, Performer::Provisioning, async |intent| {
        calls.set(calls.get() + 1);
        assert_eq!(calls.get(), 1, "it acted on what another had begun");
        // Frozen past its lease. Another finds out, waits, and begins to look.
        for wait in [61, 30] {
            wait_seconds(&world, wait);
            let stored = world.load(&order).await.expect("the store").expect("the order");
            let moment = domain::Moment {
                now: world.state().now,
                jitter: 0,
            };
            let next = domain::begin(&stored, Performer::Provisioning, moment).expect("something to write");
            let basis = flow::ports::Basis::Version(stored.version);
            let _stored = world.commit(basis, &next.order, &next.cases).await.expect("the store");
        }
        lost(intent)
    });
    first.now_or_never().expect("it ends");
    let intent = journey.order(&order).work.intent.expect("the other's intent stands");
    assert_eq!(intent.effect, Effect::LookFor(Step::Account));
}

#[test]
fn one_unreadable_order_keeps_nobody_else_waiting() {
    let mut journey = Journey::begin(24);
    let orders: Vec<OrderId> = (0..4).map(|_| journey.pays("solo-year")).collect();
    journey.posts();
    journey.world.state().unreadable = Some(orders[0].clone());
    wait_seconds(&journey.world, 600);
    let swept = flow::sweep::sweep(&journey.world).now_or_never();
    let swept = swept.expect("it ends").expect("the index answers");
    assert_eq!((swept.claimed, swept.nudged, swept.failed), (3, 3, 1));
}

#[test]
fn one_records_panic_is_that_records_alone() {
    let record = |id: &str| Record {
        message_id: id.to_owned(),
        body: id.to_owned(),
        ..Record::default()
    };
    let records = ["good", "refused", "panics", "good too"].map(record);
    let handler = async |record: &Record| match record.body.as_str() {
        "refused" => Err("not recorded".to_owned()),
        "panics" => std::panic::resume_unwind(Box::new("a panic without its message")),
        _ => Ok(()),
    };
    let answer = each("journey", &records, &handler).now_or_never().expect("it ends");
    let failed: Vec<&str> = answer
        .batch_item_failures
        .iter()
        .map(|failure| failure.item_identifier.as_str())
        .collect();
    assert_eq!(failed, ["refused", "panics"]);
}

#[test]
fn a_payment_page_that_stripe_does_not_know_ends_with_its_time() {
    let mut journey = Journey::begin(25);
    let order = journey.pays("solo-year");
    journey.world.state().stripe.sessions.clear();
    journey.world.state().stripe.intents.clear();
    journey.world.state().stripe.events.clear();
    journey.hours(3);
    assert_eq!(journey.state(&order), "Closed");
    assert_eq!(journey.order(&order).due(), None);
}
