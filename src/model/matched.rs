//! What of a profile the search for duplicates looks at, and the fingerprint that tells whether any of it has changed.

use xxhash_rust::xxh3::Xxh3;

use super::field::FieldKey;
use super::keys;
use super::record::{CellSet, Life, Record, RecordKind};

/// The fields that are compared, of people, companies and agencies.
pub const FIELDS: [FieldKey; 19] = [
    keys::SURNAME,
    keys::SECOND_SURNAME,
    keys::GIVEN_NAMES,
    keys::TITLE,
    keys::NAME_SUFFIX,
    keys::SEX,
    keys::BIRTH_DATE,
    keys::NATIONALITIES,
    keys::RESIDENCE,
    keys::LANGUAGE,
    keys::TAX_ID,
    keys::EMPLOYER,
    keys::EMAILS,
    keys::PHONES,
    keys::ADDRESSES,
    keys::IDENTITY_DOCUMENTS,
    keys::LOYALTY_NUMBERS,
    keys::NAME,
    keys::LEGAL_NAME,
];

/// Whether duplicates of such records are searched.
pub const fn is_profile(kind: RecordKind) -> bool {
    match kind {
        RecordKind::Person | RecordKind::Company | RecordKind::Agency => true,
        RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => false,
    }
}

/// A number that changes when one of [`FIELDS`] does; `None` for what is not searched: it is no profile, or not live.
pub fn fingerprint(record: &Record) -> Option<i64> {
    if !is_profile(record.kind) || record.life != Life::Live {
        return None;
    }
    let mut hash = Xxh3::new();
    for field in &FIELDS {
        let Some(cells) = record.fields.get(field) else { continue };
        hash.update(field.as_str().as_bytes());
        let is_many = matches!(cells, CellSet::Many(_));
        hash.update(&[0, u8::from(is_many)]);
        for value in cells.cells().filter_map(|cell| cell.value.as_ref()) {
            // A value always can be written: it is how it is stored.
            hash.update(&serde_json::to_vec(value).unwrap_or_default());
            hash.update(&[0]);
        }
    }
    Some(hash.digest().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::Held;
    use crate::model::record::{Cell, Evidence, Provenance, Rule};
    use crate::model::{RecordId, Value};
    use chrono::DateTime;
    use std::sync::Arc;
    use uuid::Uuid;

    fn person(field: FieldKey, text: &str, seconds: i64) -> Record {
        let at = DateTime::from_timestamp(seconds, 0).expect("an instant");
        let provenance = Provenance {
            system: None,
            observation: None,
            actor: None,
            rule: Rule::Fill,
            at,
            evidence: Evidence { after: None, until: at },
        };
        let value = Some(Held::new(Value::Text(text.to_owned())));
        let cell = Cell { value, provenance: Arc::new(provenance), pinned_by: None };
        let mut record = Record::new(RecordId::new(Uuid::nil()), RecordKind::Person);
        record.fields.insert(field, CellSet::One(cell));
        record
    }

    #[test]
    fn only_what_is_compared_counts() {
        let of = |field: FieldKey, text: &str| fingerprint(&person(field, text, 1));
        assert_eq!(
            of(keys::SURNAME, "Ruiz"),
            fingerprint(&person(keys::SURNAME, "Ruiz", 2)),
            "when it was said"
        );
        assert_ne!(of(keys::SURNAME, "Ruiz"), of(keys::SURNAME, "Ruis"));
        assert_ne!(of(keys::SURNAME, "Ruiz"), of(keys::GIVEN_NAMES, "Ruiz"));
        assert_eq!(of(keys::POSITION, "Chef"), of(keys::POSITION, "Cook"));
        let gone = Record { life: Life::Erased, ..person(keys::SURNAME, "Ruiz", 1) };
        assert_eq!(fingerprint(&gone), None);
    }
}
