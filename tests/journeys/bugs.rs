//! The oracle is proved: bugs are planted in what passes through the ports, never in the code itself, and each must be
//! found by the invariant that is named for it.

mod planted;

use std::fmt::Write as _;

use testkit::world::mishaps::{Act, FROZEN, Mishap, Strike};

use crate::journey::Journey;
use crate::oracle::Violation;
use crate::stories::{Story, story};
use crate::sweeps::{Change, Undisturbed, single, singles};
use crate::tell::tell;

/// A bug, and what must find it.
pub(crate) struct Bug {
    pub(crate) name: &'static str,
    pub(crate) plant: fn(&mut Journey),
    pub(crate) invariant: &'static str,
    /// Where it is looked for: first undisturbed, then with every single mishap.
    pub(crate) story: &'static str,
    /// Or with these together.
    pub(crate) strikes: &'static [Strike],
}

pub(crate) const fn strike(act: Act, nth: u64, mishap: Mishap) -> Strike {
    Strike { act, nth, mishap }
}

/// Where the bug's own invariant spoke, and what other invariants did.
fn hunt(bug: &Bug) -> (Option<String>, Vec<&'static str>) {
    let story: Story = story(bug.story);
    let undisturbed = Undisturbed::of(story);
    let mut others = Vec::new();
    let together = Change {
        strikes: bug.strikes.to_vec(),
        patience: FROZEN,
        ..Change::default()
    };
    let alone = singles(&undisturbed.counts).map(|strike| single(strike.act, strike.nth, strike.mishap));
    for change in [Change::default(), together].into_iter().chain(alone) {
        // They would find it too, and hand it to a person.
        let unaudited = |journey: &mut Journey| {
            journey.broken.no_audits = true;
            (bug.plant)(journey);
        };
        let (_journey, broken) = undisturbed.run(&change, unaudited);
        let spoke = |violation: &Violation| violation.invariant == bug.invariant;
        if broken.iter().any(spoke) {
            let what: Vec<String> = change
                .strikes
                .iter()
                .map(|strike| format!("{} {} {:?}", strike.act.name(), strike.nth, strike.mishap))
                .collect();
            let what = if what.is_empty() {
                "nothing else wrong".to_owned()
            } else {
                what.join(" and ")
            };
            return (Some(format!("{}: {what}", story.name)), others);
        }
        others.extend(broken.iter().map(|violation| violation.invariant));
    }
    (None, others)
}

#[test]
fn every_planted_bug_is_caught_by_its_invariant() {
    let mut table = String::from("bug | caught by | where\n");
    let (mut caught, mut missed) = (0, Vec::new());
    for bug in &planted::BUGS {
        match hunt(bug) {
            (Some(place), _) => {
                caught += 1;
                let _ = writeln!(table, "{} | {} | {place}", bug.name, bug.invariant);
            }
            (None, mut others) => {
                others.sort_unstable();
                others.dedup();
                missed.push(format!("{}: not by {}, only by {others:?}", bug.name, bug.invariant));
            }
        }
    }
    tell(&format!("{table}bugs caught {caught} of {}", planted::BUGS.len()));
    assert!(missed.is_empty(), "{missed:#?}");
}
