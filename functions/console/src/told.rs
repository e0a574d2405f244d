//! What somebody says about a message: it was seen, or it need not be sent.

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use desk::decision::Decided;
use desk::told::{Say, mark as say_it};
use domain::id::OrderId;
use flow::ports::{Store, Trouble};

use crate::access::Visitor;
use crate::again::Again;
use crate::handler::{form, missing, see};
use crate::pages;

pub(crate) async fn mark(
    store: &impl Store,
    visitor: &Visitor,
    request: &Request,
    id: &str,
) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let Some(order) = store.load(&OrderId::new(id)).await? else {
        return Ok(missing("order"));
    };
    let (Ok(notice), Some(say)) = (field("notice").parse::<u32>(), Say::parse(field("say"))) else {
        return Ok(missing("message"));
    };
    let shown = order.clone();
    let done = say_it(store, order, (notice, say), &visitor.actor, field("reason")).await?;
    Ok(match done {
        Decided::Recorded => {
            log::note("message_marked", &[("order", id), ("notice", field("notice"))]);
            see(&format!("/console/orders/{}", shown.id))
        }
        Decided::No(why) => {
            let again = Again::refused(why, ("told", &notice.to_string()), fields);
            pages::order(&shown, visitor, store.now(), &again)
        }
    })
}
