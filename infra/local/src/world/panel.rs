//! The start page: where to look, and what to break.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, State};
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use serde::Deserialize;
use testkit::identity::Fault;

use super::page::{at, button, page};
use super::webhooks::Mode;
use super::{World, lock};

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/", get(start))
        .route("/break", post(break_it))
        .route("/time", post(move_time))
}

/// A button: its name in the form, its label, and what one should see.
type Switch = (&'static str, &'static str, &'static str);

/// What can be broken, partner by partner. The first of each is the normal way.
const FAULTS: [(&str, &[Switch]); 3] = [
    (
        "Identity provider",
        &[
            ("idp-well", "Works", "Account, team and membership in a second."),
            (
                "idp-down",
                "Is down",
                "Retry: the status page says that set-up takes longer, and nothing is refunded. Move the clock, let it work again, move the clock: delivered. After a day without it: Coordinate, a person decides.",
            ),
            (
                "idp-teams",
                "Account yes, team no",
                "Undo: the account is made, then taken back, and the money goes back in full, and everybody who should know reads the same sentence why. The story that this project exists for.",
            ),
            ("idp-refuse", "Refuses everything", "Undo: the money goes back at once."),
            (
                "idp-lose",
                "Loses its next reply",
                "Nothing doubled: the order looks for what was made before it makes anything again.",
            ),
            (
                "kill",
                "Function killed after the effect, before the record",
                "One account, one team. Move the clock by 15 minutes: the sweeper finds the order.",
            ),
        ],
    ),
    (
        "Stripe",
        &[
            (
                "stripe-well",
                "Works",
                "Messages arrive, refunds go through. In an open case choose Retry: the money goes back.",
            ),
            (
                "refunds-no",
                "Refuses refunds",
                "Coordinate: together with \"account yes, team no\" a case opens in the console, and a person decides.",
            ),
            (
                "webhooks-drop",
                "Its messages are lost",
                "Delivered all the same: the page that you come back to asks Stripe itself. Had you closed it, the order would ask after 10 minutes.",
            ),
            (
                "webhooks-double",
                "Its messages come twice",
                "One order, one delivery, one mail.",
            ),
        ],
    ),
    (
        "Mail server",
        &[
            ("mails-yes", "Works", "The customer gets a mail when the team is ready."),
            (
                "mails-no",
                "Refuses every address",
                "Ignore: the team is delivered all the same. Nobody's order fails for a mail; the order's page in the console says that it was not sent.",
            ),
        ],
    ),
];

const TIMES: [(&str, u64); 4] = [
    ("A minute on", 60),
    ("15 minutes on", 900),
    ("An hour on", 3_600),
    ("A day on", 86_400),
];

async fn start(State(world): State<Arc<World>>) -> Html<String> {
    let body = format!(
        "<p>Every charge is made good: delivered, given back, or in a named person's hands, and everyone who should know knows why. \
         Buy something, then break something, and look at what each person sees.</p>{}<h2>Look</h2>{}<h2>Break it</h2>{}\
         <h2>The four answers to a failure</h2>{RECOURSES}",
        now(&world),
        links(&world),
        faults(),
    );
    page("Makegood, all of it, on this machine", &body)
}

const RECOURSE_NAMES: [&str; 4] = ["Ignore", "Retry", "Undo", "Coordinate"];

const RECOURSES: &str = "<div class=\"scroll\"><table><tr><th>Answer</th><th>When</th><th>What you see</th></tr>\
    <tr><td>Ignore</td><td>a mail could not be sent</td><td>the order is delivered; the order's page says that the message was not sent</td></tr>\
    <tr><td>Retry</td><td>the other system is down</td><td>the customer is told that it takes longer; nothing is refunded</td></tr>\
    <tr><td>Undo</td><td>the other system refuses</td><td>what was made is taken back, the money goes back, and everybody reads why</td></tr>\
    <tr><td>Coordinate</td><td>automation has no answer left</td><td>a case in the console, with a suggestion; a person decides</td></tr></table></div>";

fn now(world: &World) -> String {
    let fault = match world.directory().fault {
        Fault::None => None,
        Fault::Down => Some("the identity provider is down"),
        Fault::Refuse => Some("the identity provider refuses everything new"),
        Fault::RefuseTeams => Some("the identity provider makes accounts and refuses teams"),
        Fault::LoseReply => Some("the identity provider will lose its next reply"),
        Fault::Kill => Some("a function will be killed after the provider's next change"),
    };
    let refunds = world.stripe().faults.refuse_refunds.then_some("Stripe refuses refunds");
    let webhooks = match lock(&world.deliveries).mode {
        Mode::Deliver => None,
        Mode::Drop => Some("Stripe's messages are lost"),
        Mode::Double => Some("Stripe's messages come twice"),
    };
    let mails = world
        .mails_refused
        .load(Ordering::SeqCst)
        .then_some("the mail server refuses every address");
    let broken: Vec<&str> = [fault, refunds, webhooks, mails].into_iter().flatten().collect();
    let (class, said) = if broken.is_empty() {
        ("now", "Everything works.".to_owned())
    } else {
        ("now broken", format!("Broken now: {}.", broken.join("; ")))
    };
    let forward = |(label, seconds): &(&str, u64)| button("/time", "seconds", &seconds.to_string(), label);
    format!(
        "<section class=\"{class}\"><p><strong>{said}</strong></p><p class=\"soft\">It is {} here. Move the clock, and waits of \
         minutes or hours happen at once:</p>{}</section>",
        at(world.clock.now_ms()),
        TIMES.iter().map(forward).collect::<String>()
    )
}

fn links(world: &World) -> String {
    let Some(places) = world.places.get() else {
        return String::new();
    };
    let links = [
        (places.shop.clone() + "/", "Shop", "Buy a team or an account."),
        (
            format!("{}/console?token={}", places.shop, places.console_token),
            "Console",
            "Cases, orders, and decisions.",
        ),
        (
            "/mails".to_owned(),
            "Mails",
            "To the customer, Finance, Customer Service.",
        ),
        ("/alerts".to_owned(), "Alerts", "What operations would be woken by."),
        (
            "/stripe".to_owned(),
            "Stripe's side",
            "Payments, refunds and their reasons.",
        ),
        (
            "/identity".to_owned(),
            "Identity provider's side",
            "Accounts, teams and members.",
        ),
    ];
    let item = |(to, name, what): &(String, &str, &str)| format!("<li><a href=\"{to}\">{name}</a><p>{what}</p></li>");
    format!("<ul class=\"grid\">{}</ul>", links.iter().map(item).collect::<String>())
}

fn faults() -> String {
    let item = |(value, label, see): &Switch| {
        // What is seen begins with the answer's name, where there is one.
        let answer = see.split_once(": ").filter(|(name, _)| RECOURSE_NAMES.contains(name));
        let see = answer.map_or((*see).to_owned(), |(name, rest)| {
            format!("<strong>{name}</strong>: {rest}")
        });
        format!("<li>{}<p>{see}</p></li>", button("/break", "what", value, label))
    };
    let group = |(partner, faults): &(&str, &[Switch])| {
        let items: String = faults.iter().map(item).collect();
        format!("<h3>{partner}</h3><ul class=\"switches\">{items}</ul>")
    };
    FAULTS.iter().map(group).collect()
}

#[derive(Deserialize)]
struct What {
    what: String,
}

async fn break_it(State(world): State<Arc<World>>, Form(chosen): Form<What>) -> Redirect {
    world.set(&chosen.what);
    Redirect::to("/")
}

impl World {
    /// Breaks or mends by the name that the panel uses; an unknown name changes nothing.
    pub fn set(&self, what: &str) {
        let fault = |fault| self.directory().fault = fault;
        match what {
            "idp-down" => fault(Fault::Down),
            "idp-refuse" => fault(Fault::Refuse),
            "idp-teams" => fault(Fault::RefuseTeams),
            "idp-lose" => fault(Fault::LoseReply),
            "kill" => fault(Fault::Kill),
            "idp-well" => fault(Fault::None),
            "refunds-no" => self.stripe().faults.refuse_refunds = true,
            "webhooks-drop" => self.webhooks(Mode::Drop),
            "webhooks-double" => self.webhooks(Mode::Double),
            "stripe-well" => {
                self.stripe().faults.refuse_refunds = false;
                self.webhooks(Mode::Deliver);
            }
            "mails-no" => self.mails_refused.store(true, Ordering::SeqCst),
            "mails-yes" => self.mails_refused.store(false, Ordering::SeqCst),
            _ => {}
        }
    }
}

#[derive(Deserialize)]
struct Seconds {
    seconds: u64,
}

async fn move_time(State(world): State<Arc<World>>, Form(by): Form<Seconds>) -> Redirect {
    // Longer than a month is a slip of the hand.
    let _unwritten = world.advance(Duration::from_secs(by.seconds.min(2_678_400)));
    Redirect::to("/")
}
