//! One value out of the texts of a row: found, cut, translated, and read by the model's normalisers.

use std::borrow::Cow;

use super::compile::{Plan, Slot, Take};
use super::fault::Fault;
use super::settings::{Bad, DateOrder, Unknown};
use crate::model::field::FieldType;
use crate::model::normalise::{
    Unreadable, address, country, date, email, language, money, name, number, phone, text,
};
use crate::model::value::{Email, Money, Value};
use crate::model::{ExternalId, Reference};

/// A row as the mapping sees it: its text per column of the mapping, and what was left out so far.
pub(super) struct Sight<'a> {
    pub(super) plan: &'a Plan,
    pub(super) cells: &'a [&'a str],
    /// Which of the columns the row has.
    pub(super) present: &'a [bool],
    pub(super) remarks: Vec<Fault>,
    /// How many entries of the field other rows of the record have given before the one that is read.
    pub(super) before: usize,
    /// How many entries the last rule that was read has given.
    pub(super) given: usize,
}

/// One piece of a text that holds several.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// Its number, from 1.
    pub(super) number: usize,
}

const PLACEHOLDER: &str = "is a placeholder and no value: left out";
const UNKNOWN: &str = "holds a word that the mapping does not know: add it to `values`";

impl Plan {
    /// The name of the column that a rule reads first.
    pub(super) fn column(&self, take: &Take) -> &str {
        let first = take
            .columns
            .first()
            .or_else(|| take.parts.iter().flat_map(|(_, takes)| takes).find_map(|take| take.columns.first()));
        first.and_then(|slot| self.columns.get(*slot)).map_or("", String::as_str)
    }
}

impl<'a> Sight<'a> {
    pub(super) fn cell(&self, slot: Slot) -> &'a str {
        self.cells.get(slot).copied().unwrap_or_default().trim()
    }

    /// The name of the column that a rule reads first.
    pub(super) fn column(&self, take: &Take) -> &'a str {
        self.plan.column(take)
    }

    pub(super) fn fault(&self, take: &Take, why: impl Into<Cow<'static, str>>) -> Fault {
        Fault::at(self.column(take), why)
    }

    fn remark(&mut self, take: &Take, why: &'static str) {
        let fault = self.fault(take, why);
        self.remarks.push(fault);
    }

    /// Whether a rule's columns are in the row at all, or it needs none.
    pub(super) fn is_shown(&self, take: &Take) -> bool {
        let has = |slot: &Slot| self.present.get(*slot) == Some(&true);
        let parts = || take.parts.iter().flat_map(|(_, takes)| takes);
        take.columns.iter().any(has)
            || parts().any(|part| part.columns.iter().any(has))
            || (take.columns.is_empty() && parts().all(|part| part.columns.is_empty()))
    }

    /// The number of the entry that is read, from 1.
    fn number(&self, piece: Option<Piece<'_>>) -> usize {
        self.before + piece.map_or(1, |piece| piece.number)
    }

    /// Whether a rule is for this row and this piece.
    pub(super) fn applies(&self, take: &Take, piece: Option<Piece<'_>>) -> bool {
        if take.first_only && self.number(piece) > 1 {
            return false;
        }
        take.when.as_ref().is_none_or(|when| self.holds(when))
    }

    /// Whether the row is one of those that a condition is for.
    pub(super) fn holds(&self, (slot, words, not): &(Slot, Vec<String>, bool)) -> bool {
        let cell = self.cell(*slot);
        let found = if words.is_empty() { !cell.is_empty() } else { words.contains(&cell.to_lowercase()) };
        found != *not
    }

    /// The text that a rule finds; empty when there is none.
    pub(super) fn text<'b>(&mut self, take: &'b Take, piece: Option<Piece<'b>>) -> Result<Cow<'b, str>, Fault>
    where
        'a: 'b,
    {
        if !self.applies(take, piece) {
            return Ok(Cow::Borrowed(""));
        }
        let found = self.found(take, piece);
        let found = match &take.split {
            Some((at, nth, rest)) => cut(found, at, *nth, *rest),
            None => found,
        };
        let found = match found {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            owned @ Cow::Owned(_) => owned,
        };
        let found = match &take.empty {
            Some(instead) if found.is_empty() => Cow::Borrowed(instead.as_str()),
            Some(_) | None => found,
        };
        if found.is_empty() {
            return Ok(found);
        }
        if take.pattern.as_ref().is_some_and(|pattern| !looks_like(&found, pattern)) {
            return Err(self.fault(take, "is not written as the mapping's `pattern` asks"));
        }
        let found = match &take.values {
            Some((values, unknown)) => match (values.get(&found.to_lowercase()), unknown) {
                (Some(ours), _) => Cow::Borrowed(ours.as_str()),
                (None, Unknown::Keep) => found,
                (None, Unknown::Reject) => return Err(self.fault(take, UNKNOWN)),
                (None, Unknown::Ignore) => {
                    self.remark(take, UNKNOWN);
                    Cow::Borrowed("")
                }
            },
            None => found,
        };
        Ok(if take.prefix.is_empty() || found.is_empty() {
            found
        } else {
            Cow::Owned(format!("{}{found}", take.prefix))
        })
    }

    fn found<'b>(&self, take: &'b Take, piece: Option<Piece<'b>>) -> Cow<'b, str>
    where
        'a: 'b,
    {
        if take.ordinal {
            return Cow::Owned(self.number(piece).to_string());
        }
        match (take.columns.as_slice(), &take.constant, piece) {
            ([], Some(constant), _) => Cow::Borrowed(constant.as_str()),
            ([], None, Some(piece)) => Cow::Borrowed(piece.text),
            ([], None, None) => Cow::Borrowed(""),
            ([only], _, _) => Cow::Borrowed(self.cell(*only)),
            (several, constant, _) => {
                let cells = several.iter().map(|slot| self.cell(*slot));
                let filled: Vec<&str> =
                    cells.chain(constant.as_deref()).filter(|cell| !cell.is_empty()).collect();
                Cow::Owned(filled.join(&take.join))
            }
        }
    }

    /// The value that a rule gives, by the field's type; `None` when there is none.
    pub(super) fn value(
        &mut self,
        of: &FieldType,
        take: &Take,
        piece: Option<Piece<'_>>,
    ) -> Result<Option<Value>, Fault> {
        if !self.applies(take, piece) {
            return Ok(None);
        }
        match of {
            FieldType::Entry(parts) => self.entry(parts, take, piece),
            FieldType::Address => self.address(take, piece),
            FieldType::Text
            | FieldType::LongText
            | FieldType::Name
            | FieldType::Bool
            | FieldType::Integer
            | FieldType::Date
            | FieldType::Instant
            | FieldType::LocalDate
            | FieldType::Money
            | FieldType::Decimal
            | FieldType::Country
            | FieldType::Language
            | FieldType::Email
            | FieldType::Phone
            | FieldType::Choice(_)
            | FieldType::Reference(_)
            | FieldType::Content => self.single(of, take, piece),
        }
    }

    fn single(
        &mut self,
        of: &FieldType,
        take: &Take,
        piece: Option<Piece<'_>>,
    ) -> Result<Option<Value>, Fault> {
        let found = self.text(take, piece)?;
        if found.is_empty() {
            return Ok(None);
        }
        match self.read(of, take, &found) {
            Ok(Some(value)) => Ok(Some(value)),
            Ok(None) => {
                self.remark(take, PLACEHOLDER);
                Ok(None)
            }
            Err(Unreadable(why)) => match (take.bad, of) {
                (Some(Bad::Keep) | None, FieldType::Email) => {
                    self.remark(take, "is no e-mail address: kept as it was typed");
                    let address = text::line(&found);
                    let kept = Email { address, label: None, primary: false, verified: false, relay: false };
                    Ok(Some(Value::Email(kept)))
                }
                (Some(Bad::LeaveOut), _) => {
                    self.remark(take, why);
                    Ok(None)
                }
                (Some(Bad::Keep | Bad::Reject) | None, _) => Err(self.misread(of, take, why)),
            },
        }
    }

    /// What is said of a value that cannot be read: of an amount it is the currency's column where that has none.
    fn misread(&self, of: &FieldType, take: &Take, why: &'static str) -> Fault {
        let currency = take.currency_column.filter(|_| matches!(of, FieldType::Money));
        let wrong = currency.filter(|slot| !matches!(money::currency(self.cell(*slot)), Ok(Some(_))));
        match wrong.and_then(|slot| self.plan.columns.get(slot)) {
            Some(column) => Fault::at(column, "is no currency code, and there is an amount"),
            None => self.fault(take, why),
        }
    }

    /// Reads a text that is not empty; `None` for a placeholder.
    fn read(&self, of: &FieldType, take: &Take, found: &str) -> Result<Option<Value>, Unreadable> {
        let known = &self.plan.known;
        let looks = |default: bool| take.placeholders.unwrap_or(default);
        Ok(match of {
            FieldType::Name if looks(true) && known.is_name(found) => None,
            FieldType::Text | FieldType::LongText if looks(false) && known.is_name(found) => None,
            FieldType::Email if looks(true) && known.is_email(found) => None,
            FieldType::Phone if looks(true) && known.is_phone(found) => None,
            FieldType::Text => filled(text::line(found)).map(Value::Text),
            FieldType::LongText => filled(text::block(found)).map(Value::Text),
            FieldType::Name => name::given(found).map(Value::Text),
            FieldType::Bool => number::flag(found)?.map(Value::Bool),
            FieldType::Integer => Some(Value::Integer(number::integer(&plain_number(found, take)?)?)),
            FieldType::Decimal => Some(Value::Decimal(number::decimal(&plain_number(found, take)?)?)),
            FieldType::Date | FieldType::LocalDate => {
                let read = read_date(found, take)?.filter(|read| !looks(true) || !known.is_date(*read));
                read.map(|read| later(read, take.plus_days)).transpose()?.map(Value::Date)
            }
            FieldType::Instant => self.instant(found, take)?.map(Value::Instant),
            FieldType::Money => Some(Value::Money(self.money(found, take)?)),
            FieldType::Country => country::read(found)?.map(Value::Country),
            FieldType::Language => language::read(found)?.map(Value::Language),
            FieldType::Email => {
                let read = email::read(found, &self.plan.context.relays)?;
                Some(Value::Email(Email { label: label(take), primary: take.primary, ..read }))
            }
            FieldType::Phone => self.phone(found, take),
            FieldType::Choice(words) => text::choice(words, found).map(Value::Choice),
            FieldType::Reference(kinds) => {
                let kind = take.kind.or_else(|| kinds.first().copied());
                kind.map(|kind| Value::Reference(Reference::Remote(kind, ExternalId::new(found))))
            }
            FieldType::Entry(_) | FieldType::Address | FieldType::Content => None,
        })
    }

    fn phone(&self, found: &str, take: &Take) -> Option<Value> {
        let stated = take.region.iter().map(|slot| self.cell(*slot)).find(|cell| !cell.is_empty());
        let stated = stated.and_then(|stated| country::read(stated).ok().flatten());
        let read = phone::read(found, stated.as_ref().or(self.plan.context.region.as_ref()))?;
        Some(Value::Phone(crate::model::value::Phone { label: label(take), primary: take.primary, ..read }))
    }

    pub(super) fn instant(
        &self,
        found: &str,
        take: &Take,
    ) -> Result<Option<chrono::DateTime<chrono::Utc>>, Unreadable> {
        if let Ok(read) = date::instant(found) {
            return Ok(read);
        }
        let (day, time) = found.split_once([' ', 'T']).unwrap_or((found, "00:00"));
        let Some(day) = read_date(day, take)? else { return Ok(None) };
        let wall = date::wall_clock(&format!("{day} {time}"))?;
        Ok(wall.map(|wall| date::local(wall, self.plan.context.time_zone)))
    }

    fn money(&self, found: &str, take: &Take) -> Result<Money, Unreadable> {
        let code = match (take.currency_column, &take.currency) {
            (Some(slot), _) => self.cell(slot),
            (None, Some(code)) => code,
            (None, None) => "",
        };
        let amount = number::decimal(&plain_number(found, take)?)?;
        let decimals = amount.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        if decimals > money::exponent(code) as usize {
            return Err(Unreadable("has more decimals than its currency: rounding would change the amount"));
        }
        money::from_text(&amount, code)
    }

    /// Amounts of the row in the order of the columns, as scaled whole numbers, for checking a sum.
    pub(super) fn sum_is_right(&self, parts: &[Slot], total: Slot) -> Option<bool> {
        let amount = |slot: &Slot| match self.cell(*slot) {
            "" => Some(0),
            written => scaled(&number::decimal(written).ok()?),
        };
        let sum = parts.iter().map(amount).try_fold(0_i128, |sum, part| sum.checked_add(part?))?;
        Some(sum == amount(&total)?)
    }

    fn address(&mut self, take: &Take, piece: Option<Piece<'_>>) -> Result<Option<Value>, Fault> {
        let mut part = |name: &str| -> Result<String, Fault> {
            let takes = take.parts.iter().filter(|(part, _)| part == name).flat_map(|(_, takes)| takes);
            let mut lines = Vec::new();
            for take in takes {
                lines.push(self.text(take, piece)?.into_owned());
            }
            lines.retain(|line| !line.is_empty());
            Ok(lines.join("\n"))
        };
        let (street, city, postal_code) = (part("street")?, part("city")?, part("postal_code")?);
        let (region, stated) = (part("region")?, part("country")?);
        let read = country::read(&stated).map_err(|Unreadable(why)| {
            let takes = take.parts.iter().filter(|(part, _)| part == "country").flat_map(|(_, takes)| takes);
            self.fault(takes.into_iter().next().unwrap_or(take), why)
        })?;
        if [&street, &city, &postal_code, &region].iter().all(|part| part.is_empty()) {
            // A country alone is no address.
            return Ok(None);
        }
        let read = address::read(address::Parts {
            street: &[&street],
            city: &city,
            postal_code: &postal_code,
            region: &region,
            country: read.as_ref(),
        });
        Ok(read.map(|read| {
            Value::Address(Box::new(crate::model::value::Address {
                label: label(take),
                primary: take.primary,
                ..read
            }))
        }))
    }
}

fn label(take: &Take) -> Option<smol_str::SmolStr> {
    take.label.as_deref().map(Into::into)
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Whether a text has the letters, digits and marks of a pattern.
fn looks_like(found: &str, pattern: &str) -> bool {
    let fits = |(letter, wanted): (char, char)| match wanted {
        'A' => letter.is_uppercase(),
        'a' => letter.is_lowercase(),
        '9' => letter.is_ascii_digit(),
        other => letter == other,
    };
    found.chars().count() == pattern.chars().count() && found.chars().zip(pattern.chars()).all(fits)
}

/// One piece of a text.
fn cut<'b>(text: Cow<'b, str>, at: &str, nth: usize, rest: bool) -> Cow<'b, str> {
    fn piece<'c>(text: &'c str, at: &str, nth: usize, rest: bool) -> &'c str {
        if rest { text.splitn(nth, at).nth(nth - 1) } else { text.split(at).nth(nth - 1) }.unwrap_or_default()
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(piece(text, at, nth, rest)),
        Cow::Owned(text) => Cow::Owned(piece(&text, at, nth, rest).to_owned()),
    }
}

/// A number with a decimal point, whatever the file writes.
fn plain_number<'b>(found: &'b str, take: &Take) -> Result<Cow<'b, str>, Unreadable> {
    if !take.decimal_comma {
        return Ok(Cow::Borrowed(found));
    }
    let (whole, decimals) = found.split_once(',').unwrap_or((found, ""));
    let mut groups = whole.trim_start_matches(['-', '+']).split('.');
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    let is_grouped = rest.peek().is_some();
    if is_grouped && (first.is_empty() || first.len() > 3 || rest.any(|group| group.len() != 3)) {
        return Err(Unreadable("is no number with a decimal comma"));
    }
    if decimals.contains(['.', ',']) {
        return Err(Unreadable("is no number with a decimal comma"));
    }
    Ok(Cow::Owned(format!("{}.{decimals}", whole.replace('.', ""))))
}

fn read_date(found: &str, take: &Take) -> Result<Option<chrono::NaiveDate>, Unreadable> {
    let day = |order| {
        let day = found.split([' ', 'T']).next().unwrap_or_default();
        date::ordered(day, order)
    };
    match take.order {
        None | Some(DateOrder::Ymd) => date::iso(found),
        Some(DateOrder::Dmy) => day(date::Order::DayMonthYear),
        Some(DateOrder::Mdy) => day(date::Order::MonthDayYear),
    }
}

fn later(date: chrono::NaiveDate, days: i64) -> Result<chrono::NaiveDate, Unreadable> {
    let later = chrono::TimeDelta::try_days(days).and_then(|days| date.checked_add_signed(days));
    later.ok_or(Unreadable("is a date beyond the calendar"))
}

/// A canonical decimal in units of a ten-thousandth.
fn scaled(decimal: &str) -> Option<i128> {
    let (whole, decimals) = decimal.split_once('.').unwrap_or((decimal, ""));
    if decimals.len() > 4 || whole.len() > 24 {
        return None;
    }
    format!("{whole}{decimals:0<4}").parse().ok()
}
