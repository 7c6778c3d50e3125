//! `cardex run`: the daemon.

use tokio_util::sync::CancellationToken;

use super::{Context, Exit, signals};
use crate::daemon;

/// Works until the process is told to stop; told twice, it ends at once.
pub(super) async fn run(context: &Context) -> anyhow::Result<Exit> {
    let stop = CancellationToken::new();
    tokio::spawn(signals::listen(stop.clone()));
    daemon::run(&context.config, stop).await?;
    Ok(Exit::Success)
}
