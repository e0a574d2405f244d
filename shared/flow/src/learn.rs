//! What Stripe says, by an event that it sent or in a list that we read: whose it is, what the order makes of it, and the
//! case where there is no such order.

use domain::case::{Case, Class};
use domain::event::Event;
use domain::failure::Failure;
use domain::id::{OrderId, PaymentId};
use domain::money::Money;
use domain::order::Order;
use domain::payment::{DisputeStatus, Standing};
use domain::sought::Sought;
use domain::{Decision, decide, wording};

use crate::advance::{Advanced, advance_from, moment};
use crate::hands::read_payment;
use crate::ports::{Books, Store, Trouble};

/// Stripe's word about one of its objects, as far as we read it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// Whose it is, by the metadata that we gave to Session and PaymentIntent.
    pub order: Option<OrderId>,
    /// Stripe's own number for whoever paid.
    pub customer: Option<String>,
    /// What the object is about.
    pub amount: Option<Money>,
    /// The object's own id, or the event's.
    pub about: String,
    /// None: it means nothing for an order, or it says so in words that we do not know.
    pub meaning: Option<Meaning>,
}

/// Only captured money, refunds and disputes are believed as they come; of everything else Stripe is asked, since a word
/// may be old when it arrives.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    Fact(Event),
    /// Something happened to this payment; `shown`: what it was.
    Hint {
        payment: PaymentId,
        shown: Option<Standing>,
    },
}

/// What became of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    Recorded,
    /// The order knew it.
    Known,
    Refused,
    NotOurs,
    /// Our name is on it, and there is no such order.
    WithoutOrder,
    WithoutMeaning,
}

/// Tells the order. What it knows already costs one read of it.
///
/// # Errors
/// When the store or Stripe cannot be asked, or nobody knows whether it is recorded: the word must come again.
pub async fn learn(store: &impl Store, stripe: &impl Books, word: &Word) -> Result<Learned, Trouble> {
    let Some(meaning) = &word.meaning else {
        return Ok(Learned::WithoutMeaning);
    };
    let Some(id) = order_of(stripe, word, meaning).await? else {
        return Ok(Learned::NotOurs);
    };
    let order = store.load(&id).await?;
    let event = match meaning {
        Meaning::Fact(event) => event.clone(),
        Meaning::Hint { payment, shown } => {
            if order.as_ref().is_some_and(|order| knows(store, order, payment, *shown)) {
                return Ok(Learned::Known);
            }
            let asked = read_payment(stripe, None, payment).await;
            asked.map_err(|failure| no_answer("ask Stripe where the payment stands", failure))?
        }
    };
    let Some(order) = order else {
        money_without_order(store, &id, word, &event).await?;
        return Ok(Learned::WithoutOrder);
    };
    Ok(match advance_from(store, order, &event).await? {
        Advanced::Recorded(_) => Learned::Recorded,
        Advanced::Stayed { .. } => Learned::Known,
        Advanced::Refused { .. } => Learned::Refused,
        Advanced::NoSuchOrder => Learned::WithoutOrder,
    })
}

/// What was shown would change nothing. Where nothing was shown, Stripe is asked, unless the payment has come to its end.
fn knows(store: &impl Store, order: &Order, payment: &PaymentId, shown: Option<Standing>) -> bool {
    let Some(standing) = shown else {
        let mut known = order.payments.iter().filter(|known| known.id == *payment);
        return known.any(|known| known.captured.is_some() || known.canceled.is_some());
    };
    let event = Event::PaymentSeen {
        attempt: None,
        payment: payment.clone(),
        standing,
    };
    match decide(order, &event, moment(store)) {
        Decision::Stay(_) => true,
        Decision::Advance(_) | Decision::Refuse(_) => false,
    }
}

/// Session, payment and charge carry our metadata from their first moment, or they are not ours. A refund made by hand
/// and a dispute carry none; their payment does.
async fn order_of(stripe: &impl Books, word: &Word, meaning: &Meaning) -> Result<Option<OrderId>, Trouble> {
    match (&word.order, meaning) {
        (None, Meaning::Fact(Event::RefundSeen { payment, .. } | Event::DisputeSeen { payment, .. })) => stripe
            .order_of(&Sought::Payment(payment.clone()))
            .await
            .map_err(|failure| no_answer("ask Stripe whose payment it is", failure)),
        (named, _) => Ok(named.clone()),
    }
}

pub(crate) fn no_answer(wanted: &'static str, failure: Failure) -> Trouble {
    Trouble {
        wanted,
        because: failure.to_string(),
    }
}

/// A person must find out whose money it is.
async fn money_without_order(store: &impl Store, order: &OrderId, word: &Word, event: &Event) -> Result<(), Trouble> {
    let Some(about) = money_in(event) else {
        return Ok(());
    };
    let money = about.came_in.or(word.amount);
    let id = format!("case_{}", about.id);
    let consequence = wording::without_order(order, about.payment, about.came_in, word.customer.as_deref());
    let case = Case::without_order(id, Class::MoneyWithoutOrder, store.now(), consequence, money);
    store.open_case(&case).await
}

/// What money without an order is about: one case for each payment, refund and dispute.
struct About<'a> {
    id: String,
    payment: &'a PaymentId,
    /// None: it is refunded or contested.
    came_in: Option<Money>,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only these are about money; whatever else is said of an order that is not here moves none"
)]
fn money_in(event: &Event) -> Option<About<'_>> {
    let about = |id: &str, payment, came_in| {
        Some(About {
            id: id.to_owned(),
            payment,
            came_in,
        })
    };
    match event {
        Event::PaymentCaptured { payment, amount }
        | Event::PaymentSeen {
            payment,
            standing: Standing::Captured { amount } | Standing::Held { amount, .. },
            ..
        } => about(payment.as_str(), payment, Some(*amount)),
        Event::RefundSeen {
            payment,
            refund,
            status,
            ..
        } if status.holds() => about(refund.as_str(), payment, None),
        Event::DisputeSeen {
            payment,
            dispute,
            status: DisputeStatus::Inquiry | DisputeStatus::Open | DisputeStatus::Lost,
            ..
        } => about(dispute.as_str(), payment, None),
        _ => None,
    }
}
