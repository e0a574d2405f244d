//! How many orders automation may undo by itself, and how long an alert may wait for an answer: switched where the functions are configured, at any time.

use std::time::Duration;

use domain::brake::Limits;

use crate::env::Env;

pub fn brake_limits(env: &Env) -> Limits {
    let minutes = u64::from(above_zero(env, "MAKEGOOD_UNDOS_WITHIN_MINUTES"));
    Limits {
        undos_max: usize::try_from(above_zero(env, "MAKEGOOD_UNDOS_MAX")).unwrap_or(1),
        within: Duration::from_secs(60 * minutes),
        off: env.flag("MAKEGOOD_UNDO_OFF"),
    }
}

/// So soon somebody answers an alert, or the next level is told.
pub fn acknowledge_within(env: &Env) -> Duration {
    Duration::from_secs(60 * u64::from(above_zero(env, "MAKEGOOD_ACKNOWLEDGE_WITHIN_MINUTES")))
}

fn above_zero(env: &Env, variable: &'static str) -> u32 {
    match env.text(variable).parse::<u32>() {
        Ok(number) if number > 0 => number,
        Ok(_) | Err(_) => {
            env.refuse(variable, "is no number above zero: write one, like 20".to_owned());
            1
        }
    }
}
