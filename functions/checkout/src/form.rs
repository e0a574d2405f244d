//! What the buyer sent, believed only after it was looked at.

use std::collections::BTreeMap;

use adapters::lambda::http::Request;
use domain::catalogue::Product;
use domain::order::Buyer;
use domain::receipt::Step;

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
    pub(crate) field: &'static str,
    pub(crate) say: String,
}

fn wrong(field: &'static str, say: &str) -> Wrong {
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

/// Reads the fields, from a form or from JSON.
pub(crate) fn read(request: &Request) -> Result<Given, Wrong> {
    if request.body.len() > BODY_BYTES_MAX {
        return Err(Wrong {
            status: 413,
            field: "body",
            say: "The form is too long: 64 KiB is the limit.".to_owned(),
        });
    }
    let kind = request
        .header("content-type")
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let fields: BTreeMap<String, String> = match kind {
        "application/x-www-form-urlencoded" => form_urlencoded::parse(&request.body).into_owned().collect(),
        "application/json" => serde_json::from_slice(&request.body).map_err(|_not_json| Wrong {
            status: 400,
            field: "body",
            say: "The body is not a JSON object of texts: send form, product, name, email and team.".to_owned(),
        })?,
        _ => {
            let say = "Send a form (application/x-www-form-urlencoded) or JSON (application/json).".to_owned();
            return Err(Wrong {
                status: 415,
                field: "content-type",
                say,
            });
        }
    };
    let field = |name: &str| {
        fields
            .get(name)
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    Ok(Given {
        form: field("form"),
        product: field("product"),
        name: field("name"),
        email: field("email"),
        team: field("team"),
    })
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
    if value.chars().any(char::is_control) {
        return Err(wrong(field, "This has characters that cannot be shown: type it again."));
    }
    Ok(())
}

/// Enough to catch slips: the mail server has the last word.
fn email(value: &str) -> Result<(), Wrong> {
    const MEND: &str = "Write an e-mail address like jo@example.com.";
    let odd = |letter: char| letter.is_control() || letter.is_whitespace() || "<>()[],;:\\\"".contains(letter);
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

    fn refused(change: impl Fn(&mut Given)) -> &'static str {
        let mut given = given();
        change(&mut given);
        check(&given, &Shop::read().unwrap())
            .map(|_| ())
            .expect_err("must be refused")
            .field
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
    }
}
