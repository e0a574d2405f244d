//! Who decided what, and how every case ended.

use domain::Timestamp;
use domain::case::{Case, Resolved};
use domain::wording;
use flow::ports::{Archive, Trouble};

/// Cases of one page.
const SHOWN: usize = 100;

#[derive(Default)]
pub struct EndingLine {
    pub at: String,
    /// Empty: nobody had to decide.
    pub by: String,
    /// In which they decided. Empty: nobody had to, or it was not kept yet.
    pub role: String,
    pub chose: String,
    pub reason: String,
    pub class: &'static str,
    pub case: String,
    pub order: Option<String>,
    pub money: String,
    /// The page's own name for the decision.
    pub decision: String,
    /// Of the order, or of a case of no order: before the decision and after it. None: it was not kept yet.
    pub versions: Option<(u64, u64)>,
}

/// How cases ended before this moment, the latest first; how many more among them cannot be read; and where the next page
/// begins.
///
/// # Errors
/// When the store cannot be asked.
pub async fn endings(
    store: &impl Archive,
    before: Timestamp,
) -> Result<(Vec<EndingLine>, usize, Option<Timestamp>), Trouble> {
    let (mut cases, mut unread, more) = store.closed_cases(before, SHOWN).await?;
    let at = |case: &Case| case.resolved.as_ref().map(Resolved::at);
    // What cannot be read is passed like the others, or the list would end at it.
    let all = || cases.iter().filter_map(at).chain(unread.iter().copied());
    let (latest, oldest) = (all().max(), all().min());
    // Several may have ended at one moment: the next page begins with all of that moment.
    let next = match oldest.filter(|_| more) {
        Some(oldest) if latest > Some(oldest) => {
            cases.retain(|case| at(case) > Some(oldest));
            unread.retain(|at| *at > oldest);
            Some(Timestamp(oldest.0 + 1))
        }
        other => other,
    };
    Ok((cases.iter().filter_map(line).collect(), unread.len(), next))
}

fn line(case: &Case) -> Option<EndingLine> {
    let resolved = case.resolved.as_ref()?;
    let line = match resolved {
        Resolved::Healed { .. } => EndingLine {
            chose: "nothing".to_owned(),
            reason: "It went away by itself.".to_owned(),
            ..EndingLine::default()
        },
        Resolved::Decided {
            at: _,
            choice,
            by,
            role,
            reason,
            decision,
            version,
        } => EndingLine {
            by: by.clone(),
            role: role.to_string(),
            chose: choice.name().to_owned(),
            reason: reason.clone(),
            decision: decision.as_ref().map(ToString::to_string).unwrap_or_default(),
            versions: version.map(|after| (after.saturating_sub(1), after)),
            ..EndingLine::default()
        },
    };
    Some(EndingLine {
        at: resolved.at().to_string(),
        class: wording::class_name(case.class),
        case: case.id.to_string(),
        order: case.order.as_ref().map(ToString::to_string),
        money: case.money.map(|money| money.to_string()).unwrap_or_default(),
        ..line
    })
}
