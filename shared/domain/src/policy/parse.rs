//! From `infra/policy.toml` to the table. Anything that would leave a failure unanswered is refused with line and mend.

mod answering;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::rules::{check, is_notice, usual};
use super::written::{Written, duration};
use super::{Chain, Deadlines, Limits, Matter, Owner, Policy, Refusal, Row, TellWhom};
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
    told_within: Option<Spanned<String>>,
    tell_whom: Spanned<TellWhom>,
    deadlines: Option<States>,
    answers: Spanned<BTreeMap<Matter, Spanned<Answers>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    transient: Option<Spanned<String>>,
    throttled: Option<Spanned<String>>,
    rejected: Option<Spanned<String>>,
    unknown: Option<Spanned<String>>,
    owner: Option<Spanned<Owner>>,
    tell: Option<Spanned<Vec<Audience>>>,
    for_good: Option<Spanned<bool>>,
    ignore_up_to: Option<Spanned<String>>,
    told_within: Option<Spanned<String>>,
}

/// How long an order may stand in each state.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct States {
    payment_pending: Option<Spanned<String>>,
    delivering: Option<Spanned<String>>,
    capturing: Option<Spanned<String>>,
    undoing: Option<Spanned<String>>,
}

/// Reads the policy.
///
/// # Errors
/// Names the line and the mend: not TOML, an unknown word, a matter or a failure class without an answer, a chain
/// without a last resort or with answers after it, Ignore or Undo where the outcome is unknown, Ignore where money is
/// concerned, no time, more time than anything is kept, a deadline before the chains are through, nobody told.
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
    let states = file.deadlines.unwrap_or_default();
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
        deadlines: deadlines(text, &states)?,
        told_within_seconds: told_within(text, file.told_within.as_ref())?.unwrap_or_else(super::owner::told_within),
    };
    check_told(text, &file.tell_whom)?;
    if limits.refund_final_within_seconds < limits.ask_return_every_seconds {
        let say = "Stripe is asked about a refund only each ask_return_every: write a time no shorter than that";
        return Err(Refusal::at(text, file.refund_final_within.span().start, say));
    }
    let policy = Policy {
        version: file.version,
        limits,
        tell: file.tell_whom.into_inner(),
        rows,
    };
    check_waits(text, waits_at, &policy)?;
    check_deadlines(text, &states, &policy)?;
    Ok(policy)
}

fn deadlines(text: &str, states: &States) -> Result<Deadlines, Refusal> {
    let usual = Deadlines::default();
    let written =
        |written: &Option<Spanned<String>>, usual| written.as_ref().map_or(Ok(usual), |time| seconds(text, time));
    Ok(Deadlines {
        payment_pending_seconds: written(&states.payment_pending, usual.payment_pending_seconds)?,
        delivering_seconds: written(&states.delivering, usual.delivering_seconds)?,
        capturing_seconds: written(&states.capturing, usual.capturing_seconds)?,
        undoing_seconds: written(&states.undoing, usual.undoing_seconds)?,
    })
}

/// A chain's end is come to at the next try: after a wait that is longer than the chain it would come too late.
fn check_waits(text: &str, at: usize, policy: &Policy) -> Result<(), Refusal> {
    let longest = Duration::from_secs(policy.limits.waits_seconds.iter().max().copied().unwrap_or_default());
    let chains = policy.rows.iter().flat_map(|(matter, row)| {
        let chains = FailureClass::ALL.into_iter().map(|class| row.chain(class));
        chains.flat_map(Chain::times).map(|time| (*matter, time))
    });
    match chains.min_by_key(|(_, time)| *time) {
        Some((matter, time)) if time < longest => {
            let say = format!(
                "the wait of {} outlasts [answers.{}], where {} is all the time there is: write no longer wait, or more time there",
                Written(longest),
                matter.name(),
                Written(time)
            );
            Err(Refusal::at(text, at, &say))
        }
        Some(_) | None => Ok(()),
    }
}

/// A person is called where a chain has come to its end, and not in the middle of it.
fn check_deadlines(text: &str, states: &States, policy: &Policy) -> Result<(), Refusal> {
    let Some(early) = policy.too_early() else {
        return Ok(());
    };
    let written = match early.key {
        "delivering" => &states.delivering,
        "capturing" => &states.capturing,
        _ => &states.undoing,
    };
    let table = format!("[answers.{}]", early.matter.name());
    let at = written.as_ref().map(|written| written.span().start);
    let at = at.or_else(|| text.find(&table)).unwrap_or_default();
    let say = format!(
        "{table} goes on for longer than an order may be {0}: write {0} = \"{1}\" or more under [deadlines]",
        early.key,
        Written(Duration::from_secs(early.silent.as_secs().next_multiple_of(86_400)))
    );
    Err(Refusal::at(text, at, &say))
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

/// Sooner than that no mail is tried twice.
const TOLD_WITHIN_SECONDS_MIN: u64 = 60;

fn told_within(text: &str, written: Option<&Spanned<String>>) -> Result<Option<u64>, Refusal> {
    let Some(written) = written else { return Ok(None) };
    let seconds = seconds(text, written)?;
    if seconds < TOLD_WITHIN_SECONDS_MIN {
        let say = "no mail that fails once is there so soon: write at least told_within = \"1m\"";
        return Err(Refusal::at(text, written.span().start, say));
    }
    Ok(Some(seconds))
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
    let refuse = |at: usize, say: String| Err(Refusal::at(text, at, &say));
    let (notice, name) = (is_notice(matter), matter.name());
    if let Some(owner) = answers.owner.as_ref().filter(|_| notice) {
        return refuse(
            owner.span().start,
            format!("no case is opened about one message of \"{name}\", so nobody owns it: leave \"owner\" out"),
        );
    }
    if let Some(tell) = &answers.tell {
        let audiences = tell.get_ref();
        let wrong =
            notice || audiences.is_empty() || audiences.contains(&Audience::Systems) || twice(audiences).is_some();
        if wrong {
            return refuse(
                tell.span().start,
                format!(
                    "\"tell\" names people who are told of a case, each once, like [\"ops\"]: mend it, or leave it out of [answers.{name}]"
                ),
            );
        }
    }
    if let Some(within) = answers.told_within.as_ref().filter(|_| notice) {
        return refuse(
            within.span().start,
            format!("\"{name}\" has no cases and no money, of which somebody is told: leave \"told_within\" out"),
        );
    }
    let is_step = matches!(matter, Matter::Step(_));
    if let Some(for_good) = answers.for_good.as_ref().filter(|_| !is_step) {
        return refuse(
            for_good.span().start,
            format!("only a step makes something, and \"{name}\" is none: leave \"for_good\" out"),
        );
    }
    let ignored_max = answers
        .ignore_up_to
        .as_ref()
        .map(|written| budget(text, matter, written));
    Ok(Row {
        owner: answers.owner.as_ref().map(|owner| *owner.get_ref()),
        told: answers
            .tell
            .as_ref()
            .map(|tell| tell.get_ref().clone())
            .unwrap_or_default(),
        for_good: answers.for_good.as_ref().is_some_and(|for_good| *for_good.get_ref()),
        ignored_max: ignored_max.transpose()?.filter(|max| *max != super::IGNORED_MAX),
        told_within_seconds: told_within(text, answers.told_within.as_ref())?,
        transient: answer(FailureClass::Transient, answers.transient)?,
        throttled: answer(FailureClass::Throttled, answers.throttled)?,
        rejected: answer(FailureClass::Rejected, answers.rejected)?,
        unknown: answer(FailureClass::Unknown, answers.unknown)?,
    })
}

/// `20 a day`: orders.
fn budget(text: &str, matter: Matter, written: &Spanned<String>) -> Result<u32, Refusal> {
    let refuse = |say: String| Refusal::at(text, written.span().start, &say);
    if !is_notice(matter) {
        let say = format!(
            "nothing of \"{}\" is ignored: leave \"ignore_up_to\" out",
            matter.name()
        );
        return Err(refuse(say));
    }
    let number = written
        .get_ref()
        .strip_suffix(" a day")
        .and_then(|number| number.parse::<u32>().ok());
    match number {
        Some(number @ 1..=1_000) => Ok(number),
        Some(_) | None => Err(refuse(
            "this is no number of orders a day from 1 to 1000: write it like \"20 a day\"".to_owned(),
        )),
    }
}

fn twice(audiences: &[Audience]) -> Option<Audience> {
    let mut each = audiences.iter().enumerate();
    each.find(|(at, who)| audiences[..*at].contains(who))
        .map(|(_, who)| *who)
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
        if let Some(twice) = twice(audiences) {
            return refuse(format!("\"{}\" stands twice in \"{row}\": write it once", twice.name()));
        }
    }
    Ok(())
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
