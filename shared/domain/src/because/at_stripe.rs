//! The because as it stands in Stripe's metadata: whoever finds the refund or the payment there finds why.

use super::{Because, By};
use crate::failure::FailureClass;
use crate::history::What;
use crate::order::Order;

/// Keys and values for a refund and for its payment; the same each time, since a call is repeated with the same bytes.
/// Never the name of a person: of who decided, only the role.
pub fn at_stripe(order: &Order, because: &Because) -> Vec<(&'static str, String)> {
    let by_hand = matches!(because.by(), By::Person(name) if name == super::DASHBOARD);
    let role = because.decided().map(|decided| decided.role.to_string());
    let decided_by = match because.by() {
        By::Automation => Some("automation".to_owned()),
        // A decision about what was returned by hand says only why.
        By::Person(_) => role.clone().filter(|_| !by_hand),
    };
    let mut all = vec![
        ("because", because.sentence().to_owned()),
        ("because_code", because.code().name().to_owned()),
        ("decided_by", decided_by.unwrap_or_else(|| "a person".to_owned())),
        ("order", order.id.to_string()),
        ("reference", order.reference()),
        ("policy_version", because.policy().to_string()),
    ];
    if let Some(decided) = because.decided() {
        all.push(("case_id", decided.case.to_string()));
        all.push(("decision_id", decided.decision.to_string()));
    }
    all.extend(role.filter(|_| by_hand).map(|role| ("explained_by", role)));
    let of_undo = order.undo.as_ref().is_some_and(|undo| undo.because == *because);
    if let Some((class, step)) = undone_for(order).filter(|_| of_undo) {
        all.push(("failure_class", class.name().to_owned()));
        all.push(("step", step));
    }
    all
}

/// What failed last before it was decided to undo the order, and of which step.
pub(crate) fn undone_for(order: &Order) -> Option<(FailureClass, String)> {
    let decided = |what: &What| matches!(what, What::UndoDecided(_));
    let before = order.history.iter().take_while(|entry| !decided(&entry.what));
    let failed = before.filter_map(|entry| {
        if let What::StepFailed { step, failure } = &entry.what {
            return Some((failure.class, step.name().to_owned()));
        }
        let What::CaptureFailed { failure, .. } = &entry.what else {
            return None;
        };
        Some((failure.class, "capture".to_owned()))
    });
    failed.last()
}
