//! What each reader has to expect: what they will see, how often, what to do, what never to do, whom to ask. What happens,
//! when, and who is told is read from a rehearsal under the policy at hand; only advice is written down here.

mod customer;
mod customer_service;
mod facts;
mod finance;
mod limits;
mod ops;

pub(super) use facts::in_words;

use crate::money::Money;
use crate::notice::Audience;
use crate::policy::Policy;
use crate::rehearsal::{Outcome, Play, Situation, plays, reference, rehearse};

/// One thing to expect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub situation: Situation,
    /// What the reader sees.
    pub sees: &'static str,
    /// What happens then, sentence by sentence: as the policy says.
    pub happens: Vec<String>,
    pub often: &'static str,
    pub to_do: &'static str,
    pub never: &'static str,
    pub ask: &'static str,
    /// Every way in which it comes about, and what is promised to come of it.
    pub promises: Vec<(Play, Outcome)>,
}

/// What cannot be read from the policy.
struct Advice {
    sees: &'static str,
    often: &'static str,
    to_do: &'static str,
    never: &'static str,
    ask: &'static str,
}

/// Those for whom there is a page.
pub fn readers() -> [Audience; 4] {
    [
        Audience::Finance,
        Audience::CustomerService,
        Audience::Ops,
        Audience::Customer,
    ]
}

/// The page's headline.
pub fn title(reader: Audience) -> &'static str {
    match reader {
        Audience::Finance => "What Finance has to expect",
        Audience::CustomerService => "What Customer Service has to expect",
        Audience::Ops => "What operations has to expect",
        Audience::Customer => "What a customer sees and reads",
        Audience::Systems => "What other systems hear",
    }
}

/// Where the console shows it.
pub fn expectations_path(reader: Audience) -> String {
    format!("/console/expect/{}", reader.name())
}

/// The rows of a reader's page. `price`: of the example that is played.
pub fn expectations(policy: &Policy, price: Money, reader: Audience) -> Vec<Row> {
    let rows = situations(reader).iter().flat_map(|situation| {
        let played = plays(policy, *situation).into_iter().map(|play| {
            let outcome = rehearse(policy, price, &play);
            (play, outcome)
        });
        let before = situation.follows().map(|situation| {
            let play = Play { situation, fails: None };
            rehearse(policy, price, &play)
        });
        grouped(played)
            .into_iter()
            .filter_map(move |promises| row((policy, price), reader, before.as_ref(), promises))
    });
    rows.collect()
}

/// Whatever comes to the same is one row.
fn grouped(played: impl Iterator<Item = (Play, Outcome)>) -> Vec<Vec<(Play, Outcome)>> {
    let mut groups: Vec<Vec<(Play, Outcome)>> = Vec::new();
    for promise in played {
        let same =
            |group: &&mut Vec<(Play, Outcome)>| group.first().is_some_and(|first| facts::same(&first.1, &promise.1));
        match groups.iter_mut().find(same) {
            Some(group) => group.push(promise),
            None => groups.push(vec![promise]),
        }
    }
    groups
}

fn row(
    (policy, price): (&Policy, Money),
    reader: Audience,
    before: Option<&Outcome>,
    promises: Vec<(Play, Outcome)>,
) -> Option<Row> {
    let (Play { situation, .. }, outcome) = promises.first()?;
    let situation = *situation;
    // Whose the row is hears of its first time, and nobody else.
    if situation == Situation::FirstTime && outcome.said.iter().all(|said| said.to != reader) {
        return None;
    }
    let advice = advice(reader, situation, outcome)?;
    let news = |(play, outcome): &(Play, Outcome)| {
        let news = before.map_or_else(|| outcome.clone(), |before| outcome.beyond(before));
        (*play, news)
    };
    let mut happens = facts::happens(price, reader, &promises.iter().map(news).collect::<Vec<_>>());
    happens.extend(limits::of(policy, situation));
    Some(Row {
        situation,
        sees: advice.sees,
        happens,
        often: advice.often,
        to_do: advice.to_do,
        never: advice.never,
        ask: advice.ask,
        promises,
    })
}

/// What concerns the reader, the most frequent first.
fn situations(reader: Audience) -> &'static [Situation] {
    match reader {
        Audience::Finance => finance::SITUATIONS,
        Audience::CustomerService => customer_service::SITUATIONS,
        Audience::Ops => ops::SITUATIONS,
        Audience::Customer => customer::SITUATIONS,
        // They read a schema and no page.
        Audience::Systems => &[],
    }
}

fn advice(reader: Audience, situation: Situation, outcome: &Outcome) -> Option<Advice> {
    let undone = outcome.is_undone();
    if situation == Situation::FirstTime {
        return Some(first_time(reader));
    }
    match reader {
        Audience::Finance => finance::advice(situation, undone),
        Audience::CustomerService => customer_service::advice(situation, undone),
        Audience::Ops => ops::advice(situation, undone),
        Audience::Customer => customer::advice(situation, undone),
        Audience::Systems => None,
    }
}

fn first_time(reader: Audience) -> Advice {
    Advice {
        sees: match reader {
            Audience::Ops | Audience::Systems => "An alert that something is new, and intended",
            Audience::Finance | Audience::CustomerService | Audience::Customer => {
                "A mail that something is new, and intended"
            }
        },
        often: "Once for each answer of the policy, and once again after each change of the policy.",
        to_do: "Read it once: next time nobody says that it is intended. It is told to whoever owns the row.",
        never: "Never take it for a fault, and never mend by hand what the policy has answered.",
        ask: "Whoever changes the policy.",
    }
}

/// The page as text, for a terminal and for paper.
pub fn expectations_page(policy: &Policy, price: Money, reader: Audience) -> String {
    let rows = expectations(policy, price, reader);
    let rows: Vec<String> = rows.iter().zip(1..).map(|(row, number)| text(row, number)).collect();
    format!(
        "{}\n\n{}\n\n{}",
        title(reader),
        introduction(policy, price),
        rows.join("\n")
    )
}

/// What the examples stand for.
pub fn introduction(policy: &Policy, price: Money) -> String {
    format!(
        "This is what version {} of the policy does, from the moment at which the payment arrives. {price} and the reference {} are an example.",
        policy.version,
        reference(policy, price)
    )
}

fn text(row: &Row, number: u32) -> String {
    let happens: String = row.happens.iter().map(|line| format!("   {line}\n")).collect();
    format!(
        "{number}. {}\n{happens}   How often: {}\n   What to do: {}\n   {}\n   Whom to ask: {}\n",
        row.sees, row.often, row.to_do, row.never, row.ask
    )
}
