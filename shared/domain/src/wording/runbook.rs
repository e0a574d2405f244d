//! One page per case class: what it means, what to check, which button, and what never to do. The console shows these
//! words, an alert leads to them, and `infra/runbooks` keeps them where the system cannot be reached.

use crate::case::Class;

use super::class_name;

/// The page of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runbook {
    pub means: &'static str,
    pub check: &'static [&'static str],
    pub button: &'static str,
    pub never: &'static str,
}

/// Where the console shows it.
pub fn runbook_path(class: Class) -> String {
    format!("/console/runbooks/{}", class.name())
}

/// The page as text, for the repository.
pub fn runbook_page(class: Class) -> String {
    let Runbook {
        means,
        check,
        button,
        never,
    } = runbook(class);
    let check: String = check
        .iter()
        .zip(1..)
        .map(|(line, number)| format!("{number}. {line}\n"))
        .collect();
    format!(
        "# {}\n\n## What it means\n\n{means}\n\n## What to check\n\n{check}\n## Which button\n\n{button}\n\n## Never\n\n{never}\n",
        class_name(class)
    )
}

#[expect(clippy::too_many_lines, reason = "a list: one page per class")]
pub fn runbook(class: Class) -> Runbook {
    match class {
        Class::DeliveryStuck => Runbook {
            means: "A customer has paid, and a part of the order could not be set up for longer than the policy waits, or nobody knows whether it was. Nothing is refunded and nothing is tried any more before you decide.",
            check: &[
                "The order's page says which part is missing and what came back last.",
                "Is the other system well, and does it still accept our access? On the page of the brakes you see whether it fails for many.",
                "Look there for the customer's e-mail address: the missing part may exist by now.",
            ],
            button: "Retry, when the cause is mended: the time allowed starts afresh. Undo, when the customer cannot have it: everything is taken back and the money goes back, with your reason. Ignore, only when you have set it up by hand.",
            never: "Never refund it in Stripe while it may still be delivered: the customer would keep both for a while. Never set up a second account by hand before you have looked for the first.",
        },
        Class::ReturnStuck => Runbook {
            means: "We owe the customer money, and Stripe did not return it: it was refused, or it failed later, or nobody knows. The money is still with us. The customer was told that a person sees to it.",
            check: &[
                "Open the payment in Stripe: is there a refund, and in which state?",
                "Is the balance in Stripe high enough, and is the card or account that was paid with still open?",
                "Has somebody returned it in another way?",
            ],
            button: "Retry returns it again, after asking Stripe what there is: it cannot go twice. Ignore, when it was returned outside Stripe; write how and when, since Finance reads it.",
            never: "Never refund in Stripe by hand and press Retry as well without having looked at this page again. Never close it because the customer has not complained.",
        },
        Class::RevokeStuck => Runbook {
            means: "An order was undone and its money is back or on its way, and something that was set up could not be taken back: the customer may still have access.",
            check: &[
                "Look for the account or team in the other system: is it still there?",
                "Does that system accept our access, and may we delete there?",
                "Is the account used by another order of the same customer? Then it must stay.",
            ],
            button: "Retry takes it back again; what is gone already counts as done. Ignore, when it is gone or shall stay; write which.",
            never: "Never delete an account that was there before the order, or that another order stands on.",
        },
        Class::MassUndo => Runbook {
            means: "More orders than usual wanted to be undone within minutes, or undo is switched off, or Stripe's lists could not be read for six hours, so that what is recorded may be old. All of them wait. So many undos have one cause, and most often it is ours: a wrong setting, a plan without seats, a provider that refuses everybody.",
            check: &[
                "Open a few of the waiting orders: do they give the same reason?",
                "Ask whoever runs the other system whether something was changed in the last hour.",
                "The page of the brakes says since when, and how many had passed.",
            ],
            button: "Mend the cause first, so that no more orders come to it. Then Retry: all that wait go on with their undo, and none is held for an hour. What was decided to be undone stays decided: whoever should have it after all buys again, or is set up by hand.",
            never: "Never press Retry to make the alert go away: money and access of all those customers move at once, and it cannot be taken back.",
        },
        Class::CaptureStuck => Runbook {
            means: "Everything is set up, the customer's money is only held, and taking it did not work. The hold lapses on the day that the order's page names. Or it could not be taken at all, and what was delivered is being taken back.",
            check: &[
                "Open the payment in Stripe: is it still held, and until when?",
                "What did Stripe say? The order's page shows what came back last.",
                "If it is being undone: nothing is left to decide, the case only tells you why.",
            ],
            button: "Retry takes it again, before the hold lapses. Undo takes back what was delivered and lets the hold go. Ignore, when you have taken it in Stripe, or when it is being undone already.",
            never: "Never let the day pass: after it the access is taken back by itself and the sale is lost. Never take another amount than the order's price.",
        },
        Class::OtherAmountTaken => Runbook {
            means: "Somebody took another amount in Stripe than the order's price, and everything is delivered.",
            check: &[
                "Who took it, and was it agreed with the customer?",
                "Does the difference have to go back, or to be asked for?",
            ],
            button: "Ignore, when it was agreed; write by whom. Undo, when the whole order shall end: everything is taken back and what was taken goes back.",
            never: "Never return the difference without a note in Stripe that says why: Finance finds the payment there first.",
        },
        Class::PartlyReturned => Runbook {
            means: "A part of the money went back, and not by us; what is delivered stays. Automation makes full refunds only, so a person did it.",
            check: &[
                "Who returned it, and why? Stripe shows the time, and often the name.",
                "Was it a discount, or should the whole order have ended?",
            ],
            button: "Ignore, when the part was meant; write why, since nobody else knows. Undo, when the order shall end: access is taken back and the rest goes back.",
            never: "Never return the rest in Stripe by hand: then access stays until somebody notices.",
        },
        Class::BecauseMissing => Runbook {
            means: "Somebody refunded in Stripe's Dashboard, and it is recorded nowhere what for. The order has done what it must: nothing waits but the reason, which stands from then on in the ledger, in Stripe and on the customer's page.",
            check: &[
                "The case says what was chosen or written in Stripe when it was returned.",
                "Who returned it? Stripe's log of activity often has the name; ask them.",
            ],
            button: "Say why: choose what it was for, and write one sentence. The customer gets no further mail.",
            never: "Never guess: close the month with the case open rather than with a wrong reason. Never write a person's name or address: the sentence stands in Stripe.",
        },
        Class::ReturnedTwice => Runbook {
            means: "More went back than was paid: we refunded, and the bank took the money besides. The difference is our loss until the bank gives it back.",
            check: &[
                "Open the dispute in Stripe: can it still be answered?",
                "The refund that was made before is the answer to it; Stripe has a field for that.",
            ],
            button: "Ignore, when the dispute is answered or the loss accepted; write which, with the amount for Finance.",
            never: "Never ask the customer to pay it back before the bank has decided.",
        },
        Class::Inquiry => Runbook {
            means: "The customer's bank asks about a payment, and has taken nothing yet. What is not set up waits; a refund still goes through.",
            check: &[
                "Open the inquiry in Stripe: what does the bank ask, and until when?",
                "Does the customer remember the purchase? A mail from Customer Service often settles it.",
            ],
            button: "Answer in Stripe, or refund in full: both end the case by themselves. Retry sets up what is missing in spite of it. Undo ends the order and refunds it.",
            never: "Never leave it without an answer: after its date it becomes a dispute, which costs a fee.",
        },
        Class::Disputed => Runbook {
            means: "The customer's bank contests the payment and has the money until it decides. We move no money of it meanwhile, and set nothing more up.",
            check: &[
                "Open the dispute in Stripe: the reason, and the date until which it can be answered.",
                "Gather what was delivered and when: the order's page has every step with its time.",
            ],
            button: "Answer it in Stripe: the bank's decision ends the case. If it takes the money, access is taken back by itself; if it decides for us, the order goes on. Retry sets up what is missing in spite of it.",
            never: "Never refund a contested payment: the money would go back twice.",
        },
        Class::RefundWaits => Runbook {
            means: "Stripe has our refund and does not finish it: it is under way for days, or the customer must give their bank details.",
            check: &[
                "Open the refund in Stripe: does it wait for the customer, for our balance, or for the bank?",
                "Was the customer's mail from Stripe answered? Customer Service may remind them.",
            ],
            button: "None is needed when it finishes: the case closes by itself. Ignore, when you know that it will; write why. If Stripe cancels it, the money is owed again by itself.",
            never: "Never send a second refund beside it.",
        },
        Class::ReturnedAfterDelivery => Runbook {
            means: "The money of a delivered order went back, and not by our decision: by hand in Stripe, or taken by the bank. Access is being taken back by itself.",
            check: &[
                "Who returned it, and did they know that access ends with it?",
                "Should the customer keep the access? Then sell it again: the old order has ended.",
            ],
            button: "Ignore, with the reason for the refund: nobody else has recorded it, and the customer may ask.",
            never: "Never give the access back by hand: it would be access without money, and no order stands behind it.",
        },
        Class::DeadLetters => Runbook {
            means: "Our own messages about this order died several times. The order itself is safe and knows what it owes; something in our system fails when it is looked at.",
            check: &[
                "Search the functions' logs for the order's number: which function fails, and with which words?",
                "Was a new version put in place today? Then this order may be its first victim.",
                "Can the order be read? If its page opens, it can.",
            ],
            button: "Retry nudges it afresh, when the cause is mended. Undo, when the customer cannot wait. Ignore, when the order's page shows that nothing is missing.",
            never: "Never send messages back to their queue by hand in a loop: look for the cause first.",
        },
        Class::MoneyWithoutOrder => Runbook {
            means: "Money came in under the number of an order that is not here, or was refunded or contested under it. It may be another system of ours on the same Stripe account, or an order that was lost, for example with a table restored from an old backup.",
            check: &[
                "Open the payment in Stripe: who paid, when, and for what?",
                "Was a table restored, or does another stage use the same Stripe account?",
                "Ask Customer Service whether the customer has written.",
            ],
            button: "Deliver it by hand or refund it in Stripe, then close the case with a sentence that says which.",
            never: "Never leave it: a person has paid and nobody else will find out.",
        },
        Class::Unaccounted => Runbook {
            means: "Every hour all that Stripe has taken is held against our orders: delivered, returned, with the bank, with a person, or on its way. For this payment it does not add up, twice in a row. The case says by how much, and why.",
            check: &[
                "Open the payment in Stripe, and the order beside it: what does the one say that the other does not?",
                "Did somebody refund, capture or answer a dispute by hand, in the days when Stripe's messages did not arrive?",
                "Was a table restored from a backup?",
            ],
            button: "Retry: within the hour the order is told all that Stripe says, and does what follows from it. Undo, when the customer shall have nothing and the money back. Ignore, when you have settled it outside; write how, since Finance reads it.",
            never: "Never refund in Stripe because of this case alone: the order may be about to.",
        },
        Class::AccessMissing => Runbook {
            means: "Every day what we delivered is looked for where it should be. A customer has paid, we had set it up, and it is not there any more.",
            check: &[
                "Look in the other system's own log: who removed it, and when?",
                "Has the customer asked for it?",
                "Are there more such cases today? Then it was one hand, or one fault, for all of them.",
            ],
            button: "Retry sets it up again and tells the customer when it is ready. Undo takes the rest back and returns the money. Ignore, when it was removed on purpose and the money stays.",
            never: "Never set it up by hand without closing the case: nobody would find your object again.",
        },
        Class::AccessLeft => Runbook {
            means: "Every day what bears our mark is held against our orders. Here is an account, team or other object whose order ended without it, or that no order knows: somebody may use what nobody pays for.",
            check: &[
                "Open the order: was it undone, was it never paid, or is it not here at all?",
                "Does another order of the same customer stand on it? Then it must stay.",
                "Was it switched on again by hand, in the other system?",
            ],
            button: "Retry takes it back. Ignore, when it shall stay; write for whom. Where there is no order, take it back in the other system and close the case with a sentence.",
            never: "Never delete an account that was there before us: only what bears our mark is ours.",
        },
        Class::Unrecorded => Runbook {
            means: "Stripe has something to say about an order, and for an hour we could not write it down: the order cannot be read, or Stripe does not answer about this one object. Everything else goes on. The order may not know of money that came or went.",
            check: &[
                "The case names Stripe's object or event, and what went wrong. Open it in Stripe.",
                "Was a new version put in place, or taken back, today? An order written by a newer one may be unreadable to an older one.",
                "May our key for Stripe read such objects?",
            ],
            button: "Mend the cause, then have Stripe send the event again (Developers, Events, Resend): the order learns it as if nothing had happened. Then close the case with a sentence that says what it was.",
            never: "Never close it before the order's page shows what Stripe says: nobody reads it a second time.",
        },
        Class::NotAnnounced => Runbook {
            means: "More orders than usual could not be announced to other systems within the time that the policy allows. No customer waits: everything is delivered or given back as it should be. Systems that count on the announcements do not know it yet.",
            check: &[
                "Does the topic for announcements exist, and may our function publish to it? Search the log for announcement_given_up.",
                "Is the topic encrypted with a key that our function may not use?",
                "Which other systems listen, and what do they miss? Tell whoever owns them.",
            ],
            button: "Mend the topic. Then open the orders of this day and press Announce again on each. Closing the case announces nothing.",
            never: "Never publish to the topic by hand: receivers leave out what has an id they know, and yours would be a new one.",
        },
        Class::NotTold => Runbook {
            means: "Somebody should know what became of money, or that a person decides, and does not: our messages have not gone out for an hour, were refused, or came back. The order itself goes on; no money waits for a mail.",
            check: &[
                "The order's page says who does not know what, and how each message ended.",
                "Are there many such cases at once? Then it is the mail server or the alerts, and not the address.",
                "One customer alone: is their address misspelt? Look for another way to reach them.",
            ],
            button: "Retry sends all of them again, when the cause is mended. Ignore, when you have told them otherwise or they need not know; write whom you told, and how. The case closes by itself when the messages are taken.",
            never: "Never press Ignore to empty the list: a customer whose money went back, and who does not know it, contests the payment.",
        },
        Class::AlertsUnheard => Runbook {
            means: "Once a day a test alert goes the way of every alert, and whoever is on call says in the console that it came. For a day nobody did. Either it reached nobody, and a real alert would reach nobody, or whoever was on call did not answer.",
            check: &[
                "The page of the alerts says when the last test alert was sent, and whether it could be published at all.",
                "Who is on call, and did it come to their phone or mailbox? Ask them.",
                "Does the topic for alerts exist, is whoever is on call subscribed to it, and is the subscription confirmed?",
                "May our function publish to it, and use the key if it is encrypted? Search the log of notification for test_alert_failed.",
            ],
            button: "I got it, on the page of the alerts, when a test alert has really come: this case closes by itself. Close it here only when nobody shall be woken by alerts at all, and write who decided that.",
            never: "Never press I got it for a test alert that did not come: nobody would find out before a real one is missed. Never close the case because nothing has happened meanwhile.",
        },
        Class::TakesTooLong => Runbook {
            means: "The order stands where it stands for longer than the policy allows, though nothing was refused: a bank does not answer, or something fails again and again. It is still tried. Nothing is decided before you decide.",
            check: &[
                "The order's page says what is waited for, what came back last, and when it is tried again.",
                "Do many orders stand there? Then one of our functions may be off, or another system slow.",
                "If the bank's word is missing: open the payment in Stripe. A payment that takes days has its own page there.",
            ],
            button: "Retry tries at once what would be tried later. Ignore, when you know why it takes so long; write why. After either you are asked again when it has taken as long once more. Undo, when the customer shall have the money back and no more. When it moves on, the case closes by itself.",
            never: "Never refund it in Stripe meanwhile: it may still come true, and the customer would have both.",
        },
        Class::LeftUntold => Runbook {
            means: "Messages about more orders in a day than the policy allows could not be sent, and were left: mails to customers, Finance and Customer Service, or alerts. The orders are well; people were not told of them.",
            check: &[
                "Does the mail server take our mails, and may we send from our address? For alerts: does the topic exist, and may we publish to it?",
                "Was a template, an address or a password changed today?",
                "The weekly mail about what was left unsent names the orders; each order's page says who was not told.",
            ],
            button: "Mend the cause. Then tell those whom it matters to: the customer's page has said the same all the while. Close the case with a sentence that says what the cause was.",
            never: "Never undo an order because a mail about it failed.",
        },
    }
}
