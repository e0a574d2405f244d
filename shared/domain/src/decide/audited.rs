//! What an audit found: a person's case, which closes by itself when the next audit does not find it any more.

use crate::audit::{About, Difference, Odd, left_by_person};
use crate::case::{CaseRef, Resolved};
use crate::history::What;
use crate::id::{CaseId, ObjectId};
use crate::order::State;
use crate::receipt::{Origin, Receipt, Step};
use crate::work::Subject;

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
        .filter(|found| !open.iter().any(|(_, known)| known == *found) && !left_by_person(&draft.order, found));
    let new: Vec<Difference> = new.cloned().collect();
    let healed = open.into_iter().filter(|(_, known)| !found.contains(known));
    let healed: Vec<CaseId> = healed.map(|(id, _)| id).collect();
    if new.is_empty() && healed.is_empty() {
        return Learned::Nothing("that is known of the order");
    }
    let at = draft.now();
    for id in healed {
        draft.note(What::CaseHealed(id.clone()));
        draft.resolve(&id, &Resolved::Healed { at });
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
            let held: Vec<Subject> = draft.order.work.tries.iter().map(|tries| tries.of.clone()).collect();
            for subject in held {
                draft.order.work.renew(&subject, now);
            }
        }
        Difference::Money { .. } => {}
        Difference::Missing { step, .. } => {
            let again = |known: &&mut Receipt| known.stands() && leans_on(known.step, *step);
            for receipt in draft.order.receipts.iter_mut().filter(again) {
                receipt.revoked_at = Some(now);
            }
            draft.order.state = State::Delivering { since: now };
        }
        Difference::Left { step, object } => take_back(draft, *step, object),
    }
}

/// Gone with it: a membership is in a team and of an account.
fn leans_on(step: Step, gone: Step) -> bool {
    step == gone || (step == Step::Membership && matches!(gone, Step::Account | Step::Team))
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
