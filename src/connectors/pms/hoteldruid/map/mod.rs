//! HotelDruid's rows as documents of the hub. Pure: no database, no clock.
//!
//! What cannot be read is left out or shown as masked, never guessed and never turned into "empty".

mod booking;
mod custom;
mod fields;
mod guest;
#[cfg(test)]
mod tests;

pub(super) use booking::{booking, status};
pub(super) use fields::{LONG, MEDIUM, SHORT, kinds};
pub(super) use guest::{company, emails, is_company, person, phones, postal};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use smol_str::SmolStr;
use std::sync::Arc;

use super::config::Settings;
use super::{stamp, text};
use crate::model::field::{FieldDef, Registry};
use crate::model::normalise::email::Relays;
use crate::model::normalise::{money, placeholder, set_of};
use crate::model::value::{Choice, Country, Money};
use crate::model::{Capabilities, FieldCapability, FieldKey, RecordKind, Seen, Value};

/// What the mapping needs to know of the hotel beside the rows.
pub(super) struct Hotel {
    pub(super) settings: Settings,
    pub(super) property: SmolStr,
    pub(super) zone: Tz,
    pub(super) region: Option<Country>,
    pub(super) currency: SmolStr,
    pub(super) relays: Relays,
    /// What the desk types instead of nothing.
    pub(super) placeholders: placeholder::Known,
    pub(super) registry: Arc<Registry>,
    pub(super) capabilities: Capabilities,
}

impl Hotel {
    /// A stamp of HotelDruid as a point in time.
    pub(super) fn instant(&self, stored: Option<&str>) -> Option<DateTime<Utc>> {
        stored.and_then(stamp::parse).map(|wall| self.at(wall))
    }

    /// Wall time at the hotel as a point in time.
    pub(super) fn at(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        crate::model::normalise::date::local(wall, self.zone)
    }

    /// From when a guest who was to arrive on `day` counts as a no-show; `None` where the hotel has no rule.
    pub(super) fn no_show_from(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        let rule = self.settings.no_show?;
        Some(self.at(day.succ_opt()?.and_time(rule.at)) + rule.grace())
    }

    /// A stored amount in the hotel's currency; `None` when there is none or it cannot be read.
    pub(super) fn money(&self, stored: Option<&str>) -> Option<Money> {
        money::from_text(stored?.trim(), &self.currency).ok()
    }

    /// What a field is, and what HotelDruid does to it.
    pub(super) fn field(&self, kind: RecordKind, key: &FieldKey) -> Option<(&FieldDef, &FieldCapability)> {
        let held = self.capabilities.kinds.get(&kind)?.fields.get(key)?;
        Some((self.registry.field(kind, key)?, held))
    }

    /// The complete set of a field's values; a field that is not declared holds nothing.
    fn set(&self, kind: RecordKind, key: &FieldKey, values: impl IntoIterator<Item = Value>) -> Seen {
        self.registry.field(kind, key).map_or_else(|| Seen::set([]), |field| set_of(field, values))
    }

    fn amount(&self, amount_minor: i64) -> Value {
        Value::Money(Money { amount_minor, currency: self.currency.clone() })
    }
}

/// The text behind a column; `None` when it is null or blank.
pub(super) fn plain(stored: Option<&str>) -> Option<String> {
    stored.map(text::decode).filter(|text| !text.is_empty())
}

/// A text field: what is null or blank is empty.
fn text_field(stored: Option<&str>) -> Seen {
    Seen::optional(plain(stored).map(Value::Text))
}

/// A word of a closed list.
fn known(word: &'static str) -> Value {
    Value::Choice(Choice::Known(SmolStr::new_static(word)))
}
