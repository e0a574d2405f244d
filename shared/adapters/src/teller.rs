//! Who is told how: operations by an alert, other people by mail, other systems by an announcement. The words for people
//! come from the one wording table.

use domain::alert::Say;
use domain::failure::Failure;
use domain::finance::Figures;
use domain::first::First;
use domain::notice::{Audience, Notice};
use domain::order::Order;
use domain::policy::Owner;
use domain::unsent::Unsent;
use domain::wording::{ClassAlert, Links, class_alert, digest, first_times, message, test_alert, unsent};
use flow::ports;

use crate::announcement::body;
use crate::aws::AwsConfig;
use crate::env::Env;
use crate::http::Http;
use crate::smtp::{Mailer, MailerConfig, is_address};
use crate::sns::{Level, Topics, TopicsConfig};

pub struct TellerConfig {
    mailer: MailerConfig,
    topics: TopicsConfig,
    aws: AwsConfig,
    finance: String,
    service: String,
    links: Links,
}

impl TellerConfig {
    pub fn read(env: &Env) -> Self {
        Self {
            mailer: MailerConfig::read(env),
            topics: TopicsConfig::read(env),
            aws: AwsConfig::read(env),
            finance: address(env, "MAKEGOOD_MAIL_FINANCE"),
            service: address(env, "MAKEGOOD_MAIL_SERVICE"),
            links: Links {
                shop: env.url("MAKEGOOD_PUBLIC_URL"),
                console: env.url("MAKEGOOD_CONSOLE_URL"),
            },
        }
    }
}

/// Where mail goes for a whole department: a slip here would be found out by the first case.
fn address(env: &Env, name: &'static str) -> String {
    let given = env.text(name);
    if !given.is_empty() && !is_address(&given) {
        env.refuse(
            name,
            format!("is \"{given}\": write an address like finance@shop.example"),
        );
    }
    given
}

pub struct Teller {
    mailer: Mailer,
    topics: Topics,
    finance: String,
    service: String,
    links: Links,
}

impl Teller {
    /// # Errors
    /// When the sender's address cannot be used.
    pub fn new(config: TellerConfig, http: &Http) -> Result<Self, String> {
        let TellerConfig {
            mailer,
            topics,
            aws,
            finance,
            service,
            links,
        } = config;
        let (mailer, topics) = (Mailer::new(mailer)?, Topics::new(topics, &aws, http));
        Ok(Self {
            mailer,
            topics,
            finance,
            service,
            links,
        })
    }
}

impl ports::Teller for Teller {
    async fn tell(&self, order: &Order, notice: &Notice) -> Result<(), Failure> {
        if let Some(said) = notice.announces() {
            return self.topics.announce(said.name(), body(order, notice, said)).await;
        }
        let message = message(order, notice, &self.links);
        let name = format!("{}.{}", order.id, notice.id);
        match notice.to {
            Audience::Ops | Audience::Systems => {
                let class = notice.alert_class(order);
                let thread = class.map_or(order.id.as_str(), |class| class.name());
                self.topics.alert(&message, thread, Level::First).await
            }
            Audience::Customer => self.mailer.send(&order.buyer.email, &name, &message).await,
            Audience::Finance => self.mailer.send(&self.finance, &name, &message).await,
            Audience::CustomerService => self.mailer.send(&self.service, &name, &message).await,
        }
    }

    async fn class_alert(&self, alert: &ClassAlert<'_>) -> Result<(), Failure> {
        let level = if alert.say == Say::Escalated {
            Level::Next
        } else {
            Level::First
        };
        let message = class_alert(alert, &self.links);
        self.topics.alert(&message, alert.class.name(), level).await
    }

    async fn test_alert(&self) -> Result<(), Failure> {
        let message = test_alert(&self.links);
        self.topics.alert(&message, "test_alert", Level::First).await
    }

    async fn digest(&self, figures: &Figures) -> Result<(), Failure> {
        let name = format!("digest.{}", figures.period.until.seconds());
        let message = digest(figures, &self.links);
        self.mailer.send(&self.finance, &name, &message).await
    }

    async fn unsent(&self, left: &Unsent) -> Result<(), Failure> {
        let name = format!("unsent.{}", left.period.until.seconds());
        let message = unsent(left, &self.links);
        self.mailer.send(&self.service, &name, &message).await
    }

    async fn first_times(&self, owner: Owner, firsts: &[First]) -> Result<(), Failure> {
        let message = first_times(owner, firsts, &self.links);
        let first = firsts.first().map_or(0, |first| first.at.0);
        let name = format!("first.{first}");
        match owner {
            Owner::Operations => self.topics.alert(&message, "first_time", Level::First).await,
            Owner::Finance => self.mailer.send(&self.finance, &name, &message).await,
            Owner::CustomerService => self.mailer.send(&self.service, &name, &message).await,
        }
    }
}
