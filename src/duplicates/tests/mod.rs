//! The traps of the trade, and what holds whatever the order.

mod base;
mod orders;
mod traps;
