//! What an owner reads when the policy has answered something for the first time.

use super::drill::{how, what};
use super::expect::expectations_path;
use super::message::{Links, Message};
use crate::first::{Answer, Branch, First};
use crate::policy::Owner;

/// New and intended: what happened, what the policy answered, and where to read on.
pub fn first_times(owner: Owner, firsts: &[First], links: &Links) -> Message {
    let console = &links.console;
    let subject = match firsts {
        [only] => first_time(&only.branch),
        _ => format!("New, and intended: {} things for the first time", firsts.len()),
    };
    let mut lines = vec![
        "This is no glitch: it is what the declared policy says. It is told once under each version of the policy, when it is first seen. You need not do anything because of this message.".to_owned(),
    ];
    lines.extend(firsts.iter().map(|first| {
        format!(
            "{}. {} First seen under version {} of the policy on {}: {console}/console/orders/{}",
            happened(&first.branch),
            answered(first.branch.answer),
            first.policy,
            first.at,
            first.order
        )
    }));
    lines.push(format!(
        "What you will see from now on, and what to do when: {console}{}",
        expectations_path(owner.audience())
    ));
    lines.push(
        match owner {
            Owner::Operations => "Is it not what you want? Change the row in infra/policy.toml: new orders follow it.",
            Owner::Finance | Owner::CustomerService => {
                "Is it not what you want? Tell operations: the policy can be changed for new orders."
            }
        }
        .to_owned(),
    );
    Message { subject, lines }
}

/// The subject of a message about one.
pub(crate) fn first_time(branch: &Branch) -> String {
    format!("New, and intended: {}", happened(branch))
}

/// What failed, and how, without a full stop.
pub fn happened(branch: &Branch) -> String {
    format!("{}: {}", what(branch.matter), how(branch.class))
}

/// What is done about it, in a sentence.
pub fn answered(answer: Answer) -> &'static str {
    match answer {
        Answer::Retry => "It is tried again, for as long as the policy says.",
        Answer::ReadBack => "First the other system is asked what there is; then it goes on.",
        Answer::Ignore => "It is left unsent, and counted.",
        Answer::Undo => "The order is undone: what was set up is taken back, and the money goes back.",
        Answer::Coordinate => "A person decides: there is a case.",
        Answer::UndoAndCoordinate => {
            "The order is undone: what was set up is taken back, and the money goes back. There is a case besides."
        }
        Answer::Record => "It is written down that nobody knows whether it arrived, and it is not sent again.",
    }
}
