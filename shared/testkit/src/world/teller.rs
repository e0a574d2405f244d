//! Whoever is told: people, and the topic for other systems.

use adapters::announcement;
use domain::failure::{Failure, FailureClass, Reason};
use domain::finance::Figures;
use domain::first::First;
use domain::notice::{Audience, Notice};
use domain::order::Order;
use domain::policy::Owner;
use domain::unsent::Unsent;
use domain::wording::{ClassAlert, Links, class_alert, digest, first_times, message, test_alert, unsent};
use flow::ports::Teller;

use super::mishaps::{Act, Mishap};
use super::{Announced, ClassTold, FakeWorld, State, Told};

impl Teller for FakeWorld {
    async fn tell(&self, order: &Order, notice: &Notice) -> Result<(), Failure> {
        let announcement = notice.announces();
        let act = announcement.map_or(Act::Tell, |_| Act::Announce);
        let mishap = self.state().befalls(act);
        self.before(mishap).await;
        let times = times(mishap)?;
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
        answered(mishap)
    }

    async fn class_alert(&self, alert: &ClassAlert<'_>) -> Result<(), Failure> {
        let mishap = self.state().befalls(Act::Tell);
        self.before(mishap).await;
        let times = times(mishap)?;
        let at = self.state().now;
        let said = ClassTold {
            class: alert.class,
            say: alert.say,
            message: class_alert(alert, &links()),
            at,
        };
        self.state().class_alerts.extend(std::iter::repeat_n(said, times));
        self.after(mishap).await;
        answered(mishap)
    }

    async fn test_alert(&self) -> Result<(), Failure> {
        let mishap = self.state().befalls(Act::Tell);
        self.before(mishap).await;
        let times = times(mishap)?;
        self.state()
            .test_alerts
            .extend(std::iter::repeat_n(test_alert(&links()), times));
        self.after(mishap).await;
        answered(mishap)
    }

    async fn digest(&self, figures: &Figures) -> Result<(), Failure> {
        let mishap = self.state().befalls(Act::Tell);
        self.before(mishap).await;
        let times = times(mishap)?;
        self.state()
            .digests
            .extend(std::iter::repeat_n((figures.clone(), digest(figures, &links())), times));
        self.after(mishap).await;
        answered(mishap)
    }

    async fn unsent(&self, left: &Unsent) -> Result<(), Failure> {
        let mishap = self.state().befalls(Act::Tell);
        self.before(mishap).await;
        let times = times(mishap)?;
        self.state()
            .weekly
            .extend(std::iter::repeat_n((left.clone(), unsent(left, &links())), times));
        self.after(mishap).await;
        answered(mishap)
    }

    async fn first_times(&self, owner: Owner, firsts: &[First]) -> Result<(), Failure> {
        let mishap = self.state().befalls(Act::Tell);
        self.before(mishap).await;
        let times = times(mishap)?;
        let message = first_times(owner, firsts, &links());
        self.state()
            .first_times
            .extend(std::iter::repeat_n((owner, message), times));
        self.after(mishap).await;
        answered(mishap)
    }
}

/// So often it is told.
fn times(mishap: Option<Mishap>) -> Result<usize, Failure> {
    match mishap {
        Some(Mishap::Refused) => Err(Failure::new(FailureClass::Transient, Reason::Unreachable)),
        Some(Mishap::Throttled) => Err(Failure::new(FailureClass::Throttled, Reason::TooMany)),
        Some(Mishap::Rejected) => Err(Failure::new(FailureClass::Rejected, Reason::Refused)),
        Some(Mishap::LostBefore) => Err(Failure::unknown(Reason::NoAnswer)),
        Some(Mishap::Twice) => Ok(2),
        Some(_) | None => Ok(1),
    }
}

/// What whoever told it hears.
fn answered(mishap: Option<Mishap>) -> Result<(), Failure> {
    if mishap == Some(Mishap::LostAfter) {
        return Err(Failure::unknown(Reason::NoAnswer));
    }
    Ok(())
}

fn links() -> Links {
    Links {
        shop: "https://shop.example".to_owned(),
        console: "https://console.example".to_owned(),
    }
}

impl State {
    fn tell(&mut self, order: &Order, notice: &Notice) {
        self.told.push(Told {
            to: notice.to,
            message: message(order, notice, &links()),
            order: order.id.clone(),
            notice: notice.clone(),
            at: self.now,
        });
    }
}
