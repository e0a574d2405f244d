//! Mails and alerts: what happened, what the system did, what you must do, who else knows.

use crate::case::{CaseRef, Class};
use crate::id::{CaseId, PaymentId};
use crate::money::Money;
use crate::notice::{Audience, Notice, Template};
use crate::order::Order;
use crate::payment::Payment;
use crate::receipt::Step;
use crate::work::Subject;

use super::outage::{outage, outage_over};
use super::status::{customer_reads, refunding, status, what, will_write};
use super::told;

/// Text of a mail or an alert, a paragraph per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub subject: String,
    pub lines: Vec<String>,
}

/// Where people can look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// Base address of the shop, for the customer.
    pub shop: String,
    /// Base address of the console, for everybody else.
    pub console: String,
}

/// What the notice says.
pub fn message(order: &Order, notice: &Notice, links: &Links) -> Message {
    let (subject, mut lines) = match &notice.template {
        Template::Ready => ready(order, notice.to),
        Template::Returned { payment } => returned(order, notice.to, payment),
        Template::ReturnFailed { payment } => match returned_outside(order, payment) {
            Some(case) => told::decided(order, notice.to, case),
            None => return_failed(order, notice.to, payment),
        },
        Template::WithPerson { case } => match case_of(order, case) {
            Some(case) if case.decided() => told::decided(order, notice.to, case),
            case => with_person(order, notice.to, case),
        },
        Template::Reminder { case } => reminder(order, notice.to, case_of(order, case)),
        Template::NotPaid => not_paid(order),
        Template::NothingDelivered => nothing_delivered(order, notice.to),
        Template::Outage { step, since } => outage(*step, *since),
        Template::OutageOver { step, since } => outage_over(*step, *since, notice.owed_at),
        // Nobody's words: what other systems read is made where it is sent.
        Template::Announce(said) => (said.name().to_owned(), Vec::new()),
    };
    lines.push(match notice.to {
        Audience::Customer => format!("Your order: {}/orders/{}", links.shop, order.slug()),
        Audience::Finance | Audience::CustomerService | Audience::Ops | Audience::Systems => {
            format!("The order: {}/console/orders/{}", links.console, order.id)
        }
    });
    lines.extend(runbook_line(order, notice, links));
    lines.push(format!("Reference: {}", order.reference()));
    Message { subject, lines }
}

/// What wakes whoever is on call once a day, to find out whether alerts wake anybody.
pub fn test_alert(links: &Links) -> Message {
    Message {
        subject: "Test alert: please acknowledge".to_owned(),
        lines: vec![format!(
            "Nothing is wrong. Press \"I got it\" within a day, so that we know that alerts reach you: {}/console/alerts",
            links.console
        )],
    }
}

/// Whoever must decide reads what the case means, what to check, and what never to do.
fn runbook_line(order: &Order, notice: &Notice, links: &Links) -> Option<String> {
    let class = notice.alert_class(order)?;
    Some(format!("What to do: {}{}", links.console, super::runbook_path(class)))
}

fn case_of<'a>(order: &'a Order, id: &CaseId) -> Option<&'a CaseRef> {
    order.cases.iter().find(|known| known.id == *id)
}

/// The case in which a person wrote that the money was returned outside.
fn returned_outside<'a>(order: &'a Order, id: &PaymentId) -> Option<&'a CaseRef> {
    let payment = order.payments.iter().find(|payment| payment.id == *id)?;
    let waived = payment.owed.as_ref().is_some_and(|owed| owed.waived);
    let about = Some(Subject::Return(id.clone()));
    let mut cases = order.cases.iter().rev();
    cases.find(|case| waived && case.subject == about && case.decided())
}

/// Only the customer is told: nothing happened that anybody else had to do with.
fn not_paid(order: &Order) -> (String, Vec<String>) {
    let price = order.product.price;
    let say = format!(
        "You have not been charged. Your bank did not confirm the {price}, so nothing is set up. If you still want to buy, start again in the shop."
    );
    ("The payment did not go through".to_owned(), vec![greeting(order), say])
}

fn nothing_delivered(order: &Order, to: Audience) -> (String, Vec<String>) {
    let because = order.undo.as_ref().map(|undo| undo.because.sentence().to_owned());
    let mut lines: Vec<String> = because.into_iter().collect();
    match to {
        Audience::Customer => lines.insert(0, greeting(order)),
        Audience::Finance | Audience::CustomerService | Audience::Ops | Audience::Systems => lines.push(did(order)),
    }
    (format!("Your {} could not be set up", what(order)), lines)
}

fn reminder(order: &Order, to: Audience, case: Option<&CaseRef>) -> (String, Vec<String>) {
    let (subject, mut lines) = with_person(order, to, case);
    if to == Audience::Customer {
        let since = case.map_or(order.written_at, |case| case.opened_at);
        lines.insert(
            1,
            format!("This has taken us longer than we would like, since {since}, and is not settled yet."),
        );
        return (format!("Still open. {subject}"), lines);
    }
    if let Some(case) = case {
        lines.insert(0, format!("This has waited for a decision since {}.", case.opened_at));
        lines.splice(1..1, super::tend::reminded(&case.care, order.written_at));
    }
    if let Some(hold) = order.own_payment().and_then(Payment::held) {
        lines.insert(1, format!("The hold lapses on {}: decide before.", hold.lapses_at()));
    }
    (format!("Still open. {subject}"), lines)
}

fn ready(order: &Order, to: Audience) -> (String, Vec<String>) {
    let (what, price) = (what(order), order.product.price);
    match to {
        Audience::Customer => {
            let mut lines = vec![
                greeting(order),
                format!("Your {what} is ready. You paid {price} for the {}.", order.product.name),
            ];
            if order.product.steps.contains(&Step::Team) {
                lines.push(format!(
                    "Sign in with {}; you are the first member of the team \"{}\".",
                    order.buyer.email, order.buyer.team
                ));
            } else {
                lines.push(format!("Sign in with {}.", order.buyer.email));
            }
            if !order.product.link.is_empty() {
                lines.push(format!("Go to your {what}: {}", order.product.link));
            }
            (format!("Your {what} is ready"), lines)
        }
        Audience::Finance | Audience::CustomerService | Audience::Ops | Audience::Systems => (
            format!("{price} delivered: {}", order.reference()),
            vec![
                format!("{price} was paid and everything is delivered."),
                nothing_to_do(),
            ],
        ),
    }
}

fn returned(order: &Order, to: Audience, payment: &PaymentId) -> (String, Vec<String>) {
    let payment = order.payments.iter().find(|known| known.id == *payment);
    let because = because(payment);
    let amount = amount(order, payment);
    let mut lines = vec![because];
    let end = End::of(payment);
    match to {
        Audience::Customer => {
            lines.insert(0, greeting(order));
            lines.push(end.to_customer(amount));
            (end.headline(order, payment, amount), lines)
        }
        Audience::Finance => {
            lines.push(did(order));
            lines.push(end.to_finance(amount));
            lines.push(nothing_to_do());
            lines.push(knows(order.policy.tell.returned.iter().copied(), to));
            (format!("{amount} {}: {}", end.word(), order.reference()), lines)
        }
        Audience::CustomerService => {
            lines.push(did(order));
            lines.push(reads(order));
            lines.push("You do not need to call; if the customer does, these are the words to say.".to_owned());
            lines.push(knows(order.policy.tell.returned.iter().copied(), to));
            (format!("{amount} {}: {}", end.word(), order.reference()), lines)
        }
        Audience::Ops | Audience::Systems => {
            lines.push(did(order));
            lines.push("Look whether the other system refuses more than this one order.".to_owned());
            lines.push(knows(order.policy.tell.returned.iter().copied(), to));
            (format!("{amount} {}: {}", end.word(), order.reference()), lines)
        }
    }
}

/// How money came to be with the customer: each has its own words, since only a refund shows as one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Refunded,
    /// Stripe has the refund and needs something from the customer.
    Asked,
    Released,
    TakenByBank,
}

impl End {
    fn of(payment: Option<&Payment>) -> Self {
        match payment {
            Some(payment) if payment.captured.is_none() && payment.canceled.is_some() => Self::Released,
            Some(payment) if payment.is_lost() => Self::TakenByBank,
            Some(payment) if payment.asks_customer() => Self::Asked,
            Some(_) | None => Self::Refunded,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Refunded | Self::Asked => "returned",
            Self::Released => "released",
            Self::TakenByBank => "taken back by the bank",
        }
    }

    fn headline(self, order: &Order, payment: Option<&Payment>, amount: Money) -> String {
        let owed = payment.and_then(|payment| payment.owed.as_ref());
        match self {
            Self::Refunded => refunding(order, owed.map(|owed| owed.because.code()), amount),
            Self::Asked => format!("Your refund of {amount} needs a word from you"),
            Self::Released => "You have not been charged".to_owned(),
            Self::TakenByBank => format!("Your bank has returned {amount} to you"),
        }
    }

    fn to_customer(self, amount: Money) -> String {
        match self {
            Self::Refunded => format!(
                "{amount} goes back to the card or account you paid with. Banks usually show it within 5 to 10 working days; it may also show as the original charge disappearing. You do not need to do anything."
            ),
            Self::Asked => super::status::ASKS_CUSTOMER.to_owned(),
            Self::Released => format!(
                "{amount} was only held, never taken. The hold disappears from your statement; some banks show it for a few days more. You do not need to do anything."
            ),
            Self::TakenByBank => "With it the order has ended, and the access that came with it.".to_owned(),
        }
    }

    fn to_finance(self, amount: Money) -> String {
        match self {
            Self::Refunded | Self::Asked => format!(
                "Stripe shows the refund of {amount} with this same sentence. This is intended by the declared policy, or was made by hand where it says so; it is no glitch."
            ),
            Self::Released => format!(
                "{amount} was held and never taken: Stripe shows a canceled payment and no refund. There is nothing to book."
            ),
            Self::TakenByBank => format!(
                "Stripe shows {amount} as a lost dispute, not as a refund. Book it as such, with the bank's fee."
            ),
        }
    }
}

fn return_failed(order: &Order, to: Audience, payment: &PaymentId) -> (String, Vec<String>) {
    let about = Subject::Return(payment.clone());
    let mut cases = order.cases.iter().rev();
    let case = cases.find(|case| case.class == Class::ReturnStuck && case.subject.as_ref() == Some(&about));
    let told = case.map(|case| order.policy.told_of(case)).unwrap_or_default();
    let payment = order.payments.iter().find(|known| known.id == *payment);
    let amount = amount(order, payment);
    if to == Audience::Customer {
        let lines = vec![
            greeting(order),
            format!(
                "We owe you {amount}, and the refund is not complete yet. You do not need to claim it: one of our people is seeing to it now."
            ),
            will_write(order, order.written_at),
        ];
        return ("Your refund is not complete yet".to_owned(), lines);
    }
    let mut lines = vec![
        format!(
            "{amount} is owed back to the customer of {} and is still with us.",
            order.reference()
        ),
        because(payment),
        did(order),
    ];
    lines.push(match to {
        Audience::CustomerService => reads(order),
        Audience::Customer | Audience::Finance | Audience::Ops | Audience::Systems => {
            "Open the order and choose: return it again, or say how it was settled outside. Never refund it in Stripe without looking there first.".to_owned()
        }
    });
    lines.push(knows(told.into_iter(), to));
    (format!("{amount} owed and not returned: {}", order.reference()), lines)
}

fn with_person(order: &Order, to: Audience, case: Option<&CaseRef>) -> (String, Vec<String>) {
    if to == Audience::Customer {
        let now = status(order, order.written_at);
        let mut lines = vec![greeting(order)];
        lines.extend(now.body);
        return (now.headline, lines);
    }
    let class = case.map_or(Class::DeliveryStuck, |case| case.class);
    let mut lines = vec![case.map_or_else(
        || super::consequence(order, class, None),
        |case| super::consequence_of(order, case),
    )];
    lines.extend(
        case.and_then(|case| case.failure)
            .map(|failure| format!("What came back last: {}.", super::reason(failure.reason))),
    );
    lines.push(did(order));
    let owner = order
        .policy
        .owner(case.and_then(|case| case.subject.as_ref()))
        .audience();
    lines.push(match to {
        _ if to == owner => "Open the order, look at the suggestion, and decide.".to_owned(),
        Audience::Finance => "Nothing to book yet: you are told again when money moves.".to_owned(),
        Audience::CustomerService => reads(order),
        Audience::Customer | Audience::Ops | Audience::Systems => {
            format!("Decided by: {}.", super::history::whom(owner))
        }
    });
    let told = case.map(|case| order.policy.told_of(case)).unwrap_or_default();
    lines.push(knows(told.into_iter(), to));
    (format!("{}: {}", super::class_name(class), order.reference()), lines)
}

pub(super) fn greeting(order: &Order) -> String {
    format!("Hello {},", order.buyer.name)
}

pub(super) fn nothing_to_do() -> String {
    "You do not need to do anything.".to_owned()
}

fn because(payment: Option<&Payment>) -> String {
    let owed = payment.and_then(|payment| payment.owed.as_ref());
    owed.map_or_else(
        || "The reason is not recorded.".to_owned(),
        |owed| owed.because.sentence().to_owned(),
    )
}

fn amount(order: &Order, payment: Option<&Payment>) -> Money {
    let owed = payment
        .and_then(|payment| payment.owed.as_ref())
        .map(|owed| owed.amount);
    owed.or(payment.and_then(Payment::stake)).unwrap_or(order.product.price)
}

/// What is done and what is not, in one line.
pub(super) fn did(order: &Order) -> String {
    let list = super::done_or_not(order);
    let said = list
        .iter()
        .map(|(name, done)| format!("{name}: {}", if *done { "yes" } else { "no" }));
    format!("Where it stands. {}.", said.collect::<Vec<_>>().join(", "))
}

/// For Customer Service: what the customer sees now, which is also what to say.
pub(super) fn reads(order: &Order) -> String {
    let now = customer_reads(order, order.written_at);
    format!("The customer currently reads: \"{now}\"")
}

/// Who else is told of the same.
fn knows(told: impl Iterator<Item = Audience>, me: Audience) -> String {
    let others = told.filter(|to| *to != me);
    let others: Vec<&str> = others.map(super::history::whom).collect();
    if others.is_empty() {
        "Nobody else is told.".to_owned()
    } else {
        format!("Also told: {}.", super::joined(&others))
    }
}
