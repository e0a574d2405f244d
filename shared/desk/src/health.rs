//! Whether our own house is in order: what looks after all orders, and when it last did.

use std::time::Duration;

use domain::Timestamp;
use domain::audit::Books;
use domain::audit::access::Access;
use domain::bookmark::Bookmark;
use domain::heartbeat::Heartbeat;
use flow::ports::{Store, Trouble};

/// Money is held against Stripe each hour, and a round may take one.
const MONEY_WITHIN: Duration = Duration::from_secs(3 * 3_600);
/// Access is looked at each day, and a round may take hours.
const ACCESS_WITHIN: Duration = Duration::from_secs(36 * 3_600);

pub struct HealthLine {
    pub what: &'static str,
    pub stands: String,
    pub well: bool,
    /// Where there is more to see or to do; empty: nowhere.
    pub page: &'static str,
}

/// # Errors
/// When the store cannot be asked.
pub async fn health(store: &impl Store) -> Result<Vec<HealthLine>, Trouble> {
    let now = store.now();
    let bookmark: Bookmark = store.control().await?;
    let books: Books = store.control().await?;
    let access: Access = store.control().await?;
    let heartbeat: Heartbeat = store.control().await?;
    Ok(vec![
        read(&bookmark, now),
        looked("All money is held against Stripe", books.audited_at, MONEY_WITHIN, now),
        access_looked(&access, now),
        heard(&heartbeat),
    ])
}

fn read(bookmark: &Bookmark, now: Timestamp) -> HealthLine {
    let minutes = bookmark.behind(now).as_secs() / 60;
    HealthLine {
        what: "Stripe's own lists are read",
        stands: match minutes {
            0 => "up to this minute".to_owned(),
            1 => "up to a minute ago".to_owned(),
            _ => format!("up to {minutes} minutes ago"),
        },
        well: !bookmark.too_far_behind(now),
        page: "",
    }
}

fn looked(what: &'static str, at: Option<Timestamp>, within: Duration, now: Timestamp) -> HealthLine {
    HealthLine {
        what,
        stands: at.map_or_else(
            || "not yet".to_owned(),
            |at| format!("the last whole round began at {at}"),
        ),
        well: at.is_none_or(|at| now.since(at) < within),
        page: "",
    }
}

fn access_looked(access: &Access, now: Timestamp) -> HealthLine {
    let what = "What was set up is held against the orders";
    let mut line = looked(what, access.audited_at, ACCESS_WITHIN, now);
    if access.left_out {
        line.stands.push_str("; not all of it, since a system did not answer");
        line.well = false;
    }
    line
}

fn heard(heartbeat: &Heartbeat) -> HealthLine {
    let stands = match (heartbeat.acknowledgement(), heartbeat.sent_at()) {
        (Some(answer), _) => format!("{} got the last test alert at {}", answer.by, answer.at),
        (None, Some(sent_at)) => format!("nobody has answered the test alert of {sent_at} yet"),
        (None, None) => "no test alert was sent yet".to_owned(),
    };
    HealthLine {
        what: "Alerts are heard",
        stands,
        well: !heartbeat.is_unheard(),
        page: "/console/alerts",
    }
}
