//! Keeps the hints of requests that come together in one transaction, each answered only when its own are durable.
//!
//! Whoever comes while nobody writes, writes; whoever comes meanwhile waits, and one of those who wait writes for all of
//! them next. No task of its own: what nobody waits for any more is written by the next, or was never promised.

use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

use crate::store::{Commit, ReadMark, Store, StoreError};

/// How many hints go into one transaction, beyond those of the first request: more would hold up everybody else who writes.
const MOST_MARKS: usize = 5_000;

/// The requests whose hints are to be kept.
#[derive(Debug)]
pub struct Together {
    /// The hints of how many requests go into one transaction.
    most: usize,
    waiting: Mutex<VecDeque<Waiting>>,
    /// Whoever has it writes.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Waiting {
    reads: Arc<[ReadMark]>,
    tell: oneshot::Sender<Kept>,
}

impl Waiting {
    fn hear(self, kept: Kept) {
        // Whoever has gone away was promised nothing.
        let _ = self.tell.send(kept);
    }
}

/// What became of the hints of a request.
#[derive(Debug)]
enum Kept {
    Durable,
    Failed(StoreError),
    /// The transaction of several failed, which may be the fault of another one: each tries by itself.
    TryAlone,
}

impl Together {
    /// Nobody waits; the hints of at most `most` requests go into one transaction.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// Keeps these hints. Dropped before its end, it may have kept them or not.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was kept.
    pub async fn keep(
        &self,
        store: &Store,
        reads: Vec<ReadMark>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let reads: Arc<[ReadMark]> = reads.into();
        loop {
            match self.wait(store, &reads, now).await {
                Some(Kept::Durable) => return Ok(()),
                Some(Kept::Failed(error)) => return Err(error),
                Some(Kept::TryAlone) => return commit(store, &[reads], now).await,
                // Whoever wrote for us was cut off.
                None => {}
            }
        }
    }

    /// Waits for somebody to write, or for the turn to be the one who does.
    async fn wait(&self, store: &Store, reads: &Arc<[ReadMark]>, now: DateTime<Utc>) -> Option<Kept> {
        let (tell, mut told) = oneshot::channel();
        self.queue().push_back(Waiting { reads: Arc::clone(reads), tell });
        loop {
            let turn = tokio::select! {
                biased;
                kept = &mut told => return kept.ok(),
                turn = self.turn.lock() => turn,
            };
            // Those who came before are first: where they are too many for one transaction, ours is in a later one.
            self.write(store, now).await;
            drop(turn);
        }
    }

    /// Writes for those who have waited longest.
    async fn write(&self, store: &Store, now: DateTime<Utc>) {
        let mut group = self.next();
        let reads: Vec<_> = group.iter().map(|waiting| Arc::clone(&waiting.reads)).collect();
        match commit(store, &reads, now).await {
            Ok(()) => group.into_iter().for_each(|waiting| waiting.hear(Kept::Durable)),
            Err(_) if group.len() > 1 => group.into_iter().for_each(|waiting| waiting.hear(Kept::TryAlone)),
            Err(error) => {
                if let Some(waiting) = group.pop() {
                    waiting.hear(Kept::Failed(error));
                }
            }
        }
    }

    fn next(&self) -> Vec<Waiting> {
        let (mut queue, mut group, mut n_marks) = (self.queue(), Vec::new(), 0);
        while group.len() < self.most {
            let fits = |waiting: &Waiting| n_marks == 0 || n_marks + waiting.reads.len() <= MOST_MARKS;
            if !queue.front().is_some_and(fits) {
                break;
            }
            let Some(waiting) = queue.pop_front() else { break };
            n_marks += waiting.reads.len();
            group.push(waiting);
        }
        group
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
        // The queue is consistent after every statement, so a panic elsewhere cannot have spoilt it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn commit(store: &Store, requests: &[Arc<[ReadMark]>], now: DateTime<Utc>) -> Result<(), StoreError> {
    let reads = requests.iter().flat_map(|reads| reads.iter().cloned()).collect();
    store.commit(Commit { now, reads, ..Commit::default() }).await
}
