//! What must come true in another system.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that must come true in another system. Written as one word, in files, items and addresses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Step {
    /// At the identity provider.
    Account,
    Team,
    Membership,
    /// In any other system that answers signed HTTP.
    Signed(StepName),
}

impl Step {
    /// # Errors
    /// With the mend, when it is no word that a step can have.
    pub fn parse(word: &str) -> Result<Self, String> {
        Ok(match word {
            "account" => Self::Account,
            "team" => Self::Team,
            "membership" => Self::Membership,
            other => Self::Signed(StepName::parse(other)?),
        })
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Account => "account",
            Self::Team => "team",
            Self::Membership => "membership",
            Self::Signed(name) => name.as_str(),
        }
    }

    /// Made again it may be there twice. An account's name is taken, and a member is in only once.
    pub fn can_stand_twice(&self) -> bool {
        match self {
            Self::Team | Self::Signed(_) => true,
            Self::Account | Self::Membership => false,
        }
    }

    /// As people read it: `loyalty card`.
    pub fn noun(&self) -> Cow<'_, str> {
        let name = self.name();
        if name.contains('_') {
            name.replace('_', " ").into()
        } else {
            name.into()
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("Account"),
            Self::Team => f.write_str("Team"),
            Self::Membership => f.write_str("Membership"),
            Self::Signed(name) => write!(f, "Signed({})", name.as_str()),
        }
    }
}

impl From<Step> for String {
    fn from(step: Step) -> Self {
        step.name().to_owned()
    }
}

impl TryFrom<String> for Step {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::parse(&word)
    }
}

const LETTERS_MAX: usize = 24;

/// What the policy calls its other rows, and the console its other brake.
const RESERVED: [&str; 7] = ["capture", "return_money", "revoke", "tell", "alert", "announce", "undo"];

/// The word for a step that is not the identity provider's: `licence`, `loyalty_card`. As cheap to copy as the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepName([u8; LETTERS_MAX]);

impl StepName {
    fn parse(word: &str) -> Result<Self, String> {
        let fits = |letter: u8| letter.is_ascii_lowercase() || letter == b'_';
        let good = word.len() <= LETTERS_MAX
            && !RESERVED.contains(&word)
            && word.bytes().all(fits)
            && word.split('_').all(|part| !part.is_empty());
        if !good {
            return Err(format!(
                "\"{word}\" is no name of a step: write account, team, membership, or a word of your own of at most {LETTERS_MAX} small letters, like licence or loyalty_card"
            ));
        }
        let mut letters = [0; LETTERS_MAX];
        for (place, letter) in letters.iter_mut().zip(word.bytes()) {
            *place = letter;
        }
        Ok(Self(letters))
    }

    pub fn as_str(&self) -> &str {
        let used = self.0.iter().position(|letter| *letter == 0).unwrap_or(LETTERS_MAX);
        self.0
            .get(..used)
            .and_then(|word| std::str::from_utf8(word).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_word_wherever_it_is_written() {
        for word in [
            "account",
            "team",
            "membership",
            "licence",
            "loyalty_card",
            "a",
            "abcdefghijklmnopqrstuvwx",
        ] {
            let step = Step::parse(word).expect(word);
            assert_eq!(step.name(), word);
            let written = serde_json::to_string(&step).expect("JSON");
            assert_eq!(written, format!("\"{word}\""));
            assert_eq!(serde_json::from_str::<Step>(&written).expect("a step"), step);
        }
        assert_eq!(Step::parse("loyalty_card").expect("a step").noun(), "loyalty card");
    }

    #[test]
    fn what_is_no_word_is_refused_with_the_mend() {
        for word in [
            "",
            "Account",
            "my step",
            "_licence",
            "licence_",
            "a__b",
            "été",
            "x1",
            "abcdefghijklmnopqrstuvwxy",
            "tell",
        ] {
            let said = Step::parse(word).expect_err(word);
            assert!(said.contains("write account, team, membership"), "{said}");
        }
        // Nor what names another row of the policy.
        for matter in crate::policy::Matter::ALWAYS {
            let word = matter.name();
            let theirs = matches!(
                Step::parse(word),
                Err(_) | Ok(Step::Account | Step::Team | Step::Membership)
            );
            assert!(theirs, "{word}");
        }
    }
}
