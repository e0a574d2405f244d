//! The ledger of refunds, by month: for a page and as a file.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Timestamp;
use domain::finance::{Period, RefundLine, Stage, Sums};
use domain::id::{CaseId, SessionId};
use domain::money::Money;
use domain::wording;
use flow::ports::{Clock, Lists, Trouble};

use crate::csv::csv;

/// How far a list of Finance's is read.
#[derive(Clone, Copy)]
pub struct Reach {
    /// No further month is begun after this.
    within: Duration,
    /// Orders of a month, or of a shard of what waits.
    pub(crate) orders: usize,
}

/// Of a page, so that it comes before its small function ends: more than anybody reads.
pub const OF_A_PAGE: Reach = Reach {
    within: Duration::from_secs(5),
    orders: 10_000,
};

/// At the keyboard somebody waits as long as it takes.
pub const AT_LEISURE: Reach = Reach {
    within: Duration::from_secs(1_800),
    orders: 10_000_000,
};

/// Months that can be chosen.
const MONTHS: usize = 24;

/// By so much Stripe's clock may be ahead of ours, and far more.
const AHEAD_MAX: Duration = Duration::from_secs(24 * 3_600);

/// All refunds of a month, oldest first.
pub struct Report {
    /// `2026-11`.
    pub month: String,
    pub lines: Vec<RefundLine>,
    /// By how far they have come; each currency for itself.
    pub totals: BTreeMap<Stage, Sums>,
    /// Why these are not all, in words. None: they are, and only then is it a report.
    pub missing: Option<String>,
}

/// This month, the one before, and so on.
fn back_from(now: Timestamp) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(Some(now), |month| Some(month.in_month_before()))
}

/// The months under which an order may stand, the latest first: Stripe's clock may be ahead of ours.
pub(crate) fn listed_months(now: Timestamp) -> impl Iterator<Item = Timestamp> {
    back_from(now.plus(AHEAD_MAX)).take(MONTHS + 1)
}

/// The months that can be chosen, this one first.
pub fn months(now: Timestamp) -> Vec<Timestamp> {
    back_from(now).take(MONTHS).collect()
}

/// The month of that name (`2026-11`); an empty name is this month.
pub fn month(now: Timestamp, name: &str) -> Option<Timestamp> {
    let named = |month: &Timestamp| name.is_empty() || month.month() == name;
    months(now).into_iter().find(named)
}

/// # Errors
/// When the store cannot be asked.
pub async fn report(store: &(impl Lists + Clock), month: Timestamp, reach: Reach) -> Result<Report, Trouble> {
    let period = Period::month(month);
    // An order stands where its last refund was made, and moves on from there: the oldest month first, so that none is
    // missed on its way, and each refund once.
    let since = listed_months(store.now()).take_while(|month| Period::month(*month).from >= period.from);
    let mut since: Vec<Timestamp> = since.collect();
    since.reverse();
    let (began, mut refunds, mut unread, mut more) = (store.now(), BTreeMap::new(), 0, false);
    for listed_in in since {
        if store.now().since(began) >= reach.within {
            more = true;
            break;
        }
        let listed = store.refunds(&listed_in.month(), reach.orders).await?;
        (unread, more) = (unread + listed.unread, more || listed.more);
        let lines = listed.lines.into_iter().filter(|line| period.has(line.made_at()));
        refunds.extend(lines.map(|line| (line.refund.clone(), line)));
    }
    let mut lines: Vec<RefundLine> = refunds.into_values().collect();
    lines.sort_by(|a, b| (a.made_at(), &a.refund).cmp(&(b.made_at(), &b.refund)));
    let mut totals: BTreeMap<Stage, Sums> = BTreeMap::new();
    for line in &lines {
        totals.entry(line.stage()).or_default().add(line.amount);
    }
    Ok(Report {
        month: month.month(),
        lines,
        totals,
        missing: wording::not_all(unread, more),
    })
}

/// Columns of the file, version 1: new ones come only at the end.
const COLUMNS: [&str; 28] = [
    "refund_id",
    "status",
    "refund_created_utc",
    "first_known_utc",
    "status_since_utc",
    "order_id",
    "order_ref",
    "payment_intent_id",
    "charge_id",
    "checkout_session_id",
    "customer_email_masked",
    "currency",
    "amount_minor",
    "amount",
    "original_amount_minor",
    "original_amount",
    "is_full",
    "reason_code",
    "reason_text",
    "failure_class",
    "decided_by",
    "case_id",
    "days_held",
    "failure_reason",
    "stripe_url",
    "failed_step",
    "decision_id",
    "policy_version",
];

/// The report as a file. It has no sums: a spreadsheet that adds up a column adds up all currencies.
pub fn file(report: &Report, livemode: bool) -> String {
    let header = COLUMNS.map(str::to_owned).to_vec();
    let rows = report.lines.iter().map(|line| row(line, livemode));
    csv(std::iter::once(header).chain(rows))
}

/// What the file is called: `refunds_live_2026-11-01_2026-12-01_v1.csv`, its end not included.
pub fn file_name(month: Timestamp, livemode: bool) -> String {
    let period = Period::month(month);
    let day = |at: Timestamp| at.iso().chars().take(10).collect::<String>();
    let mode = if livemode { "live" } else { "test" };
    format!("refunds_{mode}_{}_{}_v1.csv", day(period.from), day(period.until))
}

fn row(line: &RefundLine, livemode: bool) -> Vec<String> {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let minor = |money: Option<Money>| money.map(|money| money.minor.to_string()).unwrap_or_default();
    let decimal = |money: Option<Money>| money.as_ref().map(Money::decimal).unwrap_or_default();
    let full = line.is_full().map(|full| if full { "yes" } else { "no" });
    vec![
        line.refund.to_string(),
        line.status.name().to_owned(),
        line.created_at.map(Timestamp::iso).unwrap_or_default(),
        line.heard_at.iso(),
        line.stands_since.iso(),
        line.order.to_string(),
        line.reference.clone(),
        line.payment.to_string(),
        text(line.charge.as_deref()),
        text(line.session.as_ref().map(SessionId::as_str)),
        line.masked_email.clone(),
        line.amount.currency.code().to_owned(),
        line.amount.minor.to_string(),
        line.amount.decimal(),
        minor(line.original),
        decimal(line.original),
        text(full),
        line.because.code().name().to_owned(),
        line.because.sentence().to_owned(),
        text(line.failed.as_ref().map(|(class, _)| class.name())),
        wording::decided_by(line.because.by()).to_owned(),
        text(line.case.as_ref().map(CaseId::as_str)),
        line.days_held.map(|days| days.to_string()).unwrap_or_default(),
        text(line.failure_reason.as_deref()),
        stripe_page(line, livemode),
        text(line.failed.as_ref().map(|(_, step)| step.as_str())),
        text(line.because.decided().map(|decided| decided.decision.as_str())),
        line.because.policy().to_string(),
    ]
}

/// Where Stripe shows the refund's payment.
pub fn stripe_page(line: &RefundLine, livemode: bool) -> String {
    let mode = if livemode { "" } else { "test/" };
    format!("https://dashboard.stripe.com/{mode}payments/{}", line.payment)
}
