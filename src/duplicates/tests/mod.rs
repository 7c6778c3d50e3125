//! The traps of the trade, and what holds whatever the order.

mod base;
mod explained;
mod orders;
mod traps;
