//! The store's contract when calls and replies get lost: each act of our adapter under each fault of the wire.

use adapters::dynamodb::Table;
use domain::Timestamp;
use domain::brake::{Brake, Claim, Limits, Outdated};
use domain::case::Case;
use domain::order::Order;
use flow::ports::{Archive as _, Basis, Committed, Control as _, Ledger as _, Overdue, Trouble};
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};

use super::orders::{EMAIL, NOW, case, closed, next, order};
use super::report::{Checked, Report, holds, same};
use super::store::said;
use super::table::{Dynamodb, REGION};
use super::wire::{Fault, Wire};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    New,
    Version,
    WithCase,
    OpenCase,
    ChangeCase,
    Claim,
    Brake,
    Load,
}

const ACTS: [Act; 8] = [
    Act::New,
    Act::Version,
    Act::WithCase,
    Act::OpenCase,
    Act::ChangeCase,
    Act::Claim,
    Act::Brake,
    Act::Load,
];

/// What must come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// As if nothing had been.
    Good,
    /// Trouble after so many calls, and nothing was done.
    Undone(u32),
    /// Trouble, and it was done once: nobody could know.
    DoneUnknown,
}

const ALWAYS: u32 = u32::MAX;
const CALLS_MAX: u32 = 3;
/// Checks side by side.
const AT_ONCE: usize = 8;

fn faults(act: Act) -> Vec<(&'static str, Fault, u32, End)> {
    let throttled = || Fault::code("ProvisionedThroughputExceededException");
    let mut all = vec![
        ("throttled once", throttled(), 1, End::Good),
        ("throttled", throttled(), ALWAYS, End::Undone(CALLS_MAX)),
        ("slowed down once", Fault::code("ThrottlingException"), 1, End::Good),
        ("500 once", Fault::Broken, 1, End::Good),
        ("500", Fault::Broken, ALWAYS, End::Undone(CALLS_MAX)),
        ("lost once", Fault::Lost, 1, End::Good),
        ("lost", Fault::Lost, ALWAYS, End::Undone(CALLS_MAX)),
        ("reply lost once", Fault::LostAfter, 1, End::Good),
        ("every reply lost", Fault::LostAfter, ALWAYS, End::DoneUnknown),
        ("500 after it was done", Fault::BrokenAfter, 1, End::Good),
        ("reply garbled", Fault::GarbledAfter, 1, End::DoneUnknown),
        ("refused", Fault::code("AccessDeniedException"), ALWAYS, End::Undone(1)),
    ];
    match act {
        Act::Load => {}
        Act::WithCase => {
            let conflict = || Fault::cancelled(&["TransactionConflict", "None"]);
            let throttled = Fault::cancelled(&["None", "ProvisionedThroughputExceeded"]);
            let invalid = Fault::cancelled(&["None", "ValidationError"]);
            all.extend([
                ("conflict once", conflict(), 1, End::Good),
                ("conflict", conflict(), ALWAYS, End::Undone(CALLS_MAX)),
                ("its part throttled once", throttled, 1, End::Good),
                ("its part invalid", invalid, ALWAYS, End::Undone(1)),
                (
                    "in progress once",
                    Fault::code("TransactionInProgressException"),
                    1,
                    End::Good,
                ),
            ]);
        }
        Act::New | Act::Version | Act::OpenCase | Act::ChangeCase | Act::Claim | Act::Brake => {
            let conflict = || Fault::code("TransactionConflictException");
            all.extend([
                ("conflict once", conflict(), 1, End::Good),
                ("conflict", conflict(), ALWAYS, End::Undone(CALLS_MAX)),
            ]);
        }
    }
    all
}

/// What an act is about.
struct Subject {
    first: Order,
    next: Order,
    case: Case,
    closed: Case,
}

impl Subject {
    fn new(number: u32) -> Self {
        let first = order(number);
        let case = case(number, None);
        Self {
            next: next(&first, 1),
            closed: closed(&case, "jo"),
            first,
            case,
        }
    }

    fn overdue(&self) -> Overdue {
        Overdue {
            order: self.first.id.clone(),
            due: self.first.due().expect("it owes something"),
        }
    }

    fn claimed(&self) -> Timestamp {
        Timestamp(self.overdue().due.0 + 300_000)
    }
}

pub(crate) async fn check(at: &Dynamodb) -> Report {
    let mut report = Report::new("store under faults", &at.peer);
    let clean = at.fresh("Faults").await;
    let mut number = 0;
    let mut runs = Vec::new();
    for act in ACTS {
        for fault in faults(act) {
            number += 1;
            runs.push(one(at, &clean, act, fault, number));
        }
    }
    // A few at a time: a call that waits for its turn here would be one that the wire lost.
    let checked: Vec<_> = stream::iter(runs).buffered(AT_ONCE).collect().await;
    for (check, outcome) in checked {
        report.add(check, outcome);
    }
    let acts = [(Act::New, 901), (Act::Version, 902), (Act::WithCase, 903)];
    let runs = acts.map(|(act, number)| async move { (act, overtaken(at, act, number).await) });
    for (act, outcome) in join_all(runs).await {
        report.add(format!("{act:?}: reply lost, and somebody writes on it"), outcome);
    }
    report
}

async fn one(
    at: &Dynamodb,
    clean: &Table,
    act: Act,
    (name, fault, times, end): (&str, Fault, u32, End),
    number: u32,
) -> (String, Checked) {
    let wire = Wire::new(fault, times);
    let region = format!("region-{number}");
    let outcome = if act == Act::Brake {
        // There is one brake: it needs a table of its own.
        let table = format!("Brake{number}");
        let clean = at.fresh(&table).await;
        tried(
            &clean,
            &at.adapter(&table, &region, &wire.http()),
            &wire,
            act,
            end,
            number,
        )
        .await
    } else {
        tried(
            clean,
            &at.adapter("Faults", &region, &wire.http()),
            &wire,
            act,
            end,
            number,
        )
        .await
    };
    (format!("{act:?}: {name}"), outcome)
}

async fn tried(clean: &Table, faulty: &Table, wire: &Wire, act: Act, end: End, number: u32) -> Checked {
    let subject = Subject::new(number);
    prepare(clean, act, &subject).await?;
    let came = perform(faulty, act, &subject).await;
    let (calls, done) = wire.counts();
    holds(calls <= CALLS_MAX, || format!("{calls} calls"))?;
    // A transaction's repetition is answered well and does nothing; a question may be asked often.
    let once = matches!(act, Act::WithCase | Act::Load) || done <= 1;
    holds(once, || format!("done {done} times"))?;
    let stands = stands(clean, act, &subject).await.map_err(said)?;
    match (end, came) {
        (End::Good, Ok(true)) => same("it stands", &stands, &true),
        (End::Undone(wanted), Err(_)) => {
            same("calls", &calls, &wanted)?;
            same("it stands", &stands, &(act == Act::Load))
        }
        (End::DoneUnknown, Err(trouble)) => {
            holds(!trouble.because.contains(EMAIL), || {
                format!("the log learns: {}", trouble.because)
            })?;
            same("it stands", &stands, &true)
        }
        (_, came) => Err(format!("{came:?} instead of {end:?}")),
    }
}

async fn prepare(clean: &Table, act: Act, subject: &Subject) -> Checked {
    match act {
        Act::New | Act::OpenCase | Act::Brake => Ok(()),
        Act::ChangeCase => clean.open_case(&subject.case).await.map_err(said),
        Act::Version | Act::WithCase | Act::Claim | Act::Load => {
            let stored = clean.commit(Basis::New, &subject.first, &[]).await.map_err(said)?;
            holds(matches!(stored, Committed::Stored), || "not prepared".to_owned())
        }
    }
}

/// Tells whether the act says that it was done by us.
async fn perform(table: &Table, act: Act, subject: &Subject) -> Result<bool, Trouble> {
    let on_first = Basis::Version(subject.first.version);
    let cases = std::slice::from_ref(&subject.case);
    let stored = |committed| matches!(committed, Committed::Stored);
    match act {
        Act::New => table.commit(Basis::New, &subject.first, &[]).await.map(stored),
        Act::Version => table.commit(on_first, &subject.next, &[]).await.map(stored),
        Act::WithCase => table.commit(on_first, &subject.next, cases).await.map(stored),
        Act::OpenCase => table.open_case(&subject.case).await.map(|()| true),
        Act::ChangeCase => table.change_case(&subject.closed).await,
        Act::Claim => table.claim(&subject.overdue(), subject.claimed()).await,
        Act::Brake => table.set_control(&brake(subject)).await,
        Act::Load => table
            .load(&subject.first.id)
            .await
            .map(|found| found.as_ref() == Some(&subject.first)),
    }
}

fn brake(subject: &Subject) -> Brake {
    const LIMITS: Limits = Limits {
        undos_max: 5,
        within: std::time::Duration::from_secs(600),
        off: false,
    };
    match Brake::default().claim(&subject.first.id, LIMITS, Outdated(false), NOW) {
        Claim::Passes(Some(write)) => write,
        other @ (Claim::Passes(None) | Claim::Waits { .. }) => panic!("{other:?}"),
    }
}

async fn stands(clean: &Table, act: Act, subject: &Subject) -> Result<bool, Trouble> {
    let order = clean.load(&subject.first.id).await?;
    let case = clean.case(&subject.case.id).await?;
    Ok(match act {
        Act::New | Act::Load => order.as_ref() == Some(&subject.first),
        Act::Version => order.as_ref() == Some(&subject.next),
        Act::WithCase => {
            let both = (
                order.as_ref() == Some(&subject.next),
                case.as_ref() == Some(&subject.case),
            );
            assert_eq!(both.0, both.1, "an order without its case, or a case without its order");
            both.0
        }
        Act::OpenCase => case.as_ref() == Some(&subject.case),
        Act::ChangeCase => case.as_ref() == Some(&subject.closed),
        Act::Brake => clean.control::<Brake>().await?.version == 1,
        Act::Claim => {
            // Whoever claims from the date that the claim sets finds it there.
            let overdue = Overdue {
                due: subject.claimed(),
                ..subject.overdue()
            };
            clean.claim(&overdue, Timestamp(overdue.due.0 + 1)).await?
        }
    })
}

/// Our write is done and its reply is lost; before we repeat it, somebody reads it and writes the next version.
async fn overtaken(at: &Dynamodb, act: Act, number: u32) -> Checked {
    let table = format!("Overtaken{number}");
    let clean = at.fresh(&table).await;
    let subject = Subject::new(number);
    prepare(&clean, act, &subject).await?;
    let ours = if act == Act::New { &subject.first } else { &subject.next };
    let (basis, theirs) = (Basis::Version(ours.version), next(ours, 7));
    let wire = Wire::new(Fault::LostAfter, 1);
    let faulty = at.adapter(&table, REGION, &wire.http());
    let stranger = at.adapter(&table, REGION, &adapters::http::Http::new(None)?);
    let written = theirs.clone();
    wire.meanwhile(move || async move {
        let stored = stranger.commit(basis, &written, &[]).await;
        assert!(matches!(stored, Ok(Committed::Stored)), "{stored:?}");
    });
    let cases: &[Case] = if act == Act::WithCase {
        std::slice::from_ref(&subject.case)
    } else {
        &[]
    };
    let on = if act == Act::New {
        Basis::New
    } else {
        Basis::Version(subject.first.version)
    };
    let came = faulty.commit(on, ours, cases).await;
    match came.map_err(said)? {
        Committed::Stored => {}
        Committed::Conflict(found) => same("the conflict shows", &*found, &theirs)?,
    }
    same(
        "theirs stands",
        &clean.load(&subject.first.id).await.map_err(said)?,
        &Some(theirs),
    )
}
