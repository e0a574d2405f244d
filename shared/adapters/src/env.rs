//! Configuration from the environment. A function that is not configured refuses to start, naming each variable and
//! the mend: an unsigned webhook or a wrong table found at the first order would be too late.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use crate::secret::Secret;

/// What names the function's secret, in AWS's way: all that must stay secret is in it, and nothing of it in the environment.
pub(crate) const SECRET: &str = "MAKEGOOD_SECRET";

/// One thing that is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub variable: &'static str,
    pub mend: String,
}

/// Everything that is wrong, found in one go.
#[derive(Debug, PartialEq, Eq)]
pub struct Misconfigured(pub Vec<Problem>);

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", problem.variable, problem.mend)?;
        }
        Ok(())
    }
}

impl std::error::Error for Misconfigured {}

/// The variables, and what was found wrong with them so far.
pub struct Env {
    variables: BTreeMap<String, String>,
    kept: Kept,
    problems: RefCell<Vec<Problem>>,
}

/// Where what must stay secret is.
enum Kept {
    /// Among the other variables: on one machine, for its owner alone.
    Among,
    /// In a secret that was not read: whoever asks for something of it learns nothing, and the function does not start.
    Unread,
    /// In a secret, as it was read last.
    In(Secret, BTreeMap<String, String>),
}

impl Env {
    pub fn of_process() -> Self {
        Self::from_pairs(std::env::vars())
    }

    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            variables: pairs.into_iter().collect(),
            kept: Kept::Among,
            problems: RefCell::default(),
        }
    }

    /// The process's variables, and what its secret holds.
    pub(crate) fn holding(
        process: &BTreeMap<String, String>,
        secret: Secret,
        values: BTreeMap<String, String>,
    ) -> Self {
        Self {
            kept: Kept::In(secret, values),
            ..Self::from_pairs(process.clone())
        }
    }

    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The same, with what was found, without what the secret holds.
    pub(crate) fn without_secret(self) -> Self {
        Self {
            kept: Kept::Unread,
            ..self
        }
    }

    /// What holds the function's secrets, once it was read.
    pub(crate) fn source(&self) -> Option<&Secret> {
        match &self.kept {
            Kept::Among | Kept::Unread => None,
            Kept::In(secret, _values) => Some(secret),
        }
    }

    /// Set and not empty, or none.
    pub fn optional(&self, variable: &'static str) -> Option<String> {
        self.variables
            .get(variable)
            .filter(|value| !value.trim().is_empty())
            .cloned()
    }

    /// Must be set; what is returned for a missing one never comes into use, since the function does not start.
    pub fn text(&self, variable: &'static str) -> String {
        self.optional(variable).unwrap_or_else(|| {
            self.refuse(variable, "is not set: set it in the function's environment".to_owned());
            String::new()
        })
    }

    /// What must stay secret: out of the function's secret where it has one. On AWS it must have one: whoever may look at
    /// a function may read its environment.
    pub fn optional_secret(&self, variable: &'static str) -> Option<String> {
        let is_set = |value: &&String| !value.trim().is_empty();
        match &self.kept {
            Kept::Among if self.optional("LAMBDA_TASK_ROOT").is_some() => {
                let mend = format!("is not set, and this is AWS: name the secret that holds {variable}");
                self.refuse(SECRET, mend);
                None
            }
            Kept::Among => self.optional(variable),
            Kept::Unread => None,
            Kept::In(_secret, values) => values.get(variable).filter(is_set).cloned(),
        }
    }

    /// The same, and it must be there.
    pub fn secret(&self, variable: &'static str) -> String {
        let found = self.optional_secret(variable);
        if found.is_none() {
            let mend = match &self.kept {
                Kept::Among => "is not set: set it in the function's environment",
                Kept::Unread => return String::new(),
                Kept::In(..) => "is not in the function's secret: put it there, under this name",
            };
            self.refuse(variable, mend.to_owned());
        }
        found.unwrap_or_default()
    }

    pub fn flag(&self, variable: &'static str) -> bool {
        let value = self.text(variable);
        match value.as_str() {
            "true" => true,
            "false" | "" => false,
            other => {
                self.refuse(variable, format!("is \"{other}\": write true or false"));
                false
            }
        }
    }

    /// An address without a slash at its end. Plain http is for this machine only.
    pub fn url(&self, variable: &'static str) -> String {
        let value = self.text(variable);
        self.checked_url(variable, &value)
    }

    pub fn url_or(&self, variable: &'static str, default: &str) -> String {
        let value = self.optional(variable).unwrap_or_else(|| default.to_owned());
        self.checked_url(variable, &value)
    }

    fn checked_url(&self, variable: &'static str, value: &str) -> String {
        if !value.is_empty() && !Self::is_url(value) {
            self.refuse(
                variable,
                format!("is \"{value}\": write an address that starts with https://"),
            );
        }
        value.trim_end_matches('/').to_owned()
    }

    /// Encrypted, or on this machine.
    pub(crate) fn is_url(value: &str) -> bool {
        let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let here = loopback.iter().filter_map(|start| value.strip_prefix(start));
        value.starts_with("https://")
            || here
                .into_iter()
                .any(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    }

    pub fn refuse(&self, variable: &'static str, mend: String) {
        self.problems.borrow_mut().push(Problem { variable, mend });
    }

    /// # Errors
    /// With everything that was found wrong while reading.
    pub fn verdict(&self) -> Result<(), Misconfigured> {
        let problems = self.problems.borrow();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Misconfigured(problems.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::from_pairs(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn everything_wrong_is_named_at_once_with_its_mend() {
        let env = env(&[("MAKEGOOD_LIVEMODE", "yes"), ("MAKEGOOD_SCIM_URL", "ftp://x")]);
        env.text("MAKEGOOD_TABLE");
        env.flag("MAKEGOOD_LIVEMODE");
        env.url("MAKEGOOD_SCIM_URL");
        let said = env.verdict().expect_err("must refuse").to_string();
        for part in [
            "MAKEGOOD_TABLE: is not set",
            "MAKEGOOD_LIVEMODE: is \"yes\": write true or false",
            "https://",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let good = env(&[("MAKEGOOD_SCIM_URL", "http://127.0.0.1:1/scim/v2/")]);
        assert_eq!(good.url("MAKEGOOD_SCIM_URL"), "http://127.0.0.1:1/scim/v2");
        assert_eq!(good.verdict(), Ok(()));
        let alike = env(&[("MAKEGOOD_SCIM_URL", "http://127.0.0.1.evil.example")]);
        alike.url("MAKEGOOD_SCIM_URL");
        assert!(alike.verdict().is_err());
        let bad = env(&[("MAKEGOOD_SCIM_URL", "http://idp.example")]);
        bad.url("MAKEGOOD_SCIM_URL");
        assert!(bad.verdict().is_err());
    }
}
