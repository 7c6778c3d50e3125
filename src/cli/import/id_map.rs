//! `cardex import NEW --id-map FILE`: the hotel has changed its PMS.

use anyhow::Context as _;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;

use crate::cli::{Context, Exit, Failure};
use crate::hub::{Hub, System};
use crate::import::idmap::{self, IdMap, Mapped, Refused};
use crate::model::{OperatorId, SystemClass, SystemId};
use crate::reconcile::Rules;

/// How many refused lines are told in words.
const SHOWN: usize = 20;

/// What became of the map.
#[derive(Debug, Serialize)]
struct Told<'a> {
    system: &'a SystemId,
    /// `mapped`.
    outcome: &'static str,
    instead_of: &'a SystemId,
    linked: u64,
    joined: u64,
    chained: u64,
    known: u64,
    refused: &'a [Refused],
}

/// Follows the map in `file`; lines that cannot be followed are input that does not make sense.
pub(super) async fn follow(
    hub: &Hub,
    system: &System,
    file: &Path,
    operator: &str,
    context: &mut Context,
) -> anyhow::Result<Exit> {
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
    let mapped = idmap::apply(hub, system, &old, &pairs, &OperatorId::new(operator)).await?;
    let Mapped { linked, joined, chained, known, refused } = &mapped;
    let told = Told {
        system: &system.id,
        outcome: "mapped",
        instead_of: &old,
        linked: *linked,
        joined: *joined,
        chained: *chained,
        known: *known,
        refused,
    };
    context.output.object(&told, || in_words(file, &mapped))?;
    Ok(if refused.is_empty() { Exit::Success } else { Exit::BadInput })
}

/// The only other PMS that is configured.
fn predecessor(rules: &Rules, new: &SystemId) -> Option<SystemId> {
    let mut others =
        rules.systems.iter().filter(|(id, system)| *id != new && system.class == SystemClass::Pms);
    let (only, none) = (others.next()?, others.next());
    none.is_none().then(|| only.0.clone())
}

fn in_words(file: &Path, mapped: &Mapped) -> String {
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
    text
}
