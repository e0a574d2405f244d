//! The six questions that anybody asks about a charge, a refund, an order or a mail, answered for one order.

mod evidence;
mod intended;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::{class_name, customer_reads, done_or_not, reason, state_in_words};
use crate::because::{Because, By};
use crate::case::{CaseRef, Class, Resolved};
use crate::history::{Entry, What};
use crate::money::Money;
use crate::notice::{Audience, Notice, Told};
use crate::order::{ClosedWhy, Order, State};
use crate::payment::{Payment, RefundStatus, Role};
use crate::receipt::{Receipt, Step};
use crate::time::Timestamp;

/// All that is asked of one order, with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub order: String,
    pub title: String,
    /// The state of the record, and of the words that the customer reads.
    pub as_of: Timestamp,
    pub answers: [Answer; 6],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub question: &'static str,
    pub lines: Vec<String>,
    /// Words for the customer, to be said as they are.
    pub say: Option<String>,
    pub evidence: Vec<Evidence>,
}

/// When, what is recorded, and under which id; empty where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub at: Timestamp,
    pub recorded: String,
    pub id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    What,
    Who,
    Intended,
    Done,
    Contact,
    Why,
}

impl Question {
    fn words(self) -> &'static str {
        match self {
            Self::What => "What is this?",
            Self::Who => "Who or what triggered it?",
            Self::Intended => "Is it a glitch, or intended?",
            Self::Done => "What is done, and what is not?",
            Self::Contact => "Should Customer Service contact the customer, and saying what?",
            Self::Why => "Why did it happen?",
        }
    }
}

/// The six answers, as they stand now.
pub fn why(order: &Order, now: Timestamp) -> Why {
    let answer = |question: Question, lines: Vec<String>| Answer {
        question: question.words(),
        lines,
        say: (question == Question::Contact).then(|| customer_reads(order, now)),
        evidence: evidence::of(order, question),
    };
    Why {
        order: order.id.to_string(),
        title: format!("{}: {}", order.reference(), state_in_words(order)),
        as_of: now,
        answers: [
            answer(Question::What, what(order)),
            answer(Question::Who, who(order)),
            answer(Question::Intended, intended::lines(order)),
            answer(Question::Done, done(order)),
            answer(Question::Contact, contact(order)),
            answer(Question::Why, because(order)),
        ],
    }
}

impl Why {
    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}, as of {}\n", self.title, self.order, self.as_of);
        for (number, answer) in self.answers.iter().enumerate() {
            let _ = writeln!(text, "\n{}. {}", number + 1, answer.question);
            for line in &answer.lines {
                let _ = writeln!(text, "   {line}");
            }
            if let Some(say) = &answer.say {
                let _ = writeln!(text, "   \"{say}\"");
            }
            for Evidence { at, recorded, id } in &answer.evidence {
                let id = if id.is_empty() {
                    String::new()
                } else {
                    format!(" [{id}]")
                };
                let _ = writeln!(text, "   - {at}: {recorded}{id}");
            }
        }
        text
    }
}

fn open_cases(order: &Order) -> impl Iterator<Item = &CaseRef> {
    order.cases.iter().filter(|case| case.resolved.is_none())
}

/// Each sentence by which money goes back once, the order's own first, with the payment that it is about.
fn becauses(order: &Order) -> Vec<(&Because, Option<&Payment>)> {
    let mut all: Vec<(&Because, Option<&Payment>)> = order.undo.iter().map(|undo| (&undo.because, None)).collect();
    for payment in &order.payments {
        let because = payment.owed.as_ref().map(|owed| &owed.because);
        let because = because.filter(|new| all.iter().all(|(known, _)| known.sentence() != new.sentence()));
        all.extend(because.map(|because| (because, Some(payment))));
    }
    all
}

fn what(order: &Order) -> Vec<String> {
    let (product, buyer) = (&order.product, order.buyer.masked_email());
    let mut lines = vec![format!(
        "An order of the {} for {} by {buyer}, placed on {}. It stands so: {}.",
        product.name,
        product.price,
        order.created_at,
        state_in_words(order)
    )];
    lines.extend(order.payments.iter().filter_map(money));
    if order.payments.is_empty() {
        lines.push("No money has come for it.".to_owned());
    }
    lines
}

/// What became of a payment, and no more than Stripe has said.
fn money(payment: &Payment) -> Option<String> {
    let first = match payment.role {
        Role::Own => "",
        Role::Surplus => "Besides, ",
    };
    let id = &payment.id;
    let Some(taken) = payment.captured else {
        let amount = payment.hold.as_ref()?.amount;
        return Some(payment.held().map_or_else(
            || format!("{first}{amount} was held ({id}) and released; nothing was charged."),
            |hold| {
                format!(
                    "{first}{amount} is held until {} ({id}); nothing is charged yet.",
                    hold.lapses_at()
                )
            },
        ));
    };
    let minor = |minor: i64| Money::new(minor, taken.currency);
    let mut parts = vec![format!("{first}{taken} was paid ({id})")];
    if payment.refunded_minor() > 0 {
        let mut all = payment.refunds.iter().filter(|refund| refund.status.holds());
        let sent = all.all(|refund| refund.status == RefundStatus::Succeeded);
        let refunded = minor(payment.refunded_minor());
        parts.push(if sent {
            format!("{refunded} of it was refunded")
        } else {
            format!("a refund of {refunded} is on its way and not confirmed by Stripe yet")
        });
    }
    if payment.lost_minor() > 0 {
        parts.push(format!("the bank took {} of it back", minor(payment.lost_minor())));
    }
    if payment.disputed() {
        parts.push("the customer's bank has it until it decides a dispute".to_owned());
    }
    if let Some(owed) = payment.return_outstanding() {
        parts.push(format!("{} of it is owed back", owed.amount));
    }
    Some(format!("{}.", super::joined(&parts)))
}

fn who(order: &Order) -> Vec<String> {
    let decided = |case: &CaseRef| matches!(case.resolved, Some(Resolved::Decided { .. }));
    let by_a_person = order.cases.iter().any(decided);
    // What waited at the brake may have been let go by a person's word about another order.
    let waited = order.history.iter().any(|entry| entry.what == What::UndoWaits);
    let nobody = if by_a_person || waited {
        ""
    } else {
        " No person had a hand in it."
    };
    let returned = |(because, payment): &(&Because, Option<&Payment>)| {
        let what = payment.map_or_else(
            || "The undo of the order".to_owned(),
            |payment| format!("The return of {}", payment.id),
        );
        let at = because.at();
        match because.by() {
            By::Automation => format!(
                "{what} was decided by automation on {at}, as the declared policy (version {}) says.{nobody}",
                because.policy()
            ),
            By::Person(name) => format!("{what} was decided by {name} on {at}."),
        }
    };
    let mut lines: Vec<String> = becauses(order).iter().map(returned).collect();
    lines.extend(open_cases(order).map(|case| {
        let (by, name) = (intended::by(case.class), class_name(case.class));
        format!(
            "{by}. A person is asked since {}: {name}. Nobody has decided yet.",
            case.opened_at
        )
    }));
    if !lines.is_empty() {
        return lines;
    }
    vec![if by_a_person {
        "The buyer placed the order, and a person decided about it; automation did the rest.".to_owned()
    } else {
        "The buyer placed the order, and automation did the rest. Nobody else had a hand in it.".to_owned()
    }]
}

fn done(order: &Order) -> Vec<String> {
    let list = done_or_not(order).into_iter();
    let list = list.map(|(name, done)| format!("{name}: {}", if done { "yes" } else { "no" }));
    let mut lines = vec![format!("{}.", list.collect::<Vec<_>>().join(", "))];
    lines.extend(order.product.steps.iter().map(|step| step_line(order, *step)));
    lines
}

/// What became of a step: the object that stands, else the last that did, else what kept it from coming.
fn step_line(order: &Order, step: Step) -> String {
    let noun = step.noun();
    let last = order.receipts.iter().rev().find(|receipt| receipt.step == step);
    match order.winner(step).or(last) {
        Some(Receipt { left: true, .. }) => format!("The {noun} was left standing, by a person's decision."),
        Some(Receipt {
            revoked_at: Some(at), ..
        }) => format!("The {noun} was set up, and taken back on {at}."),
        Some(receipt) => format!("The {noun} is set up, since {}.", receipt.at),
        None if order.uncertain(step).is_some() => {
            format!("Nobody knows yet whether the {noun} was set up: we look for it.")
        }
        None => {
            let failed = order.history.iter().rev().find_map(|entry| failure_of(entry, step));
            failed.unwrap_or_else(|| format!("The {noun} was not begun."))
        }
    }
}

fn failure_of(entry: &Entry, wanted: Step) -> Option<String> {
    if let What::StepFailed { step, failure } = &entry.what
        && *step == wanted
    {
        let why = reason(failure.reason);
        return Some(format!("The {} is not set up: {why}.", step.noun()));
    }
    None
}

/// Whether to call, before the words to say. The customer's page is about the order's own money alone: what a further
/// payment was, their mail says.
fn contact(order: &Order) -> Vec<String> {
    let surplus = order.payments.iter().filter(|payment| payment.role == Role::Surplus);
    let returned = surplus.filter_map(|payment| payment.owed.as_ref().map(|owed| (&payment.id, &owed.because)));
    let mailed = returned.map(|(id, because)| format!("Of {id} our mail to them says: {}", because.sentence()));
    mailed.chain([whether_to_call(order)]).collect()
}

fn whether_to_call(order: &Order) -> String {
    let email = order.buyer.masked_email();
    let (asks, contested) = (Payment::asks_customer, Payment::contested);
    let has = |class: fn(&CaseRef) -> bool| open_cases(order).any(class);
    let to_customer = |notice: &&Notice| {
        let overtaken = matches!(notice.told, Told::Overtaken(_));
        notice.to == Audience::Customer && notice.announces().is_none() && !overtaken
    };
    let told = order.notices.iter().rev().find(to_customer).map(|notice| &notice.told);
    let if_they_call = "If they call, these are the words to say:";
    if order.payments.iter().any(asks) {
        return "Yes: Stripe has asked the customer where to send the refund. Ask whether that mail came. These are the words to say:".to_owned();
    }
    if has(|case| case.class == Class::AccessMissing) {
        return "Yes, as soon as a person has looked at the case: what was paid for may be gone, and the customer's page does not say so. It says:".to_owned();
    }
    match told {
        Some(Told::GivenUp(at)) => {
            format!("Yes: our message to {email} could not be sent, given up on {at}. These are the words to say:")
        }
        Some(Told::Bounced(at)) => {
            format!("Yes: our message to {email} came back on {at}. These are the words to say:")
        }
        Some(Told::Unknown(at)) => {
            format!("Yes, once: nobody knows whether our message to {email} of {at} came. These are the words to say:")
        }
        _ if order.payments.iter().any(contested) => {
            format!("No: the customer's bank asks, and it is answered in Stripe. {if_they_call}")
        }
        _ if has(|case| case.class.is_the_customers()) => {
            format!("No, unless whoever decides the case asks you to. {if_they_call}")
        }
        Some(Told::Waived { at, by, .. }) => {
            format!("No: {by} wrote on {at} why our message to {email} need not be sent. {if_they_call}")
        }
        Some(Told::Accepted(at) | Told::Covered(at) | Told::Acknowledged { at, .. }) => {
            format!("No: the customer was last told on {at}. {if_they_call}")
        }
        Some(Told::Owed) => format!("Not yet: our message to {email} is about to go out. {if_they_call}"),
        Some(Told::Overtaken(_)) | None => format!("No: there is nothing to tell them by now. {if_they_call}"),
    }
}

/// The very sentences that everybody else reads.
fn because(order: &Order) -> Vec<String> {
    let mut lines: Vec<String> = becauses(order)
        .iter()
        .map(|(because, _)| because.sentence().to_owned())
        .collect();
    for case in open_cases(order) {
        lines.push(super::consequence_of(order, case));
        lines.extend(
            case.failure
                .map(|failure| format!("What came back last: {}.", reason(failure.reason))),
        );
    }
    if lines.is_empty() {
        lines.push(by_state(order).to_owned());
    }
    lines
}

/// Nothing of it had to be explained to anybody.
fn by_state(order: &Order) -> &'static str {
    match &order.state {
        State::AwaitingPayment => "No payment is confirmed, so nothing is set up.",
        State::PaymentPending { .. } => "The bank has not confirmed the payment, so nothing is set up.",
        State::Delivering { .. } => {
            "It is being set up; what fails is tried again for as long as the declared policy says."
        }
        State::Capturing { .. } => "Everything is set up, and the held money is being taken.",
        State::Delivered { .. } => "Everything that was bought is set up.",
        State::Undoing { .. } | State::Returning { .. } | State::Undone { .. } => "There was no money to give back.",
        State::WithPerson { .. } => "A person decides what becomes of it.",
        State::Closed { why, .. } => match why {
            ClosedWhy::Unpaid => "Nobody paid in time, so it was closed.",
            ClosedWhy::NotConfirmed => "The bank did not confirm the payment, so it was closed.",
            ClosedWhy::SettledByPerson => "A person settled it outside, and said how.",
        },
    }
}
