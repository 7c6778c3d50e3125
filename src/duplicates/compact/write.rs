//! Writing features down.

use smol_str::SmolStr;

use super::{BITS, BODY, HEADER, MOST, SECTIONS, Section};
use crate::duplicates::features::{Features, Gender, Order, Person, Place, Style, Subject};
use crate::model::value::{Country, Language};

/// Writes the text of one profile's features.
pub(super) struct Writer {
    text: String,
    /// Where each section ends, as far as they are written.
    ends: Vec<usize>,
}

/// A number as characters, the lowest bits first.
fn characters<const N: usize>(number: usize) -> [u8; N] {
    let mut characters = [0; N];
    let mut rest = number;
    for character in &mut characters {
        *character = rest.to_le_bytes()[0] & 0x7f;
        rest >>= BITS;
    }
    characters
}

impl Writer {
    /// The text of features.
    pub(super) fn write(features: &Features) -> String {
        let mut to = Self { text: String::with_capacity(256), ends: Vec::with_capacity(SECTIONS) };
        to.head(features);
        to.text.extend(std::iter::repeat_n('\0', SECTIONS * 2));
        to.subject(&features.subject);
        to.contacts(features);
        let ends: String = to.ends.iter().flat_map(|end| characters::<2>(*end)).map(char::from).collect();
        to.text.replace_range(HEADER..BODY, &ends);
        to.text
    }

    fn number(&mut self, number: usize) {
        self.text.push(char::from(number.to_le_bytes()[0] & 0x7f));
    }

    fn text(&mut self, text: &str) {
        let mut end = text.len().min(0x7f);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.number(end);
        self.text.push_str(&text[..end]);
    }

    fn twin(&mut self, text: Option<&SmolStr>) {
        self.text(text.map_or("", SmolStr::as_str));
    }

    /// Ends a section, and those before it that are empty.
    fn end(&mut self, section: Section) {
        self.ends.resize(section as usize + 1, self.text.len());
    }
}

impl Writer {
    fn head(&mut self, features: &Features) {
        let code = |code: Option<&str>| {
            let letter =
                |at: usize| code.and_then(|code| code.as_bytes().get(at)).copied().unwrap_or_default();
            [letter(0) & 0x7f, letter(1) & 0x7f]
        };
        let country = |country: Option<&Country>| code(country.map(|country| country.0.as_str()));
        let language = |language: Option<&Language>| code(language.map(|language| language.0.as_str()));
        let (sort, name, birth) = match &features.subject {
            Subject::Person(person) => (1, traits(person), person.birth),
            Subject::Company(_) => (2, [0; 2], None),
            Subject::Dummy => (0, [0; 2], None),
        };
        let days = birth.and_then(|birth| usize::try_from(chrono::Datelike::num_days_from_ce(&birth.0)).ok());
        let mut put = |characters: &[u8]| self.text.extend(characters.iter().copied().map(char::from));
        put(&[sort]);
        put(&name);
        put(&characters::<4>(days.unwrap_or_default()));
        put(&country(features.country.as_ref()));
        put(&country(features.nationality.as_ref()));
        put(&language(features.language.as_ref()));
    }

    fn subject(&mut self, subject: &Subject) {
        match subject {
            Subject::Person(person) => self.person(person),
            Subject::Company(company) => {
                self.end(Section::Surnames);
                self.text(&company.name);
                self.twin(company.tax_id.as_ref());
            }
            Subject::Dummy => {}
        }
        self.end(Section::Firm);
    }

    fn person(&mut self, person: &Person) {
        let name = &person.name;
        for word in name.given.iter().take(MOST) {
            self.text(&word.plain);
            self.twin(word.twin.as_ref());
        }
        self.end(Section::Given);
        for group in name.nicknames.iter().take(MOST) {
            self.number(usize::from(group.0));
            self.number(usize::from(group.0 >> BITS));
        }
        self.end(Section::Nicknames);
        for surname in name.surnames.iter().take(MOST) {
            self.text(&surname.word.plain);
            self.twin(surname.word.twin.as_ref());
            self.twin(surname.core.as_ref());
        }
        self.end(Section::Surnames);
        self.twin(person.employer.as_ref());
        self.text("");
    }

    fn contacts(&mut self, features: &Features) {
        for email in features.emails.iter().take(MOST) {
            self.number(email.class as usize);
            self.text(&email.address);
            self.twin(email.like.as_ref());
        }
        self.end(Section::Emails);
        for phone in features.phones.iter().take(MOST) {
            self.text(&phone.number);
        }
        self.end(Section::Phones);
        for document in features.documents.iter().take(MOST) {
            self.number(document.kind as usize);
            self.number(document.check as usize);
            self.text(document.country.as_ref().map_or("", |country| country.0.as_str()));
            self.text(&document.key);
        }
        self.end(Section::Documents);
        for number in features.loyalty.iter().take(MOST) {
            self.text(number);
        }
        self.end(Section::Loyalty);
        if let Some(Place { street, number, postal_code, city }) = &features.place {
            for part in [street, number, postal_code, city] {
                self.text(part);
            }
        }
        self.end(Section::Place);
    }
}

/// What a person's name is like, and which surname is the main one.
fn traits(person: &Person) -> [u8; 2] {
    let gender = person.gender.map_or(0, |gender| match gender {
        Gender::Female => 1,
        Gender::Male => 2,
    });
    let style = u8::from(person.name.style == Style::Two) << 2;
    let guessed = u8::from(person.name.order == Order::Guessed) << 3;
    let generation = person.name.generation.map_or(0, |generation| generation as u8 + 1) << 4;
    [gender | style | guessed | generation, person.name.main & 0x7f]
}
