//! What an audit found: a person's case, which closes by itself when the next audit does not find it any more.

use crate::audit::access::{There, differs};
use crate::audit::{About, Difference, Odd, left_by_person};
use crate::case::CaseRef;
use crate::id::{CaseId, ObjectId};
use crate::order::State;
use crate::receipt::{Origin, Receipt, Step};
use crate::work::{Subject, Tries};

use super::draft::{Draft, Learned};

pub(super) fn audited(draft: &mut Draft, about: &About, found: &[Difference]) -> Learned {
    let of = |case: &CaseRef| match &case.subject {
        Some(Subject::Audit(known)) if case.resolved.is_none() && known.is_about(about) => Some(known.clone()),
        Some(_) | None => None,
    };
    let open: Vec<(CaseId, Difference)> = draft
        .order
        .cases
        .iter()
        .filter_map(|case| Some((case.id.clone(), of(case)?)))
        .collect();
    let new = found
        .iter()
        .filter(|found| !open.iter().any(|(_, known)| known == *found))
        .filter(|found| holds(draft, found) && !left_by_person(&draft.order, found));
    let new: Vec<Difference> = new.cloned().collect();
    let healed = open.into_iter().filter(|(_, known)| !found.contains(known));
    let healed: Vec<CaseId> = healed.map(|(id, _)| id).collect();
    if new.is_empty() && healed.is_empty() {
        return Learned::Nothing("that is known of the order");
    }
    for id in healed {
        draft.heal(&id);
    }
    for found in new {
        draft.open_case(found.class(), Some(Subject::Audit(found)), None);
    }
    Learned::Something
}

/// A person wants it as the order says: what is gone is set up again, and what stands is taken back. What Stripe says of
/// money the next audit tells.
pub(super) fn mend(draft: &mut Draft, found: &Difference) {
    let now = draft.now();
    match found {
        // Whatever held it back is tried again.
        Difference::Money { odd: Odd::Overdue, .. } => {
            // But for what another open case holds: that is another decision.
            let open = |tries: &&Tries| {
                let held_by = tries.held_by.as_ref();
                held_by.is_none_or(|case| draft.order.open_case(case).is_none())
            };
            let held = draft.order.work.tries.iter().filter(open);
            let held: Vec<Subject> = held.map(|tries| tries.of.clone()).collect();
            for subject in held {
                draft.order.work.renew(&subject, now);
            }
        }
        Difference::Money { .. } => {}
        Difference::Missing { step, object } => {
            // With all else that is missing: a membership cannot be in a team that is gone, and one word is enough. What
            // comes back may bear the name that it had, so it is forgotten and not remembered as taken back.
            let mut missing = vec![(*step, object.clone())];
            for (case, gone) in still_missing(draft) {
                draft.heal(&case);
                missing.push(gone);
            }
            let gone = |known: &Receipt| {
                let leans = |(step, object): &(Step, ObjectId)| known.object == *object || leans_on(known.step, *step);
                known.stands() && missing.iter().any(leans)
            };
            draft.order.receipts.retain(|known| !gone(known));
            draft.order.state = State::Delivering { since: now };
        }
        Difference::Left { step, object } => take_back(draft, *step, object),
    }
}

fn still_missing(draft: &Draft) -> Vec<(CaseId, (Step, ObjectId))> {
    let open = draft.order.cases.iter().filter(|case| case.resolved.is_none());
    let missing = open.filter_map(|case| match &case.subject {
        Some(Subject::Audit(Difference::Missing { step, object })) => Some((case.id.clone(), (*step, object.clone()))),
        Some(_) | None => None,
    });
    missing.collect()
}

/// Whether it is a difference to this version of the order too: it was found on an older one.
fn holds(draft: &Draft, found: &Difference) -> bool {
    match found {
        Difference::Money { .. } => true,
        Difference::Missing { step, object } => differs(&draft.order, *step, object, There::Nothing).is_some(),
        Difference::Left { step, object } => differs(&draft.order, *step, object, There::Ours).is_some(),
    }
}

/// Gone with it: a membership is in a team and of an account.
fn leans_on(step: Step, gone: Step) -> bool {
    step == Step::Membership && matches!(gone, Step::Account | Step::Team)
}

fn take_back(draft: &mut Draft, step: Step, object: &ObjectId) {
    let at = draft.now();
    let same = |known: &&mut Receipt| known.step == step && known.object == *object;
    let mut known = draft.order.receipts.iter_mut().filter(same).peekable();
    if known.peek().is_none() {
        draft.order.receipts.push(Receipt {
            step,
            object: object.clone(),
            origin: Origin::Made,
            at,
            surplus: true,
            revoked_at: None,
            left: false,
        });
        return;
    }
    for receipt in known {
        receipt.revoked_at = None;
        receipt.surplus = true;
        receipt.left = false;
    }
}
