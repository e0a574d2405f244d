//! What is for sale, and under which policy.

use adapters::env::Env;
use adapters::signed::addresses;
use domain::catalogue::{self, Product};
use domain::policy::{self, Policy, Refusal};
use domain::receipt::Step;

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
        let products = catalogue::parse(CATALOGUE).map_err(|no| refused("infra/catalogue.toml", no))?;
        let policy = policy::parse(POLICY).map_err(|no| refused("infra/policy.toml", no))?;
        policy
            .check(POLICY, &products)
            .map_err(|no| refused("infra/policy.toml", no))?;
        Ok(Self { products, policy })
    }

    /// The shop as this function may open it: nothing is sold that has nowhere to come true.
    ///
    /// # Errors
    /// As [`Shop::read`]; what is wrong is also named to `env`, so that the function does not start.
    pub fn of(env: &Env) -> Result<Self, String> {
        let shop = Self::read().inspect_err(|no| env.refuse("infra", no.clone()))?;
        let addresses = addresses(env);
        let homeless = |step: &&Step| match step {
            Step::Account | Step::Team | Step::Membership => false,
            Step::Signed(name) => !addresses.iter().any(|(known, _)| known == name),
        };
        for product in &shop.products {
            if let Some(step) = product.steps.iter().find(homeless) {
                let mend = format!(
                    "has no address for \"{0}\", a step of \"{1}\": add {0}=https://..., or take the step out of \
                     infra/catalogue.toml",
                    step.name(),
                    product.id
                );
                env.refuse("MAKEGOOD_STEP_ADDRESSES", mend);
            }
        }
        Ok(shop)
    }

    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }
}
