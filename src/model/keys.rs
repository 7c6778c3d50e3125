//! The keys of the fields that code names. The registry (`fields/`) declares each of them; a test checks it.

use super::field::FieldKey;

/// Declares constants and the list of all of them.
macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = $key:literal;)*) => {
        $($(#[$doc])* #[doc = concat!("`", $key, "`")] pub const $name: FieldKey = FieldKey::of($key);)*
        /// Every key that code names.
        pub const ALL: &[FieldKey] = &[$($name),*];
    };
}

keys! {
    // Person.
    SURNAME = "surname";
    SECOND_SURNAME = "second_surname";
    GIVEN_NAMES = "given_names";
    TITLE = "title";
    NAME_SUFFIX = "name_suffix";
    PREFERRED_NAME = "preferred_name";
    LOCAL_NAME = "local_name";
    SEX = "sex";
    BIRTH_DATE = "birth_date";
    BIRTH_PLACE = "birth_place";
    NATIONALITIES = "nationalities";
    RESIDENCE = "country_of_residence";
    LANGUAGE = "language";
    EMPLOYER = "employer";
    POSITION = "position";
    DEPARTMENT = "department";
    EMAILS = "emails";
    PHONES = "phones";
    ADDRESSES = "addresses";
    SOCIAL_NETWORKS = "social_networks";
    IMPORTANT_DATES = "important_dates";
    /// VIP, Gold member, do-not-book: internal.
    LEVEL = "level";
    /// Internal, attributed, appended.
    NOTES = "notes";
    BUYER_PERSONA = "buyer_persona";
    MARKET_SEGMENT = "market_segment";
    SOURCE = "source";
    SOURCE_SUBCATEGORY = "source_subcategory";
    TAGS = "tags";
    IDENTITY_DOCUMENTS = "identity_documents";
    MEDICAL = "medical";
    PREFERENCES = "preferences";
    RELATIONS = "relations";
    LOYALTY_NUMBERS = "loyalty_numbers";
    CONSENTS = "consents";
    DO_NOT_CONTACT = "do_not_contact";
    TAX_ID = "tax_id";

    // Roll-ups of a person: derived. `nights`, `room_spend` and `other_spend` have the keys of a reservation's.
    STAYS = "stays";
    NO_SHOWS = "no_shows";
    CANCELLATIONS = "cancellations";
    FIRST_STAY_ON = "first_stay_on";
    LAST_STAY_ON = "last_stay_on";
    NEXT_ARRIVAL_ON = "next_arrival_on";
    LIFETIME_VALUE = "lifetime_value";
    AVERAGE_LEAD_DAYS = "average_lead_days";
    CHANNELS_USED = "channels_used";
    DIRECT_SHARE = "direct_share";

    // Company and agency (with the contact fields above).
    NAME = "name";
    LEGAL_NAME = "legal_name";
    IATA = "iata";
    WEB = "web";
    RATE_CODES = "rate_codes";
    PAYMENT_TERMS = "payment_terms";
    PARENT = "parent";
    CONTACT_PERSONS = "contact_persons";

    // Reservation.
    PROPERTY = "property";
    NUMBER = "number";
    EXTERNAL_REFERENCES = "external_references";
    CHAIN = "chain";
    ACTIVE_LEG = "active_leg";
    GROUP = "group";
    BOOKED_AT = "booked_at";
    STATUS = "status";
    STATUS_HISTORY = "status_history";
    CANCELLED_AT = "cancelled_at";
    CANCEL_REASON = "cancel_reason";
    ARRIVES_ON = "arrives_on";
    DEPARTS_ON = "departs_on";
    /// Hotel-local time of day, `HH:MM`.
    ARRIVAL_TIME = "arrival_time";
    DEPARTURE_TIME = "departure_time";
    CHECKED_IN_AT = "checked_in_at";
    CHECKED_OUT_AT = "checked_out_at";
    NIGHTS = "nights";
    HOLDER = "holder";
    BOOKER = "booker";
    CONTACT_PERSON = "contact_person";
    ACCOMPANYING = "accompanying";
    COMPANY = "company";
    AGENCY = "agency";
    SOURCE_PROFILE = "source_profile";
    ROOMS = "rooms";
    CHANNEL = "channel";
    ORIGIN = "origin";
    TOTAL = "total";
    DEPOSIT = "deposit";
    PAID = "paid";
    BALANCE = "balance";
    PAYMENT_METHOD = "payment_method";
    COMMISSION = "commission";
    EXTRAS = "extras";
    PAYMENTS = "payments";
    ROOM_SPEND = "room_spend";
    FOOD_SPEND = "food_spend";
    OTHER_SPEND = "other_spend";
    TOTAL_SPEND = "total_spend";
    TAXES = "taxes";
    FOLIOS = "folios";
    INVOICES = "invoices";
    /// What the guest asked for or the desk noted on the booking.
    REMARKS = "remarks";
    /// An OTA's relay addresses: they belong to the booking, never to the person.
    RELAY_EMAILS = "relay_emails";

    // Membership and certificate.
    MEMBER = "person";
    MEMBERSHIP = "membership";

    // Mail gate of a reservation: derived.
    MAILABLE = "mailable";
    SURVEYABLE = "surveyable";
    NEXT_MAIL_DUE = "next_mail_due";
    CLEARED_UNTIL = "cleared_until";
    CONTENT_VERSION = "content_version";
    VERIFIED_AT = "verified_at";
    RECIPIENT = "recipient";
}
