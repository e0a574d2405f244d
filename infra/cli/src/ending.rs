//! How a command ended. Scripts read the number, people the last line: what to type next.

use domain::wording::{NEWER, NEWER_ADVICE};
use flow::ports::Trouble;
use serde_json::Value;

use crate::arguments::{Hand, Typed};
use crate::text::wrapped;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Done = 0,
    /// It could not be done, or nobody knows whether it was.
    Trouble = 1,
    Usage = 2,
    NotAllowed = 3,
    /// It changed while you looked.
    Conflict = 4,
    NothingToDo = 5,
    /// Several were named, and some of them were done.
    Partly = 6,
}

/// What is written where, and the number.
#[derive(Debug, PartialEq, Eq)]
pub struct Ending {
    pub code: Code,
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
}

/// What a command has to say.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Code,
    pub(crate) text: String,
    /// The same for programs; null: only people read it.
    pub(crate) facts: Value,
    /// The command to type next.
    pub(crate) next: String,
    /// The text is a file: nothing may be written below it.
    pub(crate) is_file: bool,
}

impl Answer {
    pub(crate) fn done(text: String, facts: Value, next: String) -> Self {
        Self {
            code: Code::Done,
            text,
            facts,
            next,
            is_file: false,
        }
    }

    pub(crate) fn no(code: Code, say: &str, next: String) -> Self {
        Self {
            code,
            text: wrapped(say, 0),
            facts: Value::Null,
            next,
            is_file: false,
        }
    }

    /// The table did not answer, or not as asked.
    pub(crate) fn trouble(hand: &Hand, trouble: &Trouble) -> Self {
        let (code, say) = in_words(trouble);
        Self::no(code, &say, hand.line("doctor"))
    }

    pub(crate) fn ending(self, typed: &Typed) -> Ending {
        let Self {
            code,
            text,
            facts,
            next,
            is_file,
        } = self;
        let next_line = format!("Next: {next}\n");
        if is_file {
            return Ending {
                code,
                out: text,
                err: next_line,
            };
        }
        if typed.json && !facts.is_null() {
            let mut facts = facts;
            facts["next"] = Value::String(next);
            let out = serde_json::to_string_pretty(&facts).unwrap_or_default();
            return Ending {
                code,
                out: format!("{out}\n"),
                err: String::new(),
            };
        }
        let said = format!("{}\n\n{next_line}", text.trim_end());
        let (out, err) = if code == Code::Done {
            (said, String::new())
        } else {
            (String::new(), said)
        };
        Ending { code, out, err }
    }
}

/// What a call that did not work comes to.
pub(crate) fn in_words(trouble: &Trouble) -> (Code, String) {
    if trouble.because.contains("AccessDenied") {
        let say = format!("Your credentials may not do this ({}).", trouble.wanted);
        return (Code::NotAllowed, say);
    }
    if trouble.is_newer() {
        return (Code::Trouble, format!("{NEWER}. {NEWER_ADVICE}"));
    }
    let say = format!("It is not known whether this worked: {trouble}. Nothing is lost; look before you do it again.");
    (Code::Trouble, say)
}
