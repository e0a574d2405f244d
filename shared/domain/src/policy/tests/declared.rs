//! Whose a case is, how long an order may stand, how much may be left unsent, what cannot be taken back; and plans that
//! cannot be kept.

use super::*;
use crate::case::{CaseRef, Class};
use crate::id::CaseId;

const SOLD: &str = include_str!("../../../../../infra/catalogue.toml");

fn with(find: &str, replace: &str) -> String {
    let text = OURS.replacen(find, replace, 1);
    assert_ne!(text, OURS, "the policy no longer says: {find}");
    text
}

fn told(policy: &Policy, class: Class, subject: Subject) -> Vec<Audience> {
    policy.told_of(&CaseRef {
        id: CaseId::new("case_1"),
        class,
        subject: Some(subject),
        failure: None,
        opened_at: Timestamp(0),
        resolved: None,
        care: crate::case::tend::Care::default(),
        before: None,
    })
}

#[test]
fn a_declared_owner_is_told_first_and_a_declared_list_stands_for_the_usual_one() {
    let text = with(
        "[answers.team]",
        "[answers.team]\nowner = \"finance\"\ntell = [\"customer\"]",
    );
    let policy = parse(&text).unwrap();
    let (team, account) = (Subject::Step(Step::Team), Subject::Step(Step::Account));
    assert_eq!(policy.owner(Some(&team)), Owner::Finance);
    assert_eq!(policy.owner(Some(&account)), Owner::Operations);
    assert_eq!(policy.owner(None), Owner::Operations);
    assert_eq!(
        told(&policy, Class::DeliveryStuck, team),
        [Audience::Finance, Audience::Customer]
    );
    assert_eq!(told(&policy, Class::DeliveryStuck, account), policy.tell.with_person);
    // What an order carries says the same, and costs nothing where nothing is declared.
    let frozen = serde_json::to_string(&policy.frozen_for(&[Step::Team])).unwrap();
    assert!(frozen.contains(r#""owner":"finance""#), "{frozen}");
    let usual = serde_json::to_string(&parse(OURS).unwrap()).unwrap();
    for word in ["owner", "told\"", "for_good", "ignored_max", "deadlines", "told_within"] {
        assert!(!usual.contains(word), "{word} in {usual}");
    }
    assert_eq!(serde_json::from_str::<Policy>(&usual).unwrap(), parse(OURS).unwrap());
}

#[test]
fn what_is_said_of_an_owner_or_a_budget_where_there_is_none_is_refused() {
    for (table, line, mend) in [
        ("tell", "owner = \"finance\"", "leave \"owner\" out"),
        ("tell", "tell = [\"ops\"]", "leave it out of [answers.tell]"),
        ("account", "tell = []", "mend it"),
        ("account", "tell = [\"ops\", \"ops\"]", "each once"),
        ("account", "tell = [\"systems\"]", "names people"),
        ("account", "owner = \"it\"", "expected one of"),
        ("capture", "for_good = true", "leave \"for_good\" out"),
        ("account", "ignore_up_to = \"20 a day\"", "leave \"ignore_up_to\" out"),
        ("tell", "told_within = \"2h\"", "leave \"told_within\" out"),
        ("account", "told_within = \"30s\"", "at least told_within"),
        ("tell", "ignore_up_to = \"20\"", "write it like \"20 a day\""),
        ("tell", "ignore_up_to = \"0 a day\"", "from 1 to 1000"),
    ] {
        let head = format!("[answers.{table}]");
        refused(&head, &format!("{head}\n{line}"), line.split(' ').next().unwrap(), mend);
    }
    let text = with("[answers.tell]", "[answers.tell]\nignore_up_to = \"5 a day\"");
    let policy = parse(&text).unwrap();
    let budgets = [Matter::Tell, Matter::Alert, Matter::Announce].map(|matter| policy.ignored_max(matter));
    assert_eq!(budgets, [5, 20, 20]);
}

#[test]
fn a_deadline_before_its_chains_are_through_is_refused() {
    let (delivering, chain) = ("delivering = \"2d\"", "\"retry 24h, then coordinate\"");
    refused(
        delivering,
        "delivering = \"24h\"",
        "delivering",
        "[answers.account] goes on for longer than an order may be delivering: write delivering = \"2d\" or more",
    );
    refused(
        "capturing = \"5d\"",
        "capturing = \"4d\"",
        "capturing",
        "\"5d\" or more",
    );
    // The money has a case after an hour, what is taken back only at its end.
    refused(
        "undoing = \"2d\"",
        "undoing = \"2h\"",
        "undoing",
        "[answers.revoke] goes on",
    );
    refused(
        chain,
        "\"retry 3d, then coordinate\"",
        "delivering",
        "write delivering = \"4d\"",
    );
    refused(
        "delivering = \"2d\"",
        "delivered = \"2d\"",
        "delivered",
        "expected one of",
    );
    // With a case on the way a person knows in time.
    let text = with(chain, "\"retry 3d with a case after 6h, then coordinate\"");
    assert!(parse(&text).is_ok());
    // Left out, they are the usual ones, and are held against the chains all the same.
    let (before, rest) = OURS.split_once("[deadlines]\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let without = format!("{before}{after}");
    assert_eq!(parse(&without).unwrap(), parse(OURS).unwrap());
    let longer = without.replacen(chain, "\"retry 3d, then coordinate\"", 1);
    let refusal = parse(&longer).expect_err("should be refused");
    let line = longer.lines().nth(refusal.line - 1).unwrap();
    assert_eq!(
        (line, refusal.say.contains("under [deadlines]")),
        ("[answers.account]", true)
    );
}

#[test]
fn a_plan_that_time_does_not_keep_is_refused() {
    let chain = "\"retry 24h, then coordinate\"";
    refused(
        chain,
        "\"retry 20m, then coordinate\"",
        "waits",
        "the wait of 30m outlasts [answers.account]",
    );
    refused(
        chain,
        "\"retry 31d, then coordinate\"",
        "retry 31d",
        "write 30d at most",
    );
    refused(
        "refund_final_within = \"5d\"",
        "refund_final_within = \"6h\"",
        "refund_final_within",
        "no shorter than that",
    );
}

#[test]
fn nothing_on_the_way_to_held_money_is_tried_for_longer_than_it_is_held() {
    let products = crate::catalogue::parse(SOLD).unwrap();
    for (find, instead, line_with) in [
        (
            "\"retry 4d, then coordinate\"",
            "\"retry 5d with a case after 1d, then coordinate\"",
            "retry 5d",
        ),
        (
            "\"read back 4d, then",
            "\"read back 6d with a case after 1d, then",
            "read back 6d",
        ),
        (
            "\"retry 24h, then coordinate\"",
            "\"retry 6d with a case after 1d, then coordinate\"",
            "retry 6d",
        ),
    ] {
        let text = with(find, instead);
        let policy = parse(&text).unwrap();
        let refusal = policy.check(&text, &products).expect_err("longer than a hold");
        let line = text.lines().nth(refusal.line - 1).unwrap();
        assert!(line.contains(line_with), "{line}: {refusal}");
        assert!(refusal.say.contains("write 4d at most"), "{refusal}");
        // Where all money is taken at once, nothing lapses.
        let at_once = SOLD.replace("authorise_first", "charge_first");
        assert_eq!(policy.check(&text, &crate::catalogue::parse(&at_once).unwrap()), Ok(()));
    }
}

#[test]
fn nothing_is_undone_that_comes_after_what_was_made_for_good() {
    let products = crate::catalogue::parse(SOLD).unwrap();
    let text = with("[answers.account]", "[answers.account]\nfor_good = true");
    let policy = parse(&text).unwrap();
    let refusal = policy.check(&text, &products).expect_err("the team is undone");
    assert!(refusal.say.contains("the account of"), "{refusal}");
    assert!(
        refusal.say.contains("write \"coordinate\" in place of \"undo\""),
        "{refusal}"
    );
    let (before, after) = text.split_at(text.find("[answers.team]").unwrap());
    assert_eq!(refusal.line, 1 + before.matches('\n').count() + 3, "its rejected line");
    // Its own refusal made nothing; what comes after it goes to a person.
    let mended = after
        .replace("undo and coordinate", "coordinate")
        .replace("\"undo\"", "\"coordinate\"");
    let mended = format!("{before}{mended}");
    assert_eq!(parse(&mended).unwrap().check(&mended, &products), Ok(()));
}
