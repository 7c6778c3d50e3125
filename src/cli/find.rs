//! Finding the record that an operator means.

use super::{Exit, Failure};
use crate::model::{Record, RecordId};
use crate::store::Store;

/// How many records are offered when a word fits several.
const OFFERED: u32 = 10;

/// The record whose id, number or id at a system is exactly `text`, aliases followed.
pub(super) async fn record(store: &Store, text: &str) -> anyhow::Result<Record> {
    let found = store.find_record(text, OFFERED).await?;
    let ids: Vec<RecordId> = found.iter().map(|line| line.id).collect();
    let mut roots: Vec<RecordId> = store.roots(&ids).await?.into_values().collect();
    roots.sort();
    roots.dedup();
    let record = match roots.as_slice() {
        [] => None,
        [root] => store.records(&[*root]).await?.into_iter().next(),
        several => {
            let several: Vec<String> = several.iter().map(ToString::to_string).collect();
            let failure = Failure::new(Exit::BadInput, format!("`{text}` fits {} records", several.len()));
            return Err(failure.hint(format!("name one by its id: {}", several.join(", "))).into());
        }
    };
    record.ok_or_else(|| {
        Failure::new(Exit::NoInput, format!("there is no record `{text}`"))
            .hint("name a record by its id, its number, or its id at any system")
            .into()
    })
}
