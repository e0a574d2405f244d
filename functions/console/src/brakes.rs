//! The page of the brakes.

use adapters::brake::brake_limits;
use adapters::env::Env;
use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use askama::Template;
use desk::brakes::{BrakeLine, all, switch_step, switch_undo};
use desk::decision::Decided;
use domain::brake::Limits;
use domain::catalogue;
use domain::receipt::Step;
use flow::ports::{Breakers, Store, Trouble};

use crate::access::Visitor;
use crate::again::Again;
use crate::handler::{form, missing, see};
use crate::pages::{Frame, respond};

/// What is sold says which steps there are.
const CATALOGUE: &str = include_str!("../../../infra/catalogue.toml");

/// Limits of the brake, and the steps that have a breaker.
pub struct Brakes {
    pub limits: Limits,
    pub steps: Vec<Step>,
}

impl Brakes {
    pub fn read(env: &Env) -> Self {
        let products = catalogue::parse(CATALOGUE).unwrap_or_else(|no| {
            env.refuse("infra", format!("infra/catalogue.toml, {no}"));
            Vec::new()
        });
        let mut steps: Vec<Step> = products.into_iter().flat_map(|product| product.steps).collect();
        steps.sort_unstable();
        steps.dedup();
        Self {
            limits: brake_limits(env),
            steps,
        }
    }
}

#[derive(Template)]
#[template(path = "brakes.html")]
struct BrakesPage<'a> {
    frame: Frame<'a>,
    again: &'a Again,
    lines: Vec<BrakeLine>,
}

pub(crate) async fn show(
    store: &(impl Store + Breakers),
    brakes: &Brakes,
    visitor: &Visitor,
    again: &Again,
) -> Result<Response, Trouble> {
    let lines = all(store, brakes.limits, &brakes.steps).await?;
    let page = BrakesPage {
        frame: Frame::of(visitor),
        again,
        lines,
    };
    Ok(respond(again.code(), &page))
}

pub(crate) async fn switch(
    store: &(impl Store + Breakers),
    brakes: &Brakes,
    visitor: &Visitor,
    request: &Request,
    name: &str,
) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let on = match field("on") {
        "true" => true,
        "false" => false,
        _ => return Ok(missing("switch")),
    };
    let switched = match (name, brakes.steps.iter().find(|step| step.name() == name)) {
        ("undo", _) => switch_undo(store, on, &visitor.actor, field("reason")).await?,
        (_, Some(step)) => switch_step(store, *step, on, &visitor.actor).await?,
        (_, None) => return Ok(missing("brake")),
    };
    match switched {
        Decided::Recorded => {
            log::note("brake_switched", &[("brake", name), ("on", field("on"))]);
            Ok(see("/console/brakes"))
        }
        Decided::No(why) => {
            let again = Again::refused(why, ("brake", name), fields);
            show(store, brakes, visitor, &again).await
        }
    }
}
