//! Which records a source has told already: five bytes each, so that a million of them are a few mebibytes.
//!
//! It is asked for reporting and for telling orphans, never for what becomes of a value: two of some millions of ids
//! may look like one.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::model::RemoteRef;

/// How many bits of a digest choose its bucket.
const BUCKET_BITS: u32 = 16;
/// How many of the bits that are kept tell contents apart; the other thirty tell ids apart, beside their bucket.
const CONTENT_BITS: u32 = 10;
const CONTENT: u64 = (1 << CONTENT_BITS) - 1;
/// How many bytes are kept of a record.
const KEPT: usize = 5;

/// The records that were told.
pub(super) struct Told {
    buckets: Vec<Vec<[u8; KEPT]>>,
}

/// Whether a record was told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Never.
    New,
    /// With the same content.
    Same,
    /// With another content.
    Other,
}

impl Told {
    pub(super) fn new() -> Self {
        Self { buckets: vec![Vec::new(); 1 << BUCKET_BITS] }
    }

    /// Notes a record with the digest of what was told of it, and says whether it was told before.
    pub(super) fn note(&mut self, subject: &RemoteRef, content: i64) -> Again {
        let (bucket, id) = place(subject);
        let content = content.cast_unsigned() & CONTENT;
        let Some(bucket) = self.buckets.get_mut(bucket) else { return Again::New };
        match bucket.iter().copied().map(word).find(|word| word >> CONTENT_BITS == id) {
            Some(known) if known & CONTENT == content => Again::Same,
            Some(_) => Again::Other,
            None => {
                if bucket.len() == bucket.capacity() {
                    // Doubling would leave half of the memory empty.
                    bucket.reserve_exact((bucket.len() / 8).max(4));
                }
                let [_, _, _, kept @ ..] = (id << CONTENT_BITS | content).to_be_bytes();
                bucket.push(kept);
                Again::New
            }
        }
    }

    /// Whether a record was told.
    pub(super) fn has(&self, subject: &RemoteRef) -> bool {
        let (bucket, id) = place(subject);
        let bucket = self.buckets.get(bucket);
        bucket.is_some_and(|bucket| bucket.iter().copied().map(word).any(|word| word >> CONTENT_BITS == id))
    }
}

fn word(kept: [u8; KEPT]) -> u64 {
    kept.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The bucket of an id, and what is kept of it there.
fn place(subject: &RemoteRef) -> (usize, u64) {
    let mut hasher = DefaultHasher::new();
    subject.kind.rank().hash(&mut hasher);
    subject.kind.name().hash(&mut hasher);
    subject.external_id.as_str().hash(&mut hasher);
    let digest = hasher.finish();
    let bucket = usize::try_from(digest >> (u64::BITS - BUCKET_BITS)).unwrap_or_default();
    (bucket, digest & ((1 << 30) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RecordKind;

    fn guest(number: u32) -> RemoteRef {
        RemoteRef::new(RecordKind::Person, format!("G{number}").as_str())
    }

    #[test]
    fn record_is_new_once() {
        let mut told = Told::new();
        for number in 0..20_000 {
            assert!(!told.has(&guest(number)));
            assert_eq!(told.note(&guest(number), i64::from(number)), Again::New, "{number}");
        }
        for number in 0..20_000 {
            assert!(told.has(&guest(number)));
            assert_eq!(told.note(&guest(number), i64::from(number)), Again::Same);
            assert_eq!(told.note(&guest(number), i64::from(number) + 1), Again::Other);
        }
        let company = RemoteRef::new(RecordKind::Company, "G1");
        assert!(!told.has(&company), "the kind tells them apart too");
        let kept: usize = told.buckets.iter().map(|bucket| bucket.capacity() * KEPT).sum();
        assert!(kept < 20_000 * 25, "{kept} bytes");
    }
}
