//! Stripe's lists of what was made and of what happened, a page at a time.

use domain::audit::Round;
use domain::bookmark::{Cursor, List, Turned, Window};
use domain::id::PaymentId;
use flow::ports::{Page, TakenPage};
use serde_json::Value;

use super::wire;

pub(super) fn path(window: &Window) -> String {
    let list = match window.list {
        // With its charge, that says until when a hold holds.
        List::Payments => "payment_intents?expand[]=data.latest_charge&",
        List::Sessions => "checkout/sessions?",
        // With their payments, which say whose they are.
        List::Refunds => "refunds?expand[]=data.payment_intent&",
        List::Disputes => "disputes?expand[]=data.payment_intent&",
        List::Events => "events?",
        List::Undelivered => "events?delivery_success=false&",
    };
    let types = match window.list {
        List::Events | List::Undelivered => wire::KINDS.map(|kind| format!("&types[]={kind}")).concat(),
        List::Payments | List::Sessions | List::Refunds | List::Disputes => String::new(),
    };
    let cursor = match &window.cursor {
        Cursor::Newest => String::new(),
        Cursor::OlderThan(entry) => format!("&starting_after={entry}"),
        Cursor::NewerThan(entry) => format!("&ending_before={entry}"),
    };
    let (from, until, limit) = (window.from.seconds(), window.until.seconds(), window.limit);
    format!("/v1/{list}limit={limit}&created[gte]={from}&created[lte]={until}{types}{cursor}")
}

/// None: it is no page, or there is more beyond an entry without a name. Half a list would be read as the whole of it.
pub(super) fn page(list: List, page: &Value) -> Option<Page> {
    let data = page.get("data")?.as_array()?;
    let name = |object: Option<&Value>| wire::text(object?, "id").map(str::to_owned);
    let turned = Turned {
        newest: name(data.first()),
        oldest: name(data.last()),
        more: page.get("has_more")?.as_bool()?,
    };
    if turned.more && (turned.newest.is_none() || turned.oldest.is_none()) {
        return None;
    }
    let (words, unread): (Vec<_>, Vec<_>) = data.iter().map(|object| wire::listed(list, object)).unzip();
    Some(Page {
        words,
        turned,
        unread: unread.into_iter().map(u32::from).sum(),
    })
}

/// What was captured in a round of the audit.
pub(super) fn taken_path(round: &Round) -> String {
    let after = round
        .older_than
        .as_ref()
        .map(|payment| format!("&starting_after={payment}"))
        .unwrap_or_default();
    let (from, until) = (round.from.seconds(), round.until.seconds());
    format!("/v1/payment_intents?expand[]=data.latest_charge&limit=100&created[gte]={from}&created[lte]={until}{after}")
}

/// With each, whether the bank has some of it: its disputes say how much. None: it is no page.
pub(super) fn taken_page(page: &Value) -> Option<(TakenPage, Vec<bool>)> {
    let data = page.get("data")?.as_array()?;
    let last = data
        .last()
        .and_then(|object| wire::text(object, "id"))
        .map(PaymentId::new);
    let older_than = match page.get("has_more")?.as_bool()? {
        true => Some(last?),
        false => None,
    };
    let ours = data.iter().filter_map(|object| Some((wire::order_of(object)?, object)));
    let (mut taken, mut disputed, mut unread) = (Vec::new(), Vec::new(), 0);
    for (order, object) in ours {
        match wire::taken(order, object) {
            Some((of, contested)) if of.captured.minor > 0 => {
                taken.push(of);
                disputed.push(contested);
            }
            Some(_nothing_taken) => {}
            None => unread += 1,
        }
    }
    let page = TakenPage {
        taken,
        older_than,
        unread,
    };
    Some((page, disputed))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_a_page_is_none() {
        let of = |value: &Value| page(List::Refunds, value).map(|page| (page.words.len(), page.turned, page.unread));
        let of_one = |id: &str, more| Turned {
            newest: Some(id.to_owned()),
            oldest: Some(id.to_owned()),
            more,
        };
        let refund =
            json!({ "id": "re_1", "payment_intent": "pi_1", "amount": 5, "currency": "gbp", "status": "succeeded" });
        assert_eq!(
            of(&json!({ "data": [refund], "has_more": true })),
            Some((1, of_one("re_1", true), 0))
        );
        assert_eq!(
            of(&json!({ "data": [{ "id": "re_2", "status": "new" }], "has_more": false })),
            Some((1, of_one("re_2", false), 1))
        );
        assert_eq!(
            of(&json!({ "data": [], "has_more": false })),
            Some((0, Turned::default(), 0))
        );
        for wrong in [
            json!({}),
            json!({ "data": [] }),
            json!({ "has_more": false }),
            json!({ "data": [{}], "has_more": true }),
        ] {
            assert_eq!(of(&wrong), None, "{wrong}");
        }
    }
}
