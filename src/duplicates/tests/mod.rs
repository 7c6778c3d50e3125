//! The traps of the trade, and what holds whatever the order.

mod base;
mod explained;
mod learning;
mod orders;
mod traps;
