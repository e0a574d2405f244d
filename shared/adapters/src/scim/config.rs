//! Where the identity provider is, what opens it, and what taking back an account means there.

use std::fmt;

use crate::env::Env;
use crate::secret::Held;

#[derive(Debug)]
pub(crate) struct ScimConfig {
    pub(super) url: String,
    pub(super) token: Held<Token>,
    pub(super) revoke: Revoke,
}

/// What becomes of an account that is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Revoke {
    Delete,
    /// It stays, and nobody can sign in: where a provider must keep who there was.
    Deactivate,
}

/// A token that does not print itself.
#[derive(PartialEq, Eq)]
pub(super) struct Token(String);

impl ScimConfig {
    pub(crate) fn read(env: &Env) -> Self {
        Self {
            url: env.url("MAKEGOOD_SCIM_URL"),
            token: Held::read(env, Token::read),
            revoke: Revoke::read(env),
        }
    }
}

impl Revoke {
    fn read(env: &Env) -> Self {
        match env.optional("MAKEGOOD_SCIM_REVOKE").as_deref() {
            None | Some("delete") => Self::Delete,
            Some("deactivate") => Self::Deactivate,
            Some(other) => {
                let mend = format!("is \"{other}\": write delete or deactivate");
                env.refuse("MAKEGOOD_SCIM_REVOKE", mend);
                Self::Delete
            }
        }
    }
}

impl Token {
    /// A secret that was pasted with its line end could be sent in no header, and every order would wait for it.
    fn read(env: &Env) -> Self {
        let token = env.secret("MAKEGOOD_SCIM_TOKEN");
        if !token.chars().all(|letter| letter.is_ascii_graphic()) {
            env.refuse(
                "MAKEGOOD_SCIM_TOKEN",
                "has a blank, a line end or a letter that no token has: write the token alone".to_owned(),
            );
        }
        Self(token)
    }

    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "a-secret-of-ours";

    fn read(more: &[(&str, &str)]) -> (ScimConfig, Result<(), String>) {
        let mut pairs = vec![
            ("MAKEGOOD_SCIM_URL", "https://idp.example"),
            ("MAKEGOOD_SCIM_TOKEN", TOKEN),
        ];
        pairs.extend(more);
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let env = Env::from_pairs(pairs.into_iter().map(owned));
        let config = ScimConfig::read(&env);
        (config, env.verdict().map_err(|wrong| wrong.to_string()))
    }

    #[test]
    fn the_token_is_in_no_debug_output() {
        let (config, verdict) = read(&[]);
        assert_eq!(verdict, Ok(()));
        assert!(config.token.now().bearer().contains(TOKEN));
        assert!(!format!("{config:?} {config:#?}").contains(TOKEN));
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_refused_and_not_repeated() {
        let (_config, verdict) = read(&[("MAKEGOOD_SCIM_TOKEN", "a-secret-of-ours\n")]);
        let said = verdict.expect_err("must refuse");
        assert!(said.contains("MAKEGOOD_SCIM_TOKEN") && !said.contains(TOKEN), "{said}");
    }

    #[test]
    fn accounts_are_deleted_unless_the_adopter_says_otherwise() {
        assert_eq!(read(&[]).0.revoke, Revoke::Delete);
        assert_eq!(read(&[("MAKEGOOD_SCIM_REVOKE", "delete")]).0.revoke, Revoke::Delete);
        let (config, verdict) = read(&[("MAKEGOOD_SCIM_REVOKE", "deactivate")]);
        assert_eq!((config.revoke, verdict), (Revoke::Deactivate, Ok(())));
        let said = read(&[("MAKEGOOD_SCIM_REVOKE", "forget")]).1.expect_err("must refuse");
        assert!(said.contains("write delete or deactivate"), "{said}");
    }
}
