//! What each reader has to expect: read from the policy that orders start under.

use adapters::env::Env;
use adapters::lambda::http::Response;
use askama::Template;
use desk::expect::declared;
use domain::first::{First, Firsts};
use domain::money::Money;
use domain::notice::Audience;
use domain::policy::Policy;
use domain::wording::{self, Row};
use flow::ports::{Control, Trouble};

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
    firsts: Vec<FirstLine>,
}

/// What the policy has answered, and when first.
struct FirstLine {
    happened: String,
    answered: &'static str,
    first: First,
}

impl FirstLine {
    fn of(first: &First) -> Self {
        Self {
            happened: wording::happened(&first.branch),
            answered: wording::answered(first.branch.answer),
            first: first.clone(),
        }
    }

    fn told(&self) -> String {
        let owner = wording::owner(self.first.owner);
        match self.first.told {
            Some(at) => format!("{owner}, on {at}"),
            None => format!("{owner}, within ten minutes"),
        }
    }
}

#[derive(Template)]
#[template(path = "expect.html")]
struct ExpectPage<'a> {
    frame: Frame<'a>,
    title: &'static str,
    introduction: String,
    rows: Vec<Row>,
}

/// For whom there is a page, and what has happened so far.
pub(crate) async fn readers(store: &impl Control, visitor: &Visitor) -> Result<Response, Trouble> {
    let firsts: Firsts = store.control().await?;
    let line = |reader| (wording::expectations_path(reader), wording::title(reader));
    let page = ReadersPage {
        frame: Frame::of(visitor),
        readers: wording::readers().map(line).to_vec(),
        firsts: firsts.all().iter().rev().map(FirstLine::of).collect(),
    };
    Ok(respond(200, &page))
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
