//! Profiles and the truth about them, from CSV files.

use anyhow::Context as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, mpsc};
use xxhash_rust::xxh3::xxh3_64;

use crate::cli::{Exit, Failure};
use crate::duplicates::compact::Compact;
use crate::duplicates::index::{Builder, Hashed, Index};
use crate::duplicates::profile::{DocumentText, Kind};
use crate::duplicates::{Normaliser, Profile};
use crate::files::read::csv::Csv;
use crate::files::read::input::Input;
use crate::files::read::{Batch, Columns, Row, Rows as _};

/// Rows that a thread works on at a time.
const ROWS: usize = 250;
/// Batches on their way: what bounds the memory.
const AHEAD: usize = 6;
/// What the columns are called where nobody says otherwise.
const USUAL: &str = include_str!("columns.toml");

/// Which column is which: `first_name = "given_name"`, or a list of columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapping {
    columns: BTreeMap<Field, Names>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Field {
    Id,
    Kind,
    Title,
    FirstName,
    LastName,
    Gender,
    BirthDate,
    Email,
    Phone,
    Street,
    City,
    PostalCode,
    Country,
    Nationality,
    Language,
    DocumentKind,
    DocumentNumber,
    Loyalty,
    Company,
    TaxId,
}

const N_FIELDS: usize = Field::TaxId as usize + 1;

/// The numbers of the columns of each field.
type Places = [Vec<u32>; N_FIELDS];

/// Profiles in an index, and who each is.
pub(super) struct People {
    pub(super) index: Index,
    pub(super) people: Vec<u32>,
}

/// Reads profiles and the truth about them. Rows without a truth are people of their own.
pub(super) fn read(
    input: &Path,
    truth: &Path,
    mapping: Option<&Path>,
    n_threads: usize,
) -> anyhow::Result<People> {
    let mapping = mapping.map(written).transpose()?;
    let mut rows = open(input)?;
    let places = places(rows.columns(), mapping.as_ref(), input)?;
    let normaliser = Normaliser::default();
    let (mut builder, mut ids) = (Builder::default(), Vec::new());
    let known = std::thread::scope(|scope| {
        let known = scope.spawn(|| read_truth(truth));
        in_order(
            n_threads,
            |batch| {
                let more = rows.read(batch, ROWS).with_context(|| failed(input))?;
                whole(batch, input)?;
                Ok(more)
            },
            |batch: &Batch| {
                let (mut ids, mut profiles) = (Vec::with_capacity(batch.len()), Builder::default());
                let mut texts = Texts { cells: Vec::new(), places: &places };
                for row in batch.rows() {
                    texts.take(row);
                    ids.push(xxh3_64(texts.one(Field::Id).as_bytes()));
                    profiles.add(card(&normaliser, &texts));
                }
                (ids, profiles)
            },
            |(of_batch, profiles): (Vec<u64>, Builder)| {
                builder.append(profiles);
                ids.extend(of_batch);
            },
        )?;
        known.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    let mut strangers = known.values().copied().max().map_or(0, |most| most + 1)..;
    let person = |id: u64| known.get(&id).copied().or_else(|| strangers.next()).unwrap_or_default();
    let people = ids.into_iter().map(person).collect();
    Ok(People { index: builder.build(n_threads), people })
}

fn failed(path: &Path) -> String {
    format!("could not read `{}`", path.display())
}

fn open(path: &Path) -> anyhow::Result<Csv> {
    let file = File::open(path).with_context(|| failed(path))?;
    let input = Input::open(Box::new(file), None).with_context(|| failed(path))?;
    Csv::open(&path.display().to_string(), input, None).with_context(|| failed(path))
}

/// A measurement of half a file is none: the first bad row ends it.
fn whole(batch: &Batch, path: &Path) -> Result<(), Failure> {
    batch.rejects.first().map_or(Ok(()), |bad| {
        Err(Failure::new(
            Exit::BadInput,
            format!("`{}`, line {}, {}: {}", path.display(), bad.line, bad.field, bad.reason),
        ))
    })
}

fn written(path: &Path) -> anyhow::Result<Mapping> {
    let text = std::fs::read_to_string(path).with_context(|| failed(path))?;
    parse(&text).with_context(|| failed(path))
}

fn parse(text: &str) -> Result<Mapping, config::ConfigError> {
    let file = config::File::from_str(text, config::FileFormat::Toml);
    config::Config::builder().add_source(file).build()?.try_deserialize()
}

fn places(columns: &Columns, mapping: Option<&Mapping>, path: &Path) -> anyhow::Result<Places> {
    let usual = parse(USUAL)?;
    let mut places = Places::default();
    for (field, names) in &mapping.unwrap_or(&usual).columns {
        let names = match names {
            Names::One(name) => std::slice::from_ref(name),
            Names::Many(names) => names,
        };
        for name in names {
            match columns.number(name) {
                Some(number) => places[*field as usize].push(number),
                None if mapping.is_some() => {
                    return Err(Failure::new(
                        Exit::BadInput,
                        format!("`{}` has no column `{name}`", path.display()),
                    )
                    .into());
                }
                None => {}
            }
        }
    }
    if places[Field::Id as usize].is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            format!(
                "`{}` has no column `record_id`: name the column of the ids with --mapping",
                path.display()
            ),
        )
        .into());
    }
    Ok(places)
}

/// A row's texts by column.
struct Texts<'a> {
    cells: Vec<&'a str>,
    places: &'a Places,
}

impl<'a> Texts<'a> {
    /// Takes the texts of the next row.
    fn take(&mut self, row: Row<'a>) {
        self.cells.clear();
        for (column, text) in row.cells() {
            let column = column as usize;
            if self.cells.len() <= column {
                self.cells.resize(column + 1, "");
            }
            self.cells[column] = text;
        }
    }

    fn all(&self, field: Field) -> impl Iterator<Item = &'a str> {
        let of = |place: &u32| self.cells.get(*place as usize).copied().unwrap_or_default();
        self.places[field as usize].iter().map(of).filter(|text| !text.is_empty())
    }

    fn one(&self, field: Field) -> &'a str {
        self.all(field).next().unwrap_or_default()
    }
}

/// What a row says of a profile.
fn card(normaliser: &Normaliser, texts: &Texts<'_>) -> Compact {
    let emails: Vec<&str> = texts.all(Field::Email).collect();
    let phones: Vec<&str> = texts.all(Field::Phone).collect();
    let loyalty: Vec<&str> = texts.all(Field::Loyalty).collect();
    let street: Vec<&str> = texts.all(Field::Street).collect();
    let nationality = texts.one(Field::Nationality);
    let document = DocumentText {
        kind: texts.one(Field::DocumentKind),
        number: texts.one(Field::DocumentNumber),
        country: nationality,
    };
    let profile = Profile {
        kind: kind(texts.one(Field::Kind)),
        title: texts.one(Field::Title),
        first_name: texts.one(Field::FirstName),
        last_name: texts.one(Field::LastName),
        gender: texts.one(Field::Gender),
        birth_date: texts.one(Field::BirthDate),
        emails: &emails,
        phones: &phones,
        documents: std::slice::from_ref(&document),
        loyalty: &loyalty,
        street: &street.join(" "),
        city: texts.one(Field::City),
        postal_code: texts.one(Field::PostalCode),
        country: texts.one(Field::Country),
        nationality,
        language: texts.one(Field::Language),
        company: texts.one(Field::Company),
        tax_id: texts.one(Field::TaxId),
        property_country: "",
    };
    Compact::of(&normaliser.features(&profile))
}

fn kind(written: &str) -> Kind {
    match written.to_ascii_lowercase().as_str() {
        "company" => Kind::Company,
        "agency" => Kind::Agency,
        _ => Kind::Person,
    }
}

/// Who each record is, by the hash of its id: two columns, the record's id and its person's.
fn read_truth(path: &Path) -> anyhow::Result<Hashed<u32>> {
    let mut rows = open(path)?;
    let (mut numbers, mut found) = (Hashed::default(), Hashed::default());
    loop {
        let mut batch = Batch::default();
        let more = rows.read(&mut batch, ROWS).with_context(|| failed(path))?;
        whole(&batch, path)?;
        for row in batch.rows() {
            let mut cells = row.cells().map(|(_, text)| text);
            let (Some(record), Some(person)) = (cells.next(), cells.next()) else { continue };
            let new = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(xxh3_64(person.as_bytes())).or_insert(new);
            found.insert(xxh3_64(record.as_bytes()), number);
        }
        if !more {
            return Ok(found);
        }
    }
}

/// Reads batches, works on them by `n_threads`, and takes what they give in the order in which they were read.
fn in_order<T: Send>(
    n_threads: usize,
    mut read: impl FnMut(&mut Batch) -> anyhow::Result<bool>,
    work: impl Fn(&Batch) -> T + Sync,
    mut take: impl FnMut(T),
) -> anyhow::Result<()> {
    let (to_do, work_of) = mpsc::sync_channel::<(usize, Batch)>(AHEAD);
    let (done_by, done) = mpsc::channel();
    let work_of = Mutex::new(work_of);
    std::thread::scope(|scope| {
        for _ in 0..n_threads.max(1) {
            let (done_by, work_of, work) = (done_by.clone(), &work_of, &work);
            scope.spawn(move || {
                loop {
                    let next = work_of.lock().map(|work_of| work_of.recv());
                    let Ok(Ok((number, batch))) = next else { return };
                    if done_by.send((number, work(&batch))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done_by);
        let mut waiting = BTreeMap::new();
        let mut taken = 0;
        let mut settle = |waiting: &mut BTreeMap<usize, T>, arrived: (usize, T)| {
            waiting.insert(arrived.0, arrived.1);
            while let Some(next) = waiting.remove(&taken) {
                take(next);
                taken += 1;
            }
        };
        for number in 0.. {
            let mut batch = Batch::default();
            let more = read(&mut batch)?;
            to_do.send((number, batch)).map_err(|_| Failure::new(Exit::Bug, "a thread has died"))?;
            while let Ok(arrived) = done.try_recv() {
                settle(&mut waiting, arrived);
            }
            if !more {
                break;
            }
        }
        drop(to_do);
        for arrived in done {
            settle(&mut waiting, arrived);
        }
        Ok(())
    })
}
