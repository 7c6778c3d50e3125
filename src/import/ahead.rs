//! Reads a source one step ahead of what is being stored: reading and storing take turns at nothing.

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::ImportError;
use super::source::{Page, Position, Source};
use crate::hub::Hub;
use crate::model::SystemId;

/// A page, and what was so when its fetch began.
pub(super) struct Fetched {
    pub(super) page: Page,
    /// The system's epoch.
    pub(super) epoch: i64,
    /// When.
    pub(super) at: DateTime<Utc>,
}

/// A source that is read in a task of its own. Dropped, it ends the task.
pub(super) struct Ahead {
    pages: mpsc::Receiver<Result<Fetched, ImportError>>,
    _task: JoinSet<()>,
}

impl Ahead {
    /// Begins to read after `position`.
    pub(super) fn start(
        hub: &Hub,
        system: &SystemId,
        mut source: Box<dyn Source>,
        mut position: Option<Position>,
    ) -> Self {
        let (hub, system) = (hub.clone(), system.clone());
        // One page waits here, one is being read: memory is bounded by what three pages hold.
        let (sender, pages) = mpsc::channel(1);
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                let fetched = fetch(&hub, &system, &mut *source, position.as_ref()).await;
                position = fetched.as_ref().ok().and_then(|fetched| fetched.page.next.clone());
                if sender.send(fetched).await.is_err() || position.is_none() {
                    return;
                }
            }
        });
        Self { pages, _task: task }
    }

    /// The next page; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Fetched>, ImportError> {
        self.pages.recv().await.transpose()
    }
}

async fn fetch(
    hub: &Hub,
    system: &SystemId,
    source: &mut dyn Source,
    after: Option<&Position>,
) -> Result<Fetched, ImportError> {
    let (epoch, at) = (hub.store.epoch(system).await?, hub.clock.now());
    Ok(Fetched { page: source.next(after).await?, epoch, at })
}
