//! Who decided what, and how every case ended.

use domain::Timestamp;
use domain::case::{Case, Resolved};
use domain::wording;
use flow::ports::{Archive, Trouble};

/// Cases of one page.
const SHOWN: usize = 100;

pub struct EndingLine {
    pub at: String,
    /// Empty: nobody had to decide.
    pub by: String,
    pub chose: String,
    pub reason: String,
    pub class: &'static str,
    pub case: String,
    pub order: Option<String>,
    pub money: String,
    /// The page's own name for the decision.
    pub decision: String,
}

/// How cases ended before this moment, the latest first, and where the next page begins.
///
/// # Errors
/// When the store cannot be asked.
pub async fn endings(store: &impl Archive, before: Timestamp) -> Result<(Vec<EndingLine>, Option<Timestamp>), Trouble> {
    let cases = store.closed_cases(before, SHOWN).await?;
    let more = cases.len() == SHOWN;
    let oldest = cases.last().and_then(|case| Some(case.resolved.as_ref()?.at()));
    Ok((cases.iter().filter_map(line).collect(), oldest.filter(|_| more)))
}

fn line(case: &Case) -> Option<EndingLine> {
    let resolved = case.resolved.as_ref()?;
    let (by, chose, reason, decision) = match resolved {
        Resolved::Healed { .. } => (String::new(), "nothing", "It went away by itself.".to_owned(), None),
        Resolved::Decided {
            choice,
            by,
            reason,
            decision,
            ..
        } => (by.clone(), choice.name(), reason.clone(), decision.as_ref()),
    };
    Some(EndingLine {
        at: resolved.at().to_string(),
        by,
        chose: chose.to_owned(),
        reason,
        class: wording::class_name(case.class),
        case: case.id.to_string(),
        order: case.order.as_ref().map(ToString::to_string),
        money: case.money.map(|money| money.to_string()).unwrap_or_default(),
        decision: decision.map(ToString::to_string).unwrap_or_default(),
    })
}
