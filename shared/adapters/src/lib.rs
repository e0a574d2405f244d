//! Everything that knows AWS, Stripe, SCIM or SMTP. Failures are classified here, once and exhaustively.

pub mod announcement;
pub mod aws;
pub mod brake;
pub mod chance;
pub mod clock;
mod connector;
pub mod depths;
pub mod dynamodb;
pub mod env;
pub mod http;
pub mod lambda;
pub mod mail_event;
mod scim;
pub mod secret;
pub mod signed;
#[cfg(feature = "smtp")]
pub mod smtp;
#[cfg(feature = "sns")]
pub mod sns;
pub mod sqs;
pub mod stage;
pub mod store;
pub mod stripe;
#[cfg(feature = "sts")]
pub mod sts;
pub mod systems;
#[cfg(all(feature = "smtp", feature = "sns"))]
pub mod teller;
