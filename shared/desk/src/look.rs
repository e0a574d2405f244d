//! One look for shop, status page and console. No outside asset, and nothing runs that we did not write.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style sheet of every page.
pub const STYLE: &str = include_str!("style.css");

/// Headers of every page that people see: not stored, not framed, no outside asset; only this style and this script, and
/// forms for ourselves alone, but for the one that leads on to the payment page.
pub fn headers(script: Option<&str>, leads_to_payment: bool) -> Vec<(&'static str, String)> {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    let script = script.map_or_else(|| "'none'".to_owned(), hash);
    let forms = if leads_to_payment { "" } else { "form-action 'self'; " };
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {script}; connect-src 'self'; img-src 'self'; base-uri 'none'; \
         {forms}frame-ancestors 'none'",
        hash(STYLE)
    );
    vec![
        ("content-security-policy", policy),
        ("cache-control", "no-store".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_may_be_framed_or_load_from_elsewhere() {
        for (script, leads) in [(None, false), (Some("look()"), false), (None, true)] {
            let headers = headers(script, leads);
            let named = |wanted: &str| {
                headers
                    .iter()
                    .find(|(name, _)| *name == wanted)
                    .map(|(_, value)| value.as_str())
            };
            let policy = named("content-security-policy").unwrap();
            for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
                assert!(policy.contains(part), "{policy}");
            }
            assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
            assert_eq!(policy.contains("form-action 'self'"), !leads);
            assert_eq!(policy.contains("script-src 'none'"), script.is_none());
            assert_eq!(named("referrer-policy"), Some("no-referrer"));
            assert_eq!(named("cache-control"), Some("no-store"));
        }
    }
}
