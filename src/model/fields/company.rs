//! The fields of a company and of an agency.

use super::person::NOTE;
use super::{APPEND, DESK, PMS_ONLY, SET, SHARED, SHARED_PMS, Spec, entries, many, one, part};
use crate::model::field::FieldType::{Address, Bool, Decimal, Email, Phone, Reference, Text};
use crate::model::field::Part;
use crate::model::record::RecordKind;

const PERSON: &[RecordKind] = &[RecordKind::Person];
const FIRMS: &[RecordKind] = &[RecordKind::Company, RecordKind::Agency];
const CONTACT_PERSON: &[Part] = &[part("person", Reference(PERSON)), part("role", Text)];

/// What a company and an agency have in common.
pub(super) const SHARED_FIELDS: &[Spec] = &[
    one("name", Text, SHARED_PMS, ["Name", "Nombre", "Nom"]),
    one("legal_name", Text, DESK, ["Legal name", "Razón social", "Raison sociale"]),
    one("tax_id", Text, DESK, ["Tax number", "NIF", "Numéro fiscal"]),
    many("addresses", Address, SET, ["Postal addresses", "Direcciones", "Adresses postales"]),
    many("phones", Phone, SET, ["Phone numbers", "Teléfonos", "Téléphones"]),
    many("emails", Email, SET, ["E-mail addresses", "Correos electrónicos", "Adresses e-mail"]),
    one("web", Text, SHARED, ["Web site", "Sitio web", "Site web"]),
    many("rate_codes", Text, PMS_ONLY, ["Contract and rate codes", "Códigos de tarifa", "Codes tarifaires"]),
    one("payment_terms", Text, PMS_ONLY, ["Payment terms", "Condiciones de pago", "Conditions de paiement"]),
    one("parent", Reference(FIRMS), SHARED_PMS, ["Parent company", "Empresa matriz", "Société mère"]),
    entries(
        "contact_persons",
        CONTACT_PERSON,
        &["person", "role"],
        SET,
        ["Contact persons", "Personas de contacto", "Interlocuteurs"],
    ),
    one(
        "separate_folios",
        Bool,
        PMS_ONLY,
        [
            "Room and incidentals on separate folios",
            "Habitación y extras en folios separados",
            "Chambre et extras sur des folios séparés",
        ],
    ),
    entries("notes", NOTE, &["id"], APPEND, ["Notes", "Notas", "Notes"]).internal(),
    one("level", Text, SHARED, ["Level", "Nivel", "Niveau"]).internal(),
];

/// What only an agency has.
pub(super) const AGENCY_FIELDS: &[Spec] = &[
    one("iata", Text, DESK, ["IATA or ARC number", "Código IATA o ARC", "Numéro IATA ou ARC"]),
    one("commission_percent", Decimal, PMS_ONLY, ["Commission (%)", "Comisión (%)", "Commission (%)"])
        .internal(),
];
