//! Chance that a seed decides: SplitMix64.

#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Zero to one less than `below`.
    pub fn draw(&mut self, below: usize) -> usize {
        usize::try_from(self.bits() % (below.max(1) as u64)).unwrap_or_default()
    }

    /// # Panics
    /// When there is nothing to choose from.
    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.draw(among.len())]
    }
}
