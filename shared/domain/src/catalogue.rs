//! What is for sale: `infra/catalogue.toml`.

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money};
use crate::policy::Refusal;
use crate::receipt::Step;

/// How money is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Captured at payment; undo is a refund.
    ChargeFirst,
    /// Held, captured after delivery; undo is a void.
    AuthoriseFirst,
}

/// One thing for sale. An order carries a frozen copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub id: String,
    pub name: String,
    pub price: Money,
    pub settlement: Settlement,
    /// In the order in which they are made; undone in reverse.
    pub steps: Vec<Step>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Where the customer begins once everything is set up; empty: the mail alone says how.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    product: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: toml::Spanned<String>,
    name: String,
    summary: String,
    price: toml::Spanned<i64>,
    currency: toml::Spanned<String>,
    settlement: toml::Spanned<Settlement>,
    steps: toml::Spanned<Vec<Step>>,
    link: Option<toml::Spanned<String>>,
}

/// Reads the catalogue.
///
/// # Errors
/// Names the line and the mend: not TOML, a price below zero, no currency, no steps, a step before the one
/// it needs, two products of one id, a link that no browser follows safely.
pub fn parse(text: &str) -> Result<Vec<Product>, Refusal> {
    let file: File = toml::from_str(text).map_err(|wrong| Refusal::from_toml(text, &wrong))?;
    let mut products: Vec<Product> = Vec::with_capacity(file.product.len());
    for row in file.product {
        let refuse = |span: std::ops::Range<usize>, say: String| Refusal::at(text, span.start, &say);
        if *row.price.get_ref() < 0 {
            return Err(refuse(
                row.price.span(),
                "the price is in minor units (48000 is £480.00) and not below zero".into(),
            ));
        }
        let currency =
            Currency::parse(row.currency.get_ref()).map_err(|no| refuse(row.currency.span(), no.to_string()))?;
        check_steps(row.steps.get_ref()).map_err(|say| refuse(row.steps.span(), say))?;
        let link = match row.link {
            Some(link) if !is_link(link.get_ref()) => {
                let say = "the link must be a whole address that begins with https://, like https://app.example.com/";
                return Err(refuse(link.span(), say.to_owned()));
            }
            Some(link) => link.into_inner(),
            None => String::new(),
        };
        if products.iter().any(|known| known.id == *row.id.get_ref()) {
            return Err(refuse(
                row.id.span(),
                format!("\"{}\" stands twice: give each product its own id", row.id.get_ref()),
            ));
        }
        products.push(Product {
            id: row.id.into_inner(),
            name: row.name,
            price: Money::new(row.price.into_inner(), currency),
            settlement: row.settlement.into_inner(),
            steps: row.steps.into_inner(),
            summary: row.summary,
            link,
        });
    }
    Ok(products)
}

/// It stands in a page and in a mail, where nothing may end it early.
fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://");
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

fn check_steps(steps: &[Step]) -> Result<(), String> {
    if steps.is_empty() {
        return Err("a product needs at least one step, like [\"account\"]".to_owned());
    }
    for (at, step) in steps.iter().enumerate() {
        let before = &steps[..at];
        if before.contains(step) {
            return Err(format!("\"{}\" stands twice: write each step once", step.name()));
        }
        if *step == Step::Membership && !(before.contains(&Step::Account) && before.contains(&Step::Team)) {
            return Err("a membership needs an account and a team: write them before it".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
