//! Every state x every event, one line each: the table that a product person can read.

use std::fmt::Write as _;

use super::story::*;
use crate::Decision;
use crate::case::Choice;
use crate::event::Event;
use crate::id::{CaseId, ObjectId, PaymentId, RefundId, SessionId};
use crate::order::Order;
use crate::owed::Which;
use crate::payment::RefundStatus;
use crate::receipt::{Origin, Step};
use crate::work::Attempt;

fn states() -> Vec<Story> {
    let mut pending = Story::of("team-year");
    pending.order.state = crate::order::State::PaymentPending { since: pending.now };
    let mut capturing = Story::delivered();
    capturing.order.state = crate::order::State::Capturing { since: capturing.now };
    let mut returning = Story::undoing();
    returning.revoke();
    returning.give_back(RefundStatus::Pending);
    let mut closed = Story::of("team-year");
    closed.event(Event::SessionExpired {
        session: SessionId::new("cs_1"),
    });
    let begun = |mut story: Story| {
        story.deliver(Step::Account);
        story
    };
    vec![
        Story::of("team-year"),
        pending,
        begun(Story::paid()),
        capturing,
        Story::delivered(),
        Story::undoing(),
        returning,
        Story::undone(),
        Story::with_person(),
        closed,
    ]
}

#[expect(clippy::too_many_lines, reason = "a list: one entry per row of the table")]
fn events(attempt: Attempt, seen: u64, case: &CaseId) -> Vec<Event> {
    let (step, object) = (Step::Account, ObjectId::new("u9"));
    let (payment, second, refund) = (payment(), PaymentId::new("pi_2"), RefundId::new("re_9"));
    let (amount_minor, status) = (48_000, RefundStatus::Succeeded);
    let person = |choice| {
        let (by, reason) = ("operator".to_owned(), "looked at it".to_owned());
        Event::PersonDecided {
            case: case.clone(),
            seen,
            choice,
            by,
            reason,
        }
    };
    let origin = Origin::Made;
    vec![
        Event::SessionOpened {
            session: SessionId::new("cs_1"),
            url: "https://pay.example".into(),
        },
        Event::SessionNotOpened { failure: DOWN },
        Event::SessionExpired {
            session: SessionId::new("cs_1"),
        },
        Event::SessionStillOpen { attempt },
        Event::SessionUnknown { attempt },
        Event::PaymentCaptured {
            payment: payment.clone(),
            amount: pounds(48_000),
        },
        Event::PaymentCaptured {
            payment: second,
            amount: pounds(48_000),
        },
        Event::RefundSeen {
            payment: payment.clone(),
            refund: refund.clone(),
            amount_minor,
            status,
        },
        Event::RefundSeen {
            payment: payment.clone(),
            refund: RefundId::new("re_1"),
            amount_minor,
            status: RefundStatus::Failed,
        },
        Event::RefundedTotalSeen {
            payment: payment.clone(),
            total_minor: amount_minor,
        },
        Event::StepDone {
            attempt,
            step,
            object: object.clone(),
            origin,
        },
        Event::StepFailed {
            attempt,
            step,
            failure: DOWN,
        },
        Event::StepFailed {
            attempt,
            step,
            failure: REFUSED,
        },
        Event::StepFailed {
            attempt,
            step,
            failure: LOST,
        },
        Event::StepSeen {
            attempt,
            step,
            asked_at: crate::Timestamp(0),
            objects: vec![(object.clone(), origin)],
        },
        Event::StepSeen {
            attempt,
            step,
            asked_at: crate::Timestamp(0),
            objects: vec![],
        },
        Event::StepRevoked {
            attempt,
            step,
            objects: vec![ObjectId::new("u1")],
        },
        Event::RevokeFailed {
            attempt,
            step,
            failure: DOWN,
        },
        Event::MoneyReturned {
            attempt,
            payment: payment.clone(),
            refund,
            amount_minor,
            status,
        },
        Event::ReturnFailed {
            attempt,
            payment: payment.clone(),
            failure: REFUSED,
        },
        Event::RefundsListed {
            attempt,
            payment,
            refunds: vec![],
        },
        Event::AskFailed { attempt, failure: DOWN },
        Event::NoticeAccepted { attempt, notice: 1 },
        Event::NoticeFailed {
            attempt,
            notice: 1,
            failure: DOWN,
        },
        Event::AttemptLapsed { attempt },
        person(Choice::Retry),
        person(Choice::Undo),
        person(Choice::Ignore),
        Event::DeadLettered {
            queue: "provisioning".into(),
        },
    ]
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most events have nothing to add to their name"
)]
fn label(event: &Event) -> String {
    let detail = match event {
        Event::PaymentCaptured { payment, .. } if payment.as_str() == "pi_2" => "second",
        Event::RefundSeen {
            status: RefundStatus::Failed,
            ..
        } => "failed",
        Event::StepFailed { failure, .. } => failure.class.name(),
        Event::StepSeen { objects, .. } if objects.is_empty() => "none",
        Event::PersonDecided { choice, .. } => choice.name(),
        _ => "",
    };
    if detail.is_empty() {
        event.name().to_owned()
    } else {
        format!("{}({detail})", event.name())
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
        order
            .next(Which::Work, order.written_at)
            .map(|owed| format!("{:?}", owed.effect))
    };
    if let Some(effect) = owed(next).filter(|effect| owed(before).as_ref() != Some(effect)) {
        said.push(format!(
            "owes {}",
            effect.replace("PaymentId", "").replace("ObjectId", "")
        ));
    }
    let told = next.notices.len() - before.notices.len();
    if told > 0 {
        said.push(format!("tells {told}"));
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

#[test]
fn table() {
    let mut table = String::from("State × Event → state (· the same), what is owed now, who is told, cases\n");
    for story in states() {
        let attempt = story
            .order
            .work
            .intent
            .as_ref()
            .map_or(story.order.version, |intent| intent.attempt);
        let case = story
            .order
            .cases
            .first()
            .map_or(CaseId::new("case_none"), |case| case.id.clone());
        let _ = writeln!(table, "\n{}", story.state());
        for event in events(attempt, story.order.version, &case) {
            let decision = story.clone().try_event(&event);
            let _ = writeln!(table, "  {:<28} → {}", label(&event), outcome(&story.order, &decision));
        }
    }
    expect_test::expect_file!["../../../golden/transitions.txt"].assert_eq(&table);
}
