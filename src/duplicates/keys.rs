//! Blocking keys: two profiles are compared when they have one in common.

use chrono::Datelike;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::duplicates::compact::{Name, Sort, View, tail};
use crate::duplicates::features::EmailClass;

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// First given name and main surname, whichever stands where.
    Name,
    /// Surname, initial of the given name, country.
    Initial,
    /// Sound of the given name and of the surname.
    Sound,
    /// Group of equal names, and surname.
    Nickname,
    /// A later given name, and surname.
    Later,
    /// Given name and the beginning of the surname.
    Begin,
    /// Given name and the end of the surname.
    End,
    /// Both surnames and the initial of the given name.
    Surnames,
    /// Phone number.
    Phone,
    /// E-mail address.
    Email,
    /// What stands before its `@`.
    Local,
    /// Birth date, days and months in any order, and an initial.
    Birth,
    /// Post code and sound of the surname.
    Post,
    /// Identity document.
    Document,
    /// Membership number.
    Loyalty,
    /// A company's name.
    Company,
    /// A company's tax number.
    Tax,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 17] = [
        Self::Name,
        Self::Initial,
        Self::Sound,
        Self::Nickname,
        Self::Later,
        Self::Begin,
        Self::End,
        Self::Surnames,
        Self::Phone,
        Self::Email,
        Self::Local,
        Self::Birth,
        Self::Post,
        Self::Document,
        Self::Loyalty,
        Self::Company,
        Self::Tax,
    ];
}

/// One key of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// What it is made of.
    pub family: Family,
    /// Its hash.
    pub hash: u64,
    /// What a block that is too large is parted by: first this, then the next.
    pub parts: [u32; 2],
}

/// Puts a key's parts together.
struct Maker {
    bytes: Vec<u8>,
}

impl Maker {
    fn hash(&mut self, seed: u64, parts: &[&str]) -> u64 {
        self.bytes.clear();
        for part in parts {
            self.bytes.extend_from_slice(part.as_bytes());
            self.bytes.push(0);
        }
        xxh3_64_with_seed(&self.bytes, seed)
    }

    fn part(&mut self, text: &str) -> u32 {
        let [a, b, c, d, ..] = self.hash(99, &[text]).to_le_bytes();
        if text.is_empty() { 0 } else { u32::from_le_bytes([a, b, c, d]) }
    }
}

/// The shorter way of writing a word: the same for `muller`, `mueller` and `müller`.
fn plain<'a>(name: &Name<'a>) -> &'a str {
    if !name.twin.is_empty() && name.twin.len() < name.plain.len() { name.twin } else { name.plain }
}

fn initial(text: &str) -> &str {
    text.char_indices().nth(1).map_or(text, |(end, _)| &text[..end])
}

/// How a word sounds: its first letter and its consonants, those that sound alike as one.
pub fn sound(word: &str) -> [u8; 6] {
    let mut out = [0; 6];
    let mut len = 0;
    let mut last = 0;
    let letters = word.as_bytes();
    for (at, letter) in letters.iter().copied().enumerate() {
        let next = letters.get(at + 1).copied().unwrap_or_default();
        let class = match letter {
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' => {
                if at == 0 {
                    b'a'
                } else {
                    last = 0;
                    continue;
                }
            }
            b'h' => continue,
            b'b' | b'v' | b'w' => b'b',
            b'p' if next == b'h' => b'f',
            b'p' => b'p',
            b'f' => b'f',
            b'c' if matches!(next, b'e' | b'i') => b's',
            b'c' | b'k' | b'q' | b'x' => b'k',
            b'g' | b'j' => b'g',
            b's' | b'z' => b's',
            b'd' | b't' => b't',
            b'm' | b'n' => b'n',
            other => other,
        };
        if class == last {
            continue;
        }
        last = class;
        if len < out.len() {
            out[len] = class;
            len += 1;
        }
    }
    out
}

fn sound_text(sound: &[u8; 6]) -> &str {
    let end = sound.iter().position(|byte| *byte == 0).unwrap_or(sound.len());
    std::str::from_utf8(&sound[..end]).unwrap_or_default()
}

/// Surnames of a profile whose bearers are counted.
pub const SURNAMES: usize = 2;

/// Values whose bearers are counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// First given name.
    pub given: u64,
    /// Country.
    pub country: u64,
    /// Surnames, the main one first; 0 is none.
    pub surnames: [u64; SURNAMES],
    /// Given name with each of them.
    pub full: [u64; SURNAMES],
}

impl Counted {
    /// Every value that there is.
    pub fn values(&self) -> impl Iterator<Item = u64> {
        let names = self.surnames.into_iter().chain(self.full);
        [self.given, self.country].into_iter().chain(names).filter(|value| *value != 0)
    }
}

/// What is counted of a profile.
#[must_use]
pub fn counted(view: &View<'_>) -> Counted {
    let mut maker = Maker { bytes: Vec::with_capacity(64) };
    let given = view.given().next();
    let given = given.as_ref().map_or("", plain);
    let mut counted = Counted {
        given: maker.hash(201, &[given]),
        country: maker.hash(203, &[view.country()]),
        ..Counted::default()
    };
    let main = view.main();
    let names = view.main_surname().into_iter();
    let others = view.surnames().enumerate().filter(|(at, _)| *at != main).map(|(_, name)| name);
    for (at, name) in names.chain(others).take(SURNAMES).enumerate() {
        let surname = plain(&name);
        counted.surnames[at] = maker.hash(202, &[surname]);
        counted.full[at] = maker.hash(200, &[given.min(surname), given.max(surname)]);
    }
    counted
}

/// The key of an e-mail address.
#[must_use]
pub fn email(address: &str) -> u64 {
    Maker { bytes: Vec::with_capacity(64) }.hash(Family::Email as u64, &[address])
}

/// The key of a phone number.
#[must_use]
pub fn phone(number: &str) -> u64 {
    Maker { bytes: Vec::with_capacity(64) }.hash(Family::Phone as u64, &[tail(number)])
}

/// The keys of a profile, each once.
pub fn keys(view: &View<'_>, found: &mut Vec<Key>) {
    found.clear();
    let mut maker = Maker { bytes: Vec::with_capacity(64) };
    match view.sort() {
        Sort::Dummy => {}
        Sort::Company => company(view, &mut maker, found),
        Sort::Person => {
            names(view, &mut maker, found);
            contacts(view, &mut maker, found);
        }
    }
    found.sort_unstable_by_key(|key| key.hash);
    found.dedup_by_key(|key| key.hash);
}

fn company(view: &View<'_>, maker: &mut Maker, found: &mut Vec<Key>) {
    let mut put = |family: Family, hash: u64| found.push(Key { family, hash, parts: [0; 2] });
    put(Family::Company, maker.hash(Family::Company as u64, &[view.firm()]));
    if !view.tax_id().is_empty() {
        put(Family::Tax, maker.hash(Family::Tax as u64, &[view.tax_id()]));
    }
}

fn names(view: &View<'_>, maker: &mut Maker, found: &mut Vec<Key>) {
    let given = view.given().next();
    let surname = view.main_surname().or_else(|| view.surnames().next());
    let first = given.as_ref().map_or("", plain);
    let last = surname.as_ref().map_or("", plain);
    let core = surname.as_ref().map_or("", |name| if name.core.is_empty() { plain(name) } else { name.core });
    let second = view.surnames().find(|name| surname.as_ref() != Some(name));
    let second = second.as_ref().map_or("", plain);
    let year = view.birth().map_or(0, |date| date.year().unsigned_abs());
    let by_second = maker.part(second);
    let by_given = maker.part(first);
    let country = view.country();
    let by_country = maker.part(country);
    let mut put = |family: Family, hash: u64, parts: [u32; 2]| found.push(Key { family, hash, parts });
    let is_initial = given.is_none_or(|name| name.is_initial());
    if !last.is_empty() {
        put(Family::Initial, maker.hash(1, &[core, initial(first), country]), [by_given, by_second]);
    }
    if last.is_empty() || is_initial {
        return;
    }
    put(Family::Name, maker.hash(0, &[first.min(last), first.max(last)]), [by_second, year]);
    let (sound_first, sound_last) = (sound(first), sound(last));
    put(
        Family::Sound,
        maker.hash(2, &[sound_text(&sound_first), sound_text(&sound_last)]),
        [by_country, by_given],
    );
    for group in view.nicknames() {
        put(Family::Nickname, maker.hash(3, &[core, &group.to_string()]), [by_country, by_second]);
    }
    for later in view.given().skip(1).filter(|name| !name.is_initial()) {
        put(
            Family::Later,
            maker.hash(0, &[plain(&later).min(last), plain(&later).max(last)]),
            [by_second, year],
        );
    }
    for other in view.surnames().filter(|name| surname.as_ref() != Some(name)) {
        let other = plain(&other);
        put(Family::Name, maker.hash(0, &[first.min(other), first.max(other)]), [by_country, year]);
    }
    if last.len() > 4 && last.is_ascii() {
        put(Family::Begin, maker.hash(5, &[first, &last[..4], country]), [by_second, year]);
        put(Family::End, maker.hash(6, &[first, &last[last.len() - 4..], country]), [by_second, year]);
    }
    if !second.is_empty() {
        let parts = [initial(first), last.min(second), last.max(second)];
        put(Family::Surnames, maker.hash(7, &parts), [by_given, year]);
    }
    if let Some(address) = view.address().filter(|address| !address.postal_code.is_empty()) {
        put(
            Family::Post,
            maker.hash(12, &[address.postal_code, sound_text(&sound_last)]),
            [by_given, by_second],
        );
    }
}

fn contacts(view: &View<'_>, maker: &mut Maker, found: &mut Vec<Key>) {
    let given = view.given().next();
    let surname = view.main_surname().or_else(|| view.surnames().next());
    let first = given.as_ref().map_or("", plain);
    let last = surname.as_ref().map_or("", plain);
    let by_surname = maker.part(last);
    let by_given = maker.part(first);
    let mut put = |family: Family, hash: u64, parts: [u32; 2]| found.push(Key { family, hash, parts });
    for number in view.phones() {
        put(Family::Phone, maker.hash(Family::Phone as u64, &[tail(number)]), [by_surname, by_given]);
    }
    for address in view.emails() {
        match address.class {
            EmailClass::Own | EmailClass::Relay => {}
            EmailClass::Role | EmailClass::Desk => continue,
        }
        put(Family::Email, maker.hash(Family::Email as u64, &[address.address]), [by_surname, by_given]);
        if !address.like.is_empty() {
            put(Family::Email, maker.hash(Family::Email as u64, &[address.like]), [by_surname, by_given]);
        }
        if address.class == EmailClass::Own && address.local().len() > 4 {
            put(Family::Local, maker.hash(Family::Local as u64, &[address.local()]), [by_surname, by_given]);
        }
    }
    if let Some(date) = view.birth() {
        let (day, month) = (date.day().min(date.month()), date.day().max(date.month()));
        let date = format!("{}-{day}-{month}", date.year());
        put(Family::Birth, maker.hash(11, &[&date, "g", initial(first)]), [by_surname, by_given]);
        put(Family::Birth, maker.hash(11, &[&date, "s", initial(last)]), [by_given, by_surname]);
    }
    for document in view.documents() {
        put(Family::Document, maker.hash(13, &[document.key]), [by_surname, by_given]);
    }
    for number in view.loyalty() {
        put(Family::Loyalty, maker.hash(14, &[number]), [by_surname, by_given]);
    }
}
