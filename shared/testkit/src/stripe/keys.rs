//! Idempotency keys, and what can happen to a call on its way.

use super::answer::{error, refused};
use super::{Call, Fate, Reply, Stripe};
use crate::queues::Millis;

pub(crate) const KEY_LIFE_MS: Millis = 86_400_000;

/// Whether the failing call did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Yes,
    No,
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfire {
    /// It is done, and its answer goes nowhere.
    Lost,
    /// Answered 500, done or not; its key replays that.
    Error500(Done),
    /// Another call with this key is under way. Not done, and nothing is saved.
    Conflict409,
    /// Too many calls. Not done, and nothing is saved.
    Throttled429,
    /// Refused after its parameters were found good. Not done; its key replays that.
    Refused400,
}

pub(super) struct Saved {
    at: Millis,
    request: u64,
    reply: Reply,
}

impl Stripe {
    /// Answers as Stripe does: a key answers for a day with what was first answered under it.
    pub fn handle(&mut self, call: &Call<'_>) -> Reply {
        self.calls += 1;
        if call.method != "POST" {
            return self.obey(call);
        }
        let misfire = self.misfire(call.path);
        let request = call.form.fingerprint(call.path);
        let mut reply = match self.replay(call, request) {
            Some(replayed) => not_let_in(misfire).unwrap_or(replayed),
            None => self.execute(call, request, misfire),
        };
        if misfire == Some(Misfire::Lost) {
            reply.fate = Fate::Lost;
        }
        reply
    }

    fn misfire(&mut self, path: &str) -> Option<Misfire> {
        let next = &mut self.faults.next;
        let at = next.iter().position(|(ending, _)| path.ends_with(ending.as_str()))?;
        Some(next.remove(at).1)
    }

    fn replay(&self, call: &Call<'_>, request: u64) -> Option<Reply> {
        let saved = self.saved.get(call.key?)?;
        if call.now - saved.at >= KEY_LIFE_MS {
            return None;
        }
        if saved.request != request {
            return Some(error(
                400,
                "idempotency_error",
                "",
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
            ));
        }
        Some(Reply {
            replayed: true,
            ..saved.reply.clone()
        })
    }

    fn execute(&mut self, call: &Call<'_>, request: u64, misfire: Option<Misfire>) -> Reply {
        let broken = || error(500, "api_error", "", "Something went wrong on Stripe's end.");
        if let Some(turned_away) = not_let_in(misfire) {
            return turned_away;
        }
        let reply = match misfire {
            Some(Misfire::Error500(Done::No)) => broken(),
            Some(Misfire::Error500(Done::Yes)) => {
                self.obey(call);
                broken()
            }
            Some(Misfire::Refused400) => refused("", "Your account cannot do this at the moment."),
            Some(Misfire::Lost | Misfire::Conflict409 | Misfire::Throttled429) | None => self.obey(call),
        };
        if let Some(key) = call.key.filter(|_| reply.began()) {
            let saved = Saved {
                at: call.now,
                request,
                reply: reply.clone(),
            };
            self.saved.insert(key.to_owned(), saved);
        }
        reply
    }
}

/// Turned away at the door, whatever its key knows.
fn not_let_in(misfire: Option<Misfire>) -> Option<Reply> {
    match misfire? {
        Misfire::Conflict409 => Some(error(
            409,
            "idempotency_error",
            "idempotency_key_in_use",
            "There is currently another in-progress request using this Idempotent Key. Please try again later.",
        )),
        Misfire::Throttled429 => Some(error(
            429,
            "invalid_request_error",
            "rate_limit",
            "Request rate limit exceeded.",
        )),
        Misfire::Lost | Misfire::Error500(_) | Misfire::Refused400 => None,
    }
}
