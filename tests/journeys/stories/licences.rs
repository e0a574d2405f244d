//! A product with a step in a system of the adopter's own, over signed HTTP.

use std::time::Duration;

use domain::case::Choice;
use testkit::licences::Fault;

use super::{Story, decide, refund_by_hand};
use crate::journey::Journey;

const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) const LICENCES: [Story; 4] = [
    Story {
        name: "a licence beside the team",
        run: delivered,
        race: false,
    },
    Story {
        name: "the licence is refused",
        run: refused,
        race: false,
    },
    Story {
        name: "the licence service is down for a day, and a person retries",
        run: down_for_a_day,
        race: false,
    },
    Story {
        name: "the licence is given back by hand",
        run: refunded_by_hand,
        race: false,
    },
];

fn delivered(journey: &mut Journey) {
    if journey.tries_to_pay("team-desktop").is_some() {
        journey.settles();
    }
}

fn refused(journey: &mut Journey) {
    journey.world.state().licences.fault = Fault::Refuse;
    delivered(journey);
}

fn down_for_a_day(journey: &mut Journey) {
    journey.world.state().licences.fault = Fault::Down;
    delivered(journey);
    journey.leaps(HOUR * 30);
    journey.world.state().licences.fault = Fault::None;
    decide(journey, Choice::Retry);
}

fn refunded_by_hand(journey: &mut Journey) {
    delivered(journey);
    journey.leaps(HOUR * 2);
    refund_by_hand(journey);
    journey.settles();
}
