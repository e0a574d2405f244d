//! From a form to an order with a payment page.

use std::time::Duration;

use domain::event::Event;
use domain::failure::{Failure, FailureClass};
use domain::order::{Order, Session, State};

use crate::advance::advance_from;
use crate::hands::read_payment;
use crate::ports::{Basis, Books, Cashier, Clock, Committed, SessionFacts, Store, Trouble};

/// Stripe opens no payment page for less than half an hour.
const OPEN_FOR_AT_LEAST: Duration = Duration::from_secs(31 * 60);

/// What became of a submitted form.
#[derive(Debug)]
pub enum Opened {
    /// The buyer may go to the payment page; also when the same form came before.
    Ready(Box<Order>),
    /// The same form token came before with other contents.
    OtherContents,
    /// The same form came long ago, and its order ended without a payment page.
    TooLate,
    /// Stripe did not open the Session: nothing was charged, and trying again is safe.
    NotNow { order: Box<Order>, failure: Failure },
}

/// Records the order, opens its Session at Stripe and records that. Doing it twice gives the same order and address.
///
/// # Errors
/// When the store cannot be asked.
pub async fn open(store: &impl Store, stripe: &impl Cashier, fresh: Order) -> Result<Opened, Trouble> {
    let order = match store.commit(Basis::New, &fresh, &[]).await? {
        Committed::Stored => fresh,
        Committed::Conflict(earlier) if same_contents(&earlier, &fresh) => *earlier,
        Committed::Conflict(_) => return Ok(Opened::OtherContents),
    };
    if order.checkout.session.is_some() {
        return Ok(Opened::Ready(Box::new(order)));
    }
    let too_late = order.checkout.expires_at < store.now().plus(OPEN_FOR_AT_LEAST);
    if too_late || !matches!(order.state, State::AwaitingPayment) {
        return Ok(Opened::TooLate);
    }
    let (event, failure) = match open_session(store, stripe, &order).await {
        Ok(Session { id, url }) => (Event::SessionOpened { session: id, url }, None),
        Err(failure) => (Event::SessionNotOpened { failure }, Some(failure)),
    };
    let order = advance_from(store, order, &event).await?.into_order();
    let order = Box::new(order.ok_or_else(|| Trouble {
        wanted: "open a session",
        because: "the order is gone".to_owned(),
    })?);
    Ok(match failure {
        // Where it was not opened by this click, the same form at the same time may have opened it.
        Some(failure) if order.checkout.session.is_none() => Opened::NotNow { order, failure },
        Some(_) | None => Opened::Ready(order),
    })
}

/// The buyer waits: what will pass is tried again at once, under the same key.
async fn open_session(store: &impl Clock, stripe: &impl Cashier, order: &Order) -> Result<Session, Failure> {
    const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(900)];
    for pause in PAUSES {
        match stripe.open_session(order).await {
            Err(failure) if matches!(failure.class, FailureClass::Transient | FailureClass::Throttled) => {
                store.pause(pause).await;
            }
            told => return told,
        }
    }
    stripe.open_session(order).await
}

/// The order of a buyer who has come back from the payment page.
#[derive(Debug)]
pub struct Returned {
    pub order: Order,
    /// Stripe has just said that the payment page is open still, and nobody has paid there.
    pub unpaid: bool,
}

impl From<Order> for Returned {
    fn from(order: Order) -> Self {
        Self { order, unpaid: false }
    }
}

/// The buyer comes back from the payment page, perhaps before Stripe's event: the order learns at once what Stripe knows.
/// Nothing is believed of what the buyer brings; without an answer the order stays as it is and asks later.
///
/// # Errors
/// When the store cannot be asked.
pub async fn returned(store: &impl Store, stripe: &impl Books, order: Order) -> Result<Returned, Trouble> {
    let waits = matches!(order.state, State::AwaitingPayment);
    let Some(session) = order.checkout.session.clone().filter(|_| waits) else {
        return Ok(order.into());
    };
    let event = match stripe.session(&session).await {
        Ok(SessionFacts::Paid(payment, amount)) => Event::PaymentCaptured { payment, amount },
        Ok(SessionFacts::Free) => Event::NothingToPay { session: session.id },
        Ok(SessionFacts::Finished(payment)) => match read_payment(stripe, None, &payment).await {
            Ok(event) => event,
            Err(_no_answer) => return Ok(order.into()),
        },
        Ok(SessionFacts::Open) => return Ok(Returned { order, unpaid: true }),
        Ok(SessionFacts::Expired) | Err(_) => return Ok(order.into()),
    };
    let advanced = advance_from(store, order.clone(), &event).await?;
    Ok(advanced.into_order().unwrap_or(order).into())
}

fn same_contents(earlier: &Order, fresh: &Order) -> bool {
    earlier.buyer == fresh.buyer && earlier.product.id == fresh.product.id
}
