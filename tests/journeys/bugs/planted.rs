//! The bugs. Each changes what is stored, read or sent, as a mistake in the code would.

use std::rc::Rc;

use domain::Timestamp;
use domain::effect::Effect;
use domain::history::What;
use domain::notice::{Audience, Template, Told};
use domain::order::State;
use domain::payment::Role;
use domain::work::Subject;
use testkit::world::mishaps::{Act, Mishap};

use super::{Bug, strike};
use crate::journey::Journey;
use crate::oracle::{
    ACK_AFTER_PERSIST, ANNOUNCED, AUDIT, BOUNDED, BRAKE, BREAKER, CONSERVATION, FENCE, INTENT_FIRST, KEY_TRUTH,
    LIVENESS, MONOTONE, NO_ACCESS_WITHOUT_MONEY, NO_MONEY_WITHOUT_ACCESS, ONE_DECISION, QUIET_DATA, RETRY_AFTER,
    SAME_END, SINGLE_CHARGE, TOLD,
};

/// What is written is another order than was decided.
macro_rules! writes {
    ($change:expr) => {
        |journey: &mut Journey| journey.world.state().tamper.commit = Some($change)
    };
}

/// What is read is another order than was written.
macro_rules! reads {
    ($change:expr) => {
        |journey: &mut Journey| journey.world.state().tamper.load = Some($change)
    };
}

const DAYS: i64 = 86_400_000;

pub(super) const BUGS: [Bug; 33] = [
    Bug {
        name: "nobody heeds Retry-After",
        plant: writes!(|_before, order| order.work.systems_from.clear()),
        invariant: RETRY_AFTER,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "an account is taken away whoever stands on it by now",
        plant: |journey| journey.world.state().tamper.no_versions = true,
        invariant: NO_MONEY_WITHOUT_ACCESS,
        story: "one buyer twice, the first goes back as the second comes",
        strikes: &[],
    },
    Bug {
        name: "the breaker never opens",
        plant: |journey| journey.world.state().tamper.no_breaker = true,
        invariant: BREAKER,
        story: "the provider is down for thirty",
        strikes: &[],
    },
    Bug {
        name: "the brake is off",
        plant: |journey| {
            let house = Rc::get_mut(&mut journey.house).expect("nobody works yet");
            house.limits.undos_max = usize::MAX;
        },
        invariant: BRAKE,
        story: "thirty refused at once",
        strikes: &[],
    },
    Bug {
        name: "held money is never taken",
        plant: writes!(|_before, order| {
            if let State::Capturing { since } = order.state {
                order.state = State::Delivered { at: since };
            }
        }),
        invariant: SAME_END,
        story: "held, delivered, taken",
        strikes: &[],
    },
    Bug {
        name: "nobody sweeps",
        plant: |journey| journey.broken.no_sweeps = true,
        invariant: LIVENESS,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "the webhook says yes before it has recorded",
        plant: |journey| journey.broken.always_ok = true,
        invariant: ACK_AFTER_PERSIST,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "an unknown create leaves no mark",
        plant: writes!(|_before, order| order.uncertain.clear()),
        invariant: CONSERVATION,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "undo does not look for what may still come",
        plant: writes!(|_before, order| {
            if order.undo.is_some() {
                order.uncertain.clear();
            }
        }),
        invariant: CONSERVATION,
        story: "refunded by hand during delivery",
        strikes: &[],
    },
    Bug {
        name: "one early look is enough",
        plant: writes!(|_before, order| {
            for mark in &mut order.uncertain {
                mark.look_until = mark.since;
            }
        }),
        invariant: CONSERVATION,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "way forward and way back share a counter",
        plant: writes!(|_before, order| {
            let created_at = order.created_at;
            for tries in order
                .work
                .tries
                .iter_mut()
                .filter(|tries| matches!(tries.of, Subject::Revoke(_)))
            {
                tries.first_at = Timestamp(created_at.0 - DAYS);
            }
        }),
        invariant: SAME_END,
        story: "team refused",
        strikes: &[],
    },
    Bug {
        name: "the key has no generation",
        plant: |journey| {
            journey.world.state().tamper.key = Some(|key| key.rsplit_once(':').map_or(key, |(key, _)| key).to_owned());
        },
        invariant: KEY_TRUTH,
        story: "team refused",
        strikes: &[],
    },
    Bug {
        name: "a live lease is not respected",
        plant: reads!(|order| {
            for intent in [&mut order.work.intent, &mut order.tell.intent].into_iter().flatten() {
                intent.lease_until = intent.begun_at;
            }
        }),
        invariant: FENCE,
        story: "bought and delivered",
        strikes: &[
            strike(Act::Send, 1, Mishap::Twice),
            strike(Act::Identity, 1, Mishap::FrozenBefore),
        ],
    },
    Bug {
        name: "a lease never ends",
        plant: writes!(|_before, order| {
            for intent in [&mut order.work.intent, &mut order.tell.intent].into_iter().flatten() {
                intent.lease_until = Timestamp(intent.begun_at.0 + 30 * DAYS);
            }
        }),
        invariant: LIVENESS,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "nobody waits before trying again",
        plant: writes!(|_before, order| {
            for tries in &mut order.work.tries {
                tries.not_before = Timestamp::default();
            }
        }),
        invariant: BOUNDED,
        story: "provider down, then up",
        strikes: &[],
    },
    Bug {
        name: "the waits forget how often it was tried",
        plant: writes!(|_before, order| {
            for tries in &mut order.work.tries {
                tries.count = 1;
                tries.first_at = order.written_at;
            }
        }),
        invariant: BOUNDED,
        story: "a person retries",
        strikes: &[],
    },
    Bug {
        name: "the customer's notice is forgotten",
        plant: writes!(|_before, order| order.notices.retain(|notice| notice.template != Template::Ready)),
        invariant: TOLD,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "other systems are forgotten",
        plant: writes!(|_before, order| order.notices.retain(|notice| notice.to != Audience::Systems)),
        invariant: ANNOUNCED,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "a notice of unknown fate is sent again",
        plant: writes!(|_before, order| {
            for notice in &mut order.notices {
                if let Told::Unknown(_) = notice.told {
                    notice.told = Told::Owed;
                }
            }
        }),
        invariant: TOLD,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "a notice is written down as sent when it is owed",
        plant: writes!(|_before, order| {
            let at = order.written_at;
            for notice in order.notices.iter_mut().filter(|notice| notice.told == Told::Owed) {
                notice.told = Told::Accepted(at);
            }
        }),
        invariant: TOLD,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "only the latest lines of history are kept",
        plant: writes!(|_before, order| {
            let surplus = order.history.len().saturating_sub(5);
            order.history.drain(..surplus);
        }),
        invariant: AUDIT,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "a decided undo is forgotten",
        plant: writes!(|before, order| {
            if before.is_some_and(|before| before.undo.is_some()) {
                order.undo = None;
            }
        }),
        invariant: MONOTONE,
        story: "team refused",
        strikes: &[],
    },
    Bug {
        name: "writes do not stand on a version",
        plant: |journey| journey.world.state().tamper.blind_writes = true,
        invariant: MONOTONE,
        story: "refunded by hand during delivery",
        strikes: &[],
    },
    Bug {
        name: "the money is called for without a word before",
        plant: writes!(|_before, order| {
            let returns = |effect: &Effect| matches!(effect, Effect::ReturnMoney(_));
            order.work.intent.take_if(|intent| returns(&intent.effect));
        }),
        invariant: INTENT_FIRST,
        story: "team refused",
        strikes: &[],
    },
    Bug {
        name: "the nudge says who bought",
        plant: |journey| {
            journey.world.state().tamper.body =
                Some(|order, body| body.replace('}', &format!(",\"for\":\"{}\"}}", order.buyer.email)));
        },
        invariant: QUIET_DATA,
        story: "bought and delivered",
        strikes: &[],
    },
    Bug {
        name: "a second payment is kept",
        plant: writes!(|_before, order| {
            for payment in order
                .payments
                .iter_mut()
                .filter(|payment| payment.role == Role::Surplus)
            {
                payment.owed = None;
            }
        }),
        invariant: SINGLE_CHARGE,
        story: "paid twice",
        strikes: &[],
    },
    Bug {
        name: "undo takes nothing back",
        plant: writes!(|_before, order| {
            if order.undo.is_some() {
                for receipt in &mut order.receipts {
                    receipt.left = true;
                }
            }
        }),
        invariant: NO_ACCESS_WITHOUT_MONEY,
        story: "team refused",
        strikes: &[],
    },
    Bug {
        name: "an open payment page is as good as money",
        plant: writes!(|_before, order| {
            if order.checkout.session.is_some() && matches!(order.state, State::AwaitingPayment) {
                order.state = State::Delivering {
                    since: order.written_at,
                };
            }
        }),
        invariant: NO_ACCESS_WITHOUT_MONEY,
        story: "no page paid",
        strikes: &[],
    },
    Bug {
        name: "a failed return waits for days",
        plant: writes!(|_before, order| {
            for tries in order
                .work
                .tries
                .iter_mut()
                .filter(|tries| matches!(tries.of, Subject::Return(_)))
            {
                if tries.last.is_some() {
                    tries.not_before = Timestamp(tries.first_at.0 + 3 * DAYS);
                }
            }
        }),
        invariant: SAME_END,
        story: "team refused",
        strikes: &[],
    },
    Bug {
        name: "delivered although undo was decided",
        plant: writes!(|_before, order| {
            let undone = order.history.iter().any(|entry| entry.what == What::Undone);
            let delivered = order.history.iter().any(|entry| entry.what == What::Delivered);
            if undone && !delivered {
                let mut line = order.history[0].clone();
                (line.what, line.at) = (What::Delivered, order.written_at);
                order.history.push(line);
            }
        }),
        invariant: ONE_DECISION,
        story: "team refused",
        strikes: &[],
    },
    Bug {
        name: "a person decides, and nobody is told of the case",
        plant: writes!(|_before, order| {
            order
                .notices
                .retain(|notice| !matches!(notice.template, Template::WithPerson { .. }));
        }),
        invariant: TOLD,
        story: "refunded by hand after delivery",
        strikes: &[],
    },
    Bug {
        name: "what was taken back counts as there again",
        plant: writes!(|before, order| {
            let Some(before) = before else { return };
            for receipt in &mut order.receipts {
                if before
                    .receipts
                    .iter()
                    .any(|known| known.object == receipt.object && known.revoked_at.is_some())
                {
                    receipt.revoked_at = None;
                }
            }
        }),
        invariant: MONOTONE,
        story: "team refused",
        strikes: &[],
    },
    Bug {
        name: "another amount is asked for than was written down",
        plant: writes!(|_before, order| {
            for owed in order.payments.iter_mut().filter_map(|payment| payment.owed.as_mut()) {
                owed.amount.minor = 24_000;
            }
        }),
        invariant: INTENT_FIRST,
        story: "team refused",
        strikes: &[],
    },
];
