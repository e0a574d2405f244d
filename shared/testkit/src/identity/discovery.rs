//! What the provider says about itself (RFC 7643, 5 to 7).

use serde_json::{Value, json};

use super::resource::Kind;
use super::{Reply, error, ok};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// The answer to a question about itself; none: it is about something else.
pub(super) fn described(endpoint: &str, id: Option<&str>, base: &str) -> Option<Reply> {
    let kinds = [Kind::User, Kind::Group];
    match (endpoint, id) {
        ("ServiceProviderConfig", None) => Some(ok(200, config(base))),
        ("ResourceTypes", id) => Some(one_or_all(id, kinds.map(|kind| resource_type(kind, base)).to_vec())),
        ("Schemas", id) => Some(one_or_all(id, kinds.map(|kind| schema(kind, base)).to_vec())),
        _ => None,
    }
}

fn one_or_all(id: Option<&str>, all: Vec<Value>) -> Reply {
    let Some(id) = id else {
        let list = json!({
            "schemas": [LIST], "totalResults": all.len(), "startIndex": 1, "itemsPerPage": all.len(), "Resources": all,
        });
        return ok(200, list);
    };
    let one = all.into_iter().find(|described| described["id"] == id);
    one.map_or_else(
        || error(404, None, "No such description."),
        |described| ok(200, described),
    )
}

fn config(base: &str) -> Value {
    json!({
        "schemas": [CONFIG],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": 100 },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "Bearer token", "description": "One token, given to the functions.",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

fn resource_type(kind: Kind, base: &str) -> Value {
    let name = kind.name();
    json!({
        "schemas": [RESOURCE_TYPE], "id": name, "name": name, "description": name,
        "endpoint": format!("/{}", kind.endpoint()), "schema": kind.schema(),
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}") },
    })
}

fn schema(kind: Kind, base: &str) -> Value {
    let attributes = match kind {
        Kind::User => json!([
            unique(required(text("userName"))),
            text("displayName"),
            complex("name", false, &json!([text("formatted")])),
            simple("active", "boolean"),
            complex("emails", true, &json!([text("value"), simple("primary", "boolean")])),
        ]),
        Kind::Group => json!([
            required(text("displayName")),
            complex(
                "members",
                true,
                &json!([text("value"), reference("$ref"), text("type")])
            ),
        ]),
    };
    let id = kind.schema();
    json!({
        "schemas": [SCHEMA], "id": id, "name": kind.name(), "description": kind.name(), "attributes": attributes,
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
    })
}

fn simple(name: &str, kind: &str) -> Value {
    json!({
        "name": name, "type": kind, "multiValued": false, "description": name, "required": false,
        "mutability": "readWrite", "returned": "default",
    })
}

fn text(name: &str) -> Value {
    let mut attribute = simple(name, "string");
    attribute["caseExact"] = json!(false);
    attribute["uniqueness"] = json!("none");
    attribute
}

fn reference(name: &str) -> Value {
    let mut attribute = simple(name, "reference");
    attribute["caseExact"] = json!(true);
    attribute["uniqueness"] = json!("none");
    attribute["referenceTypes"] = json!(["User"]);
    attribute
}

fn complex(name: &str, several: bool, parts: &Value) -> Value {
    let mut attribute = simple(name, "complex");
    attribute["multiValued"] = json!(several);
    attribute["subAttributes"] = parts.clone();
    attribute
}

fn required(mut attribute: Value) -> Value {
    attribute["required"] = json!(true);
    attribute
}

fn unique(mut attribute: Value) -> Value {
    attribute["uniqueness"] = json!("server");
    attribute
}
