//! Breaking and mending, by the names that the panel uses.

use domain::Timestamp;
use testkit::identity::Fault;
use testkit::licences;
use testkit::stripe::{Done, Misfire, Pending};

use super::super::announcements::Topic;
use super::super::mail::Mailer;
use super::super::webhooks::Mode;
use super::super::{World, lock};
use crate::kills::{Act, Kill, Moment};
use crate::sqs;

impl World {
    /// Breaks or mends by the name that the panel uses; an unknown name changes nothing.
    pub fn set(&self, what: &str) {
        match what.split_once('-') {
            Some(("idp", how)) => self.set_identity(how),
            Some(("licences", how)) => self.set_licences(how),
            Some(("stripe" | "refunds", how)) => self.set_stripe(how),
            Some(("webhooks", how)) => self.set_webhooks(how),
            Some(("next", how)) => self.set_next(how),
            Some(("mails", how)) => self.set_mails(how),
            Some(("topic", how)) => self.set_topic(how),
            Some(("aws" | "queues" | "table", how)) => self.set_aws(how),
            Some(("now", function)) => self.kills.now(function),
            Some(("effect", function)) => self.kills.plan(function, effect(function), Moment::After, 1),
            Some(("record", function)) => self.kills.plan(function, Act::Record, Moment::After, 1),
            Some(("all", "well")) => {
                for part in [
                    "idp-well",
                    "licences-well",
                    "stripe-well",
                    "mails-yes",
                    "topic-well",
                    "aws-well",
                ] {
                    self.set(part);
                }
                self.kills.planned().clear();
            }
            Some(_) => {}
            None if what == "kill" => self.directory().fault = Fault::Kill,
            None => {}
        }
    }

    fn set_identity(&self, how: &str) {
        let fault = match how {
            "down" => Fault::Down,
            "busy" => Fault::Busy,
            "refuse" => Fault::Refuse,
            "teams" => Fault::RefuseTeams,
            "lose" => Fault::LoseReply,
            "well" => Fault::None,
            _ => return,
        };
        self.directory().fault = fault;
    }

    fn set_licences(&self, how: &str) {
        let fault = match how {
            "down" => licences::Fault::Down,
            "busy" => licences::Fault::Busy,
            "refuse" => licences::Fault::Refuse,
            "lose" => licences::Fault::LoseReply,
            "well" => licences::Fault::None,
            _ => return,
        };
        self.licences().fault = fault;
    }

    fn set_stripe(&self, how: &str) {
        let pend = |why| self.stripe().faults.refunds_pend = Some(why);
        match how {
            "no" => self.stripe().faults.refuse_refunds = true,
            "pend" => pend(Pending::Processing),
            "poor" => pend(Pending::InsufficientFunds),
            "ask" => pend(Pending::RequiresAction),
            "well" => {
                self.stripe().faults = testkit::stripe::Faults::default();
                self.webhooks(Mode::Deliver);
            }
            _ => {}
        }
    }

    fn set_webhooks(&self, how: &str) {
        let (mode, twin, mute) = match how {
            "well" => (Mode::Deliver, false, false),
            "drop" => (Mode::Drop, false, false),
            "double" => (Mode::Double, false, false),
            "late" => (Mode::Late, false, false),
            "reverse" => (Mode::Reverse, false, false),
            "twin" => (Mode::Deliver, true, false),
            "mute" => (Mode::Deliver, false, true),
            _ => return,
        };
        self.webhooks(mode);
        let faults = &mut self.stripe().faults;
        (faults.twin_events, faults.mute) = (twin, mute);
    }

    /// `500-done-refund`: how it fails, and at which call.
    fn set_next(&self, how: &str) {
        let Some((how, call)) = how.rsplit_once('-') else {
            return;
        };
        let path = match call {
            "open" => "/checkout/sessions",
            "capture" => "/capture",
            "refund" => "/refunds",
            _ => return,
        };
        let misfire = match how {
            "500-done" => Misfire::Error500(Done::Yes),
            "500" => Misfire::Error500(Done::No),
            "lost" => Misfire::Lost,
            "409" => Misfire::Conflict409,
            "429" => Misfire::Throttled429,
            "400" => Misfire::Refused400,
            _ => return,
        };
        self.stripe().faults.next.push((path.to_owned(), misfire));
    }

    fn set_mails(&self, how: &str) {
        if how == "back" {
            return self.last_mail_comes_back();
        }
        let mailer = match how {
            "yes" => Mailer::Works,
            "no" => Mailer::Refuses,
            "down" => Mailer::Down,
            _ => return,
        };
        *lock(&self.mailer) = mailer;
    }

    /// As SES would say so: to the queue of the template.
    fn last_mail_comes_back(&self) {
        let last = self.mails().iter().rev().find(|mail| !mail.order.is_empty()).cloned();
        if let (Some(mail), Some((sqs, _))) = (last, self.aws.get()) {
            let said = testkit::mail::bounce(&mail.order, &mail.notice, &Timestamp(mail.at).iso());
            sqs.send("MailEventsQueue", &said);
        }
    }

    fn set_topic(&self, how: &str) {
        let topic = match how {
            "well" => Topic::Works,
            "no" => Topic::Refuses,
            "down" => Topic::Down,
            _ => return,
        };
        *lock(&self.topic) = topic;
    }

    fn set_aws(&self, how: &str) {
        let Some((sqs, dynamodb)) = self.aws.get() else {
            return;
        };
        match how {
            "lose" => sqs.set_fault(sqs::Fault::Lose),
            "double" => sqs.set_fault(sqs::Fault::Double),
            "late" => sqs.set_fault(sqs::Fault::Late),
            "refuse" => sqs.set_fault(sqs::Fault::Refuse),
            "down" => dynamodb.set_down(true),
            "well" => {
                sqs.set_fault(sqs::Fault::None);
                dynamodb.set_down(false);
            }
            _ => {}
        }
    }

    /// Everything that is not as it should be, in words.
    pub(super) fn broken(&self) -> Vec<String> {
        let mut broken: Vec<String> = [
            self.broken_identity(),
            self.broken_licences(),
            self.broken_mail(),
            self.broken_topic(),
            self.broken_queues(),
        ]
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .collect();
        broken.extend(self.broken_stripe());
        if self.aws.get().is_some_and(|(_, dynamodb)| dynamodb.is_down()) {
            broken.push("the table is down".to_owned());
        }
        let killed = |kill: &Kill| format!("{} will be killed after its next {}", kill.function, done(kill.act));
        broken.extend(self.kills.planned().iter().map(killed));
        broken
    }

    fn broken_identity(&self) -> Option<&'static str> {
        match self.directory().fault {
            Fault::None => None,
            Fault::Down => Some("the identity provider is down"),
            Fault::Busy => Some("the identity provider asks to slow down"),
            Fault::Elsewhere => Some("the identity provider answers at another address"),
            Fault::Refuse => Some("the identity provider refuses everything new"),
            Fault::RefuseTeams => Some("the identity provider makes accounts and refuses teams"),
            Fault::LoseReply => Some("the identity provider will lose its next reply"),
            Fault::Kill => Some("a function will be killed after the provider's next change"),
        }
    }

    fn broken_licences(&self) -> Option<&'static str> {
        match self.licences().fault {
            licences::Fault::None => None,
            licences::Fault::Down => Some("the licence service is down"),
            licences::Fault::Busy => Some("the licence service asks to slow down"),
            licences::Fault::Refuse => Some("the licence service makes no licence"),
            licences::Fault::LoseReply => Some("the licence service will lose its next reply"),
        }
    }

    fn broken_mail(&self) -> Option<&'static str> {
        match *lock(&self.mailer) {
            Mailer::Works => None,
            Mailer::Refuses => Some("the mail server refuses every address"),
            Mailer::Down => Some("the mail server is down"),
        }
    }

    fn broken_topic(&self) -> Option<&'static str> {
        match *lock(&self.topic) {
            Topic::Works => None,
            Topic::Refuses => Some("the topic for other systems refuses everything"),
            Topic::Down => Some("the topic for other systems is down"),
        }
    }

    fn broken_queues(&self) -> Option<&'static str> {
        let (sqs, _) = self.aws.get()?;
        match sqs.fault() {
            sqs::Fault::None => None,
            sqs::Fault::Refuse => Some("the queues take nothing"),
            sqs::Fault::Lose => Some("nudges are lost"),
            sqs::Fault::Double => Some("nudges come twice"),
            sqs::Fault::Late => Some("nudges come ten minutes late"),
        }
    }

    fn broken_stripe(&self) -> Vec<String> {
        let mode = match lock(&self.deliveries).mode {
            Mode::Deliver => None,
            Mode::Drop => Some("Stripe's messages are lost"),
            Mode::Double => Some("Stripe's messages come twice"),
            Mode::Late => Some("Stripe's messages come ten minutes late"),
            Mode::Reverse => Some("Stripe's messages come in reverse order"),
        };
        let stripe = self.stripe();
        let faults = &stripe.faults;
        let pend = faults.refunds_pend.map(|why| match why {
            Pending::Processing => "refunds take days",
            Pending::InsufficientFunds => "the balance at Stripe is too low for refunds",
            Pending::RequiresAction => "refunds wait for the customer",
        });
        let said = [
            mode,
            pend,
            faults.refuse_refunds.then_some("Stripe refuses refunds"),
            faults.twin_events.then_some("each thing is told by two messages"),
            faults.mute.then_some("Stripe's messages are never made"),
        ];
        let mut said: Vec<String> = said.into_iter().flatten().map(str::to_owned).collect();
        for (path, misfire) in &faults.next {
            let call = match path.as_str() {
                "/capture" => "capture",
                "/refunds" => "refund",
                _ => "payment page",
            };
            let how = match misfire {
                Misfire::Lost => "is done, and its reply is lost",
                Misfire::Error500(Done::Yes) => "is done, and answered 500",
                Misfire::Error500(Done::No) => "is not done, and answered 500",
                Misfire::Conflict409 => "is answered 409",
                Misfire::Throttled429 => "is answered 429",
                Misfire::Refused400 => "is answered 400",
            };
            said.push(format!("the next {call} {how}"));
        }
        said
    }
}

/// What the function does to the world outside.
fn effect(function: &str) -> Act {
    match function {
        "provisioning" => Act::Identity,
        "notification" => Act::Mail,
        _ => Act::Stripe,
    }
}

fn done(act: Act) -> &'static str {
    match act {
        Act::Identity => "change at the identity provider",
        Act::Licences => "change at the licence service",
        Act::Stripe => "change at Stripe",
        Act::Record => "record",
        Act::Claim => "claim",
        Act::Nudge => "nudge",
        Act::Mail => "mail",
        Act::Alert => "alert",
        Act::Announcement => "announcement",
    }
}
