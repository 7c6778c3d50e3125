//! The mappings of a system, checked once; and one file at a time by them, for a folder that is watched.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::folder::{self, Item, Mapping, Opened};
use super::mapping::{Context, FilesSettings, Mapped, MappingError, Spoilt};
use super::pages::ROWS;
use super::read::Batch;
use crate::import::source::{Reject, SourceError};
use crate::model::{KindCapabilities, Observation, RecordKind, RemoteRef};

/// What reads the files of a system.
#[derive(Clone)]
pub struct Reader {
    pub(super) mappings: Arc<Vec<Mapping>>,
}

/// Some rows of a file, by one mapping.
pub struct Part {
    /// The pattern of the mapping's files.
    pub source: String,
    /// How many rows it is made of, good and bad.
    pub rows: u64,
    /// What the good rows say.
    pub observations: Vec<Observation>,
    /// The bad rows.
    pub rejects: Vec<Reject>,
    /// What was left out of good rows.
    pub remarks: Vec<Reject>,
    /// What the bad rows are about, as far as they tell.
    pub refused: Vec<Option<RemoteRef>>,
    origin: String,
    id_column: String,
    mapped: Mapped,
}

impl Part {
    /// A remark about the row of an observation, by its number.
    pub fn remark(&self, observation: usize, why: &str) -> Reject {
        let (line, row) = self.mapped.row(observation);
        let (origin, field) = (self.origin.clone(), self.id_column.clone());
        Reject { origin, line, field, reason: why.to_owned(), because_of: None, row }
    }
}

impl Reader {
    /// Checks every mapping.
    ///
    /// # Errors
    /// [`MappingError`] names the files, the field and what is wrong.
    pub fn new(settings: &FilesSettings, context: &Context) -> Result<Self, MappingError> {
        Ok(Self { mappings: Arc::new(folder::mappings(settings, context)?) })
    }

    /// What the files show of each kind of record: what a system of such files can do.
    pub fn kinds(&self) -> BTreeMap<RecordKind, KindCapabilities> {
        let mut kinds = BTreeMap::new();
        for mapping in self.mappings.iter() {
            mapping.plan.declare(&mut kinds);
        }
        kinds
    }

    /// The patterns of the files that show records of `kind`.
    pub fn sources(&self, kind: RecordKind) -> impl Iterator<Item = &str> {
        let shows = move |mapping: &&Mapping| mapping.plan.shows(kind);
        self.mappings.iter().filter(shows).map(|mapping| mapping.settings.files.as_str())
    }

    /// The patterns that a file's name fits.
    pub fn sources_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.patterns().filter(move |pattern| folder::matches(pattern, name))
    }

    /// Every pattern of files.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.mappings.iter().map(|mapping| mapping.settings.files.as_str())
    }

    /// Where a file stands in the order of reading: what others refer to comes first. `None`: nothing reads it.
    pub fn rank(&self, name: &str) -> Option<i64> {
        let reads = |mapping: &&Mapping| folder::matches(&mapping.settings.files, name);
        self.mappings.iter().filter(reads).map(|mapping| mapping.plan.rank()).min()
    }

    /// Reads a file by each of its mappings and tells its rows until nobody takes them any more. It blocks: it is for a
    /// thread of its own.
    ///
    /// # Errors
    /// The file as a whole cannot be read any further; what was told before stands.
    pub fn read(
        &self,
        path: &Path,
        name: &str,
        tell: &mut dyn FnMut(Part) -> bool,
    ) -> Result<(), SourceError> {
        let mut fitting: Vec<(usize, &Mapping)> = (0..)
            .zip(self.mappings.iter())
            .filter(|(_, mapping)| folder::matches(&mapping.settings.files, name))
            .collect();
        fitting.sort_by_key(|(_, mapping)| mapping.plan.rank());
        for (number, mapping) in fitting {
            let item = Item { mapping: number, name: name.to_owned(), path: path.to_owned() };
            let Opened { mut rows, spoilt } = folder::open(&item, mapping, None)?;
            loop {
                let mut batch = Batch::default();
                let goes_on = rows.read(&mut batch, ROWS)?;
                if !tell(part(mapping, name, batch, &spoilt)) {
                    return Ok(());
                }
                if !goes_on {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn part(mapping: &Mapping, name: &str, batch: Batch, spoilt: &Spoilt) -> Part {
    let mut mapped = mapping.plan.apply(name, batch, spoilt);
    Part {
        source: mapping.settings.files.clone(),
        rows: mapped.rows,
        observations: std::mem::take(&mut mapped.observations),
        rejects: std::mem::take(&mut mapped.rejects),
        remarks: std::mem::take(&mut mapped.remarks),
        refused: std::mem::take(&mut mapped.refused),
        origin: name.to_owned(),
        id_column: mapping.plan.id_column().to_owned(),
        mapped,
    }
}
