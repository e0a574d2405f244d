//! The console's real handler, asked as browsers ask it: what is refused stays written, and what somebody has is taken
//! over from them by name alone.

use std::collections::BTreeMap;
use std::time::Duration;

use adapters::depths::{Depths, DepthsConfig};
use adapters::env::Env;
use adapters::http::Http;
use adapters::lambda::http::{Request, Response};
use console::{Access, Brakes, Console, Expect};
use desk::access::Role;
use domain::case::Choice;
use domain::id::OrderId;
use futures_util::FutureExt as _;
use testkit::identity::Fault;

use crate::journey::Journey;

const HOUR: Duration = Duration::from_secs(3_600);
/// As nobody's reason may be, with what a page must not repeat as it is.
const SHORT: &str = "<b>no";
const SHORT_SHOWN: &str = "value=\"&#60;b&#62;no\"";
const WHY: &str = "The provider is back since noon.";

/// Somebody at the console, vouched for by the sign-in in front of it.
struct Visit<'a> {
    journey: &'a Journey,
    console: Console,
    name: &'a str,
    role: Role,
}

impl<'a> Visit<'a> {
    fn of(journey: &'a Journey, name: &'a str, role: Role) -> Self {
        let secret = ("MAKEGOOD_CONSOLE_SECRET".to_owned(), "0123456789abcdef".to_owned());
        let env = Env::from_pairs([secret]);
        let http = Http::new(None).expect("roots");
        let console = Console {
            access: Access::read(&env),
            brakes: Brakes::read(&env),
            expect: Expect::read(&env),
            depths: Depths::new(DepthsConfig::read(&env), &http),
            stripe: None,
        };
        Self {
            journey,
            console,
            name,
            role,
        }
    }

    /// None from somebody without a name: the sign-in has run out.
    fn claims(&self) -> BTreeMap<String, String> {
        let claims = [("sub", self.name), ("groups", self.role.name())].into_iter();
        let claims = claims.filter(|_| !self.name.is_empty());
        claims
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn asks(&self, method: &str, path: &str, body: String) -> Response {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            claims: self.claims(),
            cookies: vec!["makegood_console=run.out".to_owned()],
            body: body.into_bytes(),
            ..Request::default()
        };
        let answer = console::handle(&self.journey.world, &self.console, &request).now_or_never();
        answer.expect("at once")
    }

    fn sees(&self, path: &str) -> String {
        let page = self.asks("GET", path, String::new());
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        page.body
    }

    /// Fills in the form of this page that has all of `with`, and sends it where the page says.
    fn sends(&self, page: &str, with: &[&str], typed: &[(&str, &str)]) -> Response {
        let mut forms = page
            .split("<form ")
            .skip(1)
            .filter_map(|rest| rest.split("</form>").next());
        let form = forms.find(|form| with.iter().all(|text| form.contains(text)));
        let form = form.unwrap_or_else(|| panic!("no form with {with:?} in {page}"));
        let mut body = form_urlencoded::Serializer::new(String::new());
        for hidden in form.split("type=\"hidden\" ").skip(1) {
            body.append_pair(&between(hidden, "name=\"", "\""), &between(hidden, "value=\"", "\""));
        }
        body.extend_pairs(typed);
        self.asks("POST", &between(form, "action=\"", "\""), body.finish())
    }
}

fn between(text: &str, start: &str, end: &str) -> String {
    let rest = text.split_once(start).map(|(_, rest)| rest);
    let found = rest.and_then(|rest| rest.split_once(end)).map(|(found, _)| found);
    found.unwrap_or_else(|| panic!("no {start} in {text}")).to_owned()
}

/// The provider was down for longer than the policy waits.
fn stuck(seed: u64) -> (Journey, OrderId, String) {
    let mut journey = Journey::begin(seed);
    journey.world.state().directory.fault = Fault::Down;
    let id = journey.pays("team-year");
    journey.settles();
    journey.leaps(HOUR * 30);
    journey.world.state().directory.fault = Fault::None;
    let page = format!("/console/orders/{id}");
    (journey, id, page)
}

fn refused(answer: &Response, says: &str, keeps: &[&str]) {
    assert_eq!(answer.status, 409, "{}", answer.body);
    let problem = between(&answer.body, "role=\"alert\">", "</p>");
    assert!(problem.contains(says), "{problem}");
    for kept in keeps {
        assert!(answer.body.contains(kept), "{kept} is lost: {}", answer.body);
    }
    assert!(!answer.body.contains("<b>no"), "as it was written");
}

#[test]
fn a_case_that_is_not_tended_as_written_keeps_what_was_written_in_that_form_alone() {
    let (journey, _, path) = stuck(401);
    let olu = Visit::of(&journey, "Olu", Role::Operator);
    let page = olu.sees(&path);
    let late = [
        ("do", "hold"),
        ("at", "2099-01-01T10:00"),
        ("text", "The bank answers < soon."),
    ];
    let answer = olu.sends(&page, &["Hold it"], &late);
    let kept = [
        "value=\"2099-01-01T10:00\"",
        "value=\"The bank answers &#60; soon.\"",
        "<details open><summary>Give it to somebody",
    ];
    refused(&answer, "31 days at most", &kept);
    assert_eq!(answer.body.matches("2099-01-01T10:00").count(), 1, "in its own form");
    let answer = olu.sends(
        &answer.body,
        &["Hold it"],
        &[("do", "hold"), ("at", "soon"), ("text", SHORT)],
    );
    refused(&answer, "2026-11-27T15:00", &["value=\"soon\"", SHORT_SHOWN]);
    let answer = olu.sends(
        &page,
        &["Set the deadline"],
        &[("do", "due"), ("at", "2020-01-01T10:00")],
    );
    refused(&answer, "that moment has passed", &["value=\"2020-01-01T10:00\""]);
    let long = "x".repeat(61);
    let answer = olu.sends(&page, &["Give it to them"], &[("do", "assign"), ("to", &long)]);
    refused(&answer, "1 to 60 characters", &[&format!("value=\"{long}\"")]);
    let long = "y".repeat(301);
    let answer = olu.sends(&page, &["Write the note"], &[("do", "note"), ("text", &long)]);
    refused(&answer, "1 to 300 characters", &[&format!("value=\"{long}\"")]);
    // The page that was shown again works.
    let answer = olu.sends(
        &answer.body,
        &["Write the note"],
        &[("do", "note"), ("text", "Called them.")],
    );
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[test]
fn a_decision_about_what_changed_is_shown_as_it_stands_now_with_all_that_was_written() {
    let (mut journey, id, path) = stuck(402);
    let preview = {
        let fay = Visit::of(&journey, "Fay", Role::Finance);
        fay.sends(&fay.sees(&path), &["/preview"], &[("choice", "undo")]).body
    };
    let seen = between(&preview, "name=\"seen\" value=\"", "\"");
    // Meanwhile the customer is written to again.
    journey.leaps(HOUR * 30);
    let version = journey.order(&id).version;
    let fay = Visit::of(&journey, "Fay", Role::Finance);
    let typed = [
        ("code", "goodwill"),
        ("amount", "480.00 GBP"),
        ("reason", "She asked for it & I agreed."),
    ];
    let kept = [
        "value=\"480.00 GBP\"",
        "value=\"She asked for it &#38; I agreed.\"",
        "value=\"goodwill\" selected",
        &format!("name=\"seen\" value=\"{version}\""),
        "This will happen, in this order",
    ];
    let answer = fay.sends(&preview, &["/decide"], &typed);
    assert_ne!(seen, version.to_string());
    refused(&answer, "this changed while you looked", &kept);
    refused(&answer, "what you wrote is kept", &[]);
    assert_eq!(journey.order(&id).version, version, "nothing was done");
    let again = answer.body;
    let answer = fay.sends(&again, &["/decide"], &typed);
    assert_eq!(answer.status, 303, "{}", answer.body);
    // Whoever was slower finds it closed, and does not lose the words.
    let olu = Visit::of(&journey, "Olu", Role::Finance);
    let late = between(&again, "name=\"csrf\" value=\"", "\"");
    let mine = between(&olu.sees(&path), "name=\"csrf\" value=\"", "\"");
    let other = again
        .replace(&late, &mine)
        .replace("name=\"decision\" value=\"dec_", "name=\"decision\" value=\"dec_0");
    let answer = olu.sends(&other, &["/decide"], &typed);
    refused(
        &answer,
        "closed already",
        &["What you had written", "<blockquote>She asked for it &#38; I agreed."],
    );
}

#[test]
fn a_reason_that_is_too_short_stays_where_it_was_written() {
    let mut journey = Journey::begin(403);
    {
        let mut state = journey.world.state();
        state.directory.fault = Fault::RefuseTeams;
        state.mails_refused = true;
    }
    let id = journey.buys("team-year");
    journey.settles();
    let path = format!("/console/orders/{id}");
    let olu = Visit::of(&journey, "Olu", Role::Operator);
    let page = olu.sees(&path);
    let answer = olu.sends(&page, &["need-not"], &[("say", "need-not"), ("reason", SHORT)]);
    refused(
        &answer,
        "10 to 300 characters",
        &[SHORT_SHOWN, "<details open><summary>It need not be sent"],
    );
    assert_eq!(answer.body.matches(SHORT_SHOWN).count(), 1, "of several messages");
    let brakes = olu.sees("/console/brakes");
    let answer = olu.sends(&brakes, &["/console/brakes/undo"], &[("reason", SHORT)]);
    refused(&answer, "10 to 300 characters", &[SHORT_SHOWN]);
    let answer = olu.sends(&page, &["/console/find"], &[("q", "<b>no such thing")]);
    assert_eq!(answer.status, 422);
    assert!(
        answer.body.contains("value=\"&#60;b&#62;no such thing\""),
        "{}",
        answer.body
    );
}

#[test]
fn an_announcement_is_asked_for_again_with_the_reason_that_was_written() {
    let mut journey = Journey::begin(404);
    journey.world.state().topic_refuses = true;
    let id = journey.buys("team-year");
    journey.leaps(HOUR * 26);
    let path = format!("/console/orders/{id}");
    let page = {
        let olu = Visit::of(&journey, "Olu", Role::Operator);
        let page = olu.sees(&path);
        assert!(
            page.contains("Why shall they be told again that everything is set up?"),
            "{page}"
        );
        let answer = olu.sends(&page, &["/announce"], &[("reason", SHORT)]);
        refused(&answer, "10 to 300 characters", &[SHORT_SHOWN]);
        page
    };
    // Meanwhile somebody refunds it by hand.
    let payment = journey.order(&id).payments[0].id.to_string();
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        assert_eq!(state.stripe.refund_by_hand(&payment, now).status, 200);
    }
    journey.settles();
    let olu = Visit::of(&journey, "Olu", Role::Operator);
    let answer = olu.sends(&page, &["/announce"], &[("reason", WHY)]);
    refused(&answer, "this changed while you looked", &[WHY]);
}

#[test]
fn what_somebody_has_is_taken_over_from_them_by_name_and_never_over_their_head() {
    let (mut journey, id, path) = stuck(405);
    let (ann, olu) = ("Ann", "Olu");
    let both = Visit::of(&journey, olu, Role::Operator).sees(&path);
    {
        let ann = Visit::of(&journey, ann, Role::Operator);
        let answer = ann.sends(&ann.sees(&path), &["I have it"], &[("do", "take")]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        // Olu's page is older than that.
        let olu = Visit::of(&journey, olu, Role::Operator);
        let answer = olu.sends(&both, &["I have it"], &[("do", "take")]);
        let kept = ["Take it over from Ann</button>", "<strong>Ann has it.</strong>"];
        refused(
            &answer,
            "Nothing was done: Ann has it: take it over from Ann by name",
            &kept,
        );
        let given = olu.sends(&both, &["Give it to them"], &[("do", "assign"), ("to", "Bo")]);
        refused(&given, "Ann has it", &["name=\"to\" value=\"Bo\""]);
        let answer = olu.sends(&answer.body, &["Take it over from Ann"], &[("do", "take")]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        let page = olu.sees(&path);
        assert!(
            page.contains("Olu took the case over from Ann.") && !page.contains("Take it over"),
            "{page}"
        );
    }
    // The same of the alert of such cases.
    journey.hours(2);
    let alerts = Visit::of(&journey, olu, Role::Operator).sees("/console/alerts");
    let ann = Visit::of(&journey, ann, Role::Operator);
    let answer = ann.sends(&ann.sees("/console/alerts"), &["I have it"], &[]);
    assert_eq!(answer.status, 303, "{}", answer.body);
    let olu = Visit::of(&journey, olu, Role::Operator);
    let answer = olu.sends(&alerts, &["I have it"], &[]);
    refused(&answer, "Ann has it: take it over from Ann by name", &[]);
    let answer = olu.sends(&answer.body, &["Take it over from Ann"], &[]);
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(olu.sees("/console/alerts").contains("Olu has it since "));
    // And what is decided says in which role, and of which version.
    let version = journey.order(&id).version;
    journey.decides(&id, Choice::Retry, WHY);
    let audit = Visit::of(&journey, "Vera", Role::Viewer).sees("/console/audit");
    let line = format!("{version} to {}", version + 1);
    assert!(
        audit.contains(&line) && audit.contains("<span class=\"soft small short\">operator</span>"),
        "{audit}"
    );
}

/// The table is away, the sign-in has run out, the form is another's, or far too much was sent.
#[test]
fn what_was_written_comes_back_even_where_no_page_can() {
    let (journey, _id, page) = stuck(507);
    let olu = Visit::of(&journey, "Olu", Role::Operator);
    let form = olu.sees(&page);
    let comes_back = |answer: &Response, code: u16, text: &str| {
        assert_eq!(answer.status, code, "{}", answer.body);
        let kept = format!("<blockquote>{text}</blockquote>");
        assert!(answer.body.contains(&kept), "{}", answer.body);
        assert!(
            !answer.body.contains("page_"),
            "what the page put in is no text: {}",
            answer.body
        );
    };
    let note = |visit: &Visit<'_>, text: &str| visit.sends(&form, &["/tend", "id=\"note-"], &[("text", text)]);
    journey.world.state().store_down = true;
    comes_back(
        &note(&olu, "Called <b>them</b>."),
        503,
        "Called &#60;b&#62;them&#60;/b&#62;.",
    );
    journey.world.state().store_down = false;
    let other = Visit::of(&journey, "Ann", Role::Operator);
    comes_back(&note(&other, "Called them."), 403, "Called them.");
    let long = "All that was said. ".repeat(1_000);
    comes_back(&note(&olu, &long), 413, &long);
    let gone = Visit::of(&journey, "", Role::Operator);
    comes_back(&note(&gone, "Called them."), 403, "Called them.");
}
