//! The table of transitions, held against what the real handlers do.

use std::collections::BTreeSet;
use std::time::Duration;

use desk::access::Role;
use domain::case::Choice;
use domain::case::tend::Tend;
use domain::effect::Performer;
use domain::order::Order;
use testkit::identity::Fault;
use testkit::world::mishaps::{Act, FROZEN, Mishap, Strike};
use testkit::world::{Kind, State, queue};

use crate::journey::{Journey, Post};
use crate::mailroom::Travel;
use crate::stories::money::MONEY;
use crate::stories::{CROWDS, FURTHER, STORIES, Story, decide, story};
use crate::storms::STORMY;
use crate::sweeps::{Change, run, single};
use crate::tell::tell;

/// What handlers have done to orders, or what the table says that they do.
#[derive(Clone, Default)]
pub(crate) struct Reached {
    /// From which state to which.
    moves: BTreeSet<(&'static str, &'static str)>,
    /// In which state, for which event.
    rows: BTreeSet<(&'static str, String)>,
}

impl Reached {
    pub(crate) fn by(&mut self, journey: &mut Journey) {
        self.moves.append(&mut journey.oracle.moves);
        self.rows.append(&mut journey.world.state().rows);
    }

    /// Which moves the table knows, and for which events each state moves on at all.
    fn table() -> Self {
        const TABLE: &str = include_str!("../../shared/domain/golden/transitions.txt");
        let (mut table, mut from) = (Self::default(), "");
        for line in TABLE.lines().skip(3).filter(|line| !line.is_empty()) {
            let Some((event, outcome)) = line.split_once("→ ") else {
                from = line.split(',').next().unwrap_or_default();
                continue;
            };
            let to = outcome.split([',', ':']).next().unwrap_or_default();
            if to.starts_with(char::is_uppercase) {
                table.moves.insert((from, to));
            }
            let event = event.trim().split('(').next().unwrap_or_default();
            if event != "exhausted" && !to.starts_with("stays") && !to.starts_with("refused") {
                table.rows.insert((from, event.to_owned()));
            }
        }
        table
    }
}

/// Rows that no handler can come to, and why. The table answers them all the same: no state is deaf.
const OUT_OF_REACH: [(&str, &[(&str, &str)]); 7] = [
    (
        "an audit finds nothing that was not planted, as in audits.rs",
        &[
            ("AwaitingPayment", "Audited"),
            ("PaymentPending", "Audited"),
            ("Delivering", "Audited"),
            ("Capturing", "Audited"),
            ("Delivered", "Audited"),
            ("Undoing", "Audited"),
            ("Returning", "Audited"),
            ("Undone", "Audited"),
            ("WithPerson", "Audited"),
            ("Closed", "Audited"),
        ],
    ),
    (
        "only a person or the mail system says it of a message, as in told.rs",
        &[
            ("Delivered", "NoticeMarked"),
            ("Returning", "NoticeMarked"),
            ("Undone", "NoticeMarked"),
            ("WithPerson", "NoticeMarked"),
        ],
    ),
    (
        "only an order that tries a step opens or closes its breaker",
        &[
            ("AwaitingPayment", "OutageSeen"),
            ("PaymentPending", "OutageSeen"),
            ("Capturing", "OutageSeen"),
            ("Delivered", "OutageSeen"),
            ("Undoing", "OutageSeen"),
            ("Returning", "OutageSeen"),
            ("Undone", "OutageSeen"),
            ("WithPerson", "OutageSeen"),
            ("Closed", "OutageSeen"),
        ],
    ),
    (
        "nothing is begun, taken or contested before there is money",
        &[
            ("AwaitingPayment", "StepDone"),
            ("AwaitingPayment", "StepSeen"),
            ("PaymentPending", "DisputeSeen"),
            ("PaymentPending", "MoneyReturned"),
            ("PaymentPending", "RefundSeen"),
            ("PaymentPending", "RefundedTotalSeen"),
            ("PaymentPending", "StepDone"),
            ("PaymentPending", "StepSeen"),
        ],
    ),
    (
        "the payment page is finished",
        &[
            ("PaymentPending", "SessionStillOpen"),
            ("PaymentPending", "SessionUnknown"),
        ],
    ),
    (
        "what is only held can be neither refunded nor contested",
        &[
            ("Capturing", "DisputeSeen"),
            ("Capturing", "MoneyReturned"),
            ("Capturing", "RefundSeen"),
            ("Capturing", "RefundedTotalSeen"),
        ],
    ),
    (
        "a create that lands later than `look_for`, which is assumed never to happen",
        &[
            ("Capturing", "StepDone"),
            ("Capturing", "StepRevoked"),
            ("Capturing", "StepSeen"),
            ("Closed", "StepDone"),
            ("Closed", "StepSeen"),
            ("Delivered", "StepDone"),
            ("Delivered", "StepRevoked"),
            ("Delivered", "StepSeen"),
            ("Returning", "StepDone"),
            ("Returning", "StepSeen"),
            ("Undone", "StepDone"),
            ("Undone", "StepSeen"),
            ("WithPerson", "StepRevoked"),
        ],
    ),
];

/// Done to an order once in each state that it comes to, and with each payment.
pub(crate) type Provocation = fn(&mut State, &Order);

const PROVOCATIONS: [Provocation; 6] = [
    dead_letter,
    contested,
    contested_late,
    part_by_hand,
    only_the_total,
    taken_by_hand,
];

fn dead_letter(state: &mut State, order: &Order) {
    let now = state.now.0;
    let body = format!("{{\"order\":\"{}\"}}", order.id);
    let dead = queue(Performer::Provisioning, Kind::Dead);
    let _sent = state.queues.send(dead, &body, None, now);
}

fn contested(state: &mut State, order: &Order) {
    let now = state.now.0;
    if let Some(payment) = order.payments.first() {
        state.stripe.dispute(payment.id.as_str(), now);
    }
}

/// While the refund is under way.
fn contested_late(state: &mut State, order: &Order) {
    if let domain::order::State::Returning { .. } = order.state {
        contested(state, order);
    }
}

fn part_by_hand(state: &mut State, order: &Order) {
    let now = state.now.0;
    if let Some(payment) = order.payments.first() {
        state.stripe.refund_part_by_hand(payment.id.as_str(), 100, now);
    }
}

/// Everything is there, and somebody takes the money while our own nudge is held up.
fn taken_by_hand(state: &mut State, order: &Order) {
    let now = state.now.0;
    if let (domain::order::State::Capturing { .. }, Some(payment)) = (&order.state, order.payments.first()) {
        let nudges = queue(Performer::Capture, Kind::Fresh);
        let _held_up = state.queues.receive(nudges, 10, now);
        state.stripe.capture_by_hand(payment.id.as_str(), now);
    }
}

/// The refund's own events are lost: the charge alone tells of it.
fn only_the_total(state: &mut State, order: &Order) {
    let before = state.stripe.events.len();
    part_by_hand(state, order);
    let told = state.stripe.events.split_off(before);
    let rest = told.into_iter().filter(|event| !event.kind.starts_with("refund."));
    state.stripe.events.extend(rest);
}

impl Journey {
    pub(crate) fn provokes(&mut self) {
        let Some(provoke) = self.provocation else { return };
        let mut state = self.world.state();
        let orders: Vec<Order> = state.stored().map(|(order, _due)| order.clone()).collect();
        for order in orders {
            if self.provoked.insert((order.state.name(), order.payments.len())) {
                provoke(&mut state, &order);
            }
        }
    }
}

/// Somebody writes a note about every case.
fn note_everywhere(journey: &mut Journey) {
    for id in journey.world.order_ids() {
        for case in journey.order(&id).cases {
            let text = "The provider is down.".to_owned();
            let _noted = journey.tends(Some(&id), &case.id, Role::Viewer, "page", Tend::Noted { text });
        }
    }
}

/// Paid, not to be delivered, and settled by a person outside.
const SETTLED: Story = Story {
    name: "settled by a person, with the money still ours",
    run: |journey| {
        journey.world.state().directory.fault = Fault::Down;
        journey.tries_to_pay("team-year");
        journey.settles();
        journey.leaps(Duration::from_secs(25 * 3_600));
        note_everywhere(journey);
        decide(journey, Choice::Ignore);
    },
    race: false,
};

/// Given back by a person, and somebody has a word to add.
const NOTED: Story = Story {
    name: "a person undoes, and writes a note afterwards",
    run: |journey| {
        (story("a person undoes").run)(journey);
        note_everywhere(journey);
    },
    race: false,
};

/// Every story, undisturbed and provoked; with workers that freeze, answers that are lost and events that are.
fn reached() -> Reached {
    let (_broken, storms) = &*STORMY;
    let mut reached = storms.clone();
    let stories: Vec<Story> = STORIES
        .into_iter()
        .chain(FURTHER)
        .chain(MONEY)
        .chain(CROWDS)
        .chain([SETTLED, NOTED])
        .collect();
    for story in stories {
        let (mut journey, _broken) = run(story, &Change::default(), |_journey| {});
        let (calls, events) = {
            let state = journey.world.state();
            let calls = [Act::Identity, Act::Stripe].map(|act| (act, state.schedule.count(act)));
            (calls, state.stripe.events.len())
        };
        reached.by(&mut journey);
        for provocation in PROVOCATIONS {
            for post in [Post::Arrives, Post::DoubledAndReversed] {
                let prepare = |journey: &mut Journey| {
                    journey.provocation = Some(provocation);
                    journey.post = post;
                };
                reached.by(&mut run(story, &Change::default(), prepare).0);
            }
        }
        if CROWDS.iter().any(|crowd| crowd.name == story.name) {
            continue;
        }
        for (act, count) in calls {
            for nth in 1..=count.min(12) {
                for mishap in [Mishap::FrozenAfter, Mishap::FrozenBefore, Mishap::Refused] {
                    reached.by(&mut run(story, &single(act, nth, mishap), |_journey| {}).0);
                }
            }
        }
        for lost in 0..events.min(12) {
            let change = Change {
                travel: Some(Travel::Dropped(lost)),
                patience: FROZEN,
                ..Change::default()
            };
            reached.by(&mut run(story, &change, |_journey| {}).0);
        }
    }
    // However often the buyer clicks, whoever opens the page dies before Stripe hears of it.
    let dies = |nth| Strike {
        act: Act::Stripe,
        nth,
        mishap: Mishap::KilledBefore,
    };
    let change = Change {
        strikes: (1..=4).map(dies).collect(),
        ..Change::default()
    };
    reached.by(&mut run(STORIES[0], &change, |_journey| {}).0);
    reached
}

#[test]
fn every_row_of_the_table_is_reached() {
    let reached = reached();
    let Reached { mut moves, mut rows } = Reached::table();
    // Only a create that lands later than `look_for` could do it, and that is assumed never to happen.
    const AGAINST_AN_ASSUMPTION: (&str, &str) = ("Returning", "Undoing");
    assert!(moves.remove(&AGAINST_AN_ASSUMPTION), "the table has it");
    let out_of_reach = || OUT_OF_REACH.into_iter().flat_map(|(_why, rows)| rows);
    for &(state, event) in out_of_reach() {
        assert!(
            rows.remove(&(state, event.to_owned())),
            "the table has no {state} × {event}"
        );
    }
    let missing_moves: Vec<_> = moves.difference(&reached.moves).collect();
    let missing_rows: Vec<_> = rows.difference(&reached.rows).collect();
    tell(&format!(
        "moves from state to state made by the handlers: {} of {}, and one only against an assumption\n\
         rows that advance, reached through the handlers: {} of {}, and {} out of reach",
        moves.len() - missing_moves.len(),
        moves.len(),
        rows.len() - missing_rows.len(),
        rows.len(),
        out_of_reach().count()
    ));
    assert!(
        missing_moves.is_empty() && missing_rows.is_empty(),
        "{missing_moves:?}\n{missing_rows:?}"
    );
    let reachable = |row: &&(&str, &str)| reached.rows.contains(&(row.0, row.1.to_owned()));
    let wrong: Vec<_> = out_of_reach().filter(reachable).collect();
    assert!(wrong.is_empty(), "within reach after all: {wrong:?}");
}
