//! What other systems read: the schema `makegood.order.1`. It names an order and says nothing about its buyer.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use domain::notice::{Announcement, Notice};
use domain::order::Order;
use serde::Serialize;

/// Fields may come to it; none is renamed or taken away without another number.
const SCHEMA: &str = "makegood.order.1";

#[derive(Serialize)]
struct Body<'a> {
    schema: &'static str,
    /// The same however often it is sent: receivers leave out what they know.
    id: String,
    r#type: &'static str,
    order: &'a str,
    reference: String,
    product: &'a str,
    /// When the order came to stand there. Messages may overtake each other: the latest of an order counts.
    at: String,
}

pub fn body(order: &Order, notice: &Notice, said: Announcement) -> String {
    let at = DateTime::from_secs(notice.owed_at.seconds());
    let body = Body {
        schema: SCHEMA,
        id: format!("{}.{}", order.id, notice.id),
        r#type: said.name(),
        order: order.id.as_str(),
        reference: order.reference(),
        product: &order.product.id,
        at: at.fmt(Format::DateTime).unwrap_or_default(),
    };
    serde_json::to_string(&body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::id::OrderId;
    use domain::notice::{Audience, Template, Told};

    use super::*;
    use crate::scim::tests::order;

    fn sold() -> Order {
        Order {
            id: OrderId::new("ord_3f9a21c4"),
            ..order()
        }
    }

    fn bodies() -> Vec<String> {
        let order = sold();
        let announced = Announcement::ALL.into_iter().zip(7..).map(|(said, id)| {
            let notice = Notice {
                id,
                to: Audience::Systems,
                template: Template::Announce(said),
                owed_at: Timestamp(1_795_694_400_000),
                told: Told::Owed,
            };
            body(&order, &notice, said)
        });
        announced.collect()
    }

    /// Others build on these words: a change of them is a change for all of them.
    #[test]
    fn this_is_what_other_systems_read() {
        let text: String = bodies().iter().map(|body| format!("{body}\n")).collect();
        expect_test::expect_file!["../golden/announcements.txt"].assert_eq(&text);
    }

    #[test]
    fn an_announcement_names_no_buyer() {
        let order = sold();
        for body in bodies() {
            let buyer = &order.buyer;
            let personal = [&buyer.name, &buyer.email, &buyer.team, &order.slug()];
            for word in personal.into_iter().filter(|word| !word.is_empty()) {
                assert!(!body.contains(word.as_str()), "{body}");
            }
            assert!(!body.contains('@'), "{body}");
        }
    }
}
