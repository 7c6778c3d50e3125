//! Reading features where they lie.

use super::{BITS, BODY, HEADER, Section, Sort};
use crate::duplicates::features::{Check, DocumentKind, EmailClass, Gender};

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

/// Features to read.
#[derive(Clone, Copy)]
pub struct View<'a>(&'a str);

/// Takes texts off the front of a section.
#[derive(Clone)]
struct Texts<'a>(&'a str);

impl<'a> Texts<'a> {
    fn number(&mut self) -> Option<u8> {
        let first = *self.0.as_bytes().first()?;
        self.0 = self.0.get(1..)?;
        Some(first)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::from(self.number()?);
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }
}

impl<'a> View<'a> {
    /// Features that were kept.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    fn head(&self, at: usize) -> u8 {
        self.0.as_bytes().get(at).copied().unwrap_or_default()
    }

    /// A number of the header that `N` characters hold.
    fn number<const N: usize>(&self, at: usize) -> usize {
        (0..N).rev().fold(0, |number, place| number << BITS | usize::from(self.head(at + place)))
    }

    fn code(&self, at: usize) -> &'a str {
        self.0.get(at..at + 2).filter(|_| self.head(at) != 0).unwrap_or_default()
    }

    fn section(&self, section: Section) -> Texts<'a> {
        let end = |section: usize| self.number::<2>(HEADER + section * 2);
        let begin = (section as usize).checked_sub(1).map_or(BODY, end);
        Texts(self.0.get(begin..end(section as usize)).unwrap_or_default())
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
        let days = i32::try_from(self.number::<4>(3)).unwrap_or_default();
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
        let pairs = self.section(Section::Nicknames).0.as_bytes().chunks_exact(2);
        pairs.map(|pair| u16::from(pair[0]) | u16::from(pair[1]) << BITS)
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
            let class = match texts.number()? {
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
            let kind = match texts.number()? {
                0 => DocumentKind::NationalId,
                1 => DocumentKind::Residence,
                2 => DocumentKind::Passport,
                3 => DocumentKind::TaxId,
                4 => DocumentKind::Driving,
                _ => DocumentKind::Other,
            };
            let check = match texts.number()? {
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
