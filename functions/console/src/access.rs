//! Who may look and decide: whoever opened the console with its token.

use adapters::env::Env;
use adapters::lambda::http::Request;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const COOKIE: &str = "makegood_console";

pub struct Access {
    token: String,
    /// Over https the cookie is for https alone.
    secure: bool,
}

impl Access {
    pub fn read(env: &Env) -> Self {
        let token = env.text("MAKEGOOD_CONSOLE_TOKEN");
        if !token.is_empty() && token.len() < 16 {
            env.refuse(
                "MAKEGOOD_CONSOLE_TOKEN",
                "is easily guessed: write at least 16 random characters".to_owned(),
            );
        }
        let secure = env.url("MAKEGOOD_PUBLIC_URL").starts_with("https://");
        Self { token, secure }
    }

    pub fn of(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            secure: true,
        }
    }

    /// The address that opens the console carries the token.
    pub(crate) fn opens(&self, request: &Request) -> bool {
        let given = form_urlencoded::parse(request.query.as_bytes())
            .find(|(name, _)| name == "token")
            .map(|(_, value)| value);
        given.is_some_and(|given| self.same(&given))
    }

    /// Not readable by scripts, and not sent with forms of other sites. A link in a mail or an alert opens the console.
    pub(crate) fn cookie(&self) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        let session = self.derived("session");
        format!("{COOKIE}={session}; Path=/console; HttpOnly; SameSite=Lax{secure}")
    }

    pub(crate) fn signed_in(&self, request: &Request) -> bool {
        let wanted = self.derived("session");
        let given = request.cookies.iter().filter_map(|cookie| cookie.split_once('='));
        given
            .into_iter()
            .any(|(name, value)| name == COOKIE && self.mac("compare", value) == self.mac("compare", &wanted))
    }

    /// Stands in every form: a page of another site cannot know it.
    pub(crate) fn csrf(&self) -> String {
        self.derived("form")
    }

    pub(crate) fn is_our_form(&self, given: &str) -> bool {
        self.mac("compare", given) == self.mac("compare", &self.csrf())
    }

    /// Compares what is made of both, so that the time taken says nothing about them.
    fn same(&self, given: &str) -> bool {
        !self.token.is_empty() && self.mac("compare", given) == self.mac("compare", &self.token)
    }

    fn derived(&self, what: &str) -> String {
        self.mac(what, "").iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn mac(&self, what: &str, text: &str) -> Vec<u8> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.token.as_bytes()) else {
            return Vec::new();
        };
        mac.update(what.as_bytes());
        mac.update(b":");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_opens_and_only_its_cookie_stays() {
        let access = Access::of("0123456789abcdef");
        let with = |query: &str, cookie: &str| Request {
            query: query.to_owned(),
            cookies: vec![cookie.to_owned()],
            ..Request::default()
        };
        assert!(access.opens(&with("token=0123456789abcdef", "")));
        assert!(!access.opens(&with("token=0123456789abcdeX", "")) && !access.opens(&with("", "")));
        let cookie = access.cookie();
        let cookie = cookie.split(';').next().unwrap();
        assert!(access.signed_in(&with("", cookie)));
        assert!(
            !access.signed_in(&with("", "makegood_console=0123456789abcdef")) && !access.signed_in(&with("", "x=y"))
        );
        assert!(access.is_our_form(&access.csrf()) && !access.is_our_form(""));
        assert!(!Access::of("").opens(&with("token=", "")));
    }
}
