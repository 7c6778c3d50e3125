//! A small hotel and a small CRM inside the binary, for `cardex demo` and for tests.
//!
//! They keep their records in memory, speak the open contract over HTTP on loopback, can be told to behave badly,
//! and keep a book of everything that is done to them. They must never use the daemon's types or rules: what they
//! say about the daemon has to be independent of it.

pub mod cardex;
pub mod declare;
pub mod ledger;
pub mod manners;
pub mod script;
pub mod server;
pub mod system;
pub mod table;
pub mod webhooks;

use chrono::NaiveDate;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::clock::Clock;
use cardex::Size;
use manners::Quirks;
use server::Served;
use system::System;

/// A running hotel and CRM.
pub struct Demo {
    /// The hotel's PMS.
    pub hotel: Served,
    /// The CRM.
    pub crm: Served,
    today: NaiveDate,
    seed: u64,
}

impl Demo {
    /// Fills and serves both systems. The same seed and day give the same records.
    ///
    /// # Errors
    /// No port of loopback can be opened.
    pub async fn start(seed: u64, size: Size, clock: Clock) -> io::Result<Self> {
        let today = clock.now().date_naive();
        let hotel = Arc::new(System::new("hotel", clock.clone()));
        let crm = Arc::new(System::new("crm", clock));
        let street_chars = Some(declare::HOTEL_STREET_CHARS);
        hotel.set_quirks(|quirks| *quirks = Quirks { street_chars, ..Quirks::default() });
        cardex::fill(&hotel, &crm, size, seed, today);
        let secret = |what: &str| format!("demo-{what}-{seed:016x}");
        Ok(Self {
            hotel: Served::start(hotel, declare::hotel(), secret("hotel-token"), secret("hotel-hook"))
                .await?,
            crm: Served::start(crm, declare::crm(), secret("crm-token"), secret("crm-hook")).await?,
            today,
            seed,
        })
    }

    /// Stops both.
    pub async fn stop(&self) {
        self.hotel.stop().await;
        self.crm.stop().await;
    }
}

impl Served {
    /// The `settings` table of a site file for this system, as a TOML inline table. Token and webhook secret are
    /// written into files of `folder`.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn settings(&self, folder: &Path) -> io::Result<String> {
        let file = |what: &str, secret: &str| {
            let path = folder.join(format!("{}-{what}", self.system.name()));
            std::fs::write(&path, secret)?;
            Ok::<_, io::Error>(serde_json::json!(path))
        };
        let settings = serde_json::json!({
            "base_url": self.url,
            "token_file": file("token", &self.token)?,
            "webhook_secret_file": file("webhook", &self.webhook_secret)?,
            "capabilities": self.capabilities(),
        });
        Ok(declare::to_toml(&settings))
    }
}
