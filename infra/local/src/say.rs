//! What the person at the terminal reads.

use std::io::Write as _;

/// One line, at once.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed terminal is no reason to stop.
    let _ignored = writeln!(out, "{line}").and_then(|()| out.flush());
}
