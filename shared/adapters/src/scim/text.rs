//! Values of other people inside filters and paths: whatever they hold, they end nothing but themselves.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

/// All but what RFC 3986 leaves unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `attribute eq "value"`. A value in a filter is a JSON string (RFC 7644, 3.4.2.2).
pub(super) fn equals(attribute: &str, value: &str) -> String {
    format!("{attribute} eq {}", Value::from(value))
}

/// For one segment of a path, or for the value of a query.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A membership's own id: it has none at the provider, so it is that of its group and of its user.
pub(super) fn joined(group: &str, user: &str) -> String {
    format!("{}/{}", escaped(group), escaped(user))
}

/// Group and user of a membership's id.
pub(super) fn parted(membership: &str) -> Option<(String, String)> {
    let (group, user) = membership.split_once('/')?;
    let plain = |part: &str| {
        percent_decode_str(part)
            .decode_utf8()
            .ok()
            .map(std::borrow::Cow::into_owned)
    };
    Some((plain(group)?, plain(user)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_do_not_end_a_value() {
        assert_eq!(equals("userName", "jo@example.com"), r#"userName eq "jo@example.com""#);
        assert_eq!(equals("userName", r#"a" or "b"#), r#"userName eq "a\" or \"b""#);
        assert_eq!(equals("userName", r"a\"), r#"userName eq "a\\""#);
        assert_eq!(equals("userName", r#"\""#), r#"userName eq "\\\"""#);
    }

    #[test]
    fn line_ends_are_escaped_and_other_scripts_are_not() {
        assert_eq!(equals("userName", "a\nb\t\u{1}"), "userName eq \"a\\nb\\t\\u0001\"");
        assert_eq!(equals("userName", "Zoë 李 🎉"), "userName eq \"Zoë 李 🎉\"");
    }

    #[test]
    fn what_a_url_reserves_is_percent_encoded() {
        assert_eq!(
            escaped(r#"a"b\c&d=e#f+g h/é"#),
            "a%22b%5Cc%26d%3De%23f%2Bg%20h%2F%C3%A9"
        );
        assert_eq!(escaped("2819c223-7f76.b_c~d"), "2819c223-7f76.b_c~d");
    }

    #[test]
    fn a_membership_is_parted_as_it_was_joined() {
        assert_eq!(joined("g-1", "u-2"), "g-1/u-2");
        for (group, user) in [("g-1", "u-2"), ("cn=a/b,dc=c", "50%/é"), ("", "")] {
            let parts = parted(&joined(group, user));
            assert_eq!(parts, Some((group.to_owned(), user.to_owned())));
        }
        assert_eq!(parted("g-1"), None);
    }
}
