//! Writes: creates by upsert under the hub's id, changes by record id, then the associations of stays.
//!
//! Both can be sent again after any failure. A change goes by the record's own id, because an upsert of a record that was
//! deleted would make it anew. Results come in no order: each input carries a trace that its result or error names.

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

use super::HubSpot;
use super::client::CallError;
use super::errors::{existing, fault, is_missing, reason};
use super::links::{Pair, SIDES};
use super::map::referred;
use super::schema::Table;
use super::wire::{Answer, Object, Problem, id_text, named};
use crate::connectors::ConnectorError;
use crate::connectors::http::Effect;
use crate::model::link::SourceVersion;
use crate::model::{Action, ExternalId, FieldKey, RecordKind, RemoteRef, WriteOp, WriteOutcome, keys};

/// A batch on its way.
struct Batch<'a> {
    table: &'a Table,
    ops: &'a [WriteOp],
    outcomes: Vec<Option<WriteOutcome>>,
    /// Something has been carried out: an error no longer speaks for all of it.
    has_begun: bool,
}

/// One input of a call.
struct Input<'a> {
    /// The write's place in the batch.
    index: usize,
    op: &'a WriteOp,
    properties: Map<String, Json>,
}

/// Associations, each with its write's place in the batch.
type Placed = Vec<(usize, Pair)>;

/// The two ways in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    /// By the hub's id, whether it exists or not.
    Upsert,
    /// By the record's own id.
    Update,
}

impl Verb {
    const fn path(self) -> &'static str {
        match self {
            Self::Upsert => "upsert",
            Self::Update => "update",
        }
    }
}

impl Batch<'_> {
    fn settle(&mut self, index: usize, outcome: WriteOutcome) {
        if let Some(slot) = self.outcomes.get_mut(index) {
            *slot = Some(outcome);
        }
    }

    fn is_open(&self, index: usize) -> bool {
        self.outcomes.get(index).is_some_and(Option::is_none)
    }

    /// The id of a record that was written.
    fn written(&self, index: usize) -> Option<&ExternalId> {
        match self.outcomes.get(index)?.as_ref()? {
            WriteOutcome::Done { external_id, .. } => Some(external_id),
            WriteOutcome::Exists { .. }
            | WriteOutcome::Stale
            | WriteOutcome::NotFound
            | WriteOutcome::Rejected { .. }
            | WriteOutcome::Retry { .. }
            | WriteOutcome::Unknown => None,
        }
    }

    /// What a failed call leaves of its writes; an error that speaks for the whole batch is given back.
    fn fail(&mut self, indices: &[usize], error: ConnectorError) -> Result<(), ConnectorError> {
        let outcome = match &error {
            ConnectorError::RateLimited { wait, .. } => WriteOutcome::Retry { after: *wait },
            ConnectorError::Unreachable { sent: false, .. } => WriteOutcome::Retry { after: None },
            ConnectorError::Unreachable { sent: true, .. } => WriteOutcome::Unknown,
            ConnectorError::BatchRefused { .. }
            | ConnectorError::Refused { .. }
            | ConnectorError::Unauthorised { .. }
            | ConnectorError::Incompatible { .. }
            | ConnectorError::Undecodable { .. }
            | ConnectorError::CursorExpired { .. }
            | ConnectorError::Unsupported { .. } => return Err(error),
        };
        if !self.has_begun {
            return Err(error);
        }
        for index in indices {
            self.settle(*index, outcome.clone());
        }
        Ok(())
    }
}

impl HubSpot {
    /// Writes a batch of one kind.
    pub(super) async fn write_batch(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let Some(kind) = ops.first().map(|op| op.kind) else { return Ok(Vec::new()) };
        let table = self.table(kind)?;
        let mut batch = Batch { table, ops, outcomes: vec![None; ops.len()], has_begun: false };
        let [creates, changes] = self.inputs(&mut batch);
        for (verb, inputs) in [(Verb::Upsert, creates), (Verb::Update, changes)] {
            if !inputs.is_empty() {
                self.send(&mut batch, verb, inputs).await?;
                batch.has_begun = true;
            }
        }
        if kind == RecordKind::Reservation {
            self.link(&mut batch).await?;
        }
        let outcomes: Vec<WriteOutcome> =
            batch.outcomes.into_iter().map(|outcome| outcome.unwrap_or(WriteOutcome::Unknown)).collect();
        self.remember(kind, &outcomes);
        Ok(outcomes)
    }

    /// Notes the stamps that the writes which are done have left.
    fn remember(&self, kind: RecordKind, outcomes: &[WriteOutcome]) {
        for outcome in outcomes {
            if let WriteOutcome::Done { external_id, version: Some(SourceVersion::Number(stamp)), .. } =
                outcome
            {
                self.written.note(RemoteRef { kind, external_id: external_id.clone() }, *stamp);
            }
        }
    }

    /// The inputs of the creates and of the changes; what cannot be sent is settled.
    fn inputs<'a>(&self, batch: &mut Batch<'a>) -> [Vec<Input<'a>>; 2] {
        let mut inputs = [Vec::new(), Vec::new()];
        let mut emails = BTreeSet::new();
        for (index, op) in batch.ops.iter().enumerate() {
            let properties = match self.lens.properties(batch.table, op) {
                Ok(properties) => properties,
                Err(outcome) => {
                    batch.settle(index, outcome);
                    continue;
                }
            };
            // HubSpot would refuse the whole batch without saying which of the two it means.
            let email = properties.get("email").and_then(Json::as_str).filter(|email| !email.is_empty());
            if batch.table.kind == RecordKind::Person
                && email.is_some_and(|email| !emails.insert(email.to_owned()))
            {
                batch.settle(index, taken(None));
                continue;
            }
            let [creates, changes] = &mut inputs;
            match op.action {
                Action::Create => creates.push(Input { index, op, properties }),
                Action::Update(_) => changes.push(Input { index, op, properties }),
            }
        }
        inputs
    }

    /// Sends one call and settles its writes.
    async fn send(
        &self,
        batch: &mut Batch<'_>,
        verb: Verb,
        inputs: Vec<Input<'_>>,
    ) -> Result<(), ConnectorError> {
        let body: Vec<Json> = inputs.iter().map(|input| request(batch.table, input)).collect();
        let path = [batch.table.object.as_str(), "batch", verb.path()];
        let sent = self.client.objects(&path, json!({"inputs": body}), Effect::Writes).await;
        let answer: Answer<Object> = match (sent, &inputs[..]) {
            (Ok(answer), _) => answer,
            (Err(CallError::Refused(refusal)), [input]) => {
                let outcome = self.refused(batch.table, &refusal.problem);
                batch.settle(input.index, outcome);
                return Ok(());
            }
            (Err(CallError::Refused(refusal)), _) => return Err(self.batch_refused(&refusal.problem)),
            (Err(CallError::Failed(error)), _) => {
                let indices: Vec<usize> = inputs.iter().map(|input| input.index).collect();
                return batch.fail(&indices, error);
            }
        };
        for object in &answer.results {
            if let Some(input) = input_of(batch.table, verb, &inputs, object, answer.results.len()) {
                batch.settle(input.index, self.done(batch.table, input, object));
            }
        }
        self.settle_errors(batch, verb, &inputs, &answer.errors)
    }

    /// What became of a write that has a result.
    fn done(&self, table: &Table, input: &Input<'_>, object: &Object) -> WriteOutcome {
        if let Action::Update(id) = &input.op.action
            && object.id != id.as_str()
        {
            // It was merged into another one: the read that follows says so.
            return WriteOutcome::Stale;
        }
        WriteOutcome::Done {
            external_id: ExternalId::new(object.id.as_str()),
            version: object.changed_at().map(SourceVersion::Number),
            stored: self.lens.stored(table, &object.properties, &input.op.document),
        }
    }

    /// Settles the inputs that an error names, and those that neither a result nor an error does.
    fn settle_errors(
        &self,
        batch: &mut Batch<'_>,
        verb: Verb,
        inputs: &[Input<'_>],
        errors: &[Problem],
    ) -> Result<(), ConnectorError> {
        let mut anonymous = None;
        for problem in errors {
            let traces = named(&problem.context, "objectWriteTraceId");
            let ids = [named(&problem.context, "ids"), named(&problem.context, "id")].concat();
            let is_meant = |input: &&Input<'_>| {
                let id = match &input.op.action {
                    Action::Create => None,
                    Action::Update(id) => Some(id.as_str()),
                };
                traces.contains(&input.trace().as_str())
                    || id.is_some_and(|id| ids.contains(&id) || problem.id.as_deref() == Some(id))
            };
            let meant: Vec<usize> = inputs.iter().filter(is_meant).map(|input| input.index).collect();
            if meant.is_empty() {
                anonymous = anonymous.or(Some(problem));
            }
            for index in meant.into_iter().filter(|index| batch.is_open(*index)).collect::<Vec<_>>() {
                batch.settle(index, self.refused(batch.table, problem));
            }
        }
        let open: Vec<usize> =
            inputs.iter().map(|input| input.index).filter(|index| batch.is_open(*index)).collect();
        match (anonymous, &open[..]) {
            (_, []) => {}
            (Some(problem), [only]) => batch.settle(*only, self.refused(batch.table, problem)),
            // Halved until it is alone; what has been written already is written once more.
            (Some(problem), _) => return Err(self.batch_refused(problem)),
            // Nothing is said of them: they are read before they are written again.
            (None, _) => {
                let outcome = match verb {
                    Verb::Upsert => WriteOutcome::Unknown,
                    Verb::Update => WriteOutcome::Stale,
                };
                for index in open {
                    batch.settle(index, outcome.clone());
                }
            }
        }
        Ok(())
    }

    fn batch_refused(&self, problem: &Problem) -> ConnectorError {
        ConnectorError::BatchRefused { system: self.client.system(), why: reason(problem) }
    }

    /// What becomes of a write that is refused by itself.
    fn refused(&self, table: &Table, problem: &Problem) -> WriteOutcome {
        if is_missing(problem) {
            return WriteOutcome::NotFound;
        }
        match problem.category.as_deref() {
            Some("RATE_LIMITS") => return WriteOutcome::Retry { after: None },
            Some("INTERNAL_ERROR") => return WriteOutcome::Unknown,
            Some(_) | None => {}
        }
        if table.kind == RecordKind::Person
            && let Some(id) = existing(problem)
        {
            return taken(Some(id));
        }
        let fault = fault(problem);
        if fault.as_ref().is_some_and(|fault| fault.code == "PROPERTY_DOESNT_EXIST") {
            self.forget_properties();
        }
        let field = fault.and_then(|fault| table.field_of(&fault.property).cloned());
        WriteOutcome::Rejected { field, why: reason(problem) }
    }

    /// Makes the associations of the stays that were written; those that have changed are taken away first. One that
    /// fails leaves its write open, so that the stay is read and what it lacks is written again.
    async fn link(&self, batch: &mut Batch<'_>) -> Result<(), ConnectorError> {
        for (field, kind) in SIDES {
            let to = self.table(kind)?;
            let (gone, wanted) = changed_links(batch, &field);
            if !gone.is_empty() {
                let pairs: Vec<Pair> = gone.iter().map(|(_, pair)| pair.clone()).collect();
                let taken = self.dissociate(batch.table, to, &pairs).await;
                self.settle_links(batch, &field, &gone, taken)?;
            }
            let wanted: Placed =
                wanted.into_iter().filter(|(index, _)| batch.written(*index).is_some()).collect();
            if wanted.is_empty() {
                continue;
            }
            let pairs: Vec<Pair> = wanted.iter().map(|(_, pair)| pair.clone()).collect();
            match self.associate(batch.table, to, &pairs).await {
                Ok(answer) if answer.has_errors() => {
                    let missing =
                        |(_, pair): &&(usize, Pair)| !answer.results.iter().any(|row| is_of(row, pair));
                    let missing: Placed = wanted.iter().filter(missing).cloned().collect();
                    let why = answer.errors.first().map(reason).unwrap_or_default();
                    for (index, _) in &missing {
                        batch.settle(*index, unlinked(&field, missing.len(), &why));
                    }
                }
                made => self.settle_links(batch, &field, &wanted, made.map(drop))?,
            }
        }
        Ok(())
    }

    fn settle_links(
        &self,
        batch: &mut Batch<'_>,
        field: &FieldKey,
        links: &[(usize, Pair)],
        made: Result<(), CallError>,
    ) -> Result<(), ConnectorError> {
        let indices: Vec<usize> = links.iter().map(|(index, _)| *index).collect();
        match (made, &indices[..]) {
            (Ok(()), _) => {}
            (Err(CallError::Refused(refusal)), [only]) => {
                batch.settle(*only, unlinked(field, 1, &reason(&refusal.problem)));
            }
            (Err(CallError::Refused(refusal)), _) => return Err(self.batch_refused(&refusal.problem)),
            (Err(CallError::Failed(error)), _) => match error {
                // The stay is written and its association is not: whatever the reason, it is read first.
                ConnectorError::RateLimited { .. } | ConnectorError::Unreachable { .. } => {
                    for index in indices {
                        batch.settle(index, WriteOutcome::Unknown);
                    }
                }
                ConnectorError::BatchRefused { .. }
                | ConnectorError::Refused { .. }
                | ConnectorError::Unauthorised { .. }
                | ConnectorError::Incompatible { .. }
                | ConnectorError::Undecodable { .. }
                | ConnectorError::CursorExpired { .. }
                | ConnectorError::Unsupported { .. } => return Err(error),
            },
        }
        Ok(())
    }
}

impl Input<'_> {
    /// What tells the input from the others of its call.
    fn trace(&self) -> String {
        format!("{}-{}", self.index, self.op.record)
    }
}

fn request(table: &Table, input: &Input<'_>) -> Json {
    let mut request = json!({"objectWriteTraceId": input.trace(), "properties": input.properties});
    match &input.op.action {
        Action::Create => {
            let key = input.op.record.to_string();
            request["properties"][table.key] = json!(key);
            request["id"] = json!(key);
            request["idProperty"] = json!(table.key);
        }
        Action::Update(id) => request["id"] = json!(id.as_str()),
    }
    request
}

/// The input that a result belongs to.
fn input_of<'i, 'a>(
    table: &Table,
    verb: Verb,
    inputs: &'i [Input<'a>],
    object: &Object,
    n_results: usize,
) -> Option<&'i Input<'a>> {
    let by_trace = || {
        let trace = object.trace.as_deref()?;
        inputs.iter().find(|input| input.trace() == trace)
    };
    let by_key = || {
        let key = object.text(table.key).filter(|_| verb == Verb::Upsert)?;
        inputs.iter().find(|input| input.op.record.to_string() == key)
    };
    let by_id = || {
        let is_of = |input: &&Input<'_>| match &input.op.action {
            Action::Create => false,
            Action::Update(id) => {
                id.as_str() == object.id || object.merged_ids().any(|old| old == id.as_str())
            }
        };
        inputs.iter().find(is_of)
    };
    let only = || if n_results == 1 && inputs.len() == 1 { inputs.first() } else { None };
    by_trace().or_else(by_key).or_else(by_id).or_else(only)
}

/// The associations to take away and to make.
fn changed_links(batch: &Batch<'_>, field: &FieldKey) -> (Placed, Placed) {
    let (mut gone, mut wanted) = (Vec::new(), Vec::new());
    for (index, op) in batch.ops.iter().enumerate() {
        let (Some(id), Some(_)) = (batch.written(index), op.document.get(field)) else { continue };
        let (old, new) = (referred(&op.base, field), referred(&op.document, field));
        let pair = |end: String| (index, (id.to_string(), end));
        if old != new {
            gone.extend(old.map(pair));
        }
        wanted.extend(new.map(pair));
    }
    (gone, wanted)
}

/// Whether a row of an answer is this association.
fn is_of(row: &Json, (from, to): &Pair) -> bool {
    let is = |end: &str, flat: &str, id: &String| {
        let found = row.get(end).and_then(|end| end.get("id")).or_else(|| row.get(flat));
        found.and_then(id_text).as_ref() == Some(id)
    };
    is("from", "fromObjectId", from) && is("to", "toObjectId", to)
}

/// What becomes of a stay whose association was refused: alone, the field is at fault; of several, each is tried alone.
fn unlinked(field: &FieldKey, n_refused: usize, why: &str) -> WriteOutcome {
    if n_refused == 1 {
        WriteOutcome::Rejected { field: Some(field.clone()), why: why.to_owned() }
    } else {
        WriteOutcome::Unknown
    }
}

/// Another contact has the e-mail address: HubSpot takes each for one contact only.
fn taken(by: Option<&str>) -> WriteOutcome {
    let who = by.map_or_else(|| "another guest of the same batch".to_owned(), |id| format!("contact {id}"));
    WriteOutcome::Rejected { field: Some(keys::EMAILS), why: format!("{who} has the e-mail address already") }
}
