//! A page that is shown again because what was sent from it was not done: it says why, and what was written stays.

use std::collections::BTreeMap;
use std::fmt::Display;

/// The fields that people write in; the others are the page's own.
const WRITTEN: [&str; 4] = ["to", "at", "text", "reason"];

/// What was sent and not done. The default: the page is shown for itself.
#[derive(Default)]
pub(crate) struct Again {
    /// Why it was not done, and how to mend it.
    pub(crate) problem: String,
    /// Which form of the page it was, and what that form is about.
    form: (String, String),
    fields: BTreeMap<String, String>,
}

impl Again {
    pub(crate) fn refused(problem: String, form: (&str, &str), fields: BTreeMap<String, String>) -> Self {
        Self {
            problem,
            form: (form.0.to_owned(), form.1.to_owned()),
            fields,
        }
    }

    pub(crate) fn code(&self) -> u16 {
        if self.problem.is_empty() { 200 } else { 409 }
    }

    pub(crate) fn is_of(&self, form: &str, about: impl Display) -> bool {
        self.form.0 == form && self.form.1 == about.to_string()
    }

    /// What was written in this field of this form; empty where it was another form.
    pub(crate) fn written(&self, form: &str, about: impl Display, field: &str) -> &str {
        let fields = self.is_of(form, about).then_some(&self.fields);
        fields
            .and_then(|fields| fields.get(field))
            .map(String::as_str)
            .unwrap_or_default()
    }

    /// What was written in a form that the page has no more, so that it is not lost.
    pub(crate) fn left_over(&self, is_there: impl Fn(&str, &str) -> bool) -> Vec<String> {
        if is_there(&self.form.0, &self.form.1) {
            return Vec::new();
        }
        written(&self.fields)
    }
}

/// What somebody wrote in the form that was sent, and none of what the page itself put into it.
pub(crate) fn written(fields: &BTreeMap<String, String>) -> Vec<String> {
    let written = WRITTEN.iter().filter_map(|name| fields.get(*name));
    written.filter(|text| !text.trim().is_empty()).cloned().collect()
}
