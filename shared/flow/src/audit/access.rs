//! The audit of access: once a day what we delivered is looked for, and what bears our mark is held against its order.

use std::time::Duration;

use domain::Timestamp;
use domain::audit::access::{Access, Place, Round, There, at_rest, differs, objects};
use domain::audit::{About, Difference};
use domain::case::{Case, Class};
use domain::event::Event;
use domain::failure::{Failure, FailureClass, Reason};
use domain::id::{ObjectId, OrderId};
use domain::order::Order;
use domain::receipt::{Origin, Step};
use domain::wording;
use futures_util::{StreamExt as _, stream};

use crate::advance::advance_from;
use crate::ports::{Archive, Provider, Store, Trouble};

/// No page is begun after this, so that the run ends before its function does.
const BUDGET: Duration = Duration::from_secs(20);

/// Orders of one page.
const PAGE: usize = 25;

/// Orders that are looked at side by side: a page of them is over in time though the provider takes a second for each call.
const AT_ONCE: usize = 8;

/// Counted for the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccessAudited {
    pub orders: u32,
    /// Objects that do not stand as their orders say.
    pub differences: u32,
    /// Could not be asked about, and wait for the next round.
    pub left_out: u32,
    /// A round came to its end.
    pub ended: bool,
    /// What a system said when it did not answer: it is left alone for an hour.
    pub failed: Option<Failure>,
}

/// What ends a page before its end.
enum Stop {
    System(Failure),
    Store(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Store(trouble)
    }
}

/// One run: goes on with the round where the last run ended. Two at once find the same.
///
/// # Errors
/// When the store cannot be asked: nothing moves on beyond the last whole page.
pub async fn audit_access(store: &(impl Store + Archive), provider: &impl Provider) -> Result<AccessAudited, Trouble> {
    let started = store.now();
    let (mut access, mut audited) = (store.control::<Access>().await?, AccessAudited::default());
    while audited.failed.is_none()
        && store.now().since(started) < BUDGET
        && let Some(round) = access.ask(started)
    {
        let next = match page((store, started), provider, &access, &round, &mut audited).await {
            Ok(next) => next,
            Err(Stop::Store(trouble)) => return Err(trouble),
            Err(Stop::System(failure)) => {
                audited.failed = Some(failure);
                access.put_off(&round, failure.retry_after, store.now())
            }
        };
        if !store.set_control(&next).await? {
            break;
        }
        audited.ended |= next.audited_at != access.audited_at;
        access = next;
    }
    Ok(audited)
}

async fn page(
    (store, started): (&(impl Store + Archive), Timestamp),
    provider: &impl Provider,
    access: &Access,
    round: &Round,
    audited: &mut AccessAudited,
) -> Result<Access, Stop> {
    match &round.at {
        Place::Orders { month, older_than } => {
            let (orders, oldest) = store.orders_page(&month.month(), older_than.as_ref(), PAGE).await?;
            // Such an order is looked at when it can be read again: no difference is claimed of it.
            audited.left_out += u32::try_from(orders.unread).unwrap_or(u32::MAX);
            let orders = orders.orders;
            let count = u32::try_from(orders.len()).unwrap_or(u32::MAX);
            if round.leaves_out() {
                audited.left_out += count;
            } else {
                audited.orders += count;
                let looks = orders
                    .into_iter()
                    .map(|order| of_order((store, started), provider, order));
                let looked = stream::iter(looks).buffered(AT_ONCE).collect().await;
                audited.counts(looked)?;
            }
            Ok(access.after_orders(round, *month, oldest))
        }
        Place::Marked { step, .. } if round.leaves_out() => {
            audited.left_out += 1;
            Ok(access.after_marked(round, *step, None))
        }
        Place::Marked { step, from } => {
            let (marked, more) = provider.marked(*step, *from).await.map_err(Stop::System)?;
            let looks = marked
                .into_iter()
                .map(|(order, object)| of_object(store, *step, order, object));
            let looked = stream::iter(looks).buffered(AT_ONCE).collect().await;
            audited.counts(looked)?;
            Ok(access.after_marked(round, *step, more))
        }
    }
}

impl AccessAudited {
    /// One object that cannot be asked about is left out; where half of them cannot, something is wrong at large.
    fn counts(&mut self, looked: Vec<Result<u32, Stop>>) -> Result<(), Stop> {
        let (all, mut failed, mut last) = (looked.len(), 0, None);
        for one in looked {
            match one {
                Ok(differences) => self.differences += differences,
                Err(Stop::Store(trouble)) if trouble.is_newer() => self.left_out += 1,
                Err(stop) => {
                    failed += 1;
                    last = Some(stop);
                }
            }
        }
        match last {
            Some(stop) if failed * 2 >= all => Err(stop),
            Some(_) | None => {
                self.left_out += u32::try_from(failed).unwrap_or(u32::MAX);
                Ok(())
            }
        }
    }
}

/// All that the order ever had, one after the other, and what an adopter's own systems have for it besides.
async fn of_order(
    (store, started): (&impl Store, Timestamp),
    provider: &impl Provider,
    mut order: Order,
) -> Result<u32, Stop> {
    let (mut differences, mut gone) = (0, false);
    if !at_rest(&order, store.now()) {
        return Ok(0);
    }
    let mut all: Vec<(Step, ObjectId, Option<There>)> = objects(&order)
        .into_iter()
        .map(|(step, object)| (step, object, None))
        .collect();
    for step in order
        .product
        .steps
        .iter()
        .filter(|step| matches!(step, Step::Signed(_)))
    {
        let made = provider.find(&order, *step, store.now()).await.map_err(Stop::System)?;
        let made = made.into_iter().filter(|(_, origin)| *origin == Origin::Made);
        let unknown = made.filter(|(object, _)| !all.iter().any(|(_, known, _)| known == object));
        let unknown: Vec<_> = unknown.map(|(object, _)| (*step, object, Some(There::Ours))).collect();
        all.extend(unknown);
    }
    for (step, object, known) in all {
        if store.now().since(started) >= BUDGET {
            return Err(Stop::System(Failure::new(FailureClass::Transient, Reason::NoAnswer)));
        }
        let there = match known {
            Some(there) => there,
            None => provider
                .there(&order, step, &object, store.now())
                .await
                .map_err(Stop::System)?,
        };
        // A membership goes with its account or team: one case for both.
        let found = differs(&order, step, &object, there).filter(|_| !(gone && step == Step::Membership));
        gone |= found.is_some() && there == There::Nothing;
        differences += u32::from(found.is_some());
        order = match record(store, order, object, found).await? {
            Some(order) => order,
            None => return Ok(differences),
        };
    }
    Ok(differences)
}

/// An object that its order never recorded, or whose order is not here.
async fn of_object(store: &impl Store, step: Step, id: OrderId, object: ObjectId) -> Result<u32, Stop> {
    let Some(order) = store.load(&id).await? else {
        store.open_case(&nobodys(store, step, &id, &object)).await?;
        return Ok(1);
    };
    if !at_rest(&order, store.now()) {
        return Ok(0);
    }
    let found = differs(&order, step, &object, There::Ours);
    let differences = u32::from(found.is_some());
    record(store, order, object, found).await?;
    Ok(differences)
}

/// Most orders learn nothing from it, which costs nothing.
async fn record(
    store: &impl Store,
    order: Order,
    object: ObjectId,
    found: Option<Difference>,
) -> Result<Option<Order>, Trouble> {
    let event = Event::Audited {
        about: About::Object(object),
        found: found.into_iter().collect(),
    };
    Ok(advance_from(store, order, &event).await?.into_order())
}

fn nobodys(store: &impl Store, step: Step, order: &OrderId, object: &ObjectId) -> Case {
    let id = format!("case_access_{order}_{}", step.name());
    let consequence = wording::access_without_order(order.as_str(), &step.noun(), object.as_str());
    Case::without_order(id, Class::AccessLeft, store.now(), consequence, None)
}
