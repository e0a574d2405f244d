//! What a customer meets, for those who speak with customers.

use crate::rehearsal::Situation;

use super::Advice;

pub(super) const SITUATIONS: &[Situation] = &[
    Situation::Delivered,
    Situation::StepFails,
    Situation::HeldAndRefused,
    Situation::NotConfirmed,
    Situation::PaidTwice,
    Situation::ManyUndone,
    Situation::ReturnFails,
    Situation::RefundUnderWay,
    Situation::TakenByBank,
];

const NOTHING: &str = "Nothing: the page changes by itself, and a mail says so when it is settled.";
const US: &str = "Customer Service, with the reference that stands on the page and in each mail.";

#[expect(clippy::too_many_lines, reason = "a list: one piece of advice per situation")]
pub(super) fn advice(situation: Situation, undone: bool) -> Option<Advice> {
    Some(match situation {
        Situation::Delivered => Advice {
            sees: "Everything is ready",
            often: "Nearly always, within a minute.",
            to_do: "Sign in with the address that was given.",
            never: "Never pay again because a mail is late: the page says what is true.",
            ask: US,
        },
        Situation::StepFails if undone => Advice {
            sees: "It could not be set up, and the money comes back",
            often: "Now and then.",
            to_do: "Nothing: the refund comes by itself. Banks usually show it within 5 to 10 working days.",
            never: "Never claim it a second time at the bank.",
            ask: US,
        },
        Situation::StepFails => Advice {
            sees: "It is paid, and setting it up takes long",
            often: "Rarely.",
            to_do: NOTHING,
            never: "Never pay again.",
            ask: US,
        },
        Situation::HeldAndRefused if undone => Advice {
            sees: "It could not be set up, and nothing is charged",
            often: "Now and then, with what is paid on delivery.",
            to_do: "Nothing: the hold disappears. Some banks show it for a few days more.",
            never: "Never wait for a refund: nothing was taken.",
            ask: US,
        },
        Situation::HeldAndRefused => Advice {
            sees: "It is not set up, and the money is only held",
            often: "Rarely.",
            to_do: NOTHING,
            never: "Never pay again.",
            ask: US,
        },
        Situation::NotConfirmed => Advice {
            sees: "The bank did not confirm the payment",
            often: "Now and then, with payments that take days.",
            to_do: "Start again in the shop, if it is still wanted.",
            never: "Never send the money in another way.",
            ask: "Their own bank: it does not tell us why.",
        },
        Situation::PaidTwice => Advice {
            sees: "It was paid twice, and the second payment comes back",
            often: "Rarely.",
            to_do: "Nothing: what was bought stays.",
            never: "Never contest the second payment at the bank: it is on its way back.",
            ask: US,
        },
        Situation::ManyUndone => Advice {
            sees: "The order is being undone, and a person checks it first",
            often: "Hardly ever.",
            to_do: NOTHING,
            never: "Never pay again.",
            ask: US,
        },
        Situation::ReturnFails => Advice {
            sees: "We owe money, and it is late",
            often: "Hardly ever.",
            to_do: "Nothing: it need not be claimed, and we write again.",
            never: "Never claim it at the bank while we are at it.",
            ask: US,
        },
        Situation::RefundUnderWay => Advice {
            sees: "The refund is sent and takes long to arrive",
            often: "Hardly ever.",
            to_do: "Answer Stripe's mail, if one asks where to send it. Otherwise nothing.",
            never: "Never claim it at the bank while it is under way.",
            ask: US,
        },
        Situation::TakenByBank => Advice {
            sees: "The bank has returned the money, and the order has ended",
            often: "Rarely.",
            to_do: "Buy again, if it was a misunderstanding.",
            never: "Never expect a refund from us besides.",
            ask: US,
        },
        Situation::CaptureFails
        | Situation::RevokeFails
        | Situation::ReturnedByHand
        | Situation::PartByHand
        | Situation::Contested
        | Situation::Asked
        | Situation::MailRefused
        | Situation::Outage
        | Situation::Undecided
        | Situation::TestAlert
        | Situation::StandsTooLong
        | Situation::LeftUntold
        | Situation::Weekly
        | Situation::FirstTime => return None,
    })
}
