//! Something a person must be told. It is owed by the write that causes it, and every end of it is recorded.

use serde::{Deserialize, Serialize};

use crate::case::Class;
use crate::id::{CaseId, PaymentId};
use crate::order::{Order, State};
use crate::receipt::Step;
use crate::time::Timestamp;
use crate::work::Subject;

/// Who must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Customer,
    Finance,
    CustomerService,
    Ops,
    /// Other systems, by announcements: no person reads them.
    Systems,
}

impl Audience {
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Finance => "finance",
            Self::CustomerService => "customer_service",
            Self::Ops => "ops",
            Self::Systems => "systems",
        }
    }
}

/// What other systems are told of an order, once each time that it comes to stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    Delivered,
    Undone,
    WithPerson,
}

impl Announcement {
    pub const ALL: [Self; 3] = [Self::Delivered, Self::Undone, Self::WithPerson];

    /// The word that other systems read: a part of the schema, never to be changed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "OrderDelivered",
            Self::Undone => "OrderUndone",
            Self::WithPerson => "OrderWithPerson",
        }
    }

    /// What is announced of an order that stands there; most places are nobody else's matter.
    pub fn of(state: &State) -> Option<Self> {
        match state {
            State::Delivered { .. } => Some(Self::Delivered),
            State::Undone { .. } => Some(Self::Undone),
            State::WithPerson { .. } => Some(Self::WithPerson),
            State::AwaitingPayment
            | State::PaymentPending { .. }
            | State::Delivering { .. }
            | State::Capturing { .. }
            | State::Undoing { .. }
            | State::Returning { .. }
            | State::Closed { .. } => None,
        }
    }
}

/// What they must be told: a template and its parameters, never text. Facts stand in the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// The order is delivered.
    Ready,
    /// This payment is on its way back.
    Returned { payment: PaymentId },
    /// Money that is owed back is still with us, and a person sees to it.
    ReturnFailed { payment: PaymentId },
    /// A person looks at it.
    WithPerson { case: CaseId },
    /// Nobody has decided it yet.
    Reminder { case: CaseId },
    /// The bank did not confirm the payment: nothing is charged and nothing is delivered.
    NotPaid,
    /// An order without a price could not be delivered.
    NothingDelivered,
    /// The step fails for many orders, of which this is one.
    Outage { step: Step, since: Timestamp },
    /// It works again.
    OutageOver { step: Step, since: Timestamp },
    /// For other systems alone.
    Announce(Announcement),
}

/// The told ledger's line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub id: u32,
    pub to: Audience,
    pub template: Template,
    pub owed_at: Timestamp,
    pub told: Told,
}

impl Notice {
    /// The class of cases that it wakes operations for; none where it is no such alert.
    pub fn alert_class(&self, order: &Order) -> Option<Class> {
        match &self.template {
            _ if self.to != Audience::Ops => None,
            Template::WithPerson { case } | Template::Reminder { case } => {
                let case = order.cases.iter().find(|known| known.id == *case);
                case.map(|case| case.class)
            }
            Template::ReturnFailed { .. } => Some(Class::ReturnStuck),
            Template::Ready
            | Template::Returned { .. }
            | Template::NotPaid
            | Template::NothingDelivered
            | Template::Outage { .. }
            | Template::OutageOver { .. }
            | Template::Announce(_) => None,
        }
    }

    /// Who does not get it does not know what became of money, or that it is in a person's hands. A reminder is said again
    /// by itself.
    pub fn is_about_money_or_case(&self) -> bool {
        match &self.template {
            Template::Returned { .. } | Template::ReturnFailed { .. } | Template::WithPerson { .. } => true,
            Template::Ready
            | Template::Reminder { .. }
            | Template::NotPaid
            | Template::NothingDelivered
            | Template::Outage { .. }
            | Template::OutageOver { .. }
            | Template::Announce(_) => false,
        }
    }

    /// Whose row says by when it is told; none: no row's.
    pub fn about(&self, order: &Order) -> Option<Subject> {
        match &self.template {
            Template::WithPerson { case } | Template::Reminder { case } => {
                order.cases.iter().find(|known| known.id == *case)?.subject.clone()
            }
            Template::Returned { payment } | Template::ReturnFailed { payment } => {
                Some(Subject::Return(payment.clone()))
            }
            Template::Ready
            | Template::NotPaid
            | Template::NothingDelivered
            | Template::Outage { .. }
            | Template::OutageOver { .. }
            | Template::Announce(_) => None,
        }
    }

    /// By then it has reached whom it is for, or is late.
    pub fn by(&self, order: &Order) -> Timestamp {
        self.owed_at.plus(order.policy.told_within(self.about(order).as_ref()))
    }

    /// A reminder that is not due says nothing about anybody yet.
    pub fn is_idle(&self) -> bool {
        matches!(self.template, Template::Reminder { .. }) && matches!(self.told, Told::Owed | Told::Overtaken(_))
    }

    /// What it announces; none where it is a message to people.
    pub fn announces(&self) -> Option<Announcement> {
        match &self.template {
            Template::Announce(said) => Some(*said),
            Template::Ready
            | Template::Returned { .. }
            | Template::ReturnFailed { .. }
            | Template::WithPerson { .. }
            | Template::Reminder { .. }
            | Template::NotPaid
            | Template::NothingDelivered
            | Template::Outage { .. }
            | Template::OutageOver { .. } => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    Owed,
    /// The mail server, the alert channel or the topic took it.
    Accepted(Timestamp),
    /// Said with the alert that stands for its class of cases.
    Covered(Timestamp),
    /// The reply was lost: it may have been sent, and sending it again would be telling twice.
    Unknown(Timestamp),
    /// The facts went on before it was sent: it would not have been true any more.
    Overtaken(Timestamp),
    /// Refused, or tried until the policy's end: Customer Service sees the address.
    GivenUp(Timestamp),
    /// It was taken, and came back later: whoever it was for has not read it.
    Bounced(Timestamp),
    /// Whoever was told says that they have seen it.
    Acknowledged {
        at: Timestamp,
        by: String,
    },
    /// A person says that it need not be sent, or that they told it otherwise.
    Waived {
        at: Timestamp,
        by: String,
        reason: String,
    },
}

/// What a person, or the mail system, says about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The mail that was sent at that time came back.
    Bounced {
        sent_at: Timestamp,
    },
    Acknowledged {
        by: String,
    },
    Waived {
        by: String,
        reason: String,
    },
}
