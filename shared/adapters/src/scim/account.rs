//! Accounts. One may have been there before, may stand for several orders, and may be switched off instead of deleted.

use domain::failure::{Failure, FailureClass, Reason};
use domain::id::ObjectId;
use domain::order::Order;
use domain::receipt::{Origin, Step};
use serde_json::{Value, json};

use super::calls::id_of;
use super::config::Revoke;
use super::{PATCH, Scim, at, mark};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Stands on an account that more than one order stands on.
const SHARED: &str = "makegood:shared";

/// An account as the provider has it.
struct Account {
    id: ObjectId,
    version: Option<String>,
    mark: Option<String>,
    /// Somebody can sign in with it.
    active: bool,
}

impl Account {
    fn read(user: &Value, version: Option<String>) -> Result<Self, Failure> {
        let text = |pointer: &str| user.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            id: id_of(user).ok_or(Failure::new(FailureClass::Transient, Reason::Garbled))?,
            version: version.or_else(|| text("/meta/version")),
            mark: text("/externalId"),
            active: user.get("active").and_then(Value::as_bool) != Some(false),
        })
    }

    fn is_of(&self, mark: &str) -> bool {
        self.mark.as_deref() == Some(mark)
    }

    /// Some order made it, and no other stands on it yet.
    fn is_an_orders(&self) -> bool {
        let mark = self.mark.as_deref().and_then(|mark| mark.strip_prefix("ord_"));
        mark.is_some_and(|rest| rest.ends_with(&format!(":{}", Step::Account.name())))
    }
}

/// The one that the order stands on, whatever order they come in: its own before others, one that is on before one that
/// is off.
fn winner<'a>(found: &'a [Account], mine: &str) -> Option<&'a Account> {
    found
        .iter()
        .min_by_key(|account| (!account.is_of(mine), !account.active, account.id.clone()))
}

impl Scim {
    pub(crate) async fn make_account(&self, order: &Order) -> Result<(ObjectId, Origin), Failure> {
        let buyer = &order.buyer;
        let body = json!({
            "schemas": [USER], "userName": buyer.email, "externalId": mark(order, Step::Account), "active": true,
            "displayName": buyer.name, "name": { "formatted": buyer.name },
            "emails": [{ "value": buyer.email, "primary": true }],
        });
        match self.create("Users", body).await {
            Ok(id) => Ok((id, Origin::Made)),
            Err(failure) if failure.reason == Reason::Taken => self.taken_account(order, failure).await,
            Err(failure) => Err(failure),
        }
    }

    /// There is one of that name. If no order made it, it is the buyer's own, and an undo will not touch it.
    async fn taken_account(&self, order: &Order, taken: Failure) -> Result<(ObjectId, Origin), Failure> {
        let mine = mark(order, Step::Account);
        let mut found = self.named(order).await?;
        if found.is_empty() {
            // This order's own, which somebody has renamed.
            found = self.accounts_marked(&mine).await?;
        }
        match winner(&found, &mine) {
            Some(account) if account.active && account.is_of(&mine) => Ok((account.id.clone(), Origin::Made)),
            Some(account) if account.active => {
                self.share(account).await?;
                Ok((account.id.clone(), Origin::Found))
            }
            // An undo switched it off. From here on it is this order's, as if it had just been made.
            Some(account) if account.is_an_orders() => {
                self.switch_on(account, &mine).await?;
                Ok((account.id.clone(), Origin::Made))
            }
            // Somebody else switched it off, and had a reason: that is not ours to overrule.
            Some(_) | None => Err(taken),
        }
    }

    /// What carries our mark was made by us; an account of the same name without it was there before. One that is off is
    /// nobody's access: a look switches nothing on.
    pub(crate) async fn find_account(&self, order: &Order) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        let mine = mark(order, Step::Account);
        let mut found = self.accounts_marked(&mine).await?;
        if found.is_empty() {
            found = self.named(order).await?;
        }
        found.retain(|account| account.active || account.is_of(&mine));
        if let Some(account) = winner(&found, &mine).filter(|account| !account.is_of(&mine)) {
            self.share(account).await?;
        }
        let origin = |account: &Account| match account.is_of(&mine) {
            true => Origin::Made,
            false => Origin::Found,
        };
        Ok(found
            .iter()
            .map(|account| (account.id.clone(), origin(account)))
            .collect())
    }

    async fn named(&self, order: &Order) -> Result<Vec<Account>, Failure> {
        // No provider keeps two names that differ in their case alone.
        let same = |has: &str, name: &str| has.to_lowercase() == name.to_lowercase();
        let users = self.search("Users", "userName", &order.buyer.email, same).await?;
        users.iter().map(|user| Account::read(user, None)).collect()
    }

    async fn accounts_marked(&self, mark: &str) -> Result<Vec<Account>, Failure> {
        let users = self.marked("Users", mark).await?;
        users.iter().map(|user| Account::read(user, None)).collect()
    }

    /// An account that another order made and this one stands on belongs to no order any more: neither takes it away.
    async fn share(&self, account: &Account) -> Result<(), Failure> {
        if !account.is_an_orders() {
            return Ok(());
        }
        let shared = self.replace(account, &[("externalId", json!(SHARED))]).await;
        // Marking it twice is the same as once, so it is tried again; and a mark that is refused says nothing about the
        // buyer, who must not be undone for it.
        shared.map_err(|failure| failure.seen_as(FailureClass::Transient))
    }

    async fn switch_on(&self, account: &Account, mine: &str) -> Result<(), Failure> {
        let on = self
            .replace(account, &[("active", json!(true)), ("externalId", json!(mine))])
            .await;
        // Deleted meanwhile: the next attempt makes a new one.
        on.map_err(|failure| match failure.reason == Reason::Missing {
            true => failure.seen_as(FailureClass::Transient),
            false => failure,
        })
    }

    /// Only an account that still carries this order's mark is taken back: without it, another order stands on it.
    pub(crate) async fn revoke_account(&self, order: &Order, object: &ObjectId) -> Result<(), Failure> {
        let path = at("Users", object);
        let user = self.read(&path).await?;
        let account = Account::read(&user.body, user.version)?;
        if !account.is_of(&mark(order, Step::Account)) {
            return Ok(());
        }
        match self.config.revoke {
            Revoke::Delete => self
                .change_if(account.version.as_deref(), "DELETE", &path, None)
                .await
                .map(|_gone| ()),
            // Off already is gone already.
            Revoke::Deactivate if !account.active => Ok(()),
            // It keeps the mark: by it a later order of the same person knows that it may switch it on again.
            Revoke::Deactivate => self.replace(&account, &[("active", json!(false))]).await,
        }
    }

    /// All of them or none (RFC 7644, 3.5.2), and only on what was read.
    async fn replace(&self, account: &Account, values: &[(&str, Value)]) -> Result<(), Failure> {
        let operation = |(path, value): &(&str, Value)| json!({ "op": "replace", "path": path, "value": value });
        let operations: Vec<Value> = values.iter().map(operation).collect();
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        let path = at("Users", &account.id);
        self.change_if(account.version.as_deref(), "PATCH", &path, Some(body))
            .await
            .map(|_user| ())
    }
}
