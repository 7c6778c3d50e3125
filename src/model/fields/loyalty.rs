//! The fields of memberships and certificates, and of the programme that they belong to.

use super::{DERIVED, LEDGER, PMS_ONLY, Spec, entries, one, part};
use crate::model::field::FieldType::{Bool, Choice, Date, Instant, Integer, LongText, Reference, Text};
use crate::model::field::{FieldDef, Part};
use crate::model::record::RecordKind;

/// The states of a certificate: captured, then issued (points deducted), then used; or void, or expired.
pub const CERTIFICATE_STATES: &[&str] = &["captured", "issued", "used", "void", "expired"];

const PERSON: &[RecordKind] = &[RecordKind::Person];
const FIRMS: &[RecordKind] = &[RecordKind::Company, RecordKind::Agency];
const MEMBERSHIP_KIND: &[RecordKind] = &[RecordKind::Membership];
const RESERVATION: &[RecordKind] = &[RecordKind::Reservation];
const ACCRUALS: &[&str] = &["accrued", "manual"];
const POINTS: &[Part] = &[
    part("id", Text),
    part("date", Date),
    part("points", Integer),
    part("concept", Text),
    part("reservation", Reference(RESERVATION)),
    part("registration", Text),
    part("invoice", Text),
    part("folio", Text),
    part("how", Choice(ACCRUALS)),
    part("reverses", Text),
];
const LEVEL: &[Part] =
    &[part("code", Text), part("description", Text), part("rank", Integer), part("order", Integer)];
const BENEFIT: &[Part] = &[
    part("code", Text),
    part("level", Text),
    part("description", Text),
    part("points", Integer),
    part("active", Bool),
];

/// One person's place in one programme.
pub(super) const MEMBERSHIP: &[Spec] = &[
    one("person", Reference(PERSON), PMS_ONLY, ["Member", "Socio", "Membre"]),
    one("programme", Text, PMS_ONLY, ["Programme", "Programa", "Programme"]),
    one("number", Text, PMS_ONLY, ["Number", "Número", "Numéro"]),
    one("level", Text, PMS_ONLY, ["Level", "Nivel", "Niveau"]),
    one("company", Reference(FIRMS), PMS_ONLY, ["Company", "Empresa", "Société"]),
    one("active", Bool, PMS_ONLY, ["Active", "Activo", "Actif"]),
    one("registered_on", Date, PMS_ONLY, ["Registered on", "Fecha de alta", "Date d'inscription"]),
    entries(
        "points",
        POINTS,
        &["id"],
        LEDGER,
        ["Points ledger", "Movimientos de puntos", "Mouvements de points"],
    ),
    one("balance", Integer, DERIVED, ["Points balance", "Saldo de puntos", "Solde de points"]),
];

/// One certificate.
pub(super) const CERTIFICATE: &[Spec] = &[
    one("number", Text, PMS_ONLY, ["Number", "Número", "Numéro"]),
    one("membership", Reference(MEMBERSHIP_KIND), PMS_ONLY, ["Membership", "Afiliación", "Adhésion"]),
    one("benefit", Text, PMS_ONLY, ["Benefit", "Beneficio", "Avantage"]),
    one("notes", LongText, PMS_ONLY, ["Notes", "Notas", "Notes"]).internal(),
    one("expires_on", Date, PMS_ONLY, ["Expires on", "Caduca el", "Expire le"]),
    one("status", Choice(CERTIFICATE_STATES), PMS_ONLY, ["Status", "Estado", "État"]),
    one("points", Integer, PMS_ONLY, ["Points", "Puntos", "Points"]),
    one(
        "redeemed_on",
        Reference(RESERVATION),
        PMS_ONLY,
        ["Used on reservation", "Usado en la reserva", "Utilisé sur la réservation"],
    ),
    one("redeemed_by", Reference(PERSON), PMS_ONLY, ["Used by", "Usado por", "Utilisé par"]),
    one("redeemed_at", Instant, PMS_ONLY, ["Used at", "Usado el", "Utilisé le"]),
];

const PROGRAMME: &[Spec] = &[
    entries("levels", LEVEL, &["code"], PMS_ONLY, ["Levels", "Niveles", "Niveaux"]),
    entries("benefits", BENEFIT, &["code"], PMS_ONLY, ["Benefits", "Beneficios", "Avantages"]),
];

/// The fields of a loyalty programme: like a property, a setting of the hotel and no record.
pub fn programme() -> Vec<FieldDef> {
    PROGRAMME.iter().map(Spec::define).collect()
}
