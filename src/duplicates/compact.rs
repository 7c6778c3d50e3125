//! Features as bytes: the form that is kept, in memory for each of millions and in the store for each profile.
//!
//! A header of fixed size, then a section per list. Reading borrows and never allocates. Bytes that are no features read
//! as a dummy or as empty lists: nothing panics on a damaged row.

use smol_str::SmolStr;

use crate::duplicates::features::{
    Check, DocumentKind, EmailClass, Features, Gender, Order, Person, Place, Style, Subject,
};
use crate::model::value::{Country, Language};

/// What the bytes mean; features that were kept under another number are made anew.
pub const FORM: u16 = 1;
/// Most entries of a list that are kept: beyond it a profile is no person's.
const MOST: usize = 12;
const SECTIONS: usize = 9;
const HEADER: usize = 13;
const BODY: usize = HEADER + SECTIONS * 2;

/// The features of one profile as bytes. Personal data: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Compact(Box<[u8]>);

/// Who a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Somebody.
    Person,
    /// A company or an agency.
    Company,
    /// Nobody: it takes no part.
    Dummy,
}

/// The lists, in the order in which they stand.
#[derive(Clone, Copy)]
enum Section {
    Given,
    Nicknames,
    Surnames,
    Firm,
    Emails,
    Phones,
    Documents,
    Loyalty,
    Place,
}

/// A word of a name with its other way of writing, empty where there is none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    /// Without accents.
    pub plain: &'a str,
    /// The other way of writing it.
    pub twin: &'a str,
    /// A surname without what is glued to it.
    pub core: &'a str,
}

impl Name<'_> {
    /// Whether two words have a form in common.
    pub fn is_same(&self, other: &Self) -> bool {
        let has = |form: &str| {
            !form.is_empty() && (form == other.plain || form == other.twin || form == other.core)
        };
        has(self.plain) || has(self.twin) || has(self.core)
    }

    /// Whether it is one letter only.
    pub fn is_initial(&self) -> bool {
        self.plain.chars().nth(1).is_none()
    }
}

/// An e-mail address.
#[derive(Clone, Copy)]
pub struct Email<'a> {
    /// Whose it is.
    pub class: EmailClass,
    /// Canonical form.
    pub address: &'a str,
    /// What was probably meant; empty where it is as it should be.
    pub like: &'a str,
}

impl<'a> Email<'a> {
    /// What stands before the `@`.
    pub fn local(&self) -> &'a str {
        self.address.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// An identity document.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// What it is.
    pub kind: DocumentKind,
    /// What its check says.
    pub check: Check,
    /// Who issued it: a code, or empty.
    pub country: &'a str,
    /// Letters and digits, `O` as `0` and `I` as `1`.
    pub key: &'a str,
}

/// An address.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Address<'a> {
    /// The street's own words.
    pub street: &'a str,
    /// House number.
    pub number: &'a str,
    /// Post code.
    pub postal_code: &'a str,
    /// City.
    pub city: &'a str,
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        let mut end = text.len().min(usize::from(u8::MAX));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.bytes.push(u8::try_from(end).unwrap_or_default());
        self.bytes.extend_from_slice(&text.as_bytes()[..end]);
    }

    fn twin(&mut self, text: Option<&SmolStr>) {
        self.text(text.map_or("", SmolStr::as_str));
    }

    fn begin(&mut self, section: Section) {
        let at = u16::try_from(self.bytes.len()).unwrap_or(u16::MAX).to_le_bytes();
        let slot = HEADER + section as usize * 2;
        self.bytes[slot..slot + 2].copy_from_slice(&at);
    }
}

impl Compact {
    /// The bytes of features.
    #[must_use]
    pub fn of(features: &Features) -> Self {
        let mut to = Writer { bytes: Vec::with_capacity(192) };
        to.bytes.resize(BODY, 0);
        to.bytes[0] = match &features.subject {
            Subject::Person(_) => 1,
            Subject::Company(_) => 2,
            Subject::Dummy => 0,
        };
        let code = |code: Option<&str>| {
            let bytes = code.unwrap_or_default().as_bytes();
            [bytes.first().copied().unwrap_or_default(), bytes.get(1).copied().unwrap_or_default()]
        };
        let country = |country: Option<&Country>| code(country.map(|country| country.0.as_str()));
        let language = |language: Option<&Language>| code(language.map(|language| language.0.as_str()));
        to.bytes[7..9].copy_from_slice(&country(features.country.as_ref()));
        to.bytes[9..11].copy_from_slice(&country(features.nationality.as_ref()));
        to.bytes[11..13].copy_from_slice(&language(features.language.as_ref()));
        to.subject(&features.subject);
        to.contacts(features);
        Self(to.bytes.into_boxed_slice())
    }

    /// The bytes to keep.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Kept bytes.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes.into_boxed_slice())
    }

    /// Reads them.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View(&self.0)
    }
}

impl Writer {
    fn subject(&mut self, subject: &Subject) {
        match subject {
            Subject::Person(person) => self.person(person),
            Subject::Company(company) => {
                self.begin(Section::Firm);
                self.text(&company.name);
                self.twin(company.tax_id.as_ref());
            }
            Subject::Dummy => {}
        }
    }

    fn person(&mut self, person: &Person) {
        let name = &person.name;
        let gender = person.gender.map_or(0, |gender| match gender {
            Gender::Female => 1,
            Gender::Male => 2,
        });
        let style = u8::from(name.style == Style::Two) << 2;
        let guessed = u8::from(name.order == Order::Guessed) << 3;
        let generation = name.generation.map_or(0, |generation| generation as u8 + 1) << 4;
        self.bytes[1] = gender | style | guessed | generation;
        self.bytes[2] = name.main;
        let days = person.birth.map_or(0, |birth| chrono::Datelike::num_days_from_ce(&birth.0));
        self.bytes[3..7].copy_from_slice(&days.to_le_bytes());
        self.begin(Section::Given);
        for word in name.given.iter().take(MOST) {
            self.text(&word.plain);
            self.twin(word.twin.as_ref());
        }
        self.begin(Section::Nicknames);
        for group in &name.nicknames {
            self.bytes.extend_from_slice(&group.0.to_le_bytes());
        }
        self.begin(Section::Surnames);
        for surname in name.surnames.iter().take(MOST) {
            self.text(&surname.word.plain);
            self.twin(surname.word.twin.as_ref());
            self.twin(surname.core.as_ref());
        }
        self.begin(Section::Firm);
        self.twin(person.employer.as_ref());
        self.text("");
    }

    fn contacts(&mut self, features: &Features) {
        self.begin(Section::Emails);
        for email in features.emails.iter().take(MOST) {
            self.bytes.push(email.class as u8);
            self.text(&email.address);
            self.twin(email.like.as_ref());
        }
        self.begin(Section::Phones);
        for phone in features.phones.iter().take(MOST) {
            self.text(&phone.number);
        }
        self.begin(Section::Documents);
        for document in features.documents.iter().take(MOST) {
            self.bytes.extend_from_slice(&[document.kind as u8, document.check as u8]);
            self.text(document.country.as_ref().map_or("", |country| country.0.as_str()));
            self.text(&document.key);
        }
        self.begin(Section::Loyalty);
        for number in features.loyalty.iter().take(MOST) {
            self.text(number);
        }
        self.begin(Section::Place);
        if let Some(Place { street, number, postal_code, city }) = &features.place {
            for part in [street, number, postal_code, city] {
                self.text(part);
            }
        }
    }
}

/// Features to read.
#[derive(Clone, Copy)]
pub struct View<'a>(&'a [u8]);

/// Takes texts off the front of bytes.
#[derive(Clone)]
struct Texts<'a>(&'a [u8]);

impl<'a> Texts<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::from(self.byte()?);
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

impl<'a> View<'a> {
    /// Features that were kept as bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn head(&self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or_default()
    }

    fn code(&self, at: usize) -> &'a str {
        let bytes = self.0.get(at..at + 2).filter(|bytes| bytes[0] != 0).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The bytes of a section: up to where the next one that there is begins.
    fn section(&self, section: Section) -> Texts<'a> {
        let at = |slot: usize| {
            let slot = HEADER + slot * 2;
            usize::from(u16::from_le_bytes([self.head(slot), self.head(slot + 1)]))
        };
        let begin = at(section as usize);
        if begin == 0 {
            return Texts(&[]);
        }
        let end = (section as usize + 1..SECTIONS).map(at).find(|end| *end > 0).unwrap_or(self.0.len());
        Texts(self.0.get(begin..end).unwrap_or_default())
    }

    /// Who it is.
    #[must_use]
    pub fn sort(&self) -> Sort {
        match self.head(0) {
            1 => Sort::Person,
            2 => Sort::Company,
            _ => Sort::Dummy,
        }
    }

    /// Gender.
    #[must_use]
    pub fn gender(&self) -> Option<Gender> {
        match self.head(1) & 3 {
            1 => Some(Gender::Female),
            2 => Some(Gender::Male),
            _ => None,
        }
    }

    /// Whether people of this country have two surnames.
    #[must_use]
    pub fn has_two_surnames(&self) -> bool {
        self.head(1) & 4 != 0
    }

    /// Whether it is a guess which words are surnames.
    #[must_use]
    pub fn is_guessed(&self) -> bool {
        self.head(1) & 8 != 0
    }

    /// Which of a family's bearers of one name: 0 is not said.
    #[must_use]
    pub fn generation(&self) -> u8 {
        self.head(1) >> 4
    }

    /// Which surname is the main one.
    #[must_use]
    pub fn main(&self) -> usize {
        usize::from(self.head(2))
    }

    /// Birth date.
    #[must_use]
    pub fn birth(&self) -> Option<chrono::NaiveDate> {
        let days = i32::from_le_bytes([self.head(3), self.head(4), self.head(5), self.head(6)]);
        chrono::NaiveDate::from_num_days_from_ce_opt(days).filter(|_| days != 0)
    }

    /// Country of residence, or empty.
    #[must_use]
    pub fn country(&self) -> &'a str {
        self.code(7)
    }

    /// Nationality, or empty.
    #[must_use]
    pub fn nationality(&self) -> &'a str {
        self.code(9)
    }

    /// Language, or empty.
    #[must_use]
    pub fn language(&self) -> &'a str {
        self.code(11)
    }

    /// Given names in their order.
    pub fn given(&self) -> impl Iterator<Item = Name<'a>> + Clone + use<'a> {
        let mut texts = self.section(Section::Given);
        std::iter::from_fn(move || Some(Name { plain: texts.text()?, twin: texts.text()?, core: "" }))
    }

    /// The groups of equal names that the given names belong to, sorted.
    pub fn nicknames(&self) -> impl Iterator<Item = u16> + Clone + use<'a> {
        self.section(Section::Nicknames).0.chunks_exact(2).map(|id| u16::from_le_bytes([id[0], id[1]]))
    }

    /// Surnames in their order.
    pub fn surnames(&self) -> impl Iterator<Item = Name<'a>> + Clone + use<'a> {
        let mut texts = self.section(Section::Surnames);
        std::iter::from_fn(move || {
            Some(Name { plain: texts.text()?, twin: texts.text()?, core: texts.text()? })
        })
    }

    /// The surname that is the family's main one.
    #[must_use]
    pub fn main_surname(&self) -> Option<Name<'a>> {
        self.surnames().nth(self.main())
    }

    /// E-mail addresses.
    pub fn emails(&self) -> impl Iterator<Item = Email<'a>> + Clone + use<'a> {
        let mut texts = self.section(Section::Emails);
        std::iter::from_fn(move || {
            let class = match texts.byte()? {
                1 => EmailClass::Relay,
                2 => EmailClass::Role,
                3 => EmailClass::Desk,
                _ => EmailClass::Own,
            };
            Some(Email { class, address: texts.text()?, like: texts.text()? })
        })
    }

    /// Phone numbers: E.164, or digits.
    pub fn phones(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        let mut texts = self.section(Section::Phones);
        std::iter::from_fn(move || texts.text())
    }

    /// Identity documents.
    pub fn documents(&self) -> impl Iterator<Item = Document<'a>> + Clone + use<'a> {
        let mut texts = self.section(Section::Documents);
        std::iter::from_fn(move || {
            let kind = match texts.byte()? {
                0 => DocumentKind::NationalId,
                1 => DocumentKind::Residence,
                2 => DocumentKind::Passport,
                3 => DocumentKind::TaxId,
                4 => DocumentKind::Driving,
                _ => DocumentKind::Other,
            };
            let check = match texts.byte()? {
                1 => Check::Right,
                2 => Check::Added,
                3 => Check::Wrong,
                _ => Check::None,
            };
            Some(Document { kind, check, country: texts.text()?, key: texts.text()? })
        })
    }

    /// Membership numbers.
    pub fn loyalty(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        let mut texts = self.section(Section::Loyalty);
        std::iter::from_fn(move || texts.text())
    }

    /// Address.
    #[must_use]
    pub fn address(&self) -> Option<Address<'a>> {
        let mut texts = self.section(Section::Place);
        Some(Address {
            street: texts.text()?,
            number: texts.text()?,
            postal_code: texts.text()?,
            city: texts.text()?,
        })
    }

    /// A company's name, or a person's employer; empty where there is none.
    #[must_use]
    pub fn firm(&self) -> &'a str {
        self.section(Section::Firm).text().unwrap_or_default()
    }

    /// A company's tax number, or empty.
    #[must_use]
    pub fn tax_id(&self) -> &'a str {
        let mut texts = self.section(Section::Firm);
        texts.text().and_then(|_| texts.text()).unwrap_or_default()
    }
}

/// The last nine digits of a phone number.
#[must_use]
pub fn tail(phone: &str) -> &str {
    phone.get(phone.len().saturating_sub(9)..).unwrap_or(phone)
}
