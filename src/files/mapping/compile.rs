//! A mapping checked once: every field known, every rule possible, every column given a number.

use encoding_rs::Encoding;
use std::collections::HashMap;
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use super::Context;
use super::settings::{Bad, DateOrder, FileMapping, OfRows, Placeholders, Rule, Rules, Unknown, When};
use super::several;
use crate::model::RecordKind;
use crate::model::field::{FieldDef, FieldKey, FieldType};
use crate::model::normalise::money;
use crate::model::normalise::placeholder::Known;

/// What is wrong with a mapping.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("files `{files}`: {place}: {why}")]
pub struct MappingError {
    /// The pattern of the files.
    files: String,
    /// The field or setting.
    place: String,
    /// What is wrong, and what to do.
    why: String,
}

/// A column by its place in [`Plan::columns`].
pub(super) type Slot = usize;

/// A mapping that can be applied.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) kind: Vec<Take>,
    pub(super) id: Vec<Take>,
    pub(super) modified_at: Vec<Take>,
    pub(super) fields: Vec<FieldPlan>,
    pub(super) required: Vec<FieldKey>,
    pub(super) checks: Vec<Check>,
    /// Only for such rows.
    pub(super) when: Option<(Slot, Vec<String>, bool)>,
    pub(super) columns: Vec<String>,
    pub(super) known: Known,
    pub(super) context: Context,
    /// Changes with the mapping, so that a row read by another one counts as another.
    pub(super) salt: u64,
    /// The most rows that make one record; `None` where each row is one.
    pub(super) most_rows: Option<usize>,
    /// The kinds that the rows can be of.
    pub(super) kinds: Vec<RecordKind>,
    /// The fixed kind, when it is one.
    pub(super) fixed_kind: Option<RecordKind>,
}

#[derive(Debug)]
pub(super) struct FieldPlan {
    pub(super) key: FieldKey,
    /// For each kind that the rows can be of.
    pub(super) of: HashMap<RecordKind, FieldDef>,
    pub(super) takes: Vec<Take>,
    /// What it is of the rows of a record.
    pub(super) of_rows: OfRows,
}

#[derive(Debug)]
pub(super) struct Check {
    pub(super) parts: Vec<Slot>,
    pub(super) total: Slot,
}

/// A rule with its columns as numbers.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the words of a rule, each on its own")]
pub(super) struct Take {
    pub(super) columns: Vec<Slot>,
    pub(super) join: String,
    pub(super) constant: Option<String>,
    pub(super) empty: Option<String>,
    pub(super) pattern: Option<String>,
    pub(super) prefix: String,
    pub(super) split: Option<(String, usize, bool)>,
    pub(super) each: Option<String>,
    pub(super) count: Option<Slot>,
    pub(super) ordinal: bool,
    pub(super) first_only: bool,
    /// By the word in small letters; `None` where there is no list.
    pub(super) values: Option<(HashMap<String, String>, Unknown)>,
    pub(super) order: Option<DateOrder>,
    pub(super) decimal_comma: bool,
    pub(super) currency: Option<String>,
    pub(super) currency_column: Option<Slot>,
    pub(super) region: Vec<Slot>,
    pub(super) kind: Option<RecordKind>,
    pub(super) label: Option<String>,
    pub(super) primary: bool,
    pub(super) parts: Vec<(String, Vec<Take>)>,
    pub(super) when: Option<(Slot, Vec<String>, bool)>,
    pub(super) placeholders: Option<bool>,
    pub(super) bad: Option<Bad>,
    /// Rows with the same text there speak of the same entry.
    pub(super) by: Option<Slot>,
    pub(super) plus_days: i64,
}

impl Plan {
    /// Checks a mapping.
    ///
    /// # Errors
    /// [`MappingError`] names the field or setting and what is wrong with it.
    pub(crate) fn of(
        mapping: &FileMapping,
        placeholders: &Placeholders,
        context: Context,
    ) -> Result<Self, MappingError> {
        let mut compiler = Compiler { mapping, columns: Vec::new() };
        if let Some(name) = &mapping.encoding
            && Encoding::for_label(name.as_bytes()).is_none()
        {
            return Err(compiler.error("encoding", "there is no such encoding"));
        }
        let most_rows = several::most_rows(&compiler)?;
        let kinds = compiler.kinds()?;
        let own = [("kind", Some(&mapping.kind)), ("id", Some(&mapping.id))];
        for (place, rules) in own.into_iter().chain([("modified_at", mapping.modified_at.as_ref())]) {
            rules.map_or(Ok(()), |rules| several::not_in(&compiler, place, rules))?;
        }
        let kind = compiler.takes("kind", &mapping.kind)?;
        let id = compiler.takes("id", &mapping.id)?;
        let modified_at = match &mapping.modified_at {
            Some(rules) => compiler.takes("modified_at", rules)?,
            None => Vec::new(),
        };
        let fields = mapping.fields.iter();
        let fields = fields
            .map(|(key, rules)| compiler.field(key, rules, &kinds, &context))
            .collect::<Result<Vec<_>, _>>()?;
        let checks = mapping.checks.iter().map(|check| Check {
            parts: check.parts.iter().map(|name| compiler.slot(name)).collect(),
            total: compiler.slot(&check.total),
        });
        let checks = checks.collect();
        let required = compiler.required(&kinds)?;
        let when = mapping.when.as_ref().map(|when| compiler.when(when));
        Ok(Self {
            fixed_kind: if let [only] = kinds[..] { Some(only) } else { None },
            kinds,
            kind,
            id,
            modified_at,
            fields,
            required,
            checks,
            when,
            most_rows,
            known: Known::of(placeholders),
            context,
            salt: xxh3_64(format!("{mapping:?}{placeholders:?}").as_bytes()),
            columns: compiler.columns,
        })
    }

    /// Where its files stand in the order of reading: what others refer to comes first.
    pub(crate) fn rank(&self) -> i64 {
        // Rows of several kinds are companies and agencies: what others refer to.
        self.fixed_kind.map_or(0, RecordKind::rank)
    }

    /// The columns that a file with a header must have; the others are not looked at.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }
}

pub(super) struct Compiler<'a> {
    pub(super) mapping: &'a FileMapping,
    columns: Vec<String>,
}

impl Compiler<'_> {
    pub(super) fn error(&self, place: &str, why: impl Into<String>) -> MappingError {
        MappingError { files: self.mapping.files.clone(), place: place.to_owned(), why: why.into() }
    }

    fn slot(&mut self, name: &str) -> Slot {
        self.columns.iter().position(|column| column == name).unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        })
    }

    /// The kinds that the rows can be of: a constant, or the words on the right of a list.
    fn kinds(&self) -> Result<Vec<RecordKind>, MappingError> {
        let mut kinds = Vec::new();
        for rule in &self.mapping.kind.0 {
            let plain = rule.column.iter().filter(|_| rule.values.is_empty());
            for name in rule.constant.iter().chain(rule.values.values()).chain(plain) {
                let kind = RecordKind::parse(name);
                kinds.push(kind.ok_or_else(|| self.error("kind", format!("there is no kind `{name}`")))?);
            }
        }
        if kinds.is_empty() { Err(self.error("kind", "it is missing")) } else { Ok(kinds) }
    }

    fn field(
        &mut self,
        key: &str,
        rules: &Rules,
        kinds: &[RecordKind],
        context: &Context,
    ) -> Result<FieldPlan, MappingError> {
        let key = FieldKey::new(key);
        let of: HashMap<_, _> = kinds
            .iter()
            .filter_map(|kind| Some((*kind, context.registry.field(*kind, &key)?.clone())))
            .collect();
        let Some(def) = of.values().next() else {
            return Err(self.error(key.as_str(), "there is no such field"));
        };
        for rule in &rules.0 {
            self.fits(key.as_str(), rule, &def.of)?;
        }
        let of_rows = several::of_rows(self, key.as_str(), rules, def)?;
        Ok(FieldPlan { takes: self.takes(key.as_str(), rules)?, key, of, of_rows })
    }

    /// Whether a rule can give a value of this type.
    fn fits(&self, place: &str, rule: &Rule, of: &FieldType) -> Result<(), MappingError> {
        if rule.plus_days != 0 && !matches!(of, FieldType::Date | FieldType::LocalDate) {
            return Err(self.error(place, "`plus_days` is for dates"));
        }
        let parts: Vec<&str> = match of {
            FieldType::Entry(parts) => parts.iter().map(|part| part.name).collect(),
            FieldType::Address => vec!["street", "city", "postal_code", "region", "country"],
            FieldType::Content => return Err(self.error(place, "content cannot be read from a file of rows")),
            FieldType::Money if rule.currency.is_none() && rule.currency_column.is_none() => {
                return Err(self.error(place, "an amount needs `currency` or `currency_column`"));
            }
            FieldType::Reference(kinds) => {
                let named = rule.kind.as_deref().map(RecordKind::parse);
                return match (named, kinds) {
                    (Some(Some(kind)), kinds) if kinds.contains(&kind) => Ok(()),
                    (None, [_]) => Ok(()),
                    (Some(_) | None, _) => {
                        Err(self.error(place, "`kind` has to name the kind of record it refers to"))
                    }
                };
            }
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
            | FieldType::Choice(_) => Vec::new(),
        };
        if rule.parts.is_empty() != parts.is_empty() {
            return Err(
                self.error(place, if parts.is_empty() { "it has no parts" } else { "it needs `parts`" })
            );
        }
        for (name, rules) in &rule.parts {
            if !parts.contains(&name.as_str()) {
                return Err(self.error(place, format!("it has no part `{name}`")));
            }
            if let FieldType::Entry(parts) = of
                && let Some(part) = parts.iter().find(|part| part.name == name)
            {
                several::not_in(self, place, rules)?;
                rules.0.iter().try_for_each(|rule| self.fits(&format!("{place}.{name}"), rule, &part.of))?;
            }
        }
        Ok(())
    }

    fn required(&self, kinds: &[RecordKind]) -> Result<Vec<FieldKey>, MappingError> {
        let own = kinds.iter().flat_map(|kind| match kind {
            RecordKind::Company | RecordKind::Agency => &["name"][..],
            RecordKind::Person => &["surname"],
            RecordKind::Reservation => &["status", "arrives_on", "departs_on"],
            RecordKind::Membership | RecordKind::Certificate => &[],
        });
        let mut required: Vec<&str> =
            own.copied().chain(self.mapping.required.iter().map(String::as_str)).collect();
        required.sort_unstable();
        required.dedup();
        let missing = required.iter().find(|key| !self.mapping.fields.contains_key(**key));
        match missing {
            Some(key) => Err(self.error(key, "it is required and has no rule")),
            None => Ok(required.into_iter().map(FieldKey::from).collect()),
        }
    }

    fn when(&mut self, when: &When) -> (Slot, Vec<String>, bool) {
        let words = when.one_of.iter().map(|word| word.trim().to_lowercase()).collect();
        (self.slot(&when.column), words, when.not)
    }

    fn takes(&mut self, place: &str, rules: &Rules) -> Result<Vec<Take>, MappingError> {
        if rules.0.is_empty() {
            return Err(self.error(place, "it has no rule"));
        }
        rules.0.iter().map(|rule| self.take(place, rule)).collect()
    }

    fn take(&mut self, place: &str, rule: &Rule) -> Result<Take, MappingError> {
        if rule.values.is_empty() != rule.unknown.is_none() {
            let why =
                "`values` needs `unknown`: `reject`, `ignore` or `keep` says what becomes of other words";
            return Err(self.error(place, why));
        }
        if rule.split.as_ref().is_some_and(|split| split.take == 0 || split.at.is_empty())
            || rule.each.as_ref().is_some_and(String::is_empty)
        {
            return Err(self.error(place, "a text is cut at one letter at least, and pieces count from 1"));
        }
        let currency = rule.currency.as_deref().map(money::currency);
        if currency.is_some_and(|code| !matches!(code, Ok(Some(_)))) {
            return Err(self.error(place, "`currency` is no currency code"));
        }
        let is_kind = place == "kind" && rule.values.is_empty();
        let named: Vec<&String> =
            if is_kind { Vec::new() } else { rule.column.iter().chain(&rule.columns).collect() };
        let parts = rule.parts.iter();
        Ok(Take {
            columns: named.into_iter().map(|name| self.slot(name)).collect(),
            join: rule.join.clone().unwrap_or_else(|| " ".to_owned()),
            // `kind = "person"` names the kind and no column.
            constant: rule.constant.clone().or_else(|| rule.column.clone().filter(|_| is_kind)),
            empty: rule.empty.clone(),
            pattern: rule.pattern.clone(),
            prefix: rule.prefix.clone().unwrap_or_default(),
            split: rule.split.as_ref().map(|split| (split.at.clone(), split.take, split.rest)),
            each: rule.each.clone(),
            count: rule.count.as_ref().map(|name| self.slot(name)),
            ordinal: rule.ordinal,
            first_only: rule.first_only,
            values: rule.unknown.map(|unknown| {
                (
                    rule.values
                        .iter()
                        .map(|(theirs, ours)| (theirs.trim().to_lowercase(), ours.clone()))
                        .collect(),
                    unknown,
                )
            }),
            order: rule.format,
            decimal_comma: rule.decimal_comma,
            currency: rule.currency.as_ref().map(|code| code.to_uppercase()),
            currency_column: rule.currency_column.as_ref().map(|name| self.slot(name)),
            region: rule.region_columns.iter().map(|name| self.slot(name)).collect(),
            kind: rule.kind.as_deref().and_then(RecordKind::parse),
            label: rule.label.clone(),
            primary: rule.primary,
            parts: parts
                .map(|(name, rules)| Ok((name.clone(), self.takes(&format!("{place}.{name}"), rules)?)))
                .collect::<Result<_, MappingError>>()?,
            when: rule.when.as_ref().map(|when| self.when(when)),
            placeholders: rule.placeholders,
            bad: rule.bad,
            by: rule.by.as_ref().map(|name| self.slot(name)),
            plus_days: rule.plus_days,
        })
    }
}
