//! Money conservation: each hour all that Stripe has taken is held against the orders, by Stripe's objects alone, since an
//! event may never have been. What does not add up twice in a row is a case.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::audit::{About, Account, Books, Difference, Line, Lines, Taken, account, to_be_told};
use domain::event::Event;
use domain::id::{OrderId, PaymentId};
use domain::order::Order;
use domain::work::Subject;
use futures_util::{StreamExt as _, stream};

use crate::advance::advance_from;
use crate::failures::Failures;
use crate::learn::{Meaning, Word, learn, no_answer};
use crate::ports::{self, Store, Trouble};
use crate::sweep::nudge_all;

/// No page is begun after this, so that the run ends before its function does: a page takes a few seconds.
const BUDGET: Duration = Duration::from_secs(20);

/// Payments that are held against their orders side by side.
const AT_ONCE: usize = 8;

/// Counted for the log.
#[derive(Debug, Default)]
pub struct MoneyAudited {
    pub payments: u32,
    /// Did not add up, and are a person's.
    pub cases: u32,
    /// With us, without an end, nobody works on them, and no person knew before this run.
    pub without_outcome: u32,
    /// In words that we do not know.
    pub unread: u32,
    /// Payments that could not be held against their orders.
    pub failures: Failures,
    /// By currency, when a round came to its end.
    pub totals: Option<BTreeMap<String, Lines>>,
    /// What ended the run before its end: nothing moved on beyond the last whole page.
    pub stopped_by: Option<Trouble>,
}

/// One run: goes on with the round where the last run ended. Two at once find the same. What was found before Stripe or the
/// store could not be asked any more is found.
pub async fn audit_money(store: &impl Store, stripe: &impl ports::Books) -> MoneyAudited {
    let mut audited = MoneyAudited::default();
    audited.stopped_by = go_on(store, stripe, &mut audited).await.err();
    audited
}

async fn go_on(store: &impl Store, stripe: &impl ports::Books, audited: &mut MoneyAudited) -> Result<(), Trouble> {
    let started = store.now();
    let mut books = store.control::<Books>().await?;
    while store.now().since(started) < BUDGET
        && let Some(round) = books.ask(started)
    {
        let page = stripe.taken(&round).await;
        let page = page.map_err(|failure| no_answer("read what Stripe has taken", failure))?;
        let accounts = page
            .taken
            .into_iter()
            .map(|taken| of_payment(store, stripe, &books, taken));
        let looked: Vec<_> = stream::iter(accounts).buffered(AT_ONCE).collect().await;
        let accounts = accounted(looked, audited)?;
        audited.payments += u32::try_from(accounts.len()).unwrap_or(u32::MAX);
        audited.unread += page.unread;
        let cases = accounts
            .iter()
            .filter(|(taken, account)| account.difference.is_some() && books.suspected(&taken.payment));
        audited.cases += u32::try_from(cases.count()).unwrap_or(u32::MAX);
        let next = books.turned(&round, &accounts, page.older_than);
        if !store.set_control(&next).await? {
            break;
        }
        if next.audited_at != books.audited_at {
            audited.totals = Some(next.totals.clone());
        }
        books = next;
    }
    Ok(())
}

/// A payment held against its order.
struct Looked {
    payment: PaymentId,
    /// It has no outcome, and nobody knew: also where that could not be recorded.
    without_outcome: bool,
    account: Result<(Taken, Account), Trouble>,
}

/// One order that cannot be read keeps no other from being looked at; a store that is away does.
fn accounted(looked: Vec<Looked>, audited: &mut MoneyAudited) -> Result<Vec<(Taken, Account)>, Trouble> {
    let (mut accounts, mut last) = (Vec::new(), None);
    for one in looked {
        audited.without_outcome += u32::from(one.without_outcome);
        match one.account {
            Ok(account) => accounts.push(account),
            Err(trouble) => {
                audited.failures.add(&one.payment, &trouble);
                last = Some(trouble);
            }
        }
    }
    match last {
        Some(trouble) if accounts.is_empty() && !trouble.is_newer() => return Err(trouble),
        Some(_trouble) => audited.unread += 1,
        None => {}
    }
    Ok(accounts)
}

async fn of_payment(store: &impl Store, stripe: &impl ports::Books, books: &Books, taken: Taken) -> Looked {
    let (payment, mut without_outcome) = (taken.payment.clone(), false);
    let account = held_against(store, stripe, books, taken, &mut without_outcome).await;
    Looked {
        payment,
        without_outcome,
        account,
    }
}

async fn held_against(
    store: &impl Store,
    stripe: &impl ports::Books,
    books: &Books,
    taken: Taken,
    without_outcome: &mut bool,
) -> Result<(Taken, Account), Trouble> {
    let Some(mut order) = store.load(&taken.order).await? else {
        return nobodys(store, stripe, taken).await;
    };
    let mut found = account(&order, &taken, store.now());
    if found
        .difference
        .as_ref()
        .is_some_and(|difference| to_be_told(&order, difference))
    {
        order = told(store, stripe, order, &taken).await?;
        found = account(&order, &taken, store.now());
    }
    let about = About::Payment(taken.payment.clone());
    let known = order.cases.iter().any(|case| {
        let of = |subject: &Subject| matches!(subject, Subject::Audit(known) if known.is_about(&about));
        case.resolved.is_none() && case.subject.as_ref().is_some_and(of)
    });
    let difference = found.difference.as_ref();
    *without_outcome = !known && difference.is_some_and(Difference::is_without_outcome);
    let certain = found.difference.is_none() || books.suspected(&taken.payment);
    if certain && (known || found.difference.is_some()) {
        let event = Event::Audited {
            about,
            found: found.difference.iter().cloned().collect(),
        };
        advance_from(store, order, &event).await?;
    }
    Ok((taken, found))
}

/// Money under the name of an order that is not here: a case of its own, opened once.
async fn nobodys(store: &impl Store, stripe: &impl ports::Books, taken: Taken) -> Result<(Taken, Account), Trouble> {
    let captured = Event::PaymentCaptured {
        payment: taken.payment.clone(),
        amount: taken.captured,
    };
    learn(store, stripe, &word(&taken, captured)).await?;
    let back = taken.refunded_minor + taken.contested_minor;
    let lines = [
        (Line::Returned, taken.refunded_minor),
        (Line::Contested, taken.contested_minor),
        (Line::WithPerson, taken.captured.minor - back),
    ];
    let lines = lines.into_iter().filter(|(_, minor)| *minor != 0).collect();
    Ok((
        taken,
        Account {
            lines,
            difference: None,
        },
    ))
}

fn word(taken: &Taken, event: Event) -> Word {
    Word {
        order: Some(taken.order.clone()),
        customer: None,
        amount: Some(taken.captured),
        about: taken.payment.to_string(),
        meaning: Some(Meaning::Fact(event)),
    }
}

/// A person chose that the order learns all that Stripe says of the payment, and it is looked at whatever it waits for.
async fn told(store: &impl Store, stripe: &impl ports::Books, order: Order, taken: &Taken) -> Result<Order, Trouble> {
    let asked = |failure| no_answer("ask Stripe about a payment", failure);
    let payment = &taken.payment;
    let captured = Event::PaymentCaptured {
        payment: payment.clone(),
        amount: taken.captured,
    };
    let refunds = stripe.refunds(payment).await.map_err(asked)?;
    let refunds = refunds
        .into_iter()
        .map(|(refund, amount_minor, status, told)| Event::RefundSeen {
            payment: payment.clone(),
            refund,
            amount_minor,
            status,
            told,
        });
    let disputes = stripe.disputes(payment).await.map_err(asked)?;
    let disputes = disputes
        .into_iter()
        .map(|(dispute, amount_minor, status)| Event::DisputeSeen {
            payment: payment.clone(),
            dispute,
            amount_minor,
            status,
        });
    let (mut order, id) = (order, taken.order.clone());
    for event in std::iter::once(captured).chain(refunds).chain(disputes) {
        let advanced = advance_from(store, order, &event).await?;
        order = match advanced.into_order() {
            Some(order) => order,
            None => return Err(no_order(&id)),
        };
    }
    nudge_all(store, &id, &order.wanted(store.now())).await?;
    Ok(order)
}

fn no_order(id: &OrderId) -> Trouble {
    Trouble {
        wanted: "tell an order what Stripe says",
        because: format!("{id} is gone"),
    }
}
