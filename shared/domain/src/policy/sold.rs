//! The policy held against what is sold.

use super::written::Written;
use super::{Chain, Matter, Policy, Refusal};
use crate::catalogue::{Product, Settlement};
use crate::failure::FailureClass;
use crate::payment::HOLD_TRIED_MAX;
use crate::receipt::Step;

impl Policy {
    /// Holds the policy against what is sold. `text` is what it was read from.
    ///
    /// # Errors
    /// Names the line and the mend: a product's step without answers, answers for a step that no product has, an undo
    /// where something stands that cannot be taken back, more time than a hold lasts.
    pub fn check(&self, text: &str, products: &[Product]) -> Result<(), Refusal> {
        let line_of = |table: &str| text.find(table).unwrap_or_default();
        for product in products {
            let silent = product
                .steps
                .iter()
                .find(|step| self.row(Matter::Step(**step)).is_none());
            if let Some(step) = silent {
                let say = format!(
                    "nothing is said about \"{0}\", a step of \"{1}\" in the catalogue: add a table [answers.{0}] with its four answers",
                    step.name(),
                    product.id
                );
                return Err(Refusal::at(text, line_of("[answers."), &say));
            }
            self.check_reverse(text, product)?;
            self.check_hold(text, product)?;
        }
        let idle = |matter: &&Matter| match matter {
            Matter::Step(step @ Step::Signed(_)) => !products.iter().any(|product| product.steps.contains(step)),
            Matter::Step(Step::Account | Step::Team | Step::Membership)
            | Matter::Capture
            | Matter::ReturnMoney
            | Matter::Revoke
            | Matter::Tell
            | Matter::Alert
            | Matter::Announce => false,
        };
        match self.rows.keys().find(idle) {
            Some(matter) => {
                let table = format!("[answers.{}]", matter.name());
                let say = format!(
                    "no product of the catalogue has the step \"{}\": mend the word, or leave the table out",
                    matter.name()
                );
                Err(Refusal::at(text, line_of(&table), &say))
            }
            None => Ok(()),
        }
    }

    /// What comes after something that was made for good cannot be answered by taking everything back.
    fn check_reverse(&self, text: &str, product: &Product) -> Result<(), Refusal> {
        let is_for_good = |step: &&Step| self.row(Matter::Step(**step)).is_some_and(|row| row.for_good);
        let Some(stands) = product.steps.iter().find(is_for_good) else {
            return Ok(());
        };
        for matter in self
            .ahead(product)
            .skip_while(|matter| *matter != Matter::Step(*stands))
            .skip(1)
        {
            if let Some((class, _)) = self.chains(matter).find(|(_, chain)| chain.undoes()) {
                let say = format!(
                    "the {0} of \"{1}\" is made for good and stands before this: write \"coordinate\" in place of \"undo\", or move \"{2}\" to the end of the product's steps",
                    stands.noun(),
                    product.id,
                    stands.name()
                );
                return Err(Refusal::at(text, answer_at(text, matter, class), &say));
            }
        }
        Ok(())
    }

    /// Held money is a person's before its hold may lapse, so nothing on the way to taking it is tried for longer.
    fn check_hold(&self, text: &str, product: &Product) -> Result<(), Refusal> {
        if product.settlement == Settlement::ChargeFirst {
            return Ok(());
        }
        for matter in self.ahead(product) {
            for (class, chain) in self.chains(matter) {
                if let Some(longer) = chain.times().find(|time| *time > HOLD_TRIED_MAX) {
                    let say = format!(
                        "{} is longer than the money of \"{}\" is safely held: write {} at most",
                        Written(longer),
                        product.id,
                        Written(HOLD_TRIED_MAX)
                    );
                    return Err(Refusal::at(text, answer_at(text, matter, class), &say));
                }
            }
        }
        Ok(())
    }

    /// What has to come true before the order is delivered and paid.
    fn ahead(&self, product: &Product) -> impl Iterator<Item = Matter> {
        let taken = match product.settlement {
            Settlement::ChargeFirst => None,
            Settlement::AuthoriseFirst => Some(Matter::Capture),
        };
        let steps: Vec<Matter> = product.steps.iter().map(|step| Matter::Step(*step)).collect();
        steps.into_iter().chain(taken)
    }

    fn chains(&self, matter: Matter) -> impl Iterator<Item = (FailureClass, &Chain)> {
        let row = self.row(matter).into_iter();
        row.flat_map(|row| FailureClass::ALL.map(|class| (class, row.chain(class))))
    }
}

/// Where the answer stands in the file.
fn answer_at(text: &str, matter: Matter, class: FailureClass) -> usize {
    let table = text.find(&format!("[answers.{}]", matter.name())).unwrap_or_default();
    let answer = text[table..].find(&format!("\n{}", class.name()));
    answer.map_or(table, |at| table + at + 1)
}
