//! The historical import: everything once, nothing lost on the way, nothing live beaten.

mod command;
mod front_desk;
mod gate;
mod history;
mod hoteldruid;
mod interrupted;
mod kills;
mod order;
mod progress;
pub(crate) mod rig;
mod rollback;
mod switch;
mod switch_to_hoteldruid;
mod whole;
