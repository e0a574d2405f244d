//! Who asks: somebody whom the sign-in in front of us vouches for, or who opened the console with a pass.

use adapters::env::Env;
use adapters::lambda::http::{Request, Response};
use adapters::secret::Held;
use desk::access::{Actor, For, Role, Signed, form_token, open, same, would_open};
use domain::Timestamp;
use flow::ports::{Store, Trouble};

use crate::handler::see;
use crate::pages::{enter, not_done, plain};

const COOKIE: &str = "makegood_console";
const PASS: &str = "pass";

pub struct Access {
    key: Held<ConsoleKey>,
    /// Over https the cookie is for https alone.
    secure: bool,
    /// Real money.
    pub(crate) live: bool,
}

/// Signs passes, sessions and forms. It does not print itself.
#[derive(PartialEq, Eq)]
struct ConsoleKey(String);

impl ConsoleKey {
    fn read(env: &Env) -> Self {
        let key = env.secret("MAKEGOOD_CONSOLE_SECRET");
        if !key.is_empty() && key.len() < 16 {
            env.refuse(
                "MAKEGOOD_CONSOLE_SECRET",
                "is easily guessed: write at least 16 random characters".to_owned(),
            );
        }
        Self(key)
    }
}

/// Whoever asks, and what their forms carry.
pub(crate) struct Visitor {
    pub(crate) actor: Actor,
    pub(crate) csrf: String,
    pub(crate) live: bool,
    /// A name for whatever is done with the page that they get: sent twice, it is done once.
    pub(crate) page: String,
}

impl Access {
    pub fn read(env: &Env) -> Self {
        Self {
            key: Held::read(env, ConsoleKey::read),
            secure: env.url("MAKEGOOD_PUBLIC_URL").starts_with("https://"),
            live: env.optional("MAKEGOOD_LIVEMODE").as_deref() == Some("true"),
        }
    }

    /// Whoever asks; or the answer for somebody who opens the console, or may not.
    pub(crate) async fn visitor(
        &self,
        store: &impl Store,
        request: &Request,
    ) -> Result<Result<Visitor, Response>, Trouble> {
        // What another process has signed with another key, that is the new one.
        let other_key = |came: &Result<Result<Visitor, Response>, Trouble>| match came {
            Ok(Ok(visitor)) => request.method == "POST" && !visitor.is_our_form(&field(&request.body, "csrf")),
            Ok(Err(answer)) => answer.status == 403 && is_signed(request),
            Err(_) => false,
        };
        let look = async |key: &ConsoleKey| self.visitor_by(&key.0, store, request).await;
        self.key.with(other_key, look).await
    }

    async fn visitor_by(
        &self,
        key: &str,
        store: &impl Store,
        request: &Request,
    ) -> Result<Result<Visitor, Response>, Trouble> {
        if (request.method.as_str(), request.path.as_str()) == ("POST", "/console/enter") {
            let opened = open(store, key, &field(&request.body, PASS)).await?;
            return Ok(Err(opened.map_or_else(spent, |session| self.welcome(key, &session))));
        }
        // Looking spends no pass: a mail scanner and a preview in a chat look too.
        let pass = field(request.query.as_bytes(), PASS);
        if !pass.is_empty() {
            let opens = would_open(store, key, &pass).await?;
            return Ok(Err(opens.map_or_else(spent, |by| enter(&by, &pass))));
        }
        let page = format!("page_{:032x}", store.bits());
        let visitor = if request.claims.is_empty() {
            let session = session(request, key, store.now());
            session
                .map(|(text, actor)| self.known(key, &text, actor))
                .ok_or_else(|| closed(request))
        } else {
            self.vouched_for(key, request)
        };
        Ok(visitor.map(|visitor| Visitor { page, ..visitor }))
    }

    fn known(&self, key: &str, session: &str, actor: Actor) -> Visitor {
        Visitor {
            actor,
            csrf: form_token(key, session),
            live: self.live,
            page: String::new(),
        }
    }

    /// By the authorizer in front of us: a name, and a role among the groups.
    fn vouched_for(&self, key: &str, request: &Request) -> Result<Visitor, Response> {
        let claim = |name: &str| request.claims.get(name);
        let groups = ["cognito:groups", "groups", "roles"].into_iter().find_map(claim);
        let groups = groups.map(String::as_str).unwrap_or_default();
        // API Gateway writes a list as `[one two]`. A group whose name only contains a role's is none.
        let words = groups.split(|letter: char| letter.is_whitespace() || ['[', ']', ',', '"'].contains(&letter));
        let role = words.filter_map(Role::parse).max();
        match (claim("sub"), role) {
            (Some(subject), Some(role)) => {
                // An address that nobody has verified may be a colleague's.
                let verified = claim("email_verified").is_some_and(|said| said == "true");
                let name = claim("email").filter(|_| verified).unwrap_or(subject).clone();
                Ok(self.known(key, subject, Actor { name, role }))
            }
            _ => Err(plain(
                403,
                "You have no role here",
                "You are signed in, and none of your groups is called viewer, finance or operator. Ask whoever runs the shop.",
            )),
        }
    }

    /// Not readable by scripts, and not sent with forms of other sites. A link in a mail or an alert opens the console.
    fn welcome(&self, key: &str, session: &Signed) -> Response {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = session.text(For::Session, key);
        see("/console").with(
            "set-cookie",
            format!("{COOKIE}={text}; Path=/console; HttpOnly; SameSite=Lax{secure}"),
        )
    }
}

impl Visitor {
    pub(crate) fn is_our_form(&self, given: &str) -> bool {
        same(&self.csrf, given)
    }
}

fn cookie(request: &Request) -> Option<&str> {
    let mut cookies = request.cookies.iter().filter_map(|cookie| cookie.split_once('='));
    cookies.find_map(|(name, text)| (name == COOKIE).then_some(text))
}

fn session(request: &Request, key: &str, now: Timestamp) -> Option<(String, Actor)> {
    let text = cookie(request)?;
    let session = Signed::read(text, For::Session, key, now)?;
    Some((text.to_owned(), session.actor))
}

/// Carries something that may have been signed: a stranger's request does not.
fn is_signed(request: &Request) -> bool {
    let passes = [request.query.as_bytes(), &request.body];
    cookie(request).is_some() || passes.iter().any(|pairs| !field(pairs, PASS).is_empty())
}

fn field(pairs: &[u8], name: &str) -> String {
    let found = form_urlencoded::parse(pairs).find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn closed(request: &Request) -> Response {
    let headline = "The console is closed";
    let say = "Open it with an address that was made for you: on the local stack the start page has one, and each opens it once.";
    // A form that another site sends has no cookie of ours: nothing of it is shown.
    if cookie(request).is_some() {
        return not_done(403, headline, say, request);
    }
    plain(403, headline, say)
}

fn spent() -> Response {
    plain(
        403,
        "This address opens nothing any more",
        "Each address opens the console once, and within twelve hours. Ask for a new one.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef";

    fn visitor(claims: &[(&str, &str)]) -> Option<(String, Role)> {
        let access = Access {
            key: Held::of(ConsoleKey(KEY.to_owned())),
            secure: true,
            live: true,
        };
        let claims = claims
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let request = Request {
            claims: claims.collect(),
            ..Request::default()
        };
        let vouched = access.vouched_for(KEY, &request).ok()?;
        Some((vouched.actor.name, vouched.actor.role))
    }

    #[test]
    fn a_role_is_a_group_of_exactly_that_name_and_a_name_is_one_that_was_verified() {
        let of = |groups: &str| visitor(&[("sub", "u1"), ("cognito:groups", groups)]).map(|(_, role)| role);
        assert_eq!(of("[viewer finance]"), Some(Role::Finance));
        assert_eq!(of("operator"), Some(Role::Operator));
        for groups in ["", "[staff]", "non-operator", "operator-trainees", "refunds/finance"] {
            assert_eq!(of(groups), None, "{groups}");
        }
        let named = |verified| {
            let claims = [
                ("sub", "u1"),
                ("groups", "viewer"),
                ("email", "ann@shop.example"),
                ("email_verified", verified),
            ];
            visitor(&claims).map(|(name, _)| name)
        };
        assert_eq!(named("true").as_deref(), Some("ann@shop.example"));
        assert_eq!(named("false").as_deref(), Some("u1"));
        assert_eq!(visitor(&[("groups", "viewer")]), None, "nobody in particular");
    }
}
