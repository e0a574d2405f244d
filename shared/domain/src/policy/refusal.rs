//! Why a file of ours was refused.

use std::fmt;

/// Why a file of ours was refused: where, what, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub line: usize,
    pub say: String,
}

impl Refusal {
    pub(crate) fn at(text: &str, offset: usize, say: &str) -> Self {
        let line = text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1);
        Self {
            line,
            say: say.to_owned(),
        }
    }

    pub(crate) fn from_toml(text: &str, wrong: &toml::de::Error) -> Self {
        Self::at(text, wrong.span().map_or(0, |span| span.start), wrong.message())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.say)
    }
}

impl std::error::Error for Refusal {}
