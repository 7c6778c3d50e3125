//! A connector as a source of history: every record that its system lists, kind by kind, dependencies first.

use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::source::{Page, Position, Reject, Source, SourceError};
use crate::connectors::{ConnectorError, Cursor, KeyPage, NextStep, Reading};
use crate::hub::System;
use crate::model::{Lane, Observation, Origin, RecordKind, RemoteRef};

/// How often a call is made again when the system does not answer. The waits double, from a second on.
const PATIENCE: u32 = 5;

/// What a system remembers, by its own interface. The calls count against its budget in the lane of the history.
pub struct ConnectorSource {
    system: Arc<System>,
    told: u64,
}

impl ConnectorSource {
    /// The history of `system`.
    pub const fn new(system: Arc<System>) -> Self {
        Self { system, told: 0 }
    }

    /// How many records the system lists.
    ///
    /// # Errors
    /// The system did not answer.
    pub async fn count(&self) -> Result<u64, SourceError> {
        let mut records = 0;
        for kind in self.system.settings.kinds.iter().copied() {
            let mut cursor = None;
            loop {
                let page = self.enumerate(kind, cursor.as_ref()).await?;
                records += page.keys.len() as u64;
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(records)
    }

    /// Those of some records that the system does not have. What it cannot show is taken to be there.
    ///
    /// # Errors
    /// The system did not answer.
    pub async fn missing(&self, refs: &[RemoteRef]) -> Result<BTreeSet<RemoteRef>, SourceError> {
        let mut missing = BTreeSet::new();
        for kind in self.system.settings.kinds.iter().copied() {
            let of_kind: Vec<RemoteRef> =
                refs.iter().filter(|subject| subject.kind == kind).cloned().collect();
            for batch in of_kind.chunks(self.system.capabilities.read_batch.max(1)) {
                let readings = match self.read(batch).await {
                    Err(error) if is_about_one(&error) => continue,
                    readings => readings?,
                };
                missing.extend(readings.into_iter().filter_map(|reading| match reading {
                    Reading::NotFound(subject) => Some(subject),
                    Reading::Found(_) | Reading::OutOfScope(_) | Reading::Undecodable { .. } => None,
                }));
            }
        }
        Ok(missing)
    }

    /// Goes to a position: how many rows were told before it, a kind, and the connector's own cursor in it.
    fn go_to(&mut self, position: &Position) -> Result<(RecordKind, Option<Cursor>), SourceError> {
        let place = || {
            let (told, place) = position.0.split_once(' ')?;
            let (kind, cursor) = match place.split_once(':') {
                Some((kind, cursor)) => (kind, Some(Cursor(cursor.to_owned()))),
                None => (place, None),
            };
            let kind = RecordKind::parse(kind).filter(|kind| self.system.settings.kinds.contains(kind))?;
            Some((told.parse().ok()?, (kind, cursor)))
        };
        let moved = || SourceError::Moved { what: format!("what is read of `{}`", self.system.id) };
        let (told, place) = place().ok_or_else(moved)?;
        self.told = told;
        Ok(place)
    }

    fn after(&self, kind: RecordKind, cursor: Option<Cursor>) -> Option<Position> {
        if let Some(Cursor(cursor)) = cursor {
            return Some(Position(format!("{} {kind}:{cursor}", self.told)));
        }
        let mut kinds = self.system.settings.kinds.iter().skip_while(|known| **known != kind);
        kinds.nth(1).map(|kind| Position(format!("{} {kind}", self.told)))
    }

    async fn enumerate(&self, kind: RecordKind, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        let mut tries = 0;
        loop {
            self.system.turn(Lane::Backfill).await;
            match self.system.connector.enumerate(kind, after).await {
                Ok(page) => return Ok(page),
                Err(error) => self.bear(error, &mut tries)?,
            }
        }
    }

    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        let mut tries = 0;
        loop {
            self.system.turn(Lane::Backfill).await;
            match self.system.connector.read(refs).await {
                Ok(readings) => return Ok(readings),
                Err(error) => self.bear(error, &mut tries)?,
            }
        }
    }

    /// Has the next call wait where waiting can help.
    fn bear(&self, error: ConnectorError, tries: &mut u32) -> Result<(), ConnectorError> {
        let can_help = matches!(error.next_step(), NextStep::RetryAfter(_) | NextStep::Settle);
        if !can_help || *tries >= PATIENCE {
            return Err(error);
        }
        let wait = error.wait().unwrap_or(Duration::from_secs(1 << *tries));
        *tries += 1;
        self.system.budget.pause(wait);
        Ok(())
    }

    /// Reads these records; a batch that is refused is halved, until what cannot be read stands alone.
    async fn tell(&mut self, refs: &[RemoteRef], page: &mut Page) -> Result<(), ConnectorError> {
        let batch = self.system.capabilities.read_batch.max(1);
        let mut work: Vec<&[RemoteRef]> = refs.chunks(batch).rev().collect();
        while let Some(refs) = work.pop() {
            match self.read(refs).await {
                Ok(readings) => self.sort_out(readings, page),
                Err(error) if is_about_one(&error) && refs.len() > 1 => {
                    let (first, second) = refs.split_at(refs.len() / 2);
                    work.push(second);
                    work.push(first);
                }
                Err(error) if is_about_one(&error) => {
                    for subject in refs {
                        self.reject(subject, error.to_string(), page);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What is gone by now, or none of cardex's business, is no row.
    fn sort_out(&mut self, readings: Vec<Reading>, page: &mut Page) {
        for reading in readings {
            match reading {
                Reading::Found(observation) => {
                    self.told += 1;
                    page.rows += 1;
                    page.observations.push(Observation { origin: Origin::History, ..*observation });
                }
                Reading::Undecodable { subject, why } => self.reject(&subject, why, page),
                Reading::NotFound(_) | Reading::OutOfScope(_) => {}
            }
        }
    }

    fn reject(&mut self, subject: &RemoteRef, reason: String, page: &mut Page) {
        self.told += 1;
        page.rows += 1;
        page.rejects.push(Reject {
            origin: format!("{}:{}", self.system.id, subject.kind),
            line: self.told,
            field: String::new(),
            reason,
            because_of: None,
            row: subject.external_id.to_string(),
        });
    }
}

/// Whether an error may be one record's fault.
const fn is_about_one(error: &ConnectorError) -> bool {
    match error.next_step() {
        NextStep::Bisect | NextStep::Park => true,
        NextStep::RetryAfter(_) | NextStep::Settle | NextStep::Halt | NextStep::Sweep => false,
    }
}

#[async_trait]
impl Source for ConnectorSource {
    async fn next(&mut self, after: Option<&Position>) -> Result<Page, SourceError> {
        let mut page =
            Page { rows: 0, observations: Vec::new(), rejects: Vec::new(), remarks: Vec::new(), next: None };
        let (kind, cursor) = match (after, self.system.settings.kinds.first()) {
            (Some(position), _) => self.go_to(position)?,
            (None, Some(kind)) => (*kind, None),
            (None, None) => return Ok(page),
        };
        let KeyPage { keys, next } = self.enumerate(kind, cursor.as_ref()).await?;
        let refs: Vec<RemoteRef> =
            keys.into_iter().map(|(external_id, _)| RemoteRef { kind, external_id }).collect();
        self.tell(&refs, &mut page).await?;
        page.next = self.after(kind, next);
        Ok(page)
    }
}
