//! One purchase by one buyer.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::audit::Difference;
use crate::because::{Back, Because, By};
use crate::case::CaseRef;
use crate::catalogue::Product;
use crate::history::{Entry, What, note};
use crate::id::{CaseId, ObjectId, OrderId, PublicToken, SessionId};
use crate::money::Money;
use crate::notice::Notice;
use crate::payment::{Payment, Role};
use crate::policy::Policy;
use crate::receipt::{Receipt, Step, Uncertain};
use crate::time::Timestamp;
use crate::work::{Lane, Subject};

/// Who buys. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    pub name: String,
    pub email: String,
    /// What the team shall be called.
    pub team: String,
}

impl std::fmt::Debug for Buyer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Buyer(..)")
    }
}

impl Buyer {
    /// `j***@example.com`: enough to recognise, too little to write to.
    pub fn masked_email(&self) -> String {
        match self.email.split_once('@') {
            Some((local, domain)) => format!("{}•••@{domain}", local.chars().take(1).collect::<String>()),
            None => "•••".to_owned(),
        }
    }
}

/// The Session: asked for with these parameters, so that asking again asks for the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// Part of the idempotency key: moves on when the old key may replay a saved error.
    pub generation: u32,
    pub expires_at: Timestamp,
    pub session: Option<Session>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub url: Arc<str>,
}

/// Where the order stands. What each state owes is in [`crate::owed`]; where it leads is in [`crate::decide`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No money yet.
    AwaitingPayment,
    /// The buyer has done everything; the money comes later (delayed methods).
    PaymentPending { since: Timestamp },
    /// Money is here or held; the steps are being made.
    Delivering { since: Timestamp },
    /// Delivered; the held money is being taken.
    Capturing { since: Timestamp },
    /// Everything came true.
    Delivered { at: Timestamp },
    /// Taking back and giving back, each at its own pace.
    Undoing { since: Timestamp },
    /// All is taken back; Stripe has the refund, and it is not final.
    Returning { since: Timestamp },
    /// Nothing is left of the order: no access, no money.
    Undone { at: Timestamp },
    /// A person decides; nothing is done about the case's own subject until then.
    WithPerson { since: Timestamp, case: CaseId },
    /// Ended without holding money.
    Closed { at: Timestamp, why: ClosedWhy },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedWhy {
    /// Nobody paid.
    Unpaid,
    /// The buyer finished the page, and the bank did not confirm the payment.
    NotConfirmed,
    /// A person dealt with it outside, and said so.
    SettledByPerson,
}

impl State {
    /// Nobody has paid yet, and somebody still may.
    pub fn awaits_payment(&self) -> bool {
        match self {
            Self::AwaitingPayment | Self::PaymentPending { .. } => true,
            Self::Delivering { .. }
            | Self::Capturing { .. }
            | Self::Delivered { .. }
            | Self::Undoing { .. }
            | Self::Returning { .. }
            | Self::Undone { .. }
            | Self::WithPerson { .. }
            | Self::Closed { .. } => false,
        }
    }

    /// Since when it stands there; none: since it was placed.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::AwaitingPayment => None,
            Self::PaymentPending { since }
            | Self::Delivering { since }
            | Self::Capturing { since }
            | Self::Undoing { since }
            | Self::Returning { since }
            | Self::WithPerson { since, .. } => Some(*since),
            Self::Delivered { at } | Self::Undone { at } | Self::Closed { at, .. } => Some(*at),
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::AwaitingPayment => "AwaitingPayment",
            Self::PaymentPending { .. } => "PaymentPending",
            Self::Delivering { .. } => "Delivering",
            Self::Capturing { .. } => "Capturing",
            Self::Delivered { .. } => "Delivered",
            Self::Undoing { .. } => "Undoing",
            Self::Returning { .. } => "Returning",
            Self::Undone { .. } => "Undone",
            Self::WithPerson { .. } => "WithPerson",
            Self::Closed { .. } => "Closed",
        }
    }
}

/// Once decided, the order's direction is back for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    pub because: Because,
    pub decided_at: Timestamp,
    /// The brake has let it begin.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub passed: bool,
}

/// One item; one transition is one conditional write on `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    pub token: PublicToken,
    pub version: u64,
    pub created_at: Timestamp,
    /// When this version was written, and the event that it was written for: whoever reads an item sees why it is so.
    pub written_at: Timestamp,
    #[serde(default)]
    pub written_for: Cow<'static, str>,
    pub buyer: Arc<Buyer>,
    /// Frozen at the order's creation, as is the policy.
    pub product: Arc<Product>,
    pub policy: Arc<Policy>,
    pub checkout: Checkout,
    pub state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<Payment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<Receipt>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncertain: Vec<Uncertain>,
    #[serde(default)]
    pub work: Lane,
    #[serde(default)]
    pub tell: Lane,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseRef>,
    /// Messages about this order that died since a person last decided.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dead_letters: u32,
    pub history: Vec<Entry>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Order {
    /// A new order, before any money. `expires_at` is what Stripe is asked for, and is kept so that a retry asks the same.
    pub fn new(
        id: OrderId,
        token: PublicToken,
        buyer: Buyer,
        product: Product,
        policy: Policy,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        let mut history = Vec::new();
        note(&mut history, now, What::Ordered, None);
        Self {
            id,
            token,
            version: 1,
            created_at: now,
            written_at: now,
            written_for: Cow::Borrowed("Ordered"),
            buyer: Arc::new(buyer),
            product: Arc::new(product),
            policy: Arc::new(policy),
            checkout: Checkout {
                generation: 1,
                expires_at,
                session: None,
            },
            state: State::AwaitingPayment,
            undo: None,
            payments: Vec::new(),
            receipts: Vec::new(),
            uncertain: Vec::new(),
            work: Lane::default(),
            tell: Lane::default(),
            notices: Vec::new(),
            cases: Vec::new(),
            dead_letters: 0,
            history,
        }
    }

    /// The payment that this order is delivered for, once there is one.
    pub fn own_payment(&self) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.role == Role::Own)
    }

    /// This object is among its receipts, whatever became of it.
    pub fn knows(&self, step: Step, object: &ObjectId) -> bool {
        let mut receipts = self.receipts.iter();
        receipts.any(|receipt| receipt.step == step && receipt.object == *object)
    }

    /// It is old enough to come from a backup, and to know nothing of what was made since. No table is restored within
    /// so short a time.
    pub fn may_be_restored(&self, now: Timestamp) -> bool {
        const RESTORED_MIN: Duration = Duration::from_secs(900);
        now.since(self.created_at) >= RESTORED_MIN
    }

    /// Automation decided to undo it, and the brake has not let it begin. What a person decided, or where the money is
    /// gone already, needs no brake.
    pub(crate) fn at_the_brake(&self) -> bool {
        let gone = self.own_payment().is_some_and(Payment::gone);
        let waits = |undo: &Undo| !undo.passed && *undo.because.by() == By::Automation;
        self.undo.as_ref().is_some_and(waits) && !gone
    }

    /// It wanted to pass the brake and was told to wait.
    pub fn waits_at_the_brake(&self) -> bool {
        self.at_the_brake() && self.history.iter().any(|entry| entry.what == What::UndoWaits)
    }

    /// The money that a case about this is about.
    pub fn money_at_stake(&self, subject: Option<&Subject>) -> Option<Money> {
        match subject {
            Some(Subject::Audit(found)) => self.money_of(found),
            about => self.payment_at_stake(about).and_then(Payment::stake),
        }
    }

    pub(crate) fn payment_at_stake(&self, subject: Option<&Subject>) -> Option<&Payment> {
        match subject {
            Some(Subject::Return(id) | Subject::Capture(id) | Subject::Payment(id)) => {
                self.payments.iter().find(|payment| payment.id == *id)
            }
            Some(
                Subject::Step(_)
                | Subject::Undo
                | Subject::Revoke(_)
                | Subject::Annotate(_)
                | Subject::Session
                | Subject::Notice(_)
                | Subject::Audit(_),
            )
            | None => self.own_payment(),
        }
    }

    /// The money that an audit's finding is about.
    pub(crate) fn money_of(&self, found: &Difference) -> Option<Money> {
        match found {
            Difference::Money { minor, .. } => Some(Money::new(minor.abs(), self.product.price.currency)),
            Difference::Missing { .. } | Difference::Left { .. } => self.own_payment().and_then(Payment::stake),
        }
    }

    /// What the order's own money is, and whether it is only held.
    pub fn money_in_hand(&self) -> (Money, bool) {
        let own = self.own_payment();
        let amount = own.and_then(Payment::stake).unwrap_or(self.product.price);
        (amount, own.is_some_and(|own| own.held().is_some()))
    }

    /// What an undo that is decided now does about the order's own money.
    pub fn money_back(&self) -> Back {
        let Some(own) = self.own_payment() else {
            return Back::Nothing;
        };
        match (own.captured, own.remaining()) {
            (None, Some(held)) => Back::Released(held),
            (Some(_), Some(rest)) if rest.minor == 0 => Back::Nothing,
            (Some(all), Some(rest)) if rest != all => Back::Rest(rest),
            (Some(all), _) => Back::Full(all),
            (None, None) => Back::Nothing,
        }
    }

    /// The object that makes the step true: the first that was recorded and still stands.
    pub fn winner(&self, step: Step) -> Option<&Receipt> {
        self.receipts
            .iter()
            .find(|receipt| receipt.step == step && !receipt.surplus && receipt.stands())
    }

    pub fn uncertain(&self, step: Step) -> Option<&Uncertain> {
        self.uncertain.iter().find(|mark| mark.step == step)
    }

    /// Objects of the step that must be taken back: surplus ones always, the others once undo is decided. Never what
    /// was found.
    pub fn to_revoke(&self, step: Step) -> Vec<ObjectId> {
        self.receipts
            .iter()
            .filter(|receipt| receipt.step == step && receipt.stands() && !receipt.left)
            .filter(|receipt| receipt.origin == crate::receipt::Origin::Made)
            .filter(|receipt| receipt.surplus || self.undo.is_some())
            .map(|receipt| receipt.object.clone())
            .collect()
    }

    pub fn open_case(&self, case: &CaseId) -> Option<&CaseRef> {
        self.cases
            .iter()
            .find(|known| known.id == *case && known.resolved.is_none())
    }

    /// Last part of the status page's address.
    pub fn slug(&self) -> String {
        format!("{}.{}", self.id, self.token.reveal())
    }

    /// What people quote: `MG-3F9A-21C4`.
    pub fn reference(&self) -> String {
        self.id.reference()
    }

    pub(crate) fn note(&mut self, at: Timestamp, what: What) {
        note(&mut self.history, at, what, None);
    }
}
