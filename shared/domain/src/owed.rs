//! What an order owes the world: a function of its facts and the time. The order is the outbox and the timer.

use std::time::Duration;

use crate::effect::{Effect, Performer};
use crate::notice::{Audience, Notice, Told};
use crate::order::{Order, State};
use crate::payment::{Payment, Refund, Role, Written};
use crate::receipt::Step;
use crate::time::Timestamp;
use crate::work::{Intent, Lane, Subject};

/// An effect, and the moment from which it may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    pub effect: Effect,
    pub at: Timestamp,
}

/// How long nudges have to do their work before the sweeper looks.
const GRACE: Duration = Duration::from_secs(60);

/// One of the two lanes: a dead mail server never delays money, and money never waits for a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Work,
    Tell,
}

impl Which {
    pub const ALL: [Self; 2] = [Self::Work, Self::Tell];

    pub fn of(performer: Performer) -> Self {
        match performer {
            Performer::Notification => Self::Tell,
            Performer::Provisioning | Performer::Capture | Performer::Refund | Performer::Reconciliation => Self::Work,
        }
    }
}

/// One worker's calls for one effect fit into its lease; what is left is taken back by the next.
const REVOKED_AT_ONCE: usize = 3;

impl Order {
    pub fn lane(&self, which: Which) -> &Lane {
        match which {
            Which::Work => &self.work,
            Which::Tell => &self.tell,
        }
    }

    /// The next effect of the lane: of those that may be done now the most important one, else the earliest.
    pub fn next(&self, which: Which, now: Timestamp) -> Option<Owed> {
        let owed = self.owed(which, now);
        let ready = owed.iter().find(|owed| owed.at <= now);
        ready.or_else(|| owed.iter().min_by_key(|owed| owed.at)).cloned()
    }

    /// Everything the lane owes at this moment, the most important first. What a person's case holds is not among it.
    pub fn owed(&self, which: Which, now: Timestamp) -> Vec<Owed> {
        match which {
            Which::Tell => self.owed_notices(),
            Which::Work => {
                let mut owed: Vec<Owed> = self.owed_brake().into_iter().collect();
                owed.extend(self.owed_revokes());
                owed.extend(self.owed_looks());
                owed.extend(
                    self.payments
                        .iter()
                        .filter_map(|payment| self.owed_return(payment, now)),
                );
                owed.extend(self.owed_delivery());
                owed.extend(self.owed_question_to_stripe());
                owed.extend(
                    self.payments
                        .iter()
                        .filter_map(|payment| self.owed_question_about(payment)),
                );
                owed.extend(self.owed_words());
                owed
            }
        }
    }

    /// When somebody must look at the order even if every message is lost; none: it is at rest.
    pub fn due(&self) -> Option<Timestamp> {
        let lanes = Which::ALL.into_iter().filter_map(|which| self.due_in(which));
        let stands = self.stands_until().map(|until| until.max(self.written_at).plus(GRACE));
        lanes.chain(stands).min()
    }

    /// The same for one lane.
    pub(crate) fn due_in(&self, which: Which) -> Option<Timestamp> {
        let due = match &self.lane(which).intent {
            Some(intent) => Some(intent.lease_until),
            None => self.owed(which, self.written_at).iter().map(|owed| owed.at).min(),
        };
        Some(due?.max(self.written_at).plus(GRACE))
    }

    /// Who has something to do now: whoever is owed an effect, or must find out about a lapsed one.
    pub fn wanted(&self, now: Timestamp) -> Vec<Performer> {
        Which::ALL
            .into_iter()
            .filter_map(|which| self.wanted_in(which, now))
            .collect()
    }

    fn wanted_in(&self, which: Which, now: Timestamp) -> Option<Performer> {
        match &self.lane(which).intent {
            Some(intent) if now < intent.lease_until => None,
            Some(intent) => Some(intent.effect.performer()),
            None => self
                .next(which, now)
                .filter(|owed| owed.at <= now)
                .map(|owed| owed.effect.performer()),
        }
    }

    /// Before the first effect of an undo.
    fn owed_brake(&self) -> Option<Owed> {
        let something =
            self.still_to_take_back() || self.own_payment().is_some_and(|own| own.return_outstanding().is_some());
        let at = self.work.free_at(&Subject::Undo)?;
        (self.at_the_brake() && something).then_some(Owed {
            effect: Effect::PassBrake,
            at,
        })
    }

    fn owed_revokes(&self) -> Vec<Owed> {
        let braked = self.at_the_brake();
        let revoke = |step: &Step| {
            let mut objects = self.to_revoke(*step);
            if braked {
                // What is surplus goes in every state; what the undo takes waits.
                objects.retain(|object| {
                    self.receipts
                        .iter()
                        .any(|known| known.object == *object && known.surplus)
                });
            }
            objects.truncate(REVOKED_AT_ONCE);
            let at = self.work.free_at(&Subject::Revoke(*step))?;
            (!objects.is_empty()).then_some(Owed {
                effect: Effect::Revoke { step: *step, objects },
                at,
            })
        };
        self.product.steps.iter().rev().filter_map(revoke).collect()
    }

    /// An uncertain create keeps the order from rest in every state, `Delivered` included.
    fn owed_looks(&self) -> Vec<Owed> {
        let look = |mark: &crate::receipt::Uncertain| {
            let at = self.work.free_at(&Subject::Step(mark.step))?;
            Some(Owed {
                effect: Effect::LookFor(mark.step),
                at,
            })
        };
        self.uncertain.iter().filter_map(look).collect()
    }

    fn owed_return(&self, payment: &Payment, now: Timestamp) -> Option<Owed> {
        let ask = |at| Owed {
            effect: Effect::AskReturn(payment.id.clone()),
            at,
        };
        let subject = Subject::Return(payment.id.clone());
        if payment.unexplained_minor.is_some() {
            // A question moves no money: a person's hold does not keep it back.
            let tries = self.work.tries(&subject);
            return Some(ask(tries.map_or(Timestamp::default(), |tries| tries.not_before)));
        }
        if payment.in_doubt() {
            return Some(ask(self.work.free_at(&subject)?));
        }
        if payment.disputed() {
            // The bank decides about this money; whatever we sent now could be paid twice.
            return None;
        }
        let free_at = self.work.free_at(&subject)?;
        let Some(owed) = payment.return_outstanding() else {
            // Stripe has it and may still change its mind: ask, since an event may never come.
            let every = Duration::from_secs(self.policy.limits.ask_return_every_seconds);
            let told = payment.refunds.iter().map(|refund| refund.at).max();
            let at = told.max(payment.listed_at).unwrap_or_default().plus(every);
            return (payment.gone() && !payment.gone_for_good()).then(|| ask(at.max(free_at)));
        };
        if payment.role == Role::Own && self.at_the_brake() {
            return None;
        }
        if owed.worn(now) {
            return Some(ask(free_at));
        }
        let at = match (payment.role, &self.undo) {
            (Role::Own, Some(undo)) if self.still_to_take_back() => {
                undo.decided_at.plus(self.policy.money_back_after()).max(free_at)
            }
            (Role::Own | Role::Surplus, _) => free_at,
        };
        Some(Owed {
            effect: Effect::ReturnMoney(payment.id.clone()),
            at,
        })
    }

    /// Something made, or possibly made, or being made, is not known to be gone.
    pub(crate) fn still_to_take_back(&self) -> bool {
        let being_made = |intent: &Intent| matches!(intent.effect, Effect::Deliver(_));
        self.work.intent.as_ref().is_some_and(being_made)
            || !self.uncertain.is_empty()
            || self.product.steps.iter().any(|step| !self.to_revoke(*step).is_empty())
    }

    fn owed_delivery(&self) -> Option<Owed> {
        match self.state {
            State::Delivering { .. } => {
                let step = *self.product.steps.iter().find(|step| self.winner(**step).is_none())?;
                let certain = self.uncertain(step).is_none();
                let at = self.work.free_at(&Subject::Step(step))?;
                certain.then_some(Owed {
                    effect: Effect::Deliver(step),
                    at,
                })
            }
            State::Capturing { .. } => {
                let payment = self.own_payment().filter(|own| own.held().is_some())?;
                let at = self.work.free_at(&Subject::Capture(payment.id.clone()))?;
                Some(Owed {
                    effect: Effect::Capture(payment.id.clone()),
                    at,
                })
            }
            State::AwaitingPayment
            | State::PaymentPending { .. }
            | State::Delivered { .. }
            | State::Undoing { .. }
            | State::Returning { .. }
            | State::Undone { .. }
            | State::WithPerson { .. }
            | State::Closed { .. } => None,
        }
    }

    /// No word about the payment page: the event may never have been sent.
    fn owed_question_to_stripe(&self) -> Option<Owed> {
        if !self.state.awaits_payment() {
            return None;
        }
        let first = self
            .created_at
            .plus(Duration::from_secs(self.policy.limits.ask_session_after_seconds));
        Some(Owed {
            effect: Effect::AskSession,
            at: self.work.free_at(&Subject::Session)?.max(first),
        })
    }

    /// A hold that should have lapsed by now, and a dispute that should have ended: the word of it may have been lost.
    fn owed_question_about(&self, payment: &Payment) -> Option<Owed> {
        let about = Subject::Payment(payment.id.clone());
        let free_at = self.work.free_at(&about)?;
        if let Some(open) = payment.disputes.iter().find(|dispute| payment.waits(dispute)) {
            return Some(Owed {
                effect: Effect::AskDisputes(payment.id.clone()),
                at: free_at.max(open.at),
            });
        }
        let hold = payment.held().filter(|_| payment.return_outstanding().is_none())?;
        Some(Owed {
            effect: Effect::AskPayment(payment.id.clone()),
            at: free_at.max(hold.ask_at()),
        })
    }

    /// Why somebody returned money by hand: Stripe shall show it, once a person has said it.
    fn owed_words(&self) -> impl Iterator<Item = Owed> {
        let owed = |refund: &&Refund| {
            let written = refund.words.as_ref().map(|words| words.written);
            written == Some(Written::Owed)
        };
        let of = move |payment: &Payment, refund: &Refund| {
            let at = self.work.free_at(&Subject::Annotate(refund.id.clone()))?;
            let (payment, refund) = (payment.id.clone(), refund.id.clone());
            Some(Owed {
                effect: Effect::Annotate { payment, refund },
                at,
            })
        };
        let payments = self.payments.iter();
        payments.flat_map(move |payment| {
            payment
                .refunds
                .iter()
                .filter(owed)
                .filter_map(move |refund| of(payment, refund))
        })
    }

    /// People first: other systems wait until nobody else is to be told.
    fn owed_notices(&self) -> Vec<Owed> {
        let owed = self.notices.iter().filter(|notice| notice.told == Told::Owed);
        let (systems, people): (Vec<&Notice>, Vec<&Notice>) = owed.partition(|notice| notice.to == Audience::Systems);
        let at = |id| self.tell.free_at(&Subject::Notice(id));
        people
            .into_iter()
            .chain(systems)
            .filter_map(|notice| {
                Some(Owed {
                    effect: Effect::Tell(notice.id),
                    at: at(notice.id)?.max(notice.owed_at),
                })
            })
            .collect()
    }
}
