//! Whether what was set up is there, and nothing else: the other systems' objects held against the orders, both ways.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Difference, left_by_person};
use crate::control::Item;
use crate::id::{ObjectId, OrderId};
use crate::order::{ClosedWhy, Order, State};
use crate::receipt::{Origin, Receipt, Step};
use crate::time::{DAY, HOUR, Timestamp};
use crate::work::Subject;

/// What another system has under an object's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    Nothing,
    /// It bears this order's mark, and somebody may use it.
    Ours,
    /// It stands, and another order or nobody of ours stands on it.
    Others,
}

/// Objects to ask about: all that the order ever had, and what an audit found besides.
pub fn objects(order: &Order) -> Vec<(Step, ObjectId)> {
    let had = order
        .receipts
        .iter()
        .map(|receipt| (receipt.step, receipt.object.clone()));
    let mut all: Vec<(Step, ObjectId)> = had.collect();
    for case in order.cases.iter().filter(|case| case.resolved.is_none()) {
        if let Some(Subject::Audit(Difference::Left { step, object } | Difference::Missing { step, object })) =
            &case.subject
        {
            all.push((*step, object.clone()));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// What does not stand as the order says; none: it does, or a person left it so.
pub fn differs(order: &Order, step: Step, object: &ObjectId, there: There) -> Option<Difference> {
    let mine = |known: &&Receipt| known.step == step && known.object == *object;
    let receipt = order.receipts.iter().find(mine);
    let delivered = matches!(order.state, State::Delivered { .. });
    let is_winner = order.winner(step).is_some_and(|winner| winner.object == *object);
    let (step, object) = (step, object.clone());
    let found = match there {
        There::Nothing if delivered && is_winner => Difference::Missing { step, object },
        There::Ours if !may_stand(order, receipt) => Difference::Left { step, object },
        There::Nothing | There::Ours | There::Others => return None,
    };
    (!left_by_person(order, &found)).then_some(found)
}

/// What bears this order's mark may stand while the order says so, and where a person left it or dealt with the order.
fn may_stand(order: &Order, receipt: Option<&Receipt>) -> bool {
    if let State::Closed {
        why: ClosedWhy::SettledByPerson,
        ..
    } = order.state
    {
        return true;
    }
    receipt.is_some_and(|known| known.left || known.origin == Origin::Found || known.stands())
}

/// At its end for an hour, with nothing begun and nothing to take back: the other systems should have what it says.
pub fn at_rest(order: &Order, now: Timestamp) -> bool {
    let ended = match order.state {
        State::Delivered { .. } | State::Undone { .. } | State::Closed { .. } => true,
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Capturing { .. }
        | State::Undoing { .. }
        | State::Returning { .. }
        | State::WithPerson { .. } => false,
    };
    ended && order.work.intent.is_none() && !order.still_to_take_back() && now.since(order.written_at) >= HOUR
}

/// How far the audit of access is: our orders of the last weeks, then all that bears our mark at the identity provider. One
/// item beside the orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    pub version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    round: Option<Round>,
    /// When the last whole round began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audited_at: Option<Timestamp>,
    /// That round passed over what a system did not answer for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_out: bool,
    /// A system did not answer: it is left alone until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
}

/// A round that is not at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    pub began_at: Timestamp,
    pub at: Place,
    /// Times that a system did not answer at this place.
    #[serde(default)]
    tries: u32,
    /// It has passed over what a system did not answer for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    left_out: bool,
}

impl Round {
    /// What could not be asked about so often is left for the next round.
    pub fn leaves_out(&self) -> bool {
        self.tries >= 3
    }
}

/// The page to ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Orders of the month in which this moment is, newest first, older than the one named.
    Orders {
        month: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        older_than: Option<(Timestamp, OrderId)>,
    },
    /// What bears our mark, from this place of the provider's list on.
    Marked { step: Step, from: usize },
}

/// Of orders that are older only what bears their mark is looked at.
const HORIZON: Duration = Duration::from_secs(35 * 86_400);

impl Item for Access {
    const NAME: &'static str = "access";

    fn version(&self) -> u64 {
        self.version
    }
}

impl Access {
    /// None: a round began less than a day ago, and has ended; or a system is left alone.
    pub fn ask(&self, now: Timestamp) -> Option<Round> {
        if self.not_before.is_some_and(|from| now < from) {
            return None;
        }
        if let Some(round) = &self.round {
            return Some(round.clone());
        }
        let due = self.audited_at.is_none_or(|at| now.since(at) >= DAY);
        due.then_some(Round {
            began_at: now,
            at: Place::Orders {
                month: now,
                older_than: None,
            },
            tries: 0,
            left_out: false,
        })
    }

    /// After a page of orders; `oldest`: its last, where there are more.
    #[must_use]
    pub fn after_orders(&self, round: &Round, month: Timestamp, oldest: Option<(Timestamp, OrderId)>) -> Self {
        let horizon = round.began_at.minus(HORIZON);
        let at = match oldest {
            Some(oldest) if oldest.0 >= horizon => Place::Orders {
                month,
                older_than: Some(oldest),
            },
            None if month.in_month_before() >= horizon => Place::Orders {
                month: month.in_month_before(),
                older_than: None,
            },
            Some(_) | None => Place::Marked {
                step: Step::Account,
                from: 1,
            },
        };
        self.at(round, Some(at))
    }

    /// After a page of what is marked; `next`: where it goes on.
    #[must_use]
    pub fn after_marked(&self, round: &Round, step: Step, next: Option<usize>) -> Self {
        let at = match (next, step) {
            (Some(from), step) => Some(Place::Marked { step, from }),
            (None, Step::Account) => Some(Place::Marked {
                step: Step::Team,
                from: 1,
            }),
            (None, Step::Team | Step::Membership | Step::Signed(_)) => None,
        };
        self.at(round, at)
    }

    /// A system did not answer: it has enough to do for those who wait for it.
    #[must_use]
    pub fn put_off(&self, round: &Round, wait: Option<Duration>, now: Timestamp) -> Self {
        Self {
            version: self.version + 1,
            round: Some(Round {
                tries: round.tries + 1,
                ..round.clone()
            }),
            not_before: Some(now.plus(wait.unwrap_or_default().max(HOUR))),
            ..self.clone()
        }
    }

    fn at(&self, round: &Round, at: Option<Place>) -> Self {
        let ended = at.is_none();
        let left_out = round.left_out || round.leaves_out();
        Self {
            version: self.version + 1,
            round: at.map(|at| Round {
                began_at: round.began_at,
                at,
                tries: 0,
                left_out,
            }),
            audited_at: if ended { Some(round.began_at) } else { self.audited_at },
            left_out: if ended { left_out } else { self.left_out },
            not_before: None,
        }
    }
}
