//! What the buyer sent, believed only after it was looked at.

use std::borrow::Cow;
use std::fmt;

use adapters::lambda::http::Request;
use desk::text::normal;
use domain::catalogue::Product;
use domain::order::Buyer;
use domain::receipt::Step;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::shop::Shop;

const BODY_BYTES_MAX: usize = 64 * 1024;
const NAME_MAX: usize = 100;
const TEAM_MAX: usize = 80;
/// RFC 5321's limit.
const EMAIL_MAX: usize = 254;

/// Why a form is not taken: which field, and the mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) status: u16,
    pub(crate) field: Cow<'static, str>,
    pub(crate) say: String,
}

pub(crate) fn wrong(field: impl Into<Cow<'static, str>>, say: &str) -> Wrong {
    let field = field.into();
    Wrong {
        status: 422,
        field,
        say: say.to_owned(),
    }
}

/// As it was typed, to be shown again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) form: String,
    pub(crate) product: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) team: String,
}

/// Reads the fields, from a form or from JSON. A field that we do not know is refused and not dropped: whoever sends a
/// quantity must not believe that it counts.
pub(crate) fn read(request: &Request) -> Result<Given, Wrong> {
    if request.body.len() > BODY_BYTES_MAX {
        return Err(Wrong {
            status: 413,
            ..wrong("body", "The form is too long: 64 KiB is the limit.")
        });
    }
    let kind = request.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let fields: Vec<(String, String)> = match kind {
        "application/x-www-form-urlencoded" => form_urlencoded::parse(&request.body).into_owned().collect(),
        "application/json" => from_json(&request.body)?,
        _ => {
            return Err(Wrong {
                status: 415,
                ..wrong(
                    "content-type",
                    "Send a form (application/x-www-form-urlencoded) or JSON (application/json).",
                )
            });
        }
    };
    let mut given = Given::default();
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in &fields {
        let field = match name.as_str() {
            "form" => &mut given.form,
            "product" => &mut given.product,
            "name" => &mut given.name,
            "email" => &mut given.email,
            "team" => &mut given.team,
            unknown => {
                let shown: String = unknown.chars().filter(|letter| !letter.is_control()).take(40).collect();
                return Err(wrong(
                    shown,
                    "There is no such field: send form, product, name, email and team.",
                ));
            }
        };
        if seen.contains(&name.as_str()) {
            return Err(wrong(name.clone(), "This was sent twice: send it once."));
        }
        seen.push(name);
        *field = normal(value);
    }
    Ok(given)
}

/// A JSON object with every key that it has: of a key that is there twice a map would keep one.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Pairs;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = object.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Read)
    }
}

fn from_json(body: &[u8]) -> Result<Vec<(String, String)>, Wrong> {
    const MEND: &str = "The body is not a JSON object of texts: send form, product, name, email and team.";
    let no_object = |_no_object| Wrong {
        status: 400,
        ..wrong("body", MEND)
    };
    let object: Pairs = serde_json::from_slice(body).map_err(no_object)?;
    let text = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(wrong(name, "This must be a text."))
        }
    };
    object.0.into_iter().map(text).collect()
}

/// Checks the fields, one by one.
pub(crate) fn check<'a>(given: &Given, shop: &'a Shop) -> Result<(&'a Product, Buyer), Wrong> {
    let product = shop.product(&given.product);
    let product = product.ok_or_else(|| wrong("product", "There is no such product: choose one in the shop."))?;
    if given.form.len() != 32 || !given.form.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong("form", "The form is incomplete: open it again in the shop."));
    }
    text("name", &given.name, NAME_MAX, "Write your name.")?;
    email(&given.email)?;
    let wants_team = product.steps.contains(&Step::Team);
    if wants_team {
        text("team", &given.team, TEAM_MAX, "Write a name for your team.")?;
    }
    let team = if wants_team { given.team.clone() } else { String::new() };
    Ok((
        product,
        Buyer {
            name: given.name.clone(),
            email: given.email.clone(),
            team,
        },
    ))
}

fn text(field: &'static str, value: &str, max: usize, missing: &str) -> Result<(), Wrong> {
    if value.is_empty() {
        return Err(wrong(field, missing));
    }
    if value.chars().count() > max {
        return Err(wrong(
            field,
            &format!("This is too long: {max} characters are the limit."),
        ));
    }
    if value.chars().any(|letter| letter.is_control() || turns(letter)) {
        return Err(wrong(field, "This has characters that cannot be shown: type it again."));
    }
    Ok(())
}

/// Turns the direction of what follows: with it one name looks like another. Letters of right-to-left scripts need none.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// Enough to catch slips: the mail server has the last word.
fn email(value: &str) -> Result<(), Wrong> {
    const MEND: &str = "Write an e-mail address like jo@example.com.";
    let odd = |letter: char| {
        letter.is_control() || turns(letter) || letter.is_whitespace() || "<>()[],;:\\\"".contains(letter)
    };
    let Some((local, host)) = value.rsplit_once('@') else {
        return Err(wrong("email", MEND));
    };
    let labels = host
        .split('.')
        .filter(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let fine = !local.is_empty()
        && local.len() <= 64
        && !local.contains('@')
        && value.len() <= EMAIL_MAX
        && !value.contains(odd)
        && host.contains('.')
        && labels.count() == host.split('.').count();
    if fine { Ok(()) } else { Err(wrong("email", MEND)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Given {
        let (name, email, team) = ("Jo Doe".into(), "jo@example.com".into(), "Blue".into());
        Given {
            form: "0123456789abcdef0123456789abcdef".into(),
            product: "team-year".into(),
            name,
            email,
            team,
        }
    }

    fn refused(change: impl Fn(&mut Given)) -> String {
        let mut given = given();
        change(&mut given);
        check(&given, &Shop::read().unwrap())
            .map(|_| ())
            .expect_err("must be refused")
            .field
            .into_owned()
    }

    #[test]
    fn each_field_is_named_when_it_is_wrong() {
        assert!(check(&given(), &Shop::read().unwrap()).is_ok());
        assert_eq!(refused(|given| given.product = "gold".into()), "product");
        assert_eq!(refused(|given| given.form = "short".into()), "form");
        assert_eq!(refused(|given| given.name = String::new()), "name");
        assert_eq!(refused(|given| given.name = "x".repeat(101)), "name");
        assert_eq!(refused(|given| given.name = "Jo\u{7}".into()), "name");
        assert_eq!(refused(|given| given.team = "x".repeat(81)), "team");
        for odd in [
            "",
            "jo",
            "jo@",
            "@example.com",
            "jo@example",
            "a b@example.com",
            "jo@-x.com",
            "jo@ex..com",
            "a@b@c.com",
        ] {
            assert_eq!(refused(|given| given.email = odd.into()), "email", "{odd}");
        }
    }

    #[test]
    fn what_is_no_form_is_said_so() {
        let request = |kind: &str, body: &[u8]| {
            let headers = [("content-type".to_owned(), kind.to_owned())].into();
            read(&Request {
                headers,
                body: body.to_vec(),
                ..Request::default()
            })
            .map(|_| ())
            .expect_err("refused")
            .status
        };
        assert_eq!(request("application/json", b"not json"), 400);
        assert_eq!(request("application/json", b"[1]"), 400);
        assert_eq!(request("text/plain", b"x"), 415);
        assert_eq!(request("application/json", &vec![b' '; BODY_BYTES_MAX + 1]), 413);
        let deep = [b"{\"name\":".to_vec(), vec![b'['; 10_000]].concat();
        assert_eq!(request("application/json", &deep), 400);
    }

    #[test]
    fn no_field_is_dropped_or_taken_twice() {
        let field = |kind: &str, body: &str| {
            let headers = [("content-type".to_owned(), kind.to_owned())].into();
            let body = body.as_bytes().to_vec();
            let request = Request {
                headers,
                body,
                ..Request::default()
            };
            read(&request).map(|_| ()).expect_err("refused").field
        };
        let (form, json) = ("application/x-www-form-urlencoded", "application/json");
        assert_eq!(field(form, "name=Jo&quantity=-1"), "quantity");
        assert_eq!(field(form, "name=Jo&name=Al"), "name");
        assert_eq!(field(json, r#"{"name":"Jo","quantity":0.5}"#), "quantity");
        assert_eq!(field(json, r#"{"name":"Jo","name":"Al"}"#), "name");
        assert_eq!(field(json, r#"{"name":{"first":"Jo"}}"#), "name");
    }

    #[test]
    fn equal_names_are_equal_and_none_looks_like_another() {
        let request = |name: &str| {
            let body = form_urlencoded::Serializer::new(String::new())
                .append_pair("name", name)
                .finish();
            let headers = [(
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            )];
            read(&Request {
                headers: headers.into(),
                body: body.into_bytes(),
                ..Request::default()
            })
            .unwrap()
            .name
        };
        assert_eq!(request("Zoe\u{308}"), request("Zo\u{eb}"), "combining or not");
        assert!(
            check(
                &Given {
                    name: request("\u{5d3}\u{5e0}\u{5d4}"),
                    ..given()
                },
                &Shop::read().unwrap()
            )
            .is_ok()
        );
        assert_eq!(refused(|given| given.name = "Jo\u{202e}eoD".into()), "name");
        assert_eq!(refused(|given| given.email = "jo\u{202e}@example.com".into()), "email");
    }
}
