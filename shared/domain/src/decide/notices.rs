//! What people are owed to be told follows the facts: a message that the facts have overtaken is not sent any more, and a
//! case that nobody decides is said again.

use std::time::Duration;

use crate::case::CaseRef;
use crate::effect::Effect;
use crate::history::What;
use crate::id::PaymentId;
use crate::notice::{Announcement, Audience, Notice, Template, Told};
use crate::order::{Order, State};
use crate::work::Subject;

use super::draft::Draft;

pub(super) fn follow(draft: &mut Draft) {
    overtaken(draft);
    remind(draft);
}

/// Other systems are told once each time that an order comes to stand somewhere; a second case of an order that is with a
/// person already is no news to them.
pub(super) fn announce(draft: &mut Draft, before: &State) {
    let (was, is) = (Announcement::of(before), Announcement::of(&draft.order.state));
    if let Some(now) = is.filter(|_| was != is) {
        draft.owe_notices(&[Audience::Systems], &Template::Announce(now));
    }
}

/// A message that would not be true any more when it arrives.
fn overtaken(draft: &mut Draft) {
    let at = draft.now();
    let sending = draft.order.tell.intent.as_ref().map(|intent| intent.effect.clone());
    let stale = |notice: &&Notice| {
        notice.told == Told::Owed
            && sending != Some(Effect::Tell(notice.id))
            && is_overtaken(&draft.order, &notice.template)
    };
    let stale: Vec<(u32, Template, Audience)> = draft
        .order
        .notices
        .iter()
        .filter(stale)
        .map(|notice| (notice.id, notice.template.clone(), notice.to))
        .collect();
    for (id, template, to) in stale {
        for notice in draft.order.notices.iter_mut().filter(|notice| notice.id == id) {
            notice.told = Told::Overtaken(at);
        }
        // A reminder that was never due says nothing about anybody.
        if !matches!(template, Template::Reminder { .. }) {
            let told = Told::Overtaken(at);
            draft.note(What::Notice { to, told });
        }
    }
}

pub(super) fn is_overtaken(order: &Order, template: &Template) -> bool {
    match template {
        Template::Ready => order.undo.is_some(),
        Template::WithPerson { case } | Template::Reminder { case } => order.open_case(case).is_none(),
        Template::ReturnFailed { payment } => order.payments.iter().any(|known| known.id == *payment && known.gone()),
        Template::Announce(said) => Announcement::of(&order.state) != Some(*said),
        Template::Returned { .. }
        | Template::NotPaid
        | Template::NothingDelivered
        | Template::Outage { .. }
        | Template::OutageOver { .. } => false,
    }
}

/// A case about telling itself owes nothing more to tell.
fn was_told(order: &Order, case: &CaseRef) -> bool {
    order.notices.iter().any(|notice| match &notice.template {
        Template::WithPerson { case: about } => *about == case.id,
        Template::ReturnFailed { payment } => case.subject == Some(Subject::Return(payment.clone())),
        Template::Reminder { .. }
        | Template::Ready
        | Template::Returned { .. }
        | Template::NotPaid
        | Template::NothingDelivered
        | Template::Outage { .. }
        | Template::OutageOver { .. }
        | Template::Announce(_) => false,
    })
}

/// An open case is said again, each time after twice the time, until somebody decides it.
fn remind(draft: &mut Draft) {
    const DOUBLINGS_MAX: u32 = 6;
    let every = draft.order.policy.remind_after();
    let told = &draft.order.policy.tell.with_person;
    // Whoever decides is reminded, and nobody else: that is ops, where ops is told at all.
    let to: Vec<Audience> = if told.contains(&Audience::Ops) {
        vec![Audience::Ops]
    } else {
        told.iter().copied().filter(|to| *to != Audience::Customer).collect()
    };
    let open: Vec<CaseRef> = draft
        .order
        .cases
        .iter()
        .filter(|case| case.resolved.is_none() && was_told(&draft.order, case))
        .cloned()
        .collect();
    for case in open {
        let template = Template::Reminder { case: case.id.clone() };
        let said: Vec<&Notice> = draft
            .order
            .notices
            .iter()
            .filter(|notice| notice.template == template)
            .collect();
        if said.iter().any(|notice| notice.told == Told::Owed) {
            continue;
        }
        let rounds = u32::try_from(said.len() / to.len().max(1)).unwrap_or(DOUBLINGS_MAX);
        let last = said.iter().map(|notice| notice.owed_at).max().unwrap_or(case.opened_at);
        let wait: Duration = every * 2_u32.pow(rounds.min(DOUBLINGS_MAX));
        draft.owe_notices_at(last.plus(wait).max(draft.now()), &to, &template);
    }
}

/// Whether the last word about this payment was that it is on its way back.
pub(super) fn told_of_return(order: &Order, id: &PaymentId) -> bool {
    let about = |template: &Template| match template {
        Template::Returned { payment } if payment == id => Some(true),
        Template::ReturnFailed { payment } if payment == id => Some(false),
        Template::Returned { .. }
        | Template::ReturnFailed { .. }
        | Template::Ready
        | Template::WithPerson { .. }
        | Template::Reminder { .. }
        | Template::NotPaid
        | Template::NothingDelivered
        | Template::Outage { .. }
        | Template::OutageOver { .. }
        | Template::Announce(_) => None,
    };
    order
        .notices
        .iter()
        .rev()
        .find_map(|notice| about(&notice.template))
        .unwrap_or(false)
}
