//! The facts as they were last read, and when they have to be read again.
//!
//! Whoever asks gets the facts at hand, also while they are being read anew: reading them takes a dozen calls, and no
//! write may wait for that. Readings never pile up: those who ask while one is under way share the next.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, watch};

use super::client::Client;
use super::facts::Facts;
use crate::connectors::ConnectorError;

/// How long facts stand that nothing has cast doubt on.
const LASTS: Duration = Duration::from_mins(2);

/// The facts at hand.
pub(super) struct Known {
    /// `None` until first read. Locked for as long as it takes to copy a pointer.
    entry: watch::Sender<Option<Entry>>,
    /// Held by the one who reads.
    reading: Mutex<()>,
}

#[derive(Debug, Clone)]
struct Entry {
    facts: Arc<Facts>,
    /// When their reading began: what has changed since may be missing.
    began: Instant,
}

impl Known {
    pub(super) fn new() -> Self {
        Self { entry: watch::Sender::new(None), reading: Mutex::new(()) }
    }

    /// The facts at hand, however old; read only when there are none.
    pub(super) async fn any(&self, client: &Client) -> Result<Arc<Facts>, ConnectorError> {
        self.read_since(client, None).await
    }

    /// Facts that are neither old nor in doubt.
    pub(super) async fn recent(&self, client: &Client) -> Result<Arc<Facts>, ConnectorError> {
        let oldest = Instant::now().checked_sub(LASTS);
        self.read_since(client, oldest.max(client.doubted_at())).await
    }

    /// Facts read after this moment; `None` takes those at hand.
    pub(super) async fn read_since(
        &self,
        client: &Client,
        moment: Option<Instant>,
    ) -> Result<Arc<Facts>, ConnectorError> {
        if let Some(facts) = self.since(moment) {
            return Ok(facts);
        }
        let _alone = self.reading.lock().await;
        if let Some(facts) = self.since(moment) {
            return Ok(facts);
        }
        let began = Instant::now();
        let facts = Facts::read(client).await.map_err(|error| client.whole(error)).map(Arc::new)?;
        self.entry.send_replace(Some(Entry { facts: Arc::clone(&facts), began }));
        Ok(facts)
    }

    fn since(&self, moment: Option<Instant>) -> Option<Arc<Facts>> {
        let entry = self.entry.borrow();
        entry.as_ref().filter(|entry| Some(entry.began) >= moment).map(|entry| Arc::clone(&entry.facts))
    }
}
