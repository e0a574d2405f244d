//! How many orders automation may undo by itself: switched where the functions are configured, at any time.

use std::time::Duration;

use domain::brake::Limits;

use crate::env::Env;

pub fn brake_limits(env: &Env) -> Limits {
    let number = |variable: &'static str| match env.text(variable).parse::<u32>() {
        Ok(number) if number > 0 => number,
        Ok(_) | Err(_) => {
            env.refuse(variable, "is no number above zero: write one, like 20".to_owned());
            1
        }
    };
    Limits {
        undos_max: usize::try_from(number("MAKEGOOD_UNDOS_MAX")).unwrap_or(1),
        within: Duration::from_secs(60 * u64::from(number("MAKEGOOD_UNDOS_WITHIN_MINUTES"))),
        off: env.flag("MAKEGOOD_UNDO_OFF"),
    }
}
