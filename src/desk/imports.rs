//! How far imports are, and letting go what they hold before a CRM that has people.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};

use super::pages::{Page, answered, failed, forbidden, missing};
use super::systems::age;
use super::visitor::{Posted, Visitor};
use super::words::Words;
use crate::hub::Hub;
use crate::import::gate;
use crate::import::plan::{Sample, Writes};
use crate::model::{OperatorRole, SystemId};
use crate::store::{ImportRun, StoreError};

/// How many imports are shown.
const ROWS: u32 = 20;
/// An import that has said nothing for so long has been killed, or its machine is away.
const SILENCE: TimeDelta = TimeDelta::minutes(2);

#[derive(Template)]
#[template(path = "imports.html")]
struct Imports {
    page: Page,
    gates: Vec<Gate>,
    runs: Vec<Run>,
}

/// What an import holds until somebody lets it go.
struct Gate {
    system: String,
    writes: Vec<String>,
    samples: Vec<String>,
}

struct Run {
    system: String,
    begun: String,
    state: String,
    rows: String,
    /// How far it is, where that is known.
    share: Option<(u64, u64)>,
    speed: u64,
    applied: u64,
    rejected: u64,
}

pub(super) async fn page(State(hub): State<Hub>, visitor: Visitor) -> Response {
    answered(imports(&hub, &visitor).await)
}

/// Lets go what an import holds.
pub(super) async fn release(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Response> {
    let visitor = &posted.visitor;
    if !visitor.is(OperatorRole::Administrator) {
        return Err(forbidden(visitor));
    }
    let system = hub.systems.get(&SystemId::new(id)).ok_or_else(|| missing(visitor))?;
    gate::release(&hub, &system.id, &visitor.operator.name).await.map_err(|error| failed(&error))?;
    Ok(Redirect::to("/desk/imports").into_response())
}

async fn imports(hub: &Hub, visitor: &Visitor) -> Result<Imports, StoreError> {
    let (say, now) = (visitor.words, hub.clock.now());
    let mut gates = Vec::new();
    for id in hub.systems.keys() {
        let (writes, samples) = gate::waiting(hub, id).await?;
        if !writes.is_empty() {
            gates.push(Gate {
                system: id.to_string(),
                writes: writes.iter().map(|(system, writes)| held(say, system, writes)).collect(),
                samples: samples.iter().map(|one| sample(say, one)).collect(),
            });
        }
    }
    let runs = hub.store.import_runs(ROWS).await?;
    let runs = runs.iter().map(|run| row(say, now, run)).collect();
    Ok(Imports { page: Page::of(visitor), gates, runs })
}

fn held(say: Words, system: &SystemId, writes: &Writes) -> String {
    let counts = [writes.creates, writes.updates, writes.calls].map(|count| count.to_string());
    let lasts = age(TimeDelta::seconds(i64::try_from(writes.seconds).unwrap_or(i64::MAX / 1_000)));
    say.with(
        "import: writes",
        &[
            ("{system}", system.as_str()),
            ("{creates}", &counts[0]),
            ("{updates}", &counts[1]),
            ("{calls}", &counts[2]),
            ("{age}", &lasts),
        ],
    )
}

fn sample(say: Words, sample: &Sample) -> String {
    let is_new = say.say(if sample.is_new { "import: new" } else { "import: known" });
    format!("{} {} ({is_new})", sample.kind, sample.external_id)
}

fn row(say: Words, now: DateTime<Utc>, run: &ImportRun) -> Run {
    let state = match run.ended {
        Some((_, true)) => "import: done",
        Some((_, false)) => "import: failed",
        None if now - run.seen_at > SILENCE => "import: silent",
        None => "import: running",
    };
    let read = run.rows.to_string();
    let rows = match run.total {
        Some(total) => say.with("import: of", &[("{n}", &read), ("{total}", &total.to_string())]),
        None => read,
    };
    Run {
        system: run.system.to_string(),
        begun: run.begun_at.format("%Y-%m-%d %H:%M").to_string(),
        state: say.with(state, &[("{age}", &age(now - run.seen_at))]),
        rows,
        share: run.total.map(|total| (run.rows.min(total), total)),
        speed: speed(run),
        applied: run.applied,
        rejected: run.rejected,
    }
}

/// Rows a second, those of an interrupted run left out.
fn speed(run: &ImportRun) -> u64 {
    let took = u64::try_from((run.seen_at - run.begun_at).num_milliseconds()).unwrap_or_default().max(1);
    run.rows.saturating_sub(run.before).saturating_mul(1_000) / took
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::explain::Tongue;

    #[test]
    fn run_is_told_by_what_it_has_said() {
        let at = |second| DateTime::from_timestamp(second, 0).expect("an instant");
        let run = ImportRun {
            id: uuid::Uuid::nil(),
            system: SystemId::new("pms"),
            source: "files".to_owned(),
            begun_at: at(0),
            seen_at: at(10),
            ended: None,
            total: Some(4_000),
            before: 500,
            rows: 1_500,
            applied: 900,
            rejected: 3,
        };
        let told = |run: &ImportRun, second| {
            let row = row(Words(Tongue::English), at(second), run);
            (row.state, row.rows, row.share, row.speed)
        };
        let expected = |state: &str| (state.to_owned(), "1500 of 4000".to_owned(), Some((1_500, 4_000)), 100);
        assert_eq!(told(&run, 11), expected("running"));
        assert_eq!(told(&run, 610), expected("silent for 10 min: stopped, or its machine is away"));
        let done = ImportRun { ended: Some((at(10), true)), ..run.clone() };
        assert_eq!(told(&done, 9_999), expected("done"));
        let failed = ImportRun { ended: Some((at(10), false)), ..run };
        assert_eq!(told(&failed, 9_999).0, "ended early: another run goes on from there");
    }
}
