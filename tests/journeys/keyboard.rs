//! The operator's command over the same world: what it says, what a dry run leaves alone, and what a decision does at the
//! partners.

mod meanwhile;

use std::time::Duration;

use desk::access::{Actor, Role};
use desk::report::{OF_A_PAGE, file, report};
use domain::case::{Case, Class, Resolved};
use domain::id::{CaseId, OrderId};
use domain::order::Order;
use expect_test::expect_file;
use flow::ports::{Archive as _, Ledger as _, Trouble};
use futures_util::FutureExt as _;
use makegood::{Code, Ending, Person, parse, run};
use testkit::identity::Fault;
use testkit::world::FakeWorld;

use crate::journey::{Journey, START};

const HOUR: Duration = Duration::from_secs(3_600);
const WHY: &str = "The provider is back since noon.";

/// Whoever sits there, and what they answer; none: nobody sits there.
struct Olu(Option<bool>);

impl Person for Olu {
    async fn actor(&self) -> Result<Actor, Trouble> {
        Ok(Actor {
            name: "Olu".to_owned(),
            role: Role::Operator,
        })
    }

    fn agrees(&self, shown: &str) -> Option<bool> {
        assert!(shown.contains("this will happen, in this order"), "{shown}");
        self.0
    }
}

fn types_as(world: &FakeWorld, person: &Olu, words: &[&str]) -> Ending {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let typed = match parse("makegood", &words) {
        Ok(typed) => typed,
        Err(ending) => return ending,
    };
    let stripe = world.stripe_client();
    let ending = run(world, Some(&stripe), person, &typed, false).now_or_never();
    let ending = ending.expect("at once");
    // Not one ending without a next step.
    let next = ending.out.contains("\"next\": ") || format!("{}{}", ending.out, ending.err).contains("Next: makegood ");
    assert!(next, "{ending:?}");
    ending
}

pub(crate) fn types(world: &FakeWorld, words: &[&str]) -> Ending {
    types_as(world, &Olu(None), words)
}

/// What a person sees, with the number.
fn seen(world: &FakeWorld, words: &[&str]) -> String {
    let Ending { code, out, err } = types(world, words);
    let text = format!("$ makegood {}\n{out}{err}[{}]\n\n", words.join(" "), code as u8);
    // Programs have no columns, and a command to copy is one line.
    let free = |line: &&str| line.starts_with("Next: ") || line.starts_with('$');
    let people = !words.contains(&"--json");
    for line in text.lines().filter(|line| people && !free(line)) {
        assert!(line.chars().count() <= 100, "wider than 100: {line}");
    }
    text
}

/// Orders that a person has to decide: the provider was down for longer than the policy waits.
fn stuck(orders: usize) -> (Journey, Vec<OrderId>) {
    let mut journey = Journey::begin(11);
    journey.world.state().directory.fault = Fault::Down;
    let ids: Vec<OrderId> = (0..orders).map(|_| journey.buys("team-year")).collect();
    journey.leaps(HOUR * 30);
    journey.world.state().directory.fault = Fault::None;
    (journey, ids)
}

fn open_case(order: &Order) -> CaseId {
    let open = order.cases.iter().find(|case| case.resolved.is_none());
    open.expect("an open case").id.clone()
}

fn case_of(journey: &Journey, id: &OrderId) -> String {
    open_case(&journey.order(id)).to_string()
}

fn conditional_writes(journey: &Journey, id: &OrderId) -> u64 {
    journey.order(id).version
}

#[test]
fn the_keyboard_says_what_the_console_says() {
    let (mut journey, ids) = stuck(1);
    let (order, case) = (ids[0].to_string(), case_of(&journey, &ids[0]));
    let mut told = String::new();
    for words in [
        &["inbox"][..],
        &["inbox", "--class", "disputed"],
        &["show", &order],
        &["why", &order],
        &["why", "re_nobody"],
        &["waiting"],
        &["retry", &case],
        &["undo", &case],
        &["ignore", &case, "--reason", "short"],
        &["retry", &case, "--seen", "1"],
        &["retry", "case_none"],
        &["export", "refunds", "--month", "1999-01"],
        &["inbox", "--json"],
        &["retry", &case, "--json"],
    ] {
        told.push_str(&seen(&journey.world, words));
    }
    let version = journey.order(&ids[0]).version.to_string();
    let all = ["retry", &case, "--seen", &version, "--reason", WHY, "--apply", "--yes"];
    told.push_str(&seen(&journey.world, &all));
    journey.leaps(HOUR);
    told.push_str(&seen(&journey.world, &["show", &order]));
    told.push_str(&seen(&journey.world, &["inbox"]));
    expect_file!["golden/keyboard/a_day_at_it.txt"].assert_eq(&told);
}

#[test]
fn a_dry_run_changes_nothing_and_a_retry_delivers() {
    let (mut journey, ids) = stuck(1);
    let (id, case) = (&ids[0], case_of(&journey, &ids[0]));
    let before = conditional_writes(&journey, id);
    let dry = types(&journey.world, &["retry", &case, "--reason", WHY]);
    assert_eq!(dry.code, Code::Done);
    let line = format!("Next: makegood retry {case} --seen {before} --reason \"{WHY}\" --apply");
    assert!(dry.out.contains(&line), "{}", dry.out);

    // Nobody can be asked, or whoever is asked says no.
    let apply = ["retry", &case, "--reason", WHY, "--apply"];
    assert_eq!(types(&journey.world, &apply).code, Code::Usage);
    assert_eq!(
        types_as(&journey.world, &Olu(Some(false)), &apply).code,
        Code::NothingToDo
    );
    assert_eq!(conditional_writes(&journey, id), before, "nothing was written");

    assert_eq!(types_as(&journey.world, &Olu(Some(true)), &apply).code, Code::Done);
    journey.leaps(HOUR);
    assert_eq!(journey.state(id), "Delivered");
    let access = journey.world.state().directory.truth(id.as_str());
    assert_eq!((access.users, access.teams, access.members), (1, 1, 1));
    let decided = journey.order(id).cases.iter().any(
        |case| matches!(&case.resolved, Some(Resolved::Decided { by, reason, .. }) if by == "Olu" && reason == WHY),
    );
    assert!(decided, "who and why is kept");
    let again = types_as(&journey.world, &Olu(Some(true)), &apply);
    assert_eq!(again.code, Code::NothingToDo);
    assert!(
        again.out.is_empty() && again.err.contains("It is closed already. Olu chose retry"),
        "{}",
        again.err
    );
}

#[test]
fn what_changed_while_somebody_looked_is_a_conflict_and_nothing_is_done() {
    let (mut journey, ids) = stuck(1);
    let (id, case) = (&ids[0], case_of(&journey, &ids[0]));
    let seen = journey.order(id).version.to_string();
    // Meanwhile the customer is written to again.
    journey.leaps(HOUR * 30);
    let now = journey.order(id).version;
    assert_ne!(now.to_string(), seen);
    let words = ["retry", &case, "--seen", &seen, "--reason", WHY, "--apply", "--yes"];
    let late = types(&journey.world, &words);
    assert_eq!(late.code, Code::Conflict);
    assert!(
        late.err.is_empty() || late.err.contains("changed while you looked"),
        "{}",
        late.err
    );
    assert_eq!(journey.order(id).version, now);
    assert_eq!(case_of(&journey, id), case, "it is open as before");
}

#[test]
fn of_several_cases_some_may_be_done_and_some_not() {
    let (mut journey, ids) = stuck(2);
    let (one, other) = (case_of(&journey, &ids[0]), case_of(&journey, &ids[1]));
    let words = ["retry", &one, "case_none", &other, "--reason", WHY, "--apply", "--yes"];
    let partly = types(&journey.world, &words);
    assert_eq!(partly.code, Code::Partly);
    assert!(
        partly.err.contains("case_none: There is no such case."),
        "{}",
        partly.err
    );
    journey.leaps(HOUR);
    assert!(ids.iter().all(|id| journey.state(id) == "Delivered"));
    let words = ["retry", &one, &other, "--reason", WHY, "--apply", "--yes"];
    assert_eq!(types(&journey.world, &words).code, Code::NothingToDo);
}

#[test]
fn money_goes_back_only_for_the_amount_written_by_hand() {
    let (mut journey, ids) = stuck(1);
    let (id, case) = (&ids[0], case_of(&journey, &ids[0]));
    let with = |code: &str, amount: &str, reason: &str| {
        let words = [
            "undo", &case, "--code", code, "--amount", amount, "--reason", reason, "--apply", "--yes",
        ];
        types(&journey.world, &words)
    };
    for (code, amount, reason, says) in [
        ("goodwill", "48.00 GBP", WHY, "exactly so: 480.00 GBP"),
        (
            "dispute_lost",
            "480.00 GBP",
            WHY,
            "Choose what the money is returned for",
        ),
        ("goodwill", "480.00 GBP", "short", "10 to 300 characters"),
    ] {
        let no = with(code, amount, reason);
        assert_eq!(no.code, Code::Usage, "{amount}");
        let say = no.out + &no.err;
        assert!(say.replace('\n', " ").contains(says), "{say}");
    }
    let money = |journey: &Journey| journey.world.state().stripe.money(id.as_str());
    assert_eq!(money(&journey).returned, 0);
    assert_eq!(with("goodwill", "480.00 GBP", WHY).code, Code::Done);
    journey.leaps(HOUR);
    assert_eq!(money(&journey).returned, 48_000, "at Stripe");

    // Finance's file is the console's.
    let exported = types(&journey.world, &["export", "refunds"]);
    let now = journey.world.state().now;
    let report = report(&journey.world, now, OF_A_PAGE)
        .now_or_never()
        .expect("at once")
        .expect("a store");
    assert_eq!(exported.out, file(&report, false));
    assert!(exported.out.contains(",goodwill,"), "{}", exported.out);
    assert!(exported.err.starts_with("Next: "), "{}", exported.err);
}

#[test]
fn a_case_of_no_order_is_closed_and_never_retried() {
    let world = FakeWorld::new(1, START);
    let case = Case::without_order(
        "case_alone".to_owned(),
        Class::MoneyWithoutOrder,
        START,
        "£5.00 came in.".to_owned(),
        None,
    );
    let opened = world.open_case(&case).now_or_never().expect("at once");
    opened.expect("opened");
    assert_eq!(types(&world, &["retry", "case_alone"]).code, Code::NotAllowed);
    let shown = types(&world, &["show", "case_alone"]);
    assert!(
        shown.out.contains("£5.00 came in.") && shown.out.contains("Next: makegood ignore case_alone"),
        "{}",
        shown.out
    );
    let words = [
        "ignore",
        "case_alone",
        "--reason",
        "Refunded by hand in Stripe.",
        "--apply",
        "--yes",
    ];
    assert_eq!(types(&world, &words[..2]).code, Code::Done, "a dry run");
    assert!(
        world
            .open_cases(9)
            .now_or_never()
            .expect("at once")
            .expect("cases")
            .cases
            .len()
            == 1
    );
    assert_eq!(types(&world, &words).code, Code::Done);
    assert!(
        world
            .open_cases(9)
            .now_or_never()
            .expect("at once")
            .expect("cases")
            .cases
            .is_empty()
    );
    assert_eq!(types(&world, &words).code, Code::NothingToDo);
}

#[test]
fn a_case_is_given_to_somebody_noted_and_held_at_the_keyboard() {
    let (journey, ids) = stuck(1);
    let case = open_case(&journey.order(&ids[0]));
    let until = journey.world.state().now.plus(HOUR).iso();
    let writes = |journey: &Journey| journey.order(&ids[0]).version;
    let before = writes(&journey);
    for words in [
        vec!["assign", case.as_str(), "--to", "Olu"],
        vec!["note", case.as_str(), "--text", "Called the provider."],
        vec!["hold", case.as_str(), "--until", until.as_str(), "--reason", WHY],
        vec!["due", case.as_str(), "--until", until.as_str()],
        vec!["release", case.as_str()],
    ] {
        let dry = types(&journey.world, &words);
        assert_eq!(dry.code, Code::Done, "{words:?}");
        let line = dry
            .out
            .lines()
            .last()
            .and_then(|line| line.strip_prefix("Next: makegood "));
        let line = line.expect("what to type next").to_owned();
        assert!(line.starts_with(words[0]) && line.ends_with("--apply"), "{line}");
    }
    assert_eq!(writes(&journey), before, "a dry run writes nothing");
    let done = |words: &[&str]| types(&journey.world, &[words, &["--apply"]].concat());
    assert_eq!(done(&["assign", case.as_str(), "--to", "Fay"]).code, Code::Done);
    assert_eq!(
        done(&["note", case.as_str(), "--text", "Called the provider."]).code,
        Code::Done
    );
    assert_eq!(
        done(&["hold", case.as_str(), "--until", until.as_str(), "--reason", WHY]).code,
        Code::Done
    );
    let care = journey.order(&ids[0]).cases[0].care.clone();
    assert_eq!(care.owner(), Some("Fay"));
    let hold = care.hold(journey.world.state().now).expect("it is held");
    assert_eq!((hold.by, hold.reason), ("Olu", WHY));
    for (words, code) in [
        (vec!["assign", "case_none", "--to", "Fay"], Code::NothingToDo),
        (vec!["assign", case.as_str()], Code::Usage),
        (
            vec!["hold", case.as_str(), "--until", "tomorrow", "--reason", WHY],
            Code::Usage,
        ),
        (
            vec![
                "hold",
                case.as_str(),
                "--until",
                "2027-12-01 09:00",
                "--reason",
                WHY,
                "--apply",
            ],
            Code::NotAllowed,
        ),
        (vec!["assign", case.as_str(), "--to", "Fay", "--seen", "3"], Code::Usage),
    ] {
        assert_eq!(types(&journey.world, &words).code, code, "{words:?}");
    }
}
