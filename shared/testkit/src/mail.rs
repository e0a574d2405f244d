//! Mails that arrived.

use crate::queues::Millis;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub at: Millis,
    /// The order and the notice that its tags name; empty where it has none.
    pub order: String,
    pub notice: String,
}

/// What SES publishes when a mail that was taken comes back later; `sent_at` as in `2026-11-23T19:05:00Z`.
pub fn bounce(order: &str, notice: &str, sent_at: &str) -> String {
    serde_json::json!({
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{ "emailAddress": "jo@example.com", "status": "5.1.1" }],
            "timestamp": sent_at,
        },
        "mail": {
            "timestamp": sent_at,
            "destination": ["jo@example.com"],
            "tags": { "ses:configuration-set": ["local"], "order": [order], "notice": [notice] },
        },
    })
    .to_string()
}

/// Reads a message as it came over SMTP: the headers that matter and its text part.
pub fn read(raw: &str, to: &str, at: Millis) -> Mail {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let subject = header(&head, "subject")
        .map(|value| decode_words(&value))
        .unwrap_or_default();
    let boundary = header(&head, "content-type").and_then(|kind| {
        kind.split_once("boundary=")
            .map(|(_, rest)| rest.trim_matches(|c| c == '"' || c == ' ').to_owned())
    });
    let text = match boundary {
        Some(boundary) => {
            let first = body
                .split(&format!("--{boundary}"))
                .find(|part| part.to_ascii_lowercase().contains("text/plain"));
            part_text(first.unwrap_or_default().trim_start_matches("\r\n"))
        }
        None => part_text(&format!("{head}\r\n\r\n{body}")),
    };
    let tags = header(&head, "x-ses-message-tags").unwrap_or_default();
    let tag = |name: &str| {
        let mut pairs = tags.split(',').filter_map(|pair| pair.trim().split_once('='));
        pairs
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.to_owned())
    };
    Mail {
        to: to.to_owned(),
        subject,
        text,
        at,
        order: tag("order").unwrap_or_default(),
        notice: tag("notice").unwrap_or_default(),
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn part_text(part: &str) -> String {
    let (head, body) = part.split_once("\r\n\r\n").unwrap_or(("", part));
    let encoding = header(&head.replace("\r\n ", " "), "content-transfer-encoding")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let bytes = match encoding.as_str() {
        "base64" => base64(body),
        "quoted-printable" => quoted_printable(body),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n").trim().to_owned()
}

/// `=?utf-8?b?...?=` and `=?utf-8?q?...?=`.
fn decode_words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(start) = rest.find("=?") {
        let parts: Vec<&str> = rest[start + 2..].splitn(4, '?').collect();
        let [_, kind, text, after] = parts.as_slice() else {
            break;
        };
        let before = &rest[..start];
        // Between two encoded words white space is only a fold.
        if out.is_empty() || !before.trim().is_empty() {
            out.push_str(before);
        }
        let bytes = match kind.to_ascii_lowercase().as_str() {
            "b" => base64(text),
            _ => quoted_printable(&text.replace('_', " ")),
        };
        out.push_str(&String::from_utf8_lossy(&bytes));
        rest = after.strip_prefix('=').unwrap_or(after);
    }
    out.push_str(rest);
    out
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let bytes = joined.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if bytes[at] == b'=' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut bits, mut have) = (0_u32, 0);
    for value in text
        .bytes()
        .filter_map(|byte| ALPHABET.iter().position(|known| *known == byte))
    {
        bits = (bits << 6) | u32::try_from(value).unwrap_or(0);
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push(u8::try_from((bits >> have) & 0xff).unwrap_or(0));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_and_text_are_read_as_people_see_them() {
        let raw = "X-SES-MESSAGE-TAGS: order=ord_1, notice=3\r\nSubject: =?utf-8?b?wqM0ODAuMDA=?= returned\r\nContent-Type: multipart/alternative; boundary=\"x\"\r\n\r\n\
                   --x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                   =C2=A3480.00 is =\r\nback.\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>no</p>\r\n--x--\r\n";
        let mail = read(raw, "jo@example.com", 1);
        assert_eq!(
            (mail.subject.as_str(), mail.text.as_str()),
            ("£480.00 returned", "£480.00 is back.")
        );
        assert_eq!((mail.order.as_str(), mail.notice.as_str()), ("ord_1", "3"));
    }
}
