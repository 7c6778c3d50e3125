//! What a connector promises about writing.

use cardex::connectors::{ConnectorError, NextStep, Reading};
use cardex::model::capabilities::MergeSupport;
use cardex::model::value::{Special, Value};
use cardex::model::{
    Audience, Document, ExternalId, FieldDef, Guard, Multiplicity, RecordId, RecordKind, Seen, Shape,
    Withdrawal, WriteOutcome,
};

use super::subject::{
    Subject, create, created_kinds, done, found, noticed, place, read_kinds, read_one, update, walk,
    write_one,
};

/// That what was read of each written field is, in the system's form, what was written.
#[track_caller]
fn assert_kept(subject: &impl Subject, kind: RecordKind, written: &Document, read: &Document) {
    let (connector, registry) = (subject.connector(), subject.registry());
    let can = &connector.capabilities().kinds[&kind].fields;
    for (key, sent) in written.iter() {
        let can =
            can.get(key).unwrap_or_else(|| panic!("{kind}.{key} is not declared, but the sample writes it"));
        if !can.read {
            continue;
        }
        let field = registry.field(kind, key).expect("a declared field exists");
        let held = read.get(key).unwrap_or(&Seen::Empty);
        assert!(can.form.equivalent(field, sent, held), "{kind}.{key} was not kept");
    }
}

pub(super) async fn a_created_record_is_found_by_its_hub_id(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in created_kinds(subject) {
        let (one, other) =
            (create(kind, subject.sample(kind, 1).await), create(kind, subject.sample(kind, 2).await));
        let (hub_id, other_hub_id) = (one.record, other.record);
        let id = done(&write_one(&connector, one).await);
        if !connector.capabilities().finds_by_hub_id {
            continue;
        }
        let hits = connector.find(kind, &[hub_id, other_hub_id]).await.expect("a look-up");
        assert_eq!(hits, [(hub_id, id.clone())], "{kind}");
        assert_eq!(
            found(&connector, kind, &id).await.hub_id,
            Some(hub_id),
            "{kind} does not carry its hub id"
        );
    }
}

pub(super) async fn what_is_written_is_read_back(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in created_kinds(subject) {
        let written = subject.sample(kind, 3).await;
        let outcome = write_one(&connector, create(kind, written.clone())).await;
        let id = done(&outcome);
        let read = found(&connector, kind, &id).await;
        assert_kept(subject, kind, &written, &read.document);
        let WriteOutcome::Done { stored, version, .. } = outcome else { continue };
        if let Some(stored) = stored {
            assert_kept(subject, kind, &written, &stored);
        }
        if version.is_some() {
            assert_eq!(version, read.source_version, "{kind}: write and read disagree about the version");
        }
        // Written again, it is what it was: an echo.
        let (hash, echo) = (read.source_hash, update(&read, written));
        assert_eq!(done(&write_one(&connector, echo).await), id);
        assert_eq!(
            found(&connector, kind, &id).await.source_hash,
            hash,
            "{kind}: an echo changed the record"
        );
    }
}

pub(super) async fn an_update_changes_what_it_names_and_nothing_else(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let Some(changed) = subject.changed(kind, 5) else { continue };
        let id = subject.make(kind, 4).await;
        let before = found(&connector, kind, &id).await;
        done(&write_one(&connector, update(&before, changed.clone())).await);
        let after = found(&connector, kind, &id).await;
        assert_kept(subject, kind, &changed, &after.document);
        for (key, seen) in before.document.iter().filter(|(key, _)| changed.get(key).is_none()) {
            assert_eq!(after.document.get(key), Some(seen), "{kind}.{key} was not named and changed");
        }
    }
}

pub(super) async fn a_stale_write_is_refused(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let Some(changed) = subject.changed(kind, 7) else { continue };
        let id = subject.make(kind, 6).await;
        let before = found(&connector, kind, &id).await;
        subject.edit(kind, &id, 8).await;
        let written = subject.writes_to(kind, &id).await;
        match connector.capabilities().guard {
            Guard::Version => assert!(before.source_version.is_some(), "{kind} has no version to guard with"),
            Guard::CompareAndSet => {}
            // The core reads before it writes; the connector promises nothing.
            Guard::ReadCompare => continue,
        }
        let outcome = write_one(&connector, update(&before, changed)).await;
        assert_eq!(outcome, WriteOutcome::Stale, "{kind}");
        assert_eq!(subject.writes_to(kind, &id).await, written, "{kind}: a stale write was carried out");
    }
}

pub(super) async fn a_write_to_a_missing_record_is_not_found(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let Some(changed) = subject.changed(kind, 2) else { continue };
        let id = subject.make(kind, 1).await;
        let mut seen = found(&connector, kind, &id).await;
        seen.subject.external_id = subject.unknown_id(kind);
        let outcome = write_one(&connector, update(&seen, changed)).await;
        assert!(matches!(outcome, WriteOutcome::NotFound | WriteOutcome::Stale), "{kind}: {outcome:?}");
    }
}

pub(super) async fn a_bad_record_does_not_hold_up_its_batch(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in created_kinds(subject) {
        let Some(bad) = subject.refused(kind).await else { continue };
        let batch = connector.capabilities().write_batch.min(3);
        let mut ops = vec![create(kind, subject.sample(kind, 11).await), create(kind, bad)];
        ops.push(create(kind, subject.sample(kind, 12).await));
        let known = walk(&connector, kind).await.len();
        if batch < ops.len() {
            ops.remove(0);
            ops.truncate(batch);
            let outcome = connector.write(&ops).await;
            assert!(is_refused(&outcome.map(|mut outcomes| outcomes.remove(0))), "{kind}");
        } else if connector.capabilities().batch_is_atomic {
            let error = connector.write(&ops).await.expect_err("a bad record refuses the batch");
            assert!(is_refused(&Err(error)), "{kind}: the core would not halve the batch");
            assert_eq!(walk(&connector, kind).await.len(), known, "{kind}: a refused batch was carried out");
        } else {
            let outcomes = connector.write(&ops).await.expect("a batch");
            let [first, second, third] = &outcomes[..] else { panic!("{kind}: one outcome per write") };
            assert_ne!(done(first), done(third));
            assert!(matches!(second, WriteOutcome::Rejected { .. }), "{kind}: {second:?}");
        }
    }
}

fn is_refused(outcome: &Result<WriteOutcome, ConnectorError>) -> bool {
    match outcome {
        Ok(outcome) => matches!(outcome, WriteOutcome::Rejected { .. }),
        Err(error) => matches!(error.next_step(), NextStep::Bisect | NextStep::Park),
    }
}

pub(super) async fn a_special_category_is_refused_without_a_purpose(subject: &impl Subject) {
    let (connector, registry) = (subject.connector(), subject.registry());
    for kind in read_kinds(subject) {
        let can = &connector.capabilities().kinds[&kind];
        let special = |field: &&FieldDef| {
            field.audience == Audience::SpecialCategory
                && can.fields.get(&field.key).is_some_and(|can| can.write)
        };
        for field in registry.fields(kind).filter(special) {
            let id = subject.make(kind, 1).await;
            let seen = found(&connector, kind, &id).await;
            let written = subject.writes_to(kind, &id).await;
            let value = Value::Special(Special::seal(Value::Text("X1234567".to_owned())));
            let secret = match field.multiplicity {
                Multiplicity::One => Seen::one(value),
                Multiplicity::Many(_) => Seen::set([("x".into(), value)]),
            };
            let op = update(&seen, Document::new().with(field.key.clone(), secret));
            let outcome = write_one(&connector, op).await;
            assert!(matches!(outcome, WriteOutcome::Rejected { .. }), "{kind}.{}: {outcome:?}", field.key);
            assert_eq!(subject.writes_to(kind, &id).await, written, "{kind}.{} was written", field.key);
        }
    }
}

/// Creates a record, and gives what takes it back.
async fn withdrawable(subject: &impl Subject, kind: RecordKind, n: u32) -> Withdrawal {
    let connector = subject.connector();
    let op = create(kind, subject.sample(kind, n).await);
    let record = op.record;
    let external_id = done(&write_one(&connector, op).await);
    let precondition = found(&connector, kind, &external_id).await.source_version;
    Withdrawal { record, external_id, precondition }
}

/// Withdraws these in as few calls as the connector takes.
async fn withdraw(
    subject: &impl Subject,
    kind: RecordKind,
    records: &[Withdrawal],
) -> Result<Vec<WriteOutcome>, ConnectorError> {
    let connector = subject.connector();
    let mut outcomes = Vec::new();
    for batch in records.chunks(connector.capabilities().write_batch.max(1)) {
        outcomes.extend(connector.withdraw(kind, batch).await?);
    }
    assert_eq!(outcomes.len(), records.len(), "{kind}: one outcome per record");
    Ok(outcomes)
}

pub(super) async fn only_what_is_unchanged_is_taken_back(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let nobody = Withdrawal {
            record: RecordId::new(uuid::Uuid::now_v7()),
            external_id: subject.unknown_id(kind),
            precondition: None,
        };
        if !connector.capabilities().kinds[&kind].withdraw {
            let refusal = withdraw(subject, kind, &[nobody]).await.expect_err("it says that it cannot");
            assert!(matches!(refusal, ConnectorError::Unsupported { .. }), "{kind}: {refusal}");
            continue;
        }
        let (own, changed) = (withdrawable(subject, kind, 41).await, withdrawable(subject, kind, 42).await);
        let id = |record: &Withdrawal| record.external_id.clone();
        let mut records = vec![nobody, own.clone()];
        // Elsewhere the core reads before it withdraws; the connector promises nothing.
        if connector.capabilities().guard == Guard::Version {
            subject.edit(kind, &id(&changed), 43).await;
            records.push(changed.clone());
        }
        let kept = found(&connector, kind, &id(&changed)).await;
        let outcomes = withdraw(subject, kind, &records).await.expect("an answer");
        assert_eq!(outcomes[0], WriteOutcome::NotFound, "{kind}");
        assert_eq!(done(&outcomes[1]), id(&own), "{kind}");
        assert!(outcomes[2..].iter().all(|outcome| *outcome == WriteOutcome::Stale), "{kind}: {outcomes:?}");

        assert!(matches!(read_one(&connector, kind, &id(&own)).await, Reading::NotFound(_)), "{kind}");
        let listed = walk(&connector, kind).await;
        let is_listed = |id: &ExternalId| listed.contains_key(id);
        assert_eq!((is_listed(&id(&own)), is_listed(&id(&changed))), (false, true), "{kind}");
        assert_eq!(found(&connector, kind, &id(&changed)).await.document, kept.document, "{kind}");
        let again = withdraw(subject, kind, &records).await.expect("an answer");
        assert_eq!(again[..2], [WriteOutcome::NotFound, WriteOutcome::NotFound], "{kind}");
        assert_eq!(again[2..], outcomes[2..], "{kind}");
    }
}

pub(super) async fn a_merge_is_made_and_seen(subject: &impl Subject) {
    let connector = subject.connector();
    let kinds = read_kinds(subject);
    let Some(kind) = kinds.into_iter().find(|kind| *kind == RecordKind::Person) else { return };
    let (keep, lose) = (subject.make(kind, 21).await, subject.make(kind, 22).await);
    let mut here = place(&connector, kind).await;
    match connector.capabilities().merge {
        MergeSupport::Full => {}
        MergeSupport::Seen | MergeSupport::None => {
            let refusal = connector.merge(kind, &keep, &lose).await.expect_err("it says that it cannot");
            assert!(matches!(refusal, ConnectorError::Unsupported { .. }), "{refusal}");
            return;
        }
    }
    connector.merge(kind, &keep, &lose).await.expect("a merge");
    // The record that is left may have a new id; then the one that was kept reads as merged into it too.
    let left = match found(&connector, kind, &keep).await.shape {
        Shape::MergedInto(survivor) => survivor,
        Shape::Full
        | Shape::Partial
        | Shape::StatusOnly
        | Shape::Absent
        | Shape::NotFound
        | Shape::Deleted
        | Shape::Erased => keep,
    };
    match read_one(&connector, kind, &lose).await {
        Reading::Found(seen) => assert_eq!(seen.shape, Shape::MergedInto(left.clone())),
        Reading::NotFound(_) => {}
        other @ (Reading::OutOfScope(_) | Reading::Undecodable { .. }) => {
            panic!("the loser of a merge reads as {other:?}")
        }
    }
    noticed(&connector, kind, &lose, &mut here, |_| true).await;
    assert_eq!(found(&connector, kind, &left).await.shape, Shape::Full);
}
