//! From `infra/policy.toml` to the table. Anything that would leave a failure unanswered is refused with line and mend.

mod answering;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{Chain, Limits, Link, Matter, Policy, Refusal, Row, TellWhom};
use crate::failure::FailureClass;
use crate::notice::Audience;

pub use answering::for_a_day;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    waits: Spanned<Vec<Spanned<String>>>,
    jitter_percent: u16,
    look_for: Spanned<String>,
    money_back_after: Spanned<String>,
    ask_session_after: Spanned<String>,
    ask_return_every: Spanned<String>,
    refund_final_within: Spanned<String>,
    remind_after: Spanned<String>,
    tell_whom: Spanned<TellWhom>,
    answers: Spanned<BTreeMap<Matter, Spanned<Answers>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    transient: Option<Spanned<String>>,
    throttled: Option<Spanned<String>>,
    rejected: Option<Spanned<String>>,
    unknown: Option<Spanned<String>>,
}

/// Reads the policy.
///
/// # Errors
/// Names the line and the mend: not TOML, an unknown word, a matter or a failure class without an answer, a chain
/// without a last resort or with answers after it, Ignore or Undo where the outcome is unknown, Ignore where money is
/// concerned, no time, nobody told.
pub fn parse(text: &str) -> Result<Policy, Refusal> {
    let file: File = toml::from_str(text).map_err(|wrong| Refusal::from_toml(text, &wrong))?;
    let table_at = file.answers.span().start;
    let answers = file.answers.into_inner();
    for matter in Matter::ALWAYS {
        if !answers.contains_key(&matter) {
            let say = format!(
                "nothing is said about \"{0}\": add a table [answers.{0}] with its four answers",
                matter.name()
            );
            return Err(Refusal::at(text, table_at, &say));
        }
    }
    let mut rows = BTreeMap::new();
    for (matter, answers) in answers {
        rows.insert(matter, Arc::new(row(text, matter, answers)?));
    }
    let waits_at = file.waits.span().start;
    let waits = file.waits.into_inner();
    if waits.is_empty() {
        return Err(Refusal::at(
            text,
            waits_at,
            "there is no wait: write at least one, like waits = [\"30s\"]",
        ));
    }
    let waits_seconds = waits.iter().map(|wait| seconds(text, wait)).collect::<Result<_, _>>()?;
    let limits = Limits {
        waits_seconds,
        jitter_percent: file.jitter_percent,
        look_for_seconds: look_for(text, &file.look_for)?,
        money_back_after_seconds: seconds(text, &file.money_back_after)?,
        ask_session_after_seconds: seconds(text, &file.ask_session_after)?,
        ask_return_every_seconds: seconds(text, &file.ask_return_every)?,
        refund_final_within_seconds: seconds(text, &file.refund_final_within)?,
        remind_after_seconds: seconds(text, &file.remind_after)?,
    };
    check_told(text, &file.tell_whom)?;
    Ok(Policy {
        version: file.version,
        limits,
        tell: file.tell_whom.into_inner(),
        rows,
    })
}

/// A worker that was frozen in its call must have come to its end, and be too late for a signature, when "there is none" is
/// believed.
const LOOK_FOR_SECONDS_MIN: u64 = 360;

fn look_for(text: &str, written: &Spanned<String>) -> Result<u64, Refusal> {
    let seconds = seconds(text, written)?;
    if seconds < LOOK_FOR_SECONDS_MIN {
        let say = "look_for is shorter than a lost call may live: write at least look_for = \"6m\"";
        return Err(Refusal::at(text, written.span().start, say));
    }
    Ok(seconds)
}

fn row(text: &str, matter: Matter, answers: Spanned<Answers>) -> Result<Row, Refusal> {
    let row_at = answers.span().start;
    let answers = answers.into_inner();
    let answer = |class: FailureClass, written: Option<Spanned<String>>| {
        let Some(written) = written else {
            let say = format!(
                "[answers.{}] has no answer to \"{class}\": add {class} = \"{usual}\" or another chain",
                matter.name(),
                class = class.name(),
                usual = usual(matter, class)
            );
            return Err(Refusal::at(text, row_at, &say));
        };
        let chain = Chain::try_from(written.get_ref().clone()).map_err(|no| no.0);
        let checked = chain.and_then(|chain| check(matter, class, &chain).map(|()| chain));
        checked.map_err(|say| Refusal::at(text, written.span().start, &say))
    };
    Ok(Row {
        transient: answer(FailureClass::Transient, answers.transient)?,
        throttled: answer(FailureClass::Throttled, answers.throttled)?,
        rejected: answer(FailureClass::Rejected, answers.rejected)?,
        unknown: answer(FailureClass::Unknown, answers.unknown)?,
    })
}

/// Somebody must be told of each bad end, and nobody twice.
fn check_told(text: &str, tell: &Spanned<TellWhom>) -> Result<(), Refusal> {
    let whom = tell.get_ref();
    let rows = [
        ("delivered", &whom.delivered, true),
        ("returned", &whom.returned, false),
        ("return_failed", &whom.return_failed, false),
        ("with_person", &whom.with_person, false),
    ];
    for (row, audiences, may_be_empty) in rows {
        let refuse = |say: String| Err(Refusal::at(text, tell.span().start, &say));
        if audiences.is_empty() && !may_be_empty {
            return refuse(format!(
                "nobody is told of \"{row}\": name at least one, like [\"ops\"]"
            ));
        }
        if audiences.contains(&Audience::Systems) {
            return refuse(format!(
                "\"systems\" reads no messages to people, and stands in \"{row}\": leave it out; what other systems are told is always announced"
            ));
        }
        if let Some(twice) = audiences
            .iter()
            .enumerate()
            .find(|(at, who)| audiences[..*at].contains(who))
        {
            return refuse(format!(
                "\"{}\" stands twice in \"{row}\": write it once",
                twice.1.name()
            ));
        }
    }
    Ok(())
}

fn is_notice(matter: Matter) -> bool {
    matches!(matter, Matter::Tell | Matter::Alert | Matter::Announce)
}

/// The chain that a refusal advises: one that is accepted at this very place.
fn usual(matter: Matter, class: FailureClass) -> &'static str {
    match (is_notice(matter), class) {
        (true, FailureClass::Unknown) => "record",
        (true, FailureClass::Transient | FailureClass::Throttled | FailureClass::Rejected) => "retry 24h, then ignore",
        (false, FailureClass::Unknown) => "read back 24h, then coordinate",
        (false, FailureClass::Transient | FailureClass::Throttled | FailureClass::Rejected) => {
            "retry 24h, then coordinate"
        }
    }
}

/// What must never be declared, whoever declares it.
fn check(matter: Matter, class: FailureClass, chain: &Chain) -> Result<(), String> {
    let announcement = matter == Matter::Announce;
    let (notice, usual) = (is_notice(matter), usual(matter, class));
    let last = chain.links().last().copied().unwrap_or(Link::Coordinate);
    if matches!(last, Link::Retry { .. } | Link::ReadBack { .. }) {
        let resort = if notice { "ignore" } else { "coordinate" };
        return Err(format!(
            "the chain ends in silence: add \", then {resort}\" as its last resort"
        ));
    }
    for (at, link) in chain.links().iter().enumerate() {
        check_time(link, at + 1 == chain.links().len())?;
        let refused = match link {
            Link::Ignore if !notice => format!(
                "\"{}\" cannot be ignored: money or access hangs on it; write \"coordinate\"",
                matter.name()
            ),
            // Receivers know an announcement by its id, so it may be sent again and be left in doubt.
            Link::Ignore | Link::Retry { .. } if announcement && class == FailureClass::Unknown => continue,
            Link::Ignore | Link::Undo | Link::UndoAndCoordinate if class == FailureClass::Unknown && !announcement => {
                format!("what may have happened cannot be ignored or undone: write \"{usual}\"")
            }
            Link::Undo | Link::UndoAndCoordinate if matches!(matter, Matter::Revoke | Matter::ReturnMoney) => {
                "an undo is not undone: write \"coordinate\"".to_owned()
            }
            Link::Undo | Link::UndoAndCoordinate if notice => {
                "no order is undone because a message failed: write \"ignore\"".to_owned()
            }
            Link::Record if !(notice && class == FailureClass::Unknown) => {
                format!("\"record\" is for notices whose outcome is unknown: write \"{usual}\"")
            }
            Link::Retry { .. } if class == FailureClass::Unknown => {
                format!("what may have happened is asked about, not repeated: write \"{usual}\"")
            }
            Link::Coordinate if notice => {
                format!("no person is asked about a message that failed: write \"{usual}\"")
            }
            Link::ReadBack { .. } if class != FailureClass::Unknown => {
                format!("it is known not to have happened: write \"{usual}\"")
            }
            Link::ReadBack { .. } if notice => format!("a message cannot be read back: write \"{usual}\""),
            Link::Retry { .. }
            | Link::ReadBack { .. }
            | Link::Ignore
            | Link::Undo
            | Link::Coordinate
            | Link::UndoAndCoordinate
            | Link::Record => continue,
        };
        return Err(refused);
    }
    Ok(())
}

/// An answer for a time has one; an answer for good is the last.
fn check_time(link: &Link, last: bool) -> Result<(), String> {
    match link {
        Link::Retry { age_max, case_after } | Link::ReadBack { age_max, case_after } => {
            if age_max.is_zero() {
                return Err("it is tried for no time at all: write a time like 24h, or leave it out".to_owned());
            }
            if case_after.is_some_and(|after| after >= *age_max) {
                return Err("its case comes after its end: write a shorter time after \"case after\"".to_owned());
            }
            Ok(())
        }
        Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record if !last => {
            Err(format!("what stands after \"{link}\" is never reached: leave it out"))
        }
        Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record => Ok(()),
    }
}

fn seconds(text: &str, written: &Spanned<String>) -> Result<u64, Refusal> {
    let refuse = |say: String| Refusal::at(text, written.span().start, &say);
    match duration(written.get_ref()).map_err(refuse)?.as_secs() {
        0 => Err(refuse(
            "no time at all would never let go: write at least 1s".to_owned(),
        )),
        seconds => Ok(seconds),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no duration: write a number and s, m, h or d, like \"30s\" or \"24h\"");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: u64 = text[..text.len() - unit.len_utf8()]
        .parse()
        .map_err(|_not_a_number| wrong())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

/// Why a chain could not be read.
#[derive(Debug)]
pub struct NoChain(String);

impl fmt::Display for NoChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Chain {
    type Error = NoChain;

    fn try_from(text: String) -> Result<Self, NoChain> {
        text.split(", then ")
            .map(link)
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(NoChain)
    }
}

fn link(text: &str) -> Result<Link, String> {
    let timed = |rest: &str| -> Result<(Duration, Option<Duration>), String> {
        match rest.split_once(" with a case after ") {
            Some((age, case)) => Ok((duration(age)?, Some(duration(case)?))),
            None => Ok((duration(rest)?, None)),
        }
    };
    if let Some(rest) = text.strip_prefix("retry ") {
        let (age_max, case_after) = timed(rest)?;
        return Ok(Link::Retry { age_max, case_after });
    }
    if let Some(rest) = text.strip_prefix("read back ") {
        let (age_max, case_after) = timed(rest)?;
        return Ok(Link::ReadBack { age_max, case_after });
    }
    match text {
        "ignore" => Ok(Link::Ignore),
        "undo" => Ok(Link::Undo),
        "coordinate" => Ok(Link::Coordinate),
        "undo and coordinate" => Ok(Link::UndoAndCoordinate),
        "record" => Ok(Link::Record),
        _ => Err(format!(
            "\"{text}\" is no answer: write retry 24h, read back 24h, undo, coordinate or ignore, joined by \", then \""
        )),
    }
}

/// Durations as they are written in the policy.
struct Written(Duration);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            _ if seconds.is_multiple_of(86_400) && seconds > 86_400 => write!(f, "{}d", seconds / 86_400),
            _ if seconds.is_multiple_of(3_600) => write!(f, "{}h", seconds / 3_600),
            _ if seconds.is_multiple_of(60) => write!(f, "{}m", seconds / 60),
            _ => write!(f, "{seconds}s"),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timed = |f: &mut fmt::Formatter<'_>, word: &str, age: &Duration, case: &Option<Duration>| match case {
            Some(case) => write!(f, "{word} {} with a case after {}", Written(*age), Written(*case)),
            None => write!(f, "{word} {}", Written(*age)),
        };
        match self {
            Self::Retry { age_max, case_after } => timed(f, "retry", age_max, case_after),
            Self::ReadBack { age_max, case_after } => timed(f, "read back", age_max, case_after),
            Self::Ignore => f.write_str("ignore"),
            Self::Undo => f.write_str("undo"),
            Self::Coordinate => f.write_str("coordinate"),
            Self::UndoAndCoordinate => f.write_str("undo and coordinate"),
            Self::Record => f.write_str("record"),
        }
    }
}

impl From<Chain> for String {
    fn from(chain: Chain) -> Self {
        chain
            .0
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", then ")
    }
}
