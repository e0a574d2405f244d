//! Stripe's lists of what was made and of what happened, a page at a time.

use domain::bookmark::{Cursor, List, Turned, Window};
use flow::ports::Page;
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
