//! The sentences that a rehearsal's outcome is told in.

use std::time::Duration;

use crate::breaker::{ORDERS_MIN, WITHIN};
use crate::failure::FailureClass;
use crate::money::Money;
use crate::notice::Audience;
use crate::policy::Matter;
use crate::rehearsal::{Outcome, Play, Said, Situation, Stand};
use crate::wording::history::whom;
use crate::wording::{class_name, joined};

/// One way in which a row comes about, and what comes of it.
type Promise = (Play, Outcome);

/// The same to people, though it may come sooner or later.
pub(super) fn same(one: &Outcome, other: &Outcome) -> bool {
    if one.decides != other.decides {
        return false;
    }
    let to = |outcome: &Outcome| outcome.said.iter().map(|said| said.to).collect::<Vec<_>>();
    let cases = |outcome: &Outcome| outcome.cases.iter().map(|(class, _)| *class).collect::<Vec<_>>();
    one.money == other.money && one.owed == other.owed && to(one) == to(other) && cases(one) == cases(other)
}

/// What happens, and when: the money first.
pub(super) fn happens(price: Money, reader: Audience, promises: &[Promise]) -> Vec<String> {
    let Some((Play { situation, .. }, outcome)) = promises.first() else {
        return Vec::new();
    };
    if *situation == Situation::TestAlert {
        return test_alert(outcome);
    }
    if *situation == Situation::FirstTime {
        let said = outcome.said.iter();
        let within = in_words(outcome.late_by);
        let way = if reader == Audience::Ops { "an alert" } else { "a mail" };
        let said = said.map(|said| format!("You get {way} within {within}: \"{}\".", said.subject));
        return said.collect();
    }
    if *situation == Situation::LeftUntold {
        return vec![cases(promises)];
    }
    if *situation == Situation::Weekly {
        return vec![weekly(outcome)];
    }
    let mut lines = vec![money(price, outcome)];
    if *situation == Situation::Outage {
        lines.extend(outage(reader, outcome));
        return lines;
    }
    lines.extend(causes(promises));
    lines.extend(because(outcome));
    lines.extend(told(reader, promises));
    match reader {
        Audience::Finance | Audience::Ops | Audience::Systems => {}
        Audience::CustomerService | Audience::Customer => lines.extend(customer_reads(promises)),
    }
    if reader != Audience::Customer {
        lines.push(cases(promises));
        lines.push(others(reader, outcome));
    }
    lines
}

fn test_alert(outcome: &Outcome) -> Vec<String> {
    let said = outcome
        .said
        .iter()
        .map(|said| format!("You get an alert: \"{}\".", said.subject));
    let cases = outcome.cases.iter().map(|(class, after)| {
        let when = when(*after, outcome.late_by);
        format!(
            "If nobody answers it, a case is opened {when}: \"{}\".",
            class_name(*class)
        )
    });
    said.chain(cases).collect()
}

fn weekly(outcome: &Outcome) -> String {
    let subjects: Vec<String> = outcome
        .said
        .iter()
        .map(|said| format!("\"{}\"", said.subject))
        .collect();
    format!(
        "You get a mail from six in the morning of each Monday on, by UTC, also when there is nothing to say: {}.",
        joined(&subjects)
    )
}

fn outage(reader: Audience, outcome: &Outcome) -> Vec<String> {
    let opens = format!(
        "as soon as {ORDERS_MIN} orders have failed again within {}",
        in_words(WITHIN)
    );
    let moments = [opens.as_str(), "when it works again"];
    let said = outcome.said.iter().filter(|said| said.to == reader).zip(moments);
    said.map(|(said, when)| format!("You get an alert {when}: \"{}\".", said.subject))
        .chain([cases(&[]), others(reader, outcome)])
        .collect()
}

fn money(price: Money, outcome: &Outcome) -> String {
    let amount = |minor| Money::new(minor, price.currency);
    let Stand {
        captured,
        returned,
        lost,
        held,
        disputed,
    } = outcome.money;
    if outcome.owed {
        let owed = amount(captured + held - returned);
        return format!("{owed} is owed back to the customer and still with us.");
    }
    match (captured, returned) {
        _ if disputed > 0 => format!(
            "The bank has {} until it decides; we move none of it.",
            amount(disputed)
        ),
        _ if lost > 0 => format!("The bank has given {} back to the customer.", amount(lost)),
        _ if held > 0 => format!("{} stays held: it is neither taken nor released.", amount(held)),
        (0, _) => "Nothing is charged.".to_owned(),
        (all, 0) => format!("{} stays with us: nothing is returned.", amount(all)),
        (all, back) if all == back => format!("The full {} goes back to the customer.", amount(back)),
        (all, back) => format!("{} of {} goes back to the customer.", amount(back), amount(all)),
    }
}

/// Which failures lead here.
fn causes(promises: &[Promise]) -> Vec<String> {
    let mut known: Vec<(Vec<&'static str>, Vec<Matter>)> = Vec::new();
    for class in FailureClass::ALL {
        let failing = promises.iter().filter_map(|(play, _)| play.fails);
        let matters: Vec<Matter> = failing.filter(|fails| fails.1 == class).map(|fails| fails.0).collect();
        match known.iter_mut().find(|known| known.1 == matters) {
            _ if matters.is_empty() => {}
            Some(known) => known.0.push(cause(class)),
            None => known.push((vec![cause(class)], matters)),
        }
    }
    let line = |(causes, matters): (Vec<&str>, Vec<Matter>)| {
        let what: Vec<String> = matters.iter().map(what).collect();
        format!("What fails is {}: {}.", either(&what), either(&causes))
    };
    known.into_iter().map(line).collect()
}

fn either(words: &[impl AsRef<str>]) -> String {
    joined(words).replace(" and ", " or ")
}

fn what(matter: &Matter) -> String {
    match matter {
        Matter::Step(step) => format!("the {}", step.noun()),
        Matter::Capture => "taking the money".to_owned(),
        Matter::ReturnMoney => "returning the money".to_owned(),
        Matter::Revoke => "taking back what was set up, like the account".to_owned(),
        Matter::Tell => "the customer's mail".to_owned(),
        Matter::Alert => "an alert".to_owned(),
        Matter::Announce => "an announcement".to_owned(),
    }
}

fn cause(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Transient => "the other side cannot be reached",
        FailureClass::Throttled => "we are asked to slow down",
        FailureClass::Rejected => "it is refused",
        FailureClass::Unknown => "no answer comes",
    }
}

fn because(outcome: &Outcome) -> Option<String> {
    let sentence = outcome.because.as_ref()?;
    let stands = if outcome.is_ours {
        "In Stripe, in the mails and in the console"
    } else {
        "In the mails and in the console"
    };
    Some(format!(
        "{stands} stands the same sentence, like this one: \"{sentence}\""
    ))
}

fn told(reader: Audience, promises: &[Promise]) -> Vec<String> {
    let mine = |outcome: &Outcome| {
        let said = outcome.said.iter().filter(|said| said.to == reader).cloned();
        said.collect::<Vec<Said>>()
    };
    let (you, one, channel) = match reader {
        Audience::Customer => ("The customer gets", "a mail", "mail"),
        Audience::Ops => ("You get", "an alert", "alert"),
        Audience::Finance | Audience::CustomerService | Audience::Systems => ("You get", "a mail", "mail"),
    };
    let all = promises.first().map(|(_, first)| mine(first)).unwrap_or_default();
    if all.is_empty() {
        return vec![format!("{you} no {channel} about it.")];
    }
    let line = |(at, said): (usize, &Said)| {
        let same = all.iter().filter(|other| other.subject == said.subject).count();
        let times = times(promises, |outcome| mine(outcome).get(at).map(|said| said.after));
        let many = if same > 1 {
            format!("{same} {channel}s")
        } else {
            one.to_owned()
        };
        let first = all.iter().position(|other| other.subject == said.subject);
        (first == Some(at)).then(|| format!("{you} {many} {times}: \"{}\".", said.subject))
    };
    all.iter().enumerate().filter_map(line).collect()
}

fn cases(promises: &[Promise]) -> String {
    let all: Vec<_> = promises.iter().take(1).flat_map(|(_, first)| &first.cases).collect();
    if all.is_empty() {
        // What it follows may have one.
        let follows = promises.first().and_then(|(play, _)| play.situation.follows());
        let more = if follows.is_some() { "more " } else { "" };
        return format!("No {more}case is opened.");
    }
    let line = |(at, (class, _)): (usize, &&(_, _))| {
        let same = all.iter().filter(|other| other.0 == *class).count();
        let times = times(promises, |outcome| outcome.cases.get(at).map(|(_, after)| *after));
        let many = if same > 1 {
            format!("{same} cases are")
        } else {
            "A case is".to_owned()
        };
        let first = all.iter().position(|other| other.0 == *class);
        let owner = promises
            .iter()
            .find_map(|(_, outcome)| outcome.decides.get(class))
            .copied();
        let decides = whom(owner.unwrap_or_default().audience());
        (first == Some(at)).then(|| {
            format!(
                "{many} opened {times}: \"{}\". Decided by: {decides}.",
                class_name(*class)
            )
        })
    };
    let lines: Vec<String> = all.iter().enumerate().filter_map(line).collect();
    lines.join(" ")
}

fn times(promises: &[Promise], of: impl Fn(&Outcome) -> Option<Duration>) -> String {
    varied(promises, |outcome| Some(when(of(outcome)?, outcome.late_by)))
}

/// One thing that differs with the cause: `at once if it is refused, else after 1 hour`.
fn varied(promises: &[Promise], of: impl Fn(&Outcome) -> Option<String>) -> String {
    let mut known: Vec<(String, Vec<&'static str>)> = Vec::new();
    for (play, outcome) in promises {
        let Some(said) = of(outcome) else { continue };
        let cause = play.fails.map_or("it happens", |(_, class)| cause(class));
        match known.iter_mut().find(|known| known.0 == said) {
            Some(known) if known.1.contains(&cause) => {}
            Some(known) => known.1.push(cause),
            None => known.push((said, vec![cause])),
        }
    }
    known.sort_by_key(|known| known.1.len());
    let Some((usual, rest)) = known.split_last() else {
        return String::new();
    };
    if rest.is_empty() {
        return usual.0.clone();
    }
    let rest: Vec<String> = rest
        .iter()
        .map(|(said, causes)| format!("{said} if {}", either(causes)))
        .collect();
    format!("{}, else {}", rest.join(", "), usual.0)
}

fn when(after: Duration, late: Duration) -> String {
    if after.is_zero() {
        return "at once".to_owned();
    }
    format!("after {} (or up to {} later)", in_words(after), in_words(late))
}

/// `24 hours`, `5 days`, `36 minutes`: whole ones, and rather more than less.
pub(in crate::wording) fn in_words(time: Duration) -> String {
    let minutes = time.as_secs().div_ceil(60);
    let (number, unit) = match minutes {
        0..=119 if minutes != 60 => (minutes, "minute"),
        _ if minutes.is_multiple_of(1_440) && minutes > 1_440 => (minutes / 1_440, "day"),
        _ => (minutes.div_ceil(60), "hour"),
    };
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{s}")
}

fn customer_reads(promises: &[Promise]) -> Vec<String> {
    let quoted = |text: &str| format!("\"{text}\"");
    let now = varied(promises, |outcome| Some(quoted(&outcome.reads)));
    let before = varied(promises, |outcome| {
        let other = outcome.meanwhile.as_ref().filter(|before| **before != outcome.reads);
        other.map(|before| quoted(before))
    });
    let before = (!before.is_empty()).then(|| format!("The customer's page says until then: {before}."));
    before
        .into_iter()
        .chain([format!("The customer's page says in the end: {now}.")])
        .collect()
}

fn others(reader: Audience, outcome: &Outcome) -> String {
    let mut others: Vec<&str> = Vec::new();
    for said in outcome.said.iter().filter(|said| said.to != reader) {
        let who = whom(said.to);
        if !others.contains(&who) {
            others.push(who);
        }
    }
    if others.is_empty() {
        "Nobody else is told.".to_owned()
    } else {
        format!("Also told: {}.", joined(&others))
    }
}
