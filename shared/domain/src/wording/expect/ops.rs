//! Advice to operations. Where there is a case, its own page says more: what never to do is said there, once.

use crate::case::Class;
use crate::rehearsal::Situation;
use crate::wording::runbook;

use super::Advice;

pub(super) const SITUATIONS: &[Situation] = &[
    Situation::StepFails,
    Situation::Outage,
    Situation::ManyUndone,
    Situation::ReturnFails,
    Situation::RevokeFails,
    Situation::CaptureFails,
    Situation::ReturnedByHand,
    Situation::Asked,
    Situation::Undecided,
    Situation::StandsTooLong,
    Situation::LeftUntold,
    Situation::TestAlert,
    Situation::FirstTime,
];

const SYSTEM: &str = "Whoever runs the other system.";
const FINANCE: &str = "Finance, who sees the payment in Stripe.";

fn of(class: Class, sees: &'static str, often: &'static str, ask: &'static str) -> Advice {
    let page = runbook(class);
    Advice {
        sees,
        often,
        to_do: page.button,
        never: page.never,
        ask,
    }
}

#[expect(clippy::too_many_lines, reason = "a list: one piece of advice per situation")]
pub(super) fn advice(situation: Situation, undone: bool) -> Option<Advice> {
    Some(match situation {
        Situation::StepFails if undone => Advice {
            sees: "An alert that an order was undone because another system refused it",
            often: "Now and then. Several on one day have one cause.",
            to_do: "Look whether it refuses more than this one order: a full plan, a changed setting, a wrong address in our configuration.",
            never: "Never refund or delete anything by hand: all of it is done already, or is on its way.",
            ask: SYSTEM,
        },
        Situation::StepFails => of(
            Class::DeliveryStuck,
            "A case of a customer who has paid and has not got everything",
            "Rarely: only when another system is down for longer than it is tried.",
            SYSTEM,
        ),
        Situation::Outage => Advice {
            sees: "An alert that a step fails for many orders, and another when it works again",
            often: "As often as the other system is down: one pair of alerts each time.",
            to_do: "Look whether the other system is down, and whether our access to it still works. The orders wait, try one at a time, and go on by themselves.",
            never: "Never undo the orders that wait: they are delivered when it works again.",
            ask: SYSTEM,
        },
        Situation::ManyUndone => of(
            Class::MassUndo,
            "A case that more orders than usual want to be undone",
            "Hardly ever. It is most often our own mistake.",
            "Whoever changed something in the last hour, here or in the other system.",
        ),
        Situation::ReturnFails => of(
            Class::ReturnStuck,
            "A case of money that is owed and not returned",
            "Hardly ever. Look at each one on the same day.",
            FINANCE,
        ),
        Situation::RevokeFails => of(
            Class::RevokeStuck,
            "A case of access that is left though the money went back",
            "Rarely.",
            SYSTEM,
        ),
        Situation::CaptureFails => of(
            Class::CaptureStuck,
            if undone {
                "A case that held money could not be taken, and that the order is undone"
            } else {
                "A case of a delivered order whose money is only held"
            },
            "Hardly ever.",
            FINANCE,
        ),
        Situation::ReturnedByHand => of(
            Class::ReturnedAfterDelivery,
            "A case that somebody returned the money of a delivered order",
            "As often as somebody refunds by hand.",
            FINANCE,
        ),
        Situation::Asked => of(
            Class::Inquiry,
            "A case that a bank asks about a payment",
            "Rarely.",
            "Finance about the answer, Customer Service about the customer.",
        ),
        Situation::Undecided => Advice {
            sees: "An alert that a case is still open",
            often: "Never, if every case is decided on the day on which it is opened. Each time the wait is twice as long.",
            to_do: "Decide it, or find whoever can. The order's page has a suggestion, and each choice shows what it will do.",
            never: "Never choose Ignore to make it quiet: what it is about stays as it is.",
            ask: "Whoever the case is about: Finance for money, Customer Service for the customer.",
        },
        Situation::StandsTooLong => of(
            Class::TakesTooLong,
            "A case that an order takes longer than it should",
            "Rarely: a bank does not answer, or one of our functions is off.",
            "Finance, who sees the payment in Stripe, or whoever runs the other system.",
        ),
        Situation::LeftUntold => of(
            Class::LeftUntold,
            "A case that more messages than usual were not sent",
            "Hardly ever. It is most often the mail server, or an address of ours.",
            "Whoever runs the mail server.",
        ),
        Situation::TestAlert => of(
            Class::AlertsUnheard,
            "A test alert each day",
            "Once a day, at the same hour. A day without one is a fault.",
            "Whoever looks after the topic for alerts.",
        ),
        Situation::Delivered
        | Situation::HeldAndRefused
        | Situation::PaidTwice
        | Situation::RefundUnderWay
        | Situation::PartByHand
        | Situation::Contested
        | Situation::TakenByBank
        | Situation::NotConfirmed
        | Situation::MailRefused
        | Situation::Weekly
        | Situation::FirstTime => return None,
    })
}
