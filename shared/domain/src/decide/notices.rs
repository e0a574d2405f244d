//! What people are owed to be told follows the facts: a message that the facts have overtaken is not sent any more, and a
//! case that nobody decides is said again.

use std::time::Duration;

use crate::case::{CaseRef, Class};
use crate::effect::Effect;
use crate::history::What;
use crate::id::{CaseId, PaymentId};
use crate::notice::{Announcement, Audience, Notice, Template, Told};
use crate::order::{Order, State};
use crate::time::Timestamp;
use crate::work::Subject;

use super::draft::Draft;
use super::told;

pub(super) fn follow(draft: &mut Draft) {
    overtaken(draft);
    told::ask(draft);
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
        notice.told == Told::Owed && sending != Some(Effect::Tell(notice.id)) && is_overtaken(&draft.order, notice)
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

pub(crate) fn is_overtaken(order: &Order, notice: &Notice) -> bool {
    match &notice.template {
        Template::Ready => order.undo.is_some(),
        Template::WithPerson { case } => {
            order.open_case(case).is_none() && !told::still_to_be_told(order, notice, case)
        }
        Template::Reminder { case } => order.open_case(case).is_none(),
        Template::ReturnFailed { payment } => order.payments.iter().any(|known| known.id == *payment && known.gone()),
        Template::Announce(said) => Announcement::of(&order.state) != Some(*said),
        Template::Returned { .. }
        | Template::NotPaid
        | Template::NothingDelivered
        | Template::Outage { .. }
        | Template::OutageOver { .. } => false,
    }
}

/// The first word about this case.
fn tells_of(template: &Template, case: &CaseRef) -> bool {
    match template {
        Template::WithPerson { case: about } => *about == case.id,
        Template::ReturnFailed { payment } => {
            case.class == Class::ReturnStuck && case.subject == Some(Subject::Return(payment.clone()))
        }
        Template::Reminder { .. }
        | Template::Ready
        | Template::Returned { .. }
        | Template::NotPaid
        | Template::NothingDelivered
        | Template::Outage { .. }
        | Template::OutageOver { .. }
        | Template::Announce(_) => false,
    }
}

/// Who hears again of a case that nobody decides: whoever decides, where they are told at all, and the
/// customer who was told of it and waits. A case about telling itself owes nothing more to tell.
fn reminded(order: &Order, case: &CaseRef) -> Vec<Audience> {
    let first: Vec<&Notice> = order
        .notices
        .iter()
        .filter(|notice| tells_of(&notice.template, case))
        .collect();
    if first.is_empty() {
        return Vec::new();
    }
    let mut to = order.policy.reminded_of(case);
    if first.iter().any(|notice| notice.to == Audience::Customer) {
        to.push(Audience::Customer);
    }
    to
}

fn reminders<'a>(order: &'a Order, case: &'a CaseId, to: Audience) -> impl Iterator<Item = &'a Notice> {
    let about = move |template: &Template| matches!(template, Template::Reminder { case: about } if about == case);
    order
        .notices
        .iter()
        .filter(move |notice| notice.to == to && about(&notice.template))
}

/// The reminder that is owed to them.
pub(super) fn reminder_owed<'a>(order: &'a Order, case: &'a CaseId, to: Audience) -> Option<&'a Notice> {
    reminders(order, case, to).find(|notice| notice.told == Told::Owed)
}

/// When they hear of the case again after all reminders there are: each time after twice the time.
fn said_again_at(order: &Order, case: &CaseRef, to: Audience) -> Timestamp {
    const DOUBLINGS_MAX: u32 = 6;
    let rounds = u32::try_from(reminders(order, &case.id, to).count()).unwrap_or(DOUBLINGS_MAX);
    let last = reminders(order, &case.id, to).map(|notice| notice.owed_at).max();
    let wait: Duration = order.policy.remind_after() * 2_u32.pow(rounds.min(DOUBLINGS_MAX));
    last.unwrap_or(case.opened_at).plus(wait)
}

/// The same, as people have tended the case: a hold keeps the reminder of whoever decides back, and a deadline of theirs
/// brings it forward. What the customer was promised stays.
fn reminded_at(order: &Order, case: &CaseRef, to: Audience, now: Timestamp) -> Timestamp {
    let at = said_again_at(order, case, to).max(now);
    if to == Audience::Customer {
        return at;
    }
    if let Some(hold) = case.care.hold(now) {
        return hold.until;
    }
    let due = case.care.due().map(|(due, _)| due).filter(|due| *due > now);
    due.map_or(at, |due| at.min(due))
}

/// An open case is said again until somebody decides it.
fn remind(draft: &mut Draft) {
    let now = draft.now();
    let open: Vec<CaseRef> = draft
        .order
        .cases
        .iter()
        .filter(|case| case.resolved.is_none())
        .cloned()
        .collect();
    for case in open {
        for to in reminded(&draft.order, &case) {
            if reminder_owed(&draft.order, &case.id, to).is_none() {
                let at = reminded_at(&draft.order, &case, to, now);
                draft.owe_notices_at(at, &[to], &Template::Reminder { case: case.id.clone() });
            }
        }
    }
}

/// A hold or a deadline was set: the reminder that was owed comes when it says, unless it is being sent.
pub(super) fn remind_anew(draft: &mut Draft, case: &CaseRef) {
    let (now, sending) = (draft.now(), draft.order.tell.intent.as_ref());
    let sending = sending.map(|intent| intent.effect.clone());
    for to in reminded(&draft.order, case) {
        let Some(id) = reminder_owed(&draft.order, &case.id, to).map(|owed| owed.id) else {
            continue;
        };
        if to == Audience::Customer || sending == Some(Effect::Tell(id)) {
            continue;
        }
        let mut without = draft.order.clone();
        without.notices.retain(|notice| notice.id != id);
        let at = reminded_at(&without, case, to, now);
        for notice in draft.order.notices.iter_mut().filter(|notice| notice.id == id) {
            notice.owed_at = at;
        }
    }
}

/// By when the customer hears again of a case that waits for a person: it is promised because it is owed.
pub(crate) fn writes_by(order: &Order, now: Timestamp) -> Option<Timestamp> {
    const CUSTOMER: Audience = Audience::Customer;
    let open = order.cases.iter().filter(|case| case.resolved.is_none());
    let promised = open.filter_map(|case| {
        let owed = reminder_owed(order, &case.id, CUSTOMER).filter(|notice| notice.owed_at > now);
        let at = owed.map_or_else(|| said_again_at(order, case, CUSTOMER), |notice| notice.owed_at);
        (reminded(order, case).contains(&CUSTOMER) && at > now).then_some(at)
    });
    promised.min()
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
