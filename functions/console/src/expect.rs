//! What each reader has to expect: read from the policy that orders start under.

use adapters::env::Env;
use adapters::lambda::http::Response;
use askama::Template;
use desk::expect::declared;
use domain::money::Money;
use domain::notice::Audience;
use domain::policy::Policy;
use domain::wording::{self, Row};

use crate::access::Visitor;
use crate::handler::missing;
use crate::pages::{Frame, respond};

const POLICY: &str = include_str!("../../../infra/policy.toml");
const CATALOGUE: &str = include_str!("../../../infra/catalogue.toml");

/// The policy, and what is sold as an example.
pub struct Expect {
    shop: Option<(Policy, Money)>,
}

impl Expect {
    pub fn read(env: &Env) -> Self {
        Self {
            shop: declared(POLICY, CATALOGUE)
                .inspect_err(|no| env.refuse("infra", no.clone()))
                .ok(),
        }
    }
}

#[derive(Template)]
#[template(path = "readers.html")]
struct ReadersPage<'a> {
    frame: Frame<'a>,
    readers: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "expect.html")]
struct ExpectPage<'a> {
    frame: Frame<'a>,
    title: &'static str,
    introduction: String,
    rows: Vec<Row>,
}

/// For whom there is a page.
pub(crate) fn readers(visitor: &Visitor) -> Response {
    let line = |reader| (wording::expectations_path(reader), wording::title(reader));
    let page = ReadersPage {
        frame: Frame::of(visitor),
        readers: wording::readers().map(line).to_vec(),
    };
    respond(200, &page)
}

pub(crate) fn show(expect: &Expect, visitor: &Visitor, reader: &str) -> Response {
    let named = |known: &Audience| known.name() == reader;
    let (Some((policy, price)), Some(reader)) = (&expect.shop, wording::readers().into_iter().find(named)) else {
        return missing("page");
    };
    let page = ExpectPage {
        frame: Frame::of(visitor),
        title: wording::title(reader),
        introduction: wording::introduction(policy, *price),
        rows: wording::expectations(policy, *price, reader),
    };
    respond(200, &page)
}
