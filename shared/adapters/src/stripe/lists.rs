//! Stripe's lists of what was made and of what happened, a page at a time.

use domain::bookmark::{List, Window};
use flow::ports::Page;
use serde_json::Value;

use super::wire;

/// Entries of one page: as many as Stripe gives.
const LIMIT: u32 = 100;

pub(super) fn path(window: &Window) -> String {
    let list = match window.list {
        // With its charge, that says until when a hold holds.
        List::Payments => "payment_intents?expand[]=data.latest_charge&",
        List::Sessions => "checkout/sessions?",
        List::Refunds => "refunds?",
        List::Disputes => "disputes?",
        List::Events => "events?",
        List::Undelivered => "events?delivery_success=false&",
    };
    let types = match window.list {
        List::Events | List::Undelivered => wire::KINDS.map(|kind| format!("&types[]={kind}")).concat(),
        List::Payments | List::Sessions | List::Refunds | List::Disputes => String::new(),
    };
    let after = window
        .after
        .as_ref()
        .map(|last| format!("&starting_after={last}"))
        .unwrap_or_default();
    let (from, until) = (window.from.seconds(), window.until.seconds());
    format!("/v1/{list}limit={LIMIT}&created[gte]={from}&created[lte]={until}{types}{after}")
}

/// None: it is no page, or there is more after an entry without a name. Half a list would be read as the whole of it.
pub(super) fn page(list: List, page: &Value) -> Option<Page> {
    let data = page.get("data")?.as_array()?;
    let more = page.get("has_more")?.as_bool()?;
    let last = data.last().and_then(|object| wire::text(object, "id"));
    if more && last.is_none() {
        return None;
    }
    let (words, unread): (Vec<_>, Vec<_>) = data.iter().map(|object| wire::listed(list, object)).unzip();
    Some(Page {
        words,
        more: last.filter(|_| more).map(str::to_owned),
        unread: unread.into_iter().map(u32::from).sum(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_a_page_is_none() {
        let of = |value: &Value| page(List::Refunds, value).map(|page| (page.words.len(), page.more, page.unread));
        let refund =
            json!({ "id": "re_1", "payment_intent": "pi_1", "amount": 5, "currency": "gbp", "status": "succeeded" });
        assert_eq!(
            of(&json!({ "data": [refund], "has_more": true })),
            Some((1, Some("re_1".to_owned()), 0))
        );
        assert_eq!(
            of(&json!({ "data": [{ "id": "re_2", "status": "new" }], "has_more": false })),
            Some((1, None, 1))
        );
        assert_eq!(of(&json!({ "data": [], "has_more": false })), Some((0, None, 0)));
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
