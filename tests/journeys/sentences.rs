//! One sentence, wherever money goes back: what each reader has of it, in each way in which it can come to that.

use std::rc::Rc;
use std::time::Duration;

use desk::report::{OF_A_PAGE, file, report};
use desk::timeline::timeline;
use desk::view;
use domain::Timestamp;
use domain::because::Code;
use domain::case::{Choice, Resolved};
use domain::notice::{Audience, Template};
use domain::order::Order;
use domain::payment::{Payment, Role};
use domain::{policy, wording};
use futures_util::FutureExt as _;
use testkit::identity::Fault;
use testkit::stripe::{Done, Misfire};

use crate::finance::read;
use crate::journey::{Journey, START};
use crate::stories::{decide, pay_again, story};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Who wrote it down at Stripe, and what mails said before anybody knew why.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// We moved the money, and said why before.
    AtOnce,
    /// Somebody returned it by hand, and a person said why later.
    Later,
    /// Others ended it at the bank or by time: nothing of ours is at Stripe.
    ByOthers,
}

fn named(name: &'static str) -> Box<dyn Fn(&mut Journey)> {
    Box::new(move |journey: &mut Journey| (story(name).run)(journey))
}

fn timed_out(journey: &mut Journey) {
    let text = include_str!("../../infra/policy.toml");
    let sooner = text.replacen(
        "throttled = \"retry 24h, then coordinate\"",
        "throttled = \"retry 1h, then undo\"",
        1,
    );
    let house = Rc::get_mut(&mut journey.house).expect("nobody works");
    house.shop.policy = policy::parse(&sooner).expect("a policy");
    journey.world.state().directory.fault = Fault::Busy;
    journey.pays("team-year");
    journey.leaps(HOUR * 3);
}

fn too_late(journey: &mut Journey) {
    (story("no page paid").run)(journey);
    journey.leaps(HOUR * 4);
    pay_again(journey);
    journey.settles();
}

fn wrong_amount(journey: &mut Journey) {
    let session = journey.orders("team-year", 1).expect("the payment page");
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        let _back = state.stripe.pay(&session, Some(12_300), now);
    }
    journey.settles();
}

fn by_hand_after_delivery(journey: &mut Journey) {
    (story("refunded by hand after delivery").run)(journey);
    journey.leaps(DAY);
    decide(journey, Choice::Ignore);
    journey.leaps(HOUR);
}

/// A payment's sentence, held against what each reader has.
fn compare(about: &str, journey: &Journey, order: &Order, payment: &Payment, known: Known) {
    let because = &payment.owed.as_ref().expect("a because").because;
    let sentence = because.sentence();
    let stripe = |what: &str, has: Option<&String>| {
        let expected = (known != Known::ByOthers).then_some(sentence);
        assert_eq!(has.map(String::as_str), expected, "{about}: {what}");
    };
    let state = journey.world.state();
    let paid = state.stripe.intents.iter().find(|paid| paid.id == payment.id.as_str());
    stripe("Stripe's payment", paid.expect("at Stripe").metadata.get("because"));
    let refunds = state
        .stripe
        .refunds
        .iter()
        .filter(|refund| refund.intent == payment.id.as_str());
    for refund in refunds {
        stripe("Stripe's refund", refund.metadata.get("because"));
        assert_eq!(refund.reason, None, "{about}: Stripe's own reason");
    }
    let returned = Template::Returned {
        payment: payment.id.clone(),
    };
    let said = if known == Known::Later {
        "is not recorded"
    } else {
        sentence
    };
    for to in [Audience::Customer, Audience::Finance, Audience::Ops] {
        let mut told = state
            .told
            .iter()
            .filter(|told| told.to == to && told.notice.template == returned);
        let told = told.next().unwrap_or_else(|| panic!("{about}: {to:?} is not told"));
        let lines = told.message.lines.join("\n");
        assert!(lines.contains(said), "{about}: {to:?} reads {lines}");
    }
    let now = state.now;
    drop(state);
    if payment.role == Role::Own {
        let page = wording::customer_reads(order, now);
        assert!(page.contains(sentence), "{about}: the customer's page reads {page}");
    }
    let history: Vec<String> = timeline(order).lines.into_iter().map(|line| line.what).collect();
    assert!(history.join("\n").contains(sentence), "{about}: {history:#?}");
    let why = wording::why(order, now).text();
    assert!(why.contains(sentence), "{about}: {why}");
    in_the_case(
        about,
        order,
        because.decided().map(|decided| decided.case.as_str()),
        sentence,
    );
    in_the_ledger(about, journey, payment, sentence);
}

/// Where a person gave the words, they stand in the case.
fn in_the_case(about: &str, order: &Order, case: Option<&str>, sentence: &str) {
    let Some(case) = case else { return };
    let case = order
        .cases
        .iter()
        .find(|known| known.id.as_str() == case)
        .expect("its case");
    let Some(Resolved::Decided { reason, .. }) = &case.resolved else {
        panic!("{about}: {case:?}")
    };
    assert!(sentence.ends_with(reason.as_str()), "{about}: {reason}");
}

fn in_the_ledger(about: &str, journey: &Journey, payment: &Payment, sentence: &str) {
    let report = report(&journey.world, START, OF_A_PAGE)
        .now_or_never()
        .expect("an end")
        .expect("a store");
    let rows = read(&file(&report, false));
    let at = |name: &str| rows[0].iter().position(|known| known == name).expect("a column");
    let mine = rows
        .iter()
        .filter(|row| row[at("payment_intent_id")] == payment.id.as_str());
    let texts: Vec<&str> = mine.map(|row| row[at("reason_text")].as_str()).collect();
    assert!(texts.iter().all(|text| *text == sentence), "{about}: {texts:?}");
    assert_eq!(texts.len(), payment.refunds.len(), "{about}");
}

#[test]
fn one_sentence_wherever_money_goes_back() {
    use Known::{AtOnce, ByOthers, Later};
    type Way = (Code, Known, Box<dyn Fn(&mut Journey)>);
    let ways: [Way; 13] = [
        (Code::ProvisioningFailed, AtOnce, named("team refused")),
        (Code::ProvisioningFailed, AtOnce, named("held, team refused")),
        (Code::ProvisioningTimeout, AtOnce, Box::new(timed_out)),
        (Code::DuplicatePurchase, AtOnce, named("paid twice")),
        (Code::DuplicatePurchase, AtOnce, named("held twice")),
        (Code::PaidTooLate, AtOnce, Box::new(too_late)),
        (Code::AmountMismatch, AtOnce, Box::new(wrong_amount)),
        (Code::Goodwill, AtOnce, named("a person undoes")),
        (Code::CaptureFailed, AtOnce, named("held, delivered, not to be taken")),
        (Code::Goodwill, Later, named("refunded by hand, and said why later")),
        (Code::Goodwill, Later, Box::new(by_hand_after_delivery)),
        (Code::HoldEnded, ByOthers, named("held, and the hold runs out")),
        (
            Code::DisputeLost,
            ByOthers,
            named("contested during delivery, and lost"),
        ),
    ];
    for (code, known, run) in ways {
        let mut journey = Journey::begin_untold(70);
        run(&mut journey);
        let about = code.name();
        let order = journey.order(&journey.world.order_ids()[0]);
        let given = |payment: &&Payment| payment.owed.as_ref().is_some_and(|owed| owed.because.code() == code);
        let payment = order.payments.iter().find(given);
        let payment = payment.unwrap_or_else(|| panic!("{about}: {:#?}", order.payments));
        compare(about, &journey, &order, payment, known);
    }
}

/// A call at Stripe goes wrong while money goes back; tells whether the payment bears the sentence then, and whether the
/// money is gone.
fn while_it_goes_wrong(story: (&str, &str), path: impl Fn(&str) -> String, misfire: Misfire) -> (bool, bool) {
    let (product, settled) = story;
    let mut journey = Journey::begin_untold(73);
    journey.world.state().directory.fault = Fault::RefuseTeams;
    let order = journey.pays(product);
    {
        let mut state = journey.world.state();
        let path = path(&state.stripe.intents[0].id);
        state.stripe.faults.next.push((path, misfire));
    }
    journey.settles();
    let known = journey.order(&order);
    assert!(known.undo.is_some(), "{product}, {misfire:?}: nothing goes back");
    let (bears, gone) = {
        let state = journey.world.state();
        assert!(
            state.stripe.faults.next.is_empty(),
            "{product}, {misfire:?}: not reached"
        );
        let paid = &state.stripe.intents[0];
        let sentence = known.payments[0].owed.as_ref().map(|owed| owed.because.sentence());
        let written = paid.metadata.get("because").map(String::as_str);
        assert!(written.is_none() || written == sentence, "{product}: {written:?}");
        (
            written.is_some(),
            paid.status == "canceled" || !state.stripe.refunds.is_empty(),
        )
    };
    journey.leaps(DAY);
    assert_eq!(journey.state(&order), settled, "{product}, {misfire:?}: in the end");
    (bears, gone)
}

/// Whatever becomes of the call that moves the money, Stripe shows why before; while it cannot show why, none moves.
#[test]
fn the_sentence_is_at_stripe_before_the_money_moves() {
    let charged = (("team-year", "Undone"), "/refunds");
    let held = (("team-on-delivery", "Undone"), "/cancel");
    for (story, moves) in [charged, held] {
        for (misfire, gone) in [
            (Misfire::Throttled429, false),
            (Misfire::Conflict409, false),
            (Misfire::Error500(Done::No), false),
            (Misfire::Error500(Done::Yes), true),
            (Misfire::Lost, true),
        ] {
            let came = while_it_goes_wrong(story, |_| moves.to_owned(), misfire);
            assert_eq!(came, (true, gone), "{moves}, {misfire:?}");
        }
        for (misfire, written) in [
            (Misfire::Throttled429, false),
            (Misfire::Error500(Done::No), false),
            (Misfire::Lost, true),
        ] {
            let came = while_it_goes_wrong(story, |paid| format!("/payment_intents/{paid}"), misfire);
            assert_eq!(came, (written, false), "the sentence, {misfire:?}");
        }
    }
}

/// What stands at Stripe is enough to find the rest, and names nobody.
#[test]
fn stripe_shows_who_decided_and_what_failed() {
    let of = |name: &'static str| {
        let mut journey = Journey::begin_untold(71);
        named(name)(&mut journey);
        let state = journey.world.state();
        let refund = state.stripe.refunds.first().expect("a refund");
        let paid = state
            .stripe
            .intents
            .iter()
            .find(|paid| paid.id == refund.intent)
            .expect("paid");
        for (key, value) in &refund.metadata {
            assert_eq!(
                paid.metadata.get(key),
                Some(value),
                "{name}: {key} of payment and refund"
            );
            assert!(
                !value.contains('@') && !value.contains("Jo Doe"),
                "{name}: {key}: {value}"
            );
        }
        let keys = ["decided_by", "failure_class", "step", "explained_by"];
        keys.map(|key| refund.metadata.get(key).cloned().unwrap_or_default())
    };
    assert_eq!(of("team refused"), ["automation", "rejected", "team", ""]);
    assert_eq!(of("a person undoes"), ["operator", "unknown", "account", ""]);
    assert_eq!(
        of("refunded by hand, and said why later"),
        ["a person", "", "", "operator"]
    );
}

/// What was chosen or written in Stripe's Dashboard is shown to whoever is asked; what is whole is asked of nobody.
#[test]
fn words_from_stripes_dashboard_are_heard() {
    let refunded = |words: &[(&str, &str)]| {
        let mut journey = Journey::begin_untold(72);
        let order = journey.buys("team-year");
        {
            let mut state = journey.world.state();
            let (payment, now) = (state.stripe.intents[0].id.clone(), state.now.0);
            state.stripe.refund_part_with_words(&payment, 10_000, words, now);
        }
        journey.settles();
        let order = journey.order(&order);
        (journey, order)
    };
    let (_, noted) = refunded(&[("reason", "requested_by_customer")]);
    let notes = view::noted_at_stripe(&noted, noted.cases.first().expect("a case"));
    assert!(notes[0].ends_with(": requested by customer"), "{notes:?}");

    let said = "The customer found a mistake in the invoice.";
    let words = [("metadata[because]", said), ("metadata[because_code]", "goodwill")];
    let (journey, order) = refunded(&words);
    let refund = &order.payments[0].refunds[0];
    let words = refund.words.as_ref().expect("words");
    assert_eq!((words.because.code(), words.because.sentence()), (Code::Goodwill, said));
    let asks = |case| !domain::decide::asks(&order, case).is_empty();
    assert!(!order.cases.iter().any(asks), "{:?}", order.cases);
    let state = journey.world.state();
    let paid = state.stripe.intents[0].metadata.get("because");
    assert_eq!(paid.map(String::as_str), Some(said), "the payment says it too");
    let until = |at: Timestamp| at <= state.now;
    assert!(matches!(words.written, domain::payment::Written::At(at) if until(at)));
}
