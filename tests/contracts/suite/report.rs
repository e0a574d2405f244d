//! What a run prints, and when it fails.

use super::tell::tell;

/// What a check found wrong.
pub(crate) type Checked = Result<(), String>;

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Checked {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {wanted:?}"))
}

pub(crate) fn holds(holds: bool, else_say: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(else_say()) }
}

/// A check that a peer is known to fail, and what AWS's documents say about it.
pub(crate) type Disagreement = (&'static str, &'static str);

pub(crate) struct Report {
    title: String,
    lines: Vec<(String, Checked)>,
}

impl Report {
    pub(crate) fn new(thing: &str, peer: &str) -> Self {
        Self {
            title: format!("{thing} of {peer}"),
            lines: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, check: impl Into<String>, outcome: Checked) {
        self.lines.push((check.into(), outcome));
    }

    /// Prints the run. It fails with a check that nobody knows to fail, and with one that is said to fail and does not.
    pub(crate) fn end(&self, known: &[Disagreement]) {
        let passed = self.lines.iter().filter(|(_, outcome)| outcome.is_ok()).count();
        tell(&format!(
            "{}: checks passed {passed} of {}",
            self.title,
            self.lines.len()
        ));
        let mut unexpected = Vec::new();
        for (check, outcome) in &self.lines {
            let said = known.iter().find(|(known, _)| known == check);
            match (outcome, said) {
                (Ok(()), None) => {}
                (Ok(()), Some(_)) => unexpected.push(format!("{check}: no longer disagrees; strike it")),
                (Err(found), Some((_, aws))) => {
                    tell(&format!(
                        "    disagrees: {check}\n        it does: {found}\n        AWS says: {aws}"
                    ));
                }
                (Err(found), None) => unexpected.push(format!("{check}: {found}")),
            }
        }
        for (check, _) in known {
            if !self.lines.iter().any(|(line, _)| line == check) {
                unexpected.push(format!("{check}: there is no such check"));
            }
        }
        assert!(unexpected.is_empty(), "{}\n{}", self.title, unexpected.join("\n"));
    }
}
