//! Tells the customer, Finance, Customer Service and ops.
