//! The only place where chance is asked.

use flow::ports;

pub struct Chance;

impl ports::Chance for Chance {
    fn thousandths(&self) -> u16 {
        // Jitter need not be good: without randomness everybody waits the same.
        let drawn = getrandom::u32().unwrap_or_default() % 1000;
        u16::try_from(drawn).unwrap_or_default()
    }

    fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        // A predictable token would show one buyer's order to another: rather no order than that.
        #[expect(clippy::expect_used, reason = "a machine without randomness must not hand out links")]
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        u128::from_le_bytes(bytes)
    }
}
