//! Opening the store for a command, beside the daemon that may be working on it.

use anyhow::Context as _;

use super::{Context, Exit, Failure};
use crate::model::Door;
use crate::store::{Store, StoreSettings};

/// Opens the store for looking; nothing is created.
pub(super) async fn to_read(context: &Context) -> anyhow::Result<Store> {
    Store::open_read_only(&settings(context)?).await.context("could not open the hub's store")
}

/// Opens the store for an operator's decision; nothing is created.
pub(super) async fn to_decide(context: &Context) -> anyhow::Result<Store> {
    let store = Store::open_beside(&settings(context)?).await.context("could not open the hub's store")?;
    Ok(store.through(Door::Cli))
}

fn settings(context: &Context) -> anyhow::Result<StoreSettings> {
    let store = &context.config.store;
    if let Some(file) = store.sqlite_file().filter(|file| !file.exists()) {
        let missing =
            Failure::new(Exit::NoInput, format!("the hub's store `{}` does not exist yet", file.display()));
        return Err(missing.hint("the daemon creates it at its first start: `cardex run`").into());
    }
    let url = store
        .connect_url()
        .with_context(|| format!("could not read `store.password_file` (`{}`)", store.password_file))?;
    Ok(StoreSettings {
        max_connections: store.max_connections,
        statement_timeout: store.statement_timeout(),
        busy_timeout: store.busy_timeout(),
        ..StoreSettings::of(url)
    })
}
