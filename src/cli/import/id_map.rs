//! `cardex import NEW --id-map FILE`: the hotel has changed its PMS.

use anyhow::Context as _;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::cli::{Context, Exit, Failure};
use crate::hub::{Hub, System};
use crate::import::idmap::{self, IdMap, Mapped, Pair, Refused};
use crate::import::systems::ConnectorSource;
use crate::model::{OperatorId, RemoteRef, SystemClass, SystemId};
use crate::reconcile::Rules;

/// How many refused lines are told in words.
const SHOWN: usize = 20;

/// What became of the map.
#[derive(Debug, Serialize)]
struct Told<'a> {
    system: &'a SystemId,
    /// `mapped`, or `planned` where nothing was stored.
    outcome: &'static str,
    instead_of: &'a SystemId,
    linked: u64,
    joined: u64,
    chained: u64,
    known: u64,
    refused: &'a [Refused],
}

/// What is wanted of a map.
pub(super) struct Wish<'a> {
    pub(super) file: &'a Path,
    /// Who says that it is followed; nobody where it is only looked at.
    pub(super) by: Option<OperatorId>,
    /// The new system is asked whether it has the new ids.
    pub(super) asks: bool,
}

/// Follows a map; lines that cannot be followed are input that does not make sense.
pub(super) async fn follow(
    hub: &Hub,
    system: &Arc<System>,
    wish: &Wish<'_>,
    context: &mut Context,
) -> anyhow::Result<Exit> {
    let Wish { file, by, asks } = wish;
    let (old, pairs) = read(hub, system, file)?;
    let source = ConnectorSource::new(Arc::clone(system));
    let new_ids: Vec<RemoteRef> = if *asks { pairs.iter().map(new_id).collect() } else { Vec::new() };
    let missing = source.missing(&new_ids).await?;
    let (absent, pairs): (Vec<Pair>, Vec<Pair>) =
        pairs.into_iter().partition(|pair| missing.contains(&new_id(pair)));
    let mut mapped = idmap::apply(hub, system, &old, &pairs, by.as_ref()).await?;
    let why = format!("`{}` does not have the new id", system.id);
    mapped.refused.extend(absent.iter().map(|pair| Refused { line: pair.line, why: why.clone() }));
    mapped.refused.sort();
    let Mapped { linked, joined, chained, known, refused } = &mapped;
    let told = Told {
        system: &system.id,
        outcome: if by.is_some() { "mapped" } else { "planned" },
        instead_of: &old,
        linked: *linked,
        joined: *joined,
        chained: *chained,
        known: *known,
        refused,
    };
    context.output.object(&told, || in_words(wish, &mapped))?;
    Ok(if refused.is_empty() { Exit::Success } else { Exit::BadInput })
}

fn new_id(pair: &Pair) -> RemoteRef {
    RemoteRef { kind: pair.kind, external_id: pair.new.clone() }
}

/// Reads a map, and which system it leads away from.
fn read(hub: &Hub, system: &System, file: &Path) -> anyhow::Result<(SystemId, Vec<Pair>)> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("could not read `{}`", file.display()))?;
    let bad = |line: usize, why: &str| {
        Failure::new(Exit::BadInput, format!("`{}`, line {line}: {why}", file.display()))
    };
    let IdMap { old, pairs } =
        idmap::parse(&text, &system.id).map_err(|error| bad(error.line, &error.why))?;
    let old = old.or_else(|| predecessor(&hub.rules, &system.id)).ok_or_else(|| {
        bad(1, "which system is the old one?").hint("call the column `old` as the old system is called")
    })?;
    if old == system.id {
        return Err(bad(1, "the old system is the new one").into());
    }
    Ok((old, pairs))
}

/// The only other PMS that is configured.
fn predecessor(rules: &Rules, new: &SystemId) -> Option<SystemId> {
    let mut others =
        rules.systems.iter().filter(|(id, system)| *id != new && system.class == SystemClass::Pms);
    let (only, none) = (others.next()?, others.next());
    none.is_none().then(|| only.0.clone())
}

fn in_words(Wish { file, by, .. }: &Wish<'_>, mapped: &Mapped) -> String {
    let Mapped { linked, joined, chained, known, refused } = mapped;
    let mut text = format!(
        "{linked} ids linked to what the hub has, {joined} records made one, {chained} reservations chained, \
         {known} known, {} refused\n",
        refused.len()
    );
    for Refused { line, why } in refused.iter().take(SHOWN) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  `{}`, line {line}: {why}", file.display());
    }
    if refused.len() > SHOWN {
        let _ = writeln!(text, "  and {} more: `--output json` tells them all", refused.len() - SHOWN);
    }
    if by.is_none() {
        text += "nothing was stored; without the map, `--dry-run` plans the import itself\n";
    }
    text
}
