//! Counts that stand in the output of the test command whatever passes: nothing is padded, nothing is skipped.

use std::io::Write as _;

/// Past the test runner, which keeps what passing tests print to itself.
pub(crate) fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    let _closed = writeln!(out, "{line}");
}
