//! Verifies what Stripe says and records it.
