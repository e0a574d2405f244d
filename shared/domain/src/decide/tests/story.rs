//! One order, told event by event.

use std::time::Duration;

use crate::because::Code;
use crate::case::{Choice, Word};
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::failure::{Failure, FailureClass, Reason};
use crate::id::{CaseId, DecisionId, ObjectId, OrderId, PaymentId, PublicToken, RefundId, SessionId};
use crate::money::{Currency, Money};
use crate::notice::Audience;
use crate::order::{Buyer, Order};
use crate::payment::{Particulars, RefundStatus, Standing};
use crate::receipt::{Origin, Step};
use crate::time::{Moment, Timestamp};
use crate::work::{Attempt, Intent};
use crate::{Decision, begin, decide};

pub(crate) const REFUSED: Failure = Failure::new(FailureClass::Rejected, Reason::Refused);
pub(crate) const LOST: Failure = Failure::new(FailureClass::Unknown, Reason::NoAnswer);
pub(crate) const DOWN: Failure = Failure::new(FailureClass::Transient, Reason::Unavailable);

pub(crate) fn pounds(minor: i64) -> Money {
    Money::new(minor, Currency::parse("gbp").unwrap())
}

pub(crate) fn payment() -> PaymentId {
    PaymentId::new("pi_1")
}

#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) order: Order,
    pub(crate) now: Timestamp,
}

impl Story {
    pub(crate) fn of(product: &str) -> Self {
        let products = crate::catalogue::parse(include_str!("../../../../../infra/catalogue.toml")).unwrap();
        let product = products.into_iter().find(|known| known.id == product).unwrap();
        let policy = crate::policy::parse(include_str!("../../../../../infra/policy.toml")).unwrap();
        let policy = policy.frozen_for(&product.steps);
        let buyer = Buyer {
            name: "Jo Doe".into(),
            email: "jo@example.com".into(),
            team: "Blue".into(),
        };
        let now = Timestamp(1_795_460_700_000);
        let later = now.plus(Duration::from_secs(7_200));
        let order = Order::new(
            OrderId::new("ord_3f9a21c4"),
            PublicToken::from_bits(7),
            buyer,
            product,
            policy,
            now,
            later,
        );
        let mut story = Self { order, now };
        story.event(Event::SessionOpened {
            session: SessionId::new("cs_1"),
            url: "https://pay.example/cs_1".into(),
        });
        story
    }

    pub(crate) fn paid() -> Self {
        let mut story = Self::of("team-year");
        story.pay("pi_1", 48_000);
        story
    }

    /// The order's own payment, as Stripe is read.
    pub(crate) fn stands(&mut self, standing: Standing) {
        self.event(Event::PaymentSeen {
            attempt: None,
            payment: payment(),
            standing,
        });
    }

    /// Paid with a hold that lapses in a week.
    pub(crate) fn held() -> Self {
        let mut story = Self::of("team-year");
        std::sync::Arc::make_mut(&mut story.order.product).settlement = crate::catalogue::Settlement::AuthoriseFirst;
        let capture_before = Some(story.now.plus(Duration::from_secs(7 * 86_400)));
        story.stands(Standing::Held {
            amount: pounds(48_000),
            capture_before,
        });
        story
    }

    pub(crate) fn capturing() -> Self {
        let mut story = Self::held();
        for (step, object) in [(Step::Account, "u1"), (Step::Team, "g1"), (Step::Membership, "g1/u1")] {
            story.make(step, object);
        }
        story
    }

    pub(crate) fn pay(&mut self, id: &str, minor: i64) {
        self.event(Event::PaymentCaptured {
            payment: PaymentId::new(id),
            amount: pounds(minor),
        });
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment {
            now: self.now,
            jitter: 0,
        }
    }

    pub(crate) fn try_event(&mut self, event: &Event) -> Decision {
        let decision = decide(&self.order, event, self.moment());
        if let Decision::Advance(next) = &decision {
            self.order = next.order.clone();
        }
        decision
    }

    #[expect(clippy::needless_pass_by_value, reason = "a story is read without ampersands")]
    pub(crate) fn event(&mut self, event: Event) {
        let decision = self.try_event(&event);
        assert!(matches!(decision, Decision::Advance(_)), "{event:?}: {decision:?}");
    }

    /// The brake lets the undo begin, where it stands before it.
    pub(crate) fn pass_brake(&mut self) {
        let owed = self.order.next(crate::owed::Which::Work, self.now);
        if self.order.work.intent.is_some() || owed.is_none_or(|owed| owed.effect != Effect::PassBrake) {
            return;
        }
        let attempt = self.begin_at_the_brake().attempt;
        self.event(Event::UndoPassed { attempt });
    }

    /// Asks the brake, which has not answered yet.
    pub(crate) fn begin_at_the_brake(&mut self) -> Intent {
        let next = begin(&self.order, Performer::Refund, self.moment());
        self.order = next.expect("an intent").order;
        self.order.work.intent.clone().expect("an intent")
    }

    /// Begins whatever the performer has to do, and tells what it is.
    pub(crate) fn begin(&mut self, performer: Performer) -> Intent {
        self.pass_brake();
        let next = begin(&self.order, performer, self.moment());
        let next = next.unwrap_or_else(|| panic!("{performer:?} has nothing to do in {:?}", self.order.state));
        self.order = next.order;
        let work = self.order.lane(crate::owed::Which::of(performer));
        work.intent
            .clone()
            .unwrap_or_else(|| panic!("{performer:?} only learned that an attempt lapsed"))
    }

    /// The next message of the tell lane is an announcement, and the topic takes it.
    pub(crate) fn announce(&mut self) {
        let intent = self.begin(Performer::Notification);
        let Effect::Tell(notice) = intent.effect else {
            panic!("{:?}", intent.effect)
        };
        let known = self.order.notices.iter().find(|known| known.id == notice);
        assert!(known.is_some_and(|known| known.to == Audience::Systems), "{known:?}");
        let attempt = intent.attempt;
        self.event(Event::NoticeAccepted {
            attempt,
            notice,
            covered: false,
        });
    }

    pub(crate) fn idle(&self, performer: Performer) -> bool {
        begin(&self.order, performer, self.moment()).is_none()
    }

    pub(crate) fn deliver(&mut self, step: Step) -> Attempt {
        let intent = self.begin(Performer::Provisioning);
        assert_eq!(intent.effect, Effect::Deliver(step));
        intent.attempt
    }

    pub(crate) fn made(&mut self, attempt: Attempt, step: Step, object: &str) {
        self.event(done(attempt, step, object));
    }

    pub(crate) fn fail(&mut self, step: Step, failure: Failure) -> Attempt {
        let attempt = self.deliver(step);
        self.event(Event::StepFailed {
            attempt,
            step,
            failure,
            outage: false,
        });
        attempt
    }

    pub(crate) fn make(&mut self, step: Step, object: &str) {
        let attempt = self.deliver(step);
        self.made(attempt, step, object);
    }

    pub(crate) fn delivered() -> Self {
        let mut story = Self::paid();
        for (step, object) in [(Step::Account, "u1"), (Step::Team, "g1"), (Step::Membership, "g1/u1")] {
            story.make(step, object);
        }
        story
    }

    /// Account made, team refused: the story that this project exists for.
    pub(crate) fn undoing() -> Self {
        let mut story = Self::paid();
        story.make(Step::Account, "u1");
        story.fail(Step::Team, REFUSED);
        story.pass_brake();
        story
    }

    pub(crate) fn revoke(&mut self) {
        let intent = self.begin(Performer::Refund);
        let Effect::Revoke { step, objects } = intent.effect else {
            panic!("{intent:?}")
        };
        self.event(Event::StepRevoked {
            attempt: intent.attempt,
            step,
            objects,
        });
    }

    pub(crate) fn give_back(&mut self, status: RefundStatus) {
        let intent = self.begin(Performer::Refund);
        let Effect::ReturnMoney(payment) = intent.effect else {
            panic!("{intent:?}")
        };
        let (attempt, refund) = (intent.attempt, RefundId::new("re_1"));
        self.event(Event::MoneyReturned {
            attempt,
            payment,
            refund,
            amount_minor: 48_000,
            status,
            told: Particulars::default(),
        });
    }

    /// Stripe refuses the return, and has none of it when it is asked.
    pub(crate) fn return_refused(&mut self, payment: &PaymentId) {
        let intent = self.begin(Performer::Refund);
        assert_eq!(intent.effect, Effect::ReturnMoney(payment.clone()));
        self.event(Event::ReturnFailed {
            attempt: intent.attempt,
            payment: payment.clone(),
            failure: REFUSED,
        });
        let ask = self.begin(Performer::Reconciliation);
        self.event(Event::RefundsListed {
            attempt: ask.attempt,
            payment: payment.clone(),
            refunds: vec![],
        });
    }

    pub(crate) fn undone() -> Self {
        let mut story = Self::undoing();
        story.revoke();
        story.give_back(RefundStatus::Succeeded);
        story
    }

    pub(crate) fn with_person() -> Self {
        let mut story = Self::paid();
        story.make(Step::Account, "u1");
        story.fail(Step::Team, DOWN);
        story.wait(24 * 3_600);
        story.fail(Step::Team, DOWN);
        story
    }

    pub(crate) fn refunded_by_hand(&mut self, minor: i64) {
        self.refunded_by_hand_as("re_hand", minor, RefundStatus::Succeeded);
    }

    pub(crate) fn refunded_by_hand_as(&mut self, refund: &str, amount_minor: i64, status: RefundStatus) {
        self.event(Event::RefundSeen {
            payment: payment(),
            refund: RefundId::new(refund),
            amount_minor,
            status,
            told: Particulars::default(),
        });
    }

    pub(crate) fn choose(&mut self, case: &CaseId, choice: Choice) -> Decision {
        let word = word("looked at it together");
        self.try_event(&Event::PersonDecided {
            case: case.clone(),
            seen: self.order.version,
            choice,
            word,
        })
    }

    pub(crate) fn case(&self) -> CaseId {
        self.order
            .cases
            .iter()
            .find(|case| case.resolved.is_none())
            .expect("an open case")
            .id
            .clone()
    }

    pub(crate) fn state(&self) -> &'static str {
        self.order.state.name()
    }
}

pub(crate) fn done(attempt: Attempt, step: Step, object: &str) -> Event {
    Event::StepDone {
        attempt,
        step,
        object: ObjectId::new(object),
        origin: Origin::Made,
    }
}

pub(crate) fn seen(intent: &Intent, step: Step, objects: &[&str]) -> Event {
    let objects = objects
        .iter()
        .map(|object| (ObjectId::new(*object), Origin::Made))
        .collect();
    Event::StepSeen {
        attempt: intent.attempt,
        step,
        asked_at: intent.begun_at,
        objects,
    }
}

/// An operator's.
pub(crate) fn word(reason: &str) -> Word {
    Word {
        by: "operator".to_owned(),
        role: "operator".into(),
        reason: reason.to_owned(),
        code: Code::PersonDecided,
        decision: DecisionId::new("dec_1"),
    }
}
