//! One whole system, with its buyer, its operator and its passing time.

use std::sync::Mutex;
use std::time::Duration;

use adapters::env::Env;
use adapters::http::Http;
use adapters::store::{Store, StoreConfig};
use desk::access::Role;
use local::client::{Answer, Client};
use local::stack::Stack;
use serde_json::Value;

/// Real time that anything may take; a test that needs it is broken.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Town {
    pub(crate) stack: Stack,
    pub(crate) http: Client,
    /// The operator's session, and when it began.
    session: Mutex<Option<(i64, String)>>,
}

/// An order as its buyer knows it.
pub(crate) struct Order {
    pub(crate) id: String,
    /// The status page.
    pub(crate) page: String,
    /// The same, as Stripe sends the buyer back to it.
    pub(crate) back: String,
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

impl Town {
    /// Nobody is on call here, so no test alert asks for an answer: a day of it would be a case. And nobody in Finance reads
    /// a mail that comes every morning.
    pub(crate) async fn open() -> Self {
        let town = Self::with_digest().await;
        town.stack.world.pause("digest");
        town
    }

    pub(crate) async fn with_heartbeat() -> Self {
        let town = Self::with_all().await;
        town.stack.world.pause("digest");
        town
    }

    pub(crate) async fn with_digest() -> Self {
        let town = Self::with_all().await;
        town.stack.world.pause("heartbeat");
        town
    }

    async fn with_all() -> Self {
        let stack = Stack::start(0).await.expect("the local stack starts");
        // On whichever day the tests run.
        stack.world.pause("weekly");
        Self {
            stack,
            http: Client::new(PATIENCE),
            session: Mutex::new(None),
        }
    }

    pub(crate) fn shop(&self, path: &str) -> String {
        format!("{}{path}", self.stack.places.shop)
    }

    pub(crate) async fn get(&self, url: &str, headers: &[(&'static str, String)]) -> Answer {
        self.http
            .call("GET", url, headers, Vec::new())
            .await
            .expect("an answer")
    }

    pub(crate) async fn post(&self, url: &str, kind: &str, body: &[u8]) -> Answer {
        let headers = [("content-type", kind.to_owned())];
        self.http.post(url, &headers, body.to_vec()).await.expect("an answer")
    }

    /// Breaks or mends, by the panel's own words.
    pub(crate) fn set(&self, what: &str) {
        self.stack.world.set(what);
    }

    pub(crate) async fn settle(&self) {
        self.stack.settle(PATIENCE).await.expect("the system comes to rest");
    }

    /// Time passes in steps of a minute, a quarter or an hour, as it would pass for the schedules.
    pub(crate) async fn later(&self, step: Duration, times: u32) {
        for _ in 0..times {
            self.stack.advance(step).expect("the clock moves");
            self.settle().await;
        }
    }

    pub(crate) async fn minutes(&self, minutes: u32) {
        self.later(Duration::from_secs(60), minutes).await;
    }

    pub(crate) async fn hours(&self, hours: u32) {
        self.later(Duration::from_secs(3_600), hours).await;
    }

    /// A form as the shop makes it, with its token.
    pub(crate) async fn form(&self, product: &str) -> String {
        self.form_of(product, "jo@example.com", "Blue").await
    }

    pub(crate) async fn form_of(&self, product: &str, email: &str, team: &str) -> String {
        let page = self.get(&self.shop(&format!("/?product={product}")), &[]).await.text();
        let token = between(&page, "name=\"form\" value=\"", "\"");
        fields(&[
            ("form", &token),
            ("product", product),
            ("name", "Jo Doe"),
            ("email", email),
            ("team", team),
        ])
    }

    /// Orders, and is sent to the payment page.
    pub(crate) async fn order(&self, product: &str) -> String {
        let form = self.form(product).await;
        self.submit(&form).await
    }

    /// Sends the form, and is sent to the payment page.
    pub(crate) async fn submit(&self, form: &str) -> String {
        let sent = self.post(&self.shop("/checkout"), FORM, form.as_bytes()).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        sent.header("location").expect("a payment page").to_owned()
    }

    /// Pays, and is sent to the status page.
    pub(crate) async fn pay(&self, page: &str, fields: &str) -> Order {
        let paid = self.post(page, FORM, fields.as_bytes()).await;
        assert_eq!(paid.status, 303, "{}", paid.text());
        let back = paid.header("location").expect("a status page").to_owned();
        let page = back.split('?').next().expect("an address").to_owned();
        let slug = page.rsplit('/').next().expect("a slug");
        let id = slug.split('.').next().expect("an id").to_owned();
        Order { id, page, back }
    }

    pub(crate) async fn buy(&self, product: &str) -> Order {
        let order = self.buys_now(product).await;
        self.settle().await;
        order
    }

    /// Orders and pays, and waits for nothing.
    pub(crate) async fn buys_now(&self, product: &str) -> Order {
        let page = self.order(product).await;
        self.pay(&page, "pay=yes").await
    }

    /// What the status page says: its state, and all its words.
    pub(crate) async fn reads(&self, order: &Order) -> (String, String) {
        let answer = self
            .get(&order.page, &[("accept", "application/json".to_owned())])
            .await
            .text();
        let said: Value = serde_json::from_str(&answer).expect("JSON");
        let body = said["body"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let words = std::iter::once(said["headline"].as_str().unwrap_or_default()).chain(body);
        (
            said["state"].as_str().unwrap_or_default().to_owned(),
            words.collect::<Vec<_>>().join("\n"),
        )
    }

    pub(crate) async fn state(&self, order: &Order) -> String {
        self.reads(order).await.0
    }

    /// Captured and returned, by Stripe's own word.
    pub(crate) fn money(&self, order: &Order) -> (i64, i64) {
        self.stack.world.stripe().truth(&order.id)
    }

    /// Accounts, teams and members, by the identity provider's own word.
    pub(crate) fn access(&self, order: &Order) -> (usize, usize, usize) {
        let truth = self.stack.world.directory().truth(&order.id);
        (truth.users, truth.teams, truth.members)
    }

    /// All that both partners have, and how much everybody was told: equal before and after what must change nothing.
    pub(crate) fn partners(&self) -> String {
        let stripe = self.stack.world.stripe();
        let intents = stripe.intents.iter().map(|intent| (&intent.id, &intent.status));
        let stripe = (intents.collect::<Vec<_>>(), stripe.refunds.len(), stripe.events.len());
        let directory = self.stack.world.directory();
        let provider = (&directory.users, &directory.groups);
        let told = (self.stack.world.mails().len(), self.stack.world.alerts().len());
        format!("{stripe:?} {provider:?} {told:?}")
    }

    /// Subjects of the mails to this address.
    pub(crate) fn mails_to(&self, address: &str) -> Vec<String> {
        let mails = self.stack.world.mails();
        mails
            .iter()
            .filter(|mail| mail.to == address)
            .map(|mail| mail.subject.clone())
            .collect()
    }

    pub(crate) fn mail_text(&self, address: &str) -> String {
        let mails = self.stack.world.mails();
        mails
            .iter()
            .filter(|mail| mail.to == address)
            .map(|mail| mail.text.clone())
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub(crate) fn alerts(&self) -> Vec<String> {
        self.stack
            .world
            .alerts()
            .iter()
            .map(|alert| alert.text.clone())
            .collect()
    }

    pub(crate) async fn console(&self, path: &str) -> String {
        let answer = self
            .get(
                &self.shop(&format!("/console{path}")),
                &[("cookie", self.cookie().await)],
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        unescape(&answer.text())
    }

    pub(crate) async fn cookie(&self) -> String {
        const SESSION_MS: i64 = 11 * 3_600_000;
        let now = self.stack.world.clock.now_ms();
        let known = self.session.lock().expect("no panic").clone();
        if let Some((_, cookie)) = known.filter(|(began, _)| now - began < SESSION_MS) {
            return cookie;
        }
        let cookie = self.cookie_of(Role::Operator).await;
        *self.session.lock().expect("no panic") = Some((now, cookie.clone()));
        cookie
    }

    /// The session of somebody with that role.
    pub(crate) async fn cookie_of(&self, role: Role) -> String {
        let now = self.stack.world.clock.now_ms();
        let pass = self.stack.places.pass(role, now).expect("a pass");
        let opened = self.opens(&pass).await;
        let cookie = opened.header("set-cookie").expect("a cookie");
        cookie.split(';').next().expect("a cookie").to_owned()
    }

    /// Presses the button of the page that a pass leads to.
    pub(crate) async fn opens(&self, pass: &str) -> Answer {
        let text = pass.split("pass=").nth(1).expect("a pass");
        let headers = [("content-type", FORM.to_owned())];
        let url = self.shop("/console/enter");
        let opened = self.http.post(&url, &headers, fields(&[("pass", text)]).into_bytes());
        opened.await.expect("an answer")
    }

    /// An operator opens the order, chooses, reads what will happen, gives a reason and confirms.
    pub(crate) async fn decide(&self, order: &Order, choice: &str, reason: &str) {
        let shown = self.console(&format!("/orders/{}", order.id)).await;
        let case = between(&shown, "action=\"/console/cases/", "/preview\"");
        let preview = self.send_choice(&case, "preview", &shown, choice, reason).await;
        assert_eq!(preview.status, 200, "{}", preview.text());
        let done = self
            .send_choice(&case, "decide", &unescape(&preview.text()), choice, reason)
            .await;
        assert_eq!(done.status, 303, "{}", done.text());
        self.settle().await;
    }

    /// The version of the order, as the console shows it.
    pub(crate) async fn version(&self, order: &Order) -> String {
        let shown = self.console(&format!("/orders/{}", order.id)).await;
        between(&shown, "name=\"seen\" value=\"", "\"")
    }

    /// Sends the hidden fields of the form that was shown.
    pub(crate) async fn send_choice(&self, case: &str, what: &str, shown: &str, choice: &str, reason: &str) -> Answer {
        let hidden = |name: &str| between(shown, &format!("name=\"{name}\" value=\""), "\"");
        let asked = |label: &str| shown.contains(label).then(|| between(shown, label, "<"));
        let fields = fields(&[
            ("csrf", &hidden("csrf")),
            ("order", &hidden("order")),
            ("seen", &hidden("seen")),
            (
                "decision",
                // The order's page has names for other things.
                &asked("name=\"decision\" value=\"")
                    .filter(|_| shown.contains("This will happen, in this order"))
                    .map(|text| between(&text, "", "\""))
                    .unwrap_or_default(),
            ),
            ("code", "goodwill"),
            (
                "amount",
                &asked("Write the amount that goes back: ").unwrap_or_default(),
            ),
            ("choice", choice),
            ("reason", reason),
        ]);
        let headers = [("content-type", FORM.to_owned()), ("cookie", self.cookie().await)];
        let url = self.shop(&format!("/console/cases/{case}/{what}"));
        self.http
            .post(&url, &headers, fields.into_bytes())
            .await
            .expect("an answer")
    }

    /// The table, as a function has it.
    pub(crate) fn store(&self) -> Store {
        let config = StoreConfig::read(&self.environment());
        Store::new(config, &Http::new(None).expect("a client"))
    }

    /// What a function that reads the table is started with.
    pub(crate) fn environment(&self) -> Env {
        let mut launches = self.stack.launches.iter();
        let launch = launches.find(|launch| launch.name == "reconciliation");
        Env::from_pairs(launch.expect("the function").environment.clone())
    }

    /// A function's log of this run.
    pub(crate) fn log(&self, function: &str) -> String {
        std::fs::read_to_string(self.stack.logs().join(format!("{function}.log"))).unwrap_or_default()
    }

    /// How often the word was counted.
    pub(crate) fn counted(&self, function: &str, word: &str) -> usize {
        self.log(function).matches(&format!("\"counted\":\"{word}\"")).count()
    }
}

pub(crate) fn fields(pairs: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish()
}

pub(crate) fn between(text: &str, start: &str, end: &str) -> String {
    let from = text.find(start).unwrap_or_else(|| panic!("no {start} in:\n{text}")) + start.len();
    let length = text[from..].find(end).expect("an end");
    text[from..from + length].to_owned()
}

fn unescape(text: &str) -> String {
    text.replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}
