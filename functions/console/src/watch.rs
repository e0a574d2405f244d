//! Pages for whoever looks after the whole: who decided what, and whether our own house is in order.

use adapters::depths::{Depth, Depths};
use adapters::lambda::http::{Request, Response};
use askama::Template;
use desk::audit::{EndingLine, endings};
use desk::brakes::{BrakeLine, all};
use desk::health::{HealthLine, health};
use domain::{Timestamp, wording};
use flow::ports::{Archive, Breakers, Store, Trouble};

use crate::access::Visitor;
use crate::brakes::Brakes;
use crate::handler::missing;
use crate::pages::{Frame, respond};

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage<'a> {
    frame: Frame<'a>,
    lines: Vec<EndingLine>,
    /// That some of them cannot be read; empty: all can.
    unread: String,
    older: Option<Timestamp>,
    latest: bool,
}

/// `?before=`: milliseconds since 1970, as the link to older ones has it.
pub(crate) async fn audit(
    store: &(impl Store + Archive),
    visitor: &Visitor,
    request: &Request,
) -> Result<Response, Trouble> {
    let mut query = form_urlencoded::parse(request.query.as_bytes());
    let before = query.find(|(name, _)| name == "before");
    let from = match &before {
        None => Timestamp(i64::MAX),
        Some((_, text)) => match text.parse() {
            Ok(at) => Timestamp(at),
            Err(_) => return Ok(missing("page")),
        },
    };
    let (lines, unread, older) = endings(store, from).await?;
    let page = AuditPage {
        frame: Frame::of(visitor),
        lines,
        unread: wording::endings_unread(unread),
        older,
        latest: before.is_none(),
    };
    Ok(respond(200, &page))
}

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage<'a> {
    frame: Frame<'a>,
    well: bool,
    lines: Vec<HealthLine>,
    brakes: Vec<BrakeLine>,
    depths: Vec<DepthLine>,
}

struct DepthLine {
    name: &'static str,
    fresh: String,
    delayed: String,
    dead: String,
    well: bool,
}

/// Dead letters are taken up within a minute; of coordination's own nobody takes them up.
fn depth(line: &Depth) -> DepthLine {
    let [fresh, delayed, dead] = line.counts;
    let words = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    DepthLine {
        name: line.name,
        fresh: words(fresh),
        delayed: words(delayed),
        dead: words(dead),
        well: dead == Some(0),
    }
}

pub(crate) async fn house(
    store: &(impl Store + Breakers),
    brakes: &Brakes,
    depths: &Depths,
    visitor: &Visitor,
) -> Result<Response, Trouble> {
    let lines = health(store).await?;
    let mut brakes = all(store, brakes.limits, &brakes.steps).await?;
    brakes.retain(|brake| brake.on);
    let depths: Vec<DepthLine> = depths.ask().await?.iter().map(depth).collect();
    let page = HealthPage {
        frame: Frame::of(visitor),
        well: brakes.is_empty() && lines.iter().all(|line| line.well) && depths.iter().all(|line| line.well),
        lines,
        brakes,
        depths,
    };
    Ok(respond(200, &page))
}
