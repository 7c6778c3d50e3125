//! Files as a source of history: what an old system has exported, row by row, as observations.
//!
//! `read` knows formats and nothing of hotels; [`mapping`] knows which column is which field; `layouts` are mappings
//! that come with the program; [`FileSource`] goes through a folder with them. Nothing here writes, and nothing here
//! decides what becomes of a row: that is the import's business.

mod check;
mod folder;
mod groups;
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
pub use source::FileSource;
