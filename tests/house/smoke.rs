//! `infra/smoke`, against an account that is made up: what it asks, what it writes down, and what it never shows.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use local::tools::root;

const KEY: &str = "rk_test_not_to_be_shown";

/// Answers as the command does for a stack that is well, but for what `fault` names.
const AWS: &str = r#"#!/usr/bin/env bash
case "$*" in
*describe-stacks*StackStatus*) echo UPDATE_COMPLETE ;;
*describe-stacks*ShopUrl*) echo https://shop.example ;;
*describe-stacks*) echo arn:aws:sns:eu-west-1:000000000000:topic ;;
*describe-stack-resource*) echo physical ;;
*describe-table*TableStatus*) echo ACTIVE ;;
*DeletionProtectionEnabled*) if [ "${FAULT:-}" = unprotected ]; then echo False; else echo True; fi ;;
*describe-continuous-backups*) echo ENABLED ;;
*get-item*) echo '{"name":"test","livemode":false}' ;;
*get-function-configuration*) echo Active ;;
*get-function-recursion-config*) echo Terminate ;;
*get-queue-attributes*) echo 0 ;;
*list-subscriptions-by-topic*"[?starts_with(SubscriptionArn, 'arn:')]"*)
   if [ "${FAULT:-}" = pending ]; then echo 0; else echo 1; fi ;;
*list-subscriptions-by-topic*) echo 1 ;;
*get-metric-statistics*) echo 3.0 ;;
*) echo "unknown: $*" >&2; exit 255 ;;
esac
"#;

/// The shop to a stranger; Stripe only to whoever sends the key by the standard input.
const CURL: &str = r#"#!/usr/bin/env bash
case "$*" in
*webhooks/stripe*) printf 400 ;;
*/console*) printf 401 ;;
*/orders/*) printf 404 ;;
*https://shop.example/*) printf 200 ;;
*) grep -q 'user = "rk_test_' || exit 22
   printf '{"data":[{"payment_status":"unpaid","payment_intent":{"status":"requires_capture"},"amount_total":1}]}' ;;
esac
"#;

/// No JSON is read here: what would be cut out of Stripe's answer.
const JQ: &str = "#!/usr/bin/env bash\ncat >/dev/null\necho unpaid\n";

struct Account(PathBuf);

impl Account {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("makegood-smoke-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("bin")).expect("a folder");
        for (tool, script) in [("aws", AWS), ("curl", CURL), ("jq", JQ)] {
            let path = folder.join("bin").join(tool);
            fs::write(&path, script).expect("a tool");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may run");
        }
        Self(folder)
    }

    fn smoke(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = format!(
            "{}:{}",
            self.0.join("bin").display(),
            std::env::var("PATH").expect("a path")
        );
        Command::new(root().join("infra/smoke"))
            .args(arguments)
            .current_dir(&self.0)
            .env_remove("STRIPE_KEY")
            .env("PATH", path)
            .envs(variables.iter().copied())
            .output()
            .expect("it runs")
    }

    /// The files that it left.
    fn written(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder");
        let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let files = files.filter(|path| Path::is_file(path));
        files.map(|path| fs::read_to_string(path).expect("text")).collect()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat()
}

#[test]
fn smoke_writes_down_what_it_found_and_shows_no_secret() {
    let account = Account::new("well");
    let output = account.smoke(&["shop-test"], &[("STRIPE_KEY", KEY)]);
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let written = account.written();
    assert_eq!(written.len(), 1, "{written:?}");
    for part in [
        "# Smoke of shop-test, ",
        "- good: the table's status is ACTIVE",
        "- good: the stage that it bears is {\"name\":\"test\",\"livemode\":false}",
        "- good: the answer to a webhook without a signature is 400",
        "- found: Payment status of a finished Session whose money is only held: unpaid",
        "- found: Runs that loop detection has cut in 14 days: 3.0",
        "- open: For how many days can an event be sent again?",
        ", 0 bad, ",
    ] {
        assert!(written[0].contains(part), "{part} is not in {}", written[0]);
    }
    assert!(!said.contains(KEY) && !written[0].contains(KEY), "{said}");
}

#[test]
fn smoke_says_what_is_bad_and_without_a_key_what_stays_open() {
    let account = Account::new("bad");
    let output = account.smoke(&["shop-test"], &[("FAULT", "unprotected")]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let written = account.written().concat();
    assert!(
        written.contains("- BAD: its deletion protection is False, and must be True"),
        "{written}"
    );
    let open = "- open: Payment status of a finished Session whose money is only held: Nothing there";
    assert!(written.contains(open), "{written}");
}

#[test]
fn smoke_counts_only_those_who_confirmed_that_alerts_reach_them() {
    let account = Account::new("pending");
    let output = account.smoke(&["shop-test"], &[("FAULT", "pending")]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let written = account.written().concat();
    for bad in [
        "- BAD: the number of those whom an alert reaches is 0 (who is named by AlertReceiver confirms",
        "- BAD: the number of those at the next level is 0 (who is named by EscalationReceiver confirms",
    ] {
        assert!(written.contains(bad), "{bad} is not in {written}");
    }
}

#[test]
fn smoke_asks_nothing_about_real_money_and_nothing_at_all_in_a_dry_run() {
    let account = Account::new("dry");
    let live = account.smoke(&["shop"], &[("STRIPE_KEY", "rk_live_1")]);
    assert_eq!(live.status.code(), Some(2), "{}", said(&live));
    let dry = account.smoke(&["--dry-run", "shop"], &[]);
    assert!(
        dry.status.success() && said(&dry).contains("by hand: For how many days"),
        "{}",
        said(&dry)
    );
    assert!(
        account.written().is_empty(),
        "nothing was asked, and nothing is written"
    );
    assert_eq!(account.smoke(&[], &[]).status.code(), Some(2));
}
