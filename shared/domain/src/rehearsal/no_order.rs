//! What happens beside the orders.

use std::time::Duration;

use crate::case::Class;
use crate::failure::FailureClass;
use crate::first::Branch;
use crate::heartbeat::Heartbeat;
use crate::notice::Audience;
use crate::policy::{Matter, Policy};
use crate::time::HOUR;
use crate::unsent::{Unsent, Weekly};
use crate::wording::{self, Links};

use super::{CURTAIN, Outcome, Play, Said, Situation};

/// The look at all cases comes so often.
const LOOKS_EVERY: Duration = Duration::from_secs(600);

/// What is no order's matter.
pub(super) fn of_no_order(policy: &Policy, play: &Play) -> Option<Outcome> {
    match play.situation {
        Situation::TestAlert => Some(test_alert()),
        Situation::LeftUntold => Some(left_untold()),
        Situation::Weekly => Some(weekly()),
        Situation::FirstTime => play.fails.and_then(|branch| first_time(policy, branch)),
        Situation::Delivered
        | Situation::StepFails
        | Situation::HeldAndRefused
        | Situation::CaptureFails
        | Situation::PaidTwice
        | Situation::ReturnFails
        | Situation::RefundUnderWay
        | Situation::RevokeFails
        | Situation::ReturnedByHand
        | Situation::PartByHand
        | Situation::Contested
        | Situation::TakenByBank
        | Situation::Asked
        | Situation::NotConfirmed
        | Situation::MailRefused
        | Situation::Outage
        | Situation::ManyUndone
        | Situation::Undecided
        | Situation::StandsTooLong => None,
    }
}

/// No order's matter: a day without an answer, with a look each hour.
fn test_alert() -> Outcome {
    const LOOKS: u32 = 48;
    let links = Links {
        shop: String::new(),
        console: String::new(),
    };
    let began = Heartbeat::default().sent(CURTAIN).unwrap_or_default();
    let unheard = (1..=LOOKS).map(|hours| HOUR * hours).find_map(|after| {
        let case = began.unheard(CURTAIN.plus(after))?;
        Some((case.class, after))
    });
    Outcome {
        said: vec![Said {
            to: Audience::Ops,
            after: Duration::ZERO,
            subject: wording::test_alert(&links).subject,
        }],
        cases: unheard.into_iter().collect(),
        late_by: HOUR,
        ..Outcome::default()
    }
}

/// No order's matter: the one by which it is too many.
fn left_untold() -> Outcome {
    Outcome {
        cases: vec![(Class::LeftUntold, Duration::ZERO)],
        ..Outcome::default()
    }
}

/// No order's matter: a week in which nothing was left unsent.
fn weekly() -> Outcome {
    let links = Links {
        shop: String::new(),
        console: String::new(),
    };
    let period = Weekly::default().due(CURTAIN);
    let said = period.map(|period| Said {
        to: Audience::CustomerService,
        after: Duration::ZERO,
        subject: wording::unsent(&Unsent::of(period), &links).subject,
    });
    Outcome {
        said: said.into_iter().collect(),
        late_by: HOUR,
        ..Outcome::default()
    }
}

/// No order's matter: the row's owner learns of it from the next look at all cases.
fn first_time(policy: &Policy, (matter, class): (Matter, FailureClass)) -> Option<Outcome> {
    let row = policy.row(matter)?;
    let branch = Branch::of(matter, class, *row.chain(class).links().first()?);
    Some(Outcome {
        said: vec![Said {
            to: row.owner().audience(),
            after: Duration::ZERO,
            subject: wording::first_time(&branch),
        }],
        late_by: LOOKS_EVERY,
        ..Outcome::default()
    })
}
