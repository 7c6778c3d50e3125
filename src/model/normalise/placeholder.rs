//! What people type instead of nothing: a mandatory field was in their way.

use chrono::NaiveDate;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashSet;

use super::{phone, text};

/// Words that are somebody's surname too (No, Na, Null, Guest) are not among them: a name that is lost is worse than a
/// placeholder that is kept.
const NAMES: &[&str] = &[
    "test",
    "testing",
    "prueba",
    "essai",
    "none",
    "n/a",
    "unknown",
    "desconocido",
    "desconocida",
    "inconnu",
    "x",
    "xx",
    "xxx",
    "xxxx",
    "asdf",
    "aaa",
    "huesped",
    "no name",
    "noname",
    "sin nombre",
    "sin apellido",
    "sans nom",
    "tbd",
    "tba",
    "dummy",
    "-",
    "--",
    ".",
    "?",
];
const EMAILS: &[&str] = &[
    "x@x.com",
    "xx@xx.com",
    "xxx@xxx.com",
    "a@a.com",
    "aa@aa.com",
    "aaa@aaa.com",
    "test@test.com",
    "test@test.es",
    "test@test.fr",
    "none@none.com",
    "no@no.com",
    "noemail@noemail.com",
    "no@email.com",
    "noemail@email.com",
    "email@email.com",
    "n/a@n/a.com",
    "na@na.com",
    "notiene@notiene.com",
    "no@tiene.com",
    "sin@email.com",
];
const PHONES: &[&str] =
    &["123456", "1234567", "12345678", "123456789", "1234567890", "0123456789", "987654321"];
/// Year, month, day.
const DATES: &[(i32, u32, u32)] = &[
    (1899, 12, 30),
    (1899, 12, 31),
    (1900, 1, 1),
    (1901, 1, 1),
    (1753, 1, 1),
    (9999, 12, 31),
    (2999, 12, 31),
];

/// What people type instead of nothing. Everything is compared without accents, case and punctuation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Placeholders {
    /// Names.
    pub names: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Dates, as `YYYY-MM-DD`.
    pub dates: Vec<NaiveDate>,
    /// The digits of phone numbers; repetitions of one digit always are placeholders.
    pub phones: Vec<String>,
}

impl Default for Placeholders {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let dates =
            DATES.iter().filter_map(|(year, month, day)| NaiveDate::from_ymd_opt(*year, *month, *day));
        Self { names: texts(NAMES), emails: texts(EMAILS), dates: dates.collect(), phones: texts(PHONES) }
    }
}

/// The rules, ready to be asked.
#[derive(Debug)]
pub struct Known {
    names: HashSet<String>,
    emails: HashSet<String>,
    dates: HashSet<NaiveDate>,
    phones: HashSet<String>,
    longest_name: usize,
}

impl Known {
    /// Prepares the rules.
    #[must_use]
    pub fn of(settings: &Placeholders) -> Self {
        let names: HashSet<String> = settings.names.iter().map(|name| text::fold(name)).collect();
        Self {
            longest_name: names.iter().map(String::len).max().unwrap_or_default(),
            names,
            emails: settings.emails.iter().map(|email| email.trim().to_lowercase()).collect(),
            dates: settings.dates.iter().copied().collect(),
            phones: settings.phones.iter().map(|number| phone::digits(number)).collect(),
        }
    }

    /// Whether a name or a word stands for nothing; so does one without a letter or a digit.
    #[must_use]
    pub fn is_name(&self, written: &str) -> bool {
        // A long name is none, and folding every one would be the dearest thing that is done to a row.
        !self.is_long(written) && self.is_folded_name(written, &text::fold(written))
    }

    /// As [`Self::is_name`], of a name that was folded before.
    pub(crate) fn is_folded_name(&self, written: &str, folded: &str) -> bool {
        let is_listed = || folded.len() <= self.longest_name && self.names.contains(folded);
        !self.is_long(written) && (folded.is_empty() || is_listed())
    }

    const fn is_long(&self, written: &str) -> bool {
        written.len() > 2 * self.longest_name + 2
    }

    /// Whether an address stands for nothing.
    #[must_use]
    pub fn is_email(&self, written: &str) -> bool {
        self.emails.contains(&*text::small(written.trim()))
    }

    /// Whether a date stands for nothing.
    #[must_use]
    pub fn is_date(&self, date: NaiveDate) -> bool {
        self.dates.contains(&date)
    }

    /// Whether a number stands for nothing; one digit over and over always does.
    #[must_use]
    pub fn is_phone(&self, written: &str) -> bool {
        let is_number = written.bytes().all(|byte| byte.is_ascii_digit());
        let digits = if is_number { Cow::Borrowed(written) } else { Cow::Owned(phone::digits(written)) };
        let first = digits.bytes().next();
        digits.bytes().all(|digit| Some(digit) == first) || self.phones.contains(&*digits)
    }
}
