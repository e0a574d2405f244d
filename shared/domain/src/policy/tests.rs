mod declared;

use super::*;

const OURS: &str = include_str!("../../../../infra/policy.toml");

#[track_caller]
fn refused(find: &str, replace: &str, line_with: &str, mend: &str) {
    let text = OURS.replacen(find, replace, 1);
    assert_ne!(text, OURS, "the policy no longer says: {find}");
    let refusal = parse(&text).expect_err("should be refused");
    let line = text.lines().nth(refusal.line - 1).unwrap_or_default();
    assert!(
        line.contains(line_with),
        "points at line {}: {line}\n{refusal}",
        refusal.line
    );
    assert!(refusal.say.contains(mend), "{refusal}");
}

#[test]
fn ours_is_accepted_and_survives_being_frozen() {
    let policy = parse(OURS).unwrap();
    let frozen = policy.frozen_for(&[Step::Account]);
    assert!(frozen.row(Matter::Step(Step::Team)).is_none());
    let stored = serde_json::to_string(&frozen).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&stored).unwrap(), frozen);
}

#[test]
fn a_step_without_an_answer_is_refused_with_line_and_mend() {
    refused("rejected = \"undo\"\n", "", "[answers.account]", "add rejected = ");
    refused(
        "[answers.alert]",
        "[answers.tel]",
        "[answers.account]",
        "add a table [answers.alert]",
    );
    refused(
        "[answers.alert]",
        "[answers.Alert]",
        "[answers.Alert]",
        "is no name of a step",
    );
    refused(
        "\"retry 24h, then coordinate\"",
        "\"retry 24h\"",
        "retry 24h",
        "then coordinate",
    );
    refused(
        "rejected = \"undo\"",
        "rejected = \"ignore\"",
        "rejected",
        "cannot be ignored",
    );
    refused(
        "\"read back 24h, then coordinate\"",
        "\"undo\"",
        "unknown",
        "cannot be ignored or undone",
    );
    refused(
        "\"read back 24h, then coordinate\"",
        "\"retry 24h, then coordinate\"",
        "unknown",
        "not repeated",
    );
    refused(
        "rejected = \"undo\"",
        "rejected = \"give up\"",
        "rejected",
        "is no answer",
    );
    refused(
        "look_for = \"15m\"",
        "look_for = \"15 minutes\"",
        "look_for",
        "number and s, m, h or d",
    );
    refused(
        "[\"10s\", \"30s\", \"2m\", \"10m\", \"30m\"]",
        "[]",
        "waits",
        "at least one",
    );
    refused("version = 1", "version = \"one\"", "version", "");
}

#[test]
fn a_missing_matter_is_refused() {
    let (before, _) = OURS.split_once("[answers.alert]").unwrap();
    let refusal = parse(before).expect_err("should be refused");
    assert!(refusal.say.contains("add a table [answers.alert]"), "{refusal}");
}

#[test]
fn a_chain_moves_on_with_age() {
    let policy = parse(OURS).unwrap();
    let hours = |n: u64| Duration::from_secs(n * 3_600);
    let answer = |class, age| policy.answer(Matter::Step(Step::Team), class, age);
    assert!(matches!(answer(FailureClass::Transient, hours(23)), Link::Retry { .. }));
    assert_eq!(answer(FailureClass::Transient, hours(24)), Link::Coordinate);
    assert_eq!(answer(FailureClass::Rejected, hours(0)), Link::Undo);
    assert_eq!(answer(FailureClass::Unknown, hours(24)), Link::Coordinate);
}

#[test]
fn waits_grow_and_are_spread() {
    let policy = parse(OURS).unwrap();
    let wait = |count, jitter| policy.next_at(count, Timestamp(0), jitter).0;
    assert_eq!(
        [1, 2, 3, 4, 5, 99].map(|count| wait(count, 0)),
        [10_000, 30_000, 120_000, 600_000, 1_800_000, 1_800_000]
    );
    assert_eq!(wait(1, 500), 11_000);
    assert!(wait(1, 999) < 12_000);
}

#[test]
fn what_would_turn_for_ever_or_tell_nobody_is_refused() {
    refused("waits = [\"10s\"", "waits = [\"0s\"", "waits", "at least 1s");
    refused("look_for = \"15m\"", "look_for = \"0s\"", "look_for", "at least 1s");
    refused(
        "delivered = [\"customer\"]",
        "delivered = [\"customer\", \"customer\"]",
        "tell_whom",
        "write it once",
    );
    let (all, nobody) = (
        "with_person = [\"customer\", \"finance\", \"customer_service\", \"ops\"]",
        "with_person = []",
    );
    refused(all, nobody, "tell_whom", "nobody is told of \"with_person\"");
}

#[test]
fn a_chain_that_makes_no_sense_is_refused() {
    let retry = "\"retry 24h, then coordinate\"";
    refused(retry, "\"retry 0s, then coordinate\"", "transient", "no time at all");
    refused(
        retry,
        "\"retry 24h, then coordinate, then undo\"",
        "transient",
        "never reached",
    );
    refused(
        "\"retry 24h, then ignore\"",
        "\"retry 24h, then coordinate\"",
        "transient",
        "ignore",
    );
    refused(
        "rejected = \"undo\"",
        "rejected = \"read back 24h, then undo\"",
        "rejected",
        "known not to have",
    );
    let back = "\"retry 7d with a case after 1h, then coordinate\"";
    refused(back, "\"undo and coordinate\"", "transient", "not undone");
    let late = "\"retry 7d with a case after 9d, then coordinate\"";
    refused(back, late, "transient", "its case comes after its end");
}

#[test]
fn answers_and_steps_of_the_catalogue_belong_together() {
    const SOLD: &str = include_str!("../../../../infra/catalogue.toml");
    let products = |text: &str| crate::catalogue::parse(text).unwrap();
    let ours = parse(OURS).unwrap();
    assert_eq!(ours.check(OURS, &products(SOLD)), Ok(()));

    let more = SOLD.replacen("\"membership\"]", "\"membership\", \"badge\"]", 1);
    let refusal = ours.check(OURS, &products(&more)).expect_err("no answers");
    assert!(refusal.say.contains("\"badge\", a step of \"team-year\""), "{refusal}");
    assert!(refusal.say.contains("add a table [answers.badge]"), "{refusal}");

    let text = format!(
        "{OURS}\n[answers.badge]\n{}",
        OURS.split_once("[answers.team]\n")
            .unwrap()
            .1
            .split_once("\n\n")
            .unwrap()
            .0
    );
    let refusal = parse(&text)
        .unwrap()
        .check(&text, &products(SOLD))
        .expect_err("no such step");
    assert!(
        text.lines().nth(refusal.line - 1).unwrap().contains("[answers.badge]"),
        "{refusal}"
    );
    assert!(refusal.say.contains("mend the word"), "{refusal}");
    assert_eq!(parse(&text).unwrap().check(&text, &products(&more)), Ok(()));
}

/// What the refusal says to write, written.
fn mended(chain: &str, say: &str) -> String {
    if let Some((_, resort)) = say.split_once("add \", then ") {
        let resort = resort.split('"').next().unwrap_or_default();
        return format!("{chain}, then {resort}");
    }
    if say.ends_with(": leave it out") {
        let last = say.split('"').nth(1).unwrap_or_default();
        return chain[..chain.find(last).unwrap() + last.len()].to_owned();
    }
    let (_, written) = say.split_once("write \"").unwrap_or_else(|| panic!("no mend: {say}"));
    written.trim_end_matches('"').to_owned()
}

/// Every chain of two links at every place: whoever does what the refusal says has a policy that is accepted.
#[test]
fn every_mend_of_a_chain_is_one() {
    const LINKS: [&str; 8] = [
        "retry 2h",
        "retry 2h with a case after 1h",
        "read back 2h",
        "ignore",
        "undo",
        "undo and coordinate",
        "coordinate",
        "record",
    ];
    let pairs = LINKS
        .iter()
        .flat_map(|first| LINKS.map(|second| format!("{first}, then {second}")));
    let chains: Vec<String> = LINKS.map(str::to_owned).into_iter().chain(pairs).collect();
    let mut refusals = 0;
    for matter in Matter::ALWAYS {
        for class in ["transient", "throttled", "rejected", "unknown"] {
            let (before, table) = OURS.split_once(&format!("[answers.{}]", matter.name())).unwrap();
            let (_, ours) = table.split_once(&format!("\n{class} = \"")).unwrap();
            let ours = ours.split('"').next().unwrap();
            for wrong in &chains {
                let (mut chain, mut whole) = (wrong.clone(), false);
                loop {
                    let row = table.replacen(&format!("{class} = \"{ours}\""), &format!("{class} = \"{chain}\""), 1);
                    let text = format!("{before}[answers.{}]{row}", matter.name());
                    let Err(refusal) = parse(&text) else {
                        break;
                    };
                    refusals += 1;
                    // What is left out or added may leave another fault to mend; a whole chain may not.
                    assert!(!whole, "{}, {class}, {wrong}: {refusal}", matter.name());
                    whole = refusal.say.contains("write \"");
                    chain = mended(&chain, &refusal.say);
                }
            }
        }
    }
    assert!(refusals > 1_000, "{refusals}");
}

#[test]
fn the_mend_of_a_missing_answer_is_one() {
    for matter in Matter::ALWAYS {
        for class in ["transient", "throttled", "rejected", "unknown"] {
            let head = format!("[answers.{}]\n", matter.name());
            let (before, table) = OURS.split_once(&head).unwrap();
            let rest: Vec<&str> = table.splitn(2, &format!("{class} = ")).collect();
            let (_, rest_after) = rest[1].split_once('\n').unwrap();
            let without = |line: &str| format!("{before}{head}{}{line}{rest_after}", rest[0]);
            let refusal = parse(&without("")).expect_err("should be refused");
            let (_, mend) = refusal.say.split_once("add ").unwrap();
            let mend = mend.strip_suffix(" or another chain").unwrap();
            parse(&without(&format!("{mend}\n"))).unwrap_or_else(|no| panic!("{mend}: {no}"));
        }
    }
}

/// What other systems know by its id may be sent again in doubt; it is a notice in all else.
#[test]
fn an_announcement_may_be_sent_again_and_never_costs_an_order() {
    const UNKNOWN: &str = "unknown = \"retry 24h, then ignore\"";
    for (answer, mend) in [
        ("retry 24h", "then ignore"),
        ("read back 24h, then ignore", "cannot be read back"),
        ("undo", "no order is undone"),
        ("undo and coordinate", "no order is undone"),
        ("coordinate", "no person is asked"),
    ] {
        refused(UNKNOWN, &format!("unknown = \"{answer}\""), "unknown", mend);
    }
    for answer in ["ignore", "record", "retry 1h, then record"] {
        let text = OURS.replace(UNKNOWN, &format!("unknown = \"{answer}\""));
        assert!(parse(&text).is_ok(), "{answer}");
    }
    // A mail in doubt is never sent again.
    refused(
        "unknown = \"record\"",
        "unknown = \"retry 24h, then ignore\"",
        "unknown",
        "not repeated",
    );
    refused(
        "delivered = [\"customer\"]",
        "delivered = [\"customer\", \"systems\"]",
        "[tell_whom]",
        "always announced",
    );
    refused(
        "[answers.announce]",
        "[answers.announced]",
        "[answers.account]",
        "add a table [answers.announce]",
    );
}

/// A worker that was frozen must be too late for everybody before "there is none" is believed.
#[test]
fn what_may_have_happened_is_looked_for_longer_than_a_call_can_live() {
    refused(
        "look_for = \"15m\"",
        "look_for = \"5m\"",
        "look_for",
        "at least look_for = \"6m\"",
    );
}
