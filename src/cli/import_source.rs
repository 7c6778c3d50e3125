//! Where an import's rows come from: the system's own interface, or files that it has exported.

use anyhow::Context as _;
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::progress::Progress;
use super::{Context, Exit, Failure};
use crate::config;
use crate::connectors::pms::files as connector;
use crate::connectors::registry;
use crate::files::{self, FileSource, FilesSettings, Known, Layout, Reader};
use crate::hub::{Hub, System};
use crate::import::source::{Source, SourceError};
use crate::import::systems::ConnectorSource;
use crate::model::{KindCapabilities, RecordKind, RemoteRef, SystemId};
use crate::store::Store;

/// Which source.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Read the files of this folder instead of asking the system
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// They are laid out like this: cardexgen or ota [default: as the system's own settings say]
    #[arg(long, value_name = "NAME", requires = "from", value_parser = layout)]
    layout: Option<Layout>,
    /// They are mapped by this file (docs/files.md)
    #[arg(long, value_name = "FILE", requires = "from", conflicts_with = "layout")]
    mapping: Option<PathBuf>,
}

/// A source, and what the import has to know of it.
pub(super) struct Chosen {
    pub(super) source: Box<dyn Source>,
    /// Its name among the checkpoints.
    pub(super) name: &'static str,
    /// The system tells what changes from now on; a folder of exports is its own feed, and told apart from these files.
    pub(super) has_feed: bool,
    /// What the files hold and the system cannot have: `person.surname`.
    pub(super) not_taken: Vec<String>,
    /// Files of the folder that no mapping reads.
    pub(super) unread: Vec<String>,
}

fn layout(name: &str) -> Result<Layout, String> {
    let known = Layout::ALL.map(Layout::name).join(", ");
    Layout::parse(name).ok_or_else(|| format!("there are: {known}"))
}

impl Which {
    /// The name of the source among the checkpoints.
    pub(super) const fn name(&self) -> &'static str {
        if self.from.is_some() { "files" } else { "system" }
    }

    /// Whether it is a folder of files.
    pub(super) const fn is_folder(&self) -> bool {
        self.from.is_some()
    }

    /// Opens the source.
    pub(super) async fn open(
        &self,
        hub: &Hub,
        system: &Arc<System>,
        context: &Context,
        progress: &mut Progress,
    ) -> anyhow::Result<Chosen> {
        let section = section(context, system)?;
        let name = self.name();
        let has_feed = !system.capabilities.streams.is_empty();
        let Some(folder) = &self.from else {
            if section.connector == connector::NAME {
                let what = format!("`{}` is known by its files only", system.id);
                return Err(Failure::new(Exit::Usage, what).hint("name their folder with `--from`").into());
            }
            let source = ConnectorSource::new(Arc::clone(system));
            if progress.is_watched() {
                progress.expect(source.count().await?);
            }
            return Ok(Chosen {
                source: Box::new(source),
                name,
                has_feed,
                not_taken: Vec::new(),
                unread: Vec::new(),
            });
        };
        is_not_watched(folder, system, section)?;
        if progress.is_watched() {
            progress.expect_lines_of(folder);
        }
        let (settings, told) = (self.settings(system, section)?, told(context, section)?);
        let reader = Reader::new(&settings, &told);
        let reader = reader.map_err(|error| Failure::new(Exit::Config, error.to_string()))?;
        let not_taken = not_taken(system, reader.kinds())?;
        let source = FileSource::open(folder, reader).map_err(|error| cannot_open(folder, &error))?;
        let unread = source.unread().to_vec();
        let source =
            source.with_known(Arc::new(InHub { store: hub.store.clone(), system: system.id.clone() }));
        // Nobody else gives versions of these records.
        let is_own = section.connector == connector::NAME;
        let source = if is_own { source.with_versions() } else { source };
        Ok(Chosen { source: Box::new(source), name, has_feed: has_feed && !is_own, not_taken, unread })
    }

    fn settings(&self, system: &System, section: &config::System) -> anyhow::Result<FilesSettings> {
        if let Some(layout) = self.layout {
            return Ok(FilesSettings::of(layout));
        }
        if let Some(file) = &self.mapping {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("could not read `{}`", file.display()))?;
            return FilesSettings::parse(&text).map_err(|error| {
                Failure::new(Exit::Config, format!("`{}`: {error}", file.display())).into()
            });
        }
        if section.connector == connector::NAME {
            return Ok(connector::mapping(&system.id, section.settings.0.clone())?);
        }
        let what = format!("nothing says what the files of `{}` hold", system.id);
        let hint = "name a layout with `--layout`, or a mapping with `--mapping`: docs/files.md";
        Err(Failure::new(Exit::Usage, what).hint(hint).into())
    }
}

/// What comes into the watched folder is taken in by the daemon, and moved away while it is.
fn is_not_watched(folder: &Path, system: &System, section: &config::System) -> anyhow::Result<()> {
    if section.connector != connector::NAME {
        return Ok(());
    }
    let watched = connector::watched(&system.id, section.settings.0.clone())?;
    let same = |watched: &Path| std::fs::canonicalize(watched).ok() == std::fs::canonicalize(folder).ok();
    if watched.is_none_or(|watched| !same(&watched)) {
        return Ok(());
    }
    let what = format!("`{}` is the folder that `{}` exports into", folder.display(), system.id);
    Err(Failure::new(Exit::Usage, what)
        .hint("the daemon takes in what comes there; copy older files to another folder")
        .into())
}

impl Chosen {
    /// What an operator has to know before the import begins; empty when there is nothing.
    pub(super) fn warnings(&self, system: &System) -> String {
        let mut text = String::new();
        if !self.not_taken.is_empty() {
            let _ = writeln!(
                text,
                "warning: `{}` has no such fields, so they are left out: {}",
                system.id,
                self.not_taken.join(", ")
            );
        }
        if !self.unread.is_empty() {
            let _ = writeln!(text, "warning: no mapping reads {}", self.unread.join(", "));
        }
        text
    }
}

/// What the hub has heard of a system.
struct InHub {
    store: Store,
    system: SystemId,
}

#[async_trait]
impl Known for InHub {
    async fn known(&self, refs: &[RemoteRef]) -> Result<BTreeSet<RemoteRef>, SourceError> {
        let linked = self.store.linked_records(&self.system, refs).await;
        let linked = linked.map_err(|error| SourceError::Format {
            path: "the hub".to_owned(),
            why: format!("it does not say what it knows: {error}"),
        })?;
        Ok(linked.into_iter().map(|(subject, _)| subject).collect())
    }
}

fn section<'a>(context: &'a Context, system: &System) -> anyhow::Result<&'a config::System> {
    let section = context.config.systems.get(system.id.as_str());
    section.with_context(|| format!("there is no system `{}`", system.id))
}

/// What the mapping has to know of the hotel.
fn told(context: &Context, section: &config::System) -> anyhow::Result<files::Context> {
    let property = context.config.properties.get(&section.property);
    let property = property.with_context(|| format!("there is no property `{}`", section.property))?;
    let registry = Arc::new(context.config.registry()?);
    Ok(connector::context(&registry::Context::of(property, &context.config.relay, registry)))
}

/// What the files show and the hub does not hear from this system. A kind that the system does not have at all is an
/// error: every row of it would be lost.
fn not_taken(system: &System, shown: BTreeMap<RecordKind, KindCapabilities>) -> Result<Vec<String>, Failure> {
    let mut not_taken = Vec::new();
    for (kind, shown) in shown {
        let Some(can) = system.capabilities.kinds.get(&kind).filter(|can| can.read) else {
            let what = format!("the files hold records of kind {kind}, which `{}` does not have", system.id);
            let hint = "give a mapping without them, or import into a system with the connector `files`";
            return Err(Failure::new(Exit::Config, what).hint(hint));
        };
        let is_heard = |key| can.fields.get(key).is_some_and(|field| field.read);
        not_taken
            .extend(shown.fields.keys().filter(|key| !is_heard(*key)).map(|key| format!("{kind}.{key}")));
    }
    Ok(not_taken)
}

fn cannot_open(folder: &Path, error: &SourceError) -> anyhow::Error {
    let mut what = format!("could not read `{}`: {error}", folder.display());
    if let Some(cause) = std::error::Error::source(error) {
        let _ = write!(what, ": {cause}");
    }
    Failure::new(Exit::NoInput, what).into()
}
