//! What the policy declares beside its answers: how long an order may stand, whose a case is, and how much may be left
//! unsent.

use std::rc::Rc;
use std::time::Duration;

use desk::access::{Actor, Role};
use desk::decision::{Decided, Wish};
use domain::case::{Choice, Class, Resolved};
use domain::failure::Reason;
use domain::id::{DecisionId, OrderId};
use domain::notice::{Audience, Template};
use domain::policy::{self, Owner};
use futures_util::FutureExt as _;
use testkit::identity::Fault;
use testkit::world::mishaps::{Act, Mishap, Strike, Wall};

use crate::journey::{Journey, SHOP};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const POLICY: &str = include_str!("../../infra/policy.toml");

/// A shop whose policy says something else.
fn under(seed: u64, changes: &[(&str, &str)]) -> Journey {
    let mut journey = Journey::begin(seed);
    let mut text = POLICY.to_owned();
    for (find, instead) in changes {
        assert!(text.contains(find), "the policy no longer says: {find}");
        text = text.replacen(find, instead, 1);
    }
    let house = Rc::get_mut(&mut journey.house).expect("nobody works");
    house.shop = SHOP.clone();
    house.shop.policy = policy::parse(&text).expect("a policy");
    journey
}

fn cases_of(journey: &Journey, class: Class) -> Vec<Option<Resolved>> {
    let state = journey.world.state();
    let cases = state.cases().filter(|case| case.class == class);
    cases.map(|case| case.resolved.clone()).collect()
}

fn stands(journey: &Journey, meets: fn(&str, &str) -> bool) {
    journey.world.state().schedule.walls = vec![Wall {
        act: Act::Identity,
        meets,
        mishap: Mishap::Refused,
    }];
}

/// Each step fails for less time than it is tried, and all of them together take too long.
#[test]
fn an_order_that_takes_too_long_is_one_case_and_closes_it_when_it_moves_on() {
    let mut journey = Journey::begin(81);
    journey.oracle.patience = DAY * 3;
    journey.oracle.trouble = 3;
    stands(&journey, |method, path| method == "POST" && path == "/Users");
    let order = journey.buys("team-year");
    journey.leaps(HOUR * 22);
    stands(&journey, |method, path| method == "POST" && path == "/Groups");
    journey.leaps(HOUR * 22);
    assert_eq!(cases_of(&journey, Class::TakesTooLong), [], "two days are allowed");
    stands(&journey, |method, path| {
        method == "PATCH" && path.starts_with("/Groups/")
    });
    journey.leaps(HOUR * 6);
    assert_eq!(journey.state(&order), "Delivering");
    assert_eq!(
        cases_of(&journey, Class::TakesTooLong),
        [None],
        "one case, and it is tried on"
    );
    {
        let state = journey.world.state();
        let told = state.told.iter().filter(|told| told.order == order);
        let to: Vec<Audience> = told.map(|told| told.to).collect();
        assert_eq!(to, [Audience::Finance, Audience::CustomerService, Audience::Ops]);
    }
    // Somebody knows why: they are asked again when it has taken as long once more, and not before.
    journey.decides(&order, Choice::Ignore, "The provider moves house until Monday.");
    journey.world.state().schedule.walls.clear();
    journey.leaps(HOUR);
    assert_eq!(journey.state(&order), "Delivered");
    assert_eq!(cases_of(&journey, Class::TakesTooLong).len(), 1);
    let broken = journey.verdict();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Nobody works at the order at all: who sweeps sees it.
#[test]
fn an_order_at_which_nobody_works_is_a_case_by_its_deadline() {
    let mut journey = Journey::begin(82);
    journey.world.state().directory.fault = Fault::Down;
    let order = journey.buys("team-year");
    let sweeps = |days: u32| {
        {
            let mut state = journey.world.state();
            state.now = state.now.plus(DAY * days);
        }
        let swept = flow::sweep::sweep(&journey.world).now_or_never();
        swept.expect("an end").expect("a run");
    };
    sweeps(1);
    assert_eq!(cases_of(&journey, Class::TakesTooLong), []);
    sweeps(1);
    sweeps(1);
    assert_eq!(cases_of(&journey, Class::TakesTooLong), [None]);
    assert_eq!(journey.state(&order), "Delivering", "nothing is decided by it");
    journey.world.state().directory.fault = Fault::None;
    journey.hours(1);
    // It had been tried for longer than its chain says: a person decides, and the case about time is over.
    let ended = cases_of(&journey, Class::TakesTooLong);
    assert!(matches!(ended[..], [Some(Resolved::Healed { .. })]), "{ended:?}");
}

fn decides_as(journey: &Journey, id: &OrderId, role: Role) -> Decided {
    let order = journey.order(id);
    let case = order
        .cases
        .iter()
        .find(|case| case.resolved.is_none())
        .expect("an open case");
    let wish = Wish {
        case: case.id.clone(),
        choice: Choice::Retry,
        by: Actor {
            name: role.name().to_owned(),
            role,
        },
        reason: "The seats are paid for again.".to_owned(),
        code: String::new(),
        amount: String::new(),
        seen: order.version,
        decision: DecisionId::new(format!("dec_{}_{}", role.name(), order.version)),
    };
    let decided = desk::decision::decide(&journey.world, order, &wish).now_or_never();
    decided.expect("an end").expect("an answer")
}

#[test]
fn a_case_is_its_owners_to_hear_of_first_and_to_decide() {
    const REFUSED: (&str, &str) = (
        "[answers.team]\ntransient = \"retry 24h, then coordinate\"\nthrottled = \"retry 24h, then coordinate\"\nrejected = \"undo\"",
        "[answers.team]\nowner = \"finance\"\ntransient = \"retry 24h, then coordinate\"\nthrottled = \"retry 24h, then coordinate\"\nrejected = \"coordinate\"",
    );
    let usual = (REFUSED.0, REFUSED.1.replacen("owner = \"finance\"\n", "", 1));
    for (changes, owner, first) in [
        ((REFUSED.0, REFUSED.1), Owner::Finance, Audience::Finance),
        ((usual.0, usual.1.as_str()), Owner::Operations, Audience::Customer),
    ] {
        let mut journey = under(83, &[changes]);
        journey.world.state().directory.fault = Fault::RefuseTeams;
        let order = journey.buys("team-year");
        {
            let state = journey.world.state();
            let case = state.cases().next().expect("a case");
            assert_eq!((case.class, case.owner), (Class::DeliveryStuck, owner));
            assert_eq!(state.told.first().map(|told| told.to), Some(first));
        }
        journey.leaps(DAY + HOUR);
        let reminded: Vec<Audience> = {
            let state = journey.world.state();
            let again = |template: &Template| matches!(template, Template::Reminder { .. });
            let said = state.told.iter().filter(|told| again(&told.notice.template));
            said.map(|told| told.to).collect()
        };
        assert_eq!(reminded, [owner.audience(), Audience::Customer]);
        let no = decides_as(&journey, &order, Role::Viewer);
        assert!(
            matches!(&no, Decided::No(say) if say.contains(" and this is for ")),
            "{no:?}"
        );
        let by_finance = decides_as(&journey, &order, Role::Finance);
        assert_eq!(
            by_finance == Decided::Recorded,
            owner == Owner::Finance,
            "{by_finance:?}"
        );
    }
}

#[test]
fn what_was_left_unsent_is_told_each_week_by_reason_and_order() {
    let mut journey = under(84, &[]);
    journey.world.state().mails_refused = true;
    let order = journey.buys("solo-year");
    journey.world.state().mails_refused = false;
    journey.buys("solo-year");
    journey.leaps(DAY * 8);
    for _ in 0..2 {
        let ran = notification::handler::tell_service(&journey.world, &journey.world).now_or_never();
        ran.expect("an end").expect("a run");
    }
    let reference = journey.order(&order).reference();
    let state = journey.world.state();
    let [(unsent, mail)] = &state.weekly[..] else {
        panic!("one mail a week: {}", state.weekly.len());
    };
    let counts: Vec<_> = unsent.counts.iter().map(|(of, count)| (*of, *count)).collect();
    assert_eq!(counts, [((Audience::Customer, Some(Reason::Refused)), 1)]);
    assert_eq!(unsent.orders.iter().collect::<Vec<_>>(), [&reference]);
    assert!(unsent.whole);
    assert_eq!(mail.subject, "This week: 1 message left unsent");
    let text = mail.lines.join("\n");
    assert!(text.contains(&reference), "{text}");
    assert!(
        text.contains("To the customer (the other system refused it): 1 message."),
        "{text}"
    );
    for personal in ["Jo Doe", "example.com"] {
        assert!(!text.replace("console.example", "").contains(personal), "{text}");
    }
}

/// By when somebody must know is kept to the minute, however long the waits between two tries have become.
#[test]
fn a_row_says_by_when_its_people_know_and_then_it_is_a_case() {
    let within = "told_within = \"1h\"";
    for (changes, minutes) in [
        (
            vec![(
                "[answers.return_money]",
                "[answers.return_money]\ntold_within = \"20m\"",
            )],
            20,
        ),
        (vec![(within, "told_within = \"35m\"")], 35),
        (vec![], 60),
    ] {
        let mut journey = under(86, &changes);
        journey.world.state().directory.fault = Fault::RefuseTeams;
        let strike = |nth| Strike {
            act: Act::Tell,
            nth,
            mishap: Mishap::Refused,
        };
        journey.world.state().schedule.strikes.extend((1..=90).map(strike));
        let order = journey.buys("team-year");
        assert_eq!(journey.state(&order), "Undone");
        journey.passes(Duration::from_secs(60 * minutes - 90));
        assert_eq!(cases_of(&journey, Class::NotTold), [], "{minutes} minutes are not over");
        journey.passes(Duration::from_secs(150));
        assert_eq!(cases_of(&journey, Class::NotTold), [None], "{minutes} minutes");
    }
}
