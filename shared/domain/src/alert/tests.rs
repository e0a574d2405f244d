use super::*;
use crate::id::OrderId;
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
    open(&(0..count).map(|number| case(number, minutes, true)).collect::<Vec<_>>())
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
    let alone = open(&[case(1, 0, false)]);
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
    let answered = alerts.acknowledged(Class::DeliveryStuck, "Jo", at(5)).unwrap();
    assert_eq!(says(&answered, &open, 200), None);
    assert_eq!(
        answered.acknowledged(Class::DeliveryStuck, "Al", at(6)),
        None,
        "Jo has it"
    );
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
    assert!(next.standing().is_empty());
    let some = alerts.looked(&none, false, WITHIN, at(10));
    assert_eq!(some, None, "there are more than were read");
}

#[test]
fn money_is_summed_in_each_currency_and_the_oldest_speaks() {
    let open = open(&[case(7, 3, true), case(8, 4, false)]);
    let open = &open[&Class::DeliveryStuck];
    assert_eq!((open.count, open.oldest, open.money[0].minor), (2, at(3), 200));
    assert_eq!(open.consequence, "Sentence 7.");
    assert!(!open.without_order);
}
