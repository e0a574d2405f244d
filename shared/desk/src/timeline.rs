//! What happened to an order as a picture: a row for each who acted, and a mark for each line of the history, in the
//! order in which it was learned. The same lines stand beside it as a table.

use std::time::Duration;

use domain::history::What;
use domain::order::Order;
use domain::payment::{DisputeStatus, RefundStatus};
use domain::wording;

/// Who acted, from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Customer,
    Payment,
    SetUp,
    Makegood,
    People,
    Messages,
}

impl Row {
    fn name(self) -> &'static str {
        match self {
            Self::Customer => "Customer",
            Self::Payment => "Payment",
            Self::SetUp => "Set-up",
            Self::Makegood => "Makegood",
            Self::People => "A person",
            Self::Messages => "Messages",
        }
    }
}

/// How a mark looks: never by its colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Good,
    Bad,
    Plain,
}

/// One line of the history, for the table.
pub struct Line {
    pub at: String,
    pub who: &'static str,
    pub what: String,
}

pub struct Mark {
    pub x: u32,
    pub y: u32,
    pub look: Look,
    pub what: String,
}

/// A time under the picture, or a wait within it.
pub struct Label {
    pub x: u32,
    pub text: String,
}

pub struct Timeline {
    pub width: u32,
    pub height: u32,
    pub rows: Vec<(u32, &'static str)>,
    pub marks: Vec<Mark>,
    /// Through all marks, as an SVG list of points.
    pub path: String,
    pub waits: Vec<Label>,
    /// When it began and when it last changed.
    pub from: String,
    pub until: String,
    pub lines: Vec<Line>,
}

const NAMES_WIDE: u32 = 116;
const ROW_HIGH: u32 = 38;
/// Above the rows, for the waits.
const TOP: u32 = 34;
/// Below them, for the times.
const BOTTOM: u32 = 30;
const STEP: u32 = 44;
/// What is said of a wait needs so much room.
const WAIT_WIDE: u32 = 96;
const MARGIN: u32 = 24;

/// A wait that is longer is said.
const WAIT_MIN: Duration = Duration::from_secs(600);

/// The picture and the table of everything that happened.
pub fn timeline(order: &Order) -> Timeline {
    let currency = order.product.price.currency;
    let mut rows: Vec<Row> = order.history.iter().map(|entry| row(&entry.what)).collect();
    rows.sort_unstable();
    rows.dedup();
    let y = |of: Row| TOP + ROW_HIGH / 2 + ROW_HIGH * place(rows.iter().take_while(|row| **row < of).count());
    let (mut x, mut before) = (NAMES_WIDE, None);
    let (mut marks, mut waits, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for entry in &order.history {
        let waited = before.map_or(Duration::ZERO, |before| entry.at.since(before));
        if waited >= WAIT_MIN {
            waits.push(wait(&mut x, format!("{} later", about(waited))));
        }
        x += STEP;
        let (row, what) = (row(&entry.what), wording::line(entry, currency));
        marks.push(Mark {
            x,
            y: y(row),
            look: look(&entry.what),
            what: what.clone(),
        });
        lines.push(Line {
            at: entry.at.to_string(),
            who: row.name(),
            what,
        });
        let last = entry.last_at.unwrap_or(entry.at);
        let lasted = last.since(entry.at);
        if lasted >= WAIT_MIN {
            waits.push(wait(&mut x, format!("for {}", about(lasted))));
        }
        before = Some(last);
    }
    let path: Vec<String> = marks.iter().map(|mark| format!("{},{}", mark.x, mark.y)).collect();
    Timeline {
        width: x + MARGIN,
        height: TOP + ROW_HIGH * place(rows.len()) + BOTTOM,
        rows: rows.iter().map(|row| (y(*row), row.name())).collect(),
        marks,
        path: path.join(" "),
        waits,
        from: order.created_at.to_string(),
        until: before.unwrap_or(order.created_at).to_string(),
        lines,
    }
}

/// Makes room, and says in its middle what it is for.
fn wait(x: &mut u32, text: String) -> Label {
    let label = Label {
        x: *x + (STEP + WAIT_WIDE) / 2,
        text,
    };
    *x += WAIT_WIDE;
    label
}

fn place(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// So long in the largest unit that fits.
fn about(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (count, unit) = match minutes {
        0..120 => (minutes, "min"),
        120..2_880 => (minutes / 60, "h"),
        _ => (minutes / 1_440, "days"),
    };
    format!("{count} {unit}")
}

fn row(what: &What) -> Row {
    match what {
        What::Ordered => Row::Customer,
        What::SessionOpened(_)
        | What::SessionNotOpened(_)
        | What::SessionClosed
        | What::Paid { .. }
        | What::NothingToPay
        | What::NotConfirmed
        | What::PaymentPending
        | What::Held { .. }
        | What::HoldEnded { .. }
        | What::CaptureFailed { .. }
        | What::Disputed { .. }
        | What::ReturnFailed { .. }
        | What::Refund { .. }
        | What::Annotated { .. }
        | What::AnnotateFailed { .. } => Row::Payment,
        What::StepDone { .. }
        | What::StepFailed { .. }
        | What::StepAbsent(_)
        | What::Outage { .. }
        | What::Revoked(_)
        | What::RevokeFailed { .. } => Row::SetUp,
        What::Delivered
        | What::UndoDecided(_)
        | What::UndoWaits
        | What::ReturnOwed { .. }
        | What::Undone
        | What::CaseOpened { .. }
        | What::CaseHealed(_)
        | What::DeadLetter(_)
        | What::Asked(_) => Row::Makegood,
        What::Decided { .. } | What::Explained { .. } | What::CaseTended { .. } | What::AnnounceAgain { .. } => {
            Row::People
        }
        What::Notice { .. } | What::NoticeFailed { .. } => Row::Messages,
    }
}

fn look(what: &What) -> Look {
    match what {
        What::Paid { .. }
        | What::Held { .. }
        | What::StepDone { .. }
        | What::Delivered
        | What::Outage { over: true, .. }
        | What::CaseHealed(_)
        | What::Disputed {
            status: DisputeStatus::Won | DisputeStatus::Dropped,
            ..
        }
        | What::Refund {
            status: RefundStatus::Succeeded,
            ..
        } => Look::Good,
        What::SessionNotOpened(_)
        | What::NotConfirmed
        | What::CaptureFailed { .. }
        | What::StepFailed { .. }
        | What::Outage { over: false, .. }
        | What::RevokeFailed { .. }
        | What::ReturnFailed { .. }
        | What::AnnotateFailed { .. }
        | What::NoticeFailed { .. }
        | What::DeadLetter(_)
        | What::Asked(_)
        | What::CaseOpened { .. }
        | What::Disputed {
            status: DisputeStatus::Inquiry | DisputeStatus::Open | DisputeStatus::Lost,
            ..
        }
        | What::Refund {
            status: RefundStatus::Failed | RefundStatus::Canceled,
            ..
        } => Look::Bad,
        What::Ordered
        | What::SessionOpened(_)
        | What::SessionClosed
        | What::NothingToPay
        | What::PaymentPending
        | What::HoldEnded { .. }
        | What::StepAbsent(_)
        | What::UndoDecided(_)
        | What::UndoWaits
        | What::Revoked(_)
        | What::ReturnOwed { .. }
        | What::Undone
        | What::Decided { .. }
        | What::CaseTended { .. }
        | What::Explained { .. }
        | What::Annotated { .. }
        | What::Notice { .. }
        | What::AnnounceAgain { .. }
        | What::Refund {
            status: RefundStatus::Pending | RefundStatus::RequiresAction,
            ..
        } => Look::Plain,
    }
}
