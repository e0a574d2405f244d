//! One order, played by the real decisions in an imagined world: what is said to fail fails for as long as it is tried,
//! and everything else works. A page that says what to expect reads it here, and so says what the machine will do.

mod drill;
mod no_order;
mod outcome;
mod plot;
mod telling;

use std::time::Duration;

use crate::because::By;
use crate::catalogue::{Product, Settlement};
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::failure::{Failure, FailureClass, Reason};
use crate::id::{ObjectId, OrderId, PublicToken, SessionId};
use crate::money::Money;
use crate::notice::Audience;
use crate::order::{Buyer, Order};
use crate::owed::{Owed, Which};
use crate::payment::{DisputeStatus, Hold, Payment};
use crate::policy::{Matter, Policy};
use crate::receipt::{Origin, Step};
use crate::time::{DAY, Moment, Timestamp};
use crate::wording::{self, Message, SLOW};
use crate::work::{Intent, Tries};
use crate::{Decision, Next, begin, decide};

pub use drill::{Drilled, Heard, Recourse, drill, matters};
pub use outcome::{Outcome, Said, Stand};
pub use plot::{Play, Situation, part_of, plays};

/// A world with one order in it.
struct Stage<'a> {
    order: Order,
    now: Timestamp,
    began: Timestamp,
    play: &'a Play,
    said: Vec<Said>,
    /// The same in full words.
    heard: Vec<(Audience, Duration, Message)>,
    meanwhile: Option<String>,
}

/// Any moment will do: what is read from a play is how long things take.
const CURTAIN: Timestamp = Timestamp(1_767_261_600_000);
/// More than any play has: nothing goes on for ever.
const ACTS_MAX: usize = 500;
/// Stripe's cards.
const HOLD: Duration = Duration::from_secs(7 * 86_400);

const OWN: &str = "pi_example_1";
const SECOND: &str = "pi_example_2";

/// What is said of a call that makes no sense.
const SILENCE: Failure = Failure::unknown(Reason::NoAnswer);

/// The product that is played with: all steps that the policy knows, for this price.
pub fn example(policy: &Policy, price: Money, settlement: Settlement) -> Product {
    Product {
        id: match settlement {
            Settlement::ChargeFirst => "example".to_owned(),
            Settlement::AuthoriseFirst => "example-held".to_owned(),
        },
        name: "Example".to_owned(),
        price,
        settlement,
        steps: policy.steps(),
        summary: String::new(),
        link: String::new(),
    }
}

/// The example's number, as people quote it: what a page shows in place of the real one.
pub fn reference(policy: &Policy, price: Money) -> String {
    ordered(policy, price, Settlement::ChargeFirst).reference()
}

fn ordered(policy: &Policy, price: Money, settlement: Settlement) -> Order {
    let buyer = Buyer {
        name: "Jo Doe".to_owned(),
        email: "jo@example.com".to_owned(),
        team: "Blue".to_owned(),
    };
    Order::new(
        OrderId::new("ord_example1"),
        PublicToken::from_bits(0),
        buyer,
        example(policy, price, settlement),
        policy.clone(),
        CURTAIN,
        CURTAIN.plus(DAY),
    )
}

/// What the machine makes of it.
pub fn rehearse(policy: &Policy, price: Money, play: &Play) -> Outcome {
    if let Some(outcome) = no_order::of_no_order(policy, play) {
        return outcome;
    }
    played(policy, price, play).outcome()
}

/// The stage as it stands at the end.
fn played<'a>(policy: &Policy, price: Money, play: &'a Play) -> Stage<'a> {
    let mut stage = Stage {
        order: ordered(policy, price, play.situation.settlement()),
        now: CURTAIN,
        began: CURTAIN,
        play,
        said: Vec::new(),
        heard: Vec::new(),
        meanwhile: None,
    };
    stage.learns(&Event::SessionOpened {
        session: SessionId::new("cs_example"),
        url: "https://pay.example/cs_example".into(),
    });
    stage.plays(price);
    stage
}

impl Stage<'_> {
    fn moment(&self) -> Moment {
        Moment {
            now: self.now,
            jitter: 0,
        }
    }

    fn learns(&mut self, event: &Event) {
        if let Decision::Advance(next) = decide(&self.order, event, self.moment()) {
            self.order = next.order;
        }
    }

    /// Everything happens that happens at this moment.
    fn settles(&mut self) {
        for _ in 0..ACTS_MAX {
            let wanted = self.order.wanted(self.now);
            let Some(intent) = wanted.into_iter().find_map(|performer| self.begins(performer)) else {
                return;
            };
            let came = self.does(&intent);
            self.learns(&came);
        }
    }

    fn begins(&mut self, performer: Performer) -> Option<Intent> {
        let Next { order, .. } = *begin(&self.order, performer, self.moment())?;
        self.order = order;
        self.order.lane(Which::of(performer)).intent.clone()
    }

    /// Time passes until something has come of it; what would only fail again in between is left out.
    fn waits(&mut self, come: impl Fn(&Order, Timestamp) -> bool) {
        for _ in 0..ACTS_MAX {
            if come(&self.order, self.now) {
                return;
            }
            let lanes = Which::ALL.into_iter().filter_map(|which| self.next(which));
            let next = lanes.chain(self.order.stands_until()).min();
            let Some(next) = next else { return };
            let slow = self.now.plus(SLOW);
            if next > slow && self.meanwhile.is_none() {
                self.meanwhile = Some(wording::status(&self.order, slow).headline);
            }
            self.now = next.max(self.now);
            self.learns(&Event::StoodTooLong);
            self.settles();
        }
    }

    /// When the lane goes on; not before another answer than the last one is due.
    fn next(&self, which: Which) -> Option<Timestamp> {
        let Owed { at, .. } = self.order.next(which, self.now)?;
        let failing = |tries: &&Tries| tries.last.is_some() && tries.held_by.is_none();
        let first_at = self
            .order
            .lane(which)
            .tries
            .iter()
            .find(failing)
            .map(|tries| tries.first_at);
        let (Some(first_at), Some((matter, class))) = (first_at, self.play.fails) else {
            return Some(at);
        };
        let turns = self
            .order
            .policy
            .row(matter)
            .into_iter()
            .flat_map(|row| row.chain(class).turns());
        let hold = self.order.own_payment().and_then(Payment::held);
        let turns = turns.map(|age| first_at.plus(age)).chain(hold.map(Hold::try_until));
        let turn = turns.filter(|turn| *turn > self.now).min();
        Some(turn.map_or(at, |turn| turn.max(at)))
    }

    /// The failure, where this is what fails.
    fn fails(&self, matter: Matter) -> Option<Failure> {
        let (failing, class) = self.play.fails?;
        let reason = match class {
            FailureClass::Transient => Reason::Unreachable,
            FailureClass::Throttled => Reason::TooMany,
            FailureClass::Rejected => Reason::Refused,
            FailureClass::Unknown => Reason::NoAnswer,
        };
        (failing == matter).then_some(Failure::new(class, reason))
    }

    /// What comes of an effect.
    fn does(&mut self, intent: &Intent) -> Event {
        let attempt = intent.attempt;
        match &intent.effect {
            Effect::Deliver(step) => match self.fails(Matter::Step(*step)) {
                Some(failure) => Event::StepFailed {
                    attempt,
                    step: *step,
                    failure,
                    outage: false,
                },
                None => Event::StepDone {
                    attempt,
                    step: *step,
                    object: ObjectId::new(step.name()),
                    origin: Origin::Made,
                },
            },
            // Nothing came of it; whoever gives no answer gives none now.
            Effect::LookFor(step) => match self.fails(Matter::Step(*step)) {
                Some(failure) => Event::AskFailed { attempt, failure },
                None => Event::StepSeen {
                    attempt,
                    step: *step,
                    asked_at: self.now,
                    objects: Vec::new(),
                },
            },
            Effect::PassBrake if self.play.situation == Situation::ManyUndone => {
                Event::UndoWaits { attempt, asks: true }
            }
            Effect::PassBrake => Event::UndoPassed { attempt },
            // One thing that cannot be taken back is enough.
            Effect::Revoke { step, objects } => match self.fails(Matter::Revoke).filter(|_| *step == Step::Account) {
                Some(failure) => Event::RevokeFailed {
                    attempt,
                    step: *step,
                    failure,
                },
                None => Event::StepRevoked {
                    attempt,
                    step: *step,
                    objects: objects.clone(),
                },
            },
            Effect::Tell(notice) => self.tells(intent, *notice),
            Effect::Capture(payment)
            | Effect::ReturnMoney(payment)
            | Effect::Annotate { payment, .. }
            | Effect::AskPayment(payment)
            | Effect::AskReturn(payment)
            | Effect::AskDisputes(payment) => self.stripe(intent, payment),
            Effect::AskSession => Event::SessionStillOpen { attempt },
        }
    }

    fn outcome(self) -> Outcome {
        let order = &self.order;
        let sum = |minor: fn(&Payment) -> i64| order.payments.iter().map(minor).sum();
        let money = Stand {
            captured: sum(|paid| paid.captured.map_or(0, |money| money.minor)),
            returned: sum(Payment::refunded_minor),
            lost: sum(Payment::lost_minor),
            held: sum(|paid| paid.held().map_or(0, |hold| hold.amount.minor)),
            disputed: sum(|paid| {
                let open = paid
                    .disputes
                    .iter()
                    .filter(|dispute| dispute.status == DisputeStatus::Open);
                open.map(|dispute| dispute.amount_minor).sum()
            }),
        };
        let asks = Duration::from_secs(order.policy.limits.ask_return_every_seconds);
        let late_by = if self.play.situation == Situation::RefundUnderWay {
            order.policy.lengthened(asks, 999)
        } else {
            order.policy.late_by()
        };
        let owed = order.payments.iter().find_map(|paid| paid.owed.as_ref());
        Outcome {
            money,
            owed: order.payments.iter().any(|paid| paid.return_outstanding().is_some()),
            because: owed.map(|owed| owed.because.sentence().to_owned()),
            is_ours: owed.is_some_and(|owed| *owed.because.by() == By::Automation),
            cases: order
                .cases
                .iter()
                .map(|case| (case.class, case.opened_at.since(self.began)))
                .collect(),
            decides: order
                .cases
                .iter()
                .map(|case| (case.class, order.policy.owner(case.subject.as_ref())))
                .collect(),
            meanwhile: self.meanwhile,
            reads: wording::status(order, self.now).headline,
            there: order.receipts.iter().filter(|receipt| receipt.stands()).count(),
            said: self.said,
            late_by,
        }
    }
}
