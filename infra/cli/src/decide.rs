//! Retry, undo and ignore: first what it will do, and only with `--apply` the doing. The console's own decision.

use std::fmt::Write as _;

use desk::access::{Actor, Role};
use desk::decision::{self, Decided, Wish, amount_to_write, is_whole, says_why};
use desk::view;
use domain::because::Code as Because;
use domain::case::{Case, CaseRef, Choice};
use domain::decide::possible;
use domain::id::{CaseId, DecisionId};
use domain::order::Order;
use domain::wording;
use flow::ports::{Archive, Store, Trouble};
use serde_json::{Value, json};

use crate::Person;
use crate::arguments::{Hand, Wanted};
use crate::ending::{Answer, Code, in_words};
use crate::text::{quoted, wrapped};

/// What one case came to.
struct Came {
    code: Code,
    text: String,
    facts: Value,
    /// What to type next, without the command's name.
    next: String,
}

impl Came {
    fn no(code: Code, case: &str, say: &str, next: String) -> Self {
        Self {
            code,
            text: wrapped(&format!("{case}: {say}"), 0),
            facts: json!({ "case": case, "done": false, "because": say }),
            next,
        }
    }

    /// The same, below what was shown before.
    fn after(self, shown: &str) -> Self {
        Self {
            text: format!("{shown}\n{}", self.text),
            ..self
        }
    }
}

/// A case that can be decided, as it stands now.
enum Open {
    OfOrder(Box<Order>, CaseRef),
    /// It belongs to no order: all that can be done is to close it.
    Alone(Case),
}

impl Open {
    fn id(&self) -> &CaseId {
        match self {
            Self::OfOrder(_, case) => &case.id,
            Self::Alone(case) => &case.id,
        }
    }
}

pub(crate) async fn decide(
    store: &(impl Store + Archive),
    person: &impl Person,
    hand: &Hand,
    wanted: &Wanted,
) -> Result<Answer, Trouble> {
    let mut all: Vec<Came> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for case in &wanted.cases {
        match look(store, wanted, case).await? {
            Ok(found) => open.push(found),
            Err(no) => all.push(no),
        }
    }
    if !wanted.apply {
        all.extend(open.iter().map(|open| rehearsed(open, wanted)));
        return Ok(together(hand, &all, wanted.apply));
    }
    if open.is_empty() {
        return Ok(together(hand, &all, wanted.apply));
    }
    // What is decided about is what this shows, and no later version.
    let shown: Vec<String> = open.iter().map(|open| preview(open, wanted.choice).0).collect();
    if !wanted.yes {
        match person.agrees(&shown.join("\n")) {
            Some(true) => {}
            Some(false) => {
                let say = "Nothing was done.";
                return Ok(Answer::no(Code::NothingToDo, say, hand.line("inbox")));
            }
            None => {
                let say = "Nothing was done: nobody can be asked here. Read what will happen, and say --yes.";
                return Ok(Answer::no(
                    Code::Usage,
                    say,
                    hand.line(&typed(wanted, &wanted.cases, wanted.seen)),
                ));
            }
        }
    }
    let by = person.actor().await?;
    for (open, shown) in open.into_iter().zip(shown) {
        let id = open.id().to_string();
        all.push(match done(store, open, &by, wanted).await {
            // Whoever was asked has read it.
            Ok(came) if wanted.yes => came.after(&shown),
            Ok(came) => came,
            // Those before it are done, and whoever asked must learn of them.
            Err(trouble) => {
                let (code, say) = in_words(&trouble);
                Came::no(code, &id, &say, format!("show {id}"))
            }
        });
    }
    Ok(together(hand, &all, wanted.apply))
}

/// The case, if there is something to decide.
async fn look(store: &(impl Store + Archive), wanted: &Wanted, id: &str) -> Result<Result<Open, Came>, Trouble> {
    let no = |code, say: &str, next: String| Ok(Err(Came::no(code, id, say, next)));
    let Some(case) = store.case(&CaseId::new(id)).await? else {
        return no(Code::NothingToDo, "There is no such case.", "inbox".to_owned());
    };
    if case.resolved.is_some() {
        let say = format!("It is closed already. {}", view::ending(case.resolved.as_ref()));
        let next = case
            .order
            .as_ref()
            .map_or_else(|| "inbox".to_owned(), |order| format!("show {order}"));
        return no(Code::NothingToDo, &say, next);
    }
    let Some(order) = &case.order else {
        if wanted.choice == Choice::Ignore {
            return Ok(Ok(Open::Alone(case)));
        }
        let say = "No order belongs to it: it can only be closed, once it is settled outside.";
        return no(Code::NotAllowed, say, format!("ignore {id}"));
    };
    let Some(order) = store.load(order).await? else {
        return no(Code::NothingToDo, "Its order is not there.", "inbox".to_owned());
    };
    let show = format!("show {}", order.id);
    if wanted.seen.is_some_and(|seen| seen != order.version) {
        let say = "This changed while you looked, so nothing was done. Look at it as it stands now.";
        return no(Code::Conflict, say, format!("{} {id}", wanted.choice.name()));
    }
    let Some(open) = order.open_case(&case.id).cloned() else {
        return no(Code::NothingToDo, "It is closed already.", show);
    };
    if let Err(why) = possible(&order, &open, wanted.choice) {
        return no(
            Code::NotAllowed,
            &format!("{} cannot be chosen: {why}.", wanted.choice.name()),
            show,
        );
    }
    // What is written already is held against the rules at once, so that a dry run finds it.
    let begun = wanted.apply || !(wanted.reason.is_empty() && wanted.amount.is_empty() && wanted.code.is_empty());
    let nobody = Actor {
        name: String::new(),
        role: Role::Operator,
    };
    if begun && let Err(say) = is_whole(&order, &wish(&order, &open.id, wanted, nobody, String::new())) {
        return no(Code::Usage, &say, format!("{} {id}", wanted.choice.name()));
    }
    Ok(Ok(Open::OfOrder(Box::new(order), open)))
}

fn wish(order: &Order, case: &CaseId, wanted: &Wanted, by: Actor, decision: String) -> Wish {
    Wish {
        case: case.clone(),
        choice: wanted.choice,
        by,
        reason: wanted.reason.clone(),
        code: wanted.code.clone(),
        amount: wanted.amount.clone(),
        seen: wanted.seen.unwrap_or(order.version),
        decision: DecisionId::new(decision),
    }
}

/// What will happen: for people, and each effect by itself.
fn preview(open: &Open, choice: Choice) -> (String, Vec<String>) {
    let (headline, which, will) = match open {
        Open::OfOrder(order, case) => (
            wording::consequence(order, case.class, case.subject.as_ref()),
            format!("{}, {}, {}", wording::class_name(case.class), case.id, order.id),
            wording::preview(order, case, choice),
        ),
        Open::Alone(case) => (
            case.consequence.clone(),
            format!("{}, {}", wording::class_name(case.class), case.id),
            vec![
                "No money moves and nothing is taken back by this choice.".to_owned(),
                "The case closes with your reason.".to_owned(),
            ],
        ),
    };
    let mut text = format!(
        "{headline}\n{which}\n\nIf you choose {}, this will happen, in this order:\n",
        choice.name()
    );
    for (line, number) in will.iter().zip(1..) {
        let _ = writeln!(text, "  {number}. {line}");
    }
    (wrapped(&text, 0), will)
}

/// The dry run.
fn rehearsed(open: &Open, wanted: &Wanted) -> Came {
    let (mut text, will) = preview(open, wanted.choice);
    let (id, seen, amount) = match open {
        Open::OfOrder(order, case) => (&case.id, Some(order.version), amount_to_write(order, wanted.choice)),
        Open::Alone(case) => (&case.id, None, None),
    };
    if let Some(amount) = &amount {
        let _ = writeln!(
            text,
            "\nWrite the amount that goes back, {amount}, and what it is returned for:"
        );
        for code in Because::PERSONS {
            let _ = writeln!(text, "  --code {:<20} {}", code.name(), wording::code(code));
        }
    }
    let asks = match open {
        Open::OfOrder(order, case) => says_why(order, case, wanted.choice),
        Open::Alone(_) => false,
    };
    if asks {
        text.push_str("\nSay what the money was returned for:\n");
        for code in Because::BY_HAND {
            let _ = writeln!(text, "  --code {:<20} {}", code.name(), wording::code(code));
        }
    }
    let too = if asks || wanted.choice == Choice::Undo {
        ", the customer too"
    } else {
        ""
    };
    let _ = writeln!(text, "\nNothing was done. Others will read your reason{too}.");
    let facts = json!({
        "case": id.to_string(),
        "done": false,
        "choice": wanted.choice.name(),
        "will": will,
        "seen": seen,
        "amount": amount,
    });
    Came {
        code: Code::Done,
        text,
        facts,
        next: typed_for(wanted, &[id.to_string()], seen, asks || amount.is_some()),
    }
}

/// The line that does it.
fn typed(wanted: &Wanted, cases: &[String], seen: Option<u64>) -> String {
    let line = typed_for(wanted, cases, seen, !wanted.code.is_empty());
    format!("{line} --yes")
}

fn typed_for(wanted: &Wanted, cases: &[String], seen: Option<u64>, money: bool) -> String {
    let given = |text: &str, blank: &str| {
        if text.is_empty() {
            blank.to_owned()
        } else {
            quoted(text)
        }
    };
    let mut line = format!("{} {}", wanted.choice.name(), cases.join(" "));
    if let Some(seen) = seen {
        let _ = write!(line, " --seen {seen}");
    }
    if money {
        let _ = write!(line, " --code {}", given(&wanted.code, "..."));
        if wanted.choice == Choice::Undo {
            let _ = write!(line, " --amount {}", given(&wanted.amount, "\"...\""));
        }
    }
    format!("{line} --reason {} --apply", given(&wanted.reason, "\"...\""))
}

async fn done(store: &(impl Store + Archive), open: Open, by: &Actor, wanted: &Wanted) -> Result<Came, Trouble> {
    let (id, show, decided) = match open {
        Open::OfOrder(order, case) => {
            let wish = wish(
                &order,
                &case.id,
                wanted,
                by.clone(),
                format!("dec_{:032x}", store.bits()),
            );
            let show = format!("show {}", order.id);
            (case.id, show, decision::decide(store, *order, &wish).await?)
        }
        Open::Alone(case) => {
            let id = case.id.clone();
            let named = DecisionId::new(format!("dec_{:032x}", store.bits()));
            let closed = decision::close(store, &case, by, &wanted.reason, &named).await?;
            (id, "inbox".to_owned(), closed)
        }
    };
    Ok(match decided {
        Decided::Recorded => Came {
            code: Code::Done,
            text: format!(
                "Recorded: {} of {id}, by {}. It is taken up within two minutes.\n",
                wanted.choice.name(),
                by.name
            ),
            facts: json!({ "case": id.to_string(), "done": true, "choice": wanted.choice.name(), "by": by.name }),
            next: show,
        },
        // All of it was possible a moment ago.
        Decided::No(why) => Came::no(Code::Conflict, id.as_str(), &why, show),
    })
}

/// One number for all cases, and one line to type. A dry run does nothing, so nothing is partly done by it.
fn together(hand: &Hand, all: &[Came], apply: bool) -> Answer {
    let good = all.iter().filter(|came| came.code == Code::Done).count();
    let first_bad = all.iter().find(|came| came.code != Code::Done);
    let code = match first_bad {
        None => Code::Done,
        Some(_) if apply && good > 0 => Code::Partly,
        Some(bad) => bad.code,
    };
    let last = first_bad.or(all.last());
    let next = hand.line(&last.map(|came| came.next.clone()).unwrap_or_default());
    let facts: Vec<Value> = all.iter().map(|came| came.facts.clone()).collect();
    let text: Vec<&str> = all.iter().map(|came| came.text.as_str()).collect();
    Answer {
        code,
        text: text.join("\n"),
        facts: json!({ "cases": facts }),
        next,
        is_file: false,
    }
}
