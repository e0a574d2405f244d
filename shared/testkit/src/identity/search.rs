//! Searches: one comparison, a page at a time.

use serde_json::{Value, json};

use super::resource::{Kind, Resource};
use super::{Directory, Reply, error, ok, project};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What of which resources.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    filter: String,
    start: Option<i64>,
    count: Option<i64>,
    attributes: Vec<String>,
    excluded: Vec<String>,
}

impl Wanted {
    pub(super) fn of_query(query: &str) -> Self {
        let mut wanted = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let names = || value.split(',').map(|name| name.trim().to_owned()).collect();
            match name.as_ref() {
                "filter" => wanted.filter = value.into_owned(),
                "startIndex" => wanted.start = value.parse().ok(),
                "count" => wanted.count = value.parse().ok(),
                "attributes" => wanted.attributes = names(),
                "excludedAttributes" => wanted.excluded = names(),
                _ => {}
            }
        }
        wanted
    }

    pub(super) fn of_body(body: &Value) -> Self {
        let names = |name: &str| {
            let names = body[name].as_array().into_iter().flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            filter: body["filter"].as_str().unwrap_or_default().to_owned(),
            start: body["startIndex"].as_i64(),
            count: body["count"].as_i64(),
            attributes: names("attributes"),
            excluded: names("excludedAttributes"),
        }
    }

    pub(super) fn shows(&self, name: &str) -> bool {
        let among = |names: &[String]| {
            let bare = |known: &String| known.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
            let name = name.to_ascii_lowercase();
            names
                .iter()
                .any(|known| bare(known).split('.').next() == Some(name.as_str()))
        };
        if self.attributes.is_empty() {
            !among(&self.excluded)
        } else {
            among(&self.attributes)
        }
    }
}

/// `attribute eq "value"`, which is all that is asked for.
struct Comparison {
    attribute: String,
    value: String,
}

impl Comparison {
    fn parse(filter: &str) -> Option<Self> {
        let (attribute, value) = filter.trim().split_once(" eq ")?;
        Some(Self {
            attribute: attribute.trim().to_owned(),
            value: serde_json::from_str(value).ok()?,
        })
    }

    fn fits(&self, resource: &Resource) -> bool {
        let has = resource.body[&self.attribute].as_str();
        has.is_some_and(|has| match self.attribute.as_str() {
            "id" | "externalId" => has == self.value,
            _ => has.to_lowercase() == self.value.to_lowercase(),
        })
    }
}

impl Directory {
    pub(super) fn search(&mut self, kinds: &[Kind], wanted: &Wanted) -> Reply {
        let comparison = Comparison::parse(&wanted.filter);
        if !wanted.filter.is_empty() && comparison.is_none() {
            return error(400, Some("invalidFilter"), "The filter is not understood.");
        }
        let mut found: Vec<Value> = Vec::new();
        for kind in kinds {
            let standing = self.of(*kind).iter().filter(|resource| resource.deleted_at.is_none());
            let fits = standing.filter(|resource| comparison.as_ref().is_none_or(|asked| asked.fits(resource)));
            found.extend(fits.map(|resource| project(&resource.body, wanted)));
        }
        let size = |number: i64| usize::try_from(number.max(0)).unwrap_or_default();
        let start = size(wanted.start.unwrap_or(1)).max(1);
        let count = wanted.count.map_or(self.page_max, size).min(self.page_max);
        let total = found.len();
        let page: Vec<Value> = found.into_iter().skip(start - 1).take(count).collect();
        ok(
            200,
            json!({
                "schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": page.len(),
                "Resources": page,
            }),
        )
    }
}
