//! What the policy allows before a person knows: times and numbers that no rehearsal shows.

use std::time::Duration;

use crate::budget::Ignored;
use crate::case::Class;
use crate::policy::Policy;
use crate::rehearsal::Situation;
use crate::wording::class_name;
use crate::wording::drill::what;

use super::facts::in_words;

pub(super) fn of(policy: &Policy, situation: Situation) -> Vec<String> {
    match situation {
        Situation::StandsTooLong => deadlines(policy),
        Situation::LeftUntold => budgets(policy),
        Situation::Delivered
        | Situation::StepFails
        | Situation::HeldAndRefused
        | Situation::CaptureFails
        | Situation::PaidTwice
        | Situation::ReturnFails
        | Situation::RefundUnderWay
        | Situation::RevokeFails
        | Situation::ReturnedByHand
        | Situation::PartByHand
        | Situation::Contested
        | Situation::TakenByBank
        | Situation::Asked
        | Situation::NotConfirmed
        | Situation::MailRefused
        | Situation::Outage
        | Situation::ManyUndone
        | Situation::Undecided
        | Situation::TestAlert
        | Situation::Weekly
        | Situation::FirstTime => Vec::new(),
    }
}

fn deadlines(policy: &Policy) -> Vec<String> {
    let seconds = |seconds| in_words(Duration::from_secs(seconds));
    let allowed = policy.limits.deadlines;
    let rows = [
        (
            "that waits for the bank's word of its payment",
            allowed.payment_pending_seconds,
        ),
        ("that is being set up", allowed.delivering_seconds),
        ("whose held money is being taken", allowed.capturing_seconds),
        ("that is being undone", allowed.undoing_seconds),
    ];
    let mut lines: Vec<String> = rows
        .into_iter()
        .map(|(order, allowed)| format!("An order {order} has {} before it is such a case.", seconds(allowed)))
        .collect();
    lines.push(format!(
        "A refund has {} to become final, and a case {} to be decided: each has a row of its own.",
        in_words(policy.refund_final_within()),
        in_words(policy.remind_after())
    ));
    lines
}

fn budgets(policy: &Policy) -> Vec<String> {
    let mut lines = unsent(policy);
    lines.extend(told_within(policy));
    lines
}

/// Of which the case "not told" is opened.
fn told_within(policy: &Policy) -> Vec<String> {
    let usual = in_words(policy.told_within(None));
    let mut lines = vec![format!(
        "A message about money or a case has {usual} to arrive, however few there are, before it is: \"{}\".",
        class_name(Class::NotTold)
    )];
    let own = policy.rows().filter_map(|(matter, row)| {
        let within = in_words(Duration::from_secs(row.told_within_seconds?));
        Some(format!("{}: {within}.", what(matter)))
    });
    lines.extend(own);
    lines
}

fn unsent(policy: &Policy) -> Vec<String> {
    let kinds = [
        (Ignored::Mail, "mails", Class::LeftUntold),
        (Ignored::Alert, "alerts", Class::LeftUntold),
        (
            Ignored::Announcement,
            "announcements to other systems",
            Class::NotAnnounced,
        ),
    ];
    let line = |(kind, what, class): (Ignored, &str, Class)| {
        let orders = policy.ignored_max(kind.matter());
        let case = class_name(class);
        format!("For up to {orders} orders in a day {what} may be left unsent; one order more is: \"{case}\".")
    };
    kinds.map(line).to_vec()
}
