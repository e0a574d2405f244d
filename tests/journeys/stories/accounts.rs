//! Accounts that are switched off instead of deleted, and accounts that two orders of one buyer come to stand on.

use std::rc::Rc;

use serde_json::json;
use testkit::identity::Fault;
use testkit::world::mishaps::{Act, Strike};

use super::{HOUR, Story, delivered, refund_by_hand, team_refused};
use crate::journey::Journey;
use crate::sweeps::{Change, Undisturbed, run, single, singles};
use crate::tell::tell;

/// Swept like all others.
pub(crate) const ACCOUNTS: [Story; 2] = [
    Story {
        name: "switched off by an undo, and bought again",
        run: bought_again,
        race: false,
    },
    Story {
        name: "switched off by somebody else",
        run: off_by_others,
        race: false,
    },
];

/// Who comes first decides what becomes of the account.
pub(crate) const TOGETHER: Story = Story {
    name: "one buyer twice, the first goes back as the second comes",
    run: together,
    race: true,
};

fn switches_off(journey: &mut Journey) {
    let systems = journey.world.systems("deactivate");
    if let Some(house) = Rc::get_mut(&mut journey.house) {
        house.systems = systems;
    }
}

/// The account of the order that was undone is there, and off: the next order of the same person switches it on.
fn bought_again(journey: &mut Journey) {
    switches_off(journey);
    journey.one_buyer = true;
    team_refused(journey);
    journey.leaps(2 * HOUR);
    journey.world.state().directory.fault = Fault::None;
    delivered(journey);
}

/// Whoever did it had a reason: nobody is let in again for money.
fn off_by_others(journey: &mut Journey) {
    {
        let mut state = journey.world.state();
        let user = json!({ "userName": "jo@example.com", "displayName": "Jo Doe", "active": false });
        let now = state.now.0;
        state.directory.enroll(&user, now);
    }
    delivered(journey);
}

fn together(journey: &mut Journey) {
    journey.one_buyer = true;
    delivered(journey);
    journey.leaps(HOUR);
    refund_by_hand(journey);
    journey.settles();
    delivered(journey);
}

/// The first order looks at the account and means to delete it; before it does, the second comes to stand on it.
#[test]
fn an_account_that_another_order_comes_to_stand_on_is_never_deleted() {
    let undisturbed = Undisturbed::of(TOGETHER);
    let (mut runs, mut late) = (0, 0);
    let at_the_provider = |strike: &Strike| strike.act == Act::Identity;
    for strike in singles(&undisturbed.counts).filter(at_the_provider) {
        let change: Change = single(strike.act, strike.nth, strike.mishap);
        let (journey, broken) = run(TOGETHER, &change, |_journey| {});
        assert!(broken.is_empty(), "{strike:?}: {broken:#?}\n{}", journey.traces());
        runs += 1;
        late += journey.world.state().directory.too_late;
    }
    tell(&format!(
        "an account that changes hands: {runs} of {runs}, {late} changes came too late"
    ));
    assert!(late > 0, "the race was never run");
}

#[test]
fn an_account_that_was_switched_off_is_switched_on_by_the_next_order() {
    let (journey, broken) = run(ACCOUNTS[0], &Change::default(), |_journey| {});
    assert!(broken.is_empty(), "{broken:#?}\n{}", journey.traces());
    let state = journey.world.state();
    assert_eq!(state.directory.users.len(), 1, "one account for both orders");
    let user = &state.directory.users[0];
    assert!(user.stands() && user.deleted_at.is_none());
    let last = state.stored().max_by_key(|(order, _due)| order.created_at);
    let mark = last.map(|(order, _due)| format!("{}:account", order.id));
    assert_eq!(
        user.body["externalId"].as_str(),
        mark.as_deref(),
        "it is the second order's now"
    );
}

#[test]
fn an_account_that_somebody_else_switched_off_is_never_switched_on() {
    let (journey, broken) = run(ACCOUNTS[1], &Change::default(), |_journey| {});
    assert!(broken.is_empty(), "{broken:#?}\n{}", journey.traces());
    let state = journey.world.state();
    let user = &state.directory.users[0];
    assert!(!user.stands() && user.deleted_at.is_none() && user.body["externalId"].is_null());
    let (captured, returned) = state
        .stored()
        .next()
        .map_or((0, 0), |(order, _due)| state.stripe.truth(order.id.as_str()));
    assert_eq!((captured, returned), (48_000, 48_000));
}
