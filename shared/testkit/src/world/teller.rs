//! Whoever is told: people, and the topic for other systems.

use adapters::announcement;
use domain::failure::{Failure, FailureClass, Reason};
use domain::notice::{Audience, Notice};
use domain::order::Order;
use domain::wording::{Links, message};
use flow::ports::Teller;

use super::mishaps::{Act, Mishap};
use super::{Announced, FakeWorld, State, Told};

impl Teller for FakeWorld {
    async fn tell(&self, order: &Order, notice: &Notice) -> Result<(), Failure> {
        let announcement = notice.announces();
        let act = announcement.map_or(Act::Tell, |_| Act::Announce);
        let mishap = self.state().befalls(act);
        self.before(mishap).await;
        let times = match mishap {
            Some(Mishap::Refused) => return Err(Failure::new(FailureClass::Transient, Reason::Unreachable)),
            Some(Mishap::Throttled) => return Err(Failure::new(FailureClass::Throttled, Reason::TooMany)),
            Some(Mishap::Rejected) => return Err(Failure::new(FailureClass::Rejected, Reason::Refused)),
            Some(Mishap::LostBefore) => return Err(Failure::unknown(Reason::NoAnswer)),
            Some(Mishap::Twice) => 2,
            Some(_) | None => 1,
        };
        {
            let mut state = self.state();
            let refused = match notice.to {
                Audience::Ops => false,
                Audience::Systems => state.topic_refuses,
                Audience::Customer | Audience::Finance | Audience::CustomerService => state.mails_refused,
            };
            if refused {
                return Err(Failure::new(FailureClass::Rejected, Reason::Refused));
            }
            for _ in 0..times {
                match announcement {
                    Some(said) => state.announced.push(Announced {
                        order: order.id.clone(),
                        said,
                        notice: notice.clone(),
                        body: announcement::body(order, notice, said),
                    }),
                    None => state.tell(order, notice),
                }
            }
        }
        self.after(mishap).await;
        if mishap == Some(Mishap::LostAfter) {
            return Err(Failure::unknown(Reason::NoAnswer));
        }
        Ok(())
    }
}

impl State {
    fn tell(&mut self, order: &Order, notice: &Notice) {
        let links = Links {
            shop: "https://shop.example".to_owned(),
            console: "https://console.example".to_owned(),
        };
        self.told.push(Told {
            to: notice.to,
            message: message(order, notice, &links),
            order: order.id.clone(),
            notice: notice.clone(),
            at: self.now,
        });
    }
}
