//! A person with a browser.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use local::client::Client as ElsewhereClient;
use local::stack::Stack;
use local::tools::{node_packages, root};
use serde_json::{Map, Value, json};

pub(crate) const PHONE: (u32, u32) = (360, 780);
pub(crate) const DESK: (u32, u32) = (1280, 900);

/// Real time for a page to say what it must.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Surfer {
    stack: Stack,
    client: Client,
    driver: Driver,
    name: &'static str,
    /// Pages may run theirs.
    script: bool,
}

/// Chromium's driver; it ends with this, and so does every Chromium that it started.
struct Driver {
    process: Child,
    port: u16,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let asked = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
            stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
            stream.read_to_end(&mut Vec::new())
        });
        if asked.is_err() {
            let _gone = self.process.kill();
        }
        let _reaped = self.process.wait();
    }
}

impl Surfer {
    pub(crate) async fn open(size: (u32, u32), name: &'static str) -> Self {
        Self::with(size, name, true).await
    }

    /// No page may run a script; what a test runs is run all the same.
    pub(crate) async fn without_script(name: &'static str) -> Self {
        Self::with(DESK, name, false).await
    }

    async fn with((width, height): (u32, u32), name: &'static str, script: bool) -> Self {
        let stack = Stack::start(0).await.expect("the local stack starts");
        let driver = driver();
        let mut wanted = Map::new();
        let profile = stack.logs().join("chromium");
        let arguments = json!([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-sync",
            "--disable-background-networking",
            "--disable-component-update",
            "--hide-scrollbars",
            format!("--user-data-dir={}", profile.display()),
            format!("--window-size={width},{height}"),
        ]);
        // A headless window cannot be as narrow as a phone; the emulated screen can.
        let phone =
            json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1.0, "mobile": false } });
        let allowed = if script { 1 } else { 2 };
        let prefs = json!({ "profile.managed_default_content_settings.javascript": allowed });
        let mut options = json!({ "args": arguments, "prefs": prefs });
        // On an emulated screen the driver waits for a script after each click.
        if script {
            options["mobileEmulation"] = phone;
        }
        wanted.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .expect("Chromium starts");
        Self {
            stack,
            client,
            driver,
            name,
            script,
        }
    }

    pub(crate) async fn close(self) {
        self.client.close().await.expect("Chromium ends");
        drop(self.driver);
    }

    pub(crate) async fn at_start(&self) {
        self.client
            .goto(&self.stack.places.world)
            .await
            .expect("the start page");
    }

    /// Where the browser is, without what follows a question mark.
    pub(crate) async fn address(&self) -> String {
        let mut address = self.client.current_url().await.expect("an address");
        address.set_query(None);
        address.into()
    }

    /// To an address, which may be of this host.
    pub(crate) async fn goes(&self, address: &str) {
        self.client.goto(address).await.expect("a page");
    }

    /// Where a page for this browser alone may lie.
    pub(crate) fn file(&self, page: &str) -> PathBuf {
        let name = format!("makegood-{}-{}-{page}.html", std::process::id(), self.name);
        std::env::temp_dir().join(name)
    }

    /// A page that lies in a file, which is gone afterwards.
    pub(crate) async fn at_file(&self, file: &Path) {
        let page = format!("file://{}", file.display());
        self.client.goto(&page).await.expect("the file");
        std::fs::remove_file(file).expect("it was there");
    }

    pub(crate) async fn follow(&self, text: &str) {
        self.click(Locator::LinkText(text)).await;
    }

    /// Waits for the page that follows: whoever went elsewhere before it comes might not have pressed.
    pub(crate) async fn press(&self, text: &str) {
        let path = format!("//button[normalize-space()=\"{text}\"]");
        self.run("document.documentElement.dataset.before = 'it'").await;
        self.click(Locator::XPath(&path)).await;
        self.has("//html[not(@data-before)]", text).await;
    }

    /// Opens what is folded away.
    pub(crate) async fn opens(&self, text: &str) {
        let path = format!("//summary[normalize-space()=\"{text}\"]");
        self.click(Locator::XPath(&path)).await;
    }

    /// A page may be replaced between the look and the click; a person would look again.
    async fn click(&self, what: Locator<'_>) {
        const LOOKS_MAX: u32 = 5;
        for _ in 0..LOOKS_MAX {
            let found = self.client.wait().at_most(PATIENCE).for_element(what).await;
            if found.expect("something to click").click().await.is_ok() {
                return;
            }
        }
        let page = self.client.source().await.unwrap_or_default();
        unreachable!("{what:?} cannot be clicked:\n{page}");
    }

    pub(crate) async fn fill(&self, field: &str, text: &str) {
        let input = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Id(field))
            .await;
        let input = input.expect("the field");
        input.clear().await.expect("an empty field");
        input.send_keys(text).await.expect("typing");
    }

    /// From the start page to the payment page.
    pub(crate) async fn orders(&self, plan: &str) {
        self.follow("Shop").await;
        self.follow(&format!("Choose the {plan}")).await;
        self.fill("name", "Al Roe").await;
        self.fill("email", "al@example.com").await;
        self.fill("team", "Red").await;
        self.press("Continue to payment").await;
    }

    pub(crate) async fn buys(&self) {
        self.orders("Team plan").await;
        self.press("Pay £480.00").await;
    }

    /// Waits until the page says it: pages change by themselves.
    pub(crate) async fn reads(&self, text: &str) {
        self.has(&format!("//*[contains(normalize-space(.),\"{text}\")]"), text)
            .await;
    }

    /// The same of its headline, which is just this.
    pub(crate) async fn is_headed(&self, text: &str) {
        self.has(&format!("//h1[normalize-space()=\"{text}\"]"), text).await;
    }

    async fn has(&self, path: &str, text: &str) {
        let found = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::XPath(path))
            .await;
        let page = self.client.source().await.unwrap_or_default();
        assert!(found.is_ok(), "the page does not say \"{text}\":\n{page}");
    }

    /// Keeps a picture, and looks for what a person would stumble over.
    pub(crate) async fn looks(&self, page: &str) {
        let folder = root().join("target/screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::write(folder.join(format!("{}-{page}.png", self.name)), picture).expect("written");
        let wide = self
            .run("return document.documentElement.scrollWidth - window.innerWidth")
            .await;
        assert!(wide.as_i64() <= Some(0), "{page} is wider than the screen by {wide}");
        let outside = self
            .run("return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin))")
            .await;
        assert_eq!(outside, json!([]), "{page} asks others for something");
        let nameless = self
            .run("return [...document.querySelectorAll('input:not([type=hidden])')].filter(i => !i.labels.length).length")
            .await;
        assert_eq!(nameless, json!(0), "{page} has a field without a label");
        let headings = self.run("return document.querySelectorAll('h1').length").await;
        assert_eq!(headings, json!(1), "{page} has not one heading");
        let lang = self.run("return document.documentElement.lang").await;
        assert_eq!(lang, json!("en"), "{page} does not say its language");
        if self.script {
            self.can_be_used_by_all(page).await;
        }
    }

    /// What axe finds: <https://www.deque.com/axe/>.
    async fn can_be_used_by_all(&self, page: &str) {
        const RUN: &str = "; return axe.run().then(found => found.violations
            .filter(one => ['serious', 'critical'].includes(one.impact))
            .map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' ')))";
        static AXE: LazyLock<String> = LazyLock::new(|| {
            let folder = node_packages("axe", &["axe-core@4.14.1"]).expect("axe");
            std::fs::read_to_string(folder.join("node_modules/axe-core/axe.min.js")).expect("its script")
        });
        let found = self.run(&format!("{}{RUN}", *AXE)).await;
        assert_eq!(found, json!([]), "{page} shuts people out");
    }

    /// The same, and no word of ours that a customer, Finance or Customer Service would have to look up.
    pub(crate) async fn looks_plain(&self, page: &str) {
        const INNER: [&str; 11] = [
            "queue",
            "webhook",
            "provision",
            "lease",
            "payload",
            "nudge",
            "idempot",
            "timeout",
            "exception",
            "null",
            "lambda",
        ];
        self.looks(page).await;
        let says = self.run("return document.querySelector('main').innerText").await;
        let says = says.as_str().expect("its words").to_lowercase();
        for word in INNER {
            // A word that begins so: "please" has no lease in it.
            let mut words = says.split(|letter: char| !letter.is_alphanumeric());
            assert!(
                !words.any(|said| said.starts_with(word)),
                "{page} says \"{word}\":\n{says}"
            );
        }
    }

    /// Pays the last order on another machine.
    pub(crate) async fn pays_elsewhere(&self) {
        let page = self.stack.world.stripe().sessions.last().expect("a session").id.clone();
        let page = format!("{}/c/pay/{page}", self.stack.places.world);
        let headers = [("content-type", "application/x-www-form-urlencoded".to_owned())];
        let paid = ElsewhereClient::new(PATIENCE)
            .post(&page, &headers, b"pay=yes".to_vec())
            .await;
        assert_eq!(paid.expect("an answer").status, 303);
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client
            .execute(script, Vec::new())
            .await
            .expect("the page's own word")
    }
}

/// Starts Chromium's driver on a free port. Two that start at once may want the same one: then one of them ends.
fn driver() -> Driver {
    const TRIES: usize = 5;
    let driver = (0..TRIES).find_map(|_try| try_driver());
    driver.expect("chromedriver's port")
}

fn try_driver() -> Option<Driver> {
    let binary = std::env::var_os("CHROMEDRIVER").map_or_else(|| PathBuf::from("chromedriver"), PathBuf::from);
    let mut process = Command::new(binary)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver. With Debian or Ubuntu type: sudo apt-get install -y chromium chromium-driver");
    let out = process.stdout.take().expect("its output");
    let port = BufReader::new(out).lines().map_while(Result::ok).find_map(|line| {
        let rest = line.split("started successfully on port ").nth(1)?;
        rest.trim_end_matches('.').parse().ok()
    });
    let Some(port) = port else {
        let _ended = process.wait();
        return None;
    };
    Some(Driver { process, port })
}
