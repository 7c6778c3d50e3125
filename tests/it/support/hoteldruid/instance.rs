//! One running HotelDruid.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::database::Database;
use super::form::{self, Form};
use super::mariadb;
use super::template::{
    OWNER, PASSWORD, connection_file, copy_files, copy_mariadb, create_database, program, template, this_year,
};
use crate::support::postgres::cluster;
use crate::support::process::{Server, free_port};

/// The zone the hotel's server lives in: every stamp HotelDruid writes is wall time there.
pub(crate) const ZONE: &str = "Europe/Madrid";

/// Which database the instance keeps its data in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Sqlite,
    Postgres,
    Mariadb,
}

/// What is chosen when an instance is made.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) flavour: Flavour,
    pub(super) prefix: &'static str,
}

/// A running instance: pages on a loopback port, data in its own directory.
pub(crate) struct HotelDruid {
    settings: Settings,
    database_name: String,
    database: Database,
    http: reqwest::Client,
    base: String,
    year: i32,
    home: PathBuf,
    _server: Server,
}

impl HotelDruid {
    /// Where [`HotelDruid::connection`] leaves the password.
    pub(crate) const PASSWORD_FILE: &str = "hoteldruid";

    /// Starts a fresh hotel: five rooms, two rates, this year and the next twelve months.
    pub(crate) async fn start(flavour: Flavour) -> Self {
        Self::start_with(Settings { flavour, prefix: "" }).await
    }

    /// The same, sharing its database with another program behind a table prefix.
    pub(crate) async fn start_prefixed(flavour: Flavour) -> Self {
        Self::start_with(Settings { flavour, prefix: "hd_" }).await
    }

    async fn start_with(settings: Settings) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let template = template(settings).await;
        let home = tempfile::tempdir().expect("a temporary directory can be made");
        copy_files(&template.data, &home.path().join("data"));
        let name = format!("hotel{}", COUNT.fetch_add(1, Ordering::Relaxed));
        match settings.flavour {
            Flavour::Sqlite => {}
            Flavour::Postgres => create_database(&name, &template.database).await,
            Flavour::Mariadb => copy_mariadb(&name, &template.database).await,
        }
        Self::bare(settings, home, &name)
    }

    /// Starts the pages over whatever `home` and the database hold.
    pub(super) fn bare(settings: Settings, home: TempDir, database_name: &str) -> Self {
        let home = home.keep();
        for part in ["data", "pages"] {
            std::fs::create_dir_all(home.join(part)).expect("the home can be written");
        }
        let file_name = if settings.flavour == Flavour::Sqlite { "hoteldruid" } else { database_name };
        std::fs::write(home.join("database.php"), connection_file(settings, file_name))
            .expect("the home can be written");
        let database = match settings.flavour {
            Flavour::Sqlite => Database::sqlite(&home.join("data/db_hoteldruid")),
            Flavour::Postgres => Database::postgres(cluster().port, database_name),
            Flavour::Mariadb => Database::mariadb(mariadb::server().port, database_name),
        };
        relocate(&home);
        let port = free_port();
        let server = serve(port, &home);
        let instance = Self {
            settings,
            database_name: database_name.to_owned(),
            database,
            http: cardex::connectors::http::client(Duration::from_mins(1)).expect("TLS is built in"),
            base: format!("http://127.0.0.1:{port}"),
            year: this_year(),
            home,
            _server: server,
        };
        instance.wait_until_up(port);
        instance
    }

    /// Closes the hotel and keeps its data directory in `kept`.
    pub(super) async fn stop_into(self, kept: &Path) {
        self.database.close().await;
        copy_files(&self.home.join("data"), kept);
    }

    fn wait_until_up(&self, port: u16) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "PHP did not come up: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What PHP's server wrote so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }

    /// The year the instance began with.
    pub(crate) const fn year(&self) -> i32 {
        self.year
    }

    /// What stands in front of every table name.
    pub(crate) const fn prefix(&self) -> &'static str {
        self.settings.prefix
    }

    pub(crate) const fn flavour(&self) -> Flavour {
        self.settings.flavour
    }

    /// The database file, for SQLite.
    pub(crate) fn database_file(&self) -> PathBuf {
        self.home.join("data/db_hoteldruid")
    }

    /// Host, port, user, password and name of the database, where it is on a server.
    pub(crate) fn database_server(&self) -> (&'static str, u16, &'static str, &'static str, &str) {
        let port = match self.settings.flavour {
            Flavour::Sqlite => panic!("SQLite has no server"),
            Flavour::Postgres => cluster().port,
            Flavour::Mariadb => mariadb::server().port,
        };
        ("127.0.0.1", port, OWNER, PASSWORD, &self.database_name)
    }

    /// Runs statements in the instance's database.
    pub(crate) async fn sql(&self, statements: &str) {
        self.database.execute(statements).await;
    }

    /// Locks a table as the front desk does, until the guard is dropped.
    pub(crate) async fn lock(&self, table: &str) -> super::database::Lock {
        self.database.lock(table).await
    }

    /// The rows of a `select`, each as a JSON object.
    pub(crate) async fn rows(&self, select: &str) -> Vec<Value> {
        self.database.rows(select).await
    }

    pub(super) async fn get(&self, path: &str) -> String {
        let response = self.http.get(format!("{}/{path}", self.base)).send().await.expect("PHP answers");
        self.page(path, response).await
    }

    pub(super) async fn post(&self, path: &str, body: String) -> String {
        let request = self.http.post(format!("{}/{path}", self.base));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let response = request.send().await.expect("PHP answers");
        self.page(path, response).await
    }

    /// Sends a form as it stands.
    pub(super) async fn submit(&self, form: &Form) -> String {
        self.post(&form.action, form.body()).await
    }

    async fn page(&self, path: &str, response: reqwest::Response) -> String {
        let status = response.status();
        let page = response.text().await.expect("the page arrives");
        assert!(status.is_success(), "{path}: {status}: {}\n{}", form::words(&page), self.log());
        page
    }

    /// The keys of `settings.database` for a connector to this hotel; where its server asks for a password, that is put
    /// into a file in `secrets`.
    pub(crate) fn connection(&self, secrets: &Path) -> String {
        let kind = match self.flavour() {
            Flavour::Sqlite => {
                return format!("kind = \"sqlite\"\nfile = \"{}\"\n", self.database_file().display());
            }
            Flavour::Postgres => "postgresql",
            Flavour::Mariadb => "mariadb",
        };
        let (host, port, user, password, name) = self.database_server();
        let file = secrets.join(Self::PASSWORD_FILE);
        std::fs::write(&file, password).expect("the password can be written");
        format!(
            "kind = \"{kind}\"\nhost = \"{host}\"\nport = {port}\nname = \"{name}\"\nuser = \"{user}\"\n\
             password_file = \"{}\"\ntls = \"disable\"\n",
            file.display()
        )
    }

    /// Opens the year after `year` as the hotel does at New Year, bringing the bookings over.
    pub(crate) async fn open_next_year(&self, year: i32) {
        let next = (year + 1).to_string();
        let fields = [
            ("anno", next.as_str()),
            ("creaanno", "SI"),
            ("tipo_periodi", "g"),
            ("mese_ini", "1"),
            ("mese_fine", "12"),
            ("importa_anno_prec", "SI"),
        ];
        let page = self.post("creaanno.php", form::encode(&fields)).await;
        assert!(page.contains(&next), "the year was not created: {}", form::words(&page));
    }
}

fn serve(port: u16, home: &Path) -> Server {
    let command = [
        "php".into(),
        "-d".into(),
        "display_errors=0".into(),
        "-d".into(),
        "memory_limit=256M".into(),
        "-d".into(),
        format!("date.timezone={ZONE}"),
        "-S".into(),
        format!("127.0.0.1:{port}"),
        "-t".into(),
        program().join("www").display().to_string(),
    ];
    let env = [("HD_HOME", home.display().to_string()), ("PHP_CLI_SERVER_WORKERS", "2".into())];
    Server::start(&command, &env, home, "TERM")
}

/// A copied data directory remembers where it was made; this points it at its new home.
fn relocate(home: &Path) {
    let file = home.join("data/dati_connessione.php");
    let Ok(text) = std::fs::read_to_string(&file) else { return };
    let here = home.join("database.php");
    let lines = text.lines().map(|line| {
        if line.starts_with("require(") { format!("require('{}');", here.display()) } else { line.to_owned() }
    });
    let moved = lines.collect::<Vec<_>>().join("\n");
    std::fs::write(&file, moved).expect("the data directory can be written");
}
