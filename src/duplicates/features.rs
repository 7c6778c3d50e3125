//! What comparing and blocking need of a profile: owned, compact, folded. Personal data: none of it is logged.

use chrono::{Datelike, NaiveDate};
use smol_str::SmolStr;

use crate::model::value::{Country, Language};

/// The features of one profile.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Features {
    /// Who it is; companies and dummies are never compared with people.
    pub subject: Subject,
    /// E-mail addresses.
    pub emails: Box<[Email]>,
    /// Phone numbers.
    pub phones: Box<[Phone]>,
    /// Identity documents.
    pub documents: Box<[Document]>,
    /// Membership numbers without their prefix.
    pub loyalty: Box<[SmolStr]>,
    /// Address.
    pub place: Option<Place>,
    /// Country of residence.
    pub country: Option<Country>,
    /// Nationality.
    pub nationality: Option<Country>,
    /// Language.
    pub language: Option<Language>,
}

/// Who a profile is.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub enum Subject {
    /// Somebody.
    Person(Person),
    /// A company or an agency.
    Company(Company),
    /// `GROUP ROOM`, `TBA`, or no name at all: it takes no part in matching.
    Dummy,
}

/// What tells one person from another.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Person {
    /// Name.
    pub name: PersonName,
    /// Gender, from the field or the title.
    pub gender: Option<Gender>,
    /// Birth date; placeholders are none.
    pub birth: Option<Birth>,
    /// The company that the person travels for.
    pub employer: Option<SmolStr>,
}

/// Gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// A person's name.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct PersonName {
    /// Given names in their order; a name of one letter is an initial.
    pub given: Box<[Word]>,
    /// The groups of equal names that the given names belong to, sorted.
    pub nicknames: Box<[GroupId]>,
    /// Surnames in their order.
    pub surnames: Box<[Surname]>,
    /// Which surname is the family's main one.
    pub main: u8,
    /// Whether a second surname is another family's name or the other half of a double one.
    pub style: Style,
    /// How sure it is which words are the surnames.
    pub order: Order,
    /// `Jr`, `Sr`, `III`.
    pub generation: Option<Generation>,
}

impl PersonName {
    /// The given names in one piece: `Juan Carlos`, `Juan-Carlos` and `JUANCARLOS` are the same.
    pub fn joined(&self) -> SmolStr {
        self.given.iter().map(|word| word.plain.as_str()).collect()
    }

    /// Every word of the name, sorted: the same whichever field each stood in.
    pub fn full(&self) -> SmolStr {
        let surnames = self.surnames.iter().map(|surname| surname.word.plain.as_str());
        let mut words: Vec<&str> =
            self.given.iter().map(|word| word.plain.as_str()).chain(surnames).collect();
        words.sort_unstable();
        words.join(" ").into()
    }

    /// The surname that is the family's main one.
    pub fn main_surname(&self) -> Option<&Surname> {
        self.surnames.get(usize::from(self.main))
    }

    /// The surname beside the main one, of people who have two; the other half of a double-barrelled name is none.
    pub fn second_surname(&self) -> Option<&Surname> {
        if self.style == Style::One {
            return None;
        }
        match (self.surnames.len(), self.main) {
            (0 | 1, _) => None,
            (_, 0) => self.surnames.get(1),
            (_, _) => self.surnames.first(),
        }
    }
}

/// The id of a line of the table of nicknames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u16);

/// How the words of a name came by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Given names and surnames stood in their own fields.
    #[default]
    Fields,
    /// `LAST, FIRST` or the machine-readable zone.
    Marked,
    /// One field without a mark: a guess.
    Guessed,
}

/// How a person's country forms surnames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// One surname, perhaps double-barrelled: either half may stand alone.
    #[default]
    One,
    /// Two surnames, one of each parent's; the second is often left out.
    Two,
}

/// Which of a family's bearers of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// The elder.
    Senior,
    /// The younger.
    Junior,
    /// The third.
    Third,
}

/// A word of a name in the two ways in which it may be written without accents.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Word {
    /// Without accents: `muller`, `mueller`.
    pub plain: SmolStr,
    /// The other way of writing it: `mueller` for `müller`, `muller` for `mueller`.
    pub twin: Option<SmolStr>,
}

impl Word {
    /// Whether it is one letter only.
    pub fn is_initial(&self) -> bool {
        self.plain.chars().nth(1).is_none()
    }

    /// Its forms.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.plain.as_str()).chain(self.twin.as_deref())
    }

    /// Whether two words have a form in common.
    pub fn is_same(&self, other: &Self) -> bool {
        self.forms().any(|form| other.forms().any(|theirs| theirs == form))
    }
}

/// One surname.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surname {
    /// The surname without the particles that stand apart, with those that are written together: `cruz`, `ocomood`.
    pub word: Word,
    /// Without the latter either, where they can be told: `comood`.
    pub core: Option<SmolStr>,
    /// The particles that stand before it, for display: `de la`.
    pub particles: SmolStr,
}

/// A birth date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Birth(pub NaiveDate);

impl Birth {
    /// The date with day and month the other way round, where that is another date.
    pub fn swapped(self) -> Option<NaiveDate> {
        let other = NaiveDate::from_ymd_opt(self.0.year(), self.0.day(), self.0.month())?;
        (other != self.0).then_some(other)
    }
}

/// Whose an e-mail address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailClass {
    /// A person's, as far as the address tells.
    Own,
    /// A booking portal's relay: equal is evidence, different is none.
    Relay,
    /// A role: `info@`, `reception@`.
    Role,
    /// Perhaps the desk of a company, agency or operator that books for others: `travel@`, `reservas@`.
    Desk,
}

/// An e-mail address.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Email {
    /// Canonical form: lower case, without a tag, Gmail's dots removed.
    pub address: SmolStr,
    /// The address with the domain that was probably meant, where it looks mistyped.
    pub like: Option<SmolStr>,
    /// Whose it is.
    pub class: EmailClass,
    /// The words of the local part, to see whom it is named after.
    pub words: Box<[SmolStr]>,
}

impl Email {
    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands behind it.
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// A phone number.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Phone {
    /// E.164, or the digits where it could not be read.
    pub number: SmolStr,
    /// The last nine digits: the key.
    pub tail: u32,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Identity card.
    NationalId,
    /// Residence permit, a foreigner's number.
    Residence,
    /// Passport.
    Passport,
    /// Tax number.
    TaxId,
    /// Driving licence.
    Driving,
    /// Not said, or something else.
    Other,
}

/// What a document's own check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It has none that is known here.
    None,
    /// It is right.
    Right,
    /// It was missing and has been added.
    Added,
    /// It is wrong, or says another birth date.
    Wrong,
}

/// An identity document.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// Upper-case letters and digits.
    pub number: SmolStr,
    /// The number with `O` as `0` and `I` as `1`: the key.
    pub key: SmolStr,
    /// What its check says.
    pub check: Check,
    /// Who issued it, where it is said.
    pub country: Option<Country>,
}

/// An address.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Place {
    /// The street's own words, without what it is.
    pub street: SmolStr,
    /// House number.
    pub number: SmolStr,
    /// Post code in its country's form.
    pub postal_code: SmolStr,
    /// City.
    pub city: SmolStr,
}

/// A company or an agency.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Company {
    /// Its name without the legal form.
    pub name: SmolStr,
    /// Its tax number, upper-case letters and digits.
    pub tax_id: Option<SmolStr>,
}
