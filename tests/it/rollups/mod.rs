//! The roll-ups of persons: counted by the database, kept true by marks, written only where they change.

mod marks;
mod systems;
mod walk;
mod world;

use cardex::store::StoreSettings;
use secrecy::ExposeSecret as _;
use sqlx::Connection as _;

/// Makes the reservations of a hub such as a program has left them that knew no figures.
async fn forget_figures(settings: &StoreSettings) {
    let mut db = sqlx::AnyConnection::connect(settings.url.expose_secret()).await.expect("a connection");
    for sql in [
        "update record set holder = null, status = null, property = null, channel = null, nights = null,
            lead_days = null, currency = null, amount = null, room_spend = null, other_spend = null, worth = null",
        "insert into cursor (system_id, stream, cursor, moved_at)
            select '', 'figures', '', 0 where exists (select 1 from record where kind = 'reservation')",
    ] {
        sqlx::query(sql).execute(&mut db).await.expect("a change");
    }
    db.close().await.expect("it closes");
}
