//! The configuration read from real files, as an operator would write them.

mod layers;
mod mistakes;
mod rules;

use std::collections::BTreeMap;
use std::path::PathBuf;
use tempfile::TempDir;

use super::{Config, ConfigError, Problem, Sources};

/// A site with one hotel, a PMS and a CRM.
const SITE: &str = r#"
[properties.alba]
name = "Hotel Alba"
time_zone = "Europe/Madrid"
currency = "EUR"
country = "ES"

[systems.pms-alba]
connector = "hoteldruid"
property = "alba"
side = "pms"
poll = "every 5s"
settings.database_url = "postgres://alba:hunter2@db/alba"
settings.token = "hunter2"

[systems.crm]
connector = "tryton"
property = "alba"
side = "crm"
creates = ["company", "person", "reservation"]
internal = true
special_purpose = "registration"
"#;

/// A folder with configuration files, and an environment.
struct Site {
    folder: TempDir,
    env: BTreeMap<String, String>,
}

impl Site {
    fn new(text: &str) -> Self {
        let site = Self { folder: tempfile::tempdir().expect("a folder"), env: BTreeMap::new() };
        site.write("cardex.toml", text);
        site.env("STATE_DIRECTORY", "/var/lib/cardex")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn env(mut self, key: &str, value: &str) -> Self {
        self.env.insert(key.to_owned(), value.to_owned());
        self
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&Sources { file: Some(self.path("cardex.toml")), env: self.env.clone() })
    }

    fn good(&self) -> Config {
        self.load().expect("a good configuration")
    }

    fn problems(&self) -> Vec<Problem> {
        match self.load().expect_err("a bad configuration") {
            ConfigError::Invalid(problems) => problems.0,
            other @ (ConfigError::Unreadable { .. } | ConfigError::Syntax { .. }) => {
                panic!("another error: {other}")
            }
        }
    }
}
