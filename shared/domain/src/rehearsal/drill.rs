//! One failure under each of the four options: what it would look like if the policy answered so.

use std::time::Duration;

use super::{Outcome, Play, Situation, played};
use crate::case::Choice;
use crate::decide::possible;
use crate::failure::FailureClass;
use crate::money::Money;
use crate::notice::Audience;
use crate::policy::{Matter, Policy, for_a_day};
use crate::wording::{self, Message};

/// The four options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recourse {
    Ignore,
    Retry,
    Undo,
    Coordinate,
}

impl Recourse {
    pub const ALL: [Self; 4] = [Self::Ignore, Self::Retry, Self::Undo, Self::Coordinate];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ignore => "Ignore",
            Self::Retry => "Retry",
            Self::Undo => "Undo",
            Self::Coordinate => "Coordinate",
        }
    }

    /// As the policy writes it.
    fn chain(self, matter: Matter, class: FailureClass) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Retry => for_a_day(matter, class),
            Self::Undo => "undo",
            Self::Coordinate => "coordinate",
        }
    }
}

/// A mail or an alert, so long after the payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub to: Audience,
    pub after: Duration,
    pub message: Message,
}

/// What comes of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drilled {
    /// The chain that was played.
    pub chain: &'static str,
    pub outcome: Outcome,
    pub heard: Vec<Heard>,
    /// From the payment until nothing comes any more by itself.
    pub until_end: Duration,
    /// What a person may then choose, and what each choice will do.
    pub choices: Vec<(Choice, Vec<String>)>,
}

/// What can be drilled: where the order itself hangs on it.
pub fn matters(policy: &Policy) -> Vec<Matter> {
    let steps = policy.steps().into_iter().map(Matter::Step);
    steps
        .chain([Matter::Capture, Matter::ReturnMoney, Matter::Revoke])
        .collect()
}

fn situation(matter: Matter) -> Option<Situation> {
    match matter {
        Matter::Step(_) => Some(Situation::StepFails),
        Matter::Capture => Some(Situation::CaptureFails),
        Matter::ReturnMoney => Some(Situation::ReturnFails),
        Matter::Revoke => Some(Situation::RevokeFails),
        Matter::Tell | Matter::Alert | Matter::Announce => None,
    }
}

/// The failure under that option.
///
/// # Errors
/// In the policy's own words, when it may not answer so.
pub fn drill(
    policy: &Policy,
    price: Money,
    (matter, class): (Matter, FailureClass),
    recourse: Recourse,
) -> Result<Drilled, String> {
    let chain = recourse.chain(matter, class);
    let policy = policy.answering(matter, class, chain)?;
    let Some(situation) = situation(matter) else {
        return Err("no order hangs on a message: nothing of it would look different".to_owned());
    };
    let play = Play {
        situation,
        fails: Some((matter, class)),
    };
    let mut stage = played(&policy, price, &play);
    let heard = std::mem::take(&mut stage.heard);
    let open = stage.order.cases.iter().find(|case| case.resolved.is_none());
    let choices = open.into_iter().flat_map(|case| {
        let may = Choice::ALL.into_iter();
        let may = may.filter(|choice| possible(&stage.order, case, *choice).is_ok());
        may.map(|choice| (choice, wording::preview(&stage.order, case, choice)))
    });
    Ok(Drilled {
        chain,
        choices: choices.collect(),
        heard: heard
            .into_iter()
            .map(|(to, after, message)| Heard { to, after, message })
            .collect(),
        until_end: stage.now.since(stage.began),
        outcome: stage.outcome(),
    })
}
