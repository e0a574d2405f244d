//! The journeys that the sweeps run again and again. Each goes on whatever befalls it: buyers click again, people look
//! again. A new story in the list is swept without further ado.

pub(crate) mod accounts;
pub(crate) mod licences;
pub(crate) mod money;

use std::time::Duration;

use domain::case::Choice;
use serde_json::json;
use testkit::identity::Fault;

use crate::journey::Journey;

#[derive(Clone, Copy)]
pub(crate) struct Story {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&mut Journey),
    /// Others act while we do: who comes first decides whether a person must look.
    pub(crate) race: bool,
}

const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) const STORIES: [Story; 11] = [
    Story {
        name: "bought and delivered",
        run: delivered,
        race: false,
    },
    Story {
        name: "team refused",
        run: team_refused,
        race: false,
    },
    Story {
        name: "provider down, then up",
        run: down_then_up,
        race: false,
    },
    Story {
        name: "everything refused, events lost",
        run: refused_unheard,
        race: false,
    },
    Story {
        name: "refunded by hand after delivery",
        run: refunded_by_hand,
        race: false,
    },
    Story {
        name: "refunded by hand before delivery",
        run: refunded_early,
        race: true,
    },
    Story {
        name: "refunded by hand during delivery",
        run: refunded_during,
        race: true,
    },
    Story {
        name: "paid twice",
        run: paid_twice,
        race: false,
    },
    Story {
        name: "a person retries",
        run: person_retries,
        race: false,
    },
    Story {
        name: "a person undoes",
        run: person_undoes,
        race: false,
    },
    Story {
        name: "account found, team refused",
        run: found_account,
        race: false,
    },
];

pub(crate) fn story(name: &str) -> Story {
    let known = STORIES
        .into_iter()
        .chain(FURTHER)
        .chain(money::MONEY)
        .chain(accounts::ACCOUNTS)
        .chain(licences::LICENCES)
        .chain(CROWDS)
        .chain([accounts::TOGETHER])
        .find(|story| story.name == name);
    known.expect("a story")
}

/// Swept with less, since they are longer.
pub(crate) const FURTHER: [Story; 6] = [
    Story {
        name: "refunded by hand, and said why later",
        run: explained_later,
        race: false,
    },
    Story {
        name: "one buyer twice, the first goes back",
        run: first_goes_back,
        race: false,
    },
    Story {
        name: "one buyer twice, the second goes back",
        run: second_goes_back,
        race: false,
    },
    Story {
        name: "the refund fails later",
        run: refund_fails_later,
        race: false,
    },
    Story {
        name: "the refund fails later, and its event is lost",
        run: refund_fails_unheard,
        race: false,
    },
    Story {
        name: "no page paid",
        run: nobody_pays,
        race: false,
    },
];

/// For the brake and the breaker: too many orders to sweep.
pub(crate) const CROWDS: [Story; 2] = [
    Story {
        name: "thirty refused at once",
        run: thirty_refused,
        race: false,
    },
    Story {
        name: "the provider is down for thirty",
        run: thirty_wait,
        race: false,
    },
];

fn thirty_wait(journey: &mut Journey) {
    const ORDERS: u32 = 30;
    journey.world.state().directory.fault = Fault::Down;
    for _ in 0..ORDERS {
        journey.tries_to_pay("team-year");
    }
    journey.settles();
    journey.leaps(3 * HOUR);
    journey.world.state().directory.fault = Fault::None;
    journey.leaps(HOUR);
}

fn thirty_refused(journey: &mut Journey) {
    const ORDERS: u32 = 30;
    journey.world.state().directory.fault = Fault::RefuseTeams;
    for _ in 0..ORDERS {
        journey.tries_to_pay("team-year");
    }
    journey.settles();
    journey.leaps(HOUR);
    decide(journey, Choice::Retry);
}

fn delivered(journey: &mut Journey) {
    if journey.tries_to_pay("team-year").is_some() {
        journey.settles();
    }
}

fn team_refused(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::RefuseTeams;
    delivered(journey);
}

fn down_then_up(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::Down;
    delivered(journey);
    journey.leaps(HOUR);
    journey.world.state().directory.fault = Fault::None;
}

fn refused_unheard(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::Refuse;
    journey.post = crate::journey::Post::Lost;
    delivered(journey);
}

pub(crate) fn refund_by_hand(journey: &mut Journey) {
    let mut state = journey.world.state();
    let (payment, now) = (state.stripe.intents.first().map(|paid| paid.id.clone()), state.now.0);
    if let Some(payment) = payment {
        state.stripe.refund_by_hand(&payment, now);
    }
}

fn refunded_by_hand(journey: &mut Journey) {
    delivered(journey);
    journey.leaps(HOUR * 2);
    refund_by_hand(journey);
    journey.settles();
}

fn explained_later(journey: &mut Journey) {
    refunded_early(journey);
    journey.leaps(HOUR);
    decide(journey, Choice::Ignore);
    journey.leaps(HOUR);
}

fn refunded_early(journey: &mut Journey) {
    if journey.tries_to_pay("team-year").is_some() {
        journey.posts();
        refund_by_hand(journey);
        journey.settles();
    }
}

/// The provider is slow to take up the work, and meanwhile the money goes back.
fn refunded_during(journey: &mut Journey) {
    if journey.tries_to_pay("team-year").is_some() {
        journey.settles();
        journey.leaps(Duration::from_secs(90));
        refund_by_hand(journey);
        journey.settles();
    }
}

/// A second Session of the same order is paid.
pub(crate) fn pay_again(journey: &mut Journey) {
    let mut state = journey.world.state();
    let now = state.now.0;
    let Some(mut second) = state.stripe.sessions.first().cloned() else {
        return;
    };
    second.id = format!("cs_test_second_{}", state.stripe.sessions.len());
    let id = second.id.clone();
    "open".clone_into(&mut second.status);
    second.intent = None;
    second.payment_status = "unpaid";
    second.expires_at = now / 1_000 + 3_600;
    state.stripe.sessions.push(second);
    let _back = state.stripe.pay(&id, None, now);
}

/// The same form is paid in a second Session: somebody had two tabs open.
fn paid_twice(journey: &mut Journey) {
    delivered(journey);
    pay_again(journey);
    journey.settles();
}

/// The provider is down for longer than the policy waits.
fn with_person(journey: &mut Journey) {
    journey.world.state().directory.fault = Fault::Down;
    delivered(journey);
    journey.leaps(HOUR * 30);
    journey.world.state().directory.fault = Fault::None;
}

/// Somebody decides every open case, and looks again if the page came to nothing.
pub(crate) fn decide(journey: &mut Journey, choice: Choice) {
    const LOOKS_MAX: u32 = 6;
    for _ in 0..LOOKS_MAX {
        let ids = journey.world.order_ids();
        let open = ids.into_iter().find(|id| {
            let order = journey.order(id);
            let mut cases = order.cases.iter().filter(|case| case.resolved.is_none());
            cases.any(|case| domain::decide::possible(&order, case, choice).is_ok())
        });
        let Some(open) = open else { return };
        let _seen = journey.tries_to_decide(&open, choice, "The provider is back since noon.");
        journey.settles();
        journey.leaps(Duration::from_secs(60));
    }
}

fn person_retries(journey: &mut Journey) {
    with_person(journey);
    decide(journey, Choice::Retry);
}

fn person_undoes(journey: &mut Journey) {
    with_person(journey);
    decide(journey, Choice::Undo);
}

/// The buyer had an account before: it stays, whatever becomes of the order.
fn found_account(journey: &mut Journey) {
    {
        let mut state = journey.world.state();
        let user = json!({ "userName": "jo@example.com", "displayName": "Jo Doe" });
        let now = state.now.0;
        state.directory.enroll(&user, now);
    }
    team_refused(journey);
}

fn twice(journey: &mut Journey, goes_back: usize) {
    journey.one_buyer = true;
    for _ in 0..2 {
        delivered(journey);
        journey.leaps(HOUR);
    }
    {
        let mut state = journey.world.state();
        let (payment, now) = (
            state.stripe.intents.get(goes_back).map(|paid| paid.id.clone()),
            state.now.0,
        );
        if let Some(payment) = payment {
            state.stripe.refund_by_hand(&payment, now);
        }
    }
    journey.settles();
}

fn second_goes_back(journey: &mut Journey) {
    twice(journey, 1);
}

fn first_goes_back(journey: &mut Journey) {
    twice(journey, 0);
}

/// On day 20, after everybody thought it was done.
fn refund_fails(journey: &mut Journey) {
    journey.leaps(HOUR * 24 * 20);
    {
        let mut state = journey.world.state();
        let (refund, now) = (
            state.stripe.refunds.first().map(|refund| refund.id.clone()),
            state.now.0,
        );
        if let Some(refund) = refund {
            state.stripe.fail_refund(&refund, now);
        }
    }
    journey.settles();
}

fn refund_fails_unheard(journey: &mut Journey) {
    team_refused(journey);
    journey.post = crate::journey::Post::Lost;
    refund_fails(journey);
}

fn refund_fails_later(journey: &mut Journey) {
    team_refused(journey);
    refund_fails(journey);
    journey.leaps(HOUR * 30);
    decide(journey, Choice::Retry);
}

fn nobody_pays(journey: &mut Journey) {
    const CLICKS: u32 = 2;
    for _ in 0..CLICKS {
        if journey.orders("team-year", 1).is_some() {
            break;
        }
        journey.leaps(Duration::from_secs(120));
    }
    journey.settles();
}
