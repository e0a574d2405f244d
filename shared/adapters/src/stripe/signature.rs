//! `Stripe-Signature`: HMAC-SHA256 over "timestamp.body", on the raw bytes, in constant time.
//!
//! Source: <https://docs.stripe.com/webhooks#verify-manually>.

use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::env::Env;

/// How far Stripe's clock and ours may lie apart, in seconds, in either direction.
const TOLERANCE_SECONDS: u64 = 300;

/// A header that Stripe would send is far shorter, and during a rotation carries two signatures.
const HEADER_BYTES_MAX: usize = 4_096;
const SIGNATURES_MAX: usize = 8;

/// During a rotation there are two.
#[derive(PartialEq, Eq)]
pub struct Secrets(Vec<String>);

impl Secrets {
    pub fn read(env: &Env) -> Self {
        const VARIABLE: &str = "MAKEGOOD_STRIPE_WEBHOOK_SECRETS";
        let listed = env.secret(VARIABLE);
        let secrets: Vec<String> = listed
            .split(',')
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .map(str::to_owned)
            .collect();
        if secrets
            .iter()
            .any(|secret| !secret.starts_with("whsec_") || secret.len() < 12)
        {
            env.refuse(
                VARIABLE,
                "has a part that is no signing secret: write whsec_..., several joined by commas".into(),
            );
        }
        Self(secrets)
    }

    pub fn of(secrets: &[&str]) -> Self {
        Self(secrets.iter().map(|secret| (*secret).to_owned()).collect())
    }
}

/// Why a delivery is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    Missing,
    Malformed,
    /// No signature in it was made with one of our secrets.
    NoMatch,
    /// Signed by Stripe, but too long ago or too far ahead: perhaps replayed.
    Stale,
}

impl Distrust {
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::NoMatch => "no_match",
            Self::Stale => "stale",
        }
    }
}

/// # Errors
/// When the body is not proved to come from Stripe, just now.
pub fn verify(header: Option<&str>, body: &[u8], secrets: &Secrets, now: Timestamp) -> Result<(), Distrust> {
    let header = header.filter(|header| !header.is_empty()).ok_or(Distrust::Missing)?;
    let (at, signatures) = parse(header).ok_or(Distrust::Malformed)?;
    // All are compared, whatever comes of the first: the time taken says nothing.
    let mut matched = false;
    for secret in &secrets.0 {
        matched |= made_with(secret, at, body, &signatures);
    }
    if !matched {
        return Err(Distrust::NoMatch);
    }
    let seconds: i64 = at.parse().map_err(|_not_a_number| Distrust::Malformed)?;
    if now.seconds().abs_diff(seconds) > TOLERANCE_SECONDS {
        Err(Distrust::Stale)
    } else {
        Ok(())
    }
}

/// The timestamp as it stands there, and every `v1`. Two timestamps are nobody's.
fn parse(header: &str) -> Option<(&str, Vec<[u8; 32]>)> {
    if header.len() > HEADER_BYTES_MAX {
        return None;
    }
    let (mut at, mut signatures) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=')? {
            ("t", _) if at.is_some() => return None,
            ("t", time) if !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()) => at = Some(time),
            ("t", _) => return None,
            ("v1", hex) => signatures.extend(unhex(hex)),
            _ => {}
        }
    }
    (signatures.len() <= SIGNATURES_MAX).then_some((at?, signatures))
}

/// Was one of these made with the secret? The body is hashed once, however many claim it.
fn made_with(secret: &str, at: &str, body: &[u8], signatures: &[[u8; 32]]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(at.as_bytes());
    mac.update(b".");
    mac.update(body);
    let fits = |signature: &[u8; 32]| mac.clone().verify_slice(signature).is_ok();
    signatures
        .iter()
        .fold(false, |matched, signature| matched | fits(signature))
}

fn unhex(hex: &str) -> Option<[u8; 32]> {
    // A number's text may have a sign, a signature has none.
    if hex.len() != 64 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_test_secret";
    const NOW: Timestamp = Timestamp(1_795_460_700_000);

    fn hex(secret: &str, at: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{at}.").as_bytes());
        mac.update(body);
        mac.finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn check(header: &str) -> Result<(), Distrust> {
        verify(Some(header), b"{}", &Secrets::of(&["whsec_the_old_one", SECRET]), NOW)
    }

    #[test]
    fn the_right_signature_is_accepted_among_others() {
        let (at, zero) = (NOW.seconds(), "0".repeat(64));
        let good = hex(SECRET, at, b"{}");
        for header in [
            format!("t={at},v1={good}"),
            format!("t={at},v1={zero},v1={good},v0={zero}"),
            format!("v1={good}, t={at}"),
        ] {
            assert_eq!(check(&header), Ok(()), "{header}");
        }
    }

    #[test]
    fn a_signature_has_one_way_to_be_written() {
        assert_eq!(unhex(&"0f".repeat(32)), Some([15; 32]));
        assert_eq!(unhex(&"+f".repeat(32)), None);
    }

    #[test]
    fn anything_else_is_not() {
        let (at, zero) = (NOW.seconds(), "0".repeat(64));
        let good = hex(SECRET, at, b"{}");
        let old = at - 301;
        let ahead = at + 301;
        for (header, why) in [
            (String::new(), Distrust::Missing),
            ("nonsense".to_owned(), Distrust::Malformed),
            (format!("v1={good}"), Distrust::Malformed),
            (format!("t={at},t={at},v1={good}"), Distrust::Malformed),
            (format!("t=-{at},v1={good}"), Distrust::Malformed),
            (format!("t={at},v0={good}"), Distrust::NoMatch),
            (format!("t={at},v1={zero}"), Distrust::NoMatch),
            (format!("t={at},v1={}", &good[..62]), Distrust::NoMatch),
            (format!("t={at},v1={good}x"), Distrust::NoMatch),
            (
                format!("t={at},v1={}", hex("whsec_of_another", at, b"{}")),
                Distrust::NoMatch,
            ),
            (format!("t={at},v1={}", hex(SECRET, at, b"{ }")), Distrust::NoMatch),
            (format!("t={old},v1={}", hex(SECRET, old, b"{}")), Distrust::Stale),
            (format!("t={ahead},v1={}", hex(SECRET, ahead, b"{}")), Distrust::Stale),
            (format!("t={}{at},v1={good}", "9".repeat(5_000)), Distrust::Malformed),
        ] {
            assert_eq!(check(&header), Err(why), "{header}");
        }
    }
}
