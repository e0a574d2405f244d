//! Asks Stripe when it is silent, and sweeps overdue orders.
