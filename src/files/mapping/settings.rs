//! A mapping in the words of the configuration.

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

pub use crate::model::normalise::placeholder::Placeholders;

/// The files of one system: a built-in layout, mappings of its own, or both (its own come first).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesSettings {
    /// A layout that is known.
    #[serde(default)]
    pub layout: Option<Layout>,
    /// What the files hold.
    #[serde(default)]
    pub files: Vec<FileMapping>,
    /// What people type instead of nothing.
    #[serde(default)]
    pub placeholders: Placeholders,
}

/// The layouts that need no mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// `companies.csv`, `guests.csv` and `reservations.csv`, as `docs/files.md` describes them.
    Cardexgen,
    /// XML messages of the `OpenTravel` Alliance: `OTA_HotelResNotifRQ` and profiles.
    Ota,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 2] = [Self::Cardexgen, Self::Ota];

    /// Its name in the configuration and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cardexgen => "cardexgen",
            Self::Ota => "ota",
        }
    }

    /// The layout of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }
}

impl FilesSettings {
    /// Settings as a file of their own: what stands in a system's section, as TOML.
    ///
    /// # Errors
    /// The text is no TOML, or holds what settings do not have.
    pub fn parse(text: &str) -> Result<Self, config::ConfigError> {
        let file = config::File::from_str(text, config::FileFormat::Toml);
        config::Config::builder().add_source(file).build()?.try_deserialize()
    }

    /// The settings of a built-in layout.
    pub fn of(layout: Layout) -> Self {
        Self { layout: Some(layout), ..Self::default() }
    }
}

/// What one kind of file says of one kind of record. A file may have several.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileMapping {
    /// The names of the files: `*` stands for any letters, `?` for one.
    pub files: String,
    /// How they are written; by the ending of their names when left out.
    #[serde(default)]
    pub format: Option<Format>,
    /// CSV: what separates the columns; found out when left out.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// The encoding by its name on the web; found out when left out.
    #[serde(default)]
    pub encoding: Option<String>,
    /// XML: the element that is a row, or the end of its path; several with `|`.
    #[serde(default)]
    pub row: Option<String>,
    /// XLSX: the sheet; the first when left out.
    #[serde(default)]
    pub sheet: Option<String>,
    /// The kind of record.
    pub kind: Rules,
    /// The record's id at the system.
    pub id: Rules,
    /// When it was changed last.
    #[serde(default)]
    pub modified_at: Option<Rules>,
    /// The fields.
    pub fields: BTreeMap<String, Rules>,
    /// Fields that a row must have, beside those that the kind needs.
    #[serde(default)]
    pub required: Vec<String>,
    /// Sums that must be right.
    #[serde(default)]
    pub checks: Vec<SumCheck>,
    /// Only for such rows; the others are none of this mapping's.
    #[serde(default)]
    pub when: Option<When>,
    /// Rows that follow one another with the same id make one record: a row per night, a row per room.
    #[serde(default)]
    pub several_rows: bool,
    /// The most rows of one record, 2,000 when left out: a record with more is refused.
    #[serde(default)]
    pub most_rows: Option<usize>,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Delimited text.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// XML.
    Xml,
    /// A spreadsheet.
    Xlsx,
}

/// Amounts that add up to another one of the row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SumCheck {
    /// The columns of the parts; an empty one counts as nothing.
    pub parts: Vec<String>,
    /// The column of the total.
    pub total: String,
}

/// One rule or several: for a field of one value the first that gives something, for a set all of them.
#[derive(Debug, Clone, Default)]
pub struct Rules(pub Vec<Rule>);

/// Where a value comes from and how it is read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "the words of the configuration, each on its own")]
pub struct Rule {
    /// The column. Without one, inside an entry made by `each`, it is the piece itself.
    pub column: Option<String>,
    /// Several columns as one text, empty ones left out.
    pub columns: Vec<String>,
    /// What stands between them; a space.
    pub join: Option<String>,
    /// A fixed text.
    pub constant: Option<String>,
    /// The text where there is none.
    pub empty: Option<String>,
    /// What the text has to look like: `A` is a capital letter, `a` a small one, `9` a digit, all else itself.
    pub pattern: Option<String>,
    /// What is put before a text that is not empty.
    pub prefix: Option<String>,
    /// Cut the text here and take one piece.
    pub split: Option<Split>,
    /// Several values in one text, separated by this.
    pub each: Option<String>,
    /// The column that says how many entries there are, even where `each` finds fewer.
    pub count: Option<String>,
    /// The number of the entry, from 1.
    pub ordinal: bool,
    /// Only for the first entry.
    pub first_only: bool,
    /// The system's words and ours.
    pub values: BTreeMap<String, String>,
    /// What becomes of a word that `values` does not have; required beside it.
    pub unknown: Option<Unknown>,
    /// How dates are written; year, month, day when left out.
    pub format: Option<DateOrder>,
    /// Whether decimals come after a comma and points separate thousands.
    pub decimal_comma: bool,
    /// The currency of every amount.
    pub currency: Option<String>,
    /// The column of an amount's currency.
    pub currency_column: Option<String>,
    /// Columns of the country whose dialling code a phone number has; the first filled one counts.
    pub region_columns: Vec<String>,
    /// The kind of record that is referred to, where several are possible.
    pub kind: Option<String>,
    /// The label of an e-mail, phone or address.
    pub label: Option<String>,
    /// Whether an e-mail, phone or address is the one to use.
    pub primary: bool,
    /// The parts of an entry or an address.
    pub parts: BTreeMap<String, Rules>,
    /// Only for such rows.
    pub when: Option<When>,
    /// Whether placeholders are looked for; for names, dates, e-mails and phones when left out.
    pub placeholders: Option<bool>,
    /// What becomes of a value that cannot be read.
    pub bad: Option<Bad>,
    /// What the field is of a record's rows, where `several_rows` is set; the first value when left out.
    pub of_rows: Option<OfRows>,
    /// Rows with the same text in this column speak of the same entry, where `several_rows` is set.
    pub by: Option<String>,
    /// So many days after the date that is written: the day of departure is the one after the last night.
    pub plus_days: i64,
}

/// What a field is of the rows of one record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfRows {
    /// The first value that there is; another one in a later row is remarked upon.
    #[default]
    First,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// All of them together.
    Sum,
    /// How many different ones there are; how many rows, where the rule has no column.
    Count,
}

/// A piece of a text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Where the text is cut.
    pub at: String,
    /// Which piece, from 1.
    pub take: usize,
    /// Whether everything behind belongs to it.
    #[serde(default)]
    pub rest: bool,
}

/// What becomes of a word that is not in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// The row is refused.
    Reject,
    /// The value is left out, with a remark.
    Ignore,
    /// The word is kept as it is.
    Keep,
}

/// What becomes of a value that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bad {
    /// The row is refused.
    Reject,
    /// The value is left out, with a remark.
    LeaveOut,
    /// An e-mail is kept as it was typed, with a remark.
    Keep,
}

/// In which order a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 2026-12-31
    Ymd,
    /// 31/12/2026
    Dmy,
    /// 12/31/2026
    Mdy,
}

/// Which rows a rule is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The column that tells.
    pub column: String,
    /// It has one of these words; any text when left out.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// The other rows instead.
    #[serde(default)]
    pub not: bool,
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RulesVisitor).map(Self)
    }
}

/// A column's name, a rule, or a list of both.
struct RulesVisitor;

impl<'de> Visitor<'de> for RulesVisitor {
    type Value = Vec<Rule>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a column, a rule, or a list of them")
    }

    fn visit_str<E: serde::de::Error>(self, column: &str) -> Result<Vec<Rule>, E> {
        Ok(vec![Rule { column: Some(column.to_owned()), ..Rule::default() }])
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<Rule>, A::Error> {
        Rule::deserialize(MapAccessDeserializer::new(map)).map(|rule| vec![rule])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<Rule>, A::Error> {
        let rules: Vec<Rules> = Vec::deserialize(SeqAccessDeserializer::new(list))?;
        Ok(rules.into_iter().flat_map(|rules| rules.0).collect())
    }
}
