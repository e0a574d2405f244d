//! What is declared and sold, for whoever says what to expect.

use domain::catalogue;
use domain::money::Money;
use domain::policy::{self, Policy};

/// The policy, and the price that an example is played with.
///
/// # Errors
/// With file, line and mend.
pub fn declared(policy: &str, products: &str) -> Result<(Policy, Money), String> {
    let policy = policy::parse(policy).map_err(|no| format!("infra/policy.toml, {no}"))?;
    let products = catalogue::parse(products).map_err(|no| format!("infra/catalogue.toml, {no}"))?;
    let paid = products
        .iter()
        .map(|product| product.price)
        .find(|price| price.minor > 0);
    let price = paid.ok_or("infra/catalogue.toml sells nothing for money: what would an example show?")?;
    Ok((policy, price))
}
