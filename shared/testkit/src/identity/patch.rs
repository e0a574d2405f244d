//! PATCH: all of its operations, or none.

use serde_json::{Map, Value, json};

use super::resource::Kind;
use super::{Reply, error};

/// What the resource becomes.
pub(super) fn patched(kind: Kind, mut body: Value, patch: &Value) -> Result<Value, Reply> {
    let operations = patch["Operations"].as_array().filter(|all| !all.is_empty());
    for operation in operations.ok_or_else(|| refused("invalidSyntax"))? {
        let op = operation["op"].as_str().unwrap_or_default().to_ascii_lowercase();
        let value = &operation["value"];
        match operation["path"].as_str() {
            Some(path) => apply(kind, &mut body, &op, path, value)?,
            None if op == "remove" => return Err(refused("noTarget")),
            None => {
                for (path, value) in value.as_object().ok_or_else(|| refused("invalidValue"))? {
                    apply(kind, &mut body, &op, path, value)?;
                }
            }
        }
    }
    Ok(body)
}

/// `name`, `name.part` or `name[value eq "..."]`, with or without its schema.
struct Target<'a> {
    name: &'static str,
    part: Option<&'a str>,
    /// The value of the one that is meant.
    one: Option<Value>,
}

impl<'a> Target<'a> {
    fn parse(kind: Kind, path: &'a str) -> Option<Self> {
        let schema = format!("{}:", kind.schema());
        let path = path.strip_prefix(&schema).unwrap_or(path);
        let (path, one) = match path.split_once('[') {
            Some((path, filter)) => {
                let value = filter.strip_suffix(']')?.strip_prefix("value eq ")?;
                (path, Some(serde_json::from_str(value).ok()?))
            }
            None => (path, None),
        };
        let (name, part) = path
            .split_once('.')
            .map_or((path, None), |(name, part)| (name, Some(part)));
        Some(Self {
            name: kind.attribute(name)?,
            part,
            one,
        })
    }
}

fn apply(kind: Kind, body: &mut Value, op: &str, path: &str, value: &Value) -> Result<(), Reply> {
    let target = Target::parse(kind, path).ok_or_else(|| refused("invalidPath"))?;
    let Some(attributes) = body.as_object_mut() else {
        return Err(refused("invalidSyntax"));
    };
    let (place, name) = match target.part {
        Some(part) => {
            let whole = attributes.entry(target.name).or_insert_with(|| json!({}));
            (whole.as_object_mut().ok_or_else(|| refused("invalidPath"))?, part)
        }
        None => (attributes, target.name),
    };
    match (op, target.one) {
        ("add", None) => add(place, name, value),
        ("replace", None) => {
            place.insert(name.to_owned(), value.clone());
        }
        ("remove", None) => {
            place.remove(name);
        }
        ("remove", Some(one)) => {
            if let Some(all) = place.get_mut(name).and_then(Value::as_array_mut) {
                all.retain(|known| known["value"] != one);
            }
        }
        _ => return Err(refused("invalidSyntax")),
    }
    Ok(())
}

/// To several, those that are not among them yet.
fn add(place: &mut Map<String, Value>, name: &str, value: &Value) {
    let Some(more) = value.as_array() else {
        place.insert(name.to_owned(), value.clone());
        return;
    };
    let mut all = place.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    for one in more {
        if !all.iter().any(|known| known["value"] == one["value"]) {
            all.push(one.clone());
        }
    }
    place.insert(name.to_owned(), Value::Array(all));
}

fn refused(kind: &str) -> Reply {
    error(400, Some(kind), "The operation is not understood.")
}
