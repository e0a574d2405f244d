//! Nobody who should know is forgotten: through the real handlers, from the mail system's own message to the case and its
//! end.

use std::time::Duration;

use adapters::lambda::queue::Record;
use desk::access::{Actor, Role};
use desk::decision::Decided;
use desk::told::{Say, mark};
use domain::alert::Say as Said;
use domain::case::{Choice, Class, Resolved};
use domain::id::OrderId;
use domain::notice::{Audience, Notice, Template, Told};
use futures_util::FutureExt as _;
use testkit::identity::Fault;
use testkit::mail::bounce;
use testkit::world::mishaps::{Act, Mishap, Strike};

use crate::journey::{CATCH_UP, Journey};

const HOUR: Duration = Duration::from_secs(3_600);

/// Account yes, team no: refunded.
fn refunded(seed: u64, mails_refused: bool) -> (Journey, OrderId) {
    let mut journey = Journey::begin(seed);
    {
        let mut state = journey.world.state();
        state.directory.fault = Fault::RefuseTeams;
        state.mails_refused = mails_refused;
    }
    let order = journey.buys("team-year");
    journey.settles();
    assert_eq!(journey.state(&order), "Undone");
    (journey, order)
}

fn notice(journey: &Journey, id: &OrderId, to: Audience) -> Notice {
    let order = journey.order(id);
    let mut notices = order.notices.iter().rev();
    let known = notices.find(|notice| notice.to == to && !notice.is_idle());
    known.expect("a message to them").clone()
}

/// What SES says arrives by its queue. Tells whether the record was taken.
fn arrives(journey: &mut Journey, body: &str) -> bool {
    let record = Record {
        message_id: "m1".to_owned(),
        body: body.to_owned(),
        source: "arn:aws:sqs:eu-west-1:000000000000:makegood-MailEventsQueue-1X".to_owned(),
        ..Record::default()
    };
    let world = &journey.world;
    let taken = notification::handler::record(world, world, &record).now_or_never();
    taken.expect("an end").is_ok()
}

fn comes_back(journey: &mut Journey, id: &OrderId, to: Audience) {
    let known = notice(journey, id, to);
    let at = journey.world.state().now.iso();
    assert!(arrives(journey, &bounce(id.as_str(), &known.id.to_string(), &at)));
}

fn cases(journey: &Journey, id: &OrderId) -> Vec<Option<Resolved>> {
    let order = journey.order(id);
    let mine = order.cases.iter().filter(|case| case.class == Class::NotTold);
    mine.map(|case| case.resolved.clone()).collect()
}

fn says(journey: &Journey, id: &OrderId, (to, say): (Audience, Say), by: Role, reason: &str) -> Decided {
    let (order, known) = (journey.order(id), notice(journey, id, to));
    let actor = Actor {
        name: by.name().to_owned(),
        role: by,
    };
    let said = mark(&journey.world, order, (known.id, say), &actor, reason).now_or_never();
    said.expect("an end").expect("a store")
}

#[test]
fn a_mail_that_comes_back_is_a_case_by_alert_and_heals_when_whoever_it_was_for_has_seen_it() {
    let (mut journey, order) = refunded(81, false);
    comes_back(&mut journey, &order, Audience::Finance);
    comes_back(&mut journey, &order, Audience::Finance);
    assert_eq!(cases(&journey, &order), [None], "once");
    let said = {
        let state = journey.world.state();
        let mut open = state.cases().filter(|case| case.resolved.is_none());
        open.next().expect("a case").consequence.clone()
    };
    assert!(
        said.starts_with("£480.00 of MG-") && said.contains("Finance does not know that the money goes back"),
        "{said}"
    );
    let mails = journey.world.state().told.len();
    journey.passes(CATCH_UP * 3);
    {
        let state = journey.world.state();
        assert_eq!(state.told.len(), mails, "no mail says so: mail is what fails");
        let alerts: Vec<_> = state.class_alerts.iter().map(|told| (told.class, told.say)).collect();
        assert_eq!(alerts, [(Class::NotTold, Said::Raised)]);
        let text = format!("{:?}", state.class_alerts[0].message);
        assert!(!text.contains("@example.com"), "{text}");
    }
    let viewer = says(&journey, &order, (Audience::Finance, Say::Seen), Role::Viewer, "");
    assert!(matches!(viewer, Decided::No(_)), "{viewer:?}");
    let finance = says(&journey, &order, (Audience::Finance, Say::Seen), Role::Finance, "");
    assert_eq!(finance, Decided::Recorded);
    assert!(matches!(cases(&journey, &order)[..], [Some(Resolved::Healed { .. })]));
    assert!(matches!(
        notice(&journey, &order, Audience::Finance).told,
        Told::Acknowledged { .. }
    ));
}

#[test]
fn nothing_is_believed_that_names_no_message_of_ours() {
    let (mut journey, order) = refunded(82, false);
    let before = journey.order(&order).version;
    let at = journey.world.state().now.iso();
    let alert = notice(&journey, &order, Audience::Ops).id.to_string();
    for body in [
        String::new(),
        "{\"order\":\"ord_1\"}".to_owned(),
        bounce("ord_nobody", "1", &at),
        bounce(order.as_str(), "99", &at),
        bounce(order.as_str(), &alert, &at),
        bounce(order.as_str(), "1", "1970-01-01T00:00:00Z"),
        "x".repeat(300_000),
    ] {
        assert!(arrives(&mut journey, &body), "it does not come again: {:.60}", body);
    }
    assert_eq!(journey.order(&order).version, before);
}

#[test]
fn a_mail_server_that_is_down_for_an_hour_is_a_case_of_the_order_and_the_order_waits_for_nothing() {
    let mut journey = Journey::begin(83);
    {
        let mut state = journey.world.state();
        state.directory.fault = Fault::RefuseTeams;
        let strike = |nth| Strike {
            act: Act::Tell,
            nth,
            mishap: Mishap::Refused,
        };
        state.schedule.strikes.extend((1..=60).map(strike));
    }
    let order = journey.buys("team-year");
    assert_eq!(journey.state(&order), "Undone", "no money waits for a mail");
    journey.passes(HOUR / 2);
    assert!(cases(&journey, &order).is_empty(), "an hour is not over");
    journey.passes(HOUR);
    assert_eq!(cases(&journey, &order), [None]);
    journey.world.state().schedule.strikes.clear();
    journey.passes(HOUR);
    assert!(matches!(cases(&journey, &order)[..], [Some(Resolved::Healed { .. })]));
    let told = journey.world.state().told.len();
    assert_eq!(told, 3, "customer, Finance, operations");
}

#[test]
fn refused_mails_are_sent_again_by_retry_and_left_by_ignore_with_a_name_and_a_reason() {
    let (mut journey, order) = refunded(84, true);
    assert_eq!(cases(&journey, &order), [None], "given up, and about money");
    journey.world.state().mails_refused = false;
    journey.decides(&order, Choice::Retry, "The address is mended in the mail server.");
    assert!(matches!(
        notice(&journey, &order, Audience::Customer).told,
        Told::Accepted(_)
    ));
    let mails = {
        let state = journey.world.state();
        state.told.iter().filter(|told| told.to == Audience::Customer).count()
    };
    assert_eq!(mails, 1);

    let (mut journey, order) = refunded(85, true);
    journey.decides(&order, Choice::Ignore, "Told them both by phone today.");
    let Told::Waived { by, reason, .. } = notice(&journey, &order, Audience::Customer).told else {
        panic!("not waived")
    };
    assert_eq!(
        (by.as_str(), reason.as_str()),
        ("operator", "Told them both by phone today.")
    );
    journey.passes(HOUR * 30);
    assert_eq!(cases(&journey, &order).len(), 1, "nobody is asked again");
}

#[test]
fn one_message_alone_is_waived_with_a_reason_and_by_whoever_may() {
    let (journey, order) = refunded(86, true);
    let waive = |to, by, reason| says(&journey, &order, (to, Say::NeedNot), by, reason);
    for refused in [
        waive(Audience::Customer, Role::Finance, "Told them by phone today."),
        waive(Audience::Customer, Role::Operator, "short"),
    ] {
        assert!(matches!(refused, Decided::No(_)), "{refused:?}");
    }
    let reason = "Finance sits beside me.";
    assert_eq!(waive(Audience::Finance, Role::Finance, reason), Decided::Recorded);
    assert_eq!(cases(&journey, &order), [None], "the customer does not know yet");
    assert_eq!(
        waive(Audience::Customer, Role::Operator, "Told them by phone today."),
        Decided::Recorded
    );
    assert!(matches!(cases(&journey, &order)[..], [Some(Resolved::Healed { .. })]));
}

/// A case is decided while no mail goes out: everybody who was owed a word gets one, or a later one.
#[test]
fn a_decision_loses_nobody_who_was_owed_a_word() {
    for choice in Choice::ALL {
        let mut journey = Journey::begin(87);
        journey.world.state().directory.fault = Fault::Down;
        let order = journey.buys("team-year");
        journey.hours(24);
        let nth = journey.world.state().schedule.count(Act::Tell);
        let strike = |nth| Strike {
            act: Act::Tell,
            nth,
            mishap: Mishap::Refused,
        };
        journey
            .world
            .state()
            .schedule
            .strikes
            .extend((nth + 1..=nth + 60).map(strike));
        journey.passes(HOUR / 2);
        assert_eq!(journey.state(&order), "WithPerson");
        assert!(journey.world.state().told.is_empty(), "nobody has heard of it");
        journey.world.state().directory.fault = Fault::None;
        journey.decides(&order, choice, "The provider is back since noon.");
        journey.world.state().schedule.strikes.clear();
        journey.passes(HOUR);
        for to in [Audience::Customer, Audience::Finance, Audience::CustomerService] {
            let state = journey.world.state();
            let heard = state.told.iter().filter(|told| told.to == to).count();
            assert_eq!(heard, 1, "{choice:?}: {to:?}");
        }
        let open = journey.order(&order).cases.iter().any(|case| case.resolved.is_none());
        assert!(!open, "{choice:?}");
        let idle = |notice: &Notice| matches!(notice.template, Template::Reminder { .. }) || notice.told != Told::Owed;
        assert!(journey.order(&order).notices.iter().all(idle), "{choice:?}");
    }
}
