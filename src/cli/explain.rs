//! `cardex explain`: why a value is what it is, what it beat, and why a system shows something else.

use super::{Context, Exit, Failure, find, hub, with_store};
use crate::model::{FieldKey, Link};
use crate::profile::told;
use crate::reconcile::{self, FieldStory};

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
