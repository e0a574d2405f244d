//! As Stripe signs.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The `Stripe-Signature` header for this body.
pub fn sign(body: &[u8], secret: &str, seconds: i64) -> String {
    // HMAC takes keys of any length; an empty signature would simply be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let mut header = format!("t={seconds},v1=");
    for byte in mac.finalize().into_bytes() {
        let _never_fails = write!(header, "{byte:02x}");
    }
    header
}
