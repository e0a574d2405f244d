//! What is for sale, and under which policy.

use domain::catalogue::{self, Product};
use domain::policy::{self, Policy, Refusal};

const CATALOGUE: &str = include_str!("../../../infra/catalogue.toml");
const POLICY: &str = include_str!("../../../infra/policy.toml");

#[derive(Clone)]
pub struct Shop {
    pub products: Vec<Product>,
    pub policy: Policy,
}

impl Shop {
    /// # Errors
    /// Names the file, the line and the mend.
    pub fn read() -> Result<Self, String> {
        let refused = |file: &str, refusal: Refusal| format!("{file}, {refusal}");
        Ok(Self {
            products: catalogue::parse(CATALOGUE).map_err(|no| refused("infra/catalogue.toml", no))?,
            policy: policy::parse(POLICY).map_err(|no| refused("infra/policy.toml", no))?,
        })
    }

    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }
}
