//! The file of rejected and flagged rows: the only place where an import leaves what a bad row holds. Nobody else may
//! read it.

use std::fs::{File, Permissions};
use std::io::{BufWriter, Seek as _, SeekFrom};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::ImportError;
use super::source::Page;

/// The file. It comes into being with the first bad row.
pub(super) struct RejectFile {
    path: PathBuf,
    bytes: u64,
    file: Option<File>,
}

impl RejectFile {
    /// The file at `path`, of which the first `bytes` are kept: what follows them was written by a run that did not
    /// get so far as to store the page.
    pub(super) fn new(path: &Path, bytes: u64) -> Self {
        Self { path: path.to_owned(), bytes, file: None }
    }

    /// Its path, if it holds anything.
    pub(super) fn path(&self) -> Option<&Path> {
        (self.bytes > 0).then_some(&*self.path)
    }

    /// How long it is.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds rows, and has them on the disk before the page is stored.
    pub(super) fn write(&mut self, page: &Page) -> Result<(), ImportError> {
        if page.rejects.is_empty() && page.remarks.is_empty() {
            return Ok(());
        }
        self.append(page).map_err(|source| ImportError::Rejects { path: self.path.clone(), source })
    }

    fn append(&mut self, page: &Page) -> std::io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => open(&self.path, self.bytes)?,
        };
        let mut out = BufWriter::new(file);
        let rejected = page.rejects.iter().map(|reject| ("rejected", reject));
        let flagged = page.remarks.iter().map(|remark| ("flagged", remark));
        for (outcome, reject) in rejected.chain(flagged) {
            reject.write(outcome, &mut out)?;
        }
        let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_data()?;
        self.bytes = file.stream_position()?;
        self.file = Some(file);
        Ok(())
    }
}

/// Opens the file for its owner's eyes only, cut to `bytes`.
fn open(path: &Path, bytes: u64) -> std::io::Result<File> {
    let mut file = File::options().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    // The file may be an older one, with other rights.
    file.set_permissions(Permissions::from_mode(0o600))?;
    if bytes < file.metadata()?.len() {
        file.set_len(bytes)?;
    }
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}
