//! Blocking keys: two profiles are compared when they have one in common.

use chrono::Datelike;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::duplicates::compact::{Name, Sort, View, tail};
use crate::duplicates::features::EmailClass;

/// What keys and counted values are made of; those that were kept under another number are made anew.
pub const FORM: u16 = 2;

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
    /// Post code and sound of the surname, or of the given name.
    Post,
    /// Street and number, and an initial.
    Street,
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
    pub const ALL: [Self; 18] = [
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
        Self::Street,
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
    pub parts: [u16; 2],
}

/// Makes keys of texts.
#[derive(Default)]
struct Maker {
    bytes: Vec<u8>,
}

impl Maker {
    fn hash(&mut self, seed: u64, texts: &[&str]) -> u64 {
        self.bytes.clear();
        for text in texts {
            self.bytes.extend_from_slice(text.as_bytes());
            self.bytes.push(0);
        }
        xxh3_64_with_seed(&self.bytes, seed)
    }

    fn key(&mut self, family: Family, texts: &[&str], parts: [u16; 2]) -> Key {
        // A later given name is looked for among the first ones.
        let seed = if family == Family::Later { Family::Name as u64 } else { family as u64 };
        Key { family, hash: self.hash(seed, texts), parts }
    }

    fn part(&mut self, text: &str) -> u16 {
        let [a, b, ..] = self.hash(PART, &[text]).to_le_bytes();
        if text.is_empty() { 0 } else { u16::from_le_bytes([a, b]) }
    }
}

/// Seeds of what is hashed beside the families' keys.
const PART: u64 = 99;
const FULL: u64 = 200;
const GIVEN: u64 = 201;
const SURNAME: u64 = 202;
const COUNTRY: u64 = 203;

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
    let mut maker = Maker::default();
    let given = view.given().next();
    let given = given.as_ref().map_or("", plain);
    let mut counted = Counted {
        given: maker.hash(GIVEN, &[given]),
        country: maker.hash(COUNTRY, &[view.country()]),
        ..Counted::default()
    };
    let main = view.main();
    let names = view.main_surname().into_iter();
    let others = view.surnames().enumerate().filter(|(at, _)| *at != main).map(|(_, name)| name);
    for (at, name) in names.chain(others).take(SURNAMES).enumerate() {
        let surname = plain(&name);
        counted.surnames[at] = maker.hash(SURNAME, &[surname]);
        counted.full[at] = maker.hash(FULL, &[given.min(surname), given.max(surname)]);
    }
    counted
}

/// The key of an e-mail address.
#[must_use]
pub fn email(address: &str) -> u64 {
    Maker::default().key(Family::Email, &[address], [0; 2]).hash
}

/// The key of a phone number.
#[must_use]
pub fn phone(number: &str) -> u64 {
    Maker::default().key(Family::Phone, &[tail(number)], [0; 2]).hash
}

/// The keys of a profile, each once.
pub fn keys(view: &View<'_>, found: &mut Vec<Key>) {
    found.clear();
    let mut maker = Maker::default();
    match view.sort() {
        Sort::Dummy => {}
        Sort::Company => company(view, &mut maker, found),
        Sort::Person => {
            let words = Words::of(view, &mut maker);
            names(view, &words, &mut maker, found);
            places(view, &words, &mut maker, found);
            contacts(view, &words, &mut maker, found);
            papers(view, &words, &mut maker, found);
        }
    }
    found.sort_unstable_by_key(|key| key.hash);
    found.dedup_by_key(|key| key.hash);
}

fn company(view: &View<'_>, maker: &mut Maker, found: &mut Vec<Key>) {
    found.push(maker.key(Family::Company, &[view.firm()], [0; 2]));
    if !view.tax_id().is_empty() {
        found.push(maker.key(Family::Tax, &[view.tax_id()], [0; 2]));
    }
}

/// The words of a name that keys are made of, and their hashes that large blocks are parted by.
struct Words<'a> {
    first: &'a str,
    last: &'a str,
    /// The surname without what is glued to it.
    core: &'a str,
    second: &'a str,
    is_initial: bool,
    by_first: u16,
    by_last: u16,
    by_second: u16,
    by_country: u16,
    year: u16,
}

impl<'a> Words<'a> {
    fn of(view: &View<'a>, maker: &mut Maker) -> Self {
        let given = view.given().next();
        let surname = view.main_surname().or_else(|| view.surnames().next());
        let second = view.surnames().find(|name| surname.as_ref() != Some(name));
        let word = |name: Option<&Name<'a>>| name.map_or("", plain);
        let (first, last, second) = (word(given.as_ref()), word(surname.as_ref()), word(second.as_ref()));
        Self {
            first,
            last,
            core: surname.filter(|name| !name.core.is_empty()).map_or(last, |name| name.core),
            second,
            is_initial: given.is_none_or(|name| name.is_initial()),
            by_first: maker.part(first),
            by_last: maker.part(last),
            by_second: maker.part(second),
            by_country: maker.part(view.country()),
            year: view.birth().and_then(|date| u16::try_from(date.year()).ok()).unwrap_or_default(),
        }
    }
}

fn names(view: &View<'_>, words: &Words<'_>, maker: &mut Maker, found: &mut Vec<Key>) {
    let &Words { first, last, core, second, by_first, by_second, by_country, year, .. } = words;
    let country = view.country();
    let mut put =
        |family: Family, texts: &[&str], parts: [u16; 2]| found.push(maker.key(family, texts, parts));
    if !last.is_empty() {
        put(Family::Initial, &[core, initial(first), country], [by_first, by_second]);
    }
    if last.is_empty() || words.is_initial {
        return;
    }
    put(Family::Name, &[first.min(last), first.max(last)], [by_second, year]);
    let (one, other) = (sound(first), sound(last));
    put(
        Family::Sound,
        &[sound_text((&one).min(&other)), sound_text((&one).max(&other))],
        [by_country, by_first],
    );
    for group in view.nicknames() {
        put(Family::Nickname, &[core, &group.to_string()], [by_country, by_second]);
    }
    for later in view.given().skip(1).filter(|name| !name.is_initial()) {
        let later = plain(&later);
        put(Family::Later, &[later.min(last), later.max(last)], [by_second, year]);
    }
    for other in view.surnames().map(|name| plain(&name)).filter(|name| *name != last) {
        put(Family::Name, &[first.min(other), first.max(other)], [by_country, year]);
    }
    if last.len() > 4 && last.is_ascii() {
        put(Family::Begin, &[first, &last[..4], country], [by_second, year]);
        put(Family::End, &[first, &last[last.len() - 4..], country], [by_second, year]);
    }
    if !second.is_empty() {
        put(Family::Surnames, &[initial(first), last.min(second), last.max(second)], [by_first, year]);
    }
}

fn places(view: &View<'_>, words: &Words<'_>, maker: &mut Maker, found: &mut Vec<Key>) {
    let Some(address) = view.address() else { return };
    if words.last.is_empty() || words.is_initial {
        return;
    }
    let &Words { first, last, by_first, by_last, by_second, .. } = words;
    let mut put =
        |family: Family, texts: &[&str], by: u16| found.push(maker.key(family, texts, [by, by_second]));
    if !address.postal_code.is_empty() {
        put(Family::Post, &[address.postal_code, sound_text(&sound(last))], by_first);
        put(Family::Post, &[address.postal_code, sound_text(&sound(first))], by_last);
    }
    if !address.street.is_empty() && !address.number.is_empty() {
        put(Family::Street, &[address.street, address.number, initial(first)], by_last);
    }
}

fn contacts(view: &View<'_>, words: &Words<'_>, maker: &mut Maker, found: &mut Vec<Key>) {
    let by = [words.by_last, words.by_first];
    let mut put = |family: Family, text: &str| found.push(maker.key(family, &[text], by));
    for number in view.phones() {
        put(Family::Phone, tail(number));
    }
    for address in view.emails() {
        match address.class {
            EmailClass::Own | EmailClass::Relay => {}
            EmailClass::Role | EmailClass::Desk => continue,
        }
        put(Family::Email, address.address);
        if !address.like.is_empty() {
            put(Family::Email, address.like);
        }
        if address.class == EmailClass::Own && address.local().len() > 4 {
            put(Family::Local, address.local());
        }
    }
}

fn papers(view: &View<'_>, words: &Words<'_>, maker: &mut Maker, found: &mut Vec<Key>) {
    let &Words { first, last, by_first, by_last, .. } = words;
    if let Some(date) = view.birth() {
        let (low, high) = (date.day().min(date.month()), date.day().max(date.month()));
        let date = format!("{}-{low}-{high}", date.year());
        found.push(maker.key(Family::Birth, &[&date, initial(first)], [by_last, by_first]));
        found.push(maker.key(Family::Birth, &[&date, initial(last)], [by_first, by_last]));
    }
    for document in view.documents() {
        found.push(maker.key(Family::Document, &[document.key], [by_last, by_first]));
    }
    for number in view.loyalty() {
        found.push(maker.key(Family::Loyalty, &[number], [by_last, by_first]));
    }
}
