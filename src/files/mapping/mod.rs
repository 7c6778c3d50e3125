//! Which column is which field: rows of a file to observations. Pure.
//!
//! A mapping never guesses. A word that it does not know, a date that is none, an amount that can mean two things: the
//! row is refused with the column and the reason, or the value is left out with a remark, as the mapping says.

mod apply;
mod compile;
mod declare;
mod entry;
mod fault;
mod group;
mod repeat;
pub mod settings;
mod several;
mod spoilt;
mod value;

pub(crate) use apply::Mapped;
pub use compile::MappingError;
pub(crate) use compile::Plan;
pub use settings::{FileMapping, FilesSettings};
pub(crate) use spoilt::{Spoilt, Survey, Whose};

use std::sync::Arc;

use crate::model::field::Registry;
use crate::model::normalise::email::Relays;
use crate::model::value::Country;

/// What a mapping is told of the hotel.
#[derive(Debug, Clone)]
pub struct Context {
    /// Every field, the hotel's own included.
    pub registry: Arc<Registry>,
    /// The country whose dialling code a phone number without one has.
    pub region: Option<Country>,
    /// The zone of times that are written without an offset.
    pub time_zone: chrono_tz::Tz,
    /// The domains at which booking portals relay mail to a guest.
    pub relays: Relays,
}
