//! What people do about a case without deciding it.

use std::time::Duration;

use super::story::*;
use crate::Decision;
use crate::case::tend::{Tend, Then};
use crate::case::{Case, CaseRef, Choice};
use crate::decide::{nearest, notices, writes_by};
use crate::event::Event;
use crate::id::{CaseId, DecisionId};
use crate::notice::Audience;
use crate::receipt::Step;
use crate::time::{DAY, HOUR, Timestamp};
use crate::wording;

impl Story {
    fn tend(&mut self, case: &CaseId, page: &str, tend: Tend) -> Decision {
        self.try_event(&Event::CaseTended {
            case: case.clone(),
            tend,
            by: "Ann".to_owned(),
            decision: DecisionId::new(page),
        })
    }

    fn known(&self, id: &CaseId) -> &CaseRef {
        self.order.cases.iter().find(|known| known.id == *id).unwrap()
    }

    /// When operations and the customer are to be reminded of it.
    fn reminders(&self, id: &CaseId) -> [Timestamp; 2] {
        [Audience::Ops, Audience::Customer].map(|to| notices::reminder_owed(&self.order, id, to).unwrap().owed_at)
    }
}

fn note(text: &str) -> Tend {
    Tend::Noted { text: text.to_owned() }
}

fn gives(to: &str) -> Tend {
    takes(to, None)
}

fn takes(to: &str, from: Option<&str>) -> Tend {
    Tend::Assigned {
        to: to.to_owned(),
        from: from.map(str::to_owned),
    }
}

fn hold(until: Timestamp) -> Tend {
    Tend::Held {
        until,
        reason: "The provider is back on Monday.".to_owned(),
    }
}

/// The case's own item, as it was written with the order.
fn item(decision: &Decision) -> &Case {
    let Decision::Advance(next) = decision else {
        panic!("{decision:?}")
    };
    &next.cases[0]
}

#[test]
fn a_note_is_kept_once_and_outlives_the_retry_and_the_closing() {
    let mut story = Story::with_person();
    let case = story.case();
    let written = story.tend(&case, "page 1", note("Asked the provider."));
    assert_eq!(item(&written).care.notes().count(), 1, "for the inbox");
    assert_eq!(
        story.tend(&case, "page 1", note("Asked the provider.")),
        Decision::Stay("that is recorded")
    );
    assert!(matches!(
        story.tend(&case, "page 1", note("Another.")),
        Decision::Refuse(_)
    ));
    story.choose(&case, Choice::Retry);
    assert!(matches!(
        story.tend(&case, "page 2", note("It was their certificate.")),
        Decision::Advance(_)
    ));
    assert_eq!(
        story.tend(&case, "page 3", gives("Bo")),
        Decision::Refuse("that case is closed: it takes nothing but notes")
    );
    let texts: Vec<_> = story.known(&case).care.notes().map(|done| done.tend.clone()).collect();
    assert_eq!(texts, [note("Asked the provider."), note("It was their certificate.")]);
    assert!(story.known(&case).resolved.is_some());
}

#[test]
fn what_somebody_has_is_taken_over_from_them_by_name_alone() {
    let mut story = Story::with_person();
    let case = story.case();
    story.tend(&case, "page 1", gives("Bo"));
    for from in [None, Some("Ann"), Some("Cy")] {
        assert_eq!(
            story.tend(&case, "page 2", takes("Ann", from)),
            Decision::Refuse("somebody else has it"),
            "{from:?}"
        );
    }
    let taken = story.tend(&case, "page 3", takes("Ann", Some("Bo")));
    assert_eq!(item(&taken).care.owner(), Some("Ann"));
    let said = |tend: &Tend| wording::tended(tend, "Ann");
    assert_eq!(said(&takes("Ann", Some("Bo"))), "Ann took the case over from Bo.");
    assert_eq!(said(&takes("Cy", Some("Ann"))), "Ann gave the case to Cy.");
    let given = story.tend(&case, "page 4", gives("Cy"));
    assert_eq!(item(&given).care.owner(), Some("Cy"), "whoever has it gives it away");
    let late = story.tend(&case, "page 5", takes("Ann", Some("Bo")));
    assert_eq!(late, Decision::Refuse("somebody else has it"), "an old page");
}

#[test]
fn a_case_takes_so_many_notes_and_no_more() {
    let mut story = Story::with_person();
    let case = story.case();
    for number in 0..20 {
        let written = story.tend(&case, &format!("page {number}"), note("Again."));
        assert!(matches!(written, Decision::Advance(_)), "{number}");
    }
    assert_eq!(
        story.tend(&case, "page 20", note("Again.")),
        Decision::Refuse("a case takes 20 notes, and has them")
    );
    let assigned = story.tend(&case, "page 21", gives("Bo"));
    assert_eq!(
        item(&assigned).care.owner(),
        Some("Bo"),
        "a note takes no other's place"
    );
}

#[test]
fn a_note_contradicts_nothing_that_changed_meanwhile() {
    let mut story = Story::with_person();
    let case = story.case();
    story.refunded_by_hand(100);
    assert!(matches!(
        story.tend(&case, "page 1", note("Some came back.")),
        Decision::Advance(_)
    ));
}

#[test]
fn a_hold_keeps_operations_reminder_back_and_leaves_the_customers() {
    let mut story = Story::with_person();
    let case = story.case();
    let [ops, customer] = story.reminders(&case);
    assert_eq!(ops, customer);
    let until = story.now.plus(HOUR * 23);
    assert!(until < ops);
    let written = story.tend(&case, "page 1", hold(until));
    assert_eq!(
        story.reminders(&case),
        [until, customer],
        "it is reminded when the hold is over"
    );
    assert_eq!(item(&written).care.hold(story.now).unwrap().until, until);
    assert_eq!(writes_by(&story.order, story.now), Some(customer));
    story.tend(&case, "page 2", Tend::Released);
    assert_eq!(story.reminders(&case), [ops, customer]);
    let due = story.now.plus(HOUR * 2);
    story.tend(&case, "page 3", Tend::Due { at: due });
    assert_eq!(story.reminders(&case), [due, customer]);
    assert_eq!(
        story.tend(&case, "page 4", hold(due.plus(HOUR))),
        Decision::Refuse("it must be done before then")
    );
    assert_eq!(
        story.tend(&case, "page 5", hold(story.now)),
        Decision::Refuse("that moment has passed")
    );
}

#[test]
fn a_hold_is_no_longer_than_what_it_would_make_worse() {
    let mut story = Story::with_person();
    let case = story.case();
    assert_eq!(
        story.tend(&case, "page 1", hold(story.now.plus(DAY * 3))),
        Decision::Refuse("the customer was promised a word before then")
    );
    // Nobody but operations waits for it.
    let mut story = Story::capturing();
    let attempt = story.begin(crate::effect::Performer::Capture).attempt;
    story.event(Event::CaptureFailed {
        attempt,
        payment: payment(),
        failure: REFUSED,
    });
    let case = story.case();
    let lapses = nearest(&story.order, story.known(&case)).unwrap();
    assert_eq!(lapses.then, Then::HoldLapses);
    assert_eq!(
        story.tend(&case, "page 1", hold(lapses.at.plus(HOUR))),
        Decision::Refuse("the bank lets go of the held money before then")
    );
    assert!(matches!(
        story.tend(&case, "page 2", hold(lapses.at)),
        Decision::Advance(_)
    ));

    let mut story = Story::delivered();
    story.refunded_by_hand(100);
    let case = story.case();
    assert_eq!(nearest(&story.order, story.known(&case)), None);
    assert_eq!(
        story.tend(&case, "page 1", hold(story.now.plus(DAY * 32))),
        Decision::Refuse("a case is held for 31 days at most")
    );
}

#[test]
fn the_inbox_knows_the_nearest_deadline_and_that_it_moved() {
    let mut story = Story::with_person();
    let case = story.case();
    let due = story.now.plus(HOUR);
    let written = story.tend(&case, "page 1", Tend::Due { at: due });
    let worse = item(&written).worse.clone().unwrap();
    assert_eq!((worse.at, worse.then), (due, Then::Late { says: "Ann".to_owned() }));
    // The customer got the promised word, and is promised another: that is the next deadline of a case without a person's.
    let mut story = Story::with_person();
    let case = story.case();
    let promised = nearest(&story.order, story.known(&case)).unwrap();
    assert_eq!(promised.then, Then::CustomerHears);
    story.wait(25 * 3_600);
    let mut moved = None;
    while let Some(next) = crate::begin(&story.order, crate::effect::Performer::Notification, story.moment()) {
        story.order = next.order;
        let intent = story.order.tell.intent.clone().unwrap();
        let crate::effect::Effect::Tell(notice) = intent.effect else {
            break;
        };
        let told = story.try_event(&Event::NoticeAccepted {
            attempt: intent.attempt,
            notice,
            covered: false,
        });
        if let Decision::Advance(next) = told {
            moved = next.cases.first().cloned().or(moved);
        }
    }
    let worse = moved.unwrap().worse.unwrap();
    assert!(worse.at > promised.at.plus(DAY), "{worse:?}");
    assert_eq!(Some(worse), nearest(&story.order, story.known(&case)));
}

#[test]
fn what_comes_back_says_so_and_leads_to_what_was_chosen() {
    let mut story = Story::with_person();
    let first = story.case();
    story.tend(&first, "page 1", gives("Ann"));
    story.choose(&first, Choice::Retry);
    assert_eq!(story.known(&first).before, None);
    story.fail(Step::Team, DOWN);
    story.wait(24 * 3_600 + 60);
    story.fail(Step::Team, DOWN);
    let again = story.case();
    assert_ne!(again, first);
    let known = story.known(&again);
    assert_eq!(known.before.as_ref(), Some(&first));
    assert!(known.care.is_empty(), "it is a case of its own");
    let said = wording::consequence_of(&story.order, known);
    assert!(said.contains("It came back after retry was chosen on "), "{said}");
    assert!(!said.contains("operator"), "an alert names nobody: {said}");
}

#[test]
fn a_reminder_says_that_the_hold_is_over_and_not_why_it_was_held() {
    let mut story = Story::with_person();
    let case = story.case();
    let until = story.now.plus(Duration::from_secs(7_200));
    story.tend(&case, "page 1", hold(until));
    story.wait(7_260);
    story.tend(&case, "page 2", note("Rang them."));
    let notice = notices::reminder_owed(&story.order, &case, Audience::Ops)
        .unwrap()
        .clone();
    let links = wording::Links {
        shop: String::new(),
        console: String::new(),
    };
    let text = wording::message(&story.order, &notice, &links).lines.join("\n");
    assert!(
        text.contains(&format!("It was held until {until}: the hold is over.")),
        "{text}"
    );
    assert!(!text.contains("Monday") && !text.contains("Ann"), "{text}");
}
