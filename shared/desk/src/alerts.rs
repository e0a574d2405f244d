//! Whether alerts are heard, as people see it and answer for it.

use domain::Timestamp;
use domain::alert::{Alerts, Standing};
use domain::case::Class;
use domain::heartbeat::Heartbeat;
use domain::wording;
use flow::alerts::acknowledge as acknowledge_class;
use flow::heartbeat::acknowledge;
use flow::ports::{Archive, Control, Store, Trouble};

use crate::access::{Actor, Role};
use crate::decision::Decided;

/// How the last test alert stands, and what its button does.
pub struct AlertsView {
    pub stands: String,
    /// Nobody answered for a day.
    pub unheard: bool,
    /// The test alert that the button answers for. None: there is nothing to say.
    pub asks: Option<Timestamp>,
    /// What stands, the longest first.
    pub classes: Vec<StandingLine>,
}

/// An alert that stands.
pub struct StandingLine {
    pub class: &'static str,
    pub name: &'static str,
    pub runbook: String,
    pub since: String,
    /// Who has it, or whom it went to in vain.
    pub stands: String,
    /// Nobody has to answer.
    pub answered: bool,
    /// Who has it. Empty: nobody, or it is over.
    pub has: String,
}

/// # Errors
/// When the store cannot be asked.
pub async fn alerts(store: &impl Control) -> Result<AlertsView, Trouble> {
    let alerts: Alerts = store.control().await?;
    let mut standing: Vec<_> = alerts.standing().iter().collect();
    standing.sort_by_key(|(_, standing)| standing.since);
    Ok(AlertsView {
        classes: standing
            .into_iter()
            .map(|(class, standing)| line(*class, standing))
            .collect(),
        ..of(&store.control().await?)
    })
}

fn line(class: Class, standing: &Standing) -> StandingLine {
    let stands = match (&standing.acknowledged, standing.escalated_at()) {
        _ if standing.is_over() => "All its cases are closed; the word of it is on its way.".to_owned(),
        (Some(answer), _) => format!("{} has it since {}.", answer.by, answer.at),
        (None, Some(at)) => format!("Nobody has answered; the next level was told on {at}."),
        (None, None) => "Nobody has answered yet.".to_owned(),
    };
    StandingLine {
        class: class.name(),
        name: wording::class_name(class),
        runbook: wording::runbook_path(class),
        since: standing.since.to_string(),
        stands,
        answered: standing.acknowledged.is_some() || standing.is_over(),
        has: has(standing).unwrap_or_default().to_owned(),
    }
}

/// Who has what is not over.
fn has(standing: &Standing) -> Option<&str> {
    let answer = standing.acknowledged.as_ref().filter(|_| !standing.is_over());
    answer.map(|answer| answer.by.as_str())
}

/// Somebody has the alert of this class; `from`: they take it over from whoever has it.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the page before pressing again.
pub async fn has_it(
    store: &(impl Store + Archive),
    class: Class,
    (by, from): (&Actor, Option<&str>),
) -> Result<Decided, Trouble> {
    if let Err(say) = by.role.may(Role::Operator) {
        return Ok(Decided::No(say));
    }
    if acknowledge_class(store, class, (&by.name, from)).await? {
        return Ok(Decided::Recorded);
    }
    let alerts: Alerts = store.control().await?;
    Ok(match alerts.standing().get(&class).and_then(has) {
        // The same page sent twice: the first has done it.
        Some(known) if known == by.name => Decided::Recorded,
        Some(known) => Decided::No(format!("Nothing was done: {}", wording::is_theirs(known))),
        None => Decided::No("It is over: this is how it stands now.".to_owned()),
    })
}

fn of(heartbeat: &Heartbeat) -> AlertsView {
    let Some(sent_at) = heartbeat.sent_at() else {
        return AlertsView {
            stands: "No test alert was sent yet: the first one comes within an hour.".to_owned(),
            unheard: false,
            asks: None,
            classes: Vec::new(),
        };
    };
    let (stands, asks) = match (heartbeat.acknowledgement(), heartbeat.published()) {
        (Some(answer), _) => (
            format!(
                "The last test alert was sent at {sent_at}, and {} got it: {}.",
                answer.by, answer.at
            ),
            None,
        ),
        (None, true) => (
            format!("The last test alert was sent at {sent_at}. Nobody has said yet that it came."),
            Some(sent_at),
        ),
        (None, false) => (
            format!("The test alert of {sent_at} may not be out: it is published again within the hour, until it is."),
            Some(sent_at),
        ),
    };
    AlertsView {
        stands,
        unheard: heartbeat.is_unheard(),
        asks,
        classes: Vec::new(),
    }
}

/// Somebody on call got the test alert that the page showed.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the page before pressing again.
pub async fn got_it(store: &(impl Store + Archive), sent_at: Timestamp, by: &Actor) -> Result<Decided, Trouble> {
    if let Err(say) = by.role.may(Role::Operator) {
        return Ok(Decided::No(say));
    }
    Ok(if acknowledge(store, sent_at, &by.name).await? {
        Decided::Recorded
    } else {
        let say = "Somebody said so already, or another test alert was sent since: this is how it stands now.";
        Decided::No(say.to_owned())
    })
}
