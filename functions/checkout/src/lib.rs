//! Opens the Stripe Session, shows the shop and the status page.
