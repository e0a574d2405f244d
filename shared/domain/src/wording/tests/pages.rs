//! The table of what a customer reads, a row for each state and for each way that it may be said.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use crate::case::Choice;
use crate::decide::tests::story::{DOWN, LOST, REFUSED, Story, payment};
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::id::{DisputeId, SessionId};
use crate::notice::{Audience, Notice, Template, Told};
use crate::payment::{DisputeStatus, RefundStatus, Standing};
use crate::receipt::Step;
use crate::time::Timestamp;

const POLICY: &str = include_str!("../../../../../infra/policy.toml");
const HOUR: u64 = 3_600;

/// An order that was placed under our policy with this much of it changed.
fn under(find: &str, instead: &str) -> Story {
    let text = POLICY.replace(find, instead);
    // None of them has stood for too long.
    let text = text.replace("delivering = \"2d\"", "delivering = \"20d\"");
    assert_ne!(text, POLICY, "the policy no longer says: {find}");
    let policy = crate::policy::parse(&text).unwrap();
    let mut story = Story::of("team-year");
    story.order.policy = Arc::new(policy.frozen_for(&story.order.product.steps));
    story
}

/// The team fails, and it is ten minutes later.
fn slow(mut story: Story) -> Story {
    story.make(Step::Account, "u1");
    story.fail(Step::Team, DOWN);
    story.wait(600);
    story
}

fn slow_under(find: &str, instead: &str) -> Story {
    let mut story = under(find, instead);
    story.pay("pi_1", 48_000);
    slow(story)
}

const TEAM: &str = "[answers.team]\ntransient = \"retry 24h, then coordinate\"";

fn team(chain: &str) -> String {
    format!("[answers.team]\ntransient = \"{chain}\"")
}

fn free() -> Story {
    let mut story = Story::of("team-year");
    Arc::make_mut(&mut story.order.product).price.minor = 0;
    story.event(Event::NothingToPay {
        session: SessionId::new("cs_1"),
    });
    story
}

fn unpaid() -> [(&'static str, Story); 5] {
    let mut processing = Story::of("team-year");
    processing.stands(Standing::Processing);
    let mut failed = processing.clone();
    failed.stands(Standing::NotPaid);
    let mut closed = Story::of("team-year");
    closed.event(Event::SessionExpired {
        session: SessionId::new("cs_1"),
    });
    let mut without_page = Story::of("team-year");
    without_page.order.checkout.session = None;
    [
        ("nobody has paid", Story::of("team-year")),
        ("no payment page yet", without_page),
        ("the bank takes its time", processing),
        ("the bank said no", failed),
        ("nobody paid", closed),
    ]
}

fn being_set_up() -> Vec<(&'static str, Story)> {
    let mut nothing_failed = Story::paid();
    nothing_failed.wait(300);
    let mut past = slow(Story::paid());
    past.wait(24 * HOUR);
    let mut free_ready = free();
    for (step, object) in [(Step::Account, "u1"), (Step::Team, "g1"), (Step::Membership, "g1/u1")] {
        free_ready.make(step, object);
    }
    let mut linked = Story::delivered();
    Arc::make_mut(&mut linked.order.product).link = "https://app.example.com/".to_owned();
    let mut lost = Story::paid();
    lost.make(Step::Account, "u1");
    lost.fail(Step::Team, LOST);
    lost.wait(600);
    let mut held = Story::held();
    held.order.policy = under(TEAM, &team("retry 9d, then undo")).order.policy;
    vec![
        ("paid", Story::paid()),
        ("held", Story::held()),
        ("nothing to pay", free()),
        ("slow, nothing failed", nothing_failed),
        ("slow, then a person", slow(Story::paid())),
        ("slow, the reply is lost", lost),
        (
            "slow, a person after three days",
            slow_under(TEAM, &team("retry 3d, then coordinate")),
        ),
        ("slow, then undone", slow_under(TEAM, &team("retry 6h, then undo"))),
        ("slow, past its time", past),
        ("slow, held, until shortly before the hold lapses", slow(held)),
        ("slow, free", slow(free())),
        ("delivered", Story::delivered()),
        ("delivered for nothing", free_ready),
        ("delivered, with a place to go", linked),
    ]
}

fn with_people() -> Vec<(&'static str, Story)> {
    let mut untold = under(
        "with_person = [\"customer\", \"finance\", \"customer_service\", \"ops\"]",
        "with_person = [\"ops\"]",
    );
    untold.pay("pi_1", 48_000);
    let mut daily = under("remind_after = \"24h\"", "remind_after = \"6h\"");
    daily.pay("pi_1", 48_000);
    let with_person = |mut story: Story| {
        story.make(Step::Account, "u1");
        story.fail(Step::Team, DOWN);
        story.wait(24 * HOUR);
        story.fail(Step::Team, DOWN);
        story
    };
    let mut settled = Story::with_person();
    let case = settled.case();
    settled.choose(&case, Choice::Ignore);
    vec![
        ("with a person", Story::with_person()),
        ("with a person, held", with_person(Story::held())),
        ("with a person who reminds sooner", with_person(daily)),
        ("with a person, and the customer is told of none", with_person(untold)),
        ("settled by a person", settled),
    ]
}

fn refund_delayed() -> Story {
    let mut story = Story::undoing();
    story.revoke();
    story.return_refused(&payment());
    story
}

fn going_back() -> Vec<(&'static str, Story)> {
    let refused = |mut story: Story| {
        story.make(Step::Account, "u1");
        story.fail(Step::Team, REFUSED);
        story
    };
    let mut released = refused(Story::held());
    released.revoke();
    released.stands(Standing::Canceled { lapsed: false });
    let mut release_delayed = refused(Story::held());
    release_delayed.revoke();
    release_delayed.return_refused(&payment());
    let mut waits = refused(Story::paid());
    let attempt = waits.begin_at_the_brake().attempt;
    waits.event(Event::UndoWaits { attempt, asks: false });
    let mut by_hand = Story::delivered();
    by_hand.refunded_by_hand_as("re_hand", 48_000, RefundStatus::Pending);
    let mut asks = Story::undoing();
    asks.revoke();
    asks.give_back(RefundStatus::RequiresAction);
    let dispute = |status| Event::DisputeSeen {
        payment: payment(),
        dispute: DisputeId::new("dp_1"),
        amount_minor: 48_000,
        status,
    };
    let mut contested = Story::undoing();
    contested.revoke();
    contested.event(dispute(DisputeStatus::Open));
    let mut lost = Story::delivered();
    lost.event(dispute(DisputeStatus::Open));
    lost.event(dispute(DisputeStatus::Lost));
    vec![
        ("many undos wait", waits),
        ("team refused", Story::undoing()),
        ("refunded by hand", by_hand),
        ("the refund asks the customer", asks),
        ("contested while it is undone", contested),
        ("the refund is refused", refund_delayed()),
        ("refunded", Story::undone()),
        ("the hold is being released", refused(Story::held())),
        ("the hold is released", released),
        ("the hold cannot be released", release_delayed),
        ("the bank took it", lost),
    ]
}

/// Nothing was to be paid, and nothing can be set up.
fn free_and_refused() -> [(&'static str, Story); 3] {
    let mut undoing = free();
    undoing.make(Step::Account, "u1");
    undoing.fail(Step::Team, REFUSED);
    let mut undone = undoing.clone();
    undone.revoke();
    let mut stuck = undoing.clone();
    let attempt = stuck.begin(Performer::Refund).attempt;
    stuck.event(Event::RevokeFailed {
        attempt,
        step: Step::Account,
        failure: REFUSED,
    });
    [
        ("free, being taken back", undoing),
        ("free, and taken back", undone),
        ("free, and it cannot be taken back", stuck),
    ]
}

fn rows() -> Vec<(String, Status)> {
    let product = |id: &str| Story::of(id).order.product;
    let mut rows = vec![
        ("the form".to_owned(), ready_to_order(&product("team-year"))),
        (
            "the form, paid on delivery".to_owned(),
            ready_to_order(&product("team-on-delivery")),
        ),
        ("the button is pressed".to_owned(), redirecting()),
        ("no such order".to_owned(), unknown_link()),
        (
            "the payment page was left".to_owned(),
            cancelled(&Story::of("team-year").order).unwrap(),
        ),
    ];
    let stories = unpaid().into_iter().chain(being_set_up()).chain(with_people());
    let stories = stories.chain(going_back()).chain(free_and_refused());
    rows.extend(stories.map(|(name, story)| (name.to_owned(), status(&story.order, story.now))));
    rows
}

pub(super) fn table() -> String {
    let mut text = String::new();
    for (name, status) in rows() {
        let _ = writeln!(text, "{name} [{}]\n  {}", status.id.name(), status.headline);
        for line in &status.body {
            let _ = writeln!(text, "    {line}");
        }
        if let Some(next) = status.next {
            let _ = writeln!(text, "    > {} ({:?})", next.say, next.to);
        }
        if status.is_final {
            let _ = writeln!(text, "    final");
        }
        text.push('\n');
    }
    text
}

#[test]
fn every_state_has_its_row() {
    expect_test::expect_file!["../../../golden/pages.txt"].assert_eq(&table());
    let said: BTreeSet<Id> = rows().iter().map(|(_, status)| status.id).collect();
    let missing: Vec<Id> = Id::ALL.into_iter().filter(|id| !said.contains(id)).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
}

/// What the page promises is owed: the mail stands in the order, is due by then, and promises the next one in its turn.
#[test]
fn the_customer_is_written_to_by_the_time_that_the_page_says() {
    for mut story in [Story::with_person(), refund_delayed()] {
        for _round in 0..4 {
            let owed = reminders(&story);
            let [owed] = owed.as_slice() else {
                panic!("one mail is owed to the customer: {owed:?}")
            };
            let page = status(&story.order, story.now).body.join(" ");
            assert!(page.contains(&format!("by {} in any case", owed.owed_at)), "{page}");
            story.now = owed.owed_at;
            let Message { subject, lines } = tells_all(&mut story);
            let (mail, page) = (lines.join(" "), status(&story.order, story.now));
            assert_eq!(subject, format!("Still open. {}", page.headline));
            let [next] = reminders(&story).try_into().expect("the next one is owed");
            assert!(mail.contains(&format!("by {} in any case", next.owed_at)), "{mail}");
        }
    }
}

fn reminders(story: &Story) -> Vec<Notice> {
    let owed = |notice: &&Notice| {
        notice.told == Told::Owed
            && notice.to == Audience::Customer
            && matches!(notice.template, Template::Reminder { .. })
    };
    story.order.notices.iter().filter(owed).cloned().collect()
}

/// Sends all that is due, and gives what the customer was sent last.
fn tells_all(story: &mut Story) -> Message {
    let links = super::links();
    let mut last = None;
    while !story.idle(Performer::Notification) {
        let intent = story.begin(Performer::Notification);
        let Effect::Tell(notice) = intent.effect else {
            panic!("{:?}", intent.effect)
        };
        let told = story.order.notices.iter().find(|known| known.id == notice).unwrap();
        if told.to == Audience::Customer {
            last = Some(message(&story.order, told, &links));
        }
        let attempt = intent.attempt;
        story.event(Event::NoticeAccepted {
            attempt,
            notice,
            covered: false,
        });
    }
    last.expect("a mail to the customer")
}

#[test]
fn a_page_looks_less_and_less_often_and_then_no_more() {
    let paid = status(&Story::paid().order, Timestamp(0));
    let after = |looks| match paid.look(looks) {
        Look::After(wait) => Some(wait),
        Look::NoMore => None,
        Look::Never => panic!("news will come"),
    };
    let waits: Vec<Duration> = (0..).map_while(after).collect();
    assert!(
        waits.is_sorted() && waits.first() == Some(&Duration::from_secs(1)),
        "{waits:?}"
    );
    assert_eq!(waits.iter().sum::<Duration>(), Duration::from_secs(120));
    assert_eq!(paid.look(usize::MAX), Look::NoMore);
}

#[test]
fn a_page_without_news_to_come_never_looks() {
    for (name, row) in rows() {
        let still = row.is_final || row.id == Id::Cancelled;
        assert_eq!(row.look(0) == Look::Never, still, "{name}");
    }
}

#[test]
fn only_an_order_that_waits_for_its_payment_says_that_the_page_was_left() {
    assert_eq!(cancelled(&Story::paid().order), None);
    assert_eq!(cancelled(&Story::undone().order), None);
}
