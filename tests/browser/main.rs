//! A real Chromium clicks through a purchase and a failure, at the width of a phone and of a desk, and looks at every
//! page on the way. Screenshots lie in `target/screenshots`.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod console;
mod status;
mod surfer;

use std::path::Path;

use serde_json::json;
use surfer::{DESK, PHONE, Surfer};

const BECAUSE: &str =
    "The team could not be set up because the other system refused it, so the full £480.00 is returned.";

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_ends_with_a_team() {
    tokio::join!(
        purchase(Surfer::open(PHONE, "phone").await),
        purchase(Surfer::open(DESK, "desk").await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_gives_the_money_back_and_says_why() {
    tokio::join!(
        failure(Surfer::open(PHONE, "phone").await),
        failure(Surfer::open(DESK, "desk").await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_says_what_happens_and_a_page_changes_in_place() {
    let surfer = Surfer::open(PHONE, "phone").await;
    surfer.at_start().await;
    surfer.follow("Shop").await;
    surfer.follow("Choose the Team plan").await;
    surfer.fill("name", "Jo Doe").await;
    surfer.fill("email", "jo@example.com").await;
    surfer.fill("team", "Blue").await;
    assert_eq!(
        surfer.run(CLICKS).await,
        json!(["Taking you to payment…", 1, "Continue to payment", ""])
    );
    surfer.press("Continue to payment").await;
    surfer.follow("Back without paying").await;
    surfer.reads("You have not been charged").await;
    surfer.looks_plain("cancelled").await;
    // The address is the receipt. Reloaded, it looks for news by itself.
    surfer.run("location.reload()").await;
    surfer.reads("Your payment is not confirmed yet").await;
    surfer.run("document.body.dataset.same = 'page'").await;
    surfer.pays_elsewhere().await;
    surfer.reads("Your team is ready").await;
    let same = "return [document.body.dataset.same, document.title, document.querySelectorAll('#next a').length]";
    assert_eq!(surfer.run(same).await, json!(["page", "Your team is ready", 0]));
    surfer.close().await;
}

/// Two clicks at once, of which one is sent, and the form as it comes back from the browser's own memory.
const CLICKS: &str = "
    const form = document.querySelector('form'), button = form.querySelector('button'), hint = document.getElementById('sent');
    let sent = 0;
    const hold = event => { if (!event.defaultPrevented) { sent += 1; event.preventDefault(); } };
    form.addEventListener('submit', hold);
    form.requestSubmit();
    form.requestSubmit();
    const said = button.textContent;
    if (!hint.textContent.startsWith('Do not pay twice.')) { return hint.textContent; }
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    form.removeEventListener('submit', hold);
    return [said, sent, button.textContent, hint.textContent];";

#[tokio::test(flavor = "multi_thread")]
async fn the_story_in_one_click() {
    tokio::join!(
        story(Surfer::open(PHONE, "phone").await),
        story(Surfer::open(DESK, "desk").await)
    );
}

async fn story(surfer: Surfer) {
    surfer.at_start().await;
    surfer.press("Run the story").await;
    surfer.reads(BECAUSE).await;
    surfer.looks_plain("story").await;
    surfer.follow("The customer's page").await;
    surfer.reads("We have refunded £480.00").await;
    surfer.reads(BECAUSE).await;
    // Everything that can be broken, opened.
    surfer.at_start().await;
    for group in ["Stripe's next answer", "Queues and table", "Functions"] {
        surfer.opens(group).await;
    }
    surfer.looks("switches").await;
    surfer.press("Nudges are lost").await;
    surfer.reads("Broken now: nudges are lost").await;
    surfer.press("Mend everything").await;
    surfer.reads("Everything works.").await;
    surfer.close().await;
}

async fn purchase(surfer: Surfer) {
    surfer.at_start().await;
    surfer.looks("start").await;
    surfer.follow("Shop").await;
    surfer.looks_plain("shop").await;
    surfer.follow("Choose the Team plan").await;
    surfer.looks_plain("form").await;
    surfer.fill("name", "Jo Doe").await;
    surfer.fill("email", "jo@example.com").await;
    surfer.fill("team", "Blue").await;
    surfer.press("Continue to payment").await;
    surfer.reads("No real money moves").await;
    surfer.looks("payment").await;
    surfer.press("Pay £480.00").await;
    // The page changes by itself.
    surfer.reads("Your team is ready").await;
    surfer.looks_plain("ready").await;

    surfer.at_start().await;
    surfer.follow("Identity provider's side").await;
    surfer.reads("Blue").await;
    surfer.reads("jo@example.com").await;
    surfer.looks("identity").await;
    surfer.at_start().await;
    surfer.follow("Mails").await;
    surfer.reads("Your team is ready").await;
    surfer.looks("mails").await;
    surfer.close().await;
}

/// What `makegood drill --html` writes.
fn drill(file: &Path) {
    let path = file.to_str().expect("a name");
    let words = ["drill", "--step", "team", "--fail", "refused", "--html", path].map(str::to_owned);
    let typed = makegood::parse("makegood", &words).expect("a command");
    let ending = makegood::offline(&typed).expect("it needs no table");
    assert_eq!(ending.code, makegood::Code::Done, "{}", ending.err);
}

/// What the drill writes is a file, opened without the stack.
async fn page_for_a_meeting(surfer: &Surfer) {
    let file = surfer.file("drill");
    drill(&file);
    surfer.at_file(&file).await;
    surfer.reads("What each of the four options would look like").await;
    surfer.looks("drill").await;
    surfer.at_start().await;
    surfer.follow("Console").await;
    surfer.press("Open the console").await;
}

async fn failure(surfer: Surfer) {
    surfer.at_start().await;
    surfer.looks("start").await;
    surfer.press("Account yes, team no").await;
    surfer.reads("Broken now").await;
    surfer.follow("Shop").await;
    surfer.looks_plain("shop").await;
    surfer.follow("Choose the Team plan").await;
    // A slip first: the page names the field and keeps what was typed.
    surfer.fill("name", "Jo Doe").await;
    surfer.fill("email", "jo@example").await;
    surfer.fill("team", "Blue").await;
    surfer.press("Continue to payment").await;
    surfer.reads("You have not been charged").await;
    surfer.looks_plain("slip").await;
    surfer.fill("email", "jo@example.com").await;
    surfer.press("Continue to payment").await;
    surfer.reads("No real money moves").await;
    surfer.looks("payment").await;
    surfer.press("Pay £480.00").await;
    surfer.reads("We have refunded £480.00").await;
    surfer.reads(BECAUSE).await;
    surfer.looks_plain("refunded").await;

    for (link, name) in [
        ("Stripe's side", "stripe"),
        ("Mails", "mails-after-undo"),
        ("Alerts", "alerts"),
    ] {
        surfer.at_start().await;
        surfer.follow(link).await;
        surfer.reads(BECAUSE).await;
        surfer.looks(name).await;
    }
    surfer.at_start().await;
    surfer.press("Refuses refunds").await;
    surfer.reads("Stripe refuses refunds").await;
    surfer.buys().await;
    surfer.reads("Your refund is not complete yet").await;
    surfer.at_start().await;
    surfer.follow("Console").await;
    surfer.reads("opens the console once").await;
    surfer.looks("enter").await;
    surfer.press("Open the console").await;
    surfer.reads("One case waits for a person").await;
    surfer.looks_plain("inbox").await;
    surfer.follow("Open the order").await;
    surfer.reads(BECAUSE).await;
    surfer.press("I have it").await;
    surfer.reads("Olu has it.").await;
    surfer.opens("Give it to somebody, hold it, or set a deadline").await;
    surfer.looks_plain("order").await;
    surfer.press("Retry...").await;
    surfer.reads("This will happen, in this order").await;
    surfer.looks_plain("preview").await;

    page_for_a_meeting(&surfer).await;

    // Somebody asks about the first one.
    surfer.fill("find", "re_nobody").await;
    surfer.press("Find").await;
    surfer.reads("No order with this refund was found").await;
    surfer.looks_plain("found-nothing").await;
    surfer.fill("find", "Jo@Example.com").await;
    surfer.press("Find").await;
    surfer.follow("Why is it so?").await;
    surfer.reads("Is it a glitch, or intended?").await;
    surfer.reads(BECAUSE).await;
    surfer.looks_plain("why").await;
    surfer.close().await;
}
