//! The fields of a person. Only the surname is mandatory; a person may never have stayed.

use super::{
    APPEND, CRM_ONLY, DERIVED, DESK, RESTRICT, SET, SET_CRM, SHARED, SHARED_CRM, SHARED_PMS, Spec, entries,
    many, one, part,
};
use crate::model::field::FieldType::{
    Address, Bool, Choice, Content, Country, Date, Decimal, Email, Instant, Integer, Language, LongText,
    Money, Name, Phone, Reference, Text,
};
use crate::model::field::Part;
use crate::model::record::RecordKind;

/// What a person can consent to.
pub const CONSENT_PURPOSES: &[&str] = &["marketing", "profiling", "third_party", "photo", "id_copy"];
/// How a person can be reached.
pub const CONSENT_CHANNELS: &[&str] = &["email", "sms", "phone", "post", "messenger"];
/// What a consent can be, most restrictive first.
pub const CONSENT_STATES: &[&str] = &["denied", "unknown", "granted"];
/// How two persons belong together, each beside its inverse: recorded once, the other direction is derived.
pub const RELATIONS: &[(&str, &str)] = &[
    ("spouse", "spouse"),
    ("parent", "child"),
    ("child", "parent"),
    ("sibling", "sibling"),
    ("colleague", "colleague"),
    ("friend", "friend"),
    ("assistant", "assisted"),
    ("assisted", "assistant"),
    ("main_traveller", "travels_with"),
    ("travels_with", "main_traveller"),
];

const RELATION_WORDS: &[&str] = &[
    "spouse",
    "parent",
    "child",
    "sibling",
    "colleague",
    "friend",
    "assistant",
    "assisted",
    "main_traveller",
    "travels_with",
];
const SEXES: &[&str] = &["female", "male", "other"];
const SERVICES: &[&str] = &["interests", "hotel", "room", "food", "flight", "cruise", "vehicle", "train"];
const DOCUMENTS: &[&str] = &["passport", "visa", "national_id", "driving_licence", "residence_permit"];
const MEDICAL_KINDS: &[&str] = &["allergy", "special_need", "surgery", "vaccine"];
const CLASSES: &[&str] = &["prospect", "client"];
const PERSON: &[RecordKind] = &[RecordKind::Person];
const AGENTS: &[RecordKind] = &[RecordKind::Agency, RecordKind::Person];

const SOCIAL_NETWORK: &[Part] = &[part("network", Text), part("handle", Text)];
const IMPORTANT_DATE: &[Part] = &[part("kind", Text), part("date", Date)];
const IDENTITY_DOCUMENT: &[Part] = &[
    part("kind", Choice(DOCUMENTS)),
    part("country", Country),
    part("number", Text),
    part("issued", Date),
    part("expires", Date),
    part("image", Content),
];
const MEDICAL: &[Part] = &[part("kind", Choice(MEDICAL_KINDS)), part("text", Text)];
const PREFERENCE: &[Part] = &[part("service", Choice(SERVICES)), part("key", Text), part("value", Text)];
const RELATION: &[Part] = &[part("type", Choice(RELATION_WORDS)), part("person", Reference(PERSON))];
const LOYALTY_NUMBER: &[Part] = &[part("programme", Text), part("number", Text), part("tier", Text)];
const CONSENT: &[Part] = &[
    part("purpose", Choice(CONSENT_PURPOSES)),
    part("channel", Choice(CONSENT_CHANNELS)),
    part("address", Text),
    part("state", Choice(CONSENT_STATES)),
    part("evidence_at", Instant),
    part("evidence_where", Text),
    part("text_version", Text),
    part("actor", Text),
];
/// A note of the staff, with its author.
pub(super) const NOTE: &[Part] =
    &[part("id", Text), part("at", Instant), part("author", Text), part("text", LongText)];
const BLOCKED_ADDRESS: &[Part] = &[part("channel", Choice(CONSENT_CHANNELS)), part("address", Text)];
const SUBSCRIPTION: &[Part] =
    &[part("list", Text), part("network", Text), part("active", Bool), part("since", Instant)];
const CURRENCY_TOTAL: &[Part] = &[part("currency", Text), part("amount", Money)];
const CHANNEL_COUNT: &[Part] = &[part("channel", Text), part("stays", Integer)];

/// Who somebody is and how he is reached.
pub(super) const IDENTITY_FIELDS: &[Spec] = &[
    one("surname", Name, DESK, ["Surname", "Apellido", "Nom"]),
    one("second_surname", Name, DESK, ["Second surname", "Segundo apellido", "Second nom"]),
    one("given_names", Name, DESK, ["Given names", "Nombre", "Prénoms"]),
    one("title", Text, SHARED_PMS, ["Title", "Tratamiento", "Civilité"]),
    one("name_suffix", Text, SHARED_PMS, ["Name suffix", "Sufijo", "Suffixe"]),
    one("preferred_name", Name, SHARED_CRM, ["Preferred name", "Nombre preferido", "Nom d'usage"]),
    one(
        "local_name",
        Name,
        DESK,
        ["Name in local script", "Nombre en escritura local", "Nom en écriture locale"],
    ),
    one("sex", Choice(SEXES), DESK, ["Sex", "Sexo", "Sexe"]),
    one("birth_date", Date, DESK, ["Date of birth", "Fecha de nacimiento", "Date de naissance"]),
    one("birth_place", Text, DESK, ["Place of birth", "Lugar de nacimiento", "Lieu de naissance"]),
    many("nationalities", Country, DESK, ["Nationalities", "Nacionalidades", "Nationalités"]),
    one(
        "country_of_residence",
        Country,
        SHARED_PMS,
        ["Residence", "País de residencia", "Pays de résidence"],
    ),
    one("language", Language, SHARED_PMS, ["Language", "Idioma", "Langue"]),
    one("tax_id", Text, DESK, ["Tax number", "NIF", "Numéro fiscal"]),
    one("employer", Text, SHARED_CRM, ["Employer", "Empresa", "Employeur"]),
    one("position", Text, SHARED_CRM, ["Position", "Cargo", "Fonction"]),
    one("department", Text, SHARED_CRM, ["Department", "Departamento", "Service"]),
    many("emails", Email, SET, ["E-mail addresses", "Correos electrónicos", "Adresses e-mail"]),
    many("phones", Phone, SET, ["Phone numbers", "Teléfonos", "Téléphones"]),
    many("addresses", Address, SET, ["Postal addresses", "Direcciones", "Adresses postales"]),
    entries(
        "identity_documents",
        IDENTITY_DOCUMENT,
        &["kind", "country", "number"],
        DESK,
        ["Identity documents", "Documentos de identidad", "Pièces d'identité"],
    )
    .special(),
    entries("medical", MEDICAL, &["kind", "text"], SET, ["Medical", "Datos médicos", "Données médicales"])
        .special(),
    one("level", Text, SHARED, ["Level", "Nivel", "Niveau"]).internal(),
    entries("notes", NOTE, &["id"], APPEND, ["Notes", "Notas", "Notes"]).internal(),
];

/// What the relationship with somebody knows about him.
pub(super) const CRM_FIELDS: &[Spec] = &[
    entries(
        "social_networks",
        SOCIAL_NETWORK,
        &["network", "handle"],
        SET_CRM,
        ["Social networks", "Redes sociales", "Réseaux sociaux"],
    ),
    entries(
        "important_dates",
        IMPORTANT_DATE,
        &["kind", "date"],
        SET_CRM,
        ["Important dates", "Fechas señaladas", "Dates importantes"],
    ),
    entries(
        "preferences",
        PREFERENCE,
        &["service", "key", "value"],
        SET_CRM,
        ["Preferences", "Preferencias", "Préférences"],
    ),
    entries("relations", RELATION, &["type", "person"], SET, ["Associates", "Allegados", "Proches"]),
    entries(
        "loyalty_numbers",
        LOYALTY_NUMBER,
        &["programme", "number"],
        SET,
        ["Loyalty numbers", "Números de fidelidad", "Numéros de fidélité"],
    ),
    entries(
        "consents",
        CONSENT,
        &["purpose", "channel", "address"],
        RESTRICT,
        ["Consents", "Consentimientos", "Consentements"],
    ),
    one("do_not_contact", Bool, RESTRICT, ["Do not contact", "No contactar", "Ne pas contacter"]),
    // Only ever added: a system that forgets an address does not release it, an operator does.
    entries(
        "blocked_addresses",
        BLOCKED_ADDRESS,
        &["channel", "address"],
        APPEND,
        ["Addresses not to use", "Direcciones que no se usan", "Adresses à ne pas utiliser"],
    ),
    entries(
        "subscriptions",
        SUBSCRIPTION,
        &["network", "list"],
        SET_CRM,
        ["Subscriptions", "Suscripciones", "Abonnements"],
    ),
    one("buyer_persona", Text, SHARED_CRM, ["Buyer persona", "Perfil de comprador", "Profil d'acheteur"]),
    one("market_segment", Text, SHARED_CRM, ["Market segment", "Segmento", "Segment"]),
    one("source", Text, SHARED_CRM, ["Source", "Procedencia", "Origine"]),
    one(
        "source_subcategory",
        Text,
        SHARED_CRM,
        ["Source detail", "Detalle de procedencia", "Détail d'origine"],
    ),
    many("tags", Text, SET_CRM, ["Tags", "Etiquetas", "Étiquettes"]),
    one("classification", Choice(CLASSES), CRM_ONLY, ["Classification", "Clasificación", "Classification"]),
    one("profile_created_at", Instant, CRM_ONLY, ["Profile created", "Perfil creado", "Profil créé"]),
    one("profile_created_by", Text, CRM_ONLY, ["Created by", "Creado por", "Créé par"]).internal(),
    one("profile_owner", Reference(AGENTS), CRM_ONLY, ["Owner", "Propietario", "Propriétaire"]),
    many("shared_with", Reference(AGENTS), CRM_ONLY, ["Shared with", "Compartido con", "Partagé avec"]),
    entries(
        "staff_comments",
        NOTE,
        &["id"],
        CRM_ONLY,
        ["Comments for staff", "Comentarios internos", "Commentaires internes"],
    )
    .internal(),
];

/// What the hub counts from the reservations and stays of somebody.
pub(super) const ROLL_UPS: &[Spec] = &[
    one("stays", Integer, DERIVED, ["Stays", "Estancias", "Séjours"]),
    one("nights", Integer, DERIVED, ["Nights", "Noches", "Nuits"]),
    one("no_shows", Integer, DERIVED, ["No-shows", "No presentados", "Non-présentations"]),
    one("cancellations", Integer, DERIVED, ["Cancellations", "Cancelaciones", "Annulations"]),
    one("first_stay_on", Date, DERIVED, ["First stay", "Primera estancia", "Premier séjour"]),
    one("last_stay_on", Date, DERIVED, ["Last stay", "Última estancia", "Dernier séjour"]),
    one("next_arrival_on", Date, DERIVED, ["Next arrival", "Próxima llegada", "Prochaine arrivée"]),
    entries(
        "room_spend",
        CURRENCY_TOTAL,
        &["currency"],
        DERIVED,
        ["Room spend", "Gasto en habitación", "Dépenses d'hébergement"],
    ),
    entries(
        "other_spend",
        CURRENCY_TOTAL,
        &["currency"],
        DERIVED,
        ["Other spend", "Otros gastos", "Autres dépenses"],
    ),
    entries(
        "lifetime_value",
        CURRENCY_TOTAL,
        &["currency"],
        DERIVED,
        ["Lifetime value", "Valor del cliente", "Valeur client"],
    ),
    one(
        "lifetime_value_reporting",
        Money,
        DERIVED,
        [
            "Lifetime value (reporting currency)",
            "Valor del cliente (divisa de informe)",
            "Valeur client (devise de référence)",
        ],
    ),
    one(
        "average_lead_days",
        Decimal,
        DERIVED,
        ["Average lead time (days)", "Antelación media (días)", "Délai moyen de réservation (jours)"],
    ),
    entries(
        "channels_used",
        CHANNEL_COUNT,
        &["channel"],
        DERIVED,
        ["Channels used", "Canales usados", "Canaux utilisés"],
    ),
    one("direct_share", Decimal, DERIVED, ["Direct share", "Cuota directa", "Part du direct"]),
];
