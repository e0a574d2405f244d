//! `cargo run -p local -- story`: the story that this project exists for, told in a terminal. Somebody buys, the account is
//! made, the team is refused; then every reader is asked for the sentence that says why the money went back.

use std::time::Duration;

use desk::access::Role;

use crate::client::Client;
use crate::stack::Stack;

/// Real time for all of it to happen, and for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of it.
#[derive(Debug)]
pub struct Told {
    /// For the terminal.
    pub lines: Vec<String>,
    /// Every reader has the very same sentence.
    pub one: bool,
}

/// What Stripe shows of the purchase.
struct AtStripe {
    order: String,
    email: String,
    /// The customer's page.
    page: String,
    /// The sentence, on the payment and on the refund.
    payment: String,
    refund: String,
}

/// Plays the story and asks every reader.
///
/// # Errors
/// When it does not come to its end.
pub async fn tell(stack: &Stack) -> Result<Told, String> {
    let http = Client::new(PATIENCE);
    let (world, shop) = (&stack.places.world, &stack.places.shop);
    let run = http.post(&format!("{world}/story"), &[], Vec::new()).await?;
    let session = run.header("location").and_then(|to| to.rsplit('/').next());
    let session = session.ok_or("The story did not come to its end.")?.to_owned();
    stack.settle(PATIENCE).await?;
    let bought = at_stripe(stack, &session).ok_or("Stripe shows no refund.")?;

    let now = stack.world.clock.now_ms();
    let pass = stack.places.pass(Role::Finance, now)?;
    let pass = pass.split_once("pass=").map_or("", |(_, pass)| pass);
    let form = [("content-type", "application/x-www-form-urlencoded".to_owned())];
    let opened = http
        .post(
            &format!("{shop}/console/enter"),
            &form,
            format!("pass={pass}").into_bytes(),
        )
        .await?;
    let cookie = opened.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    let cookie = cookie.ok_or("The console does not open.")?.to_owned();
    let look = async |url: &str| {
        let headers = [("cookie", cookie.clone())];
        let answer = http.call("GET", url, &headers, Vec::new()).await?;
        Ok::<String, String>(unescape(&answer.text()))
    };
    let of_order = format!("{shop}/console/orders/{}", bought.order);
    let why = look(&format!("{of_order}/why")).await?;
    let readers = [
        ("Stripe's payment", bought.payment.clone()),
        ("Stripe's refund", bought.refund.clone()),
        ("the customer's mail", mails(stack, &bought.email, &bought.order)),
        ("the customer's page", look(&bought.page).await?),
        ("Finance's mail", mails(stack, "finance@", &bought.order)),
        ("the alert", alerts(stack, &bought.order)),
        ("the order in the console", look(&of_order).await?),
        ("the ledger of refunds", look(&format!("{shop}/console/refunds")).await?),
        ("its file", look(&format!("{shop}/console/refunds.csv")).await?),
        ("why", why.clone()),
    ];
    Ok(told(&bought.refund, &readers, &why))
}

fn told(sentence: &str, readers: &[(&str, String)], why: &str) -> Told {
    let mut lines = vec!["One sentence, as it stands with each reader:".to_owned(), String::new()];
    let mut one = !sentence.is_empty();
    for (reader, text) in readers {
        let has = one && text.contains(sentence);
        one &= has;
        let reads = if has { sentence } else { "NOT THE SAME SENTENCE" };
        lines.push(format!("  {reader:<26}{reads}"));
    }
    lines.push(String::new());
    lines.extend(answers(why));
    let end = if one {
        "The same everywhere."
    } else {
        "Not the same everywhere: that is a fault."
    };
    lines.push(end.to_owned());
    Told { lines, one }
}

/// From what Stripe has, whatever anybody recorded.
fn at_stripe(stack: &Stack, session: &str) -> Option<AtStripe> {
    let stripe = stack.world.stripe();
    let session = stripe.sessions.iter().find(|known| known.id == session)?;
    let paid = stripe
        .intents
        .iter()
        .find(|paid| Some(&paid.id) == session.intent.as_ref())?;
    let refund = stripe.refunds.iter().find(|refund| refund.intent == paid.id)?;
    let page = session.success_url.split('?').next()?;
    Some(AtStripe {
        order: session.reference.clone(),
        email: session.email.clone(),
        page: page.to_owned(),
        payment: paid.metadata.get("because").cloned().unwrap_or_default(),
        refund: refund.metadata.get("because").cloned().unwrap_or_default(),
    })
}

/// The mails about the order to whoever's address begins so.
fn mails(stack: &Stack, to: &str, order: &str) -> String {
    let mails = stack.world.mails();
    let theirs = mails
        .iter()
        .filter(|mail| mail.to.starts_with(to) && mail.text.contains(order));
    theirs.map(|mail| mail.text.clone()).collect::<Vec<_>>().join("\n")
}

fn alerts(stack: &Stack, order: &str) -> String {
    let alerts = stack.world.alerts();
    let mine = alerts.iter().filter(|alert| alert.text.contains(order));
    mine.map(|alert| alert.text.clone()).collect::<Vec<_>>().join("\n")
}

/// The six questions with their answers, from the page that shows them.
fn answers(why: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, answer) in why.split("<h2>").skip(1).enumerate() {
        let (question, rest) = answer.split_once("</h2>").unwrap_or((answer, ""));
        lines.push(format!("{}. {question}", number + 1));
        let said = rest.split("<ul").next().unwrap_or_default();
        let said = said.split(['<', '>']).map(str::trim);
        let tags = ["p", "/p", "blockquote", "/blockquote", "/li", "li", "/ol", "ol"];
        let said = said.filter(|piece| !piece.is_empty() && !tags.contains(piece) && !piece.starts_with('/'));
        lines.extend(said.map(|line| format!("   {line}")));
        lines.push(String::new());
    }
    lines
}

fn unescape(html: &str) -> String {
    let marks = [
        ("&#39;", "'"),
        ("&#34;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    marks
        .iter()
        .fold(html.to_owned(), |text, (from, to)| text.replace(from, to))
}
