//! `cardex explain`: why a value is what it is, what it beat, and why a system shows something else.

use serde::Serialize;

use super::{Context, Exit, Failure, find, hub, with_store};
use crate::model::{FieldKey, Link};
use crate::reconcile::{self, FieldStory};
use crate::words;

/// How many entries of the journal are looked through for values that did not make it.
const JOURNAL: u32 = 1000;

/// The arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A record: its id, its number, or its id at any system
    record: String,
    /// One field of it, for example surname
    field: Option<String>,
}

/// The story of one field, in words.
#[derive(Debug, Serialize)]
struct Told {
    record: String,
    field: String,
    values: Vec<Came>,
    beaten: Vec<Lost>,
    differs: Vec<Differs>,
}

#[derive(Debug, Serialize)]
struct Came {
    element: Option<String>,
    value: String,
    from: String,
    pinned_by: Option<String>,
}

#[derive(Debug, Serialize)]
struct Lost {
    value: String,
    system: Option<String>,
    at: chrono::DateTime<chrono::Utc>,
    why: String,
}

#[derive(Debug, Serialize)]
struct Differs {
    system: String,
    external_id: Option<String>,
    shows: Option<String>,
    why: String,
}

pub(super) async fn run(arguments: Arguments, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let record = find::record(&store, &arguments.record).await?;
    let links = store.links_of(&[record.id], None).await?;
    let links: Vec<Link> = links.into_iter().map(|linked| linked.link).collect();
    let journal = store.journal_of(record.id, JOURNAL).await?;
    let hub = hub::at_rest(context, store)?;
    // The store tells the newest first, the story begins at the beginning.
    let journal: Vec<_> = journal.into_iter().rev().collect();
    let explanation = reconcile::explain(&hub.rules, &record, &links, &journal);
    hub.store.close().await;
    let wanted = arguments.field.as_deref().map(FieldKey::new);
    let stories: Vec<&FieldStory> = explanation
        .fields
        .iter()
        .filter(|story| wanted.as_ref().is_none_or(|field| story.field == *field))
        .collect();
    if let (Some(field), true) = (&wanted, stories.is_empty()) {
        return Err(Failure::new(Exit::NoInput, format!("the record has no field `{field}`")).into());
    }
    context.output.say(&format!("{} {}", record.kind, record.id));
    for story in stories {
        let told = told(record.id.to_string(), story);
        context.output.object(&told, || told.in_words())?;
    }
    Ok(Exit::Success)
}

fn told(record: String, story: &FieldStory) -> Told {
    Told {
        record,
        field: story.field.to_string(),
        values: story
            .cells
            .iter()
            .map(|cell| Came {
                element: cell.element.as_ref().map(ToString::to_string),
                value: words::seen(&cell.value),
                from: words::origin(&cell.provenance),
                pinned_by: cell.pinned_by.as_ref().map(ToString::to_string),
            })
            .collect(),
        beaten: story
            .beaten
            .iter()
            .map(|beaten| Lost {
                value: words::seen(&beaten.observed),
                system: beaten.system.as_ref().map(ToString::to_string),
                at: beaten.at,
                why: words::verdict(&beaten.verdict),
            })
            .collect(),
        differs: story
            .gaps
            .iter()
            .map(|gap| Differs {
                system: gap.system.to_string(),
                external_id: gap.external_id.as_ref().map(ToString::to_string),
                shows: gap.known.as_ref().map(words::seen),
                why: words::gap(&gap.reason),
            })
            .collect(),
    }
}

impl Told {
    fn in_words(&self) -> String {
        let mut lines = Vec::new();
        for came in &self.values {
            let pinned = came.pinned_by.as_ref().map_or_else(String::new, |by| format!(", fixed by {by}"));
            lines.push(format!("{} = {}\n    from {}{pinned}", self.field, came.value, came.from));
        }
        for lost in &self.beaten {
            let system = lost.system.as_deref().unwrap_or("the hub");
            let at = lost.at.format("%Y-%m-%d %H:%M:%S");
            lines.push(format!("    not {} (said {system}, {at}): {}", lost.value, lost.why));
        }
        for gap in &self.differs {
            let shows = gap.shows.as_deref().unwrap_or("(unknown)");
            lines.push(format!("    {} shows {shows}: {}", gap.system, gap.why));
        }
        lines.join("\n")
    }
}
