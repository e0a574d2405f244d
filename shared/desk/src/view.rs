//! Orders and cases, ready to be shown.

use domain::Timestamp;
use domain::case::{Case, CaseRef, Resolved};
use domain::decide::{asks, may_announce};
use domain::notice::Notice;
use domain::order::Order;
use domain::payment::Payment;
use domain::wording;

use crate::tend::TendedView;

/// One line of the list of orders.
pub struct OrderLine {
    pub id: String,
    pub reference: String,
    pub placed: String,
    pub product: String,
    pub price: String,
    pub state: &'static str,
    pub needs_person: bool,
}

impl OrderLine {
    pub fn of(order: &Order) -> Self {
        Self {
            id: order.id.to_string(),
            reference: order.reference(),
            placed: order.created_at.to_string(),
            product: order.product.name.clone(),
            price: order.product.price.to_string(),
            state: wording::state_in_words(order),
            needs_person: order.cases.iter().any(|case| case.resolved.is_none()),
        }
    }
}

/// One of a buyer's orders, for whoever answers them.
pub struct FoundLine {
    pub id: String,
    pub reference: String,
    pub placed: String,
    pub product: String,
    pub price: String,
    pub state: &'static str,
    pub since: String,
    /// The words to say.
    pub reads: String,
}

impl FoundLine {
    pub fn of(order: &Order, now: Timestamp) -> Self {
        let OrderLine {
            id,
            reference,
            placed,
            product,
            price,
            state,
            needs_person: _,
        } = OrderLine::of(order);
        Self {
            id,
            reference,
            placed,
            product,
            price,
            state,
            since: order.state.since().unwrap_or(order.created_at).to_string(),
            reads: wording::customer_reads(order, now),
        }
    }
}

/// One line of the inbox.
pub struct CaseLine {
    pub id: String,
    pub order: Option<String>,
    pub class: &'static str,
    /// Address of the page that says what to do.
    pub runbook: String,
    pub consequence: String,
    pub money: String,
    pub opened: String,
    pub suggestion: String,
    pub tended: TendedView,
    /// Who decides it.
    pub owner: &'static str,
}

impl CaseLine {
    pub fn of(case: &Case, now: Timestamp) -> Self {
        Self {
            id: case.id.to_string(),
            order: case.order.as_ref().map(ToString::to_string),
            class: wording::class_name(case.class),
            runbook: wording::runbook_path(case.class),
            consequence: case.consequence.clone(),
            money: case.money.map(|money| money.to_string()).unwrap_or_default(),
            opened: case.opened_at.to_string(),
            suggestion: case
                .suggestion
                .map(|choice| choice.name().to_owned())
                .unwrap_or_default(),
            tended: TendedView::of_case(case, now),
            owner: wording::owner(case.owner),
        }
    }
}

/// How a case stands, in one sentence; empty while it is open.
pub fn ending(resolved: Option<&Resolved>) -> String {
    match resolved {
        None => String::new(),
        Some(Resolved::Healed { at }) => format!("The problem went away by itself on {at}."),
        Some(Resolved::Decided {
            at, choice, by, reason, ..
        }) => {
            format!("{by} chose {} on {at}: {reason}", choice.name())
        }
    }
}

/// What whoever returned money by hand chose or wrote at Stripe, of the refunds that this case asks about.
pub fn noted_at_stripe(order: &Order, case: &CaseRef) -> Vec<String> {
    let asked = asks(order, case);
    let refunds = order.payments.iter().flat_map(|payment| payment.refunds.iter());
    let notes = refunds
        .filter(|refund| asked.contains(&refund.id))
        .filter_map(|refund| {
            let note = refund.told.note.as_deref()?;
            Some(format!("{}: {note}", refund.id))
        });
    notes.collect()
}

/// What other systems were told, and how that ended.
pub struct AnnouncementLine {
    /// The notice's number.
    pub notice: u32,
    pub said: String,
    /// The same in words.
    pub means: &'static str,
    pub since: String,
    pub ended: String,
    /// A person may have it announced again.
    pub again: bool,
}

/// The announcements, oldest first.
pub fn announcements(order: &Order) -> Vec<AnnouncementLine> {
    let line = |notice: &Notice| {
        notice.announces().map(|said| AnnouncementLine {
            notice: notice.id,
            said: said.name().to_owned(),
            means: wording::announced(said),
            since: notice.owed_at.to_string(),
            ended: wording::ended(&notice.told),
            again: may_announce(order, notice).is_ok(),
        })
    };
    order.notices.iter().filter_map(line).collect()
}

/// Where a payment stands, with the date until which something must be done about it.
pub fn standing(payment: &Payment) -> String {
    let stands = match (payment.captured, &payment.hold) {
        (Some(taken), _) => format!("{taken} taken"),
        (None, Some(hold)) if payment.canceled.is_some() => format!("{} was held, and released", hold.amount),
        (None, Some(hold)) => format!("{} held until {}", hold.amount, hold.lapses_at()),
        (None, None) => "not paid".to_owned(),
    };
    if payment.contested() {
        format!("{stands}; contested by the bank")
    } else {
        stands
    }
}

/// The money first, then where it stands.
pub fn headline(order: &Order) -> String {
    let state = wording::state_in_words(order);
    match order.own_payment() {
        Some(own) if own.captured.is_none() && own.stake().is_some() => {
            format!("{}: {state}", standing(own))
        }
        own => match own.and_then(|own| own.captured) {
            Some(paid) => format!("{paid} paid: {state}"),
            None => format!("Nothing paid: {state}"),
        },
    }
}
