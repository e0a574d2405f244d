//! The told ledger as people see it, and what they say about its messages.

use domain::decide::may_mark;
use domain::event::Event;
use domain::notice::{Audience, Mark, Notice};
use domain::order::Order;
use domain::wording::{self, Line};
use flow::advance::{Advanced, advance_from};
use flow::ports::{Store, Trouble};

use crate::access::{Actor, Role};
use crate::decision::{Decided, became, told as reason_of};

/// What somebody may say about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// Whoever was told has seen it.
    Seen,
    /// It need not be sent, or they were told otherwise.
    NeedNot,
}

impl Say {
    /// The words of a form.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "seen" => Some(Self::Seen),
            "need-not" => Some(Self::NeedNot),
            _ => None,
        }
    }

    fn mark(self, by: &str, reason: &str) -> Mark {
        let by = by.to_owned();
        match self {
            Self::Seen => Mark::Acknowledged { by },
            Self::NeedNot => Mark::Waived {
                by,
                reason: reason.to_owned(),
            },
        }
    }
}

/// One message to people.
pub struct ToldLine {
    /// The notice's number.
    pub notice: u32,
    pub whom: &'static str,
    pub what: String,
    pub channel: &'static str,
    pub owed: String,
    pub by: String,
    pub ended: String,
    /// Whoever looks may say that it was seen, or that it need not be sent.
    pub seen: bool,
    pub need_not: bool,
}

/// Who may speak for them: Finance for itself, operations for everybody.
pub fn needed_to_mark(to: Audience) -> Role {
    match to {
        Audience::Finance => Role::Finance,
        Audience::Customer | Audience::CustomerService | Audience::Ops | Audience::Systems => Role::Operator,
    }
}

/// Which people were told, the oldest first.
pub fn told(order: &Order, role: Role) -> Vec<ToldLine> {
    let may = |line: &Line, say: Say| {
        let known = order.notices.iter().find(|notice| notice.id == line.notice);
        let sense = |notice: &Notice| may_mark(order, notice, &say.mark("", "")).is_ok();
        role.may(needed_to_mark(line.to)).is_ok() && known.is_some_and(sense)
    };
    let shown = |line: Line| ToldLine {
        seen: may(&line, Say::Seen),
        need_not: may(&line, Say::NeedNot),
        notice: line.notice,
        whom: line.whom,
        what: line.what,
        channel: line.channel,
        owed: line.owed_at.to_string(),
        by: line.by.to_string(),
        ended: line.ended,
    };
    wording::ledger(order).into_iter().map(shown).collect()
}

/// Records what somebody says about a message. Said twice, it is recorded once.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the order before saying it again.
pub async fn mark(
    store: &impl Store,
    order: Order,
    (notice, say): (u32, Say),
    by: &Actor,
    reason: &str,
) -> Result<Decided, Trouble> {
    let Some(to) = order
        .notices
        .iter()
        .find(|known| known.id == notice)
        .map(|known| known.to)
    else {
        return Ok(Decided::No("There is no such message.".to_owned()));
    };
    if let Err(no) = by.role.may(needed_to_mark(to)) {
        return Ok(Decided::No(no));
    }
    let reason = match say {
        Say::Seen => "",
        Say::NeedNot => match reason_of(reason) {
            Ok(reason) => reason,
            Err(no) => return Ok(Decided::No(no)),
        },
    };
    let event = Event::NoticeMarked {
        notice,
        mark: say.mark(&by.name, reason),
    };
    let advanced = advance_from(store, order, &event).await?;
    let again = matches!(&advanced, Advanced::Stayed { .. });
    Ok(if again { Decided::Recorded } else { became(&advanced) })
}
