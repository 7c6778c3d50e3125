//! What a change of profiles changes in the index, and who else has to be looked at because of it.
//!
//! Others are concerned where a block is parted or comes together again, where a contact becomes everybody's or stops
//! being so, and where a name has become so frequent that it weighs less. Each happens rarely to one block, so that few
//! are looked at again.

use std::collections::{BTreeMap, BTreeSet};

use super::base::{ALL, Base, Members, place, posting};
use super::profile::FORM;
use crate::duplicates::block::{Block, CAP, DEPTHS, GENERIC, is_generic};
use crate::duplicates::compact::{Compact, Sort, View};
use crate::duplicates::compare::{bin, few};
use crate::duplicates::keys::{self, Family, Key};
use crate::model::{RecordId, RecordKind};
use crate::store::{KeptProfile, ProfileChanges, Store, StoreError};

/// What a profile is from now on.
pub(super) struct Fresh {
    pub(super) kind: RecordKind,
    pub(super) fingerprint: i64,
    pub(super) features: Compact,
}

/// Changes of the index as they grow.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) changes: ProfileChanges,
    /// Keys that were added or taken away, by how many profiles.
    moved: Vec<(Key, i64)>,
    /// The names whose bearers may weigh less or more now, with the keys of one who bears them.
    names: BTreeMap<u64, Vec<u64>>,
}

impl Draft {
    /// A profile that was `kept` is `fresh` now, or gone.
    pub(super) fn put(&mut self, record: RecordId, kept: Option<&KeptProfile>, fresh: Option<Fresh>) {
        let old = kept.map(|kept| Compact::from_bytes(kept.features.clone()));
        let before = keys_of(old.as_ref());
        let Some(fresh) = fresh else {
            if let (Some(kept), Some(old)) = (kept, &old) {
                self.changes.gone.push(kept.number);
                self.count(&old.view(), -1);
                *self.changes.counts.entry(ALL).or_default() -= 1;
                self.unpost(kept.number, before.iter());
            }
            return;
        };
        let after = keys_of(Some(&fresh.features));
        let is_same = old.as_ref().is_some_and(|old| old.bytes() == fresh.features.bytes());
        let profile = KeptProfile {
            number: kept.map_or(0, |kept| kept.number),
            record,
            kind: fresh.kind,
            fingerprint: fresh.fingerprint,
            form: FORM,
            features: fresh.features.bytes().to_vec(),
        };
        match kept {
            None => {
                *self.changes.counts.entry(ALL).or_default() += 1;
                self.count(&fresh.features.view(), 1);
                let posted = self.post(after.iter());
                self.changes.new.push((profile, posted));
            }
            Some(kept) if is_same => {
                if kept.fingerprint != profile.fingerprint || kept.kind != profile.kind {
                    self.changes.changed.push((profile, Vec::new()));
                }
            }
            Some(kept) => {
                if let Some(old) = &old {
                    self.count(&old.view(), -1);
                }
                self.count(&fresh.features.view(), 1);
                self.unpost(kept.number, before.iter().filter(|key| !after.contains(key)));
                let posted = self.post(after.iter().filter(|key| !before.contains(key)));
                self.changes.changed.push((profile, posted));
            }
        }
    }

    fn post<'k>(&mut self, keys: impl Iterator<Item = &'k Key>) -> Vec<crate::store::Posting> {
        let note = |key: &Key| {
            self.moved.push((*key, 1));
            posting(key)
        };
        keys.map(note).collect()
    }

    fn unpost<'k>(&mut self, number: i64, keys: impl Iterator<Item = &'k Key>) {
        for key in keys {
            self.moved.push((*key, -1));
            self.changes.unposted.push((posting(key), number));
        }
    }

    fn count(&mut self, view: &View<'_>, n: i64) {
        if view.sort() != Sort::Person {
            return;
        }
        let counted = keys::counted(view);
        for value in counted.values() {
            *self.changes.counts.entry(value.cast_signed()).or_default() += n;
        }
        let mut keys = Vec::new();
        keys::keys(view, &mut keys);
        let names = keys.iter().filter(|key| key.family == Family::Name).map(|key| key.hash);
        let names: Vec<u64> = names.collect();
        for full in counted.full.into_iter().filter(|full| *full != 0) {
            self.names.entry(full).or_default().extend(&names);
        }
    }

    /// Finds out who else has to be looked at. Comes before the changes are written.
    pub(super) async fn mark_others(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut base = Base::default();
        let mut others = self.of_blocks(store, &mut base).await?;
        self.of_names(store, &mut base, &mut others).await?;
        let numbers: Vec<i64> = others.into_iter().collect();
        let own: BTreeSet<RecordId> =
            self.changes.new.iter().chain(&self.changes.changed).map(|(profile, _)| profile.record).collect();
        let others = store.numbered_profiles(&numbers).await?.into_iter().map(|profile| profile.record);
        self.changes.marked = others.filter(|record| !own.contains(record)).collect();
        Ok(())
    }

    /// Those in blocks that are parted or come together, and those whose contact means something else now.
    async fn of_blocks(&self, store: &Store, base: &mut Base) -> Result<BTreeSet<i64>, StoreError> {
        let mut others = BTreeSet::new();
        let mut moved: Vec<&(Key, i64)> = self.moved.iter().collect();
        for depth in 0..=DEPTHS {
            let mut blocks: BTreeMap<Block, (i64, Vec<&Key>)> = BTreeMap::new();
            for (key, n) in moved.iter().copied() {
                let Some(block) = Block::of(key).nth(depth) else { continue };
                let (net, keys) = blocks.entry(block).or_default();
                *net += n;
                keys.extend((*n > 0).then_some(key));
            }
            base.load_blocks(store, blocks.keys().copied().collect(), 1).await?;
            for (block, (net, added)) in &blocks {
                match base.block(*block) {
                    Some(Members::Few(members)) if is_moved(members, *net, added, depth) => {
                        others.extend(members.iter().map(|(_, number)| *number));
                    }
                    Some(Members::Large(size))
                        if usize::try_from(size + net).is_ok_and(|size| size <= CAP) =>
                    {
                        let members = store.block_members(block.depth, &[place(*block)]).await?;
                        others.extend(members.into_iter().map(|(_, _, number)| number));
                    }
                    Some(Members::Few(_) | Members::Large(_)) | None => {}
                }
            }
            moved.retain(|(key, _)| {
                let block = Block::of(key).nth(depth);
                matches!(block.and_then(|block| base.block(block)), Some(Members::Large(_)))
            });
        }
        Ok(others)
    }

    /// Those who have a name that weighs less or more now.
    async fn of_names(
        &self,
        store: &Store,
        base: &mut Base,
        others: &mut BTreeSet<i64>,
    ) -> Result<(), StoreError> {
        base.load_bearers(store, self.names.keys().copied().collect()).await?;
        for (full, keys) in &self.names {
            let before = base.bearers(*full);
            let net = self.changes.counts.get(&full.cast_signed()).copied().unwrap_or_default();
            let after = u32::try_from(i64::from(before) + net).unwrap_or_default();
            if before == 0 || bin(before) == bin(after) {
                continue;
            }
            for key in keys {
                if let Some(Members::Few(members)) = base.block(Block::whole(*key)) {
                    others.extend(members.iter().map(|(_, number)| *number));
                }
            }
        }
        Ok(())
    }
}

/// Whether the members of a block have to be looked at because it grows or shrinks by `net`.
fn is_moved(members: &[(u32, i64)], net: i64, added: &[&Key], depth: usize) -> bool {
    let before = members.len();
    let after = usize::try_from(i64::try_from(before).unwrap_or(i64::MAX) + net).unwrap_or_default();
    if before == 0 || after > CAP {
        return before > 0;
    }
    let is_contact = added.first().is_none_or(|key| matches!(key.family, Family::Email | Family::Phone));
    if depth > 0 || !is_contact {
        return false;
    }
    let steps = |n: usize| few(u32::try_from(n).unwrap_or(u32::MAX));
    let surnames = || members.iter().map(|(surname, _)| u64::from(*surname));
    let with_added = surnames().chain(added.iter().map(|key| u64::from(key.parts[0])));
    let was_generic = before > GENERIC && is_generic(surnames());
    let is_generic = after > GENERIC && is_generic(with_added);
    // Who goes from a shared contact may leave one household behind: that is looked at without counting.
    (before > 1 && steps(before) != steps(after)) || was_generic != is_generic || (was_generic && net < 0)
}

fn keys_of(features: Option<&Compact>) -> Vec<Key> {
    let mut found = Vec::new();
    if let Some(features) = features {
        keys::keys(&features.view(), &mut found);
    }
    found
}
