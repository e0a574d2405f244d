//! A world in which nothing adds up: each kind of difference is one case that names the money and the order, and a person's
//! word mends it.

use std::time::Duration;

use domain::case::{Choice, Class};
use domain::id::{CaseId, ObjectId, OrderId};
use domain::order::{Order, State};
use domain::receipt::Step;
use domain::work::{Subject, Tries};
use flow::ports::{Basis, Ledger as _};
use futures_util::FutureExt as _;
use serde_json::json;
use testkit::identity::Fault;

use crate::journey::{Journey, Post};
use crate::stories::decide;

const DAY: Duration = Duration::from_secs(86_400);

/// Somebody changes the record behind everybody's back.
fn rewrites(journey: &Journey, id: &OrderId, change: impl FnOnce(&mut Order)) {
    let mut order = journey.order(id);
    let basis = Basis::Version(order.version);
    order.version += 1;
    change(&mut order);
    let written = journey.world.commit(basis, &order, &[]).now_or_never();
    written.expect("at once").expect("written");
}

fn payment(journey: &Journey, id: &OrderId) -> String {
    let order = journey.order(id);
    order.own_payment().expect("paid").id.to_string()
}

/// Orders that ended well, and some that did not: the audits find nothing.
fn sound_world(journey: &mut Journey) -> (Vec<OrderId>, Vec<OrderId>) {
    let delivered: Vec<OrderId> = (0..7).map(|_| journey.buys("team-year")).collect();
    journey.world.state().directory.fault = Fault::RefuseTeams;
    let undone: Vec<OrderId> = (0..2).map(|_| journey.buys("team-year")).collect();
    journey.world.state().directory.fault = Fault::None;
    journey
        .orders("team-year", 90)
        .expect("a payment page that nobody pays");
    journey.passes(DAY * 2);
    assert_eq!(journey.world.state().cases().count(), 0, "a sound world has no cases");
    (delivered, undone)
}

/// A second payment of the order that nobody was told of.
fn second_payment(journey: &Journey, order: &OrderId) {
    let mut state = journey.world.state();
    let first = state
        .stripe
        .intents
        .iter()
        .find(|intent| intent.metadata.get("order").map(String::as_str) == Some(order.as_str()));
    let mut second = first.expect("its payment").clone();
    second.id = "pi_second".to_owned();
    second.charge = "ch_second".to_owned();
    state.stripe.intents.push(second);
}

fn account(journey: &Journey, id: &str, mark: &str) {
    let mut state = journey.world.state();
    let mut user = state.directory.users.first().expect("an account").clone();
    user.id = id.to_owned();
    user.deleted_at = None;
    user.body["id"] = json!(id);
    user.body["userName"] = json!(format!("{id}@example.com"));
    user.body["externalId"] = json!(mark);
    user.body["active"] = json!(true);
    state.directory.users.push(user);
}

struct Planted {
    delivered: Vec<OrderId>,
    undone: Vec<OrderId>,
    unpaid: OrderId,
}

fn plant_money(journey: &Journey, planted: &Planted) {
    let Planted { delivered, undone, .. } = planted;
    journey.pays_for_nobody("12300");
    second_payment(journey, &delivered[0]);
    let of = |id| payment(journey, id);
    let (paid, refunded, contested) = (of(&delivered[1]), of(&delivered[2]), of(&delivered[3]));
    let lost = of(&undone[0]);
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        let intents = &mut state.stripe.intents;
        let intent = intents.iter_mut().find(|intent| intent.id == paid).expect("one");
        intent.received += 2_000;
        intent.amount += 2_000;
        state.stripe.refund_by_hand(&refunded, now);
        state.stripe.dispute(&contested, now).expect("contested");
        // It failed, and nobody was told.
        let refunds = &mut state.stripe.refunds;
        let refund = refunds.iter_mut().find(|refund| refund.intent == lost).expect("one");
        "failed".clone_into(&mut refund.status);
        let intents = &mut state.stripe.intents;
        intents
            .iter_mut()
            .find(|intent| intent.id == lost)
            .expect("one")
            .refunded = 0;
    }
    // Under way, and nobody looks at it any more.
    rewrites(journey, &delivered[4], |order| {
        let at = order.created_at;
        order.state = State::Delivering { since: at };
        order.receipts.retain(|receipt| receipt.step == Step::Account);
        order.work.tries.push(Tries {
            of: Subject::Step(Step::Team),
            count: 1,
            first_at: at,
            not_before: at,
            last: None,
            unknown_at: None,
            outage: false,
            held_by: Some(CaseId::new("case_that_never_was")),
        });
    });
    rewrites(journey, &delivered[5], |order| {
        order.state = State::Undone { at: order.created_at };
    });
}

/// The team that goes, and the account that comes back.
fn plant_access(journey: &Journey, planted: &Planted) -> ObjectId {
    let team = journey.order(&planted.delivered[6]);
    let team = &team.winner(Step::Team).expect("a team").object;
    let again = journey.order(&planted.undone[1]);
    let mut again = again.receipts.iter().filter(|receipt| receipt.step == Step::Account);
    let again = again.next().expect("an account").object.clone();
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        let gone = state
            .directory
            .groups
            .iter_mut()
            .find(|group| group.id == team.as_str());
        gone.expect("the team").deleted_at = Some(now);
        let back = state.directory.users.iter_mut().find(|user| user.id == again.as_str());
        back.expect("the account").deleted_at = None;
    }
    account(journey, "u_unpaid", &format!("{}:account", planted.unpaid));
    account(journey, "u_nobody", "ord_00000000000000000000beef:account");
    again
}

/// Class, order, and what the sentence must say.
fn expected(planted: &Planted) -> Vec<(Class, String, &'static str)> {
    let Planted {
        delivered,
        undone,
        unpaid,
    } = planted;
    let of = |id: &OrderId| id.to_string();
    let mut all = vec![
        (Class::MoneyWithoutOrder, String::new(), "£123.00 came in"),
        (Class::Unaccounted, of(&delivered[0]), "£480.00 was paid for"),
        (Class::Unaccounted, of(&delivered[1]), "£20.00 more was taken"),
        (Class::Unaccounted, of(&delivered[2]), "£480.00 more was refunded"),
        (
            Class::Unaccounted,
            of(&delivered[3]),
            "£480.00 more is with the customer's bank",
        ),
        (
            Class::Unaccounted,
            of(&delivered[4]),
            "is on its way for longer than it may be",
        ),
        (
            Class::Unaccounted,
            of(&delivered[5]),
            "is with us, and nothing is delivered",
        ),
        (Class::Unaccounted, of(&undone[0]), "£480.00 less was refunded"),
        (Class::AccessMissing, of(&delivered[6]), "has paid, and the team"),
        (Class::AccessLeft, of(&undone[1]), "does not pay, and the account"),
        (Class::AccessLeft, of(unpaid), "does not pay, and the account u_unpaid"),
        (Class::AccessLeft, String::new(), "the account u_nobody"),
    ];
    all.sort();
    all
}

fn open_cases(journey: &Journey) -> Vec<(Class, String, String)> {
    let state = journey.world.state();
    let open = state.cases().filter(|case| case.resolved.is_none());
    let mut open: Vec<_> = open
        .map(|case| {
            let order = case.order.as_ref().map(ToString::to_string).unwrap_or_default();
            (case.class, order, case.consequence.clone())
        })
        .collect();
    open.sort();
    open
}

#[test]
fn each_planted_difference_is_one_case_that_names_money_and_order() {
    let mut journey = Journey::begin(61);
    let (delivered, undone) = sound_world(&mut journey);
    let mut all = journey.world.order_ids().into_iter();
    let unpaid = all
        .find(|id| journey.state(id) == "Closed")
        .expect("nobody paid for it");
    let planted = Planted {
        delivered,
        undone,
        unpaid,
    };
    journey.post = Post::Lost;
    journey.broken.no_catch_up = true;
    journey.oracle.only_at_the_end = true;
    plant_money(&journey, &planted);
    let again = plant_access(&journey, &planted);

    journey.passes(DAY + DAY / 8);
    let (found, expected) = (open_cases(&journey), expected(&planted));
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, (class, order, words)) in found.iter().zip(&expected) {
        assert_eq!((found.0, &found.1), (*class, order), "{found:?}");
        assert!(found.2.contains(words), "{words}: {found:?}");
    }

    // Each has its repair: what only a person can settle outside comes again, everything else is as it should be.
    for _ in 0..3 {
        decide(&mut journey, Choice::Retry);
    }
    journey.post = Post::Arrives;
    journey.passes(DAY + DAY / 8);
    let state = |number: usize| journey.state(&planted.delivered[number]);
    assert_eq!(
        journey.order(&planted.delivered[0]).payments.len(),
        2,
        "it has learned of its second payment"
    );
    assert_eq!((state(2), state(4), state(6)), ("Undone", "Delivered", "Delivered"));
    assert_eq!(journey.state(&planted.undone[0]), "Undone");
    for user in [again.as_str(), "u_unpaid"] {
        let state = journey.world.state();
        let mut users = state.directory.users.iter();
        assert!(
            users.any(|known| known.id == user && known.deleted_at.is_some()),
            "{user}"
        );
    }
    let left: Vec<Class> = open_cases(&journey).iter().map(|(class, _, _)| *class).collect();
    let expected = [
        // What follows from the refund by hand.
        Class::ReturnedAfterDelivery,
        Class::MoneyWithoutOrder,
        // Money that a record denies, and an amount that was changed: settled outside.
        Class::Unaccounted,
        Class::Unaccounted,
        // Without an order; and the team whose receipt was torn out of its order.
        Class::AccessLeft,
        Class::AccessLeft,
    ];
    assert_eq!(left, expected, "{:#?}", open_cases(&journey));
}

/// What comes back under the name that it had: a membership, and an account that somebody switched off.
#[test]
fn what_is_missing_comes_back_though_it_bears_its_old_name() {
    let mut journey = Journey::begin(62);
    let orders: Vec<OrderId> = (0..3).map(|_| journey.buys("team-year")).collect();
    journey.passes(DAY / 8);
    let object = |id: &OrderId, step| {
        let order = journey.order(id);
        order.winner(step).expect("it was made").object.to_string()
    };
    let (left, off, gone) = (
        object(&orders[0], Step::Team),
        object(&orders[1], Step::Account),
        (object(&orders[2], Step::Account), object(&orders[2], Step::Team)),
    );
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        let directory = &mut state.directory;
        let group = directory
            .groups
            .iter_mut()
            .find(|group| group.id == left)
            .expect("a team");
        group.body["members"] = json!([]);
        let user = directory
            .users
            .iter_mut()
            .find(|user| user.id == off)
            .expect("an account");
        user.body["active"] = json!(false);
        // Account and team of one order at once: each is a case, and one word mends both.
        directory
            .users
            .iter_mut()
            .find(|user| user.id == gone.0)
            .expect("an account")
            .deleted_at = Some(now);
        directory
            .groups
            .iter_mut()
            .find(|group| group.id == gone.1)
            .expect("a team")
            .deleted_at = Some(now);
    }
    journey.passes(DAY + DAY / 8);
    let classes =
        |journey: &Journey| -> Vec<Class> { open_cases(journey).iter().map(|(class, _, _)| *class).collect() };
    assert_eq!(
        classes(&journey),
        [Class::AccessMissing; 4],
        "{:#?}",
        open_cases(&journey)
    );
    for _ in 0..2 {
        decide(&mut journey, Choice::Retry);
    }
    let calls = journey.world.state().directory.calls;
    journey.passes(DAY + DAY / 8);
    let after = journey.world.state().directory.calls;
    assert!(
        after - calls < 100,
        "it is asked for again and again: {}",
        after - calls
    );
    for order in &orders {
        assert_eq!(journey.state(order), "Delivered");
    }
    assert_eq!(classes(&journey), [], "{:#?}", open_cases(&journey));
    assert!(journey.world.state().stripe.refunds.is_empty(), "nobody is refunded");
}

/// Behind a wrong address nothing is ever there: that is no case of anybody's.
#[test]
fn a_provider_that_is_not_itself_makes_no_cases() {
    let mut journey = Journey::begin(63);
    for _ in 0..3 {
        journey.buys("team-year");
    }
    journey.passes(DAY / 8);
    journey.world.state().directory.fault = Fault::Elsewhere;
    journey.passes(DAY * 2);
    assert_eq!(journey.world.state().cases().count(), 0);
}
