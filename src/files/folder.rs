//! The files of a folder in the order in which they are read: what others refer to comes first.

use encoding_rs::Encoding;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::groups::{self, Groups};
use super::layouts;
use super::mapping::settings::{FileMapping, FilesSettings, Format};
use super::mapping::{Context, MappingError, Plan, Spoilt};
use super::read::csv::Csv;
use super::read::input::{Bytes, Input};
use super::read::jsonl::JsonLines;
use super::read::xlsx::Sheet;
use super::read::xml::Xml;
use super::read::{Columns, Place, Rows};
use crate::import::source::SourceError;

/// A mapping that was checked, beside what it says of the files.
pub(super) struct Mapping {
    pub(super) settings: FileMapping,
    pub(super) plan: Arc<Plan>,
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// The number of its mapping.
    pub(super) mapping: usize,
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// Checks every mapping of the settings.
///
/// # Errors
/// [`MappingError`] names the files, the field and what is wrong.
pub(super) fn mappings(settings: &FilesSettings, context: &Context) -> Result<Vec<Mapping>, MappingError> {
    let built_in = settings.layout.map(layouts::of).unwrap_or_default();
    let all = settings.files.iter().cloned().chain(built_in);
    all.flat_map(FileMapping::repeated)
        .map(|mapping| {
            let plan = Plan::of(&mapping, &settings.placeholders, context.clone())?;
            Ok(Mapping { settings: mapping, plan: Arc::new(plan) })
        })
        .collect()
}

/// The files that the mappings read, in order, and those that none reads.
///
/// # Errors
/// [`SourceError::File`]: the folder cannot be read.
pub(super) fn items(folder: &Path, mappings: &[Mapping]) -> Result<(Vec<Item>, Vec<String>), SourceError> {
    let error = |source| SourceError::File { path: folder.display().to_string(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(error)? {
        let entry = entry.map_err(error)?;
        let is_file = std::fs::metadata(entry.path()).is_ok_and(|about| about.is_file());
        if is_file && let Ok(name) = entry.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    let mut items = Vec::new();
    let mut unread = Vec::new();
    for name in names {
        let fitting = (0..).zip(mappings).filter(|(_, mapping)| matches(&mapping.settings.files, &name));
        let before = items.len();
        let path = folder.join(&name);
        items.extend(fitting.map(|(number, _)| Item {
            mapping: number,
            name: name.clone(),
            path: path.clone(),
        }));
        if items.len() == before {
            unread.push(name);
        }
    }
    items.sort_by_key(|item| mappings.get(item.mapping).map(|mapping| mapping.plan.rank()));
    Ok((items, unread))
}

/// Whether a name fits a pattern: `*` is any letters, `?` one.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.to_lowercase().chars().collect(), name.to_lowercase().chars().collect());
    let (mut at, mut in_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(in_name) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, in_name));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                at += 1;
                in_name += 1;
            }
            Some(_) | None => {
                // The last star takes one letter more.
                let Some((after, taken)) = star else { return false };
                star = Some((after, taken + 1));
                (at, in_name) = (after, taken + 1);
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|letter| *letter == '*')
}

/// A file that is being read.
pub(super) struct Opened {
    pub(super) rows: Box<dyn Rows>,
    /// The records that cannot be put together from their rows.
    pub(super) spoilt: Arc<Spoilt>,
}

/// Opens a file at a place. Where a record is made of several rows, the whole file is gone through before.
///
/// # Errors
/// [`SourceError`]: it cannot be read, is not what it should be, or ends before the place.
pub(super) fn open(item: &Item, mapping: &Mapping, at: Option<Place>) -> Result<Opened, SourceError> {
    let open = |at| {
        let file = File::open(&item.path).map_err(|source| error(item, source))?;
        open_bytes(item, mapping, Box::new(file), at)
    };
    let Some(most) = mapping.plan.most_rows() else {
        return Ok(Opened { rows: open(at)?, spoilt: Arc::default() });
    };
    let spoilt = Arc::new(groups::survey(open(None)?, &mapping.plan, most)?);
    let rows = Box::new(Groups::new(open(at)?, &mapping.plan, most, &spoilt));
    Ok(Opened { rows, spoilt })
}

/// The same, from bytes.
pub(super) fn open_bytes(
    item: &Item,
    mapping: &Mapping,
    bytes: Box<dyn Bytes>,
    at: Option<Place>,
) -> Result<Box<dyn Rows>, SourceError> {
    let settings = &mapping.settings;
    let format = settings.format.or_else(|| format_of(&item.name)).ok_or_else(|| SourceError::Format {
        path: item.name.clone(),
        why: "its name does not tell its format: set `format`".to_owned(),
    })?;
    let encoding = settings.encoding.as_ref().and_then(|name| Encoding::for_label(name.as_bytes()));
    let input = |bytes| Input::open(bytes, encoding).map_err(|source| error(item, source));
    let moved = || SourceError::Moved { what: item.name.clone() };
    let place = at.unwrap_or_default();
    Ok(match format {
        Format::Csv => {
            let delimiter = settings.delimiter.and_then(|letter| u8::try_from(letter).ok());
            let mut rows = Csv::open(&item.name, input(bytes)?, delimiter)?;
            has_columns(item, mapping, rows.columns())?;
            if at.is_some() && !rows.go_to(place)? {
                return Err(moved());
            }
            Box::new(rows)
        }
        Format::Jsonl => {
            let mut rows = JsonLines::open(&item.name, input(bytes)?);
            if !rows.go_to(place)? {
                return Err(moved());
            }
            Box::new(rows)
        }
        Format::Xml => {
            let input = Input::open_xml(bytes, encoding).map_err(|source| error(item, source))?;
            let row = settings.row.as_deref().unwrap_or("row");
            let mut rows = Xml::open(&item.name, input, row);
            if !rows.go_to(place)? {
                return Err(moved());
            }
            Box::new(rows)
        }
        Format::Xlsx => {
            let mut rows = Sheet::open(&item.name, bytes, settings.sheet.as_deref())?;
            has_columns(item, mapping, rows.columns())?;
            if at.is_some() && !rows.go_to(place)? {
                return Err(moved());
            }
            Box::new(rows)
        }
    })
}

fn format_of(name: &str) -> Option<Format> {
    match Path::new(name).extension()?.to_str()?.to_lowercase().as_str() {
        "csv" | "txt" | "tsv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "xml" => Some(Format::Xml),
        "xlsx" => Some(Format::Xlsx),
        _ => None,
    }
}

/// A column that the mapping names and the header does not have is a mapping for another file.
fn has_columns(item: &Item, mapping: &Mapping, columns: &Columns) -> Result<(), SourceError> {
    let missing = mapping.plan.columns().iter().find(|name| columns.number(name).is_none());
    match missing {
        None => Ok(()),
        Some(name) => {
            let there: Vec<&str> = columns.names().take(40).collect();
            let why = format!("it has no column `{name}`; its columns are `{}`", there.join("`, `"));
            Err(SourceError::Format { path: item.name.clone(), why })
        }
    }
}

pub(super) fn error(item: &Item, source: io::Error) -> SourceError {
    SourceError::File { path: item.name.clone(), source }
}
