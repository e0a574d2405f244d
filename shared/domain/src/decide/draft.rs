//! The order while it is being decided about.

use crate::because::Because;
use crate::case::tend::Care;
use crate::case::{Case, CaseRef, Class, Resolved};
use crate::effect::Effect;
use crate::failure::{Failure, Reason};
use crate::first::Branch;
use crate::history::What;
use crate::id::{CaseId, PaymentId};
use crate::notice::{Audience, Notice, Template, Told};
use crate::order::{Order, Undo};
use crate::owed::Which;
use crate::payment::{Payment, Return, Role};
use crate::policy::{Link, Matter};
use crate::time::{Moment, Timestamp};
use crate::wording;
use crate::work::{Attempt, Lane, Subject};

use super::{Next, tend};

/// What an event taught.
pub(super) enum Learned {
    Something,
    Nothing(&'static str),
    Impossible(&'static str),
}

pub(super) struct Draft {
    pub(super) order: Order,
    pub(super) cases: Vec<Case>,
    pub(super) fired: Option<Branch>,
    pub(super) moment: Moment,
}

impl Draft {
    pub(super) fn of(order: &Order, moment: Moment, written_for: &'static str) -> Self {
        let mut order = order.clone();
        order.version += 1;
        order.written_at = moment.now;
        order.written_for = written_for.into();
        Self {
            order,
            cases: Vec::new(),
            fired: None,
            moment,
        }
    }

    pub(super) fn finish(self) -> Next {
        Next {
            order: self.order,
            cases: self.cases,
            fired: self.fired,
        }
    }

    /// So the policy answered. `again`: the failure before was of the same class, so that trying on is no news. That our own
    /// access is refused is nothing that is intended.
    pub(super) fn fires(&mut self, matter: Matter, failure: Failure, link: Link, again: bool) {
        let tried_on = matches!(link, Link::Retry { .. } | Link::ReadBack { .. });
        if !(again && tried_on || failure.reason == Reason::NotAllowed) {
            self.fired = Some(Branch::of(matter, failure.class, link));
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.moment.now
    }

    pub(super) fn note(&mut self, what: What) {
        self.order.note(self.moment.now, what);
    }

    pub(super) fn lane(&mut self, which: Which) -> &mut Lane {
        match which {
            Which::Work => &mut self.order.work,
            Which::Tell => &mut self.order.tell,
        }
    }

    /// The lane that counts attempts at the subject.
    pub(super) fn lane_of(&mut self, subject: &Subject) -> &mut Lane {
        self.lane(match subject {
            Subject::Notice(_) => Which::Tell,
            Subject::Step(_)
            | Subject::Revoke(_)
            | Subject::Return(_)
            | Subject::Annotate(_)
            | Subject::Capture(_)
            | Subject::Undo
            | Subject::Payment(_)
            | Subject::Session
            | Subject::Audit(_) => Which::Work,
        })
    }

    /// Ends the intent if it is this attempt's, and tells what it was for. A worker that lost its lease ends nothing.
    pub(super) fn end(&mut self, attempt: Attempt) -> Option<Effect> {
        Which::ALL.into_iter().find_map(|which| {
            let lane = self.lane(which);
            let mine = lane.intent.as_ref().is_some_and(|intent| intent.attempt == attempt);
            if mine {
                lane.intent.take().map(|intent| intent.effect)
            } else {
                None
            }
        })
    }

    pub(super) fn payment(&mut self, id: &PaymentId) -> Option<&mut Payment> {
        self.order.payments.iter_mut().find(|payment| payment.id == *id)
    }

    /// The payment's record, made if Stripe speaks of it for the first time.
    pub(super) fn payment_or_new(&mut self, id: &PaymentId) -> &mut Payment {
        let at = match self.order.payments.iter().position(|payment| payment.id == *id) {
            Some(at) => at,
            None => {
                let waits = self.order.state.awaits_payment();
                let own = waits && self.order.own_payment().is_none();
                let role = if own { Role::Own } else { Role::Surplus };
                self.order.payments.push(Payment::new(id.clone(), role));
                self.order.payments.len() - 1
            }
        };
        &mut self.order.payments[at]
    }

    /// What is asked for is what is still with us, and another amount is another call. From its first use on, an
    /// idempotency key is good for a day.
    pub(super) fn use_key_of(&mut self, payment: &PaymentId) {
        let now = self.now();
        let Some(payment) = self.payment(payment) else { return };
        let remaining = payment.remaining();
        let Some(owed) = payment.owed.as_mut() else { return };
        if let Some(remaining) = remaining.filter(|remaining| *remaining != owed.amount) {
            owed.amount = remaining;
            owed.anew();
        }
        owed.key_used_at.get_or_insert(now);
    }

    /// A return is owed from now on, in full: whatever of the payment is not back yet.
    pub(super) fn owe_return(&mut self, id: &PaymentId, because: &Because) {
        let Some(payment) = self.payment(id) else { return };
        if payment.owed.is_some() {
            return;
        }
        let Some(amount) = payment.remaining() else { return };
        payment.owed = Some(Return::new(because.clone(), amount));
        self.note(What::ReturnOwed {
            payment: id.clone(),
            because: because.clone(),
        });
    }

    /// From here on the order's direction is back. What was counted and held on the way forward does not count on the way
    /// back.
    pub(super) fn decide_undo(&mut self, because: Because) {
        if self.order.undo.is_none() {
            let forward = |of: &Subject| matches!(of, Subject::Step(_) | Subject::Revoke(_) | Subject::Capture(_));
            self.order.work.tries.retain(|tries| !forward(&tries.of));
            self.order.undo = Some(Undo {
                because: because.clone(),
                decided_at: self.now(),
                passed: false,
            });
            self.note(What::UndoDecided(because));
        }
    }

    pub(super) fn owe_notices(&mut self, to: &[Audience], template: &Template) {
        self.owe_notices_at(self.now(), to, template);
    }

    /// Not to be told before that moment.
    pub(super) fn owe_notices_at(&mut self, owed_at: Timestamp, to: &[Audience], template: &Template) {
        for &to in to {
            let id = u32::try_from(self.order.notices.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1);
            self.order.notices.push(Notice {
                id,
                to,
                template: template.clone(),
                owed_at,
                told: Told::Owed,
            });
        }
    }

    /// Opens a case, unless one of this class is open about the same subject already.
    pub(super) fn open_case(&mut self, class: Class, subject: Option<Subject>, failure: Option<Failure>) -> CaseId {
        let known = self.order.cases.len();
        let id = self.open_case_untold(class, subject, failure);
        if self.order.cases.len() > known {
            self.owe_case_notices(&id);
        }
        id
    }

    /// The same, and nobody is told but by the inbox: where it is telling that fails, more to tell does not help.
    pub(super) fn open_case_untold(
        &mut self,
        class: Class,
        subject: Option<Subject>,
        failure: Option<Failure>,
    ) -> CaseId {
        let same = |known: &&CaseRef| known.class == class && known.subject == subject && known.resolved.is_none();
        if let Some(known) = self.order.cases.iter().find(same) {
            return known.id.clone();
        }
        let number = self.order.cases.len() + 1;
        let id = CaseId::new(format!(
            "case_{}_{number}",
            self.order.id.as_str().trim_start_matches("ord_")
        ));
        let opened_at = self.now();
        let closed = |known: &&CaseRef| known.class == class && known.subject == subject && known.resolved.is_some();
        let before = self.order.cases.iter().rev().find(closed).map(|known| known.id.clone());
        let case = CaseRef {
            id: id.clone(),
            class,
            subject,
            failure,
            opened_at,
            resolved: None,
            care: Care::default(),
            before,
        };
        self.order.cases.push(case);
        self.note(What::CaseOpened {
            case: id.clone(),
            class,
        });
        self.changed(&id);
        id
    }

    fn owe_case_notices(&mut self, id: &CaseId) {
        let Some(case) = self.order.cases.iter().find(|case| case.id == *id) else {
            return;
        };
        let to = self.order.policy.told_of(case);
        let template = match (case.class, &case.subject) {
            (Class::ReturnStuck, Some(Subject::Return(payment))) => Template::ReturnFailed {
                payment: payment.clone(),
            },
            _ => Template::WithPerson { case: id.clone() },
        };
        self.owe_notices(&to, &template);
    }

    /// A case whose matter has settled by itself closes, and says so.
    pub(super) fn heal(&mut self, id: &CaseId) {
        let at = self.now();
        self.note(What::CaseHealed(id.clone()));
        self.resolve(id, &Resolved::Healed { at });
    }

    /// Ends a case and lets go of what it held.
    pub(super) fn resolve(&mut self, id: &CaseId, how: &Resolved) {
        for case in self.order.cases.iter_mut().filter(|case| case.id == *id) {
            case.resolved = Some(how.clone());
        }
        for which in Which::ALL {
            for tries in self
                .lane(which)
                .tries
                .iter_mut()
                .filter(|tries| tries.held_by.as_ref() == Some(id))
            {
                tries.held_by = None;
            }
        }
        self.changed(id);
    }

    /// The case's own item is written together with the order.
    pub(super) fn changed(&mut self, id: &CaseId) {
        let Some(case) = self.order.cases.iter().find(|case| case.id == *id) else {
            return;
        };
        let item = Case {
            id: id.clone(),
            order: Some(self.order.id.clone()),
            class: case.class,
            opened_at: case.opened_at,
            consequence: wording::consequence_of(&self.order, case),
            suggestion: wording::suggestion(&self.order, case.class),
            money: self.order.money_at_stake(case.subject.as_ref()),
            owner: self.order.policy.owner(case.subject.as_ref()),
            resolved: case.resolved.clone(),
            care: case.care.clone(),
            worse: tend::nearest(&self.order, case),
            version: 0,
        };
        match self.cases.iter_mut().find(|known| known.id == *id) {
            Some(known) => *known = item,
            None => self.cases.push(item),
        }
    }
}
