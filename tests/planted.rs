//! A world in which nothing adds up: twelve differences of money and access, planted behind everybody's back, and the case
//! that each must become. The fake world and the local stack hold the same ones.

use std::time::Duration;

use domain::case::{Case, Class};
use domain::id::{CaseId, ObjectId, OrderId};
use domain::order::{Order, State};
use domain::receipt::Step;
use domain::work::{Subject, Tries};
use serde_json::json;
use testkit::identity::Directory;
use testkit::stripe::{Call, Form, Stripe};

/// Orders for the twelve: seven teams that were delivered, two that were refused and given back, one that nobody paid.
pub(crate) struct Planted {
    pub(crate) delivered: Vec<Order>,
    pub(crate) undone: Vec<Order>,
    pub(crate) unpaid: OrderId,
}

pub(crate) const DELIVERED: usize = 7;
pub(crate) const UNDONE: usize = 2;

/// A payment in the shop's name for an order that is not in the table.
pub(crate) fn pays_for_nobody(stripe: &mut Stripe, minor: &str, now: i64) {
    let fields = [
        ("mode", "payment"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "gbp"),
        ("line_items[0][price_data][unit_amount]", minor),
        ("line_items[0][price_data][product_data][name]", "Team plan"),
        ("success_url", "https://shop.example"),
        ("payment_intent_data[metadata][order]", "ord_00000000000000000000dead"),
    ];
    let opened = stripe.handle(&Call {
        method: "POST",
        path: "/v1/checkout/sessions",
        form: Form::of(&fields),
        key: None,
        now,
    });
    let session = opened.body["id"].as_str().expect("a session").to_owned();
    stripe.pay(&session, None, now).expect("paid");
}

/// A second payment of the order that nobody was told of.
fn pays_again(stripe: &mut Stripe, first: &str) {
    let first = stripe.intents.iter().find(|intent| intent.id == first);
    let mut second = first.expect("its payment").clone();
    second.id = "pi_second".to_owned();
    second.charge = "ch_second".to_owned();
    stripe.intents.push(second);
}

impl Planted {
    /// At Stripe: money for nobody, paid again, more taken, refunded by hand, contested, and a refund that failed.
    pub(crate) fn money(&self, stripe: &mut Stripe, now: i64) {
        let of = |order: &Order| order.own_payment().expect("paid").id.to_string();
        pays_for_nobody(stripe, "12300", now);
        pays_again(stripe, &of(&self.delivered[0]));
        let (paid, lost) = (of(&self.delivered[1]), of(&self.undone[0]));
        for intent in &mut stripe.intents {
            if intent.id == paid {
                intent.received += 2_000;
                intent.amount += 2_000;
            }
            if intent.id == lost {
                intent.refunded = 0;
            }
        }
        stripe.refund_by_hand(&of(&self.delivered[2]), now);
        stripe.dispute(&of(&self.delivered[3]), now).expect("contested");
        let refund = stripe.refunds.iter_mut().find(|refund| refund.intent == lost);
        "failed".clone_into(&mut refund.expect("it was given back").status);
    }

    /// In our own table: one order is under way and nobody looks at it any more, another one is said to be undone.
    pub(crate) fn record(&self) -> [Order; 2] {
        let (mut forgotten, mut denied) = (self.delivered[4].clone(), self.delivered[5].clone());
        let at = forgotten.created_at;
        // Not for longer than the policy allows: that would be a case of its own.
        let since = forgotten.written_at.plus(Duration::from_secs(2 * 86_400));
        forgotten.state = State::Delivering { since };
        forgotten.receipts.retain(|receipt| receipt.step == Step::Account);
        forgotten.work.tries.push(Tries {
            of: Subject::Step(Step::Team),
            count: 1,
            first_at: at,
            not_before: at,
            last: None,
            unknown_at: None,
            outage: false,
            held_by: Some(CaseId::new("case_that_never_was")),
        });
        denied.state = State::Undone { at: denied.created_at };
        [forgotten, denied].map(|mut order| {
            order.version += 1;
            order
        })
    }

    /// At the identity provider: a team goes, an account comes back, and two come from nowhere.
    pub(crate) fn access(&self, directory: &mut Directory, now: i64) {
        let team = self.delivered[6].winner(Step::Team).expect("a team");
        let team = directory
            .groups
            .iter_mut()
            .find(|group| group.id == team.object.as_str());
        team.expect("the team").deleted_at = Some(now);
        let back = self.comes_back();
        let back = directory.users.iter_mut().find(|user| user.id == back.as_str());
        back.expect("the account").deleted_at = None;
        appears(directory, "u_unpaid", &format!("{}:account", self.unpaid));
        appears(directory, "u_nobody", "ord_00000000000000000000beef:account");
    }

    /// The account that was taken back and is there again.
    pub(crate) fn comes_back(&self) -> ObjectId {
        let mut receipts = self.undone[1].receipts.iter();
        let account = receipts.find(|receipt| receipt.step == Step::Account);
        account.expect("an account").object.clone()
    }

    /// Holds the open cases against what was planted: class, order, and what the sentence must say.
    pub(crate) fn are_exactly<'a>(&self, cases: impl Iterator<Item = &'a Case>) {
        let mut found: Vec<_> = open(cases);
        found.sort();
        let mut expected = self.expected();
        expected.sort();
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, (class, order, words)) in found.iter().zip(&expected) {
            assert_eq!((found.0, &found.1), (*class, order), "{found:?}");
            assert!(found.2.contains(words), "{words}: {found:?}");
        }
    }

    fn expected(&self) -> Vec<(Class, String, &'static str)> {
        let [delivered, undone] = [&self.delivered, &self.undone].map(|orders| {
            let ids = orders.iter().map(|order| order.id.to_string());
            ids.collect::<Vec<_>>()
        });
        let money = [
            (&delivered[0], "£480.00 was paid for"),
            (&delivered[1], "£20.00 more was taken"),
            (&delivered[2], "£480.00 more was refunded"),
            (&delivered[3], "£480.00 more is with the customer's bank"),
            (&delivered[4], "is on its way for longer than it may be"),
            (&delivered[5], "is with us, and nothing is delivered"),
            (&undone[0], "£480.00 less was refunded"),
        ];
        let money = money.map(|(order, words)| (Class::Unaccounted, order.clone(), words));
        let mut all = money.to_vec();
        all.extend([
            (Class::MoneyWithoutOrder, String::new(), "£123.00 came in"),
            (Class::AccessMissing, delivered[6].clone(), "has paid, and the team"),
            (Class::AccessLeft, undone[1].clone(), "does not pay, and the account"),
            (
                Class::AccessLeft,
                self.unpaid.to_string(),
                "does not pay, and the account u_unpaid",
            ),
            (Class::AccessLeft, String::new(), "the account u_nobody"),
        ]);
        all
    }
}

/// Class, order and sentence of each case that is open.
pub(crate) fn open<'a>(cases: impl Iterator<Item = &'a Case>) -> Vec<(Class, String, String)> {
    let open = cases.filter(|case| case.resolved.is_none());
    open.map(|case| {
        let order = case.order.as_ref().map(ToString::to_string).unwrap_or_default();
        (case.class, order, case.consequence.clone())
    })
    .collect()
}

fn appears(directory: &mut Directory, id: &str, mark: &str) {
    let mut user = directory.users.first().expect("an account").clone();
    user.id = id.to_owned();
    user.deleted_at = None;
    user.body["id"] = json!(id);
    user.body["userName"] = json!(format!("{id}@example.com"));
    user.body["externalId"] = json!(mark);
    user.body["active"] = json!(true);
    directory.users.push(user);
}
