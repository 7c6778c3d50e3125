//! `cardex import`: everything that a system remembers, taken in once.
//!
//! It runs beside the daemon. On PostgreSQL the two are clients of one database; on SQLite the daemon keeps the lock of
//! the file, and the import writes through it as an operator's command does: it claims no work, and a commit that was
//! overtaken is computed anew.

mod id_map;

use anyhow::Context as _;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::import_source::Which;
use super::progress::Progress;
use super::{Context, Exit, Failure, hub, sync, with_store};
use crate::daemon::build;
use crate::hub::{Hub, System};
use crate::import::control::{self, Compared, Difference};
use crate::import::plan::{self, Plan, Sample, Writes};
use crate::import::rollback::{self, Kept, RolledBack};
use crate::import::run::{self, Report, Wish};
use crate::import::{FieldTally, Tally, gate};
use crate::model::{Door, OperatorId, SystemId};

/// In the place of a file of totals: ask the system.
const OWN_TOTALS: &str = "system";

/// The arguments of `import`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command")]
pub(super) struct Arguments {
    /// The system whose history is taken in
    system: String,
    #[command(flatten)]
    which: Which,
    /// Judge every row and show what would follow, without storing anything
    #[arg(long, conflicts_with_all = ["release", "restart", "control"])]
    dry_run: bool,
    /// Let go what waits before a CRM that already has people, and hold nothing more back
    #[arg(long)]
    release: bool,
    /// Take back at the CRMs what the last release has created there and nobody has changed since
    #[arg(long, conflicts_with_all = ["dry_run", "release", "restart", "control", "id_map"])]
    rollback: bool,
    /// Begin anew instead of going on where an interrupted import was
    #[arg(long)]
    restart: bool,
    /// Write rejected rows to this file [default: import-SYSTEM.rejects.jsonl in the state folder, else here]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Compare the hub's reservations afterwards: with these totals (CSV: property, month, status, reservations,
    /// amount, currency), or, without a file, with what the system itself says
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = OWN_TOTALS)]
    control: Option<PathBuf>,
    /// The hotel has changed its PMS: link the records of the new one to what the hub has of the old one first (CSV:
    /// kind, old, new; the last two may be called as the systems are). With `--dry-run`, say what would become of it
    #[arg(long, value_name = "FILE")]
    id_map: Option<PathBuf>,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// What was done, or would be.
#[derive(Debug, Serialize)]
struct Told<'a> {
    system: &'a SystemId,
    /// `imported`, `planned` or `released`.
    outcome: &'static str,
    resumed: bool,
    #[serde(flatten)]
    tally: &'a Tally,
    /// Writes that wait for an operator, by system.
    held: BTreeMap<&'a SystemId, u64>,
    rejects: Option<&'a PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    writes: Option<&'a BTreeMap<SystemId, Writes>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<&'a [Sample]>,
}

/// What was let go.
#[derive(Debug, Serialize)]
struct Released {
    system: SystemId,
    outcome: &'static str,
    writes: u64,
}

/// What was taken back.
#[derive(Debug, Serialize)]
struct Undone<'a> {
    system: &'a SystemId,
    outcome: &'static str,
    #[serde(flatten)]
    done: &'a RolledBack,
}

/// Imports, plans, releases, takes back, compares.
pub(super) async fn run(arguments: Arguments, context: &mut Context) -> anyhow::Result<Exit> {
    let id = SystemId::new(arguments.system.as_str());
    if !context.config.systems.contains_key(id.as_str()) {
        return Err(Failure::new(Exit::NoInput, format!("there is no system `{id}`")).into());
    }
    let hub = open(context, arguments.dry_run).await?;
    let exit = with_hub(&arguments, &hub, &id, context).await;
    hub.store.close().await;
    exit
}

/// Opens the hub beside whoever works on it; for a plan, where that can be, so that nothing can be written.
async fn open(context: &Context, only_looks: bool) -> anyhow::Result<Hub> {
    if only_looks && let Ok(store) = with_store::to_read(context).await {
        return hub::at_rest(context, store);
    }
    match build::assemble(&context.config, context.clock.clone()).await {
        Err(error) if sync::is_in_use(&error) => hub::at_rest(context, with_store::to_decide(context).await?),
        hub => Ok(hub?.through(Door::Cli)),
    }
}

async fn with_hub(
    arguments: &Arguments,
    hub: &Hub,
    id: &SystemId,
    context: &mut Context,
) -> anyhow::Result<Exit> {
    let system = hub.systems.get(id).with_context(|| format!("system `{id}` cannot be used"))?;
    if arguments.rollback {
        return roll_back(arguments, hub, id, context).await;
    }
    let mapped = match &arguments.id_map {
        Some(file) => id_map::follow(hub, system, &map_wish(arguments, file), context).await?,
        None => Exit::Success,
    };
    let is_mere_map = arguments.dry_run && arguments.id_map.is_some();
    if is_mere_map || arguments.release && release(arguments, hub, system, context).await? {
        return Ok(mapped);
    }
    let mut progress = Progress::new(format!("import of `{id}`"));
    let chosen = arguments.which.open(hub, system, context, &mut progress).await?;
    eprint!("{}", chosen.warnings(system));
    let source = chosen.source;
    if arguments.dry_run {
        let plan = plan::plan(hub, system, source, &mut |tally| progress.show(tally)).await;
        progress.clear();
        return tell_plan(id, &plan?, context);
    }
    let wish = Wish {
        source: chosen.name,
        subscribes: chosen.has_feed,
        restarts: arguments.restart,
        is_released: arguments.release,
        total: progress.total(),
        rejects: arguments.rejects.clone().unwrap_or_else(|| rejects(id)),
    };
    let report = run::run(hub, system, source, &wish, &mut |tally| progress.show(tally)).await;
    progress.clear();
    let told = tell_report(hub, id, &report?, context).await?;
    let exit = if told == Exit::Success { mapped } else { told };
    match &arguments.control {
        Some(file) => Ok(compare(hub, system, file, context).await?.unwrap_or(exit)),
        None => Ok(exit),
    }
}

fn map_wish<'a>(arguments: &Arguments, file: &'a Path) -> id_map::Wish<'a> {
    let by = (!arguments.dry_run).then(|| OperatorId::new(arguments.operator.as_str()));
    // Of a folder of files nobody can say yet which ids it has.
    id_map::Wish { file, by, asks: !arguments.which.is_folder() }
}

/// Lets go what is held. Says whether that was all there was to do: the import itself was done before.
async fn release(
    arguments: &Arguments,
    hub: &Hub,
    system: &System,
    context: &mut Context,
) -> anyhow::Result<bool> {
    let by = OperatorId::new(arguments.operator.as_str());
    let was_done = run::is_done(hub, system, arguments.which.name()).await? == Some(true);
    let released = gate::release(hub, &system.id, &by).await?;
    if released == 0 && (!was_done || arguments.restart) {
        gate::begin_batch(hub, &system.id, &by).await?;
    }
    if released == 0 || !was_done || arguments.restart {
        return Ok(false);
    }
    let told = Released { system: system.id.clone(), outcome: "released", writes: released };
    context.output.object(&told, || format!("{released} writes are let go; the daemon sends them now"))?;
    Ok(true)
}

/// Takes back what the last release has created.
async fn roll_back(
    arguments: &Arguments,
    hub: &Hub,
    id: &SystemId,
    context: &mut Context,
) -> anyhow::Result<Exit> {
    let by = OperatorId::new(arguments.operator.as_str());
    let Some(done) = rollback::roll_back(hub, id, &by).await? else {
        return Err(
            Failure::new(Exit::NoInput, format!("nothing of the import of `{id}` was released")).into()
        );
    };
    let told = Undone { system: id, outcome: "rolled_back", done: &done };
    context.output.object(&told, || rollback_in_words(&done))?;
    Ok(if done.under_way == 0 { Exit::Success } else { Exit::TryAgain })
}

fn rollback_in_words(done: &RolledBack) -> String {
    let mut text = String::new();
    for (system, records) in &done.withdrawn {
        let _ = writeln!(text, "{records} records are taken back at `{system}`");
    }
    if done.held > 0 {
        let _ = writeln!(text, "{} writes that had not gone out are held again", done.held);
    }
    for Kept { system, kind, external_id, why } in &done.kept {
        let _ = writeln!(text, "  kept: `{system}` {kind} {external_id}: {why}");
    }
    if done.under_way > 0 {
        let _ = writeln!(text, "{} writes are under way: run it again when they are done", done.under_way);
    }
    text
}

/// Beside the hub's own file, where the service keeps it.
fn rejects(id: &SystemId) -> PathBuf {
    let folder = std::env::var_os("STATE_DIRECTORY").map(PathBuf::from).unwrap_or_default();
    folder.join(format!("import-{id}.rejects.jsonl"))
}

async fn tell_report(
    hub: &Hub,
    id: &SystemId,
    report: &Report,
    context: &mut Context,
) -> anyhow::Result<Exit> {
    // What waits is told like a plan: it is what the operator decides about.
    let (writes, samples) = gate::waiting(hub, id).await?;
    let waits = !writes.is_empty();
    let told = Told {
        system: id,
        outcome: "imported",
        resumed: report.resumed,
        tally: &report.tally,
        held: report.held.iter().map(|(system, writes)| (system, *writes)).collect(),
        rejects: report.rejects.as_ref(),
        writes: waits.then_some(&writes),
        samples: waits.then_some(&samples),
    };
    context.output.object(&told, || report_in_words(id, report, &writes, &samples))?;
    Ok(exit_of(&report.tally))
}

fn tell_plan(id: &SystemId, plan: &Plan, context: &mut Context) -> anyhow::Result<Exit> {
    let told = Told {
        system: id,
        outcome: "planned",
        resumed: false,
        tally: &plan.tally,
        held: BTreeMap::new(),
        rejects: None,
        writes: Some(&plan.writes),
        samples: Some(&plan.samples),
    };
    context.output.object(&told, || plan_in_words(plan))?;
    Ok(exit_of(&plan.tally))
}

/// Rejected rows are input that does not make sense.
const fn exit_of(tally: &Tally) -> Exit {
    if tally.rejected == 0 { Exit::Success } else { Exit::BadInput }
}

fn report_in_words(
    id: &SystemId,
    report: &Report,
    writes: &BTreeMap<SystemId, Writes>,
    samples: &[Sample],
) -> String {
    let mut text = counts(&report.tally);
    if let Some(path) = &report.rejects {
        let _ = writeln!(text, "the rejected rows are in `{}`", path.display());
    }
    text += &writes_in_words(writes, samples);
    if !writes.is_empty() {
        let _ = writeln!(text, "nothing of it is written before `cardex import {id} --release`");
    }
    text
}

fn plan_in_words(plan: &Plan) -> String {
    counts(&plan.tally) + &writes_in_words(&plan.writes, &plan.samples) + "nothing was stored\n"
}

fn writes_in_words(writes: &BTreeMap<SystemId, Writes>, samples: &[Sample]) -> String {
    let mut text = String::new();
    for (system, Writes { creates, updates, calls, seconds, held }) in writes {
        let gate = if *held { "; they wait for `--release`" } else { "" };
        let _ = writeln!(
            text,
            "`{system}`: {creates} creates, {updates} updates, in {calls} calls or more, {seconds} s at its rate{gate}"
        );
    }
    for Sample { kind, external_id, is_new } in samples {
        let _ = writeln!(text, "  {} {kind} {external_id}", if *is_new { "new" } else { "known" });
    }
    text
}

fn counts(tally: &Tally) -> String {
    let Tally {
        rows,
        rejected,
        records,
        applied,
        unchanged,
        outdone,
        waiting,
        new,
        doubtful,
        flagged,
        reasons,
        flags,
        fields,
    } = tally;
    let mut text = format!(
        "{rows} rows: {rejected} rejected, {flagged} flagged, the good ones made {records} records\n\
         {applied} applied ({new} new, {doubtful} doubtful), {unchanged} unchanged, {outdone} known better, \
         {waiting} waiting\n"
    );
    for (reason, rows) in reasons {
        let _ = writeln!(text, "  rejected {rows}: {reason}");
    }
    for (reason, rows) in flags {
        let _ = writeln!(text, "  flagged {rows}: {reason}");
    }
    let open = |field: &&FieldTally| field.conflict + field.refused + field.asked > 0;
    for (field, FieldTally { taken, equal, conflict, refused, asked }) in
        fields.iter().filter(|(_, field)| open(field))
    {
        let _ = writeln!(
            text,
            "  {field}: {taken} taken, {equal} equal, {conflict} conflicts, {refused} refused, {asked} asked"
        );
    }
    text
}

/// Compares the hub with a file of totals or with its system; gives an exit of its own when they differ.
async fn compare(
    hub: &Hub,
    system: &System,
    file: &Path,
    context: &mut Context,
) -> anyhow::Result<Option<Exit>> {
    let Compared { totals, differences } = if file == Path::new(OWN_TOTALS) {
        let unable = || {
            let why = format!("`{}` does not say what its reservations add up to", system.id);
            Failure::new(Exit::BadInput, why).hint("give a file of totals: `--control FILE`")
        };
        control::compare_with_system(hub, system).await?.ok_or_else(unable)?
    } else {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("could not read `{}`", file.display()))?;
        let wanted = control::parse(&text).map_err(|error| {
            Failure::new(Exit::BadInput, format!("`{}`, line {}: {}", file.display(), error.line, error.why))
        })?;
        Compared { totals: wanted.len(), differences: control::compare(hub, &wanted).await? }
    };
    if differences.is_empty() {
        #[derive(Serialize)]
        struct Green {
            control: &'static str,
            totals: usize,
        }
        let green = Green { control: "green", totals };
        context.output.object(&green, || format!("control totals: green, {totals} compared"))?;
        return Ok(None);
    }
    for difference in &differences {
        context.output.object(difference, || in_words(difference))?;
    }
    Ok(Some(Exit::BadInput))
}

fn in_words(difference: &Difference) -> String {
    let Difference { group, wanted, found } = difference;
    format!(
        "control totals differ: {} {} {} {}: {} reservations and {} wanted, {} and {} found",
        group.property,
        group.month,
        group.status,
        group.currency,
        wanted.reservations,
        wanted.amount,
        found.reservations,
        found.amount
    )
}
