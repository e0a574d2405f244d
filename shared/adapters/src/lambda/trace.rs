//! One word that follows a purchase from function to function. It goes beside a nudge and not in it: an older function does
//! not know it, and the trace header is SQS's own, whose lineage cuts loops.

use lambda_runtime::Context;
use serde_json::Value;

/// The attribute of a message.
pub(crate) const ATTRIBUTE: &str = "trace";

const CHARACTERS_MAX: usize = 64;

/// Of an invocation: X-Ray's, else the request's own id.
pub(super) fn of(context: &Context) -> String {
    let header = context.xray_trace_id.as_deref().unwrap_or_default();
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="));
    let known = root.filter(|root| is_one(root)).unwrap_or(&context.request_id);
    known.chars().take(CHARACTERS_MAX).collect()
}

/// What a message brings along. It is written to the log as it came, so it must look like one of ours.
pub(super) fn carried_by(attributes: &Value) -> Option<String> {
    let text = attributes[ATTRIBUTE]["stringValue"].as_str()?;
    is_one(text).then(|| text.to_owned())
}

fn is_one(text: &str) -> bool {
    !text.is_empty() && text.len() <= CHARACTERS_MAX && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_looks_like_a_trace_is_one() {
        let carried = |text: Value| carried_by(&json!({ "trace": { "stringValue": text } }));
        assert_eq!(carried(json!("1-5f-0a")).as_deref(), Some("1-5f-0a"));
        for no in [
            json!(""),
            json!("jo@example.com"),
            json!("a\n{}"),
            json!(7),
            json!("a".repeat(65)),
        ] {
            assert_eq!(carried(no.clone()), None, "{no}");
        }
        for none in [Value::Null, json!([]), json!({ "trace": "1-5f" })] {
            assert_eq!(carried_by(&none), None, "{none}");
        }
    }

    #[test]
    fn an_invocation_has_the_root_of_its_trace_or_its_own_id() {
        let mut context = Context::default();
        context.request_id = "0c-1".to_owned();
        assert_eq!(of(&context), "0c-1");
        context.xray_trace_id = Some("Root=1-5f-0a;Parent=53;Sampled=0;Lineage=1:a:0".to_owned());
        assert_eq!(of(&context), "1-5f-0a");
    }
}
