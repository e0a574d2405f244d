//! The operator's command: the console's lists, answers and decisions at a keyboard. It writes to the table alone.

mod arguments;
mod decide;
mod doctor;
mod drill;
mod ending;
mod lists;
mod order;
pub mod setting;
mod store;
mod tend;
mod text;
mod usage;

pub use arguments::{Command, Typed, parse};
pub use ending::{Code, Ending};

use desk::access::Actor;
use flow::ports::{Archive, Books, Lists, LookUp, Trouble};

use ending::Answer;

pub use doctor::doctor;
pub use store::Store;

/// Whoever sits there: who they are, and whether they want it.
#[expect(async_fn_in_trait, reason = "one person, on one thread")]
pub trait Person {
    /// # Errors
    /// When nobody says who it is.
    async fn actor(&self) -> Result<Actor, Trouble>;
    /// Shows what will happen and asks; none: nobody sits there.
    fn agrees(&self, shown: &str) -> Option<bool>;
}

/// Carries out what was typed. `stripe`: asked whose an id of its own is, by whoever has a key. `live`: real money.
pub async fn run(
    store: &(impl flow::ports::Store + Archive + LookUp + Lists),
    stripe: Option<&impl Books>,
    person: &impl Person,
    typed: &Typed,
    live: bool,
) -> Ending {
    let hand = &typed.hand;
    let answered = match &typed.command {
        Command::Inbox { class } => lists::inbox(store, hand, *class).await,
        Command::Waiting => lists::waiting(store, hand).await,
        Command::Export { month, to } => lists::export(store, hand, (month, live), to.as_deref()).await,
        Command::Show { id } => order::show(store, stripe, hand, id).await,
        Command::Why { id } => order::why(store, stripe, hand, id).await,
        Command::Decide(wanted) => decide::decide(store, person, hand, wanted).await,
        Command::Tend(wanted) => tend::tend(store, person, hand, wanted).await,
        Command::Help | Command::Expect { .. } | Command::Drill(_) | Command::Doctor => Ok(without_table(typed)),
    };
    let answer = answered.unwrap_or_else(|trouble| Answer::trouble(hand, &trouble));
    answer.ending(typed)
}

/// What needs no table. None: it needs one.
pub fn offline(typed: &Typed) -> Option<Ending> {
    match &typed.command {
        Command::Help | Command::Expect { .. } | Command::Drill(_) => Some(without_table(typed).ending(typed)),
        Command::Inbox { .. }
        | Command::Waiting
        | Command::Export { .. }
        | Command::Show { .. }
        | Command::Why { .. }
        | Command::Decide(_)
        | Command::Tend(_)
        | Command::Doctor => None,
    }
}

fn without_table(typed: &Typed) -> Answer {
    let hand = &typed.hand;
    match &typed.command {
        Command::Expect { role, policy } => lists::expect(hand, *role, policy.as_deref()),
        Command::Drill(wanted) => drill::drill(hand, wanted),
        Command::Help
        | Command::Doctor
        | Command::Inbox { .. }
        | Command::Waiting
        | Command::Export { .. }
        | Command::Show { .. }
        | Command::Why { .. }
        | Command::Decide(_)
        | Command::Tend(_) => usage::help(hand),
    }
}
