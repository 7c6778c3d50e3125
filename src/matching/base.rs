//! A part of the index, loaded: enough to say who is worth comparing with whom and where each stands. What is not loaded
//! counts as absent.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use xxhash_rust::xxh3::xxh3_64;

use crate::duplicates::block::{Block, CAP, DEPTHS, GENERIC, is_generic, standing};
use crate::duplicates::compact::{Compact, View};
use crate::duplicates::compare::Side;
use crate::duplicates::keys::{self, Key};
use crate::model::{RecordId, RecordKind};
use crate::store::{KeptProfile, Posting, Store, StoreError};

/// The count under which all profiles are counted. No value has it but by chance.
pub(super) const ALL: i64 = 1;
/// How far the sizes of blocks are counted: enough to see one that is about to become small again.
const COUNTED: u32 = 62;

/// A profile that was loaded.
pub(super) struct Card {
    /// The profile.
    pub(super) record: RecordId,
    /// Its kind.
    pub(super) kind: RecordKind,
    /// Its features.
    pub(super) features: Compact,
}

/// The profiles of a block.
pub(super) enum Members {
    /// Each with the first part of its own key.
    Few(Vec<(u32, i64)>),
    /// Too many to be compared with each other; how many, as far as it was counted.
    Large(i64),
}

/// What was loaded.
#[derive(Default)]
pub(super) struct Base {
    cards: HashMap<i64, Card>,
    bearers: HashMap<u64, u32>,
    blocks: HashMap<Block, Members>,
}

impl Base {
    /// A profile.
    pub(super) fn card(&self, number: i64) -> Option<&Card> {
        self.cards.get(&number)
    }

    /// The features of a profile; nobody's when it was not loaded.
    pub(super) fn view(&self, number: i64) -> View<'_> {
        self.cards.get(&number).map_or(View::new(""), |card| card.features.view())
    }

    /// A number that depends on a profile's features only.
    pub(super) fn rank(&self, number: i64) -> u64 {
        self.cards.get(&number).map_or(0, |card| xxh3_64(card.features.bytes()))
    }

    /// The profiles of a block.
    pub(super) fn block(&self, block: Block) -> Option<&Members> {
        self.blocks.get(&block)
    }

    /// How many have a counted value.
    pub(super) fn bearers(&self, value: u64) -> u32 {
        self.bearers.get(&value).copied().unwrap_or_default()
    }

    /// How many profiles there are.
    pub(super) fn n_profiles(&self) -> usize {
        self.bearers(ALL.cast_unsigned()) as usize
    }

    /// A profile with its place.
    pub(super) fn side(&self, number: i64) -> Side<'_> {
        let view = self.view(number);
        let bearers = |value| self.bearers(value);
        let sharers = |hash| match self.blocks.get(&Block::whole(hash)) {
            // One who has it alone shares it with nobody.
            None => Some(0),
            Some(Members::Few(members)) if members.len() < 2 => Some(0),
            Some(Members::Few(members)) => {
                let surnames = members.iter().map(|(surname, _)| u64::from(*surname));
                let is_shared = members.len() > GENERIC && is_generic(surnames);
                (!is_shared).then(|| u32::try_from(members.len()).unwrap_or(u32::MAX))
            }
            Some(Members::Large(_)) => None,
        };
        Side { view, standing: standing(&view, bearers, sharers) }
    }

    /// The profiles that are worth comparing with one whose blocks are loaded, each once.
    pub(super) fn candidates(&self, number: i64, buffer: &mut Vec<Key>) -> BTreeSet<i64> {
        keys::keys(&self.view(number), buffer);
        let mut found = BTreeSet::new();
        for key in buffer.iter() {
            let few = Block::of(key).find_map(|block| match self.blocks.get(&block) {
                Some(Members::Few(members)) => Some(members),
                Some(Members::Large(_)) | None => None,
            });
            found.extend(few.into_iter().flatten().map(|(_, member)| *member));
        }
        found.remove(&number);
        found
    }

    /// Puts in what is known already.
    pub(super) fn insert(&mut self, number: i64, card: Card) {
        self.cards.insert(number, card);
    }

    /// Loads those of these profiles that are not there yet.
    pub(super) async fn load_profiles(&mut self, store: &Store, numbers: &[i64]) -> Result<(), StoreError> {
        let missing: BTreeSet<i64> =
            numbers.iter().copied().filter(|number| !self.cards.contains_key(number)).collect();
        for profile in store.numbered_profiles(&missing.into_iter().collect::<Vec<_>>()).await? {
            self.insert(profile.number, Card::from(profile));
        }
        Ok(())
    }

    /// Loads the blocks of these profiles, and of one that is too large the part that they stand in.
    pub(super) async fn load_candidates(&mut self, store: &Store, numbers: &[i64]) -> Result<(), StoreError> {
        let (mut keys, mut buffer) = (Vec::new(), Vec::new());
        for number in numbers {
            keys::keys(&self.view(*number), &mut buffer);
            keys.append(&mut buffer);
        }
        for depth in 0..=DEPTHS {
            let wanted = keys.iter().filter_map(|key| Block::of(key).nth(depth)).collect();
            self.load_blocks(store, wanted, 2).await?;
            keys.retain(|key| {
                let block = Block::of(key).nth(depth);
                matches!(block.and_then(|block| self.blocks.get(&block)), Some(Members::Large(_)))
            });
        }
        Ok(())
    }

    /// Loads what says where these profiles stand.
    pub(super) async fn load_standings(&mut self, store: &Store, numbers: &[i64]) -> Result<(), StoreError> {
        let (mut values, mut blocks) = (BTreeSet::from([ALL.cast_unsigned()]), BTreeSet::new());
        for number in numbers {
            let view = self.view(*number);
            values.extend(keys::counted(&view).values());
            blocks.extend(view.emails().map(|email| Block::whole(keys::email(email.address))));
            blocks.extend(view.phones().map(|phone| Block::whole(keys::phone(phone))));
        }
        self.load_bearers(store, values).await?;
        self.load_blocks(store, blocks, 2).await
    }

    /// Loads how many have these values.
    pub(super) async fn load_bearers(
        &mut self,
        store: &Store,
        values: BTreeSet<u64>,
    ) -> Result<(), StoreError> {
        let missing = values.into_iter().filter(|value| !self.bearers.contains_key(value));
        let missing: Vec<i64> = missing.map(u64::cast_signed).collect();
        for (value, n) in store.bearers(&missing).await? {
            self.bearers.insert(value.cast_unsigned(), u32::try_from(n).unwrap_or_default());
        }
        Ok(())
    }

    /// Loads those of these blocks that are not there yet; of one of fewer than `fewest` the members are left out.
    pub(super) async fn load_blocks(
        &mut self,
        store: &Store,
        blocks: BTreeSet<Block>,
        fewest: i64,
    ) -> Result<(), StoreError> {
        let mut of_depth: BTreeMap<u8, Vec<Posting>> = BTreeMap::new();
        for block in blocks.into_iter().filter(|block| !self.blocks.contains_key(block)) {
            of_depth.entry(block.depth).or_default().push(place(block));
        }
        for (depth, places) in of_depth {
            let mut small = Vec::new();
            for (place, size) in store.block_sizes(depth, &places, COUNTED).await? {
                let is_large = usize::try_from(size).unwrap_or_default() > CAP;
                if !is_large && size >= fewest {
                    small.push(place);
                }
                let members = if is_large { Members::Large(size) } else { Members::Few(Vec::new()) };
                self.blocks.insert(block_at(depth, place), members);
            }
            for (place, first, number) in store.block_members(depth, &small).await? {
                if let Some(Members::Few(members)) = self.blocks.get_mut(&block_at(depth, place)) {
                    members.push((u32::try_from(first).unwrap_or_default(), number));
                }
            }
        }
        Ok(())
    }
}

impl From<KeptProfile> for Card {
    fn from(profile: KeptProfile) -> Self {
        let KeptProfile { record, kind, features, .. } = profile;
        Self { record, kind, features: Compact::from_bytes(features) }
    }
}

/// Where a block stands in the store.
pub(super) fn place(block: Block) -> Posting {
    Posting { hash: block.hash.cast_signed(), parts: block.parts.map(i64::from) }
}

/// Where a key is posted.
pub(super) fn posting(key: &Key) -> Posting {
    Posting { hash: key.hash.cast_signed(), parts: key.parts.map(i64::from) }
}

fn block_at(depth: u8, place: Posting) -> Block {
    let part = |part: i64| u16::try_from(part).unwrap_or_default();
    Block { hash: place.hash.cast_unsigned(), parts: place.parts.map(part), depth }
}
