//! Chains and times as they are written in the policy.

use std::fmt;
use std::time::Duration;

use super::{Chain, Link};

pub(super) fn duration(text: &str) -> Result<Duration, String> {
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
pub struct NoChain(pub(super) String);

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
pub(super) struct Written(pub(super) Duration);

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
