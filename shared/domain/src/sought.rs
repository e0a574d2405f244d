//! What somebody looks for: any id that Stripe, a mail or a page shows, or an e-mail address.

use std::fmt;

use crate::history::{Entry, What};
use crate::id::{CaseId, DisputeId, OrderId, PaymentId, RefundId, SessionId};
use crate::order::Order;
use crate::payment::Refund;

/// What the text that somebody typed names. `Debug` shows no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    Order(OrderId),
    Session(SessionId),
    Payment(PaymentId),
    Buyer(Email),
    /// What people quote, `MG-3F9A-21C4`: the beginning of an order's id.
    Reference(String),
    Refund(RefundId),
    Dispute(DisputeId),
    Case(CaseId),
    /// Stripe's id of a charge, which an order keeps with its refunds.
    Charge(String),
    /// Stripe's id of an event: an event is a hint, and no order keeps it.
    Event(String),
}

/// A buyer's address, in one way of writing it. It has no `Display`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// People write the same address with small and with capital letters.
    pub fn of(address: &str) -> Self {
        Self(address.trim().to_lowercase())
    }

    /// For the one who hashes or compares it, and for nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

/// No id and no address is longer.
const CHARACTERS_MAX: usize = 400;
/// Digits of a reference.
const REFERENCE_DIGITS: usize = 8;

impl Sought {
    /// None: it is nothing that an order could be found by.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > CHARACTERS_MAX {
            return None;
        }
        let id = in_address(text);
        if id.contains(|letter: char| letter.is_whitespace() || letter == '@') {
            return Self::of_people(text);
        }
        let (kind, rest) = id.split_once('_').unwrap_or_default();
        if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Self::of_people(text);
        }
        Some(match kind {
            "ord" => Self::Order(OrderId::new(id)),
            "cs" => Self::Session(SessionId::new(id)),
            "pi" => Self::Payment(PaymentId::new(id)),
            "re" | "pyr" => Self::Refund(RefundId::new(id)),
            "dp" | "du" => Self::Dispute(DisputeId::new(id)),
            "case" => Self::Case(CaseId::new(id)),
            "ch" | "py" => Self::Charge(id.to_owned()),
            "evt" => Self::Event(id.to_owned()),
            _ => return Self::of_people(text),
        })
    }

    /// What people write by hand: an address, or the reference with or without its lines.
    fn of_people(text: &str) -> Option<Self> {
        if let Some((local, host)) = text.rsplit_once('@') {
            let fine = !local.is_empty() && host.contains('.') && !text.contains(char::is_whitespace);
            return fine.then(|| Self::Buyer(Email::of(text)));
        }
        let bare: String = text
            .chars()
            .filter(|letter| !matches!(letter, '-' | ' '))
            .collect::<String>()
            .to_ascii_uppercase();
        let digits = bare.strip_prefix("MG")?;
        let whole = digits.len() == REFERENCE_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (first, second) = digits.split_at_checked(4)?;
        whole.then(|| Self::Reference(format!("MG-{first}-{second}")))
    }

    /// Whether this is the order that is looked for, or one of them.
    pub fn is_of(&self, order: &Order) -> bool {
        let payments = || order.payments.iter();
        match self {
            Self::Order(id) => order.id == *id,
            Self::Session(id) => {
                let opened = |entry: &Entry| matches!(&entry.what, What::SessionOpened(opened) if opened == id);
                order.history.iter().any(opened)
            }
            Self::Payment(id) => payments().any(|payment| payment.id == *id),
            Self::Buyer(email) => Email::of(&order.buyer.email) == *email,
            Self::Reference(reference) => order.reference() == *reference,
            Self::Refund(id) => payments().any(|payment| payment.refunds.iter().any(|refund| refund.id == *id)),
            Self::Dispute(id) => payments().any(|payment| payment.disputes.iter().any(|known| known.id == *id)),
            Self::Case(id) => order.cases.iter().any(|case| case.id == *id),
            Self::Charge(id) => {
                let of = |refund: &Refund| refund.told.charge.as_deref() == Some(id);
                payments().any(|payment| payment.refunds.iter().any(of))
            }
            Self::Event(_) => false,
        }
    }

    /// An id that Stripe gave.
    pub fn is_stripes(&self) -> bool {
        match self {
            Self::Order(_) | Self::Buyer(_) | Self::Reference(_) | Self::Case(_) => false,
            Self::Session(_) | Self::Payment(_) | Self::Refund(_) => true,
            Self::Dispute(_) | Self::Charge(_) | Self::Event(_) => true,
        }
    }

    /// One word, for the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Order(_) => "order",
            Self::Session(_) => "session",
            Self::Payment(_) => "payment",
            Self::Buyer(_) => "buyer",
            Self::Reference(_) => "reference",
            Self::Refund(_) => "refund",
            Self::Dispute(_) => "dispute",
            Self::Case(_) => "case",
            Self::Charge(_) => "charge",
            Self::Event(_) => "event",
        }
    }
}

/// The id at the end of an address that somebody copied from a browser: without the order's token, which opens its page.
fn in_address(text: &str) -> &str {
    let text = text.split(['?', '#']).next().unwrap_or(text);
    let last = text.rsplit('/').next().unwrap_or(text);
    if last.starts_with("ord_") {
        last.split('.').next().unwrap_or(last)
    } else {
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::tests::story::Story;
    use crate::payment::DisputeStatus;

    fn named(text: &str) -> &'static str {
        Sought::parse(text).map_or("nothing", |sought| sought.kind())
    }

    #[test]
    fn each_kind_of_id_is_known_by_its_beginning() {
        for (text, kind) in [
            ("ord_3f9a21c4", "order"),
            (" ord_3f9a21c4.00000000000000000000000000000007 ", "order"),
            ("https://shop.example/orders/ord_3f9a21c4.0007?session_id=cs_1", "order"),
            ("cs_test_a1B2", "session"),
            ("pi_3Nx", "payment"),
            ("https://dashboard.stripe.com/test/payments/pi_3Nx", "payment"),
            ("re_3Nx", "refund"),
            ("pyr_1Nx", "refund"),
            ("dp_1", "dispute"),
            ("du_1", "dispute"),
            ("case_1", "case"),
            ("ch_3Nx", "charge"),
            ("py_3Nx", "charge"),
            ("evt_1Nx", "event"),
            ("Jo@Example.com", "buyer"),
            ("jo_doe/x@example.com", "buyer"),
            ("MG-3F9A-21C4", "reference"),
            ("mg 3f9a 21c4", "reference"),
            ("mg3f9a21c4", "reference"),
        ] {
            assert_eq!(named(text), kind, "{text}");
        }
        let long = format!("pi_{}", "x".repeat(400));
        for text in [
            "",
            "  ",
            "Jo Doe",
            "jo@",
            "@example.com",
            "jo doe@example.com",
            "xy_1",
            "pi_",
            "pi_1'--",
            "MG-3F9A",
            "MG-ÄÄ",
            "MG-3F9A-21C4-9",
            "480.00",
            &long,
        ] {
            assert_eq!(named(text), "nothing", "{text}");
        }
    }

    #[test]
    fn an_order_is_known_by_all_that_it_has_and_by_nothing_of_another() {
        let mut story = Story::undone();
        story.pay("pi_2", 48_000);
        story.event(crate::event::Event::DisputeSeen {
            payment: PaymentId::new("pi_1"),
            dispute: DisputeId::new("dp_1"),
            amount_minor: 48_000,
            status: DisputeStatus::Inquiry,
        });
        let is = |text: &str| Sought::parse(text).is_some_and(|sought| sought.is_of(&story.order));
        for ours in [
            "ord_3f9a21c4",
            "cs_1",
            "pi_1",
            "pi_2",
            "re_1",
            "dp_1",
            "mg-3f9a-21c4",
            "JO@example.com",
        ] {
            assert!(is(ours), "{ours}");
        }
        for other in [
            "ord_3f9a21c",
            "cs_2",
            "pi_3",
            "re_2",
            "dp_2",
            "MG-3F9A-21C5",
            "bo@example.com",
            "ch_1",
            "evt_1",
        ] {
            assert!(!is(other), "{other}");
        }
    }

    #[test]
    fn an_address_that_only_looks_alike_is_another() {
        let latin = Email::of("jo@example.com");
        assert_eq!(Email::of("JO@Example.com"), latin);
        // A Cyrillic o, a full-width o, a letter that does not show.
        for alike in [
            "j\u{43e}@example.com",
            "j\u{ff4f}@example.com",
            "jo\u{200b}@example.com",
        ] {
            assert_ne!(Email::of(alike), latin, "{alike}");
        }
    }

    #[test]
    fn an_address_is_in_no_debug_output() {
        assert_eq!(
            format!("{:?}", Sought::parse("jo@example.com")),
            "Some(Buyer(Email(..)))"
        );
    }
}
