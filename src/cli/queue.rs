//! `cardex queue`: work that waits, work that was given up, and whether a system's work goes on.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Context, Exit, Failure, Line, with_store};
use crate::model::{OperatorId, SystemId};
use crate::store::{Health, MarkState, Queue, QueueFilter, QueueItem, Store, Subject};
use crate::systems::{self, Verb};

/// What to do with the queues.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show what waits and what was given up
    List(List),
    /// Try work again that was given up, with fresh tries, and resume systems that were stopped
    Retry(Change),
    /// Forget work that was given up; the next difference that is seen marks it again
    Drop(Change),
    /// Pause a system: nothing is read from it or written to it until an operator resumes it
    Pause(One),
    /// Let a system work again that an operator has paused or something has stopped
    Resume(One),
}

/// The arguments of `queue pause` and `queue resume`.
#[derive(Debug, clap::Args)]
pub(super) struct One {
    /// The system
    system: String,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// Which marks are meant.
#[derive(Debug, clap::Args)]
struct Filter {
    /// Those of this system
    #[arg(long)]
    system: Option<String>,
    /// Those of this queue: reads (records to read) or due (records to write)
    #[arg(long, value_parser = queue_named)]
    queue: Option<Queue>,
    /// Those whose last error contains this text
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// The arguments of `queue list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    filter: Filter,
    /// Only work that was given up
    #[arg(long)]
    parked: bool,
    /// Show at most so many of each queue
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

/// The arguments of `queue retry` and `queue drop`.
#[derive(Debug, clap::Args)]
pub(super) struct Change {
    /// Marks by their id, as `queue list` shows them: due-17
    #[arg(value_name = "ID", conflicts_with_all = ["system", "queue", "reason", "limit"])]
    ids: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    /// At most so many of each queue, oldest first
    #[arg(long)]
    limit: Option<u32>,
    /// Show how many marks are meant and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Needed when nothing says which marks are meant
    #[arg(long)]
    yes: bool,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

fn queue_named(text: &str) -> Result<Queue, String> {
    Queue::ALL.into_iter().find(|queue| queue.name() == text).ok_or_else(|| "it is reads or due".to_owned())
}

pub(super) async fn run(command: Command, context: &mut Context) -> anyhow::Result<Exit> {
    match command {
        Command::List(wanted) => list(wanted, context).await,
        Command::Retry(wanted) => change(wanted, Verb::Retry, context).await,
        Command::Drop(wanted) => change(wanted, Verb::Drop, context).await,
        Command::Pause(wanted) => steer(wanted, true, context).await,
        Command::Resume(wanted) => steer(wanted, false, context).await,
    }
}

/// A mark as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    system: String,
    state: &'static str,
    lane: i64,
    subject: String,
    attempts: u32,
    not_before: DateTime<Utc>,
    waiting_since: DateTime<Utc>,
    reason: Option<String>,
}

impl From<QueueItem> for Shown {
    fn from(item: QueueItem) -> Self {
        Self {
            id: systems::mark_name(&item),
            system: item.system.to_string(),
            state: item.state.name(),
            lane: item.lane.number(),
            subject: match item.subject {
                Subject::Record(record) => record.to_string(),
                Subject::Remote(remote) => format!("{} {}", remote.kind, remote.external_id),
            },
            attempts: item.attempts,
            not_before: item.not_before,
            waiting_since: item.created_at,
            reason: item.reason,
        }
    }
}

impl Line for Shown {
    const HEAD: &'static [&'static str] =
        &["id", "system", "state", "lane", "subject", "tries", "since", "last error"];
    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.system.clone(),
            self.state.to_owned(),
            self.lane.to_string(),
            self.subject.clone(),
            self.attempts.to_string(),
            self.waiting_since.format("%Y-%m-%d %H:%M:%S").to_string(),
            self.reason.clone().unwrap_or_default(),
        ]
    }
}

async fn list(wanted: List, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let filter =
        QueueFilter { parked_only: wanted.parked, limit: Some(wanted.limit), ..wanted.filter.in_the_store() };
    let items = store.queue_list(&filter, context.clock.now()).await?;
    store.close().await;
    let shown: Vec<Shown> = items.into_iter().map(Shown::from).collect();
    context.output.lines(&shown, "nothing waits")?;
    Ok(Exit::Success)
}

/// What a change has done.
#[derive(Debug, Default, Serialize)]
struct Changed {
    marks: u64,
    dry_run: bool,
    resumed: Vec<String>,
}

async fn change(wanted: Change, verb: Verb, context: &mut Context) -> anyhow::Result<Exit> {
    let filters = wanted.filters()?;
    let now = context.clock.now();
    let mut changed = Changed { dry_run: wanted.dry_run, ..Changed::default() };
    if wanted.dry_run {
        let store = with_store::to_read(context).await?;
        for filter in &filters {
            changed.marks += store
                .queue_list(filter, now)
                .await?
                .iter()
                .filter(|item| item.state != MarkState::Leased)
                .count() as u64;
        }
        store.close().await;
    } else {
        let store = with_store::to_decide(context).await?;
        let by = OperatorId::new(wanted.operator.as_str());
        for filter in &filters {
            changed.marks += systems::change_parked(&store, now, filter, verb, &by).await?;
        }
        if let (Verb::Retry, true) = (verb, wanted.ids.is_empty()) {
            changed.resumed = resume(&store, wanted.filter.system.as_deref(), &by, context).await?;
        }
        store.close().await;
    }
    context.output.object(&changed, || changed.in_words(verb))?;
    Ok(Exit::Success)
}

/// Lets the systems work again that something has stopped; an operator's pause stays.
async fn resume(
    store: &Store,
    system: Option<&str>,
    by: &OperatorId,
    context: &Context,
) -> anyhow::Result<Vec<String>> {
    let mut resumed = Vec::new();
    for state in store.system_states().await? {
        let meant = system.is_none_or(|system| system == state.system.as_str());
        if meant && matches!(state.health, Health::Halted { .. }) {
            systems::resume(store, &context.clock, &state.system, by).await?;
            resumed.push(state.system.to_string());
        }
    }
    Ok(resumed)
}

/// What has become of a system.
#[derive(Debug, Serialize)]
struct Steered {
    system: String,
    health: &'static str,
    /// It was so already.
    unchanged: bool,
}

/// Pauses a system, or lets it work again.
async fn steer(wanted: One, pauses: bool, context: &mut Context) -> anyhow::Result<Exit> {
    if !context.config.systems.contains_key(&wanted.system) {
        let unknown = Failure::new(Exit::NoInput, format!("there is no system `{}`", wanted.system));
        return Err(unknown.hint("`cardex status` shows those that there are").into());
    }
    let (id, by) = (SystemId::new(wanted.system.as_str()), OperatorId::new(wanted.operator));
    let store = with_store::to_decide(context).await?;
    let changed = if pauses {
        systems::pause(&store, &context.clock, &id, &by).await?
    } else {
        systems::resume(&store, &context.clock, &id, &by).await?
    };
    let health = store.system_state(&id).await?.health.name();
    store.close().await;
    let steered = Steered { system: wanted.system, health, unchanged: !changed };
    context.output.object(&steered, || {
        let already = if changed { "" } else { " already" };
        format!("system `{}` is {health}{already}", steered.system)
    })?;
    Ok(Exit::Success)
}

impl Changed {
    fn in_words(&self, verb: Verb) -> String {
        let done = match (self.dry_run, verb) {
            (true, Verb::Retry) => "would be tried again",
            (true, Verb::Drop) => "would be forgotten",
            (false, Verb::Retry) => "will be tried again",
            (false, Verb::Drop) => "forgotten",
        };
        let resumed = self.resumed.iter().map(|system| format!("\nsystem `{system}` works again"));
        format!("{} {done}{}", self.marks, resumed.collect::<String>())
    }
}

impl Filter {
    fn in_the_store(&self) -> QueueFilter {
        QueueFilter {
            system: self.system.as_deref().map(SystemId::from),
            queue: self.queue,
            reason: self.reason.clone(),
            ..QueueFilter::default()
        }
    }
}

impl Change {
    /// One filter per id, or the one that was described: work that was given up only.
    fn filters(&self) -> anyhow::Result<Vec<QueueFilter>> {
        if !self.ids.is_empty() {
            return self.ids.iter().map(|id| by_id(id)).collect();
        }
        let filter = &self.filter;
        let unfiltered = filter.system.is_none() && filter.queue.is_none() && filter.reason.is_none();
        if unfiltered && !self.yes && !self.dry_run {
            let failure = Failure::new(Exit::Usage, "this means all work that was given up");
            return Err(failure
                .hint("say which with an id, --system, --queue or --reason, or add --yes")
                .into());
        }
        Ok(vec![QueueFilter { parked_only: true, limit: self.limit, ..filter.in_the_store() }])
    }
}

/// The mark that `queue list` shows under this id.
fn by_id(id: &str) -> anyhow::Result<QueueFilter> {
    systems::mark_named(id).ok_or_else(|| {
        Failure::new(Exit::BadInput, format!("`{id}` is no mark"))
            .hint("`cardex queue list` shows them: due-17")
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Wanted {
        #[command(flatten)]
        change: Change,
    }

    fn filters(arguments: &str) -> anyhow::Result<Vec<QueueFilter>> {
        let words = std::iter::once("queue").chain(arguments.split_whitespace());
        Wanted::try_parse_from(words).expect("arguments").change.filters()
    }

    #[test]
    fn all_of_it_has_to_be_asked_for() {
        assert!(filters("").is_err());
        assert!(filters("--limit 5").is_err(), "a limit does not say which");
        assert_eq!(filters("--yes").expect("a filter").len(), 1);
        assert!(filters("--dry-run").is_ok());
        let filter = &filters("--system crm").expect("a filter")[0];
        assert!(filter.parked_only);
        assert_eq!(filter.system, Some(SystemId::new("crm")));
    }
}
