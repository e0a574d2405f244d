//! Every state × every event × {tries left, exhausted}, one line each: the table that a product person can read.

mod events;

use std::fmt::Write as _;
use std::time::Duration;

use super::story::*;
use crate::Decision;
use crate::case::Choice;
use crate::effect::Effect;
use crate::event::Event;
use crate::id::{CaseId, SessionId};
use crate::notice::Audience;
use crate::order::Order;
use crate::owed::Which;
use crate::payment::{RefundStatus, Standing};
use crate::receipt::Step;
use crate::work::{Intent, LEASE, Subject};
use events::{events, label};

/// Each state, and each once more where its money is only held.
fn states() -> Vec<(&'static str, Story)> {
    let mut pending = Story::of("team-year");
    pending.stands(Standing::Processing);
    let mut returning = Story::undoing();
    returning.revoke();
    returning.give_back(RefundStatus::Pending);
    let mut closed = Story::of("team-year");
    closed.event(Event::SessionExpired {
        session: SessionId::new("cs_1"),
    });
    let mut undoing_hold = Story::held();
    undoing_hold.make(Step::Account, "u1");
    undoing_hold.fail(Step::Team, REFUSED);
    let at_the_brake = undoing_hold.clone();
    undoing_hold.pass_brake();
    let mut held_with_person = Story::held();
    held_with_person.make(Step::Account, "u1");
    held_with_person.fail(Step::Team, DOWN);
    held_with_person.wait(24 * 3_600);
    held_with_person.fail(Step::Team, DOWN);
    let mut words_owed = Story::paid();
    words_owed.refunded_by_hand(48_000);
    let case = words_owed.case();
    words_owed.choose(&case, Choice::Ignore);
    vec![
        ("AwaitingPayment", Story::of("team-year")),
        ("PaymentPending", pending),
        ("Delivering, paid", Story::paid()),
        ("Delivering, held", Story::held()),
        ("Capturing", Story::capturing()),
        ("Delivered", Story::delivered()),
        ("Undoing, paid", Story::undoing()),
        ("Undoing, held", undoing_hold),
        ("Undoing, at the brake", at_the_brake),
        ("Returning", returning),
        ("Undone", Story::undone()),
        ("Undone, words owed to Stripe", words_owed),
        ("WithPerson, paid", Story::with_person()),
        ("WithPerson, held", held_with_person),
        ("Closed", closed),
    ]
}

/// The effect whose outcome the event is, where it is one's.
#[expect(clippy::wildcard_enum_match_arm, reason = "most events are nobody's outcome")]
fn outcome_of(event: &Event, effect: &Effect) -> bool {
    match event {
        Event::StepDone { .. } | Event::StepFailed { .. } | Event::StepHeld { .. } => {
            matches!(effect, Effect::Deliver(_))
        }
        Event::StepSeen { .. } => matches!(effect, Effect::LookFor(_)),
        Event::UndoPassed { .. } | Event::UndoWaits { .. } => *effect == Effect::PassBrake,
        Event::StepRevoked { .. } | Event::RevokeFailed { .. } => matches!(effect, Effect::Revoke { .. }),
        Event::MoneyReturned { .. } | Event::ReturnFailed { .. } => matches!(effect, Effect::ReturnMoney(_)),
        Event::PaymentSeen { attempt: Some(_), .. } => {
            matches!(effect, Effect::ReturnMoney(_) | Effect::Capture(_))
        }
        Event::CaptureFailed { .. } => matches!(effect, Effect::Capture(_)),
        Event::Annotated { .. } | Event::AnnotateFailed { .. } => matches!(effect, Effect::Annotate { .. }),
        Event::RefundsListed { .. } => matches!(effect, Effect::AskReturn(_)),
        Event::DisputesListed { .. } => matches!(effect, Effect::AskDisputes(_)),
        Event::SessionStillOpen { .. } | Event::SessionUnknown { .. } | Event::AskFailed { .. } => {
            matches!(effect, Effect::AskSession)
        }
        Event::NoticeAccepted { .. } | Event::NoticeFailed { .. } => matches!(effect, Effect::Tell(_)),
        _ => false,
    }
}

/// Where the order owes the effect whose outcome this is, a worker has begun it; `exhausted`: it has been tried in vain
/// for longer than any policy allows.
fn begun(story: &Story, event: &Event, exhausted: bool) -> (Story, bool) {
    let mut story = story.clone();
    let far = story.now.plus(Duration::from_secs(1));
    let owed = Which::ALL
        .into_iter()
        .flat_map(|which| story.order.owed(which, far))
        .map(|owed| owed.effect)
        .find(|effect| outcome_of(event, effect));
    let Some(effect) = owed else { return (story, false) };
    let subject = Subject::of(&effect);
    let lane = if matches!(effect, Effect::Tell(_)) {
        &mut story.order.tell
    } else {
        &mut story.order.work
    };
    let tries = lane.tries_mut(subject, story.now);
    tries.count = 1;
    if exhausted {
        tries.count = 99;
        tries.first_at = story.now.minus(Duration::from_secs(60 * 86_400));
    }
    lane.intent = Some(Intent {
        effect,
        attempt: story.order.version,
        begun_at: story.now,
        lease_until: story.now.plus(LEASE),
    });
    (story, true)
}

/// The step or payment that the effect under way is about stands in for the event's own.
fn about(mut event: Event, story: &Story) -> Event {
    let under_way = story.order.work.intent.as_ref().map(|intent| intent.effect.clone());
    let announcement = story.order.notices.iter().find(|notice| notice.to == Audience::Systems);
    if let (Event::AnnounceAgain { notice, .. }, Some(known)) = (&mut event, announcement) {
        *notice = known.id;
    }
    match (&mut event, under_way) {
        (
            Event::StepDone { step, .. }
            | Event::StepFailed { step, .. }
            | Event::StepSeen { step, .. }
            | Event::StepHeld { step, .. },
            Some(Effect::Deliver(of) | Effect::LookFor(of)),
        ) => *step = of,
        (
            Event::StepRevoked { step, objects, .. },
            Some(Effect::Revoke {
                step: of,
                objects: these,
            }),
        ) => {
            *step = of;
            *objects = these;
        }
        (Event::RevokeFailed { step, .. }, Some(Effect::Revoke { step: of, .. })) => *step = of,
        _ => {}
    }
    event
}

fn in_words(effect: &Effect) -> String {
    match effect {
        Effect::Deliver(step) => format!("to make the {}", step.noun()),
        Effect::LookFor(step) => format!("to look for the {}", step.noun()),
        Effect::PassBrake => "to ask the brake".to_owned(),
        Effect::Revoke { step, .. } => format!("to take the {} back", step.noun()),
        Effect::ReturnMoney(payment) => format!("to give {payment} back"),
        Effect::Annotate { refund, .. } => format!("to write down why {refund} was made"),
        Effect::Capture(payment) => format!("to take {payment}"),
        Effect::AskSession => "to ask about the payment page".to_owned(),
        Effect::AskPayment(payment) => format!("to ask about {payment}"),
        Effect::AskReturn(payment) => format!("to ask what came of returning {payment}"),
        Effect::AskDisputes(payment) => format!("to ask about the dispute of {payment}"),
        Effect::Tell(_) => "to tell".to_owned(),
    }
}

/// What changed, in the order in which people would ask for it.
fn outcome(before: &Order, decision: &Decision) -> String {
    let next = match decision {
        Decision::Stay(why) => return format!("stays: {why}"),
        Decision::Refuse(why) => return format!("refused: {why}"),
        Decision::Advance(next) => &next.order,
    };
    let mut said = vec![if before.state.name() == next.state.name() {
        "·".into()
    } else {
        next.state.name().to_owned()
    }];
    let owed = |order: &Order| {
        let next = order.next(Which::Work, order.written_at);
        next.map(|owed| (in_words(&owed.effect), owed.at > order.written_at))
    };
    if let Some((effect, later)) = owed(next).filter(|owes| owed(before).as_ref() != Some(owes)) {
        said.push(format!("owes {effect}{}", if later { " later" } else { "" }));
    }
    let now = next.written_at;
    let told = next
        .notices
        .iter()
        .skip(before.notices.len())
        .filter(|notice| notice.owed_at <= now);
    let told: Vec<&str> = told.map(|notice| notice.to.name()).collect();
    if !told.is_empty() {
        said.push(format!("tells {}", told.join(" ")));
    }
    for case in &next.cases {
        match before.cases.iter().find(|known| known.id == case.id) {
            None => said.push(format!("opens {:?}", case.class)),
            Some(known) if known.resolved != case.resolved => said.push(format!("closes {:?}", case.class)),
            Some(_) => {}
        }
    }
    said.join(", ")
}

fn after(story: &Story, event: &Event, exhausted: bool) -> (String, bool) {
    let (story, begun) = begun(story, event, exhausted);
    let event = about(event.clone(), &story);
    let decision = story.clone().try_event(&event);
    (outcome(&story.order, &decision), begun)
}

#[test]
fn table() {
    let mut table = String::from(
        "State × Event → state (· the same), what is owed now, who is told, cases.\n\
         An outcome comes from a worker that has begun it, where the order owes it; else from one that comes too late.\n\
         Where it makes a difference, a second line says what happens when the tries are exhausted.\n",
    );
    let (mut rows, mut advances) = (0, 0);
    for (name, story) in states() {
        let _ = writeln!(table, "\n{name}");
        let case = story
            .order
            .cases
            .first()
            .map_or(CaseId::new("case_none"), |case| case.id.clone());
        for event in events(story.order.version, story.order.version, &case) {
            let (fresh, begun) = after(&story, &event, false);
            let _ = writeln!(table, "  {:<38} → {fresh}", label(&event));
            rows += 1;
            advances += u32::from(!fresh.starts_with("stays") && !fresh.starts_with("refused"));
            let (exhausted, _) = after(&story, &event, true);
            if begun && exhausted != fresh {
                let _ = writeln!(table, "  {:<38} → {exhausted}", "   exhausted");
                rows += 1;
            }
        }
    }
    // Past the test runner: these counts stand in the output of the test command.
    let mut out = std::io::stdout().lock();
    let _closed = std::io::Write::write_fmt(
        &mut out,
        format_args!("transitions: {rows} rows, {advances} of them advance the order\n"),
    );
    expect_test::expect_file!["../../../golden/transitions.txt"].assert_eq(&table);
}
