//! A system that is known only by the files that it exports: an old PMS without an interface.
//!
//! What it can do is what its mapping shows; nothing is ever written to it. What a file holds is the business of
//! `files`.

mod config;

use async_trait::async_trait;
use smol_str::SmolStr;
use std::sync::Arc;
use std::time::Duration;

use self::config::Settings;
use super::super::registry::{self, ConnectError, Context};
use super::super::{
    ChangePage, Connector, ConnectorError, Cursor, Finding, Hint, KeyPage, PushError, PushRequest, Reading,
    Severity, Step, Withdrawal,
};
use crate::files::{self, FilesSettings};
use crate::model::capabilities::{MergeSupport, Stream};
use crate::model::{
    Capabilities, ExternalId, Guard, RateLimit, RecordId, RecordKind, RemoteRef, SystemId, WriteOp,
    WriteOutcome,
};

pub use self::config::context;

/// The name of the connector in the configuration.
pub const NAME: &str = "files";

/// A hotel's export files.
struct Files {
    system: SmolStr,
    settings: Settings,
    capabilities: Capabilities,
}

/// Builds the connector of `system`; see `config/examples/files.toml`.
///
/// # Errors
/// [`ConnectError`] names the key, or the files and the field of the mapping.
pub fn connect(
    system: &SystemId,
    context: &Context,
    settings: registry::Settings,
) -> Result<Arc<dyn Connector>, ConnectError> {
    let settings = Settings::read(system, settings)?;
    let kinds = files::kinds(&settings.mapping(), &config::context(context))
        .map_err(|error| config::bad(system, error.to_string()))?;
    let capabilities = Capabilities {
        kinds,
        streams: Vec::new(),
        guard: Guard::ReadCompare,
        read_batch: 500,
        write_batch: 1,
        batch_is_atomic: false,
        finds_by_hub_id: false,
        suppress: true,
        merge: MergeSupport::None,
        rate: RateLimit { calls: 1_000, per: Duration::from_secs(1) },
    };
    Ok(Arc::new(Files { system: system.as_str().into(), settings, capabilities }))
}

/// What the files of a system hold, by its section of the configuration.
///
/// # Errors
/// [`ConnectError::BadSettings`] names the key.
pub fn mapping(system: &SystemId, settings: registry::Settings) -> Result<FilesSettings, ConnectError> {
    Settings::read(system, settings).map(|settings| settings.mapping())
}

impl Files {
    fn cannot(&self, what: &'static str) -> ConnectorError {
        ConnectorError::Unsupported { system: self.system.clone(), what }
    }
}

#[async_trait]
impl Connector for Files {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Vec<Finding> {
        let Some(folder) = &self.settings.folder else {
            let message = "its files are imported by command".to_owned();
            return vec![Finding { severity: Severity::Good, message, hint: None }];
        };
        let (severity, message, hint) = match std::fs::read_dir(folder) {
            Ok(_) => (Severity::Good, format!("`{}` can be read", folder.display()), None),
            Err(error) => {
                let message = format!("`{}` cannot be read: {error}", folder.display());
                (Severity::Error, message, Some("create it, and let cardex read and write it".to_owned()))
            }
        };
        vec![Finding { severity, message, hint }]
    }

    async fn prepare(&self, _plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        Ok(Vec::new())
    }

    async fn changes(&self, _: &Stream, _: Option<&Cursor>) -> Result<ChangePage, ConnectorError> {
        Err(self.cannot("tell what changed"))
    }

    async fn enumerate(&self, _: RecordKind, _: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        Ok(KeyPage { keys: Vec::new(), next: None })
    }

    async fn lists_all(&self, _: RecordKind) -> Result<bool, ConnectorError> {
        Ok(false)
    }

    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        Ok(refs.iter().cloned().map(Reading::OutOfScope).collect())
    }

    async fn find(
        &self,
        _: RecordKind,
        _: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        Err(self.cannot("carry the hub's id"))
    }

    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let why = "files are only read";
        Ok(ops.iter().map(|_| WriteOutcome::Rejected { field: None, why: why.to_owned() }).collect())
    }

    async fn withdraw(&self, _: RecordKind, _: &[Withdrawal]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        Err(self.cannot("take records back"))
    }

    async fn merge(&self, _: RecordKind, _: &ExternalId, _: &ExternalId) -> Result<(), ConnectorError> {
        Err(self.cannot("merge records"))
    }

    fn push_in(&self, _: &PushRequest<'_>) -> Result<Vec<Hint>, PushError> {
        Err(PushError::NotSupported)
    }

    async fn watch(&self) -> Result<(), ConnectorError> {
        std::future::pending().await
    }
}
