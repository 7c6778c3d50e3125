//! What a connector promises about reading.

use cardex::connectors::{Change, Reading};
use cardex::model::value::{Choice, Value};
use cardex::model::{RecordKind, RemoteRef, Seen, keys};

use super::subject::{Subject, found, may_be_gone, news, noticed, place, read_kinds, read_one, walk};

pub(super) async fn a_walk_lists_every_record_with_the_hash_of_its_read(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let mut made = Vec::new();
        for n in 0..5 {
            made.push(subject.make(kind, n).await);
        }
        let keys = walk(&connector, kind).await;
        for id in made {
            let hash = keys.get(&id).unwrap_or_else(|| panic!("{kind} {id} is missing from the walk"));
            let read = found(&connector, kind, &id).await;
            assert_eq!(read.source_hash, Some(*hash), "{kind} {id}: walk and read disagree");
        }
    }
}

pub(super) async fn a_made_record_is_noticed(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let mut here = place(&connector, kind).await;
        let id = subject.make(kind, 1).await;
        noticed(&connector, kind, &id, &mut here, |_| true).await;
    }
}

pub(super) async fn an_edited_record_is_noticed(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let Some(changed) = subject.changed(kind, 2) else { continue };
        let id = subject.make(kind, 1).await;
        let before = found(&connector, kind, &id).await;
        let mut here = place(&connector, kind).await;
        subject.edit(kind, &id, 2).await;
        let tells = |change: &Change| match change {
            Change::Seen(seen) => {
                changed.iter().all(|(key, _)| seen.document.get(key) != before.document.get(key))
            }
            Change::Hint(hint) => !hint.deleted,
        };
        noticed(&connector, kind, &id, &mut here, tells).await;
        let after = found(&connector, kind, &id).await;
        assert_ne!(after.source_hash, before.source_hash, "{kind} {id}: the hash did not move");
        for (key, _) in changed.iter() {
            assert_ne!(after.document.get(key), before.document.get(key), "{kind}.{key} did not change");
        }
    }
}

pub(super) async fn a_deleted_record_is_noticed(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let id = subject.make(kind, 1).await;
        let mut here = place(&connector, kind).await;
        if !subject.delete(kind, &id).await {
            continue;
        }
        // A feed that does not show deletions leaves them to the sweep.
        let reading = read_one(&connector, kind, &id).await;
        assert!(matches!(reading, Reading::NotFound(_)), "{kind} {id} is deleted, but: {reading:?}");
        assert!(!walk(&connector, kind).await.contains_key(&id), "{kind} {id} is deleted, but listed");
        let said = news(&connector, kind, &id, &mut here).await;
        assert!(said.iter().all(may_be_gone), "{kind} {id} is deleted, but seen: {said:?}");
    }
}

pub(super) async fn a_page_read_again_says_the_same(subject: &impl Subject) {
    let connector = subject.connector();
    for stream in connector.capabilities().streams.clone() {
        let start = connector.changes(&stream, None).await.expect("the present").next;
        subject.make(stream.kind, 1).await;
        let first = connector.changes(&stream, Some(&start)).await.expect("a page");
        let second = connector.changes(&stream, Some(&start)).await.expect("the page again");
        assert!(first.changes.iter().all(|change| second.changes.contains(change)), "{}", stream.name);
    }
}

pub(super) async fn a_change_in_the_same_instant_is_not_lost(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let mut here = place(&connector, kind).await;
        // The place moves on between records that may well have one stamp.
        for n in 0..4 {
            let id = subject.make(kind, n).await;
            noticed(&connector, kind, &id, &mut here, |_| true).await;
        }
        let (one, other) = (subject.make(kind, 8).await, subject.make(kind, 9).await);
        let mut again = here.clone();
        noticed(&connector, kind, &one, &mut here, |_| true).await;
        noticed(&connector, kind, &other, &mut again, |_| true).await;
    }
}

pub(super) async fn an_unknown_id_is_not_found(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let known = subject.make(kind, 1).await;
        let unknown = subject.unknown_id(kind);
        let refs = [RemoteRef::new(kind, known.clone()), RemoteRef::new(kind, unknown.clone())];
        let readings = connector.read(&refs).await.expect("a read");
        assert_eq!(readings.len(), 2, "one answer per record");
        assert!(readings.contains(&Reading::NotFound(RemoteRef::new(kind, unknown))), "{kind}: {readings:?}");
        let is_known =
            |reading: &Reading| matches!(reading, Reading::Found(seen) if seen.subject.external_id == known);
        assert!(readings.iter().any(is_known), "{kind}: {readings:?}");
    }
}

pub(super) async fn reading_changes_nothing(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let id = subject.make(kind, 1).await;
        let before = (found(&connector, kind, &id).await, subject.writes_to(kind, &id).await);
        connector.check().await;
        walk(&connector, kind).await;
        let mut here = place(&connector, kind).await;
        news(&connector, kind, &id, &mut here).await;
        let after = (found(&connector, kind, &id).await, subject.writes_to(kind, &id).await);
        assert_eq!(before, after, "{kind}");
    }
}

pub(super) async fn nothing_outside_the_capabilities_is_reported(subject: &impl Subject) {
    let connector = subject.connector();
    for kind in read_kinds(subject) {
        let id = subject.make(kind, 1).await;
        subject.edit(kind, &id, 2).await;
        let seen = found(&connector, kind, &id).await;
        assert!(!seen.document.is_empty(), "{kind} {id} shows nothing");
        let can = &connector.capabilities().kinds[&kind].fields;
        for (key, _) in seen.document.iter() {
            assert!(can.get(key).is_some_and(|can| can.read), "{kind}.{key} is not declared as read");
        }
    }
}

pub(super) async fn an_unknown_word_is_kept(subject: &impl Subject) {
    let Some((record, field, word)) = subject.unknown_word().await else { return };
    let seen = found(&subject.connector(), record.kind, &record.external_id).await;
    let kept = Seen::one(Value::Choice(Choice::Other(word.as_str().into())));
    assert_eq!(seen.document.get(&field), Some(&kept), "{field}");
}

pub(super) async fn a_relay_of_a_configured_domain_is_recognised(subject: &impl Subject) {
    let id = subject.make_relayed().await;
    let seen = found(&subject.connector(), RecordKind::Person, &id).await;
    let elements = seen.document.get(&keys::EMAILS).and_then(Seen::elements).expect("e-mail addresses");
    assert_eq!(elements.len(), 1, "{elements:?}");
    for held in elements.values() {
        assert!(matches!(&*held.0, Value::Email(email) if email.relay), "{held:?}");
    }
}
