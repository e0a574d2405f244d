//! Form fields with Stripe's brackets.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// Fields as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn parse(encoded: &[u8]) -> Self {
        Self(
            form_urlencoded::parse(encoded)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Tells whether two requests are the same.
    pub(crate) fn fingerprint(&self, path: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (path, self).hash(&mut hasher);
        hasher.finish()
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// The amount that was sent, or `all` where none was. None: what was sent is no amount.
    pub(super) fn amount(&self, name: &str, all: i64) -> Option<i64> {
        let Some(sent) = self.get(name) else {
            return Some(all);
        };
        sent.parse().ok().filter(|amount| *amount > 0)
    }

    /// `expand[]=latest_charge`, by any index.
    pub(super) fn expands(&self, what: &str) -> bool {
        self.0
            .iter()
            .any(|(field, value)| field.starts_with("expand[") && value == what)
    }

    /// `types[]=..`, as often as it stands there.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |field: &str| field.strip_prefix(name).is_some_and(|rest| rest.starts_with('['));
        self.0
            .iter()
            .filter(move |(field, _)| named(field))
            .map(|(_, value)| value.as_str())
    }

    /// `metadata[order]=..` under `metadata`.
    pub fn map(&self, name: &str) -> BTreeMap<String, String> {
        let key = |field: &str| {
            field
                .strip_prefix(name)?
                .strip_prefix('[')?
                .strip_suffix(']')
                .map(str::to_owned)
        };
        self.0
            .iter()
            .filter_map(|(field, value)| Some((key(field)?, value.clone())))
            .collect()
    }
}
