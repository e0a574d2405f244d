//! Who is told how: operations by an alert, everybody else by mail. The words come from the one wording table.

use domain::failure::Failure;
use domain::notice::{Audience, Notice};
use domain::order::Order;
use domain::wording::{Links, message};
use flow::ports;

use crate::aws::AwsConfig;
use crate::env::Env;
use crate::http::Http;
use crate::smtp::{Mailer, MailerConfig, is_address};
use crate::sns::{Alerts, AlertsConfig};

pub struct TellerConfig {
    mailer: MailerConfig,
    alerts: AlertsConfig,
    aws: AwsConfig,
    finance: String,
    service: String,
    links: Links,
}

impl TellerConfig {
    pub fn read(env: &Env) -> Self {
        Self {
            mailer: MailerConfig::read(env),
            alerts: AlertsConfig::read(env),
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
    alerts: Alerts,
    finance: String,
    service: String,
    links: Links,
}

impl Teller {
    /// # Errors
    /// When the mail server's address cannot be used.
    pub fn new(config: TellerConfig, http: &Http) -> Result<Self, String> {
        let TellerConfig {
            mailer,
            alerts,
            aws,
            finance,
            service,
            links,
        } = config;
        let (mailer, alerts) = (Mailer::new(&mailer)?, Alerts::new(alerts, &aws, http));
        Ok(Self {
            mailer,
            alerts,
            finance,
            service,
            links,
        })
    }
}

impl ports::Teller for Teller {
    async fn tell(&self, order: &Order, notice: &Notice) -> Result<(), Failure> {
        let message = message(order, notice, &self.links);
        let name = format!("{}.{}", order.id, notice.id);
        match notice.to {
            Audience::Ops => self.alerts.publish(&message).await,
            Audience::Customer => self.mailer.send(&order.buyer.email, &name, &message).await,
            Audience::Finance => self.mailer.send(&self.finance, &name, &message).await,
            Audience::CustomerService => self.mailer.send(&self.service, &name, &message).await,
        }
    }
}
