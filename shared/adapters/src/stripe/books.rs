//! What Stripe knows, asked for: no money moves.

use domain::audit::Round;
use domain::bookmark::Window;
use domain::failure::{Failure, Reason};
use domain::id::{DisputeId, OrderId, PaymentId};
use domain::order::Session;
use domain::payment::{DisputeStatus, Standing, Stated};
use domain::sought::Sought;
use flow::ports::{Books, Page, SessionFacts, TakenPage};
use serde_json::Value;

use super::client::{GARBLED, Stripe};
use super::{lists, wire};

impl Stripe {
    /// None: there is no such thing.
    async fn if_there(&self, path: &str) -> Result<Option<Value>, Failure> {
        match self.get(&format!("/v1/{path}")).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.reason == Reason::Missing => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

impl Books for Stripe {
    async fn order_of(&self, named: &Sought) -> Result<Option<OrderId>, Failure> {
        let path = match named {
            Sought::Session(id) => format!("checkout/sessions/{id}"),
            Sought::Payment(id) => format!("payment_intents/{id}"),
            Sought::Charge(id) => format!("charges/{id}"),
            Sought::Refund(id) => format!("refunds/{id}"),
            Sought::Dispute(id) => format!("disputes/{id}"),
            Sought::Event(id) => format!("events/{id}"),
            Sought::Order(_) | Sought::Buyer(_) | Sought::Reference(_) | Sought::Case(_) => return Ok(None),
        };
        let Some(found) = self.if_there(&path).await? else {
            return Ok(None);
        };
        // An event has in it what happened to it.
        let object = found.pointer("/data/object").unwrap_or(&found);
        match (wire::order_of(object), wire::text(object, "payment_intent")) {
            // A refund made by hand and a dispute carry no metadata of ours; their payment does.
            (None, Some(payment)) => {
                let payment = self.if_there(&format!("payment_intents/{payment}")).await?;
                Ok(payment.as_ref().and_then(wire::order_of))
            }
            (order, _) => Ok(order),
        }
    }

    async fn session(&self, session: &Session) -> Result<SessionFacts, Failure> {
        let found = self.get(&format!("/v1/checkout/sessions/{}", session.id)).await?;
        wire::session_facts(&found).ok_or(GARBLED)
    }

    async fn payment(&self, payment: &PaymentId) -> Result<Standing, Failure> {
        let found = self
            .get(&format!("/v1/payment_intents/{payment}?expand[]=latest_charge"))
            .await?;
        wire::standing(&found).ok_or(GARBLED)
    }

    async fn refunds(&self, payment: &PaymentId) -> Result<Vec<Stated>, Failure> {
        self.list("refunds", payment, wire::refund::stated).await
    }

    async fn disputes(&self, payment: &PaymentId) -> Result<Vec<(DisputeId, i64, DisputeStatus)>, Failure> {
        self.list("disputes", payment, wire::dispute_stated).await
    }

    async fn page(&self, window: &Window) -> Result<Page, Failure> {
        let page = self.get(&lists::path(window)).await?;
        lists::page(window.list, &page).ok_or(GARBLED)
    }

    async fn taken(&self, round: &Round) -> Result<TakenPage, Failure> {
        let page = self.get(&lists::taken_path(round)).await?;
        let (mut page, disputed) = lists::taken_page(&page).ok_or(GARBLED)?;
        let mut unread = Vec::new();
        let disputed = page.taken.iter_mut().zip(disputed).filter(|(_, disputed)| *disputed);
        for (taken, _) in disputed {
            match self.disputes(&taken.payment).await {
                Ok(disputes) => {
                    let with_bank = disputes.iter().filter(|(_, _, status)| status.with_bank());
                    taken.contested_minor = with_bank.map(|(_, minor, _)| minor).sum();
                }
                // In words that we do not know: this one alone is left out.
                Err(failure) if failure.reason == Reason::Garbled => unread.push(taken.payment.clone()),
                Err(failure) => return Err(failure),
            }
        }
        page.taken.retain(|taken| !unread.contains(&taken.payment));
        page.unread += u32::try_from(unread.len()).unwrap_or(u32::MAX);
        Ok(page)
    }
}
