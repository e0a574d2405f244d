//! Where the table is and whose credentials are used: from the environment, a file, or what was typed.

use std::collections::BTreeMap;

use adapters::aws::AwsConfig;
use adapters::clock::Clock;
use adapters::dynamodb::{Table, TableConfig};
use adapters::env::Env;
use adapters::http::Http;
use adapters::stripe::{Stripe, StripeConfig};
use adapters::sts;
use desk::access::{Actor, Role};
use flow::ports::Trouble;

use crate::arguments::{Command, Hand, Typed};
use crate::ending::{Answer, Code, Ending};
use crate::store::Store;

/// What is typed in place of a variable.
const TYPED: [(&str, &str); 3] = [
    ("--table", "MAKEGOOD_TABLE"),
    ("--region", "AWS_REGION"),
    ("--endpoint", "AWS_ENDPOINT_URL_DYNAMODB"),
];

/// The id of the key that the local stack writes for this command; AWS has none like it.
const LOCAL_KEY: &str = "keyboard";

const LIVEMODE: &str = "MAKEGOOD_LIVEMODE";
const KEY: &str = "MAKEGOOD_STRIPE_KEY";
const CLOCK: &str = "MAKEGOOD_CLOCK_FILE";

/// One thing that is missing, and the line that mends it.
pub(crate) struct Missing {
    pub(crate) what: String,
    pub(crate) mend: &'static str,
}

pub struct Setting {
    variables: BTreeMap<String, String>,
    pub(crate) hand: Hand,
    pub(crate) missing: Vec<Missing>,
    /// Real money.
    pub live: bool,
    /// The table is on this machine.
    pub(crate) local: bool,
    /// Where the table is asked.
    pub(crate) endpoint: String,
}

impl Setting {
    /// # Errors
    /// The ending, when the file that was named cannot be read.
    pub fn read(typed: &Typed, process: impl IntoIterator<Item = (String, String)>) -> Result<Self, Ending> {
        let hand = typed.hand.clone();
        let mut variables: BTreeMap<String, String> = process.into_iter().collect();
        if let Some(file) = hand.value("--env") {
            let text = std::fs::read_to_string(file).map_err(|wrong| {
                let say =
                    format!("{file} cannot be read: {wrong}. On the local stack it is there while the stack runs.");
                Answer::no(Code::Usage, &say, "makegood --help".to_owned()).ending(typed)
            })?;
            variables.extend(pairs(&text));
        }
        for (name, variable) in TYPED {
            variables.extend(hand.value(name).map(|value| (variable.to_owned(), value.to_owned())));
        }
        if let (None, Some(region)) = (
            variables.get("AWS_REGION"),
            variables.get("AWS_DEFAULT_REGION").cloned(),
        ) {
            variables.insert("AWS_REGION".to_owned(), region);
        }
        let set = |name: &str| variables.get(name).filter(|value| !value.trim().is_empty()).cloned();
        let named = set("AWS_ENDPOINT_URL_DYNAMODB");
        // An address of this machine may lead on to AWS; the local stack's own key cannot.
        let local = named.as_deref().is_some_and(is_loopback) && set("AWS_ACCESS_KEY_ID").as_deref() == Some(LOCAL_KEY);
        let region = set("AWS_REGION").unwrap_or_default();
        let endpoint = named.unwrap_or_else(|| format!("https://dynamodb.{region}.amazonaws.com"));
        let missing = missing(&set, &typed.command, local, &endpoint);
        Ok(Self {
            live: set(LIVEMODE).as_deref() == Some("true"),
            variables,
            hand,
            missing,
            local,
            endpoint,
        })
    }

    /// What keeps any command from beginning.
    ///
    /// # Errors
    /// The ending that says so.
    pub fn verdict(&self, typed: &Typed) -> Result<(), Ending> {
        if !self.local && self.hand.value("--as").is_some() {
            let say = "--as is for the local stack alone: on AWS it is your credentials that say who you are.";
            return Err(Answer::no(Code::NotAllowed, say, "makegood doctor".to_owned()).ending(typed));
        }
        let of_stripe = typed
            .command
            .asks_stripe()
            .then(|| self.stripe_config().err())
            .flatten();
        let missing: Vec<&Missing> = self.missing.iter().chain(&of_stripe).collect();
        let Some(first) = missing.first() else {
            return Ok(());
        };
        let say: Vec<&str> = missing.iter().map(|missing| missing.what.as_str()).collect();
        Err(Answer::no(Code::Usage, &say.join("\n"), first.mend.to_owned()).ending(typed))
    }

    fn env(&self) -> Env {
        Env::from_pairs(self.variables.clone())
    }

    pub fn store(&self, http: &Http) -> Store {
        let env = self.env();
        Store {
            table: Table::new(TableConfig::read(&env), &AwsConfig::read(&env), http),
            clock: Clock::read(&env, self.live),
        }
    }

    /// Whom to ask whose a charge or an event is. None: whoever sits here has no key that is of use.
    pub fn stripe(&self, http: &Http) -> Option<Stripe> {
        let config = self.stripe_config().ok().flatten();
        config.map(|config| Stripe::new(config, http.clone()))
    }

    /// Nobody needs a key of Stripe's here; one that is given must be of use.
    pub(crate) fn stripe_config(&self) -> Result<Option<StripeConfig>, Missing> {
        let mut variables = self.variables.clone();
        let told = |name: &str| self.variables.get(name).is_some_and(|value| !value.trim().is_empty());
        let live = self.variables.get(KEY).is_some_and(|key| key.contains("_live_"));
        if !told(LIVEMODE) {
            variables.insert(LIVEMODE.to_owned(), live.to_string());
        }
        let env = Env::from_pairs(variables);
        let config = StripeConfig::of_reader(&env);
        let mode = if live {
            "export MAKEGOOD_LIVEMODE=true"
        } else {
            "export MAKEGOOD_LIVEMODE=false"
        };
        if let Some(problem) = env.verdict().err().and_then(|wrong| wrong.0.into_iter().next()) {
            return Err(Missing {
                what: format!("{} {}.", problem.variable, problem.mend),
                mend: match problem.variable {
                    LIVEMODE => mode,
                    "MAKEGOOD_STRIPE_ACCOUNT" => "unset MAKEGOOD_STRIPE_ACCOUNT",
                    "MAKEGOOD_STRIPE_URL" => "unset MAKEGOOD_STRIPE_URL",
                    _ => WITHOUT_STRIPE,
                },
            });
        }
        if config.is_some() && !told(LIVEMODE) {
            let what = "MAKEGOOD_LIVEMODE is not set: it says whether MAKEGOOD_STRIPE_KEY is of real or of test money.";
            return Err(Missing {
                what: what.to_owned(),
                mend: mode,
            });
        }
        Ok(config)
    }

    /// Whoever acts may do everything that the table lets them write: there is no role besides.
    ///
    /// # Errors
    /// When AWS does not say who it is.
    pub async fn actor(&self, http: &Http) -> Result<Actor, Trouble> {
        let name = if self.local {
            let user = || self.variables.get("USER").cloned();
            let name = self.hand.value("--as").map(str::to_owned).or_else(user);
            name.unwrap_or_else(|| "operator".to_owned())
        } else {
            sts::caller(&AwsConfig::read(&self.env()), http).await?
        };
        Ok(Actor {
            name,
            role: Role::Operator,
        })
    }
}

/// What keeps this command from beginning, in the order in which it is to be mended.
fn missing(set: &impl Fn(&str) -> Option<String>, command: &Command, local: bool, endpoint: &str) -> Vec<Missing> {
    let mut missing = Vec::new();
    let mut wants = |bad: bool, what: &str, mend| {
        if bad {
            let what = what.to_owned();
            missing.push(Missing { what, mend });
        }
    };
    wants(
        set("MAKEGOOD_TABLE").is_none(),
        "MAKEGOOD_TABLE is not set: it names the table.",
        TABLE_MEND,
    );
    wants(
        set("AWS_REGION").is_none(),
        "AWS_REGION is not set.",
        "export AWS_REGION=eu-central-1",
    );
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let keyless = keys.iter().any(|name| set(name).is_none());
    wants(
        keyless,
        "There are no credentials in the environment.",
        CREDENTIALS_MEND,
    );
    let strange = !local && !endpoint.starts_with("https://");
    wants(
        strange,
        "The endpoint is neither https nor on this machine.",
        "unset AWS_ENDPOINT_URL_DYNAMODB",
    );
    let moved = !local && set(CLOCK).is_some();
    wants(
        moved,
        "MAKEGOOD_CLOCK_FILE moves time, and the table is not on this machine.",
        "unset MAKEGOOD_CLOCK_FILE",
    );
    let exports = matches!(command, Command::Export { .. });
    wants(
        exports && set(LIVEMODE).is_none(),
        "MAKEGOOD_LIVEMODE is not set: the file names Stripe's pages of real or of test money.",
        "export MAKEGOOD_LIVEMODE=true",
    );
    missing
}

pub(crate) const WITHOUT_STRIPE: &str = "unset MAKEGOOD_STRIPE_KEY";
pub(crate) const CREDENTIALS_MEND: &str = "eval \"$(aws configure export-credentials --format env)\"";
pub(crate) const TABLE_MEND: &str = "export MAKEGOOD_TABLE=\"$(aws cloudformation describe-stack-resource --stack-name makegood --logical-resource-id Table --query StackResourceDetail.PhysicalResourceId --output text)\"";

/// Lines like `NAME=value`, with or without `export`.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let lines = lines.map(|line| line.strip_prefix("export ").unwrap_or(line));
    lines.filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        let value = value.trim().trim_matches('"');
        Some((name.trim().to_owned(), value.to_owned()))
    })
}

/// On this machine, whatever else the address may look like.
fn is_loopback(url: &str) -> bool {
    let hosts = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let Some(rest) = hosts.iter().find_map(|host| url.strip_prefix(host)) else {
        return false;
    };
    let port = rest.split('/').next().unwrap_or_default();
    port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_this_machine() {
        for here in ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1/"] {
            assert!(is_loopback(here), "{here}");
        }
        for there in [
            "http://127.0.0.1.shop.example",
            "http://127.0.0.1:80@shop.example",
            "https://dynamodb.eu-central-1.amazonaws.com",
            "http://shop.example/127.0.0.1",
        ] {
            assert!(!is_loopback(there), "{there}");
        }
    }

    #[test]
    fn a_name_is_chosen_only_on_the_local_stack_whose_key_no_account_has() {
        let words = [
            "inbox",
            "--as",
            "Fay",
            "--endpoint",
            "http://127.0.0.1:8000",
            "--table",
            "t",
        ]
        .map(str::to_owned);
        let typed = crate::parse("makegood", &words).expect("a command");
        let with = |key: &str| {
            let process = [
                ("AWS_ACCESS_KEY_ID", key),
                ("AWS_SECRET_ACCESS_KEY", "s"),
                ("AWS_REGION", "r"),
            ];
            let process = process.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let setting = Setting::read(&typed, process).expect("a setting");
            setting.verdict(&typed).err().map(|no| no.code)
        };
        assert_eq!(with("AKIAEXAMPLE"), Some(Code::NotAllowed));
        assert_eq!(with(LOCAL_KEY), None);
    }

    #[test]
    fn a_key_of_stripes_is_held_against_its_mode_only_where_it_is_used() {
        let mend = |command: &[&str], pairs: &[(&str, &str)]| {
            let words: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
            let typed = crate::parse("makegood", &words).expect("a command");
            let whole = [
                ("MAKEGOOD_TABLE", "t"),
                ("AWS_REGION", "r"),
                ("AWS_ACCESS_KEY_ID", "a"),
                ("AWS_SECRET_ACCESS_KEY", "s"),
            ];
            let process = whole.iter().chain(pairs);
            let process = process.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let setting = Setting::read(&typed, process).expect("a setting");
            let said = setting.verdict(&typed).err();
            let said = said.map(|ending| ending.out + &ending.err).unwrap_or_default();
            let next = said.lines().find_map(|line| line.strip_prefix("Next: "));
            next.unwrap_or_default().to_owned()
        };
        let (live, test) = ((KEY, "rk_live_1"), (KEY, "rk_test_1"));
        let (real, play) = ((LIVEMODE, "true"), (LIVEMODE, "false"));
        let why = ["why", "ch_1"];
        assert_eq!(mend(&["inbox"], &[live]), "");
        assert_eq!(mend(&["why", "MG-3F9A-21C4"], &[live]), "");
        assert_eq!(mend(&why, &[]), "");
        assert_eq!(mend(&why, &[live]), "export MAKEGOOD_LIVEMODE=true");
        assert_eq!(mend(&why, &[test]), "export MAKEGOOD_LIVEMODE=false");
        assert_eq!(mend(&why, &[live, real]), "");
        assert_eq!(mend(&why, &[test, play]), "");
        let drop_it = "unset MAKEGOOD_STRIPE_KEY";
        assert_eq!(mend(&why, &[test, real]), drop_it);
        // It may move money, and whoever looks up needs only to read.
        assert_eq!(mend(&why, &[(KEY, "sk_live_1"), real]), drop_it);
        assert_eq!(mend(&why, &[test, (LIVEMODE, "yes")]), "export MAKEGOOD_LIVEMODE=false");
        let account = ("MAKEGOOD_STRIPE_ACCOUNT", "shop");
        assert_eq!(
            mend(&["show", "ch_1"], &[live, real, account]),
            "unset MAKEGOOD_STRIPE_ACCOUNT"
        );
    }

    #[test]
    fn a_file_has_a_variable_in_a_line() {
        let text = "# here\nexport A=1\nB=\"two words\"\n\nC=x=y\n";
        let read: Vec<_> = pairs(text).collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read, [pair("A", "1"), pair("B", "two words"), pair("C", "x=y")]);
    }
}
