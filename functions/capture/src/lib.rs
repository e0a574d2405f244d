//! Takes held money once the order is delivered.
