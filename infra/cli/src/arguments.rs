//! What was typed.

use domain::Timestamp;
use domain::case::tend::Tend;
use domain::case::{Choice, Class};
use domain::failure::FailureClass;
use domain::notice::Audience;
use domain::policy::Matter;
use domain::sought::Sought;
use lexopt::Arg::{Long, Short, Value};
use lexopt::{Parser, ValueExt};

use crate::ending::{Answer, Code, Ending};
use crate::text::quoted;
use crate::usage::{COMMANDS, usage_of};

/// One run of the command.
#[derive(Debug)]
pub struct Typed {
    pub command: Command,
    /// For programs.
    pub json: bool,
    pub hand: Hand,
}

#[derive(Debug)]
pub enum Command {
    Help,
    Inbox {
        class: Option<Class>,
    },
    Show {
        id: String,
    },
    Why {
        id: String,
    },
    Decide(Wanted),
    Tend(Tended),
    Expect {
        role: Audience,
        /// Of another file than the one that is built in.
        policy: Option<String>,
    },
    Export {
        month: String,
        to: Option<String>,
    },
    Waiting,
    Doctor,
    Drill(Drill),
}

impl Command {
    /// Whether Stripe may be asked: about an id of its own, when an order is looked up.
    pub(crate) fn asks_stripe(&self) -> bool {
        match self {
            Self::Show { id } | Self::Why { id } => Sought::parse(id).is_some_and(|sought| sought.is_stripes()),
            Self::Help | Self::Inbox { .. } | Self::Decide(_) | Self::Tend(_) | Self::Expect { .. } => false,
            Self::Export { .. } | Self::Waiting | Self::Doctor | Self::Drill(_) => false,
        }
    }
}

/// A decision.
#[derive(Debug)]
pub struct Wanted {
    pub choice: Choice,
    pub cases: Vec<String>,
    pub reason: String,
    pub code: String,
    pub amount: String,
    /// The version that a dry run showed.
    pub seen: Option<u64>,
    /// Without it nothing is done.
    pub apply: bool,
    /// Nobody is asked.
    pub yes: bool,
}

/// What somebody does about a case without deciding it.
#[derive(Debug)]
pub struct Tended {
    pub case: String,
    pub tend: Tend,
    /// Without it nothing is done.
    pub apply: bool,
}

#[derive(Debug)]
pub struct Drill {
    pub matter: Matter,
    pub class: FailureClass,
    pub policy: Option<String>,
    pub html: Option<String>,
}

/// How the command is typed here, with what every line repeats: where the table is, and who acts.
#[derive(Clone, Debug, Default)]
pub struct Hand {
    program: String,
    /// Names and values.
    pub(crate) said: Vec<(&'static str, String)>,
}

impl Hand {
    /// The line to type, from the command's name on.
    pub(crate) fn line(&self, rest: &str) -> String {
        let said = self
            .said
            .iter()
            .map(|(name, value)| format!(" {name} {}", quoted(value)));
        format!("{}{} {rest}", self.program, said.collect::<String>())
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.said.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What any command takes.
const EVERYWHERE: [&str; 5] = ["--env", "--table", "--region", "--endpoint", "--as"];

/// All that was written, before it is known what it means.
#[derive(Default)]
struct Written {
    words: Vec<String>,
    flags: Vec<&'static str>,
    values: Vec<(&'static str, String)>,
}

/// Flags, and names that a value follows.
const FLAGS: [&str; 4] = ["--json", "--apply", "--yes", "--help"];
const VALUES: [&str; 16] = [
    "--class", "--until", "--text", "--reason", "--code", "--amount", "--seen", "--role", "--policy", "--month",
    "--to", "--from", "--step", "--fail", "--html", "--as",
];

/// What the words mean; or how to write them. `program`: as it was called.
///
/// # Errors
/// The ending that says what is wrong and what to type.
pub fn parse(program: &str, words: &[String]) -> Result<Typed, Ending> {
    let mut hand = Hand {
        program: program.to_owned(),
        said: Vec::new(),
    };
    let written = write_down(words);
    let mut named = None;
    let meant = written.and_then(|written| {
        named = written.words.first().cloned();
        for name in EVERYWHERE {
            hand.said
                .extend(written.value(name).map(|value| (name, value.to_owned())));
        }
        Ok((meaning(&written)?, written.has("--json")))
    });
    let typed = |command, json| Typed {
        command,
        json,
        hand: hand.clone(),
    };
    meant.map(|(command, json)| typed(command, json)).map_err(|say| {
        let known = COMMANDS.iter().find(|known| named.as_deref() == Some(known.name));
        let say = known.map_or_else(|| say.clone(), |known| format!("{say}\n\n{}", usage_of(known)));
        let next = known.map_or_else(|| hand.line("--help"), |known| hand.line(known.example));
        Answer::no(Code::Usage, &say, next).ending(&typed(Command::Help, false))
    })
}

fn write_down(words: &[String]) -> Result<Written, String> {
    let (mut parser, mut written) = (Parser::from_args(words), Written::default());
    while let Some(word) = parser.next().map_err(|wrong| wrong.to_string())? {
        match word {
            Short('h') => written.flags.push("--help"),
            Short(letter) => return Err(format!("-{letter} means nothing here.")),
            Value(word) => written.words.push(word.string().map_err(|wrong| wrong.to_string())?),
            Long(name) => {
                let name = format!("--{name}");
                let same = |known: &&&'static str| **known == name;
                let mut values = VALUES.iter().chain(&EVERYWHERE);
                match (FLAGS.iter().find(same), values.find(same)) {
                    (Some(flag), _) => written.flags.push(flag),
                    (None, Some(known)) => {
                        let value = parser.value().and_then(ValueExt::string);
                        let value = value.map_err(|_none| format!("{name} wants a value."))?;
                        written.values.push((known, value));
                    }
                    (None, None) => return Err(format!("{name} means nothing here.")),
                }
            }
        }
    }
    Ok(written)
}

impl Written {
    fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.value(name).unwrap_or_default().to_owned()
    }

    fn wanted(&self, name: &str, like: &str) -> Result<&str, String> {
        self.value(name).ok_or_else(|| format!("Say {name} {like}."))
    }

    /// The one word after the command's name.
    fn one(&self, what: &str) -> Result<String, String> {
        match self.words.get(1..) {
            Some([one]) => Ok(one.clone()),
            _ => Err(format!("Name one {what}.")),
        }
    }

    /// Everything that was written belongs to this command.
    fn only(&self, words: usize, names: &[&str]) -> Result<(), String> {
        if let Some(more) = self.words.get(words) {
            return Err(format!("\"{more}\" is too much."));
        }
        let given = self.flags.iter().chain(self.values.iter().map(|(name, _)| name));
        let strange = |name: &&&str| !names.contains(*name) && !EVERYWHERE.contains(*name) && **name != "--json";
        given
            .into_iter()
            .find(strange)
            .map_or(Ok(()), |name| Err(format!("{name} means nothing here.")))
    }
}

fn meaning(written: &Written) -> Result<Command, String> {
    if written.has("--help") || written.words.is_empty() {
        return Ok(Command::Help);
    }
    let name = written.words.first().map(String::as_str).unwrap_or_default();
    match name {
        "inbox" => {
            written.only(1, &["--class"])?;
            let class = written.value("--class").map(class).transpose()?;
            Ok(Command::Inbox { class })
        }
        "show" | "why" => {
            written.only(2, &[])?;
            let id = written.one("id, reference or e-mail address")?;
            Ok(if name == "show" {
                Command::Show { id }
            } else {
                Command::Why { id }
            })
        }
        "retry" => decision(written, Choice::Retry),
        "undo" => decision(written, Choice::Undo),
        "ignore" => decision(written, Choice::Ignore),
        "assign" | "note" | "hold" | "release" | "due" => tended(written, name),
        "expect" => {
            written.only(1, &["--role", "--policy"])?;
            let role = role(written.wanted("--role", "finance")?)?;
            let policy = written.value("--policy").map(str::to_owned);
            Ok(Command::Expect { role, policy })
        }
        "export" => {
            written.only(2, &["--month", "--to"])?;
            if written.one("thing to export")? != "refunds" {
                return Err("Only refunds can be exported.".to_owned());
            }
            let (month, to) = (written.text("--month"), written.value("--to").map(str::to_owned));
            Ok(Command::Export { month, to })
        }
        "waiting" => written.only(1, &[]).map(|()| Command::Waiting),
        "doctor" => written.only(1, &[]).map(|()| Command::Doctor),
        "drill" => drill(written),
        other => {
            let known: Vec<&str> = COMMANDS.iter().map(|known| known.name).collect();
            Err(format!("\"{other}\" is no command. There are: {}.", known.join(", ")))
        }
    }
}

fn decision(written: &Written, choice: Choice) -> Result<Command, String> {
    let all = ["--reason", "--code", "--amount", "--seen", "--apply", "--yes"];
    let names: Vec<&str> = match choice {
        Choice::Undo => all.to_vec(),
        // Where a case asks why money went back, that is said with a code.
        Choice::Ignore => all.into_iter().filter(|name| *name != "--amount").collect(),
        Choice::Retry => all
            .into_iter()
            .filter(|name| !["--code", "--amount"].contains(name))
            .collect(),
    };
    written.only(usize::MAX, &names)?;
    let cases: Vec<String> = written.words.iter().skip(1).cloned().collect();
    if cases.is_empty() {
        return Err("Name a case.".to_owned());
    }
    let seen = written.value("--seen").map(str::parse).transpose();
    let seen: Option<u64> = seen.map_err(|_wrong| "--seen is the number that the dry run printed.".to_owned())?;
    if cases.len() > 1 && (seen.is_some() || choice == Choice::Undo) {
        return Err("One case at a time: what was seen, and what is given back, is each order's own.".to_owned());
    }
    let apply = written.has("--apply");
    if apply && written.text("--reason").is_empty() {
        return Err("Say --reason \"...\": others will read it.".to_owned());
    }
    Ok(Command::Decide(Wanted {
        choice,
        cases,
        reason: written.text("--reason"),
        code: written.text("--code"),
        amount: written.text("--amount"),
        seen,
        apply,
        yes: written.has("--yes"),
    }))
}

fn tended(written: &Written, name: &str) -> Result<Command, String> {
    let until = || {
        let like = "\"2026-11-27 09:00\", in UTC";
        let text = written.wanted("--until", like)?;
        Timestamp::parse(text).ok_or_else(|| format!("--until is a moment, written as {like}, and not \"{text}\"."))
    };
    let (names, tend): (&[&str], Tend) = match name {
        "assign" => {
            let to = written.wanted("--to", "NAME")?.to_owned();
            let from = written.value("--from").map(str::to_owned);
            (&["--to", "--from", "--apply"], Tend::Assigned { to, from })
        }
        "note" => {
            let text = written.wanted("--text", "\"...\"")?.to_owned();
            (&["--text", "--apply"], Tend::Noted { text })
        }
        "hold" => {
            let reason = written.wanted("--reason", "\"...\": others will read it")?.to_owned();
            let until = until()?;
            (&["--until", "--reason", "--apply"], Tend::Held { until, reason })
        }
        "release" => (&["--apply"], Tend::Released),
        _ => (&["--until", "--apply"], Tend::Due { at: until()? }),
    };
    written.only(2, names)?;
    Ok(Command::Tend(Tended {
        case: written.one("case")?,
        tend,
        apply: written.has("--apply"),
    }))
}

fn drill(written: &Written) -> Result<Command, String> {
    written.only(1, &["--step", "--fail", "--policy", "--html"])?;
    let step = written.wanted("--step", "team")?;
    let fail = written.wanted("--fail", "refused")?;
    let class = match fail {
        "down" => Some(FailureClass::Transient),
        "refused" => Some(FailureClass::Rejected),
        word => FailureClass::ALL.into_iter().find(|class| class.name() == word),
    };
    Ok(Command::Drill(Drill {
        matter: Matter::try_from(step.to_owned())?,
        class: class.ok_or_else(|| format!("--fail is down, throttled, refused or unknown, and not \"{fail}\"."))?,
        policy: written.value("--policy").map(str::to_owned),
        html: written.value("--html").map(str::to_owned),
    }))
}

fn class(word: &str) -> Result<Class, String> {
    Class::parse(word).ok_or_else(|| {
        let names: Vec<&str> = Class::ALL.into_iter().map(Class::name).collect();
        format!("\"{word}\" is no class of cases. There are: {}.", names.join(", "))
    })
}

fn role(word: &str) -> Result<Audience, String> {
    let word = if word == "operations" {
        Audience::Ops.name()
    } else {
        word
    };
    let known = domain::wording::readers()
        .into_iter()
        .find(|reader| reader.name() == word);
    known.ok_or_else(|| "--role is finance, customer_service, operations or customer.".to_owned())
}
