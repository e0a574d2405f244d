//! The operator's command: its own binary, against the table of the local stack.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use local::tools::root;

use crate::town::Town;

/// The binary, as `cargo run` would build it.
fn makegood() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(root())
        .args(["build", "--locked", "--quiet", "-p", "makegood"])
        .status();
    assert!(built.expect("cargo").success());
    let target = std::env::current_exe()
        .expect("this test")
        .ancestors()
        .nth(2)
        .expect("a folder")
        .to_owned();
    target.join("makegood")
}

const WHY: &str = "The provider is back since noon.";

struct Keyboard {
    binary: PathBuf,
    file: PathBuf,
}

impl Keyboard {
    /// Its number, and all that it says.
    fn types(&self, words: &[&str]) -> (Option<i32>, String) {
        let Output { status, stdout, stderr } = Command::new(&self.binary)
            .env_clear()
            .arg("--env")
            .arg(&self.file)
            .args(words)
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr)
        );
        (status.code(), text)
    }
}

/// Every ending that changes nothing, each with its number and a next step.
fn ends_in_its_numbers(keyboard: &Keyboard, case: &str) {
    let apply = ["retry", case, "--reason", WHY, "--apply"];
    for (words, wanted) in [
        (&["retry"][..], 2),
        (&apply[..], 2),
        (&["ignore", case, "--seen", "1", "--reason", WHY, "--apply", "--yes"], 4),
        (
            &[
                "undo", case, "--code", "goodwill", "--amount", "4.80 GBP", "--reason", WHY, "--apply", "--yes",
            ],
            2,
        ),
        (&["retry", "case_none"], 5),
        (&["why", "re_nobody"], 5),
        (&["inbox", "--endpoint", "http://127.0.0.1:9"], 1),
        (
            &[
                "inbox",
                "--as",
                "Olu",
                "--endpoint",
                "https://dynamodb.eu-central-1.amazonaws.com",
            ],
            3,
        ),
        (&["retry", case, "case_none"], 5),
    ] {
        let (code, text) = keyboard.types(words);
        assert_eq!(code, Some(wanted), "{words:?}: {text}");
        let says_next = text.contains("Next: ");
        assert!(says_next, "{words:?}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_finds_the_order_and_retries_it_at_the_keyboard() {
    let town = Town::open().await;
    let keyboard = Keyboard {
        binary: makegood(),
        file: town.stack.keyboard().to_owned(),
    };
    town.set("idp-down");
    let order = town.buy("team-year").await;
    town.hours(26).await;
    town.set("idp-well");

    let (code, text) = keyboard.types(&["doctor"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("You may record a decision") && text.contains("You act as "),
        "{text}"
    );
    assert!(text.contains("Stripe answers"), "{text}");
    // Nothing went back: only Stripe knows the charge.
    let charge = town.stack.world.stripe().intents[0].charge.clone();
    for id in ["jo@example.com", &charge] {
        let (code, text) = keyboard.types(&["why", id]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("What is done, and what is not?"), "{text}");
    }
    let (code, inbox) = keyboard.types(&["inbox", "--json"]);
    assert_eq!(code, Some(0), "{inbox}");
    let facts: serde_json::Value = serde_json::from_str(&inbox).expect("facts");
    let case = facts["cases"][0]["case"].as_str().expect("a case");
    assert_eq!(facts["cases"][0]["order"].as_str(), Some(order.id.as_str()));

    // A dry run says what will happen, and leaves everything as it is.
    let before = town.version(&order).await;
    let (code, dry) = keyboard.types(&["retry", case]);
    assert_eq!(code, Some(0), "{dry}");
    assert!(
        dry.contains("If you choose retry, this will happen, in this order:"),
        "{dry}"
    );
    assert_eq!(town.version(&order).await, before);
    let seen = dry
        .split("--seen ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .expect("a version");

    ends_in_its_numbers(&keyboard, case);
    assert_eq!(town.version(&order).await, before);

    let decided = [
        "--as", "Olu", "retry", case, "--seen", seen, "--reason", WHY, "--apply", "--yes",
    ];
    let (code, text) = keyboard.types(&decided);
    assert_eq!(code, Some(0), "{text}");
    town.minutes(3).await;
    let teams = town.stack.world.directory().truth(&order.id).teams;
    assert_eq!(teams, 1, "the team is there");
    let page = town.console(&format!("/orders/{}", order.id)).await;
    assert!(page.contains("Olu chose retry"), "{page}");
    let (code, text) = keyboard.types(&decided);
    assert_eq!(code, Some(5), "{text}");
}
