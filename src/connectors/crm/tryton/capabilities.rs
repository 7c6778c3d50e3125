//! What Tryton can do and what it does to values.

use litemap::LiteMap;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::capabilities::{
    Capabilities, FieldCapability, Guard, KindCapabilities, MergeSupport, RateLimit, Stream,
};
use crate::model::form::{Form, Keeps};
use crate::model::{FieldKey, RecordKind, keys};

use super::lens::Lens;
use super::read::FEEDS;

/// How many records one read or write moves.
const BATCH: usize = 100;
/// Tryton sets no limit; this one leaves room for its users on a small server.
const CALLS_PER_SECOND: u32 = 50;

/// The capabilities of a Tryton.
pub(super) fn declare(lens: &Lens) -> Capabilities {
    let parties = [RecordKind::Company, RecordKind::Agency, RecordKind::Person];
    let mut kinds: BTreeMap<RecordKind, KindCapabilities> =
        parties.into_iter().map(|kind| (kind, kind_of(party_fields(lens, kind)))).collect();
    kinds.insert(RecordKind::Reservation, kind_of(reservation_fields(lens)));
    let stream = |name: &'static str, kind| Stream { name: name.into(), kind };
    Capabilities {
        kinds,
        streams: FEEDS.iter().map(|feed| stream(feed.stream, feed.kind)).collect(),
        guard: Guard::Version,
        read_batch: BATCH,
        write_batch: BATCH,
        batch_is_atomic: true,
        finds_by_hub_id: true,
        merge: MergeSupport::Full,
        // A client cannot ask for it: the key of the context that silences its triggers is taken out of every request.
        suppress: false,
        rate: RateLimit { calls: CALLS_PER_SECOND, per: Duration::from_secs(1) },
    }
}

fn kind_of(fields: LiteMap<FieldKey, FieldCapability>) -> KindCapabilities {
    KindCapabilities { read: true, create: true, withdraw: true, fields }
}

/// A channel keeps its label and its rank; Tryton has no place for what has been verified.
const CHANNEL: Keeps = Keeps { label: true, primary: true, verified: false, typed: false, region: false };
/// An address has no label; its region would have to be one of Tryton's own subdivisions.
const ADDRESS: Keeps = Keeps { label: false, ..CHANNEL };

fn party_fields(lens: &Lens, kind: RecordKind) -> LiteMap<FieldKey, FieldCapability> {
    let plain = FieldCapability::full();
    let line = plain.clone().with_form(Form { single_line: true, ..Form::default() });
    let keeping = |keeps| plain.clone().with_form(Form { keeps, ..Form::default() });
    let mut fields = LiteMap::from_iter([
        (keys::EMAILS, keeping(CHANNEL)),
        (keys::PHONES, keeping(CHANNEL)),
        (keys::ADDRESSES, keeping(ADDRESS)),
        (keys::TAX_ID, line.clone()),
    ]);
    let own: &[(FieldKey, FieldCapability)] = match kind {
        RecordKind::Person => &[
            (keys::SURNAME, line.clone().not_clearable()),
            (keys::SECOND_SURNAME, line.clone()),
            (keys::GIVEN_NAMES, line),
            (keys::LANGUAGE, plain.clone()),
            (keys::TAGS, plain.clone()),
            (keys::RELATIONS, plain.clone()),
        ],
        RecordKind::Company | RecordKind::Agency => &[
            (keys::NAME, line.clone().not_clearable()),
            (keys::WEB, line),
            (keys::CONTACT_PERSONS, plain.clone()),
        ],
        RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => &[],
    };
    fields.extend(own.iter().cloned());
    let kept = lens.identifier_fields.get(&kind).into_iter().flatten();
    fields.extend(kept.map(|field| (field.clone(), plain.clone())));
    fields
}

fn reservation_fields(lens: &Lens) -> LiteMap<FieldKey, FieldCapability> {
    let full = FieldCapability::full();
    let block = lens.block_fields.iter().map(|field| (field.clone(), full.clone()));
    block.chain([(keys::HOLDER, full.clone())]).collect()
}
