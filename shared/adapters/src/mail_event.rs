//! What the mail system (SES) says of a mail of ours: it came back. Its message holds addresses and more; all that is
//! read of it is which message of which order it was, and when it was sent.

use domain::Timestamp;
use domain::id::OrderId;
use serde::Deserialize;

use crate::sqs::is_order;

/// SES writes kilobytes.
const BYTES_MAX: usize = 256 * 1024;

/// A mail that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameBack {
    pub order: OrderId,
    pub notice: u32,
    pub sent_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    event_type: String,
    mail: Mail,
    bounce: Option<Bounce>,
}

#[derive(Deserialize)]
struct Mail {
    timestamp: String,
    tags: Option<Tags>,
}

#[derive(Deserialize)]
struct Tags {
    #[serde(default)]
    order: Vec<String>,
    #[serde(default)]
    notice: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
}

/// What a mail carries so that its return can be told: the order and the notice. None: it is no order's.
pub fn tags(name: &str) -> Option<String> {
    let (order, notice) = name.rsplit_once('.')?;
    is_order(order).then(|| format!("order={order}, notice={notice}"))
}

/// Reads one message.
///
/// # Errors
/// Why nothing follows from it, without a word of what it says: anything may stand there.
pub fn read(text: &str) -> Result<CameBack, &'static str> {
    if text.len() > BYTES_MAX {
        return Err("too long");
    }
    let told: Told = serde_json::from_str(text).map_err(|_wrong| "it has another shape")?;
    match (told.event_type.as_str(), &told.bounce) {
        ("Reject", _) => {}
        ("Bounce", Some(bounce)) if is_for_good(bounce) => {}
        ("Bounce", Some(_)) => return Err("for a time only, or an answer by a machine"),
        _ => return Err("it says of no mail that it came back"),
    }
    let tags = told.mail.tags.as_ref();
    let [order] = tags.map(|tags| tags.order.as_slice()).unwrap_or_default() else {
        return Err("it names no order");
    };
    let [notice] = tags.map(|tags| tags.notice.as_slice()).unwrap_or_default() else {
        return Err("it names no message");
    };
    if !is_order(order) {
        return Err("that is no order's id");
    }
    Ok(CameBack {
        order: OrderId::new(order.as_str()),
        notice: notice.parse().map_err(|_wrong| "that is no message's number")?,
        sent_at: Timestamp::from_iso(&told.mail.timestamp).ok_or("it does not say when it was sent")?,
    })
}

/// Out-of-office answers come as `Transient` and `General`: whoever has one has got the mail.
fn is_for_good(bounce: &Bounce) -> bool {
    match bounce.bounce_type.as_str() {
        "Permanent" | "Undetermined" => true,
        _ => bounce.bounce_sub_type != "General",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: &str, sub: &str, order: &str, notice: &str) -> String {
        format!(
            r#"{{"eventType":"Bounce","bounce":{{"bounceType":"{kind}","bounceSubType":"{sub}","bouncedRecipients":[{{"emailAddress":"jo@example.com"}}]}},
            "mail":{{"timestamp":"2017-08-05T00:40:02.012Z","destination":["jo@example.com"],
            "tags":{{"ses:configuration-set":["m"],"order":["{order}"],"notice":["{notice}"]}}}}}}"#
        )
    }

    #[test]
    fn a_bounce_names_its_message_and_when_it_was_sent() {
        let expected = CameBack {
            order: OrderId::new("ord_3f9a"),
            notice: 3,
            sent_at: Timestamp(1_501_893_602_012),
        };
        for (kind, sub) in [
            ("Permanent", "General"),
            ("Undetermined", "Undetermined"),
            ("Transient", "MailboxFull"),
        ] {
            assert_eq!(read(&told(kind, sub, "ord_3f9a", "3")), Ok(expected.clone()), "{kind}");
        }
        assert_eq!(tags("ord_3f9a.3").as_deref(), Some("order=ord_3f9a, notice=3"));
        assert_eq!(tags("digest.12"), None);
    }

    #[test]
    fn nothing_follows_from_nonsense_and_no_word_of_it_is_repeated() {
        for no in [
            String::new(),
            "null".to_owned(),
            "[]".to_owned(),
            "{}".to_owned(),
            r#"{"eventType":"Complaint","mail":{"timestamp":"2017-08-05T00:40:02.012Z"}}"#.to_owned(),
            r#"{"eventType":"Reject","mail":{"timestamp":"2017-08-05T00:40:02.012Z"}}"#.to_owned(),
            told("Transient", "General", "ord_3f9a", "3"),
            told("Permanent", "General", "jo@example.com", "3"),
            told("Permanent", "General", "ord_3f9a", "jo@example.com"),
            told("Permanent", "General", "ord_3f9a", "3").replace("2017-08-05T", "yesterday"),
            told("Permanent", "General", "ord_3f9a", "3").replace("2017-08-05T", "2017-13-05T"),
            told("Permanent", "General", "ord_3f9a", "3") + &" ".repeat(BYTES_MAX),
        ] {
            let why = read(&no).expect_err(&no);
            assert!(!why.contains("jo") && !why.contains("ord_3f9a"), "{why}");
        }
    }
}
