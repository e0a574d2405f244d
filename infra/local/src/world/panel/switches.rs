//! What can be broken by hand, and what one should see then.

/// One thing to break.
pub(super) struct Switch {
    /// Where its buttons do not say it all.
    pub(super) name: &'static str,
    /// What each does, by the name that [`World::set`](super::super::World::set) knows, and its label.
    pub(super) buttons: &'static [(&'static str, &'static str)],
    pub(super) see: &'static str,
}

/// What belongs to one partner. The first switch is the normal way, where there is one.
pub(super) struct Group {
    pub(super) partner: &'static str,
    /// Shown at once; the others open on a click.
    pub(super) open: bool,
    pub(super) switches: &'static [Switch],
}

const fn one(button: &'static [(&'static str, &'static str)], see: &'static str) -> Switch {
    Switch {
        name: "",
        buttons: button,
        see,
    }
}

const fn several(name: &'static str, buttons: &'static [(&'static str, &'static str)], see: &'static str) -> Switch {
    Switch { name, buttons, see }
}

pub(super) const GROUPS: [Group; 9] = [
    Group {
        partner: "Identity provider",
        open: true,
        switches: IDENTITY,
    },
    Group {
        partner: "Licence service",
        open: false,
        switches: LICENCES,
    },
    Group {
        partner: "Stripe",
        open: true,
        switches: STRIPE,
    },
    Group {
        partner: "Stripe's messages",
        open: true,
        switches: WEBHOOKS,
    },
    Group {
        partner: "Stripe's next answer",
        open: false,
        switches: ANSWERS,
    },
    Group {
        partner: "Mail server",
        open: true,
        switches: MAILS,
    },
    Group {
        partner: "Other systems",
        open: false,
        switches: TOPIC,
    },
    Group {
        partner: "Queues and table",
        open: false,
        switches: AWS,
    },
    Group {
        partner: "Functions",
        open: false,
        switches: FUNCTIONS,
    },
];

const IDENTITY: &[Switch] = &[
    one(&[("idp-well", "Works")], "Account, team and membership in a second."),
    one(
        &[("idp-down", "Is down")],
        "Retry: the status page says that set-up takes longer, and nothing is refunded. Move the clock, let it work again, move the clock: delivered. After a day without it: Coordinate, a person decides.",
    ),
    one(
        &[("idp-busy", "Asks to slow down")],
        "Retry: as when it is down; the order's page in the console says that it asked us to slow down.",
    ),
    one(
        &[("idp-teams", "Account yes, team no")],
        "Undo: the account is made, then taken back, and the money goes back in full, and everybody who should know reads the same sentence why. The story that this project exists for.",
    ),
    one(
        &[("idp-refuse", "Refuses everything")],
        "Undo: the money goes back at once.",
    ),
    one(
        &[("idp-lose", "Loses its next reply")],
        "Nothing doubled: the order looks for what was made before it makes anything again.",
    ),
    one(
        &[("kill", "Function killed after the effect, before the record")],
        "One account, one team. Move the clock by 15 minutes: the sweeper finds the order.",
    ),
];

/// A step of the adopter's own, over signed HTTP.
const LICENCES: &[Switch] = &[
    one(
        &[("licences-well", "Works")],
        "Buy the team plan with desktop app: account, team and membership, then a licence in a second.",
    ),
    one(
        &[("licences-down", "Is down")],
        "Retry: account, team and membership stand and wait for the licence. Let it work again, move the clock: delivered.",
    ),
    one(&[("licences-busy", "Asks to slow down")], "Retry: as when it is down."),
    one(
        &[("licences-refuse", "Makes no licence")],
        "Undo: membership, team and account are taken back in this order, and the money goes back in full.",
    ),
    one(
        &[("licences-lose", "Loses its next reply")],
        "One licence: move the clock, and the order looks for what was made before it makes anything again.",
    ),
];

const STRIPE: &[Switch] = &[
    one(
        &[("stripe-well", "Works")],
        "Messages arrive, refunds go through. In an open case choose Retry: the money goes back.",
    ),
    one(
        &[("refunds-no", "Refuses refunds")],
        "Coordinate: together with \"account yes, team no\" a case opens in the console, and a person decides.",
    ),
    one(
        &[("refunds-pend", "Refunds take days")],
        "With \"account yes, team no\" the customer reads that the refund is on its way. On Stripe's side let it go through or fail; after 5 days of neither, a case.",
    ),
    one(
        &[("refunds-poor", "Its balance is too low")],
        "The same: the refund waits at Stripe until somebody tops the balance up.",
    ),
    one(
        &[("refunds-ask", "Refunds wait for the customer")],
        "Coordinate: the customer must tell Stripe where the money shall go, so a person knows at once.",
    ),
];

const WEBHOOKS: &[Switch] = &[
    one(
        &[("webhooks-well", "Arrive")],
        "The order moves on before the buyer is back from the payment page.",
    ),
    one(
        &[("webhooks-drop", "Its messages are lost")],
        "Delivered all the same: the page that you come back to asks Stripe itself. Had you closed it, the order would ask after 10 minutes.",
    ),
    one(
        &[("webhooks-double", "Its messages come twice")],
        "One order, one delivery, one mail.",
    ),
    one(
        &[("webhooks-twin", "Each thing is told by two messages")],
        "The same, though they have different ids.",
    ),
    one(
        &[("webhooks-late", "Its messages come ten minutes late")],
        "The page that you come back to asks Stripe itself; what comes late changes nothing any more.",
    ),
    one(
        &[("webhooks-reverse", "Its messages come in reverse order")],
        "The same end.",
    ),
    one(
        &[("webhooks-mute", "Its messages are never made")],
        "As when they are lost; not even Stripe's own list of events has them.",
    ),
];

const ANSWERS: &[Switch] = &[
    several(
        "Done, and answered 500",
        &[
            ("next-500-done-open", "Payment page"),
            ("next-500-done-capture", "Capture"),
            ("next-500-done-refund", "Refund"),
        ],
        "Once: it is looked at before it is done again. At the payment page the shop asks you to press again.",
    ),
    several(
        "Not done, and answered 500",
        &[
            ("next-500-open", "Payment page"),
            ("next-500-capture", "Capture"),
            ("next-500-refund", "Refund"),
        ],
        "Once, some time later: whoever reads 500 does not know whether it was done. Move the clock.",
    ),
    several(
        "Done, and the reply is lost",
        &[
            ("next-lost-open", "Payment page"),
            ("next-lost-capture", "Capture"),
            ("next-lost-refund", "Refund"),
        ],
        "Once, after a wait of ten seconds: it is looked at before it is done again.",
    ),
    several(
        "409, somebody else is at it",
        &[
            ("next-409-open", "Payment page"),
            ("next-409-capture", "Capture"),
            ("next-409-refund", "Refund"),
        ],
        "Retry: done once, a little later. At the payment page you wait a moment and see nothing of it.",
    ),
    several(
        "429, too many calls",
        &[
            ("next-429-open", "Payment page"),
            ("next-429-capture", "Capture"),
            ("next-429-refund", "Refund"),
        ],
        "Retry: done once, a little later. At the payment page you wait a moment and see nothing of it.",
    ),
    several(
        "400, refused",
        &[
            ("next-400-open", "Payment page"),
            ("next-400-capture", "Capture"),
            ("next-400-refund", "Refund"),
        ],
        "At the payment page nothing is charged, and you press again. When a capture is refused, the order is undone and a case asks why. A refused refund is a case: a person decides.",
    ),
];

const MAILS: &[Switch] = &[
    one(
        &[("mails-yes", "Works")],
        "The customer gets a mail when the team is ready.",
    ),
    one(
        &[("mails-no", "Refuses every address")],
        "Ignore: the team is delivered all the same. Nobody's order fails for a mail; the order's page in the console says that it was not sent.",
    ),
    one(
        &[("mails-down", "Is down")],
        "Retry: the team is delivered at once, and the mail comes when the server works again and the clock has moved. A mail about money that waits for an hour is a case.",
    ),
    one(
        &[("mails-back", "Let the last mail come back")],
        "The order's page says that it came back. Where it was about money, a case says who does not know what, and what to do.",
    ),
];

/// The topic to which other systems listen.
const TOPIC: &[Switch] = &[
    one(
        &[("topic-well", "Their topic works")],
        "Each order that is delivered, undone or with a person stands among the announcements.",
    ),
    one(
        &[("topic-no", "Their topic refuses everything")],
        "Ignore: the order is delivered all the same, and its page in the console says that it was not announced. Let the topic work and press Announce again there.",
    ),
    one(
        &[("topic-down", "Their topic is down")],
        "Retry: customer and operations are told at once, and other systems when the topic works again and the clock has moved.",
    ),
];

const AWS: &[Switch] = &[
    one(
        &[("aws-well", "Work")],
        "Nudges arrive in a moment, and every order is recorded.",
    ),
    one(
        &[("queues-lose", "Nudges are lost")],
        "The payment is recorded and nothing follows. Let them work and move the clock by a minute or two: the sweeper finds the order.",
    ),
    one(
        &[("queues-double", "Nudges come twice")],
        "One of everything: a nudge says nothing but an order's name.",
    ),
    one(
        &[("queues-late", "Nudges come ten minutes late")],
        "The payment is recorded and nothing follows yet. Press 15 minutes on: delivered.",
    ),
    one(
        &[("queues-refuse", "Queues take nothing")],
        "The payment is recorded all the same. Let them work and move the clock: delivered.",
    ),
    one(
        &[("table-down", "The table is down")],
        "The shop takes no order and says so; Stripe hears no, and tells again. Let it work and move the clock: nothing is lost.",
    ),
];

const FUNCTIONS: &[Switch] = &[
    several(
        "Killed now",
        &[
            ("now-checkout", "checkout"),
            ("now-stripe-webhook", "stripe-webhook"),
            ("now-provisioning", "provisioning"),
            ("now-refund", "refund"),
            ("now-capture", "capture"),
            ("now-notification", "notification"),
            ("now-reconciliation", "reconciliation"),
            ("now-coordination", "coordination"),
            ("now-console", "console"),
        ],
        "It is started again at once. Whatever it was at comes again: a page by a second click, a message after five minutes.",
    ),
    several(
        "Killed after its next effect, before the record",
        &[
            ("effect-checkout", "checkout"),
            ("effect-provisioning", "provisioning"),
            ("effect-refund", "refund"),
            ("effect-capture", "capture"),
            ("effect-notification", "notification"),
        ],
        "One of everything: move the clock, and what was done is found. Of a mail nobody can know: it is recorded as that, and not sent twice.",
    ),
    several(
        "Killed after its next record, before it says so",
        &[
            ("record-checkout", "checkout"),
            ("record-stripe-webhook", "stripe-webhook"),
            ("record-provisioning", "provisioning"),
            ("record-refund", "refund"),
            ("record-capture", "capture"),
            ("record-notification", "notification"),
            ("record-reconciliation", "reconciliation"),
            ("record-coordination", "coordination"),
            ("record-console", "console"),
        ],
        "Recorded once: a second click is told so, Stripe tells again and changes nothing, and the sweeper finds what is owed. Of a mail that was about to go nobody can know: it is recorded as that, and not sent twice.",
    ),
];
