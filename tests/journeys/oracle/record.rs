//! What two looks at one order's record may not show.

use domain::Timestamp;
use domain::because::Code;
use domain::history::What;
use domain::id::CaseId;
use domain::notice::Told;
use domain::order::{Order, State};

use super::{AUDIT, LIVENESS, LOOKED_AT_WITHIN, MONOTONE, ONE_DECISION, Oracle};

impl Oracle {
    pub(super) fn compare(&mut self, before: &Order, after: &Order) {
        if after.version < before.version {
            self.accuse(MONOTONE, format!("{} went back to version {}", after.id, after.version));
        }
        if after.version == before.version {
            self.accuse(MONOTONE, format!("{} changed and kept its version", after.id));
        }
        let undone = |order: &Order| order.undo.is_some();
        if undone(before) && (!undone(after) || forward(&after.state)) {
            self.accuse(MONOTONE, format!("{} turned forward again", after.id));
        }
        if matches!(before.state, State::Delivered { .. }) && matches!(after.state, State::Delivering { .. }) {
            self.accuse(MONOTONE, format!("{} was delivered and is not any more", after.id));
        }
        for gone in before.receipts.iter().filter(|receipt| !receipt.stands()) {
            let back = |known: &&domain::receipt::Receipt| known.object == gone.object && known.stands();
            if after.receipts.iter().any(|known| back(&known)) {
                self.accuse(
                    MONOTONE,
                    format!("{}: {} was taken back, and is back", after.id, gone.object),
                );
            }
        }
        self.moves.insert((before.state.name(), after.state.name()));
        self.audit(before, after);
        self.one_decision(after);
    }

    /// History is only added to; a repeated failure is counted in its line. No state changes without a line.
    fn audit(&mut self, before: &Order, after: &Order) {
        let same = before.history.iter().zip(&after.history);
        let mut changed = after.history.len() > before.history.len();
        for (was, is) in same {
            changed |= is.times > was.times;
            if was.what != is.what || was.at != is.at || is.times < was.times {
                self.accuse(AUDIT, format!("{}: a line of history was rewritten", after.id));
            }
        }
        if after.history.len() < before.history.len() {
            self.accuse(AUDIT, format!("{}: history was cut", after.id));
        }
        // A case that was opened while it was still tried may come to hold the order: that was told when it was opened.
        let known = |case: &CaseId| before.cases.iter().any(|known| known.id == *case);
        let foretold = matches!(&after.state, State::WithPerson { case, .. } if known(case));
        if before.state.name() != after.state.name() && !changed && !foretold {
            self.accuse(
                AUDIT,
                format!("{} became {} without a word", after.id, after.state.name()),
            );
        }
    }

    /// What others did with the money is no decision of automation's.
    fn one_decision(&mut self, order: &Order) {
        let delivered = order.history.iter().any(|entry| entry.what == What::Delivered);
        let decided = |entry: &domain::history::Entry| {
            if let What::UndoDecided(because) = &entry.what {
                Some(because.code())
            } else {
                None
            }
        };
        let never_delivered = |code: &Code| matches!(code, Code::ProvisioningFailed | Code::ProvisioningTimeout);
        let undone: Vec<Code> = order.history.iter().filter_map(decided).collect();
        if undone.len() > 1 || (delivered && undone.iter().any(never_delivered)) {
            self.accuse(
                ONE_DECISION,
                format!("{}: delivered {delivered}, undone {undone:?}", order.id),
            );
        }
    }

    /// An order that is not at rest says when somebody must look, and somebody does.
    pub(super) fn due(&mut self, order: &Order, due: Option<Timestamp>, now: Timestamp) {
        let acting = order.work.intent.is_some() || order.tell.intent.is_some();
        let telling = order.notices.iter().any(|notice| notice.told == Told::Owed);
        let held = order.cases.iter().any(|case| case.resolved.is_none());
        let moving = on_the_way(&order.state) || !order.uncertain.is_empty();
        let owing = order
            .payments
            .iter()
            .any(|payment| payment.return_outstanding().is_some());
        let must = acting || telling || (!held && (moving || owing));
        if must && due.is_none() {
            self.accuse(
                LIVENESS,
                format!("{} is {} and nobody will look", order.id, order.state.name()),
            );
        }
        if due.is_some_and(|due| now.since(due) > LOOKED_AT_WITHIN + self.patience) {
            self.accuse(LIVENESS, format!("{} was due long ago and nobody looked", order.id));
        }
    }
}

/// The undo has done what automation can do.
pub(super) fn over(state: &State) -> bool {
    match state {
        State::Returning { .. } | State::Undone { .. } | State::Closed { .. } | State::WithPerson { .. } => true,
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Capturing { .. }
        | State::Delivered { .. }
        | State::Undoing { .. } => false,
    }
}

fn forward(state: &State) -> bool {
    match state {
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Capturing { .. }
        | State::Delivered { .. } => true,
        State::Undoing { .. }
        | State::Returning { .. }
        | State::Undone { .. }
        | State::WithPerson { .. }
        | State::Closed { .. } => false,
    }
}

fn on_the_way(state: &State) -> bool {
    match state {
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Capturing { .. }
        | State::Undoing { .. }
        | State::Returning { .. } => true,
        State::Delivered { .. } | State::Undone { .. } | State::WithPerson { .. } | State::Closed { .. } => false,
    }
}
