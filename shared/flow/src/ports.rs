//! What we need from the world. There are two worlds: AWS with Stripe and an identity provider, and the one that the
//! tests make up. Each trait is one permission: a function's handler names the ports that it needs, and its role allows
//! no more.

#![expect(
    async_fn_in_trait,
    reason = "every world runs on one thread, so no future needs to be Send"
)]

mod people;

use std::time::Duration;

use domain::Timestamp;
use domain::audit::access::There;
use domain::audit::{Round, Taken};
use domain::bookmark::{Turned, Window};
use domain::breaker::Breaker;
use domain::case::Case;
use domain::control::Item;
use domain::effect::Performer;
use domain::failure::Failure;
use domain::finance::Figures;
use domain::first::First;
use domain::id::{DisputeId, ObjectId, OrderId, PaymentId};
use domain::money::Money;
use domain::notice::Notice;
use domain::order::{Order, Session};
use domain::payment::{DisputeStatus, Payment, Refund, Return, Standing, Stated};
use domain::policy::Owner;
use domain::receipt::{Origin, Step};
use domain::sought::Sought;
use domain::unsent::Unsent;
use domain::wording::ClassAlert;
use domain::work::Attempt;

pub use people::{Archive, KnownBy, Listed, Lists, LookUp, OpenCases, Orders};

use crate::learn::Word;

/// Our own store or queue did not do what it should: nothing is certain but what a later look will show. Handlers pass
/// it on, so that the message comes again.
#[derive(Debug)]
pub struct Trouble {
    /// What we wanted, for the log: "load order".
    pub wanted: &'static str,
    /// What came back. Free of personal data.
    pub because: String,
}

/// What is wanted of an item that a newer version wrote.
const NEWER: &str = "read what a newer version wrote";

impl Trouble {
    /// What stands there was written by a newer version of ours, as happens while one is put in place or taken back. It is
    /// left as it is: whoever writes without understanding loses what was added.
    pub fn newer(schema: u32, known: u32) -> Self {
        Self {
            wanted: NEWER,
            because: format!("newer_schema: it has schema {schema}, and this version knows {known}"),
        }
    }

    pub fn is_newer(&self) -> bool {
        self.wanted == NEWER
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.wanted, self.because)
    }
}

impl std::error::Error for Trouble {}

pub trait Clock {
    fn now(&self) -> Timestamp;
    /// While somebody waits for our answer: seconds at most.
    async fn pause(&self, time: Duration);
}

pub trait Chance {
    /// 0 to 999.
    fn thousandths(&self) -> u16;
    fn bits(&self) -> u128;
}

/// On which version a write stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// There must be no such order yet.
    New,
    /// The order must still have this version.
    Version(u64),
}

/// What became of a write.
#[derive(Debug)]
pub enum Committed {
    Stored,
    /// Somebody else was faster: this is what stands there now.
    Conflict(Box<Order>),
}

/// Where orders live.
pub trait Ledger {
    /// # Errors
    /// When the store cannot be asked or holds something unreadable.
    async fn load(&self, id: &OrderId) -> Result<Option<Order>, Trouble>;

    /// One conditional write; with cases, one transaction. Our own write that was applied though its reply was lost
    /// counts as stored.
    ///
    /// # Errors
    /// When nobody knows whether it was stored.
    async fn commit(&self, basis: Basis, order: &Order, cases: &[Case]) -> Result<Committed, Trouble>;

    /// A case that belongs to no order; the first writing of an id stands.
    ///
    /// # Errors
    /// When nobody knows whether it was stored.
    async fn open_case(&self, case: &Case) -> Result<(), Trouble>;

    /// A case that belongs to no order, on the version before; tells whether nobody was faster.
    ///
    /// # Errors
    /// When nobody knows whether it was stored.
    async fn change_case(&self, case: &Case) -> Result<bool, Trouble>;
}

/// What concerns all orders: the brake, the budget, how far Stripe is read and held against them, and whether alerts are
/// heard. One item each.
pub trait Control {
    /// # Errors
    /// When the store cannot be asked or holds something unreadable.
    async fn control<C: Item>(&self) -> Result<C, Trouble>;

    /// Stands on the version before; tells whether nobody was faster.
    ///
    /// # Errors
    /// When nobody knows whether it was stored.
    async fn set_control<C: Item>(&self, item: &C) -> Result<bool, Trouble>;
}

/// The breakers of the steps: one item each, beside the orders.
pub trait Breakers {
    /// # Errors
    /// When the store cannot be asked or holds something unreadable.
    async fn breaker(&self, step: Step) -> Result<Breaker, Trouble>;

    /// Stands on the version before; tells whether nobody was faster.
    ///
    /// # Errors
    /// When nobody knows whether it was stored.
    async fn set_breaker(&self, step: Step, breaker: &Breaker) -> Result<bool, Trouble>;
}

/// An entry of the index of what is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    pub order: OrderId,
    pub due: Timestamp,
}

/// Number of shards of the index of what is due.
pub const SHARDS: u8 = 4;

/// From which end a backlog is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Oldest,
    Newest,
}

/// The index of what is due.
pub trait Agenda {
    /// Orders of one shard that were due before `now`.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn overdue(&self, shard: u8, now: Timestamp, end: End, limit: usize) -> Result<Vec<Overdue>, Trouble>;

    /// Moves `due` on if nobody did so since; tells whether we were the ones. The order's version stays.
    ///
    /// # Errors
    /// When nobody knows.
    async fn claim(&self, overdue: &Overdue, until: Timestamp) -> Result<bool, Trouble>;

    /// About how many nudges of old orders wait for this performer.
    ///
    /// # Errors
    /// When the queue cannot be asked.
    async fn waiting(&self, performer: Performer) -> Result<u32, Trouble>;
}

/// When a nudge is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Among what is new.
    Now,
    /// Behind what is new, and after this time: 15 minutes at most.
    Later(Duration),
}

/// Nudges: "look at this order", and nothing to believe.
pub trait Courier {
    /// # Errors
    /// When the queue did not take it. The order's `due` makes good for it.
    async fn nudge(&self, performer: Performer, order: &OrderId, when: When) -> Result<(), Trouble>;
}

/// The systems in which steps come true: the identity provider, and those of the adopter's own. `at` is when the attempt
/// began.
pub trait Provider {
    /// Makes the step come true, or finds that it is.
    async fn deliver(&self, order: &Order, step: Step, at: Timestamp) -> Result<(ObjectId, Origin), Failure>;
    /// Everything there is for this order's step. What carries this order's mark was made by it.
    async fn find(&self, order: &Order, step: Step, at: Timestamp) -> Result<Vec<(ObjectId, Origin)>, Failure>;
    /// Takes one object of this order back. Gone already is good, and so is what another order stands on by now.
    async fn revoke(&self, order: &Order, step: Step, object: &ObjectId, at: Timestamp) -> Result<(), Failure>;
    /// What is there under this name. Asking changes nothing.
    async fn there(&self, order: &Order, step: Step, object: &ObjectId, at: Timestamp) -> Result<There, Failure>;
    /// What bears the mark of any order, from this place of the list on, and where it goes on. Only the identity provider's
    /// accounts and teams can be listed.
    async fn marked(&self, step: Step, from: usize) -> Result<(Vec<(OrderId, ObjectId)>, Option<usize>), Failure>;
}

/// What Stripe says about a Session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionFacts {
    Open,
    Expired,
    /// Finished, and the money was captured.
    Paid(PaymentId, Money),
    /// Finished; the money is held, or the bank has not answered: the payment itself knows.
    Finished(PaymentId),
    /// Finished, and there was nothing to pay.
    Free,
}

/// Opening the payment page.
pub trait Cashier {
    async fn open_session(&self, order: &Order) -> Result<Session, Failure>;
}

/// Asking Stripe: no money moves.
pub trait Books {
    async fn session(&self, session: &Session) -> Result<SessionFacts, Failure>;
    /// The order that something with an id of Stripe's names, itself or by its payment. None: Stripe has no such thing, or
    /// it is not ours.
    async fn order_of(&self, named: &Sought) -> Result<Option<OrderId>, Failure>;
    /// Where the payment stands now.
    async fn payment(&self, payment: &PaymentId) -> Result<Standing, Failure>;
    /// Every refund of the payment, whoever made it.
    async fn refunds(&self, payment: &PaymentId) -> Result<Vec<Stated>, Failure>;
    /// Every dispute of the payment.
    async fn disputes(&self, payment: &PaymentId) -> Result<Vec<(DisputeId, i64, DisputeStatus)>, Failure>;
    /// One page of what Stripe made, or of what happened there.
    async fn page(&self, window: &Window) -> Result<Page, Failure>;
    /// One page of what was captured for our orders, newest first.
    async fn taken(&self, round: &Round) -> Result<TakenPage, Failure>;
}

/// Payments of which something was captured.
#[derive(Debug)]
pub struct TakenPage {
    pub taken: Vec<Taken>,
    /// There is more that is older than this payment.
    pub older_than: Option<PaymentId>,
    /// In words that we do not know.
    pub unread: u32,
}

/// One page of one of Stripe's lists, newest first.
#[derive(Debug)]
pub struct Page {
    pub words: Vec<Word>,
    pub turned: Turned,
    /// Entries that should mean something, in words that we do not know.
    pub unread: u32,
}

/// Taking held money.
pub trait Till {
    /// All that is held. Stripe captures a payment once, so each attempt has a key of its own and reads before it takes.
    async fn capture(&self, order: &Order, payment: &Payment, attempt: Attempt) -> Result<Standing, Failure>;
}

/// Giving back.
pub trait Treasury {
    /// A full refund with explicit amount and because, under a key made of order, payment and generation.
    async fn refund(&self, order: &Order, payment: &Payment, owed: &Return) -> Result<Stated, Failure>;

    /// Lets a hold go that was never captured, with its because.
    async fn void(&self, order: &Order, payment: &Payment, owed: &Return) -> Result<Standing, Failure>;

    /// Writes down why somebody made this refund by hand. Repeating it changes nothing.
    async fn annotate(&self, order: &Order, payment: &Payment, refund: &Refund) -> Result<(), Failure>;
}

/// Mail and alert.
pub trait Teller {
    async fn tell(&self, order: &Order, notice: &Notice) -> Result<(), Failure>;
    /// About a class of cases: to operations, or to the next level where nobody answered.
    async fn class_alert(&self, alert: &ClassAlert<'_>) -> Result<(), Failure>;
    /// Goes where every alert goes, to find out whether it wakes anybody.
    async fn test_alert(&self) -> Result<(), Failure>;
    /// To Finance, once a day. The same period is the same mail.
    async fn digest(&self, figures: &Figures) -> Result<(), Failure>;
    /// To Customer Service, once a week. The same period is the same mail.
    async fn unsent(&self, unsent: &Unsent) -> Result<(), Failure>;
    /// To an owner of rows of the policy: they have answered in a way that they had not used before.
    async fn first_times(&self, owner: Owner, firsts: &[First]) -> Result<(), Failure>;
}

/// What every function needs: the order, what concerns all orders, the nudge, the time.
pub trait Store: Ledger + Control + Courier + Clock + Chance {}

impl<T: Ledger + Control + Courier + Clock + Chance> Store for T {}
