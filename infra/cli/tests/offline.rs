//! What needs no table: how it is written, what to expect, and the drill.

use expect_test::expect_file;
use makegood::{Code, Ending, offline, parse};

fn types(line: &str) -> Ending {
    let words: Vec<String> = line
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    match parse("makegood", &words) {
        Ok(typed) => offline(&typed).unwrap_or_else(|| panic_with(line)),
        Err(ending) => ending,
    }
}

#[expect(clippy::panic, reason = "a test ends where it cannot go on")]
fn panic_with(line: &str) -> ! {
    panic!("{line} is good")
}

/// What a person sees, with the number.
fn seen(line: &str) -> String {
    let Ending { code, out, err } = types(line);
    format!("$ makegood {line}\n{out}{err}[{}]\n", code as u8)
}

fn fits(text: &str) {
    for line in text
        .lines()
        .filter(|line| !line.starts_with("Next: ") && !line.starts_with('$'))
    {
        assert!(line.chars().count() <= 100, "wider than 100: {line}");
    }
}

#[test]
fn what_is_wrongly_written_is_told_with_a_line_that_works() {
    let lines = [
        "",
        "inbx",
        "inbox --class stuck",
        "inbox --role finance",
        "show",
        "why a b",
        "retry",
        "retry case_1 --apply",
        "retry case_1 case_2 --seen 4",
        "retry case_1 --seen four",
        "retry case_1 --code goodwill",
        "undo case_1 case_2",
        "expect",
        "expect --role boss",
        "expect --role finance --policy nowhere.toml",
        "export orders",
        "drill --step team",
        "drill --step tell --fail refused",
        "drill --step team --fail slowly",
        "drill --step no! --fail refused",
        "--table t --as Olu inbox --month",
        "doctor now",
        "inbox -x",
    ];
    let mut all = String::new();
    for line in lines {
        let text = seen(line);
        assert!(text.contains("Next: makegood "), "{text}");
        assert_eq!(types(line).code == Code::Usage, !line.is_empty(), "{line}");
        all.push_str(&text);
        all.push('\n');
    }
    fits(&all);
    expect_file!["../golden/usage.txt"].assert_eq(&all);
}

#[test]
fn every_reader_reads_what_to_expect_in_a_hundred_columns() {
    for role in ["finance", "customer_service", "operations", "customer"] {
        let line = format!("expect --role {role}");
        fits(&seen(&line));
        let facts = types(&format!("{line} --json")).out;
        assert!(
            facts.contains("\"to_do\"") && facts.contains("\"next\": \"makegood "),
            "{facts}"
        );
    }
    expect_file!["../golden/expect.txt"].assert_eq(&seen("expect --role finance"));
}

#[test]
fn the_drill_shows_the_four_options_side_by_side_and_refuses_what_the_policy_may_not_say() {
    for (name, line) in [
        ("team_refused", "drill --step team --fail refused"),
        ("team_unknown", "drill --step team --fail unknown"),
        ("capture_down", "drill --step capture --fail down"),
        ("return_money_refused", "drill --step return_money --fail refused"),
    ] {
        let text = seen(line);
        fits(&text);
        expect_file![format!("../golden/drill_{name}.txt")].assert_eq(&text);
    }
    let unknown = seen("drill --step team --fail unknown");
    for said in [
        "- Ignore: \"team\" cannot be ignored",
        "- Undo: what may have happened cannot be ignored or undone",
    ] {
        assert!(unknown.contains(said), "{unknown}");
    }
}

#[test]
fn the_drills_page_stands_alone() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("drill.html");
    let line = format!("drill --step team --fail refused --html {}", path.display());
    assert_eq!(types(&line).code, Code::Done);
    let page = std::fs::read_to_string(&path).expect("the page");
    for said in [
        "<title>Setting up the team: the other system refuses it</title>",
        "£480.00",
        "What Finance reads",
    ] {
        assert!(page.contains(said), "{page}");
    }
    for outside in ["src=", "<link", "<script", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let nowhere = types("drill --step team --fail refused --html /nowhere/at/all.html");
    assert_eq!(nowhere.code, Code::Trouble);
    assert!(nowhere.err.contains("cannot be written"), "{}", nowhere.err);
}
