//! The systems as operators see and steer them: how each one stands, pausing and resuming it, asking it now, and the work
//! that was given up. Commands, pages and programs all come here.

mod parked;
mod standing;
mod steer;

pub use parked::{Verb, change_parked, mark_name, mark_named};
pub use standing::{Lag, Standing, standings};
pub use steer::{Obeyed, Order, follow, pause, resume, steer};
