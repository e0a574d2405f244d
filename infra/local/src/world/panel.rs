//! The start page: where to look, the story in one click, and what to break.

mod faults;
mod story;
mod switches;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, State};
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use serde::Deserialize;

use super::World;
use super::page::{at, button, escape, page};
use switches::{GROUPS, Group, Switch};

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/", get(start))
        .route("/break", post(break_it))
        .route("/time", post(move_time))
        .merge(story::router())
}

const TIMES: [(&str, u64); 5] = [
    ("A minute on", 60),
    ("15 minutes on", 900),
    ("An hour on", 3_600),
    ("A day on", 86_400),
    ("A week on", 604_800),
];

async fn start(State(world): State<Arc<World>>) -> Html<String> {
    let groups: String = GROUPS.iter().map(group).collect();
    let body = format!(
        "<p>Every charge is made good: delivered, given back, or in a named person's hands, and everyone who should know knows why. \
         Buy something, then break something, and look at what each person sees.</p>{}{}<h2>Look</h2>{}<h2>Break it</h2>{groups}\
         <p class=\"soft\">By hand at Stripe: refunds, disputes, captures, a bank that pays late or not. \
         See <a href=\"/stripe\">Stripe's side</a>; bank debits are chosen on the payment page.</p>\
         <h2>The four answers to a failure</h2>{RECOURSES}",
        now(&world),
        story::INVITATION,
        links(&world),
    );
    page("Makegood, all of it, on this machine", &body)
}

const RECOURSE_NAMES: [&str; 4] = ["Ignore", "Retry", "Undo", "Coordinate"];

const RECOURSES: &str = "<div class=\"scroll\" tabindex=\"0\"><table><tr><th>Answer</th><th>When</th><th>What you see</th></tr>\
    <tr><td>Ignore</td><td>a mail could not be sent</td><td>the order is delivered; the order's page says that the message was not sent; where it is about money, a case names who does not know</td></tr>\
    <tr><td>Retry</td><td>the other system is down</td><td>the customer is told that it takes longer; nothing is refunded</td></tr>\
    <tr><td>Undo</td><td>the other system refuses</td><td>what was made is taken back, the money goes back, and everybody reads why</td></tr>\
    <tr><td>Coordinate</td><td>automation has no answer left</td><td>a case in the console, with a suggestion; a person decides</td></tr></table></div>";

fn now(world: &World) -> String {
    let broken = world.broken();
    let (class, said, mend) = if broken.is_empty() {
        ("now", "Everything works.".to_owned(), String::new())
    } else {
        let said = format!("Broken now: {}.", broken.join("; "));
        (
            "now broken",
            said,
            button("/break", "what", "all-well", "Mend everything"),
        )
    };
    let forward = |(label, seconds): &(&str, u64)| button("/time", "seconds", &seconds.to_string(), label);
    format!(
        "<section class=\"{class}\"><p><strong>{}</strong></p>{mend}<p class=\"soft\">It is {} here. Move the clock, and waits of \
         minutes or hours happen at once:</p>{}</section>",
        escape(&said),
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
        ("/enter/operator".to_owned(), "Console", "Cases, orders, and decisions."),
        (
            "/enter/finance".to_owned(),
            "Console for Finance",
            "The same, as Finance may use it.",
        ),
        (
            "/enter/viewer".to_owned(),
            "Console to look at",
            "As Customer Service has it.",
        ),
        (
            "/mails".to_owned(),
            "Mails",
            "To the customer, Finance, Customer Service.",
        ),
        ("/alerts".to_owned(), "Alerts", "What operations would be woken by."),
        (
            "/announcements".to_owned(),
            "Announcements",
            "What other systems hear of orders.",
        ),
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
        (
            "/licences".to_owned(),
            "Licence service's side",
            "A system of your own, over signed HTTP.",
        ),
    ];
    let item = |(to, name, what): &(String, &str, &str)| format!("<li><a href=\"{to}\">{name}</a><p>{what}</p></li>");
    format!("<ul class=\"grid\">{}</ul>", links.iter().map(item).collect::<String>())
}

fn group(group: &Group) -> String {
    let items: String = group.switches.iter().map(switch).collect();
    let open = if group.open { " open" } else { "" };
    format!(
        "<details{open}><summary>{}</summary><ul class=\"switches\">{items}</ul></details>",
        group.partner
    )
}

fn switch(switch: &Switch) -> String {
    let buttons = |button_of: &(&str, &str)| button("/break", "what", button_of.0, button_of.1);
    let buttons: String = switch.buttons.iter().map(buttons).collect();
    let buttons = if switch.name.is_empty() {
        buttons
    } else {
        format!("<div class=\"several\"><strong>{}</strong>{buttons}</div>", switch.name)
    };
    // What is seen begins with the answer's name, where there is one.
    let answer = switch.see.split_once(": ");
    let answer = answer.filter(|(name, _)| RECOURSE_NAMES.contains(name));
    let see = answer.map_or(switch.see.to_owned(), |(name, rest)| {
        format!("<strong>{name}</strong>: {rest}")
    });
    format!("<li>{buttons}<p>{see}</p></li>")
}

#[derive(Deserialize)]
struct What {
    what: String,
}

async fn break_it(State(world): State<Arc<World>>, Form(chosen): Form<What>) -> Redirect {
    world.set(&chosen.what);
    Redirect::to("/")
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::World;
    use super::switches::GROUPS;
    use crate::clock::LocalClock;

    /// What a switch breaks is said on the page; what mends leaves nothing broken.
    #[test]
    fn every_switch_does_what_it_says() {
        let file = std::env::temp_dir().join(format!("makegood-panel-{}", std::process::id()));
        let world = World::new(Arc::new(LocalClock::new(file.clone()).unwrap()));
        for group in &GROUPS {
            for (what, label) in group.switches.iter().flat_map(|switch| switch.buttons) {
                world.set(what);
                let broken = !world.broken().is_empty();
                let mends = what.ends_with("-well") || what.ends_with("-yes");
                // Queues and table are not here, a function that is killed now is back at once, and no mail was sent.
                let elsewhere =
                    group.partner == "Queues and table" || what.starts_with("now-") || *what == "mails-back";
                assert_eq!(broken, !mends && !elsewhere, "{what}: {label}");
                world.set("all-well");
                assert!(world.broken().is_empty(), "{what} is not mended");
            }
        }
        std::fs::remove_file(file).unwrap();
    }
}
