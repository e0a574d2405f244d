//! Where the signed steps live, and what signs for each.

use std::collections::BTreeMap;
use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use domain::receipt::{Step, StepName};

use crate::env::Env;

const ADDRESSES: &str = "MAKEGOOD_STEP_ADDRESSES";
const SECRETS: &str = "MAKEGOOD_STEP_SECRETS";

/// Standard Webhooks asks for 24 to 64 random bytes.
const SECRET_BYTES_MIN: usize = 24;
const SECRET_BYTES_MAX: usize = 64;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignedConfig(BTreeMap<StepName, Target>);

#[derive(PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: String,
    /// During a rotation there are two, and both sign.
    pub(super) secrets: Vec<Vec<u8>>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({}, ..)", self.address)
    }
}

impl SignedConfig {
    /// Two lists, joined by commas: `licence=https://licences.example/makegood` and `licence=whsec_...`. None at all is
    /// a shop without signed steps.
    pub(crate) fn read(env: &Env) -> Self {
        let mut targets = BTreeMap::new();
        for (name, address) in addresses(env) {
            let secrets = Vec::new();
            if targets.insert(name, Target { address, secrets }).is_some() {
                env.refuse(ADDRESSES, format!("has \"{}\" twice: write it once", name.as_str()));
            }
        }
        for (name, secret) in entries(env, SECRETS, env.optional_secret(SECRETS)) {
            match (targets.get_mut(&name), key(secret.trim())) {
                (Some(target), Some(key)) => target.secrets.push(key),
                (None, _) => env.refuse(
                    SECRETS,
                    format!("has \"{0}\", which has no address: add {0}=https://... to {ADDRESSES}", name.as_str()),
                ),
                (_, None) => env.refuse(
                    SECRETS,
                    format!(
                        "has no signing secret for \"{}\": write whsec_ and {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} random bytes in base64",
                        name.as_str()
                    ),
                ),
            }
        }
        for (name, target) in &targets {
            if target.secrets.is_empty() {
                env.refuse(
                    SECRETS,
                    format!("has nothing for \"{0}\": add {0}=whsec_...", name.as_str()),
                );
            }
        }
        Self(targets)
    }

    pub(super) fn target(&self, step: StepName) -> Option<&Target> {
        self.0.get(&step)
    }
}

/// The addresses of the signed steps, for whoever sells them: nothing is sold that has none.
pub fn addresses(env: &Env) -> Vec<(StepName, String)> {
    let listed = entries(env, ADDRESSES, env.optional(ADDRESSES));
    let checked = listed.into_iter().map(|(name, address)| {
        let address = address.trim().trim_end_matches('/');
        // Not by its value: whoever takes one variable for the other has a secret there.
        if address.is_empty() || address.contains(['?', '#', '@', ' ']) || !Env::is_url(address) {
            env.refuse(
                ADDRESSES,
                format!(
                    "has no address for \"{0}\": write {0}=https://..., without ? or #",
                    name.as_str()
                ),
            );
        }
        (name, address.to_owned())
    });
    checked.collect()
}

/// `word=value`, joined by commas. A part that is none is refused by its number, since a secret may stand in it.
fn entries(env: &Env, variable: &'static str, listed: Option<String>) -> Vec<(StepName, String)> {
    let listed = listed.unwrap_or_default();
    let parts = listed.split(',').map(str::trim).filter(|part| !part.is_empty());
    let mut entries = Vec::new();
    for (at, part) in parts.enumerate() {
        let named = part.split_once('=');
        match named.map(|(name, value)| (Step::parse(name.trim()), value)) {
            Some((Ok(Step::Signed(name)), value)) => entries.push((name, value.to_owned())),
            Some((Ok(Step::Account | Step::Team | Step::Membership), _)) => env.refuse(
                variable,
                format!("has the identity provider's own step in part {}: leave it out", at + 1),
            ),
            Some((Err(_), _)) | None => env.refuse(
                variable,
                format!(
                    "has no step in part {}: write name=value, joined by commas, like licence=...",
                    at + 1
                ),
            ),
        }
    }
    entries
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    (SECRET_BYTES_MIN..=SECRET_BYTES_MAX)
        .contains(&key.len())
        .then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn read(addresses: &str, secrets: &str) -> (SignedConfig, Result<(), String>) {
        let pairs = [(ADDRESSES, addresses), (SECRETS, secrets)];
        let env = Env::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let config = SignedConfig::read(&env);
        (config, env.verdict().map_err(|wrong| wrong.to_string()))
    }

    #[test]
    fn two_steps_and_a_rotation() {
        let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let addresses = "licence=https://a.example/m/, forum=http://127.0.0.1:1";
        let (config, verdict) = read(addresses, &format!("licence={SECRET}, licence={other},forum={SECRET}"));
        assert_eq!(verdict, Ok(()));
        let counted: Vec<_> = config
            .0
            .iter()
            .map(|(name, of)| (name.as_str(), of.address.as_str(), of.secrets.len()))
            .collect();
        assert_eq!(
            counted,
            [
                ("forum", "http://127.0.0.1:1", 1),
                ("licence", "https://a.example/m", 2)
            ]
        );
        assert!(read("", "").1.is_ok());
    }

    #[test]
    fn no_secret_is_in_any_output() {
        let (config, _) = read("licence=https://a.example", &format!("licence={SECRET}"));
        let key = format!("{:?}", key(SECRET).expect("a key"));
        let said = format!("{config:?}{config:#?}");
        assert!(!said.contains(&key) && !said.contains("MfKQ"), "{said}");
        let swapped = read(&format!("licence={SECRET}"), "licence=https://a.example")
            .1
            .expect_err("swapped");
        assert!(!swapped.contains("MfKQ"), "{swapped}");
        for wrong in ["licence=whsec_c2hvcnQ=", "whsec_c2hvcnQ=", "Licence=whsec_c2hvcnQ="] {
            let said = read("licence=https://a.example", wrong).1.expect_err(wrong);
            assert!(!said.contains("c2hvcnQ"), "{said}");
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_with_its_mend() {
        let good = format!("licence={SECRET}");
        for (addresses, secrets, mend) in [
            ("licence=https://a.example", "", "add licence=whsec_..."),
            ("", good.as_str(), "add licence=https://... to MAKEGOOD_STEP_ADDRESSES"),
            ("licence=http://a.example", good.as_str(), "https://"),
            ("licence=", good.as_str(), "write licence=https://..."),
            ("licence=https://a.example/m?t=1", good.as_str(), "without ? or #"),
            ("licence=https://a.example/m#t", good.as_str(), "without ? or #"),
            (
                "licence=https://jo:pass@a.example",
                good.as_str(),
                "write licence=https://...",
            ),
            ("https://a.example", "", "write name=value"),
            ("team=https://a.example", "", "leave it out"),
            (
                "licence=https://a.example,licence=https://b.example",
                good.as_str(),
                "write it once",
            ),
            ("licence=https://a.example", "licence=secret", "write whsec_"),
        ] {
            let said = read(addresses, secrets).1.expect_err(addresses);
            assert!(said.contains(mend), "{addresses} {said}");
        }
    }
}
