use super::super::memory::{MOST, Memory};
use crate::model::{RecordKind, RemoteRef};

fn contact(id: usize) -> RemoteRef {
    RemoteRef::new(RecordKind::Person, &*id.to_string())
}

#[test]
fn only_the_stamp_of_the_last_write_is_our_own() {
    let memory = Memory::default();
    memory.note(contact(1), 100);
    let deal = RemoteRef { kind: RecordKind::Reservation, ..contact(1) };
    let cases = [
        (contact(1), 100, true, "as it was written, however often it is listed"),
        (contact(1), 100, true, "as it was written, however often it is listed"),
        (contact(1), 101, false, "changed after our write"),
        (contact(1), 99, false, "as it was before our write"),
        (contact(2), 100, false, "another contact of the same millisecond"),
        (deal, 100, false, "another sort of record with the same id"),
    ];
    for (subject, stamp, is_own, why) in cases {
        assert_eq!(memory.is_own(&subject, stamp), is_own, "{why}");
    }
    memory.note(contact(1), 200);
    assert!(memory.is_own(&contact(1), 200) && !memory.is_own(&contact(1), 100), "it was written again");
}

#[test]
fn the_oldest_writes_are_forgotten_and_the_newest_never() {
    let memory = Memory::default();
    (0..=2 * MOST).for_each(|id| memory.note(contact(id), 100));
    let known = (0..=2 * MOST).filter(|id| memory.is_own(&contact(*id), 100));
    assert_eq!(known.collect::<Vec<_>>(), (MOST..=2 * MOST).collect::<Vec<_>>());
    // One that was written long ago and is written again is known by its new stamp alone.
    memory.note(contact(MOST), 200);
    assert!(memory.is_own(&contact(MOST), 200) && !memory.is_own(&contact(MOST), 100));
}
