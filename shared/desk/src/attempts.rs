//! What an order is trying: how often, what came back, and when it goes on.

use domain::Timestamp;
use domain::order::Order;
use domain::wording;
use domain::work::{Lane, Subject, Tries};

pub struct AttemptLine {
    pub what: String,
    pub times: String,
    pub last: &'static str,
    pub next: String,
}

/// What has been tried without success so far, and what is at it now.
pub fn attempts(order: &Order, now: Timestamp) -> Vec<AttemptLine> {
    let of = |lane: &Lane| -> Vec<AttemptLine> {
        let tried = lane.tries.iter().filter(|tries| tries.count > 0);
        tried.map(|tries| line(order, lane, tries, now)).collect()
    };
    let mut lines = of(&order.work);
    lines.extend(of(&order.tell));
    lines
}

fn line(order: &Order, lane: &Lane, tries: &Tries, now: Timestamp) -> AttemptLine {
    let at_it = lane.intent.as_ref();
    let at_it = at_it.filter(|intent| Subject::of(&intent.effect) == tries.of && intent.lease_until > now);
    let times = match tries.count {
        1 => format!("once, at {}", tries.first_at),
        count => format!("{count} times since {}", tries.first_at),
    };
    AttemptLine {
        what: wording::tried(order, &tries.of),
        times,
        last: tries
            .last
            .map_or("no answer yet", |failure| wording::reason(failure.reason)),
        next: match at_it {
            Some(intent) => format!("at it since {}", intent.begun_at),
            None => wording::next_try(tries, now),
        },
    }
}
