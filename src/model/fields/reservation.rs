//! The fields of a reservation: one record per reservation of the PMS, cancelled ones included, never deleted.

use super::{DERIVED, HUB, PMS_APPEND, PMS_ONLY, Spec, entries, many, one, part};
use crate::model::field::FieldType::{
    Address, Bool, Choice, Email, Entry, Instant, Integer, Language, LocalDate, LongText, Money, Name, Phone,
    Reference, Text,
};
use crate::model::field::Part;
use crate::model::record::RecordKind;

/// The statuses of a reservation. It is no ladder: check-ins and cancellations are undone.
pub const STATUSES: &[&str] =
    &["requested", "tentative", "confirmed", "waitlisted", "in_house", "checked_out", "cancelled", "no_show"];
/// The boards.
pub const BOARDS: &[&str] = &["room_only", "breakfast", "half_board", "full_board", "all_inclusive"];
/// The channels a booking comes by.
pub const CHANNELS: &[&str] =
    &["web", "phone", "walk_in", "corporate", "ota", "tour_operator", "gds", "direct", "group"];

const FOLIO_KINDS: &[&str] = &["room", "incidentals"];
const PERSON: &[RecordKind] = &[RecordKind::Person];
const COMPANY: &[RecordKind] = &[RecordKind::Company];
const AGENCY: &[RecordKind] = &[RecordKind::Agency];
const FIRMS: &[RecordKind] = &[RecordKind::Company, RecordKind::Agency];
const PAYERS: &[RecordKind] = &[RecordKind::Person, RecordKind::Company, RecordKind::Agency];

const ROOM: &[Part] = &[
    part("index", Integer),
    part("number", Text),
    part("category", Text),
    part("rate_code", Text),
    part("board", Choice(BOARDS)),
    part("adults", Integer),
    part("children", Integer),
    part("child_ages", Text),
    part("infants", Integer),
];
const EXTRA: &[Part] = &[
    part("id", Text),
    part("code", Text),
    part("name", Text),
    part("quantity", Integer),
    part("date", LocalDate),
    part("amount", Money),
];
const PAYMENT: &[Part] =
    &[part("id", Text), part("date", LocalDate), part("method", Text), part("amount", Money)];
const STATUS_CHANGE: &[Part] = &[part("at", Instant), part("status", Choice(STATUSES))];
const EXTERNAL_REFERENCE: &[Part] = &[part("source", Text), part("id", Text)];
const FOLIO: &[Part] = &[
    part("number", Text),
    part("payer", Reference(PAYERS)),
    part("kind", Choice(FOLIO_KINDS)),
    part("amount", Money),
];
const INVOICE: &[Part] = &[part("number", Text), part("date", LocalDate), part("amount", Money)];
const GUEST_COPY: &[Part] = &[
    part("surname", Name),
    part("second_surname", Name),
    part("given_names", Name),
    part("email", Email),
    part("phone", Phone),
    part("address", Address),
    part("language", Language),
];

/// The booking, its stay and the people in it.
pub(super) const BOOKING: &[Spec] = &[
    one("property", Text, PMS_ONLY, ["Property", "Hotel", "Établissement"]),
    one("number", Text, PMS_ONLY, ["Number", "Número", "Numéro"]),
    entries(
        "external_references",
        EXTERNAL_REFERENCE,
        &["source", "id"],
        PMS_ONLY,
        ["External references", "Referencias externas", "Références externes"],
    ),
    one("chain", Text, PMS_ONLY, ["Chain of rebookings", "Cadena de cambios", "Chaîne de modifications"]),
    one("active_leg", Bool, DERIVED, ["Active leg", "Tramo activo", "Maillon actif"]),
    one("group", Text, PMS_ONLY, ["Group or block", "Grupo", "Groupe"]),
    one("booked_at", Instant, PMS_ONLY, ["Booked at", "Reservada el", "Réservée le"]),
    one("status", Choice(STATUSES), PMS_ONLY, ["Status", "Estado", "Statut"]),
    entries(
        "status_history",
        STATUS_CHANGE,
        &["at", "status"],
        PMS_APPEND,
        ["Status history", "Historial de estados", "Historique des statuts"],
    ),
    one("cancelled_at", Instant, PMS_ONLY, ["Cancelled at", "Cancelada el", "Annulée le"]),
    one(
        "cancel_reason",
        Text,
        PMS_ONLY,
        ["Reason of cancellation", "Motivo de cancelación", "Motif d'annulation"],
    ),
    one("arrives_on", LocalDate, PMS_ONLY, ["Arrival", "Llegada", "Arrivée"]),
    one("departs_on", LocalDate, PMS_ONLY, ["Departure", "Salida", "Départ"]),
    one("arrival_time", Text, PMS_ONLY, ["Arrival time", "Hora de llegada", "Heure d'arrivée"]),
    one("departure_time", Text, PMS_ONLY, ["Departure time", "Hora de salida", "Heure de départ"]),
    one("checked_in_at", Instant, PMS_ONLY, ["Checked in at", "Entrada registrada", "Arrivée enregistrée"]),
    one("checked_out_at", Instant, PMS_ONLY, ["Checked out at", "Salida registrada", "Départ enregistré"]),
    one("nights", Integer, DERIVED, ["Nights", "Noches", "Nuits"]),
    one("holder", Reference(PERSON), PMS_ONLY, ["Holder", "Titular", "Titulaire"]),
    one("booker", Reference(PAYERS), PMS_ONLY, ["Booker", "Quien reserva", "Réservant"]),
    one("contact_person", Reference(PERSON), PMS_ONLY, ["Contact person", "Persona de contacto", "Contact"]),
    many(
        "accompanying",
        Reference(PERSON),
        PMS_ONLY,
        ["Accompanying guests", "Acompañantes", "Accompagnants"],
    ),
    many("sharers", Reference(PERSON), PMS_ONLY, ["Sharers", "Comparten habitación", "Partagent la chambre"]),
    one("company", Reference(COMPANY), PMS_ONLY, ["Company", "Empresa", "Société"]),
    one("agency", Reference(AGENCY), PMS_ONLY, ["Agency", "Agencia", "Agence"]),
    one(
        "source_profile",
        Reference(FIRMS),
        PMS_ONLY,
        ["Source profile", "Ficha de procedencia", "Fiche d'origine"],
    ),
    one("source", Text, PMS_ONLY, ["Source", "Procedencia", "Origine commerciale"]),
    entries("rooms", ROOM, &["index"], PMS_ONLY, ["Rooms", "Habitaciones", "Chambres"]),
    one("channel", Choice(CHANNELS), PMS_ONLY, ["Channel", "Canal", "Canal"]),
    one("market_segment", Text, PMS_ONLY, ["Market segment", "Segmento", "Segment"]),
    one("origin", Text, PMS_ONLY, ["Origin", "Origen", "Provenance"]),
    one("language", Language, PMS_ONLY, ["Language", "Idioma", "Langue"]),
    one("remarks", LongText, PMS_ONLY, ["Remarks", "Observaciones", "Remarques"]).internal(),
    many(
        "relay_emails",
        Email,
        PMS_ONLY,
        ["OTA relay addresses", "Correos de la OTA", "Adresses relais OTA"],
    ),
    one(
        "guest_at_check_out",
        Entry(GUEST_COPY),
        HUB,
        ["Guest as of check-out", "Huésped a la salida", "Client au départ"],
    ),
];

/// What it costs and who pays.
pub(super) const MONEY: &[Spec] = &[
    one("total", Money, PMS_ONLY, ["Total", "Importe total", "Total"]),
    one("deposit", Money, PMS_ONLY, ["Deposit", "Depósito", "Acompte"]),
    one("paid", Money, PMS_ONLY, ["Paid", "Pagado", "Payé"]),
    one("balance", Money, PMS_ONLY, ["Balance", "Saldo", "Solde"]),
    one("payment_method", Text, PMS_ONLY, ["Payment method", "Forma de pago", "Mode de paiement"]),
    one("currency", Text, PMS_ONLY, ["Currency", "Divisa", "Devise"]),
    one("commission", Money, PMS_ONLY, ["Commission", "Comisión", "Commission"]).internal(),
    entries(
        "extras",
        EXTRA,
        &["id"],
        PMS_ONLY,
        ["Extras and services", "Extras y servicios", "Extras et services"],
    ),
    entries("payments", PAYMENT, &["id"], PMS_ONLY, ["Payments", "Pagos", "Paiements"]),
    one("room_spend", Money, PMS_ONLY, ["Room spend", "Gasto en habitación", "Dépenses d'hébergement"]),
    one("food_spend", Money, PMS_ONLY, ["Food and beverage", "Restauración", "Restauration"]),
    one("other_spend", Money, PMS_ONLY, ["Other spend", "Otros gastos", "Autres dépenses"]),
    one("total_spend", Money, PMS_ONLY, ["Total spend", "Gasto total", "Dépense totale"]),
    one("taxes", Money, PMS_ONLY, ["Taxes", "Impuestos", "Taxes"]),
    entries("folios", FOLIO, &["number"], PMS_ONLY, ["Folios", "Folios", "Folios"]).internal(),
    entries("invoices", INVOICE, &["number"], PMS_ONLY, ["Invoices", "Facturas", "Factures"]),
    one(
        "provisional",
        Bool,
        DERIVED,
        ["Provisional amounts", "Importes provisionales", "Montants provisoires"],
    ),
];

/// Whether, to whom and until when mails may be sent about it: computed by the hub, read by the CRM's automations.
pub(super) const MAIL_GATE: &[Spec] = &[
    one("mailable", Bool, DERIVED, ["May be mailed", "Se puede escribir", "Peut être contacté"]),
    one("surveyable", Bool, DERIVED, ["May be surveyed", "Se puede encuestar", "Peut être sondé"]),
    one("next_mail_due", Instant, DERIVED, ["Next mail due", "Próximo correo", "Prochain e-mail"]),
    one("cleared_until", Instant, DERIVED, ["Cleared until", "Autorizado hasta", "Autorisé jusqu'au"]),
    one("content_version", Integer, DERIVED, ["Content version", "Versión", "Version"]),
    one("verified_at", Instant, DERIVED, ["Verified at", "Verificada el", "Vérifiée le"]).passive(),
    one("recipient", Reference(PERSON), DERIVED, ["Mail recipient", "Destinatario", "Destinataire"]),
];
