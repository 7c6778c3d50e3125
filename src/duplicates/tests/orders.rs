//! What is found does not depend on the order in which profiles came.

use std::collections::BTreeSet;

use super::base::{card, person};
use crate::duplicates::compact::Compact;
use crate::duplicates::index::Builder;
use crate::duplicates::score::WEIGHTS;
use crate::duplicates::{Profile, scan};

/// Numbers that look like chance and are always the same.
struct Luck(u64);

impl Luck {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound
    }
}

/// Profile `n`: a third of the people are there more than once, spelt in another way, with an address or without.
fn profile(n: usize) -> Compact {
    let mut luck = Luck(n as u64 / 3 * 2 + 1);
    let syllables = ["mar", "lo", "ri", "bel", "an", "to", "gar", "cas", "ve", "sol", "due", "nas"];
    let mut word = |parts: usize| (0..parts).map(|_| syllables[luck.below(12)]).collect::<String>();
    let (first, last, second) = (word(2), word(3), word(2));
    let (phone, mail) = (luck.below(9_000_000), luck.below(100_000));
    let mut own = Luck(n as u64 * 77 + 5);
    let last = if own.below(3) == 0 { format!("{last} {second}") } else { last };
    let first = if own.below(9) == 0 { first[..1].to_owned() } else { first };
    let (phone, mail) = (format!("+346{:08}", phone + 10_000_000), format!("{first}{mail}@example.org"));
    let (phones, emails) = ([phone.as_str()], [mail.as_str()]);
    let kept = own.below(3);
    card(&Profile {
        phones: if kept == 0 { &[] } else { &phones },
        emails: if kept == 1 { &[] } else { &emails },
        ..person(&first, &last)
    })
}

/// The groups that are found when the profiles come in this order, by their own numbers.
fn groups(cards: &[Compact], order: &[usize]) -> BTreeSet<BTreeSet<usize>> {
    let mut builder = Builder::default();
    for n in order {
        builder.add(cards[*n].clone());
    }
    let index = builder.build(2);
    let found = scan::groups(&index, &WEIGHTS, &scan::pairs(&index, &WEIGHTS, 2));
    found.iter().map(|group| group.iter().map(|id| order[*id as usize]).collect()).collect()
}

#[test]
fn same_groups_whatever_the_order() {
    let n = 10_000;
    let cards: Vec<Compact> = (0..n).map(profile).collect();
    let mut order: Vec<usize> = (0..n).collect();
    let first = groups(&cards, &order);
    assert!(first.len() > n / 10, "{} groups", first.len());
    for seed in 0..20 {
        let mut luck = Luck(seed);
        for at in (1..n).rev() {
            order.swap(at, luck.below(at + 1));
        }
        assert_eq!(groups(&cards, &order), first, "shuffle {seed}");
    }
}
