//! People tend cases: they have them, write notes, hold them and set their time, and nothing is decided by it.

use std::time::Duration;

use desk::access::{Actor, Role};
use desk::decision::Decided;
use domain::Timestamp;
use domain::alert::Say;
use domain::case::tend::Tend;
use domain::case::{Case, CaseRef, Choice, Class, Resolved};
use domain::id::{CaseId, DecisionId, OrderId};
use domain::notice::{Audience, Template};
use futures_util::FutureExt as _;
use testkit::identity::Fault;
use testkit::world::mishaps::{Act, Mishap, Strike};

use crate::alerts::said;
use crate::journey::{CATCH_UP, Journey};

const HOUR: Duration = Duration::from_secs(3_600);

fn by(role: Role) -> Actor {
    let name = role.name().to_owned();
    Actor { name, role }
}

fn note(text: &str) -> Tend {
    Tend::Noted { text: text.to_owned() }
}

fn hold(until: Timestamp) -> Tend {
    let reason = "The bank answers on Monday.".to_owned();
    Tend::Held { until, reason }
}

fn says(decided: &Decided) -> &str {
    match decided {
        Decided::Recorded => "",
        Decided::No(say) => say,
    }
}

impl Journey {
    /// Somebody tends the case, of this order or of none.
    pub(crate) fn tends(
        &mut self,
        order: Option<&OrderId>,
        case: &CaseId,
        role: Role,
        page: &str,
        tend: Tend,
    ) -> Decided {
        let order = order.map(|id| self.order(id));
        let page = DecisionId::new(page);
        let tended = desk::tend::tend(&self.world, order, case, tend, &by(role), page).now_or_never();
        self.observe();
        tended.expect("an end").expect("a store")
    }

    fn stuck(&mut self) -> (OrderId, CaseId) {
        self.world.state().directory.fault = Fault::Down;
        let order = self.pays("team-year");
        self.settles();
        self.hours(25);
        let case = self.open_case(&order).id;
        (order, case)
    }

    fn open_case(&self, order: &OrderId) -> CaseRef {
        let open = self.order(order).cases.into_iter().find(|case| case.resolved.is_none());
        open.expect("an open case")
    }

    fn item(&self, id: &CaseId) -> Case {
        let state = self.world.state();
        let case = state.cases().find(|case| case.id == *id);
        case.expect("the case's own item").clone()
    }

    /// How often they were reminded.
    fn reminded(&self, to: Audience) -> usize {
        let state = self.world.state();
        let reminders = state.told.iter().filter(|told| told.to == to);
        reminders
            .filter(|told| matches!(told.notice.template, Template::Reminder { .. }))
            .count()
    }
}

#[test]
fn a_held_case_reminds_operations_when_the_hold_is_over_and_the_customer_as_promised() {
    let mut journey = Journey::begin(81);
    let (order, case) = journey.stuck();
    let promised = journey.item(&case).worse.expect("a promise").at;
    let until = promised.minus(HOUR);
    let tended = journey.tends(Some(&order), &case, Role::Operator, "page 1", hold(promised.plus(HOUR)));
    assert!(
        says(&tended).contains("the customer was promised a word before then")
            && says(&tended).contains(&promised.to_string()),
        "{tended:?}"
    );
    for _ in 0..2 {
        let tended = journey.tends(Some(&order), &case, Role::Operator, "page 2", hold(until));
        assert_eq!(tended, Decided::Recorded);
    }
    assert_eq!(journey.item(&case).care.log().len(), 1, "the same page twice");
    let now = journey.world.state().now;
    journey.passes(until.since(now) - Duration::from_secs(120));
    assert_eq!(journey.reminded(Audience::Ops), 0);
    journey.passes(Duration::from_secs(300));
    assert_eq!(
        (journey.reminded(Audience::Ops), journey.reminded(Audience::Customer)),
        (1, 0)
    );
    journey.passes(HOUR + HOUR);
    assert_eq!(
        (journey.reminded(Audience::Ops), journey.reminded(Audience::Customer)),
        (1, 1)
    );
    let worse = journey.item(&case).worse.expect("the next promise");
    assert!(worse.at > promised, "the inbox knows of the next one: {worse:?}");
}

#[test]
fn each_role_tends_what_is_its_own_and_notes_outlive_the_decision() {
    let mut journey = Journey::begin(82);
    let (order, case) = journey.stuck();
    let release = || Tend::Assigned {
        to: "Bo".to_owned(),
        from: None,
    };
    let tended = journey.tends(Some(&order), &case, Role::Viewer, "page 1", release());
    assert!(says(&tended).contains("this is for finance"), "{tended:?}");
    let tended = journey.tends(Some(&order), &case, Role::Finance, "page 2", release());
    assert_eq!(tended, Decided::Recorded, "it is about money");
    let said = note("The customer rang: she needs it by Friday.");
    let tended = journey.tends(Some(&order), &case, Role::Viewer, "page 3", said.clone());
    assert_eq!(tended, Decided::Recorded);
    for text in ["", "two\nlines", "x".repeat(301).as_str()] {
        let tended = journey.tends(Some(&order), &case, Role::Viewer, "page 4", note(text));
        assert!(says(&tended).contains("1 to 300 characters"), "{tended:?}");
    }
    assert_eq!(journey.item(&case).care.owner(), Some("Bo"));

    journey.world.state().directory.fault = Fault::None;
    journey.decides(&order, Choice::Retry, "The provider is back since noon.");
    assert_eq!(journey.state(&order), "Delivered");
    let closed = journey.item(&case);
    assert!(closed.resolved.is_some() && closed.care.notes().any(|done| done.tend == said));
    let tended = journey.tends(Some(&order), &case, Role::Finance, "page 5", release());
    assert!(says(&tended).contains("it takes nothing but notes"), "{tended:?}");
    let tended = journey.tends(Some(&order), &case, Role::Finance, "page 6", note("Sent her flowers."));
    assert_eq!(tended, Decided::Recorded);
}

#[test]
fn a_case_that_comes_back_says_after_what() {
    let mut journey = Journey::begin(83);
    let (order, first) = journey.stuck();
    journey.decides(&order, Choice::Retry, "They say that it is mended.");
    journey.hours(26);
    let again = journey.open_case(&order);
    assert_eq!(again.before, Some(first));
    let item = journey.item(&again.id);
    assert!(
        item.consequence.contains("It came back after retry was chosen on "),
        "{item:?}"
    );
    let shown = desk::tend::TendedView::of(&journey.order(&order), &again, journey.world.state().now);
    let (_, said) = shown.before.expect("the one before");
    assert!(
        said.contains("operator chose retry") && said.contains("They say that it is mended."),
        "{said}"
    );
}

/// Money that no order claims, in a case of its own.
fn nobodys(seed: u64) -> (Journey, CaseId) {
    let mut journey = Journey::begin(seed);
    journey.pays_for_nobody("48000");
    journey.passes(CATCH_UP * 2);
    let id = {
        let state = journey.world.state();
        state.cases().next().expect("a case").id.clone()
    };
    (journey, id)
}

fn closes(journey: &Journey, case: &Case, page: &str) -> Decided {
    let (finance, page) = (by(Role::Finance), DecisionId::new(page));
    let closed = desk::decision::close(&journey.world, case, &finance, "Refunded in Stripe.", &page).now_or_never();
    closed.expect("an end").expect("a store")
}

#[test]
fn a_case_of_no_order_is_tended_and_closed_once() {
    let (mut journey, id) = nobodys(84);
    let take = || Tend::Assigned {
        to: "finance".to_owned(),
        from: None,
    };
    for _ in 0..2 {
        let tended = journey.tends(None, &id, Role::Finance, "page 1", take());
        assert_eq!(tended, Decided::Recorded);
        let tended = journey.tends(None, &id, Role::Viewer, "page 2", note("He wrote to us."));
        assert_eq!(tended, Decided::Recorded);
    }
    let seen = journey.item(&id);
    assert_eq!(
        (seen.care.owner(), seen.care.log().len(), seen.version),
        (Some("finance"), 2, 2)
    );
    assert_eq!(
        journey.tends(None, &id, Role::Viewer, "page 3", note("Meanwhile.")),
        Decided::Recorded
    );
    for _ in 0..2 {
        assert_eq!(
            closes(&journey, &seen, "page 4"),
            Decided::Recorded,
            "the same page twice is one"
        );
    }
    assert_eq!(
        closes(&journey, &seen, "page 5"),
        Decided::No("Nothing was done: that case is closed already.".to_owned())
    );
    let closed = journey.item(&id);
    assert!(matches!(closed.resolved, Some(Resolved::Decided { .. })));
    assert_eq!(closed.care.notes().count(), 2, "no note is lost to the closing");
    assert_eq!(
        journey.tends(None, &id, Role::Viewer, "page 6", note("He is content.")),
        Decided::Recorded
    );
}

#[test]
fn a_hold_of_a_case_of_no_order_is_over_and_operations_hears() {
    let (mut journey, id) = nobodys(85);
    let until = journey.world.state().now.plus(HOUR * 5);
    assert_eq!(
        journey.tends(None, &id, Role::Finance, "page 1", hold(until)),
        Decided::Recorded
    );
    let class = Class::MoneyWithoutOrder;
    journey.passes(HOUR * 4);
    assert_eq!(
        said(&journey),
        [(class, Say::Raised)],
        "nobody is woken for what is held"
    );
    journey.passes(HOUR + CATCH_UP * 2);
    let then = [(class, Say::Raised), (class, Say::Escalated), (class, Say::Again)];
    assert_eq!(said(&journey), then);
    journey.passes(HOUR);
    assert_eq!(said(&journey), then, "once");
}

#[test]
fn an_all_clear_that_nobody_took_is_said_again_and_nothing_is_over_that_cannot_be_read() {
    let (mut journey, id) = nobodys(86);
    let class = Class::MoneyWithoutOrder;
    assert_eq!(said(&journey), [(class, Say::Raised)]);
    journey.world.state().unreadable_case = Some(id.clone());
    journey.passes(CATCH_UP * 3);
    assert_eq!(said(&journey), [(class, Say::Raised)], "it may be open");
    journey.world.state().unreadable_case = None;
    assert_eq!(closes(&journey, &journey.item(&id), "page"), Decided::Recorded);
    {
        let mut state = journey.world.state();
        let nth = state.schedule.count(Act::Tell) + 1;
        let (act, mishap) = (Act::Tell, Mishap::Refused);
        state.schedule.strikes.push(Strike { act, nth, mishap });
    }
    journey.passes(CATCH_UP);
    assert_eq!(said(&journey), [(class, Say::Raised)], "nobody took it");
    journey.passes(CATCH_UP * 2);
    assert_eq!(said(&journey), [(class, Say::Raised), (class, Say::Over)]);
    journey.passes(CATCH_UP * 3);
    assert_eq!(said(&journey).len(), 2, "once");
}
