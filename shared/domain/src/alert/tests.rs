use super::*;
use crate::case::tend::{Tend, Tending};
use crate::id::{DecisionId, OrderId};
use crate::money::Currency;

const WITHIN: Duration = HOUR;

fn at(minutes: i64) -> Timestamp {
    Timestamp(minutes * 60_000)
}

fn case(number: u32, minutes: i64, order: bool) -> Case {
    let pounds = Currency::parse("gbp").unwrap();
    let mut case = Case::without_order(
        format!("case_{number}"),
        Class::DeliveryStuck,
        at(minutes),
        format!("Sentence {number}."),
        Some(Money::new(100, pounds)),
    );
    case.order = order.then(|| OrderId::new(format!("ord_{number}")));
    case
}

fn cases(count: u32, minutes: i64) -> BTreeMap<Class, Open> {
    open(
        &(0..count).map(|number| case(number, minutes, true)).collect::<Vec<_>>(),
        at(minutes),
    )
}

/// Raised at that time, and out.
fn raised(minutes: i64) -> Alerts {
    let alerts = Alerts::default().occurs(Class::DeliveryStuck, at(minutes)).unwrap();
    alerts
        .ended(Class::DeliveryStuck, Say::Raised, at(minutes), true)
        .unwrap()
}

fn says(alerts: &Alerts, open: &BTreeMap<Class, Open>, minutes: i64) -> Option<Say> {
    alerts.looked(open, true, WITHIN, at(minutes)).map(|(_, _, say)| say)
}

#[test]
fn a_thousand_orders_are_one_alert_and_an_hour_later_one_more() {
    let alerts = raised(0);
    assert_eq!(alerts.occurs(Class::DeliveryStuck, at(59)), None);
    assert!(
        alerts.occurs(Class::ReturnStuck, at(1)).is_some(),
        "another class is another alert"
    );
    let again = alerts.occurs(Class::DeliveryStuck, at(60)).unwrap();
    assert_eq!(
        again.standing()[&Class::DeliveryStuck].since,
        at(0),
        "it is the same alert"
    );
}

#[test]
fn while_one_says_it_the_others_are_covered_and_when_that_fails_the_next_says_it() {
    let begun = Alerts::default().occurs(Class::DeliveryStuck, at(0)).unwrap();
    assert_eq!(begun.occurs(Class::DeliveryStuck, Timestamp(59_999)), None);
    assert!(
        begun.occurs(Class::DeliveryStuck, at(1)).is_some(),
        "whoever said it has died"
    );
    let failed = begun.ended(Class::DeliveryStuck, Say::Raised, at(0), false).unwrap();
    assert!(failed.occurs(Class::DeliveryStuck, Timestamp(1)).is_some());
    assert_eq!(
        begun.ended(Class::DeliveryStuck, Say::Raised, at(5), true),
        None,
        "another one's"
    );
}

#[test]
fn what_no_order_tells_is_told_by_the_look_at_the_cases() {
    let alone = open(&[case(1, 0, false)], at(0));
    assert_eq!(says(&Alerts::default(), &alone, 0), Some(Say::Raised));
    assert_eq!(says(&Alerts::default(), &cases(1, 0), 9), None, "its order tells it");
    assert_eq!(
        says(&Alerts::default(), &cases(1, 0), 10),
        Some(Say::Raised),
        "and did not"
    );
}

#[test]
fn nobody_answers_and_the_next_level_is_told_once() {
    let (alerts, open) = (raised(0), cases(1, 0));
    assert_eq!(says(&alerts, &open, 59), None);
    let (next, _, say) = alerts.looked(&open, true, WITHIN, at(60)).unwrap();
    assert_eq!((say, next.version), (Say::Escalated, alerts.version + 1));
    let next = next.ended(Class::DeliveryStuck, Say::Escalated, at(60), true).unwrap();
    assert_eq!(says(&next, &open, 200), None);
    assert!(
        next.occurs(Class::DeliveryStuck, at(61)).is_some(),
        "the first level hears of the next case"
    );
    let lost = alerts.looked(&open, true, WITHIN, at(60)).unwrap().0;
    assert_eq!(
        (says(&lost, &open, 69), says(&lost, &open, 70)),
        (None, Some(Say::Escalated)),
        "it may not be out"
    );
    let broken = alerts.occurs(Class::DeliveryStuck, at(60)).unwrap();
    let broken = broken.ended(Class::DeliveryStuck, Say::Raised, at(60), false).unwrap();
    assert_eq!(
        says(&broken, &open, 61),
        Some(Say::Escalated),
        "although the first level cannot be reached"
    );
    let answered = alerts
        .acknowledged(Class::DeliveryStuck, 1, ("Jo", None), at(5))
        .unwrap();
    assert_eq!(says(&answered, &open, 200), None);
    assert_eq!(
        answered.acknowledged(Class::DeliveryStuck, 1, ("Al", None), at(6)),
        None,
        "Jo has it"
    );
    let from = |from| answered.acknowledged(Class::DeliveryStuck, 1, ("Al", Some(from)), at(6));
    assert_eq!(from("Bo"), None, "it is not Bo's");
    let taken = from("Jo").unwrap();
    let has = taken.standing()[&Class::DeliveryStuck].acknowledged.as_ref().unwrap();
    assert_eq!((has.by.as_str(), has.at), ("Al", at(6)));
}

#[test]
fn it_is_said_again_when_it_grows_or_did_not_get_out() {
    let alerts = raised(0);
    assert_eq!(says(&alerts, &cases(3, 0), 20), None);
    assert_eq!(says(&alerts, &cases(4, 0), 20), Some(Say::Again));
    let begun = Alerts::default().occurs(Class::DeliveryStuck, at(0)).unwrap();
    assert_eq!(says(&begun, &cases(1, 0), 10), Some(Say::Again));
}

#[test]
fn the_last_case_is_closed_and_all_is_clear() {
    let alerts = raised(0);
    let none = BTreeMap::new();
    assert_eq!(says(&alerts, &none, 9), None, "it may not be listed yet");
    let (next, class, say) = alerts.looked(&none, true, WITHIN, at(10)).unwrap();
    assert_eq!((class, say), (Class::DeliveryStuck, Say::Over));
    assert!(
        next.standing()[&class].is_over() && next.occurs(class, at(10)).is_some(),
        "another case is another alert, and is not covered"
    );
    let told = next.ended(class, say, at(10), true).unwrap();
    assert!(told.standing().is_empty());
    let some = alerts.looked(&none, false, WITHIN, at(10));
    assert_eq!(some, None, "there are more than were read");
}

#[test]
fn an_all_clear_that_did_not_get_out_is_said_again() {
    let (alerts, none, class) = (raised(0), BTreeMap::new(), Class::DeliveryStuck);
    let begun = alerts.looked(&none, true, WITHIN, at(10)).unwrap().0;
    let failed = begun.ended(class, Say::Over, at(10), false).unwrap();
    for stands in [&begun, &failed] {
        assert_eq!(
            (says(stands, &none, 19), says(stands, &none, 20)),
            (None, Some(Say::Over))
        );
    }
    let again = failed.looked(&none, true, WITHIN, at(20)).unwrap().0;
    assert_eq!(again.ended(class, Say::Over, at(10), true), None, "that was the first");
    assert!(
        again
            .ended(class, Say::Over, at(20), true)
            .unwrap()
            .standing()
            .is_empty()
    );

    let answered = alerts.acknowledged(class, 1, ("Jo", None), at(5)).unwrap();
    let over = answered.looked(&none, true, WITHIN, at(10)).unwrap().0;
    let (next, _, say) = over.looked(&cases(1, 0), true, WITHIN, at(11)).unwrap();
    let standing = &next.standing()[&class];
    assert_eq!(
        (say, standing.since, &standing.acknowledged),
        (Say::Raised, at(11), &None)
    );
}

#[test]
fn what_outgrows_its_acknowledgement_is_to_be_acknowledged_anew() {
    let class = Class::DeliveryStuck;
    let answered = raised(0).acknowledged(class, 3, ("Jo", None), at(5)).unwrap();
    let (grown, _, say) = answered.looked(&cases(11, 0), true, WITHIN, at(20)).unwrap();
    assert_eq!(say, Say::Again);
    assert!(
        grown.standing()[&class].acknowledged.is_some(),
        "not four times as many"
    );
    let grown = grown.ended(class, Say::Again, at(20), true).unwrap();
    assert_eq!(says(&grown, &cases(11, 0), 200), None, "Jo has it");
    let (anew, _, say) = grown.looked(&cases(44, 0), true, WITHIN, at(200)).unwrap();
    let standing = &anew.standing()[&class];
    assert_eq!(
        (say, &standing.acknowledged, standing.asked_since()),
        (Say::Again, &None, at(200))
    );
    let anew = anew.ended(class, Say::Again, at(200), true).unwrap();
    assert_eq!(
        (says(&anew, &cases(44, 0), 259), says(&anew, &cases(44, 0), 260)),
        (None, Some(Say::Escalated)),
        "the clock began again"
    );
    assert!(anew.acknowledged(class, 44, ("Jo", None), at(210)).is_some());
}

/// With what somebody did at that minute.
fn tended(case: &Case, minutes: i64, tend: Tend) -> Case {
    let done = Tending {
        at: at(minutes),
        by: "Jo".to_owned(),
        decision: DecisionId::new(format!("dec_{minutes}")),
        tend,
    };
    crate::decide::tend_alone(case, done).unwrap().unwrap()
}

#[test]
fn nobody_is_woken_for_what_is_held_until_the_hold_is_over() {
    let alerts = raised(0);
    let held = tended(
        &case(1, 0, false),
        5,
        Tend::Held {
            until: at(300),
            reason: "The bank answers on Monday.".to_owned(),
        },
    );
    let all_held = |minutes| open(std::slice::from_ref(&held), at(minutes));
    assert_eq!(says(&alerts, &all_held(60), 60), None);
    let other = [held.clone(), case(2, 0, false)];
    assert_eq!(says(&alerts, &open(&other, at(60)), 60), Some(Say::Escalated));
    let answered = alerts
        .acknowledged(Class::DeliveryStuck, 1, ("Jo", None), at(5))
        .unwrap();
    assert_eq!(says(&answered, &all_held(299), 299), None);
    let (next, _, say) = answered.looked(&all_held(300), true, WITHIN, at(300)).unwrap();
    assert_eq!(say, Say::Again);
    let next = next.ended(Class::DeliveryStuck, say, at(300), true).unwrap();
    assert_eq!(says(&next, &all_held(400), 400), None, "once");
    let due = tended(&held, 310, Tend::Due { at: at(350) });
    let due = |minutes| open(std::slice::from_ref(&due), at(minutes));
    assert_eq!(
        (says(&next, &due(349), 349), says(&next, &due(350), 350)),
        (None, Some(Say::Again))
    );
}

#[test]
fn money_is_summed_in_each_currency_and_the_oldest_speaks() {
    let open = open(&[case(7, 3, true), case(8, 4, false)], at(4));
    let open = &open[&Class::DeliveryStuck];
    assert_eq!((open.count, open.oldest, open.money[0].minor), (2, at(3), 200));
    assert_eq!(open.consequence, "Sentence 7.");
    assert!(!open.without_order);
}
