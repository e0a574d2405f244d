//! Advice to Finance.

use crate::rehearsal::Situation;

use super::Advice;

pub(super) const SITUATIONS: &[Situation] = &[
    Situation::StepFails,
    Situation::HeldAndRefused,
    Situation::PaidTwice,
    Situation::ReturnFails,
    Situation::RefundUnderWay,
    Situation::ReturnedByHand,
    Situation::PartByHand,
    Situation::Contested,
    Situation::TakenByBank,
    Situation::CaptureFails,
    Situation::FirstTime,
];

const OPERATIONS: &str =
    "Operations. The reference leads them to the order; its page in the console says what was done, and when.";

#[expect(clippy::too_many_lines, reason = "a list: one piece of advice per situation")]
pub(super) fn advice(situation: Situation, undone: bool) -> Option<Advice> {
    Some(match situation {
        Situation::StepFails if undone => Advice {
            sees: "A refund in Stripe that nobody made by hand",
            often: "Now and then. Several on one day have one cause, and many at once wait for a person.",
            to_do: "Book the refund. Stripe keeps the fee of the charge.",
            never: "Never refund it again, and never ask the customer to pay before operations has found the cause.",
            ask: OPERATIONS,
        },
        Situation::StepFails => Advice {
            sees: "A charge in Stripe whose order is not delivered yet",
            often: "Rarely: only while another system is down for long.",
            to_do: "Keep it on your list of open charges. Nothing is to be booked before the order's page says delivered or undone.",
            never: "Never refund it in Stripe meanwhile: it may still be delivered, and the customer would have both.",
            ask: OPERATIONS,
        },
        Situation::HeldAndRefused if undone => Advice {
            sees: "A canceled payment in Stripe, and no refund",
            often: "Now and then, with what is paid on delivery.",
            to_do: "Nothing. The money was only held, so there is nothing to book and no fee.",
            never: "Never look for a refund: there is none, and none is missing.",
            ask: OPERATIONS,
        },
        Situation::HeldAndRefused => Advice {
            sees: "A payment in Stripe that stays held and is not delivered",
            often: "Rarely.",
            to_do: "Nothing before it is decided: no money has moved.",
            never: "Never take it or cancel it in Stripe while a person looks at it.",
            ask: OPERATIONS,
        },
        Situation::PaidTwice => Advice {
            sees: "Two charges for one order, and a refund of the second",
            often: "Rarely: somebody paid in two windows.",
            to_do: "Book the refund. The first charge stays, and so does the order.",
            never: "Never refund the first charge as well: it is what the customer has bought with.",
            ask: OPERATIONS,
        },
        Situation::ReturnFails => Advice {
            sees: "Money that we owe a customer, and no refund in Stripe",
            often: "Hardly ever. Look at each one.",
            to_do: "Look whether the balance in Stripe is high enough, and whether the payment is restricted there. Tell operations what you find: they have it returned again, or write how it was settled.",
            never: "Never refund it in Stripe without looking at the order first: it is tried again by itself, and would go back twice.",
            ask: "Operations about the order, and Stripe's support about a restriction.",
        },
        Situation::RefundUnderWay => Advice {
            sees: "A refund in Stripe that stays pending",
            often: "Hardly ever: when the balance is too low, or a bank is slow.",
            to_do: "Fill up the balance, if that is what it waits for. Otherwise wait: it ends by itself, and the case with it.",
            never: "Never send a second refund beside it.",
            ask: "Stripe's support, with the number of the refund.",
        },
        Situation::ReturnedByHand => Advice {
            sees: "A refund that somebody made by hand in Stripe",
            often: "As often as somebody makes one. Each ends its order.",
            to_do: "If it was you: write to operations why, so that they can record it. What was delivered is taken back by itself.",
            never: "Never refund by hand to make the customer a present: access ends with the money.",
            ask: "Whoever may refund in Stripe; its page of the payment names them.",
        },
        Situation::PartByHand => Advice {
            sees: "A refund of a part, made by hand in Stripe",
            often: "As often as somebody makes one: this system returns all or nothing.",
            to_do: "If it was you: write to operations why. What is delivered stays.",
            never: "Never return the rest by hand to end an order: ask operations to undo it, so that access ends too.",
            ask: "Whoever may refund in Stripe; its page of the payment names them.",
        },
        Situation::Contested => Advice {
            sees: "A dispute in Stripe, and its amount gone from the balance",
            often: "Rarely. More than one in a hundred payments is trouble with the card companies.",
            to_do: "Answer it in Stripe before the date that stands there. The order's page has what was delivered, and when.",
            never: "Never refund a contested payment: it would go back twice.",
            ask: "Customer Service, what the customer says; operations, what was delivered.",
        },
        Situation::TakenByBank => Advice {
            sees: "A dispute that the bank has decided for the customer",
            often: "Rarely.",
            to_do: "Book it as a lost dispute with the bank's fee, not as a refund. Access is taken back by itself.",
            never: "Never refund it besides.",
            ask: OPERATIONS,
        },
        Situation::CaptureFails if undone => Advice {
            sees: "A canceled payment in Stripe for something that was delivered",
            often: "Hardly ever: the bank did not let us take what it held.",
            to_do: "Nothing to book. What was delivered is taken back; a case says why.",
            never: "Never charge the customer in another way for it.",
            ask: OPERATIONS,
        },
        Situation::CaptureFails => Advice {
            sees: "A payment in Stripe that is held, though the order is delivered",
            often: "Hardly ever.",
            to_do: "See that somebody decides before the hold lapses: the order's page names the day.",
            never: "Never take another amount than the price.",
            ask: OPERATIONS,
        },
        Situation::Delivered
        | Situation::RevokeFails
        | Situation::Asked
        | Situation::NotConfirmed
        | Situation::MailRefused
        | Situation::Outage
        | Situation::ManyUndone
        | Situation::Undecided
        | Situation::TestAlert
        | Situation::StandsTooLong
        | Situation::LeftUntold
        | Situation::Weekly
        | Situation::FirstTime => return None,
    })
}
