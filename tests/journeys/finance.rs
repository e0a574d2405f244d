//! What Finance reads is what Stripe has: the ledger in every story, the charges that wait, the file, and the morning's mail.

use std::collections::BTreeMap;
use std::time::Duration;

use desk::csv::csv;
use desk::report::{self, Report, file, file_name};
use desk::waiting::{WaitingList, waiting_list};
use domain::Timestamp;
use domain::finance::{Period, Stage};
use flow::finance::Digested;
use futures_util::FutureExt as _;
use testkit::identity::Fault;
use testkit::world::FakeWorld;
use testkit::world::mishaps::{Act, Mishap, Strike};

use crate::journey::{Journey, START};
use crate::stories::accounts::ACCOUNTS;
use crate::stories::licences::LICENCES;
use crate::stories::money::MONEY;
use crate::stories::{CROWDS, FURTHER, STORIES};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn report(world: &FakeWorld, month: Timestamp) -> Report {
    let report = report::report(world, month, report::OF_A_PAGE).now_or_never();
    report.expect("an end").expect("a store")
}

fn waits(world: &FakeWorld) -> WaitingList {
    let list = waiting_list(world, report::OF_A_PAGE).now_or_never();
    list.expect("an end").expect("a store")
}

/// Count and sum of refunds, by currency and by whether the money went.
type Totals = BTreeMap<(String, bool), (u32, i64)>;

/// By Stripe's own objects.
fn at_stripe(world: &FakeWorld, period: Period) -> (Vec<String>, Totals) {
    let (mut lines, mut totals) = (Vec::new(), Totals::new());
    for refund in &world.state().stripe.refunds {
        if !period.has(Timestamp(refund.created * 1_000)) {
            continue;
        }
        let (id, charge, minor, failed) = (&refund.id, &refund.charge, refund.amount, refund.failure.unwrap_or(""));
        let (status, currency) = (&refund.status, &refund.currency);
        lines.push(format!("{id},{status},{charge},{currency},{minor},{failed}"));
        let went = !matches!(status.as_str(), "failed" | "canceled");
        let total = totals.entry((currency.clone(), went)).or_default();
        *total = (total.0 + 1, total.1 + minor);
    }
    lines.sort();
    (lines, totals)
}

/// By our report, read back from its file.
fn in_file(world: &FakeWorld, month: Timestamp) -> (Vec<String>, Totals) {
    let report = report(world, month);
    assert_eq!(report.missing, None);
    let rows = read(&file(&report, false));
    let header = rows.first().expect("a header always");
    let cell = |row: &[String], name: &str| {
        let at = header.iter().position(|known| known == name).expect("a column");
        row[at].clone()
    };
    const NAMES: [&str; 6] = [
        "refund_id",
        "status",
        "charge_id",
        "currency",
        "amount_minor",
        "failure_reason",
    ];
    let line = |row: &Vec<String>| NAMES.map(|name| cell(row, name)).join(",");
    let mut lines: Vec<String> = rows.iter().skip(1).map(line).collect();
    lines.sort();
    let mut totals = Totals::new();
    for (stage, sums) in &report.totals {
        for (count, money) in sums.each() {
            let total = totals.entry((money.currency.code().to_owned(), *stage != Stage::Failed));
            let total = total.or_default();
            *total = (total.0 + count, total.1 + money.minor);
        }
    }
    (lines, totals)
}

/// RFC 4180, as a spreadsheet reads it.
pub(crate) fn read(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut left = text.chars().peekable();
    while let Some(one) = left.next() {
        match one {
            '"' if quoted && left.peek() == Some(&'"') => {
                left.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {
                assert_eq!(left.next(), Some('\n'), "a line ends with both");
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            _ => cell.push(one),
        }
    }
    assert!(
        cell.is_empty() && row.is_empty() && !quoted,
        "the last line has its end"
    );
    rows
}

#[test]
fn the_ledger_is_what_stripe_has_in_every_story() {
    let all = STORIES
        .into_iter()
        .chain(FURTHER)
        .chain(MONEY)
        .chain(ACCOUNTS)
        .chain(LICENCES)
        .chain(CROWDS);
    let mut refunds = 0;
    for (seed, story) in (70..).zip(all) {
        let mut journey = Journey::begin_untold(seed);
        (story.run)(&mut journey);
        journey.leaps(DAY * 10);
        let mut month = journey.world.state().now;
        for _ in 0..3 {
            let stripe = at_stripe(&journey.world, Period::month(month));
            refunds += stripe.0.len();
            assert_eq!(
                in_file(&journey.world, month),
                stripe,
                "{} in {}",
                story.name,
                month.month()
            );
            month = month.in_month_before();
        }
    }
    assert!(refunds > 50, "{refunds}");
}

#[test]
fn a_refund_of_this_month_is_found_though_its_order_is_a_year_old() {
    let mut journey = Journey::begin(66);
    let order = journey.buys("team-year");
    let payment = journey.order(&order).payments[0].id.to_string();
    let year = Period::month(START).until.plus(DAY * 330);
    {
        let mut state = journey.world.state();
        state.now = year;
        let by_hand = state.stripe.refund_by_hand(&payment, year.0);
        assert_eq!(by_hand.status, 200);
    }
    journey.settles();
    let month = report(&journey.world, year);
    assert_eq!(
        (month.lines.len(), month.month.as_str()),
        (1, "2026-10".replace("2026", "2027").as_str())
    );
    assert_eq!(
        report(&journey.world, START).lines.len(),
        0,
        "it is no refund of the month of its order"
    );
}

/// Orders in every place: those that wait by Stripe's and the provider's own word are those of the list.
#[test]
fn what_waits_is_what_stripe_has_and_nobody_has_access_for() {
    let mut journey = Journey::begin(67);
    journey.buys("team-year");
    journey.world.state().directory.fault = Fault::RefuseTeams;
    journey.buys("team-year");
    journey.world.state().stripe.faults.refuse_refunds = true;
    journey.buys("team-year");
    journey.world.state().stripe.faults.refuse_refunds = false;
    journey.world.state().directory.fault = Fault::Down;
    for product in ["team-year", "team-on-delivery", "team-yen"] {
        journey.pays(product);
        journey.settles();
        journey.passes(HOUR);
    }
    let list = waits(&journey.world);
    let mut expected = BTreeMap::new();
    for id in journey.world.order_ids() {
        let state = journey.world.state();
        let (money, access) = (state.stripe.money(id.as_str()), state.directory.truth(id.as_str()));
        let with_us = money.captured - money.returned + money.held;
        if with_us > 0 && (access.users, access.teams, access.members) != (1, 1, 1) {
            expected.insert(id, with_us);
        }
    }
    let listed: BTreeMap<_, _> = list
        .lines
        .iter()
        .map(|line| (line.order.clone(), line.amount.minor))
        .collect();
    assert_eq!((listed.len(), &listed), (4, &expected));
    let sums = |sums: &domain::finance::Sums| sums.each().map(|(_, money)| money.to_string()).collect::<Vec<_>>();
    assert_eq!(
        (sums(&list.taken), sums(&list.held)),
        (vec!["£960.00".into(), "48000 JPY".into()], vec!["£480.00".into()])
    );
    let since: Vec<Timestamp> = list.lines.iter().map(|line| line.since).collect();
    assert!(since.is_sorted(), "the oldest first");

    journey.world.state().directory.fault = Fault::None;
    journey.passes(DAY);
    let left = waits(&journey.world).lines;
    assert_eq!(left.len(), 1, "only what Stripe refuses to return: {left:?}");
    assert!(left[0].case.is_some() && left[0].told.is_some());
}

#[test]
fn no_cell_is_taken_for_a_formula_and_every_cell_is_read_back() {
    for (cell, written) in [
        ("", ""),
        ("plain", "plain"),
        ("a, b", "\"a, b\""),
        ("she said \"no\"", "\"she said \"\"no\"\"\""),
        ("two\nlines", "\"two\nlines\""),
        ("two\r\nlines", "\"two\r\nlines\""),
        ("£480.00", "£480.00"),
        ("-480.00", "-480.00"),
        ("-5", "-5"),
        ("480.00", "480.00"),
        ("-480.00.1", "'-480.00.1"),
        ("-", "'-"),
        ("-1+2", "'-1+2"),
        ("=1+1", "'=1+1"),
        (
            "=HYPERLINK(\"https://x\",\"y\")",
            "\"'=HYPERLINK(\"\"https://x\"\",\"\"y\"\")\"",
        ),
        ("+44 20", "'+44 20"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "\"'\r=1\""),
        ("\n=1", "\"'\n=1\""),
        ("a=b", "a=b"),
        (" =1", " =1"),
        ("=•••@example.com", "'=•••@example.com"),
    ] {
        let text = csv([vec![cell.to_owned(), "end".to_owned()]]);
        assert_eq!(text, format!("{written},end\r\n"), "{cell:?}");
        let back = &read(&text)[0][0];
        assert_eq!(back.strip_prefix('\'').unwrap_or(back), cell, "{cell:?}");
    }
}

#[test]
fn the_file_is_named_for_its_period_and_has_a_header_though_it_is_empty() {
    let world = FakeWorld::new(68, START);
    let empty = file(&report(&world, START), true);
    let rows = read(&empty);
    assert_eq!((rows.len(), rows[0].len()), (1, 28));
    assert_eq!(file_name(START, true), "refunds_live_2026-11-01_2026-12-01_v1.csv");
    assert_eq!(
        report::month(START, "2026-10").map(Timestamp::month).as_deref(),
        Some("2026-10")
    );
    assert_eq!(
        report::month(START, "").map(Timestamp::month).as_deref(),
        Some("2026-11")
    );
    for unknown in ["2026-12", "1999-01", "x"] {
        assert_eq!(report::month(START, unknown), None, "{unknown}");
    }
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    for (product, decimal) in [("team-year", "480.00"), ("team-yen", "48000"), ("team-dinar", "48.000")] {
        let mut journey = Journey::begin(69);
        journey.world.state().directory.fault = Fault::RefuseTeams;
        journey.buys(product);
        let rows = read(&file(&report(&journey.world, START), false));
        let at = |name: &str| rows[0].iter().position(|known| known == name).expect("a column");
        assert_eq!(
            (rows[1][at("amount_minor")].as_str(), rows[1][at("amount")].as_str()),
            ("48000", decimal)
        );
        assert!(rows[1][at("refund_created_utc")].ends_with('Z'), "{:?}", rows[1]);
    }
}

/// So many hours, each with its run; what the last one came to.
fn hours(world: &FakeWorld, hours: u32) -> Option<Digested> {
    let mut last = None;
    for _ in 0..hours {
        let ran = notification::handler::tell_finance(world, world).now_or_never();
        last = ran.and_then(Result::ok);
        let mut state = world.state();
        state.now = state.now.plus(HOUR);
    }
    last
}

fn periods(world: &FakeWorld) -> Vec<Period> {
    world
        .state()
        .digests
        .iter()
        .map(|(figures, _)| figures.period)
        .collect()
}

/// Every day is in one of them, from the day before the first on.
fn covers_every_day(periods: &[Period]) -> bool {
    periods.windows(2).all(|two| two[1].from <= two[0].until)
}

#[test]
fn a_mail_a_day_however_often_it_is_run_and_also_when_nothing_happened() {
    let world = FakeWorld::new(71, START);
    hours(&world, 24 * 5);
    let all = periods(&world);
    assert_eq!(all.len(), 6, "at once in a new table, then each morning");
    assert!(all.iter().all(|period| period.until.since(period.from) == DAY) && covers_every_day(&all));
    let twice = notification::handler::tell_finance(&world, &world).now_or_never();
    assert_eq!(twice.and_then(Result::ok), Some(Digested::default()));
    let state = world.state();
    let (_, mail) = state.digests.last().expect("a mail");
    assert!(
        mail.subject.ends_with("no refund, no charge waiting"),
        "{}",
        mail.subject
    );
    assert!(state.told.is_empty(), "nobody is told of an order");
}

/// What befalls a run is mended by a later one: no day is left out, and none comes twice unless nobody could know.
#[test]
fn a_run_of_the_digest_that_fails_is_made_good_by_the_next_one() {
    let mut runs = 0;
    for act in [Act::Tell, Act::ReadControl, Act::WriteControl] {
        for mishap in act.mishaps() {
            if matches!(mishap, Mishap::FrozenBefore | Mishap::FrozenAfter) {
                continue;
            }
            for nth in 1..=4 {
                let world = FakeWorld::new(72, START);
                let mishap = *mishap;
                world.state().schedule.strikes.push(Strike { act, nth, mishap });
                hours(&world, 24 * 4);
                let (all, told) = (periods(&world), format!("{mishap:?} at {act:?} {nth}"));
                let mut ends: Vec<Timestamp> = all.iter().map(|period| period.until).collect();
                assert!(ends.is_sorted(), "{told}: {all:?}");
                ends.dedup();
                // It may have come, so it is not sent again.
                let lost = usize::from(mishap == Mishap::LostBefore && act == Act::Tell);
                assert_eq!(ends.len(), 5 - lost, "{told}: {all:?}");
                assert!(lost == 1 || covers_every_day(&all), "{told}: {all:?}");
                assert!(all.len() <= ends.len() + 1, "{told}: {all:?}");
                runs += 1;
            }
        }
    }
    assert!(runs > 30, "{runs}");
}

#[test]
fn days_on_which_no_mail_went_out_are_in_the_next_one() {
    let world = FakeWorld::new(73, START);
    hours(&world, 1);
    let refused = |nth| Strike {
        act: Act::Tell,
        nth,
        mishap: Mishap::Refused,
    };
    world.state().schedule.strikes.extend((2..=60).map(refused));
    let ran = hours(&world, 50).expect("a run");
    assert!(!ran.sent && ran.failed.is_some());
    hours(&world, 24);
    let all = periods(&world);
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(
        covers_every_day(&all) && all[1].until.since(all[1].from) >= DAY * 2,
        "{all:?}"
    );
}
