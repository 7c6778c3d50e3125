//! The fields of a property.
//!
//! A property is the hotel's setting and no record: nothing reconciles it. The table exists so that the catalogue of
//! fields is whole and operators read the same words everywhere.

use super::{PMS_ONLY, Spec, many, one};
use crate::model::field::FieldDef;
use crate::model::field::FieldType::{Address, Choice, Country, LocalDate, Text};

const AUDIT_STATES: &[&str] = &["open", "running", "closed"];

const FIELDS: &[Spec] = &[
    one("code", Text, PMS_ONLY, ["Code", "Código", "Code"]),
    one("name", Text, PMS_ONLY, ["Name", "Nombre", "Nom"]),
    one("chain", Text, PMS_ONLY, ["Chain", "Cadena", "Chaîne"]),
    one("time_zone", Text, PMS_ONLY, ["Time zone", "Zona horaria", "Fuseau horaire"]),
    one("currency", Text, PMS_ONLY, ["Currency", "Divisa", "Devise"]),
    one("country", Country, PMS_ONLY, ["Country", "País", "Pays"]),
    one("business_date", LocalDate, PMS_ONLY, ["Business date", "Fecha hotelera", "Date hôtelière"]),
    one(
        "night_audit",
        Choice(AUDIT_STATES),
        PMS_ONLY,
        ["Night audit", "Cierre del día", "Clôture de la journée"],
    ),
    many("addresses", Address, PMS_ONLY, ["Postal addresses", "Direcciones", "Adresses postales"]),
];

/// Every field of a property, in the order of the table.
pub fn property() -> Vec<FieldDef> {
    FIELDS.iter().map(Spec::define).collect()
}
