//! The story that this project exists for, in one click: somebody pays, the account is made, the team is refused, and the
//! money goes back, and everybody who should know reads why.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use super::super::World;
use super::super::page::{at, escape, page};
use super::super::stripe::pounds;
use crate::client::Client;

pub(super) const INVITATION: &str = "<form method=\"post\" action=\"/story\" class=\"story\"><button class=\"main\">Run the story</button>\
    <p>In one click: somebody buys the Team plan, the account is made, the team is refused. Then look at what each person sees.</p></form>";

/// Real time for all of it to happen.
const PATIENCE: Duration = Duration::from_secs(20);
const TEAM: &str = "Lighthouse";

pub(super) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/story", post(run))
        .route("/story/{session}", get(tell))
}

async fn run(State(world): State<Arc<World>>) -> Response {
    world.set("all-well");
    world.set("idp-teams");
    let played = tokio::time::timeout(PATIENCE, play(&world)).await;
    world.set("idp-well");
    match played {
        Ok(Ok(session)) => Redirect::to(&format!("/story/{session}")).into_response(),
        Ok(Err(why)) => stopped(&why),
        Err(_late) => stopped("It takes longer than it should."),
    }
}

fn stopped(why: &str) -> Response {
    let body = format!("<p>{}</p><p><a href=\"/\">Back to the start page</a></p>", escape(why));
    (
        StatusCode::SERVICE_UNAVAILABLE,
        page("The story did not come to its end", &body),
    )
        .into_response()
}

/// Buys as a person would, and waits until the customer has been written to. Tells the payment page.
async fn play(world: &Arc<World>) -> Result<String, String> {
    let places = world.places.get().ok_or("The system is still starting.")?;
    let http = Client::new(PATIENCE);
    let (shop, checkout) = (
        format!("{}/?product=team-year", places.shop),
        format!("{}/checkout", places.shop),
    );
    let shown = http.call("GET", &shop, &[], Vec::new()).await?.text();
    let token = shown.split_once("name=\"form\" value=\"").map(|(_, rest)| rest);
    let token = token
        .and_then(|rest| rest.split('"').next())
        .ok_or("The shop shows no form.")?;
    let email = format!("ada{}@example.com", world.stripe().sessions.len() + 1);
    let form = format!(
        "form={token}&product=team-year&name=Ada+Young&email={}&team={TEAM}",
        email.replace('@', "%40")
    );
    let headers = [("content-type", "application/x-www-form-urlencoded".to_owned())];
    let sent = http.post(&checkout, &headers, form.into_bytes()).await?;
    let to = sent.header("location").ok_or("The shop opens no payment page.")?;
    let session = to.rsplit('/').next().unwrap_or_default().to_owned();
    world.stripe().pay(&session, None, world.clock.now_ms())?;
    world.stripe_moved();
    let mut busy = world.busy.watch();
    while !world.mails().iter().any(|mail| mail.to == email) {
        let _looked = tokio::time::timeout(Duration::from_millis(100), busy.changed()).await;
    }
    Ok(session)
}

async fn tell(State(world): State<Arc<World>>, Path(session): Path<String>) -> Response {
    told(&world, &session).map_or_else(
        || stopped("There is no such story."),
        |body| page("The story", &body).into_response(),
    )
}

/// From what Stripe and the identity provider have, whatever anybody recorded.
fn told(world: &World, session: &str) -> Option<String> {
    let stripe = world.stripe();
    let session = stripe.sessions.iter().find(|known| known.id == session)?;
    let paid = stripe
        .intents
        .iter()
        .find(|intent| Some(&intent.id) == session.intent.as_ref())?;
    let refund = stripe.refunds.iter().find(|refund| refund.intent == paid.id)?;
    let directory = world.directory();
    let account = directory
        .users
        .iter()
        .rev()
        .find(|user| user.body["userName"] == session.email.as_str())?;
    let taken_back = account.deleted_at.map_or("not yet taken back".to_owned(), |then| {
        format!("taken back {}", at(then))
    });
    let lines = [
        format!(
            "Ada Young paid {} for the Team plan, {}.",
            pounds(paid.received, &paid.currency),
            at(paid.created * 1000)
        ),
        format!("Her account was made {}.", at(account.created_at)),
        format!("The team \"{TEAM}\" was refused by the identity provider."),
        format!("So the account was {taken_back}."),
        format!(
            "And {} went back, {}.",
            pounds(refund.amount, &refund.currency),
            at(refund.created * 1000)
        ),
    ];
    let lines: String = lines.iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
    let because = escape(refund.metadata.get("because").map_or("", String::as_str));
    let links = links(&session.success_url);
    Some(format!(
        "<ol>{lines}</ol><p>Everybody who should know reads the same sentence:</p><blockquote>{because}</blockquote>\
         <h2>See it</h2><ul class=\"grid\">{links}</ul>\
         <p class=\"soft\">Everything works again. <a href=\"/\">Back to the start page</a></p>"
    ))
}

/// Where each person looks.
fn links(success_url: &str) -> String {
    let status_page = success_url.split('?').next().unwrap_or_default();
    let links = [
        (
            status_page.to_owned(),
            "The customer's page",
            "What the buyer reads when looking again.",
        ),
        ("/mails".to_owned(), "Mails", "To the customer and to Finance."),
        (
            "/stripe".to_owned(),
            "Stripe's side",
            "The sentence stands in the refund's metadata.",
        ),
        (
            "/identity".to_owned(),
            "Identity provider's side",
            "The account, struck through; no team.",
        ),
        (
            "/alerts".to_owned(),
            "Alerts",
            "What operations are told, without a name.",
        ),
        (
            "/enter/operator".to_owned(),
            "Console",
            "The order with all that happened to it. No case: nobody needs to do anything.",
        ),
    ];
    let item = |(to, name, what): &(String, &str, &str)| {
        format!("<li><a href=\"{}\">{name}</a><p>{what}</p></li>", escape(to))
    };
    links.iter().map(item).collect()
}
