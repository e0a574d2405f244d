//! What the pages say that one has to expect is what happens: every row of every page is made to happen, under the shop's
//! policy and under another, and held against Stripe's money, the mails and alerts that were sent, the cases, and the clock.
//! First what a row promises, then the very sentences of the page.

mod no_order;
mod scenes;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use checkout::Shop;
use domain::Timestamp;
use domain::case::Class;
use domain::catalogue::Settlement;
use domain::money::{Currency, Money};
use domain::notice::{Audience, Template};
use domain::order::Order;
use domain::policy::{self, Owner, Policy};
use domain::rehearsal::{Outcome, Play, Said, Situation, Stand, example, reference};
use domain::wording::{self, Row, expectations, readers};

use crate::journey::{Journey, MINUTE, START};
use crate::tell::tell;

/// What happens at once may take so long: a lost message is found by the minute's sweep.
const AT_ONCE: Duration = Duration::from_secs(300);
const HOUR: Duration = Duration::from_secs(3_600);

/// What became of a play, by everybody's own account.
#[derive(Default)]
struct Seen {
    money: Stand,
    said: Vec<Said>,
    cases: Vec<(Class, Duration)>,
    decides: BTreeMap<Class, Owner>,
    meanwhile: Option<String>,
    reads: String,
    there: usize,
    /// What Stripe shows as the reason for each return of ours.
    reasons: Vec<String>,
}

#[test]
fn every_row_is_what_happens() {
    let ours = Shop::read().expect("the catalogue and the policy").policy;
    holds(&ours);
}

#[test]
fn under_another_policy_other_rows_are_what_happens() {
    let other = policy::parse(include_str!("expect/other_policy.toml")).expect("a policy");
    holds(&other);
}

fn holds(policy: &Policy) {
    let price = Money::new(48_000, Currency::parse("gbp").expect("a currency"));
    let mut runs: BTreeMap<Play, Seen> = BTreeMap::new();
    let mut rows = 0;
    for reader in readers() {
        let page = expectations(policy, price, reader);
        assert!(page.len() >= 6, "{reader:?} has {} rows", page.len());
        for row in page {
            rows += 1;
            assert!(!row.promises.is_empty(), "{}: nothing is run for it", row.sees);
            for (play, promised) in &row.promises {
                let seen = runs.entry(*play).or_insert_with(|| run(policy, price, play, promised));
                let about = format!("{reader:?}, \"{}\", {play:?}", row.sees);
                compare(&about, play.situation, promised, seen);
                reads_true(&about, reader, &row, promised.late_by, seen);
            }
        }
    }
    tell(&format!(
        "what to expect, policy {}: {rows} rows, each run; {} runs",
        policy.version,
        runs.len()
    ));
}

fn run(policy: &Policy, price: Money, play: &Play, promised: &Outcome) -> Seen {
    if play.situation == Situation::TestAlert {
        return no_order::test_alert();
    }
    if play.situation == Situation::LeftUntold {
        return no_order::left_untold(policy);
    }
    if play.situation == Situation::Weekly {
        return no_order::weekly();
    }
    let mut journey = Journey::begin_untold(71);
    // What an audit finds is a matter of its own.
    journey.broken.no_audits = true;
    // What fails, fails for days, and for each of four steps.
    journey.oracle.patience = Duration::from_secs(30 * 86_400);
    journey.oracle.trouble = 4;
    let house = Rc::get_mut(&mut journey.house).expect("nobody works");
    house.shop.policy = policy.clone();
    for settlement in [Settlement::ChargeFirst, Settlement::AuthoriseFirst] {
        house.shop.products.push(example(policy, price, settlement));
    }
    scenes::begins(&mut journey, play, price);
    let last = promised
        .said
        .iter()
        .map(|said| said.after)
        .chain(promised.cases.iter().map(|case| case.1));
    let last = last.max().unwrap_or_default();
    if play.situation == Situation::FirstTime {
        journey.leaps(promised.late_by);
        return no_order::first_time(&journey);
    }
    let mut meanwhile = None;
    if !last.is_zero() {
        journey.leaps(last / 2);
        meanwhile = Some(page(&journey));
        journey.leaps(last - last / 2 + promised.late_by);
    }
    journey.leaps(AT_ONCE);
    let broken = journey.verdict();
    assert!(broken.is_empty(), "{play:?}: {broken:#?}");
    seen(&journey, policy, price, play, meanwhile)
}

/// What the customer's page says now.
fn page(journey: &Journey) -> String {
    let id = journey.world.order_ids().remove(0);
    let order = journey.order(&id);
    let now = journey.world.state().now;
    wording::status(&order, now).headline
}

fn seen(journey: &Journey, policy: &Policy, price: Money, play: &Play, meanwhile: Option<String>) -> Seen {
    let id = journey.world.order_ids().remove(0);
    let orders: Vec<Order> = journey.world.order_ids().iter().map(|id| journey.order(id)).collect();
    let reads = page(journey);
    let own = |subject: &str| {
        let names = orders.iter().map(Order::reference);
        names.fold(subject.to_owned(), |subject, name| {
            subject.replace(&name, &reference(policy, price))
        })
    };
    let state = journey.world.state();
    // That a case is said again is one row's matter.
    let shown =
        |template: &Template| play.situation == Situation::Undecided || !matches!(template, Template::Reminder { .. });
    let since = |at: Timestamp| at.since(START);
    let said = state
        .told
        .iter()
        .filter(|told| shown(&told.notice.template))
        .map(|told| Said {
            to: told.to,
            after: since(told.at),
            subject: own(&told.message.subject),
        });
    let money = state.stripe.money(id.as_str());
    let access = state.directory.truth(id.as_str());
    let licences = state.licences.of(id.as_str()).count();
    let reasons = state.stripe.refunds.iter().map(|refund| &refund.metadata);
    let reasons = reasons.chain(state.stripe.intents.iter().map(|intent| &intent.metadata));
    Seen {
        money: Stand {
            captured: money.captured,
            returned: money.returned,
            lost: money.lost,
            held: money.held,
            disputed: money.disputed,
        },
        said: said.collect(),
        cases: state.cases().map(|case| (case.class, since(case.opened_at))).collect(),
        decides: state.cases().map(|case| (case.class, case.owner)).collect(),
        meanwhile,
        reads,
        there: access.users + access.teams + access.members + licences,
        reasons: reasons
            .filter_map(|metadata| metadata.get("because").cloned())
            .collect(),
    }
}

/// The row's promise, and what came of it.
fn compare(about: &str, situation: Situation, promised: &Outcome, seen: &Seen) {
    if situation == Situation::Outage {
        // Of all orders together; whoever else is told is told of an order.
        let ops = |said: &[Said]| -> Vec<String> {
            let ops = said.iter().filter(|said| said.to == Audience::Ops);
            ops.map(|said| said.subject.clone()).collect()
        };
        assert_eq!(ops(&promised.said), ops(&seen.said), "{about}: alerts");
        assert_eq!((seen.cases.len(), seen.money.returned), (0, 0), "{about}");
        return;
    }
    assert_eq!(promised.money, seen.money, "{about}: the money at Stripe");
    assert_eq!(promised.there, seen.there, "{about}: what is set up");
    assert_eq!(promised.reads, seen.reads, "{about}: the customer's page");
    if promised.meanwhile.is_some() && seen.meanwhile.is_some() {
        assert_eq!(
            promised.meanwhile, seen.meanwhile,
            "{about}: the customer's page meanwhile"
        );
    }
    if promised.is_ours && !promised.owed {
        let because = promised.because.as_ref().expect("a sentence");
        assert!(
            seen.reasons.contains(because),
            "{about}: Stripe shows {:?}",
            seen.reasons
        );
    }
    let sorted = |said: &[Said]| {
        let mut said = said.to_vec();
        said.sort_by(|one, other| (one.to, &one.subject, one.after).cmp(&(other.to, &other.subject, other.after)));
        said
    };
    let (mine, theirs) = (sorted(&promised.said), sorted(&seen.said));
    let words = |said: &[Said]| -> Vec<(Audience, String)> {
        said.iter().map(|said| (said.to, said.subject.clone())).collect()
    };
    assert_eq!(words(&mine), words(&theirs), "{about}: who was told");
    for (promise, came) in mine.iter().zip(&theirs) {
        in_time(about, &promise.subject, (promise.after, promised.late_by), came.after);
    }
    let sorted = |cases: &[(Class, Duration)]| {
        let mut cases = cases.to_vec();
        cases.sort_unstable();
        cases
    };
    let (mine, theirs) = (sorted(&promised.cases), sorted(&seen.cases));
    assert!(
        promised.decides.is_empty() || promised.decides == seen.decides,
        "{about}: who decides: {:?}",
        seen.decides
    );
    let classes = |cases: &[(Class, Duration)]| -> Vec<Class> { cases.iter().map(|case| case.0).collect() };
    assert_eq!(classes(&mine), classes(&theirs), "{about}: cases");
    for (promise, came) in mine.iter().zip(&theirs) {
        in_time(
            about,
            wording::class_name(promise.0),
            (promise.1, promised.late_by),
            came.1,
        );
    }
}

fn in_time(about: &str, what: &str, (after, late_by): (Duration, Duration), came: Duration) {
    let latest = after + if after.is_zero() { AT_ONCE } else { late_by + MINUTE };
    assert!(
        (after..=latest).contains(&came),
        "{about}: \"{what}\" was promised after {after:?} to {latest:?}, and came after {came:?}"
    );
}

/// The sentences as they stand on the page.
fn reads_true(about: &str, reader: Audience, row: &Row, late_by: Duration, seen: &Seen) {
    let text = row.happens.join("\n");
    for said in seen.said.iter().filter(|said| said.to == reader) {
        let quoted = format!("\"{}\"", said.subject);
        let tells = |line: &&String| line.contains(" get") && line.contains(&quoted);
        let line = row.happens.iter().find(tells);
        // What came before is another row's.
        let Some(line) = line else { continue };
        says_when(about, line, late_by, said.after);
    }
    for (class, after) in &seen.cases {
        let line = row
            .happens
            .iter()
            .find(|line| line.contains("case") && line.contains(wording::class_name(*class)));
        if let Some(line) = line {
            says_when(about, line, late_by, *after);
        }
    }
    if text.contains("No case is opened.") && row.situation.follows().is_none() {
        assert_eq!(seen.cases, [], "{about}: {text}");
    }
    if text.contains("about it.") && row.situation.follows().is_none() {
        assert!(!seen.said.iter().any(|said| said.to == reader), "{about}: {text}");
    }
    if text.contains("nothing is returned") || text.contains("Nothing is charged") {
        assert_eq!((seen.money.returned, seen.money.lost), (0, 0), "{about}: {text}");
    }
    if text.contains("The full ") && text.contains(" goes back to the customer.") {
        assert_eq!(seen.money.returned, seen.money.captured, "{about}: {text}");
    }
    if text.contains("owed back") {
        assert_eq!(seen.money.returned, 0, "{about}: {text}");
    }
}

/// `at once`, `after 24 hours (or up to 36 minutes later)`: one of the times that the line names.
fn says_when(about: &str, line: &str, late_by: Duration, came: Duration) {
    let said = line.split('"').next().unwrap_or_default();
    let at_once = said.contains("at once") && came <= AT_ONCE;
    let later = said.split("after ").skip(1).any(|rest| {
        let after = time_in(rest);
        let late = rest.split("up to ").nth(1).map(time_in).unwrap_or_default();
        assert!(late >= late_by, "{about}: {line}");
        (after..=after + late + MINUTE).contains(&came)
    });
    let within = said.split("within ").skip(1).any(|rest| came <= time_in(rest));
    let told_otherwise = said.contains("of each Monday")
        || said.contains("as soon as")
        || said.contains("when it works")
        || said.contains("an alert:");
    assert!(
        at_once || later || within || told_otherwise,
        "{about}: \"{line}\", and it came after {came:?}"
    );
}

/// `24 hours (or`: what the page says, back into a time.
fn time_in(text: &str) -> Duration {
    let mut words = text.split([' ', ')', ':']);
    let number: u64 = words.next().and_then(|word| word.parse().ok()).expect("a number");
    let seconds = match words.next().unwrap_or_default() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        unit => panic!("{text}: {unit}"),
    };
    Duration::from_secs(number * seconds)
}
