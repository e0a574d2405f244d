//! Advice to Customer Service.

use crate::rehearsal::Situation;

use super::Advice;

pub(super) const SITUATIONS: &[Situation] = &[
    Situation::StepFails,
    Situation::MailRefused,
    Situation::NotConfirmed,
    Situation::PaidTwice,
    Situation::ManyUndone,
    Situation::ReturnFails,
    Situation::RefundUnderWay,
    Situation::ReturnedByHand,
    Situation::Contested,
    Situation::TakenByBank,
    Situation::Weekly,
    Situation::FirstTime,
];

const OPERATIONS: &str = "Operations, with the reference from the customer's page or mail.";

#[expect(clippy::too_many_lines, reason = "a list: one piece of advice per situation")]
pub(super) fn advice(situation: Situation, undone: bool) -> Option<Advice> {
    Some(match situation {
        Situation::StepFails if undone => Advice {
            sees: "A customer who has the money back and not what was bought",
            often: "Now and then.",
            to_do: "You need not call. If they call, read them the sentence. They may buy again as soon as operations says that the cause is mended.",
            never: "Never say that the customer did something wrong, and never promise another refund.",
            ask: OPERATIONS,
        },
        Situation::StepFails => Advice {
            sees: "A customer who has paid and waits",
            often: "Rarely: only while another system is down for long.",
            to_do: "Say that the payment is safe, that nothing has to be done, and that we write as soon as it is settled.",
            never: "Never ask them to pay again, and never promise a day before a person has decided.",
            ask: OPERATIONS,
        },
        Situation::MailRefused => Advice {
            sees: "A customer who says that no mail came",
            often: "Rarely: the address is misspelt, or its mailbox is full.",
            to_do: "Ask for the reference, read them what their page says, and ask which address they gave.",
            never: "Never conclude that the order failed: it does not depend on a mail.",
            ask: OPERATIONS,
        },
        Situation::NotConfirmed => Advice {
            sees: "A customer whose bank did not confirm the payment",
            often: "Now and then, with payments that take days.",
            to_do: "Say that nothing was charged and nothing is set up, and that they may start again in the shop.",
            never: "Never say that the money is with us.",
            ask: "The customer's own bank knows why; we are not told.",
        },
        Situation::PaidTwice => Advice {
            sees: "A customer who paid twice",
            often: "Rarely: they paid in two windows.",
            to_do: "Say that the second payment goes back by itself, and that the order stays.",
            never: "Never ask for a refund to be made by hand: it is under way.",
            ask: OPERATIONS,
        },
        Situation::ManyUndone => Advice {
            sees: "Several customers whose orders are being undone, and no money yet",
            often: "Hardly ever: something of ours is wrong for all of them.",
            to_do: "Say that a person checks this before the money goes back, and that nothing has to be done.",
            never: "Never promise a refund for the same day.",
            ask: OPERATIONS,
        },
        Situation::ReturnFails => Advice {
            sees: "A customer who waits for money that we owe",
            often: "Hardly ever.",
            to_do: "Say that we owe it, that it need not be claimed, and that a person is seeing to it.",
            never: "Never say that it was refunded: it was not.",
            ask: "Finance about the payment, operations about the order.",
        },
        Situation::RefundUnderWay => Advice {
            sees: "A customer whose refund does not arrive for days",
            often: "Hardly ever.",
            to_do: "Say that it was sent, and that their bank or ours is slow. If Stripe has asked them for bank details, remind them to answer.",
            never: "Never promise a second refund.",
            ask: "Finance, with the reference.",
        },
        Situation::ReturnedByHand => Advice {
            sees: "A customer who has the money back and lost the access",
            often: "As often as somebody refunds by hand.",
            to_do: "Say that access ends with the refund. If that was not meant, they buy again.",
            never: "Never have the access given back by hand.",
            ask: "Finance, who made the refund and why.",
        },
        Situation::Contested => Advice {
            sees: "A customer whose bank contests the payment",
            often: "Rarely.",
            to_do: "Ask whether they know of it: often a line on the statement was not recognised. If so, they tell their bank. Tell Finance what they say.",
            never: "Never offer a refund: the bank has the money.",
            ask: "Finance, who answers the bank.",
        },
        Situation::TakenByBank => Advice {
            sees: "A customer whose bank has taken the money back",
            often: "Rarely.",
            to_do: "Say that the order has ended with it. They may buy again.",
            never: "Never ask them to pay it back.",
            ask: "Finance.",
        },
        Situation::Weekly => Advice {
            sees: "A mail each Monday about messages that could not be sent",
            often: "Once a week. A Monday without one is a fault.",
            to_do: "Look whether one of the orders that it names has a customer who should know. Their page says the same as the mail would have said; call them, if it matters.",
            never: "Never conclude that an order failed because a mail did.",
            ask: OPERATIONS,
        },
        Situation::Delivered
        | Situation::HeldAndRefused
        | Situation::CaptureFails
        | Situation::RevokeFails
        | Situation::PartByHand
        | Situation::Asked
        | Situation::Outage
        | Situation::Undecided
        | Situation::TestAlert
        | Situation::FirstTime
        | Situation::StandsTooLong
        | Situation::LeftUntold => return None,
    })
}
