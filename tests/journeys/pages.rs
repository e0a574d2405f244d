//! The console's pictures and lists of an order: nothing of what happened is missing in them.

use std::time::Duration;

use desk::attempts::attempts;
use desk::audit::{EndingLine, endings};
use desk::timeline::{Timeline, timeline};
use domain::Timestamp;
use domain::case::Choice;
use futures_util::FutureExt as _;
use testkit::identity::Fault;
use testkit::world::FakeWorld;

use crate::journey::Journey;
use crate::stories::accounts::ACCOUNTS;
use crate::stories::licences::LICENCES;
use crate::stories::money::MONEY;
use crate::stories::{FURTHER, STORIES};

const HOUR: Duration = Duration::from_secs(3_600);

fn ended(world: &FakeWorld, before: Timestamp) -> (Vec<EndingLine>, Option<Timestamp>) {
    let ended = endings(world, before).now_or_never();
    let (lines, unread, older) = ended.expect("an end").expect("a store");
    assert_eq!(unread, 0, "all can be read");
    (lines, older)
}

/// Every mark is in the picture, on a row with a name, and right of the one before it.
fn is_whole(picture: &Timeline, lines: usize, name: &str) {
    assert_eq!((picture.marks.len(), picture.lines.len()), (lines, lines), "{name}");
    for pair in picture.marks.windows(2) {
        assert!(pair[0].x + 16 <= pair[1].x, "{name}: marks that cover each other");
    }
    for (mark, line) in picture.marks.iter().zip(&picture.lines) {
        assert_eq!(mark.what, line.what, "{name}");
        assert!(mark.x < picture.width && mark.y < picture.height, "{name}: outside");
        let row = picture.rows.iter().find(|(y, _)| *y == mark.y);
        assert_eq!(row.map(|(_, who)| *who), Some(line.who), "{name}: {}", line.what);
    }
    let room = picture.waits.windows(2).all(|pair| pair[0].x + 96 <= pair[1].x);
    assert!(room, "{name}: waits that cover each other");
}

#[test]
fn the_picture_of_an_order_has_every_line_of_its_history_in_every_story() {
    let all = STORIES
        .into_iter()
        .chain(FURTHER)
        .chain(MONEY)
        .chain(ACCOUNTS)
        .chain(LICENCES);
    let mut pictures = 0;
    for (seed, story) in (30..).zip(all) {
        let mut journey = Journey::begin(seed);
        (story.run)(&mut journey);
        for id in journey.world.order_ids() {
            let order = journey.order(&id);
            is_whole(&timeline(&order), order.history.len(), story.name);
            pictures += 1;
        }
    }
    assert!(pictures > 30, "{pictures} pictures");
}

#[test]
fn a_wait_is_said_in_the_picture_and_an_attempt_with_its_reason_and_its_next_time() {
    let mut journey = Journey::begin(31);
    journey.world.state().directory.fault = Fault::Down;
    let id = journey.pays("team-year");
    journey.settles();
    journey.passes(HOUR * 2);
    let (order, now) = (journey.order(&id), journey.world.state().now);
    let lines = attempts(&order, now);
    assert_eq!(lines.len(), 1, "{:?}", order.work.tries);
    assert_eq!(lines[0].what, "Setting up the account");
    assert!(lines[0].times.contains(" times since "), "{}", lines[0].times);
    assert_eq!(lines[0].last, "the other system was out of order");
    assert!(lines[0].next.starts_with("not before "), "{}", lines[0].next);

    journey.leaps(HOUR * 30);
    let (order, now) = (journey.order(&id), journey.world.state().now);
    let stuck = attempts(&order, now);
    assert_eq!(stuck[0].next, "not before a person decides");
    let picture = timeline(&order);
    let waits: Vec<&str> = picture.waits.iter().map(|wait| wait.text.as_str()).collect();
    assert_eq!(waits, ["for 24 h"], "{:?}", order.history);

    journey.world.state().directory.fault = Fault::None;
    journey.decides(&id, Choice::Retry, "The provider is back since noon.");
    let (order, now) = (journey.order(&id), journey.world.state().now);
    assert!(attempts(&order, now).is_empty(), "what came true is tried no more");
}

#[test]
fn whoever_decided_stands_in_the_audit_with_reason_and_decision_and_pages_go_on_where_they_ended() {
    const ORDERS: usize = 120;
    let mut journey = Journey::begin(32);
    journey.world.state().directory.fault = Fault::Down;
    for _ in 0..ORDERS {
        journey.pays("team-year");
    }
    journey.settles();
    journey.leaps(HOUR * 30);
    journey.world.state().directory.fault = Fault::None;
    let waits = journey
        .world
        .state()
        .cases()
        .filter(|case| case.resolved.is_none())
        .count();
    assert!(waits > 100, "{waits} cases");
    assert!(ended(&journey.world, Timestamp(i64::MAX)).0.is_empty());
    for id in journey.world.order_ids() {
        journey.decides(&id, Choice::Retry, "The provider is back since noon.");
        journey.leaps(Duration::from_secs(60));
    }
    let (mut seen, mut before) = (Vec::new(), Some(Timestamp(i64::MAX)));
    while let Some(from) = before {
        let (lines, older) = ended(&journey.world, from);
        seen.extend(lines);
        before = older;
    }
    let mut cases: Vec<&str> = seen.iter().map(|line| line.case.as_str()).collect();
    cases.dedup();
    assert_eq!((cases.len(), seen.len()), (waits, waits));
    for line in &seen {
        assert_eq!((line.by.as_str(), line.chose.as_str()), ("operator", "retry"));
        assert_eq!(line.role, "operator");
        let (before, after) = line.versions.expect("versions");
        assert!(before > 1 && after == before + 1, "{before} to {after}");
        assert_eq!(line.reason, "The provider is back since noon.");
        assert!(
            line.decision.starts_with("dec_") && line.order.is_some(),
            "{}",
            line.decision
        );
    }
}
