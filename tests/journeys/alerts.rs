//! One alert for each class of cases, however many orders it has; the next level where nobody answers; and one word when
//! it is over.

use std::time::Duration;

use domain::alert::Say;
use domain::case::{Choice, Class};
use domain::notice::{Audience, Template, Told};
use futures_util::FutureExt as _;
use testkit::identity::Fault;

use crate::journey::{CATCH_UP, Journey};
use crate::stories::decide;

const HOUR: Duration = Duration::from_secs(3_600);
const ORDERS: usize = 30;

/// Alerts that orders raised about cases of this class.
fn raised(journey: &Journey, class: Class) -> usize {
    let state = journey.world.state();
    let mine = state.told.iter().filter(|told| {
        let (order, _) = state.stored_order(&told.order).expect("its order");
        told.notice.alert_class(order) == Some(class)
    });
    mine.count()
}

pub(crate) fn said(journey: &Journey) -> Vec<(Class, Say)> {
    let state = journey.world.state();
    state.class_alerts.iter().map(|told| (told.class, told.say)).collect()
}

/// Somebody on call says that they have it.
fn answers(journey: &Journey, class: Class) -> bool {
    let said = flow::alerts::acknowledge(&journey.world, class, ("Jo", None)).now_or_never();
    said.expect("an end").expect("a store")
}

/// Thirty orders whose provider is down for longer than the policy waits.
fn many_with_a_person(seed: u64) -> Journey {
    let mut journey = Journey::begin(seed);
    journey.world.state().directory.fault = Fault::Down;
    for _ in 0..ORDERS {
        journey.pays("team-year");
    }
    journey.settles();
    journey.passes(HOUR * 24);
    journey
}

#[test]
fn thirty_cases_are_one_alert_and_the_next_level_hears_when_nobody_answers() {
    let mut journey = many_with_a_person(71);
    for _ in 0..6 {
        journey.passes(CATCH_UP);
    }
    assert_eq!(journey.world.state().cases().count(), ORDERS);
    assert_eq!(raised(&journey, Class::DeliveryStuck), 1, "one alert");
    let covered = {
        let state = journey.world.state();
        let notices = state.stored().flat_map(|(order, _)| order.notices.iter());
        let told = notices.filter(|notice| notice.to == Audience::Ops && matches!(notice.told, Told::Covered(_)));
        told.filter(|notice| matches!(notice.template, Template::WithPerson { .. }))
            .count()
    };
    assert_eq!(covered, ORDERS - 1, "each order's ledger says what covered it");
    journey.passes(HOUR);
    let escalated = |journey: &Journey| said(journey).iter().filter(|said| said.1 == Say::Escalated).count();
    assert_eq!(escalated(&journey), 1, "{:?}", said(&journey));
    journey.passes(HOUR * 3);
    assert_eq!(escalated(&journey), 1, "once");
    {
        let state = journey.world.state();
        let last = state
            .class_alerts
            .iter()
            .find(|told| told.say == Say::Escalated)
            .expect("one");
        let text = last.message.lines.join("\n");
        assert!(
            last.message.subject.contains("30 cases") && text.contains("£14400.00 at stake"),
            "{last:?}"
        );
        assert!(
            text.contains("/console/alerts") && !text.contains("@example.com"),
            "{text}"
        );
    }

    assert!(answers(&journey, Class::DeliveryStuck) && !answers(&journey, Class::DeliveryStuck));
    journey.world.state().directory.fault = Fault::None;
    for _ in 0..ORDERS {
        decide(&mut journey, Choice::Retry);
    }
    journey.passes(HOUR);
    let over: Vec<_> = said(&journey).into_iter().filter(|said| said.1 == Say::Over).collect();
    assert_eq!(over, [(Class::DeliveryStuck, Say::Over)], "{:?}", said(&journey));
}

#[test]
fn who_answers_in_time_keeps_the_next_level_asleep() {
    let mut journey = many_with_a_person(72);
    journey.passes(CATCH_UP);
    assert!(answers(&journey, Class::DeliveryStuck));
    journey.passes(HOUR * 4);
    assert!(
        !said(&journey).iter().any(|said| said.1 == Say::Escalated),
        "{:?}",
        said(&journey)
    );
}

#[test]
fn a_case_of_no_order_wakes_somebody_and_is_over_when_it_is_closed() {
    let mut journey = Journey::begin(73);
    journey.pays_for_nobody("48000");
    journey.passes(CATCH_UP * 3);
    let raised = [(Class::MoneyWithoutOrder, Say::Raised)];
    assert_eq!(said(&journey), raised);
    journey.passes(CATCH_UP * 2);
    assert_eq!(said(&journey), raised, "once");
}
