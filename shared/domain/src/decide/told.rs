//! What a person or the mail system says about a message, and the case of those who should know and do not.

use std::time::Duration;

use crate::case::{Class, Word};
use crate::effect::Effect;
use crate::history::What;
use crate::id::{CaseId, PaymentId};
use crate::notice::{Audience, Mark, Notice, Template, Told};
use crate::order::Order;
use crate::time::Timestamp;
use crate::work::Subject;

use super::draft::{Draft, Learned};
use super::notices::is_overtaken;

/// The mail system's clock and ours may differ by so much.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// Messages about money or a case that do not reach whom they are for: sending them fails for too long, was given up, or
/// they came back. What would not be true any more is not among them.
pub fn untold(order: &Order, now: Timestamp) -> impl Iterator<Item = &Notice> {
    let about = order.notices.iter().filter(|notice| notice.is_about_money_or_case());
    about.filter(move |notice| does_not_arrive(order, notice, now) && !is_overtaken(order, notice))
}

fn does_not_arrive(order: &Order, notice: &Notice, now: Timestamp) -> bool {
    match notice.told {
        Told::Owed => {
            let tries = order.tell.tries(&Subject::Notice(notice.id));
            let fails = tries.is_some_and(|tries| tries.last.is_some());
            fails && now >= notice.by(order)
        }
        Told::GivenUp(_) | Told::Bounced(_) => true,
        Told::Accepted(_)
        | Told::Covered(_)
        | Told::Unknown(_)
        | Told::Overtaken(_)
        | Told::Acknowledged { .. }
        | Told::Waived { .. } => false,
    }
}

/// One case for all of the order's messages that do not arrive. It owes none itself, since telling is what fails: the
/// inbox shows it, and the alert of its class goes another way than mail.
pub(super) fn ask(draft: &mut Draft) {
    if untold(&draft.order, draft.now()).next().is_some() {
        draft.open_case_untold(Class::NotTold, None, None);
    }
}

/// A person has them sent again: with fresh counters, and with the whole time again.
pub(super) fn again(draft: &mut Draft) {
    let now = draft.now();
    for id in ids(draft) {
        draft.order.tell.forget(&Subject::Notice(id));
        for known in draft.order.notices.iter_mut().filter(|known| known.id == id) {
            known.told = Told::Owed;
            known.owed_at = now;
        }
    }
}

/// A person told them otherwise, or says why they need not know.
pub(super) fn waive(draft: &mut Draft, word: &Word) {
    let at = draft.now();
    for id in ids(draft) {
        let (by, reason) = (word.by.clone(), word.reason.clone());
        set(draft, id, Told::Waived { at, by, reason });
    }
}

fn ids(draft: &Draft) -> Vec<u32> {
    untold(&draft.order, draft.now()).map(|notice| notice.id).collect()
}

/// What is said about a message. Said twice, it is said once.
pub(super) fn marked(draft: &mut Draft, id: u32, mark: &Mark) -> Learned {
    let Some(known) = draft.order.notices.iter().find(|known| known.id == id) else {
        return Learned::Impossible("there is no such message");
    };
    match becomes(&draft.order, known, mark, draft.now()) {
        Ok(Some(told)) => set(draft, id, told),
        Ok(None) => return Learned::Nothing("that is known"),
        Err(no) => return Learned::Impossible(no),
    }
    Learned::Something
}

fn set(draft: &mut Draft, id: u32, told: Told) {
    let Some(known) = draft.order.notices.iter_mut().find(|known| known.id == id) else {
        return;
    };
    known.told = told.clone();
    let to = known.to;
    draft.note(What::Notice { to, told });
    draft.order.tell.forget(&Subject::Notice(id));
}

/// Whether this may be said about the message, and is news.
///
/// # Errors
/// Why not, in words for whoever wants to.
pub fn may_mark(order: &Order, notice: &Notice, mark: &Mark) -> Result<(), &'static str> {
    let news = becomes(order, notice, mark, order.written_at)?;
    news.map(|_| ()).ok_or("that is known")
}

/// What the message's line becomes. None: nothing new.
fn becomes(order: &Order, notice: &Notice, mark: &Mark, at: Timestamp) -> Result<Option<Told>, &'static str> {
    if notice.to == Audience::Systems {
        return Err("that is a message to other systems");
    }
    match mark {
        Mark::Bounced { sent_at } => bounced(order, notice, *sent_at).map(|came| came.then_some(Told::Bounced(at))),
        Mark::Acknowledged { by } => {
            seen(&notice.told).map(|news| news.then(|| Told::Acknowledged { at, by: by.clone() }))
        }
        Mark::Waived { by, reason } => waivable(order, notice).map(|news| {
            news.then(|| Told::Waived {
                at,
                by: by.clone(),
                reason: reason.clone(),
            })
        }),
    }
}

/// A mail comes back after it was taken; also before we have recorded that it was.
fn bounced(order: &Order, notice: &Notice, sent_at: Timestamp) -> Result<bool, &'static str> {
    if notice.to == Audience::Ops {
        return Err("an alert is no mail");
    }
    // It may have been sent again since.
    if sent_at.plus(CLOCKS_DIFFER) < notice.owed_at {
        return Ok(false);
    }
    Ok(match notice.told {
        Told::Owed => order.tell.tries(&Subject::Notice(notice.id)).is_some(),
        Told::Accepted(_) | Told::Unknown(_) => true,
        Told::Covered(_)
        | Told::Overtaken(_)
        | Told::GivenUp(_)
        | Told::Bounced(_)
        | Told::Acknowledged { .. }
        | Told::Waived { .. } => false,
    })
}

fn seen(told: &Told) -> Result<bool, &'static str> {
    match told {
        Told::Accepted(_) | Told::Covered(_) | Told::Unknown(_) | Told::Bounced(_) => Ok(true),
        Told::Acknowledged { .. } => Ok(false),
        Told::Owed => Err("it is still to be sent"),
        Told::Overtaken(_) => Err("it was not sent: things had moved on"),
        Told::GivenUp(_) => Err("it could not be sent: if you told them otherwise, write that"),
        Told::Waived { .. } => Err("somebody has written that it need not be sent"),
    }
}

fn waivable(order: &Order, notice: &Notice) -> Result<bool, &'static str> {
    let sending = order.tell.intent.as_ref().map(|intent| &intent.effect);
    match notice.told {
        Told::Owed if sending == Some(&Effect::Tell(notice.id)) => Err("it is being sent at this moment"),
        Told::Owed if notice.is_idle() => Err("it is not due"),
        Told::Owed | Told::Unknown(_) | Told::GivenUp(_) | Told::Bounced(_) => Ok(true),
        Told::Waived { .. } => Ok(false),
        Told::Accepted(_) | Told::Covered(_) => Err("it was sent"),
        Told::Acknowledged { .. } => Err("whoever was told has seen it"),
        Told::Overtaken(_) => Err("it was not sent: things had moved on"),
    }
}

/// A decision takes no word from anybody: who was to hear that a person decides hears how it was decided, unless a later
/// word tells them what became of it. Operations decide, and are woken by no case that is closed; what went away by
/// itself nobody has to know.
pub(super) fn still_to_be_told(order: &Order, notice: &Notice, case: &CaseId) -> bool {
    let Some(case) = order.cases.iter().find(|known| known.id == *case) else {
        return false;
    };
    let own = order.own_payment().map(|own| &own.id);
    let payment = match &case.subject {
        Some(Subject::Return(id) | Subject::Capture(id) | Subject::Payment(id)) => Some(id),
        Some(
            Subject::Step(_)
            | Subject::Undo
            | Subject::Revoke(_)
            | Subject::Annotate(_)
            | Subject::Session
            | Subject::Notice(_)
            | Subject::Audit(_),
        )
        | None => own,
    };
    let mut later = order
        .notices
        .iter()
        .filter(|later| later.to == notice.to && later.id > notice.id && !matches!(later.told, Told::Overtaken(_)));
    case.decided() && notice.to != Audience::Ops && !later.any(|later| tells_the_end(&later.template, payment))
}

fn tells_the_end(template: &Template, payment: Option<&PaymentId>) -> bool {
    match template {
        Template::Ready | Template::NothingDelivered => true,
        Template::Returned { payment: about } | Template::ReturnFailed { payment: about } => Some(about) == payment,
        Template::WithPerson { .. }
        | Template::Reminder { .. }
        | Template::NotPaid
        | Template::Outage { .. }
        | Template::OutageOver { .. }
        | Template::Announce(_) => false,
    }
}
