//! Every single mishap at every single act of every story, and every event and nudge lost, doubled or late. Then the
//! mishaps stop, time passes, and the oracle speaks.

use std::collections::BTreeMap;
use std::time::Duration;

use testkit::world::mishaps::{Act, FROZEN, Strike};

use crate::journey::Journey;
use crate::mailroom::Travel;
use crate::oracle::Violation;
use crate::stories::{FURTHER, STORIES, Story};

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

/// What was found, told all at once.
#[derive(Default)]
struct Found {
    /// By kind: runs, and runs without a violation.
    counts: BTreeMap<String, (u32, u32)>,
    told: Vec<String>,
}

impl Found {
    fn add(&mut self, kind: &str, story: Story, change: &Change) {
        let (journey, broken) = run(story, change, |_journey| {});
        let count = self.counts.entry(kind.to_owned()).or_default();
        count.0 += 1;
        let struck = usize::try_from(journey.world.state().schedule.struck).unwrap_or_default();
        assert_eq!(
            struck,
            change.strikes.len(),
            "{}: {change:?} found no act to befall",
            story.name
        );
        if broken.is_empty() {
            count.1 += 1;
            return;
        }
        let mut says = format!("--- {}: {change:?}\n", story.name);
        for violation in &broken {
            says.push_str(&format!("    {}: {}\n", violation.invariant, violation.says));
        }
        says.push_str(&journey.traces());
        self.told.push(says);
    }

    fn end(self, story: &str) {
        const SHOWN: usize = 6;
        for (kind, (runs, good)) in &self.counts {
            println!("{story}: {kind}: {good} of {runs}");
        }
        for says in self.told.iter().take(SHOWN) {
            println!("{says}");
        }
        let heads: Vec<String> = self
            .told
            .iter()
            .map(|says| says.lines().take(2).collect::<Vec<_>>().join("\n"))
            .collect();
        assert!(
            heads.is_empty(),
            "{} runs broke a rule:\n{}",
            heads.len(),
            heads.join("\n")
        );
    }
}

/// How often each act is done, and how many events there are, when nothing befalls anybody.
fn undisturbed(story: Story) -> (BTreeMap<Act, u64>, usize) {
    let (journey, broken) = run(story, &Change::default(), |_journey| {});
    assert!(broken.is_empty(), "{}: {broken:#?}\n{}", story.name, journey.traces());
    let state = journey.world.state();
    let counts = Act::ALL.map(|act| (act, state.schedule.count(act)));
    (counts.into_iter().collect(), state.stripe.events.len())
}

fn single(act: Act, nth: u64, mishap: testkit::world::mishaps::Mishap) -> Change {
    Change {
        strikes: vec![Strike { act, nth, mishap }],
        patience: FROZEN,
        ..Change::default()
    }
}

/// In a story of many retries the tenth is as good as the eleventh.
const ACTS_MAX: u64 = 40;

fn sweep_mishaps(story: Story) {
    let (counts, _events) = undisturbed(story);
    let mut found = Found::default();
    for (act, count) in counts {
        let skipped = count.saturating_sub(ACTS_MAX);
        // From both ends: how it begins, and how it ends.
        let acts = (1..=count).filter(|nth| *nth <= ACTS_MAX / 2 || *nth > skipped + ACTS_MAX / 2);
        for nth in acts {
            for mishap in act.mishaps() {
                let kind = format!(
                    "single mishaps: {} {} x {}",
                    act.name(),
                    count.min(ACTS_MAX),
                    act.mishaps().len()
                );
                found.add(&kind, story, &single(act, nth, *mishap));
            }
        }
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
    let (_counts, events) = undisturbed(story);
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
            found.add(&format!("events {kind}"), story, &change);
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
    paid_twice: 6, person_retries: 7, person_undoes: 8, found_account: 9,
}

#[test]
fn a_refund_that_fails_later_and_a_page_that_nobody_pays() {
    for story in FURTHER {
        sweep_mishaps(story);
    }
}

#[test]
fn a_lagging_index_does_no_harm() {
    let mut found = Found::default();
    for story in STORIES {
        let change = Change {
            index_lags: true,
            ..Change::default()
        };
        found.add("lagging index", story, &change);
    }
    found.end("all stories");
}
