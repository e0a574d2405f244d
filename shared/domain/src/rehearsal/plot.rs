//! What can be played, and what happens in it besides what the order does by itself.

use crate::case::Class;
use crate::catalogue::Settlement;
use crate::effect::Effect;
use crate::event::Event;
use crate::failure::FailureClass;
use crate::id::{DisputeId, PaymentId, RefundId};
use crate::money::Money;
use crate::notice::{Audience, Notice, Template, Told};
use crate::order::Order;
use crate::owed::Which;
use crate::payment::{DisputeStatus, Particulars, Payment, RefundStatus, Standing};
use crate::policy::{Matter, Owner, Policy};
use crate::receipt::Step;
use crate::time::Timestamp;
use crate::work::Intent;

use super::{CURTAIN, HOLD, OWN, SECOND, Stage};

/// What can happen to an order, as those see it who read what to expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Situation {
    Delivered,
    /// A step of a paid order cannot be made.
    StepFails,
    /// A step is refused while the money is only held.
    HeldAndRefused,
    /// All is delivered, and held money cannot be taken.
    CaptureFails,
    /// A second payment of the same order.
    PaidTwice,
    /// Money is owed back, and Stripe does not return it.
    ReturnFails,
    /// Stripe has a refund and does not finish it.
    RefundUnderWay,
    /// Money goes back, and what was made cannot be taken back.
    RevokeFails,
    /// All of it, after delivery.
    ReturnedByHand,
    PartByHand,
    /// The bank contests the payment of a delivered order.
    Contested,
    /// And decides for the customer.
    TakenByBank,
    /// The bank asks about a payment.
    Asked,
    /// The bank does not confirm a payment that takes days.
    NotConfirmed,
    /// The mail server does not take the customer's address.
    MailRefused,
    /// A step fails for many orders, and then works again.
    Outage,
    /// More orders than usual want to be undone.
    ManyUndone,
    /// Nobody decides a case.
    Undecided,
    /// Nobody answers the test alert of a day.
    TestAlert,
    /// The bank says nothing of a payment that takes days, for longer than the policy allows.
    StandsTooLong,
    /// One order more than the policy allows has a mail left unsent on one day.
    LeftUntold,
    /// A week is over.
    Weekly,
    /// The policy answers something as it never did before.
    FirstTime,
}

/// One run: what happens, and what fails meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Play {
    pub situation: Situation,
    pub fails: Option<(Matter, FailureClass)>,
}

/// The first row of this owner's that an order can come to.
fn first_of(policy: &Policy, owner: Owner) -> Option<Matter> {
    let steps = policy.steps().into_iter().map(Matter::Step);
    let owned = |matter: &Matter| policy.row(*matter).is_some_and(|row| row.owner() == owner);
    steps.chain([Matter::ReturnMoney]).find(owned)
}

/// Every way in which the situation can come about under this policy.
pub fn plays(policy: &Policy, situation: Situation) -> Vec<Play> {
    let play = |fails| Play { situation, fails };
    let each = |matter: Matter| FailureClass::ALL.map(|class| play(Some((matter, class))));
    let steps = policy.steps().into_iter().map(Matter::Step);
    match situation {
        Situation::StepFails => steps.flat_map(each).collect(),
        Situation::HeldAndRefused => steps.map(|step| play(Some((step, FailureClass::Rejected)))).collect(),
        Situation::CaptureFails => each(Matter::Capture).to_vec(),
        Situation::ReturnFails => each(Matter::ReturnMoney).to_vec(),
        Situation::RevokeFails => each(Matter::Revoke).to_vec(),
        Situation::FirstTime => {
            let owned = Owner::ALL.into_iter().filter_map(|owner| first_of(policy, owner));
            owned
                .map(|matter| play(Some((matter, FailureClass::Rejected))))
                .collect()
        }
        Situation::MailRefused => vec![play(Some((Matter::Tell, FailureClass::Rejected)))],
        Situation::Delivered
        | Situation::PaidTwice
        | Situation::RefundUnderWay
        | Situation::ReturnedByHand
        | Situation::PartByHand
        | Situation::Contested
        | Situation::TakenByBank
        | Situation::Asked
        | Situation::NotConfirmed
        | Situation::Outage
        | Situation::ManyUndone
        | Situation::Undecided
        | Situation::TestAlert
        | Situation::StandsTooLong
        | Situation::LeftUntold
        | Situation::Weekly => vec![play(None)],
    }
}

impl Situation {
    /// What has happened before, and is a matter of its own.
    pub fn follows(self) -> Option<Self> {
        match self {
            Self::PaidTwice
            | Self::ReturnedByHand
            | Self::PartByHand
            | Self::Contested
            | Self::Asked
            | Self::Outage => Some(Self::Delivered),
            Self::TakenByBank => Some(Self::Contested),
            Self::RevokeFails | Self::Undecided => Some(Self::ReturnedByHand),
            Self::Delivered
            | Self::StepFails
            | Self::HeldAndRefused
            | Self::CaptureFails
            | Self::ReturnFails
            | Self::RefundUnderWay
            | Self::NotConfirmed
            | Self::MailRefused
            | Self::ManyUndone
            | Self::TestAlert
            | Self::StandsTooLong
            | Self::LeftUntold
            | Self::Weekly
            | Self::FirstTime => None,
        }
    }

    pub fn settlement(self) -> Settlement {
        match self {
            Self::HeldAndRefused | Self::CaptureFails => Settlement::AuthoriseFirst,
            Self::Delivered
            | Self::StepFails
            | Self::PaidTwice
            | Self::ReturnFails
            | Self::RefundUnderWay
            | Self::RevokeFails
            | Self::ReturnedByHand
            | Self::PartByHand
            | Self::Contested
            | Self::TakenByBank
            | Self::Asked
            | Self::NotConfirmed
            | Self::MailRefused
            | Self::Outage
            | Self::ManyUndone
            | Self::Undecided
            | Self::TestAlert
            | Self::StandsTooLong
            | Self::LeftUntold
            | Self::Weekly
            | Self::FirstTime => Settlement::ChargeFirst,
        }
    }
}

/// A part of the price: what goes back by hand, or is paid in place of it.
pub fn part_of(price: Money) -> Money {
    Money::new(price.minor / 4, price.currency)
}

/// A word to people. That a case is said again is a matter of its own.
pub(super) fn is_shown(situation: Situation, notice: &Notice) -> bool {
    let again = matches!(notice.template, Template::Reminder { .. });
    notice.to != Audience::Systems && (!again || situation == Situation::Undecided)
}

fn is_reminded(notice: &Notice) -> bool {
    matches!(notice.template, Template::Reminder { .. }) && notice.told != Told::Owed
}

/// Some case is a person's, or nothing is left to do.
fn has_come(order: &Order, now: Timestamp) -> bool {
    let first = |class| class != Class::ReturnedAfterDelivery;
    order.cases.iter().any(|case| first(case.class)) || order.next(Which::Work, now).is_none()
}

impl Stage<'_> {
    /// From the payment on.
    pub(super) fn plays(&mut self, price: Money) {
        match self.play.situation {
            Situation::Delivered | Situation::MailRefused => self.is_paid(price),
            Situation::StepFails => {
                self.is_paid(price);
                self.waits(has_come);
            }
            Situation::HeldAndRefused | Situation::CaptureFails => {
                self.stands(Standing::Held {
                    amount: price,
                    capture_before: Some(CURTAIN.plus(HOLD)),
                });
                self.waits(has_come);
            }
            Situation::PaidTwice => {
                self.is_paid(price);
                self.pays(SECOND, price);
            }
            // Automation undoes an order for another amount under every policy.
            Situation::ReturnFails | Situation::RefundUnderWay => {
                self.pays(OWN, part_of(price));
                self.waits(has_come);
            }
            Situation::RevokeFails => {
                self.is_paid(price);
                self.is_refunded(price);
                self.waits(has_come);
            }
            Situation::ReturnedByHand => {
                self.is_paid(price);
                self.is_refunded(price);
            }
            Situation::PartByHand => {
                self.is_paid(price);
                self.is_refunded(part_of(price));
            }
            Situation::Contested => self.is_asked(price, &[DisputeStatus::Open]),
            Situation::TakenByBank => self.is_asked(price, &[DisputeStatus::Open, DisputeStatus::Lost]),
            Situation::Asked => self.is_asked(price, &[DisputeStatus::Inquiry]),
            Situation::NotConfirmed => {
                self.stands(Standing::Processing);
                self.stands(Standing::NotPaid);
            }
            Situation::Outage => {
                self.is_paid(price);
                let (step, since) = (Step::Account, self.now);
                for over in [false, true] {
                    self.happens(&Event::OutageSeen { step, since, over });
                }
            }
            Situation::ManyUndone => self.pays(OWN, part_of(price)),
            Situation::Undecided => {
                self.is_paid(price);
                self.is_refunded(price);
                self.waits(|order, _now| order.notices.iter().any(is_reminded));
            }
            Situation::StandsTooLong => {
                self.stands(Standing::Processing);
                self.waits(|order, _now| !order.cases.is_empty());
            }
            Situation::TestAlert | Situation::LeftUntold | Situation::Weekly | Situation::FirstTime => {}
        }
    }

    fn happens(&mut self, event: &Event) {
        self.learns(event);
        self.settles();
    }

    fn pays(&mut self, payment: &str, amount: Money) {
        self.happens(&Event::PaymentCaptured {
            payment: PaymentId::new(payment),
            amount,
        });
    }

    fn is_paid(&mut self, price: Money) {
        self.pays(OWN, price);
    }

    fn stands(&mut self, standing: Standing) {
        self.happens(&Event::PaymentSeen {
            attempt: None,
            payment: PaymentId::new(OWN),
            standing,
        });
    }

    fn is_refunded(&mut self, amount: Money) {
        self.happens(&Event::RefundSeen {
            payment: PaymentId::new(OWN),
            refund: RefundId::new("re_by_hand"),
            amount_minor: amount.minor,
            status: RefundStatus::Succeeded,
            told: Particulars::default(),
        });
    }

    fn is_asked(&mut self, price: Money, comes: &[DisputeStatus]) {
        self.is_paid(price);
        for status in comes {
            self.happens(&Event::DisputeSeen {
                payment: PaymentId::new(OWN),
                dispute: DisputeId::new("dp_example"),
                amount_minor: price.minor,
                status: *status,
            });
        }
    }

    /// What Stripe answers.
    pub(super) fn stripe(&mut self, intent: &Intent, id: &PaymentId) -> Event {
        let attempt = intent.attempt;
        let Some(payment) = self.order.payments.iter().find(|payment| payment.id == *id) else {
            return Event::AttemptLapsed { attempt };
        };
        let seen = |standing| Event::PaymentSeen {
            attempt: Some(attempt),
            payment: id.clone(),
            standing,
        };
        match &intent.effect {
            Effect::Capture(_) => match (self.fails(Matter::Capture), payment.stake()) {
                (None, Some(amount)) => seen(Standing::Captured { amount }),
                (failure, _) => Event::CaptureFailed {
                    attempt,
                    payment: id.clone(),
                    failure: failure.unwrap_or(super::SILENCE),
                },
            },
            Effect::ReturnMoney(_) => match (self.fails(Matter::ReturnMoney), &payment.owed) {
                (None, Some(_)) if payment.captured.is_none() => seen(Standing::Canceled { lapsed: false }),
                (None, Some(owed)) => Event::MoneyReturned {
                    attempt,
                    payment: id.clone(),
                    refund: RefundId::new("re_example"),
                    amount_minor: owed.amount.minor,
                    status: if self.play.situation == Situation::RefundUnderWay {
                        RefundStatus::Pending
                    } else {
                        RefundStatus::Succeeded
                    },
                    told: Particulars::default(),
                },
                (failure, _) => Event::ReturnFailed {
                    attempt,
                    payment: id.clone(),
                    failure: failure.unwrap_or(super::SILENCE),
                },
            },
            Effect::AskDisputes(_) => Event::DisputesListed {
                attempt,
                payment: id.clone(),
                disputes: payment
                    .disputes
                    .iter()
                    .map(|known| (known.id.clone(), known.amount_minor, known.status))
                    .collect(),
            },
            Effect::Deliver(_)
            | Effect::LookFor(_)
            | Effect::PassBrake
            | Effect::Revoke { .. }
            | Effect::Annotate { .. }
            | Effect::AskSession
            | Effect::AskPayment(_)
            | Effect::AskReturn(_)
            | Effect::Tell(_) => match hold(payment) {
                Some(standing) => seen(standing),
                None => Event::RefundsListed {
                    attempt,
                    payment: id.clone(),
                    refunds: payment
                        .refunds
                        .iter()
                        .map(|known| (known.id.clone(), known.amount_minor, known.status, known.told.clone()))
                        .collect(),
                },
            },
        }
    }
}

/// Stripe says of a hold what we know of it.
fn hold(payment: &Payment) -> Option<Standing> {
    let hold = payment.hold.as_ref().filter(|_| payment.captured.is_none())?;
    Some(match payment.canceled {
        Some(canceled) => Standing::Canceled {
            lapsed: canceled.lapsed,
        },
        None => Standing::Held {
            amount: hold.amount,
            capture_before: hold.capture_before,
        },
    })
}
