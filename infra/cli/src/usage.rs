//! How each command is written.

use std::fmt::Write as _;

use serde_json::Value;

use crate::arguments::Hand;
use crate::ending::Answer;

pub(crate) struct Known {
    pub(crate) name: &'static str,
    /// What follows the name.
    takes: &'static str,
    does: &'static str,
    /// A line that works, from the name on.
    pub(crate) example: &'static str,
}

pub(crate) const COMMANDS: [Known; 16] = [
    Known {
        name: "inbox",
        takes: "[--class CLASS]",
        does: "what waits for a person",
        example: "inbox",
    },
    Known {
        name: "show",
        takes: "ANY_ID",
        does: "an order, by its id, reference, buyer's address, case, or an id of Stripe's",
        example: "show MG-3F9A-21C4",
    },
    Known {
        name: "why",
        takes: "ANY_ID",
        does: "the six questions about it, answered with their evidence",
        example: "why MG-3F9A-21C4",
    },
    Known {
        name: "retry",
        takes: "CASE...",
        does: "try again, in the same direction",
        example: "retry case_...",
    },
    Known {
        name: "undo",
        takes: "CASE [--code CODE] [--amount \"480.00 GBP\"]",
        does: "take back what was made and give the money back",
        example: "undo case_...",
    },
    Known {
        name: "ignore",
        takes: "CASE... [--code CODE]",
        does: "leave it: somebody has settled it outside",
        example: "ignore case_...",
    },
    Known {
        name: "assign",
        takes: "CASE --to NAME [--from NAME]",
        does: "say who has it; --from takes it over from whoever has it",
        example: "assign case_... --to Olu",
    },
    Known {
        name: "note",
        takes: "CASE --text \"...\"",
        does: "write down what others should know",
        example: "note case_... --text \"Called the bank.\"",
    },
    Known {
        name: "hold",
        takes: "CASE --until \"2026-11-27 09:00\" --reason \"...\"",
        does: "leave it until then (UTC): nobody is reminded before",
        example: "hold case_... --until \"2026-11-27 09:00\" --reason \"The bank answers tomorrow.\"",
    },
    Known {
        name: "release",
        takes: "CASE",
        does: "hold it no more",
        example: "release case_...",
    },
    Known {
        name: "due",
        takes: "CASE --until \"2026-11-27 09:00\"",
        does: "say by when it must be done (UTC)",
        example: "due case_... --until \"2026-11-27 09:00\"",
    },
    Known {
        name: "waiting",
        takes: "",
        does: "every charge that is neither delivered for nor returned",
        example: "waiting",
    },
    Known {
        name: "export",
        takes: "refunds [--month 2026-11] [--to FILE]",
        does: "Finance's ledger of a month, as the console's file",
        example: "export refunds",
    },
    Known {
        name: "expect",
        takes: "--role finance|customer_service|operations|customer [--policy FILE]",
        does: "what each reader has to expect",
        example: "expect --role finance",
    },
    Known {
        name: "drill",
        takes: "--step team --fail down|throttled|refused|unknown [--policy FILE] [--html FILE]",
        does: "one failure under each of the four options, side by side",
        example: "drill --step team --fail refused",
    },
    Known {
        name: "doctor",
        takes: "",
        does: "what is missing here, with the line that mends it",
        example: "doctor",
    },
];

/// The rule of whatever changes something.
const CHANGES: &str = "A decision is a dry run: it says exactly what will happen, and does nothing without --apply.\n\
                       With --apply it wants --reason \"...\" (10 to 300 characters; others read it), takes --seen N,\n\
                       the version that the dry run printed, and where nobody can be asked it wants --yes.\n\
                       Without --seen it decides about what this very run shows: what changes meanwhile is left.";

const EVERYWHERE: &str = "Everywhere: --json for programs; --env FILE, --table NAME, --region NAME, --endpoint ADDRESS,\n\
                          each in place of MAKEGOOD_TABLE, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB;\n\
                          --as NAME on the local stack only. With MAKEGOOD_STRIPE_KEY, MAKEGOOD_LIVEMODE and, where\n\
                          the shop has one, MAKEGOOD_STRIPE_ACCOUNT, Stripe is asked whose a charge or an event is.";

const ENDS: &str = "It ends with 0 done, 1 it did not work, 2 wrongly written, 3 not allowed,\n\
                    4 changed while you looked, 5 nothing to do, 6 partly done.";

pub(crate) fn usage_of(known: &Known) -> String {
    let line = format!("makegood {} {}", known.name, known.takes);
    format!("{}\n  {}", line.trim_end(), known.does)
}

pub(crate) fn help(hand: &Hand) -> Answer {
    let mut text = "makegood: what waits, why it is so, and a decision.\n\n".to_owned();
    for known in &COMMANDS {
        let _ = writeln!(text, "{}", usage_of(known));
    }
    let _ = write!(text, "\n{CHANGES}\n\n{EVERYWHERE}\n\n{ENDS}");
    Answer::done(text, Value::Null, hand.line("inbox"))
}
