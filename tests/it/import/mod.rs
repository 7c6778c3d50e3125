//! The historical import: everything once, nothing lost on the way, nothing live beaten.

mod command;
mod gate;
mod history;
mod interrupted;
mod kills;
mod rig;
mod rollback;
mod whole;
