//! What there is, asked for without changing anything.

use domain::audit::access::There;
use domain::failure::{Failure, FailureClass, Reason};
use domain::id::{ObjectId, OrderId};
use domain::order::Order;
use domain::receipt::Step;
use serde_json::Value;

use super::calls::{id_of, not_the_buyer};
use super::text::parted;
use super::{MISSING, Scim, at, mark};

/// Asked for at once. A provider may give fewer.
const PAGE: usize = 100;

impl Scim {
    /// A membership is the provider's own list of members; account and team carry their order's mark.
    pub(crate) async fn there(&self, order: &Order, step: Step, object: &ObjectId) -> Result<There, Failure> {
        let (kind, id, member) = match step {
            Step::Account => ("Users", object.clone(), None),
            Step::Team | Step::Signed(_) => ("Groups", object.clone(), None),
            Step::Membership => {
                let (group, user) = parted(object.as_str()).ok_or(MISSING)?;
                ("Groups", ObjectId::new(group), Some(user))
            }
        };
        let found = match self.read(&at(kind, &id)).await {
            Ok(found) => found.body,
            Err(failure) if failure.reason == Reason::Missing => return self.answers().await.map(|()| There::Nothing),
            Err(failure) => return Err(not_the_buyer(failure)),
        };
        if let Some(user) = member {
            let inside = members(&found).any(|member| member == user);
            return Ok(if inside { There::Ours } else { There::Nothing });
        }
        let ours = marked_as(&found) == Some(mark(order, step).as_str());
        Ok(match (usable(&found), ours) {
            (false, _) => There::Nothing,
            (true, true) => There::Ours,
            (true, false) => There::Others,
        })
    }

    /// Whether it is the provider that says so: behind a wrong address nothing is ever there.
    async fn answers(&self) -> Result<(), Failure> {
        let listed = self.read("/Users?count=1").await.map_err(not_the_buyer)?.body;
        let total = listed.get("totalResults").and_then(Value::as_u64);
        total
            .map(|_any| ())
            .ok_or(Failure::new(FailureClass::Transient, Reason::Garbled))
    }

    /// A page of everything there is, of which what bears an order's mark is ours. No filter is asked for: each provider
    /// knows other ones.
    pub(crate) async fn page_of_marked(
        &self,
        step: Step,
        from: usize,
    ) -> Result<(Vec<(OrderId, ObjectId)>, Option<usize>), Failure> {
        let kind = match step {
            Step::Account => "Users",
            Step::Team => "Groups",
            Step::Membership | Step::Signed(_) => return Ok((Vec::new(), None)),
        };
        let path = format!("/{kind}?startIndex={from}&count={PAGE}&excludedAttributes=members");
        let page = self.read(&path).await.map_err(not_the_buyer)?.body;
        let garbled = Failure::new(FailureClass::Transient, Reason::Garbled);
        let total = page.get("totalResults").and_then(Value::as_u64).ok_or(garbled)?;
        let resources = page
            .get("Resources")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let next = from + resources.len();
        let more = !resources.is_empty() && (next as u64) <= total;
        let marked = resources.iter().filter(|found| usable(found)).filter_map(|found| {
            let order = marked_as(found)?.strip_suffix(&format!(":{}", step.name()))?;
            order
                .starts_with("ord_")
                .then_some((OrderId::new(order), id_of(found)?))
        });
        Ok((marked.collect(), more.then_some(next)))
    }
}

fn marked_as(found: &Value) -> Option<&str> {
    found.get("externalId").and_then(Value::as_str)
}

/// One that is switched off is nobody's access.
fn usable(found: &Value) -> bool {
    found.get("active").and_then(Value::as_bool) != Some(false)
}

fn members(group: &Value) -> impl Iterator<Item = &str> {
    let members = group.get("members").and_then(Value::as_array).into_iter().flatten();
    members.filter_map(|member| member.get("value").and_then(Value::as_str))
}
