//! Files as a source of history: what an old system has exported, row by row, as observations.
//!
//! `read` knows formats and nothing of hotels; [`mapping`] knows which column is which field; `layouts` are mappings
//! that come with the program; [`FileSource`] goes through a folder with them. Nothing here writes, and nothing here
//! decides what becomes of a row: that is the import's business.

mod check;
mod folder;
mod layouts;
pub mod mapping;
mod pages;
mod position;
pub(crate) mod read;
mod reader;
mod source;
#[cfg(test)]
mod tests;
mod told;

pub use check::Known;
pub use mapping::settings::{Layout, Placeholders};
pub use mapping::{Context, FileMapping, FilesSettings, MappingError};
pub use reader::{Part, Reader};
pub use source::{FileSource, OpenError};

use std::collections::BTreeMap;

use crate::model::{KindCapabilities, RecordKind};

/// What the files of these settings show of each kind of record: what a system of such files can do.
///
/// # Errors
/// [`MappingError`] names the files, the field and what is wrong.
pub fn kinds(
    settings: &FilesSettings,
    context: &Context,
) -> Result<BTreeMap<RecordKind, KindCapabilities>, MappingError> {
    let mut kinds = BTreeMap::new();
    for mapping in folder::mappings(settings, context)? {
        mapping.plan.declare(&mut kinds);
    }
    Ok(kinds)
}
