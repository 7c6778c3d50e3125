//! `cardex status RECORD`: how one record stands at each system.

use serde::Serialize;

use super::super::{Context, Exit, Line, find, hub};
use crate::deliver;
use crate::hub::{Hub, System};
use crate::model::{Action, Link, LinkLife, Record, RecordId, Role};
use crate::reconcile::Planned;
use crate::store::{MarkState, Queue, QueueFilter, QueueItem, Store};
use crate::words;

/// How one record stands at one system.
#[derive(Debug, Serialize)]
struct Standing {
    record: String,
    system: String,
    /// `in_sync`, `due`, `waiting`, `excluded`, `failing` or `review`.
    state: &'static str,
    why: String,
    external_id: Option<String>,
    role: Option<&'static str>,
    life: Option<&'static str>,
    seen_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Line for Standing {
    const HEAD: &'static [&'static str] = &["system", "state", "id there", "link", "last seen", "why"];
    fn cells(&self) -> Vec<String> {
        let seen = self.seen_at.map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S").to_string());
        vec![
            self.system.clone(),
            self.state.to_owned(),
            self.external_id.clone().unwrap_or_default(),
            [self.role, self.life].into_iter().flatten().collect::<Vec<_>>().join(" "),
            seen,
            self.why.clone(),
        ]
    }
}

pub(super) async fn run(text: &str, store: Store, context: &mut Context) -> anyhow::Result<Exit> {
    let record = find::record(&store, text).await?;
    let links = store.links_of(&[record.id], None).await?;
    let links: Vec<Link> = links.into_iter().map(|linked| linked.link).collect();
    let hub = hub::at_rest(context, store)?;
    let mut standings = Vec::new();
    for system in hub.systems.values() {
        standings.extend(at_system(&hub, system, &record, &links).await?);
    }
    let n_reviews = hub
        .store
        .open_reviews(&crate::store::ReviewFilter { record: Some(record.id), ..Default::default() }, 100)
        .await?
        .len();
    hub.store.close().await;
    context.output.say(&format!("{} {}, {n_reviews} open reviews", record.kind, record.id));
    context.output.lines(&standings, "no system is configured")?;
    Ok(Exit::Success)
}

/// One line per link at the system, or one that says why there is none.
async fn at_system(
    hub: &Hub,
    system: &System,
    record: &Record,
    links: &[Link],
) -> anyhow::Result<Vec<Standing>> {
    let planned = deliver::preview(hub, system, record.id).await?.unwrap_or(Planned::Nothing);
    let mark = mark(hub, system, record.id).await?;
    let (state, why) = verdict(&planned, mark.as_ref());
    let standing = |link: Option<&Link>| Standing {
        record: record.id.to_string(),
        system: system.id.to_string(),
        state,
        why: why.clone(),
        external_id: link.and_then(|link| link.external_id.as_ref()).map(ToString::to_string),
        role: link.map(|link| match link.role {
            Role::Primary => "primary",
            Role::Secondary => "secondary",
        }),
        life: link.map(|link| life(&link.life)),
        seen_at: link.and_then(|link| link.seen_at),
    };
    let here: Vec<Standing> =
        links.iter().filter(|link| link.system == system.id).map(|link| standing(Some(link))).collect();
    Ok(if here.is_empty() { vec![standing(None)] } else { here })
}

/// The record's mark at the system, where there is one.
async fn mark(hub: &Hub, system: &System, record: RecordId) -> anyhow::Result<Option<QueueItem>> {
    let filter = QueueFilter {
        system: Some(system.id.clone()),
        queue: Some(Queue::Due),
        record: Some(record),
        ..QueueFilter::default()
    };
    Ok(hub.store.queue_list(&filter, hub.clock.now()).await?.into_iter().next())
}

fn verdict(planned: &Planned, mark: Option<&QueueItem>) -> (&'static str, String) {
    let reason = mark.and_then(|mark| mark.reason.clone());
    if let Some(mark) = mark.filter(|mark| mark.state == MarkState::Parked) {
        let tries = format!("given up after {} tries", mark.attempts);
        return ("failing", reason.map_or_else(|| tries.clone(), |reason| format!("{tries}: {reason}")));
    }
    match planned {
        Planned::Nothing => ("in_sync", String::new()),
        Planned::Excluded(why) => ("excluded", words::exclusion(*why).to_owned()),
        Planned::Await(records) => {
            let records: Vec<String> = records.iter().map(ToString::to_string).collect();
            ("waiting", format!("for {}", records.join(", ")))
        }
        Planned::Write(op) => {
            let fields: Vec<&str> = op.document.iter().map(|(field, _)| field.as_str()).collect();
            let verb = match op.action {
                Action::Create => "to be created",
                Action::Update(_) => "to be written",
            };
            let failed = reason.map_or_else(String::new, |reason| format!(" (last try: {reason})"));
            (
                if mark.is_some_and(|mark| mark.attempts > 0) { "failing" } else { "due" },
                format!("{verb}: {}{failed}", fields.join(", ")),
            )
        }
    }
}

/// What became of a counterpart.
pub(in crate::cli) const fn life(life: &LinkLife) -> &'static str {
    match life {
        LinkLife::Creating => "being created",
        LinkLife::Live => "live",
        LinkLife::Suspect(_) => "missing from the last sweep",
        LinkLife::Gone => "gone",
        LinkLife::MergedInto(_) => "merged there",
        LinkLife::Quarantined => "quarantined",
        LinkLife::Erased => "erased",
    }
}
