//! Each rule of the adapter as the shortest talk with a provider that breaks without it.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use domain::failure::{Failure, FailureClass, Reason};
use domain::receipt::{Origin, Step};
use serde_json::{Value, json};

pub(crate) use wire::order;
use wire::{NAME, Provider, lists, off, order_with, page, says, user};

const MINE: &str = "ord_2:account";
const ANOTHERS: &str = "ord_1:account";

fn failed<T>(class: FailureClass, reason: Reason) -> Result<T, Failure> {
    Err(Failure::new(class, reason))
}

fn taken() -> wire::Says {
    says(409, json!({ "scimType": "uniqueness" }))
}

// Searching.

#[test]
fn a_name_with_quotes_backslashes_and_other_scripts_asks_for_itself_alone() {
    let mut order = order();
    Arc::make_mut(&mut order.buyer).email = r#"zoë"\李@example.com"#.into();
    let provider = Provider::that([lists(&[]), lists(&[])]);
    assert_eq!(provider.find(&order, Step::Account), Ok(vec![]));
    let filter = r#"GET /Users?filter=userName eq "zoë\"\\李@example.com"&startIndex=1&count=100"#;
    assert_eq!(provider.asked()[1], filter);
}

#[test]
fn all_pages_are_read_however_few_the_provider_gives_at_once() {
    let mine = |id: &str| user(id, MINE);
    let pages = [page(3, &[mine("c")]), page(3, &[mine("a")]), page(3, &[mine("b")])];
    let provider = Provider::that(pages);
    let found = provider.find(&order(), Step::Account).unwrap();
    assert_eq!(found.len(), 3);
    let starts = provider
        .asked()
        .into_iter()
        .map(|line| line.split("startIndex=").nth(1).unwrap().to_owned());
    assert_eq!(
        starts.collect::<Vec<_>>(),
        ["1&count=100", "2&count=100", "3&count=100"]
    );
}

#[test]
fn half_a_list_is_never_read_as_none() {
    let garbled = || failed(FailureClass::Transient, Reason::Garbled);
    let breaks_off = Provider::that([page(3, &[user("a", ANOTHERS)]), page(3, &[])]);
    assert_eq!(breaks_off.find(&order(), Step::Team), garbled());
    let hides = Provider::that([says(200, json!({ "totalResults": 2 }))]);
    assert_eq!(hides.find(&order(), Step::Team), garbled());
    let endless = (0..5).map(|number| page(1_000, &[user(&number.to_string(), ANOTHERS)]));
    assert_eq!(Provider::that(endless).find(&order(), Step::Team), garbled());
}

#[test]
fn a_provider_that_ignores_the_filter_hands_us_nobody_elses_objects() {
    let groups = [
        json!({ "id": "g1", "displayName": "Everybody" }),
        json!({ "id": "g2", "displayName": "Blue", "externalId": "ord_2:team" }),
    ];
    let provider = Provider::that([lists(&groups)]);
    assert_eq!(
        provider.find(&order(), Step::Team),
        Ok(vec![("g2".into(), Origin::Made)])
    );
    let boss = json!({ "id": "u1", "userName": "boss@example.com" });
    let provider = Provider::that([lists(std::slice::from_ref(&boss)), lists(&[boss])]);
    assert_eq!(provider.find(&order(), Step::Account), Ok(vec![]));
}

// Making.

#[test]
fn an_account_that_was_there_before_is_found_and_not_ours() {
    let own = json!({ "id": "u1", "userName": "Jo@Example.com" });
    let provider = Provider::that([taken(), lists(&[own])]);
    assert_eq!(
        provider.deliver(&order(), Step::Account),
        Ok(("u1".into(), Origin::Found))
    );
    assert_eq!(provider.asked().len(), 2, "it is left as it is");
}

#[test]
fn a_name_that_our_own_lost_create_took_is_ours() {
    let provider = Provider::that([taken(), lists(&[user("u1", MINE)])]);
    assert_eq!(
        provider.deliver(&order(), Step::Account),
        Ok(("u1".into(), Origin::Made))
    );
    let renamed = json!({ "id": "u1", "userName": "jo.doe@example.com", "externalId": MINE });
    let provider = Provider::that([taken(), lists(&[]), lists(&[renamed])]);
    assert_eq!(
        provider.deliver(&order(), Step::Account),
        Ok(("u1".into(), Origin::Made))
    );
    let team = json!({ "id": "g1", "externalId": "ord_2:team" });
    let provider = Provider::that([taken(), lists(&[team])]);
    assert_eq!(provider.deliver(&order(), Step::Team), Ok(("g1".into(), Origin::Made)));
}

#[test]
fn a_name_that_is_taken_and_cannot_be_found_is_refused() {
    let provider = Provider::that([taken(), lists(&[]), lists(&[])]);
    let refused = || failed(FailureClass::Rejected, Reason::Taken);
    assert_eq!(provider.deliver(&order(), Step::Account), refused());
    let provider = Provider::that([taken(), lists(&[])]);
    assert_eq!(provider.deliver(&order(), Step::Team), refused());
}

#[test]
fn a_question_that_is_refused_undoes_nobody() {
    for status in [400, 403, 404, 501] {
        let provider = Provider::that([taken(), says(status, Value::Null)]);
        let failure = provider.deliver(&order(), Step::Account).expect_err("a failure");
        assert_eq!(failure.class, FailureClass::Transient, "{status}");
    }
    let provider = Provider::that([taken(), says(403, Value::Null)]);
    let failed = provider.deliver(&order_with("u1", "g1"), Step::Membership);
    assert_eq!(failed.expect_err("a failure").class, FailureClass::Transient);
}

#[test]
fn several_found_are_one_winner_whatever_their_order() {
    let (first, second) = (user("a", ""), user("b", ANOTHERS));
    let (mine, other) = (user("z", MINE), off(user("0", "")));
    let mut all = vec![first, second, mine, other];
    for _ in 0..all.len() {
        all.rotate_left(1);
        let provider = Provider::that([taken(), lists(&all)]);
        let made = provider.deliver(&order(), Step::Account);
        assert_eq!(made, Ok(("z".into(), Origin::Made)), "its own before all others");
    }
    all.retain(|user| user["id"] != "z");
    for _ in 0..all.len() {
        all.rotate_left(1);
        let provider = Provider::that([taken(), lists(&all)]);
        let found = provider.deliver(&order(), Step::Account);
        assert_eq!(
            found,
            Ok(("a".into(), Origin::Found)),
            "one that is on before one that is off"
        );
    }
}

#[test]
fn an_account_of_another_order_is_marked_as_shared_if_it_is_still_as_it_was_read() {
    let provider = Provider::that([taken(), lists(&[user("u1", ANOTHERS)]), says(200, Value::Null)]);
    assert_eq!(
        provider.deliver(&order(), Step::Account),
        Ok(("u1".into(), Origin::Found))
    );
    assert_eq!(provider.asked()[2], r#"PATCH /Users/u1 if W/"u1""#);
    let operations = &provider.last_body()["Operations"];
    let replace = json!([{ "op": "replace", "path": "externalId", "value": "makegood:shared" }]);
    assert_eq!(*operations, replace);
    let provider = Provider::that([taken(), lists(&[user("u1", ANOTHERS)]), says(412, Value::Null)]);
    let again = failed(FailureClass::Transient, Reason::Changed);
    assert_eq!(provider.deliver(&order(), Step::Account), again);
}

#[test]
fn a_member_who_is_in_already_is_in() {
    let order = order_with("u1", "g1");
    let inside = says(200, json!({ "id": "g1", "members": [{ "value": "u1" }] }));
    let provider = Provider::that([taken(), inside]);
    assert_eq!(
        provider.deliver(&order, Step::Membership),
        Ok(("g1/u1".into(), Origin::Made))
    );
    let provider = Provider::that([taken(), says(200, json!({ "id": "g1" }))]);
    let again = failed(FailureClass::Transient, Reason::Taken);
    assert_eq!(
        provider.deliver(&order, Step::Membership),
        again,
        "a conflict says nothing about the buyer"
    );
}

#[test]
fn ids_are_whatever_the_provider_likes() {
    let order = order_with("50%/é", "cn=a/b");
    let provider = Provider::that([says(204, Value::Null), says(204, Value::Null)]);
    let (object, _origin) = provider.deliver(&order, Step::Membership).unwrap();
    assert_eq!(provider.last_body()["Operations"][0]["value"][0]["value"], "50%/é");
    assert_eq!(provider.revoke(&order, Step::Membership, &object), Ok(()));
    assert_eq!(
        provider.last_body()["Operations"][0]["path"],
        r#"members[value eq "50%/é"]"#
    );
    assert_eq!(provider.asked(), ["PATCH /Groups/cn=a/b"; 2]);
}

// Taking back.

#[test]
fn an_account_is_deleted_only_as_it_was_read() {
    let read = || says(200, user("u1", MINE));
    let provider = Provider::that([read(), says(204, Value::Null)]);
    assert_eq!(provider.revoke(&order(), Step::Account, "u1"), Ok(()));
    assert_eq!(provider.asked(), ["GET /Users/u1", r#"DELETE /Users/u1 if W/"u1""#]);
    let provider = Provider::that([read().with("etag", "\"7\""), says(204, Value::Null)]);
    assert_eq!(provider.revoke(&order(), Step::Account, "u1"), Ok(()));
    assert_eq!(
        provider.asked()[1],
        "DELETE /Users/u1 if \"7\"",
        "the header's word comes first"
    );
    let plain = says(200, json!({ "id": "u1", "externalId": MINE }));
    let provider = Provider::that([plain, says(204, Value::Null)]);
    assert_eq!(provider.revoke(&order(), Step::Account, "u1"), Ok(()));
    assert_eq!(provider.asked()[1], "DELETE /Users/u1", "where there are no versions");
}

/// Another order came to stand on it between the look and the deletion.
#[test]
fn an_account_that_changed_meanwhile_is_looked_at_again_and_left() {
    let provider = Provider::that([
        says(200, user("u1", MINE)),
        says(412, Value::Null),
        says(200, user("u1", "makegood:shared")),
    ]);
    let again = failed(FailureClass::Transient, Reason::Changed);
    assert_eq!(provider.revoke(&order(), Step::Account, "u1"), again);
    assert_eq!(provider.revoke(&order(), Step::Account, "u1"), Ok(()));
    assert_eq!(provider.asked().len(), 3, "and nothing was deleted");
}

#[test]
fn what_is_gone_already_is_taken_back() {
    let gone = || says(404, Value::Null);
    let order = order_with("u1", "g1");
    for (step, object) in [(Step::Account, "u1"), (Step::Team, "g1"), (Step::Membership, "g1/u1")] {
        assert_eq!(
            Provider::that([gone()]).revoke(&order, step, object),
            Ok(()),
            "{step:?}"
        );
    }
    let between = Provider::that([says(200, user("u1", MINE)), gone()]);
    assert_eq!(between.revoke(&order, Step::Account, "u1"), Ok(()));
}

// Switched off instead of deleted.

#[test]
fn an_account_is_switched_off_where_the_adopter_says_so() {
    let provider = Provider::that([says(200, user("u1", MINE)), says(200, Value::Null)]);
    assert_eq!(provider.switch_off(&order(), "u1"), Ok(()));
    assert_eq!(provider.asked()[1], r#"PATCH /Users/u1 if W/"u1""#);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(provider.last_body()["Operations"], off);
}

#[test]
fn an_account_that_is_off_already_is_taken_back() {
    let provider = Provider::that([says(200, off(user("u1", MINE)))]);
    assert_eq!(provider.switch_off(&order(), "u1"), Ok(()));
    let shared = Provider::that([says(200, user("u1", "makegood:shared"))]);
    assert_eq!(shared.switch_off(&order(), "u1"), Ok(()));
    assert_eq!(
        (provider.asked().len(), shared.asked().len()),
        (1, 1),
        "nothing is changed"
    );
}

#[test]
fn an_account_that_an_undo_switched_off_is_switched_on_and_ours() {
    for mark in [ANOTHERS, MINE] {
        let provider = Provider::that([taken(), lists(&[off(user("u1", mark))]), says(200, Value::Null)]);
        let made = provider.deliver(&order(), Step::Account);
        assert_eq!(
            made,
            Ok(("u1".into(), Origin::Made)),
            "an undo of this order switches it off again"
        );
        assert_eq!(provider.asked()[2], r#"PATCH /Users/u1 if W/"u1""#);
        let on = json!([
            { "op": "replace", "path": "active", "value": true },
            { "op": "replace", "path": "externalId", "value": MINE },
        ]);
        assert_eq!(provider.last_body()["Operations"], on);
    }
}

#[test]
fn an_account_that_somebody_else_switched_off_stays_off() {
    for mark in ["", "makegood:shared", "hr-4711"] {
        let provider = Provider::that([taken(), lists(&[off(user("u1", mark))])]);
        let refused = failed(FailureClass::Rejected, Reason::Taken);
        assert_eq!(provider.deliver(&order(), Step::Account), refused, "{mark}");
    }
}

#[test]
fn a_look_switches_nothing_on() {
    let provider = Provider::that([lists(&[]), lists(&[off(user("u1", ANOTHERS))])]);
    assert_eq!(provider.find(&order(), Step::Account), Ok(vec![]));
    assert_eq!(provider.asked().len(), 2);
}

// What failures mean.

#[test]
fn an_answer_of_503_to_a_change_says_nothing_about_how_far_it_came() {
    let down = || says(503, json!({ "detail": "upstream reset" }));
    let unknown = failed(FailureClass::Unknown, Reason::Unavailable);
    assert_eq!(Provider::that([down()]).deliver(&order(), Step::Team), unknown);
    let question = failed(FailureClass::Transient, Reason::Unavailable);
    assert_eq!(Provider::that([down()]).find(&order(), Step::Team), question);
}

#[test]
fn retry_after_of_429_and_503_comes_with_the_failure() {
    let wait = |failure: Result<_, Failure>| failure.expect_err("a failure").retry_after;
    for status in [429, 503] {
        let asks = || says(status, Value::Null).with("retry-after", "120");
        let two_minutes = Some(Duration::from_secs(120));
        assert_eq!(
            wait(Provider::that([asks()]).deliver(&order(), Step::Team)),
            two_minutes
        );
        let found = Provider::that([asks()])
            .find(&order(), Step::Team)
            .map(|_found| (String::new(), Origin::Made));
        assert_eq!(wait(found), two_minutes);
    }
    let refuses = says(400, Value::Null).with("retry-after", "120");
    assert_eq!(wait(Provider::that([refuses]).deliver(&order(), Step::Team)), None);
}

#[test]
fn every_status_has_its_class() {
    let classes = [
        (400, FailureClass::Rejected, Reason::Refused),
        (401, FailureClass::Transient, Reason::NotAllowed),
        (403, FailureClass::Rejected, Reason::Refused),
        (404, FailureClass::Transient, Reason::Missing),
        (408, FailureClass::Unknown, Reason::NoAnswer),
        (429, FailureClass::Throttled, Reason::TooMany),
        (500, FailureClass::Unknown, Reason::ServerError),
        (502, FailureClass::Unknown, Reason::ServerError),
        (503, FailureClass::Unknown, Reason::Unavailable),
        (504, FailureClass::Unknown, Reason::ServerError),
        (302, FailureClass::Unknown, Reason::Garbled),
    ];
    for (status, class, reason) in classes {
        let said = Provider::that([says(status, Value::Null)]).deliver(&order(), Step::Team);
        assert_eq!(said, failed(class, reason), "{status}");
    }
    let nameless = Provider::that([says(201, json!({ "displayName": NAME }))]);
    let unknown = failed(FailureClass::Unknown, Reason::Garbled);
    assert_eq!(
        nameless.deliver(&order(), Step::Team),
        unknown,
        "made, and nobody knows as what"
    );
}
