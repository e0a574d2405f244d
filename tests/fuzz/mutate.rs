//! Good inputs, broken a little.

use testkit::dice::Dice;

pub(crate) struct Mutator<'a> {
    dice: Dice,
    words: &'a [&'a str],
}

impl<'a> Mutator<'a> {
    /// `words` mean something to the reader.
    pub(crate) fn of(seed: u64, words: &'a [&'a str]) -> Self {
        let dice = Dice::of(seed);
        Self { dice, words }
    }

    /// One of the samples with one to four changes.
    pub(crate) fn mutant(&mut self, samples: &[&[u8]]) -> Vec<u8> {
        let mut bytes = self.dice.pick(samples).to_vec();
        for _ in 0..=self.dice.draw(4) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        const PIECE_MAX: usize = 24;
        let at = self.dice.draw(bytes.len() + 1);
        let end = (at + 1 + self.dice.draw(PIECE_MAX)).min(bytes.len());
        let piece = bytes.get(at..end).unwrap_or_default().to_vec();
        match self.dice.draw(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.dice.draw(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(self.dice.draw(256)).unwrap_or_default(),
            2 => drop(bytes.drain(at..end.max(at))),
            3 => drop(bytes.splice(at..at, piece)),
            4 => bytes.truncate(at),
            5 => drop(bytes.splice(at..end.max(at), self.word())),
            _ => drop(bytes.splice(at..at, self.word())),
        }
    }

    fn word(&mut self) -> Vec<u8> {
        self.dice.pick(self.words).as_bytes().to_vec()
    }
}
