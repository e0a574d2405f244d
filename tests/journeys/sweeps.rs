//! Every single mishap at every single act of every story, and every event and nudge lost, doubled or late. Then the
//! mishaps stop, time passes, and the oracle speaks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use testkit::dice::Dice;
use testkit::identity::Truth;
use testkit::world::mishaps::{Act, FROZEN, Mishap, Strike};

use crate::journey::Journey;
use crate::mailroom::Travel;
use crate::oracle::{SAME_END, Violation};
use crate::stories::accounts::ACCOUNTS;
use crate::stories::licences::LICENCES;
use crate::stories::money::MONEY;
use crate::stories::{FURTHER, STORIES, Story};
use crate::tell::tell;

/// Longer than every wait of the policy, so that what is still open then stays open.
const UNTIL_REST: Duration = Duration::from_secs(10 * 24 * 3_600);

/// What is different in one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) strikes: Vec<Strike>,
    pub(crate) travel: Option<Travel>,
    pub(crate) index_lags: bool,
    /// How much later than usual things may come.
    pub(crate) patience: Duration,
}

/// One run of a story with its change, to the end.
pub(crate) fn run(story: Story, change: &Change, prepare: impl Fn(&mut Journey)) -> (Journey, Vec<Violation>) {
    let mut journey = Journey::begin_untold(7);
    {
        let mut state = journey.world.state();
        state.schedule.strikes.clone_from(&change.strikes);
        state.index_lags = change.index_lags;
    }
    journey.travel = change.travel;
    journey.oracle.patience = change.patience;
    prepare(&mut journey);
    (story.run)(&mut journey);
    journey.leaps(UNTIL_REST);
    let broken = journey.verdict();
    (journey, broken)
}

/// How a run ended: states, money, access and cases ever opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End(Vec<(&'static str, i64, i64, Truth, usize, usize)>);

impl End {
    fn of(journey: &Journey, race: bool) -> Self {
        let state = journey.world.state();
        let orders = state.stored().map(|(order, _due)| {
            let (captured, returned) = state.stripe.truth(order.id.as_str());
            let access = state.directory.truth(order.id.as_str());
            let licences = state.licences.of(order.id.as_str()).count();
            let cases = if race { 0 } else { order.cases.len() };
            (order.state.name(), captured, returned, access, licences, cases)
        });
        Self(orders.collect())
    }
}

/// A story without any mishap.
pub(crate) struct Undisturbed {
    pub(crate) story: Story,
    /// How often each act is done.
    pub(crate) counts: BTreeMap<Act, u64>,
    pub(crate) events: usize,
    end: End,
}

impl Undisturbed {
    pub(crate) fn of(story: Story) -> Self {
        let (journey, broken) = run(story, &Change::default(), |_journey| {});
        assert!(broken.is_empty(), "{}: {broken:#?}\n{}", story.name, journey.traces());
        let end = End::of(&journey, story.race);
        let state = journey.world.state();
        let counts = Act::ALL.map(|act| (act, state.schedule.count(act)));
        Self {
            story,
            counts: counts.into_iter().collect(),
            events: state.stripe.events.len(),
            end,
        }
    }

    /// One changed run. Whatever is repaired must end as if nothing had happened: only a refusal may lead elsewhere.
    pub(crate) fn run(&self, change: &Change, prepare: impl Fn(&mut Journey)) -> (Journey, Vec<Violation>) {
        let (journey, mut broken) = run(self.story, change, prepare);
        let elsewhere = |strike: &Strike| strike.mishap == Mishap::Rejected;
        let end = End::of(&journey, self.story.race);
        if !change.strikes.iter().any(elsewhere) && end != self.end {
            broken.push(Violation {
                invariant: SAME_END,
                says: format!("{:?} became {end:?}", self.end),
            });
        }
        (journey, broken)
    }
}

/// What was found, told all at once.
#[derive(Default)]
struct Found {
    /// By kind: runs, and runs without a violation.
    counts: BTreeMap<String, (u32, u32)>,
    told: Vec<String>,
}

impl Found {
    fn add(&mut self, kind: &str, undisturbed: &Undisturbed, change: &Change) {
        let (journey, broken) = undisturbed.run(change, |_journey| {});
        let story = undisturbed.story;
        let count = self.counts.entry(kind.to_owned()).or_default();
        count.0 += 1;
        let struck = usize::try_from(journey.world.state().schedule.struck).unwrap_or_default();
        assert!(
            change.strikes.len() != 1 || struck == 1,
            "{}: {change:?} found no act to befall",
            story.name
        );
        if broken.is_empty() {
            count.1 += 1;
            return;
        }
        let mut says = format!("--- {}: {change:?}\n", story.name);
        for violation in &broken {
            let _ = writeln!(says, "    {}: {}", violation.invariant, violation.says);
        }
        says.push_str(&journey.traces());
        self.told.push(says);
    }

    fn end(self, story: &str) {
        const SHOWN: usize = 6;
        let counts = self
            .counts
            .iter()
            .map(|(kind, (runs, good))| format!("{kind}: {good} of {runs}"));
        tell(&format!("swept {story}; {}", counts.collect::<Vec<_>>().join("; ")));
        for says in self.told.iter().take(SHOWN) {
            println!("{says}");
        }
        let head = |says: &String| says.lines().take(2).collect::<Vec<_>>().join("\n");
        let heads: Vec<String> = self.told.iter().map(head).collect();
        assert!(
            heads.is_empty(),
            "{} runs broke a rule:\n{}",
            heads.len(),
            heads.join("\n")
        );
    }
}

pub(crate) fn single(act: Act, nth: u64, mishap: Mishap) -> Change {
    Change {
        strikes: vec![Strike { act, nth, mishap }],
        patience: FROZEN,
        ..Change::default()
    }
}

/// In a story of many retries the tenth is as good as the eleventh.
fn acts_max(act: Act) -> u64 {
    match act {
        // Stripe's lists are read every ten minutes, whatever the story: one run is as good as another.
        Act::Lists => 10,
        Act::ReadControl | Act::WriteControl => 16,
        Act::Write
        | Act::Read
        | Act::Send
        | Act::Claim
        | Act::Stripe
        | Act::Identity
        | Act::Licences
        | Act::Tell
        | Act::Announce => 40,
    }
}

/// Every mishap at every act, from both ends: how it begins, and how it ends.
pub(crate) fn singles(counts: &BTreeMap<Act, u64>) -> impl Iterator<Item = Strike> + '_ {
    counts.iter().flat_map(|(act, count)| {
        let half = acts_max(*act) / 2;
        let late = count.saturating_sub(half);
        let acts = (1..=*count).filter(move |nth| *nth <= half || *nth > late);
        acts.flat_map(move |nth| {
            let (act, mishaps) = (*act, act.mishaps().iter());
            mishaps.map(move |mishap| Strike {
                act,
                nth,
                mishap: *mishap,
            })
        })
    })
}

fn sweep_mishaps(story: Story) {
    let undisturbed = Undisturbed::of(story);
    let mut found = Found::default();
    for Strike { act, nth, mishap } in singles(&undisturbed.counts) {
        let acts = undisturbed
            .counts
            .get(&act)
            .copied()
            .unwrap_or_default()
            .min(acts_max(act));
        let kind = format!("{} {acts} x {}", act.name(), act.mishaps().len());
        found.add(&kind, &undisturbed, &single(act, nth, mishap));
    }
    found.end(story.name);
}

fn sweep_events(story: Story) {
    const LATE: [Duration; 4] = [
        Duration::from_secs(60),
        Duration::from_secs(20 * 60),
        Duration::from_secs(3 * 3_600),
        Duration::from_secs(26 * 3_600),
    ];
    let undisturbed = Undisturbed::of(story);
    let events = undisturbed.events;
    let mut found = Found::default();
    for number in 0..events {
        let mut travels = vec![
            ("dropped", Travel::Dropped(number)),
            ("doubled", Travel::Doubled(number)),
        ];
        travels.extend(LATE.map(|by| ("late", Travel::Late(number, by))));
        let others = (0..events).filter(|other| *other != number);
        travels.extend(others.map(|other| ("moved", Travel::After(number, other))));
        for (kind, travel) in travels {
            let change = Change {
                travel: Some(travel),
                patience: Duration::from_secs(27 * 3_600),
                ..Change::default()
            };
            found.add(&format!("events {kind}"), &undisturbed, &change);
        }
    }
    found.end(story.name);
}

macro_rules! sweeps {
    ($($name:ident: $number:expr),+ $(,)?) => {
        $(
            mod $name {
                #[test]
                fn every_single_mishap() {
                    super::sweep_mishaps(super::STORIES[$number]);
                }

                #[test]
                fn every_event_lost_doubled_or_late() {
                    super::sweep_events(super::STORIES[$number]);
                }
            }
        )+
    };
}

sweeps! {
    delivered: 0, team_refused: 1, down_then_up: 2, refused_unheard: 3, refunded_by_hand: 4, refunded_early: 5,
    refunded_during: 6, paid_twice: 7, person_retries: 8, person_undoes: 9, found_account: 10,
}

#[test]
fn longer_stories_with_every_single_mishap_and_event() {
    for story in FURTHER.into_iter().chain(ACCOUNTS).chain(LICENCES) {
        sweep_mishaps(story);
        sweep_events(story);
    }
}

/// The stories as they are without any mishap, to be read.
#[test]
fn every_story_has_its_trace() {
    let stories = || {
        STORIES
            .into_iter()
            .chain(FURTHER)
            .chain(MONEY)
            .chain(ACCOUNTS)
            .chain(LICENCES)
    };
    for story in stories() {
        let (journey, broken) = run(story, &Change::default(), |_journey| {});
        assert!(broken.is_empty(), "{}: {broken:#?}", story.name);
        let file = story.name.replace(", ", "_").replace(' ', "_");
        expect_test::expect_file![format!("golden/stories/{file}.txt")].assert_eq(&journey.traces());
    }
    tell(&format!("stories with their traces: {}", stories().count()));
}

/// Money that is held, that comes or goes late, and the rest: swept apart, so that two cores share what takes longest.
const HELD: Range<usize> = 0..7;
const LATE: Range<usize> = 7..13;

fn sweep_money(stories: Range<usize>) {
    for story in &MONEY[stories] {
        sweep_mishaps(*story);
    }
}

#[test]
fn money_held_with_every_single_mishap() {
    sweep_money(HELD);
}

#[test]
fn money_late_with_every_single_mishap() {
    sweep_money(LATE);
}

#[test]
fn money_contested_or_in_parts_with_every_single_mishap() {
    sweep_money(LATE.end..MONEY.len());
}

#[test]
fn money_held_late_or_contested_with_every_event_lost_doubled_or_late() {
    for story in MONEY {
        sweep_events(story);
    }
}

/// Two mishaps in one run, drawn by seed: what one alone cannot reach. Twice the patience for twice the trouble.
#[test]
fn two_mishaps_at_once() {
    const SEED: u64 = 11;
    const PAIRS: usize = 250;
    println!("seed {SEED}");
    let mut dice = Dice::of(SEED);
    let mut found = Found::default();
    for story in STORIES {
        let undisturbed = Undisturbed::of(story);
        let all: Vec<Strike> = singles(&undisturbed.counts).collect();
        for _ in 0..PAIRS {
            let strikes = vec![dice.pick(&all), dice.pick(&all)];
            let change = Change {
                strikes,
                patience: FROZEN * 4,
                ..Change::default()
            };
            found.add(&format!("{}: pairs", story.name), &undisturbed, &change);
        }
    }
    found.end("two mishaps");
}

/// Two sweepers in each minute, and an index that says what was true a while ago: only one of them wins each claim.
#[test]
fn two_sweepers_and_a_lagging_index_do_no_harm() {
    for story in STORIES {
        let undisturbed = Undisturbed::of(story);
        for index_lags in [false, true] {
            let change = Change {
                index_lags,
                ..Change::default()
            };
            let (journey, broken) = undisturbed.run(&change, |journey| journey.broken.two_sweepers = true);
            assert!(broken.is_empty(), "{}: {broken:#?}\n{}", story.name, journey.traces());
        }
    }
    tell(&format!(
        "two sweepers, index fresh and stale: {0} x 2 of {0} x 2",
        STORIES.len()
    ));
}
