//! The instance every other one is copied from.
//!
//! HotelDruid needs many flushes to create its tables on SQLite (10 s on a slow disk), so that
//! template is kept beside the unpacked program, one per year and prefix, and built in memory
//! where the machine has it. The PostgreSQL template is a database of the test run's cluster.

use std::path::{Path, PathBuf};

use chrono::Datelike as _;
use tokio::sync::{Mutex, OnceCell};

use super::database::Database;
use super::form;
use super::instance::{Flavour, HotelDruid, Settings};
use super::mariadb;
use crate::support::postgres::cluster;

/// Changes when the recipe below does, so that an old template is not used.
const RECIPE: u32 = 1;

/// The account HotelDruid uses: it owns its database and nothing else, as in a normal installation.
pub(super) const OWNER: &str = "hoteldruid";
/// Its password; the server is on loopback and lives as long as the test.
pub(super) const PASSWORD: &str = "front-desk";

/// A finished instance at rest: its data directory and, on PostgreSQL, its database.
pub(super) struct Template {
    pub(super) data: PathBuf,
    pub(super) database: String,
}

/// The directory that `tests/setup/hoteldruid.sh` fills.
pub(super) fn program() -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-servers/hoteldruid");
    let ready = home.join("www/.complete").exists();
    assert!(ready, "HotelDruid is not unpacked in {}: run tests/setup/hoteldruid.sh", home.display());
    home
}

/// The year the instances begin with: the current one, as PHP sees it.
pub(super) fn this_year() -> i32 {
    chrono::Local::now().year()
}

/// The template for `settings`, made on first use.
pub(super) async fn template(settings: Settings) -> &'static Template {
    static SQLITE: OnceCell<Template> = OnceCell::const_new();
    static SQLITE_PREFIXED: OnceCell<Template> = OnceCell::const_new();
    static POSTGRES: OnceCell<Template> = OnceCell::const_new();
    static POSTGRES_PREFIXED: OnceCell<Template> = OnceCell::const_new();
    static MARIADB: OnceCell<Template> = OnceCell::const_new();
    static MARIADB_PREFIXED: OnceCell<Template> = OnceCell::const_new();
    match (settings.flavour, settings.prefix) {
        (Flavour::Sqlite, "") => SQLITE.get_or_init(|| sqlite(settings)).await,
        (Flavour::Sqlite, _) => SQLITE_PREFIXED.get_or_init(|| sqlite(settings)).await,
        (Flavour::Postgres, "") => POSTGRES.get_or_init(|| postgres(settings)).await,
        (Flavour::Postgres, _) => POSTGRES_PREFIXED.get_or_init(|| postgres(settings)).await,
        (Flavour::Mariadb, "") => MARIADB.get_or_init(|| on_mariadb(settings)).await,
        (Flavour::Mariadb, _) => MARIADB_PREFIXED.get_or_init(|| on_mariadb(settings)).await,
    }
}

async fn sqlite(settings: Settings) -> Template {
    let kept = program().join(format!("template-{}-{}{}", RECIPE, this_year(), settings.prefix));
    if !kept.exists() {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let home = tempfile::tempdir_in(parent).expect("a temporary directory can be made");
        let instance = HotelDruid::bare(settings, home, "");
        furnish(&instance).await;
        let fresh = tempfile::tempdir_in(program()).expect("the cache directory can be written");
        instance.stop_into(fresh.path()).await;
        let fresh = fresh.keep();
        // Another test process may have been quicker; its template is as good.
        if std::fs::rename(&fresh, &kept).is_err() {
            std::fs::remove_dir_all(&fresh).expect("the spare template can be removed");
        }
    }
    Template { data: kept, database: String::new() }
}

async fn postgres(settings: Settings) -> Template {
    let database = format!("template{}", settings.prefix);
    create_database(&database, "template0").await;
    let home = tempfile::tempdir().expect("a temporary directory can be made");
    let instance = HotelDruid::bare(settings, home, &database);
    furnish(&instance).await;
    let data = cluster().home.join(&database);
    instance.stop_into(&data).await;
    Template { data, database }
}

async fn on_mariadb(settings: Settings) -> Template {
    let database = format!("template{}", settings.prefix);
    create_mariadb(&database).await;
    let home = tempfile::tempdir().expect("a temporary directory can be made");
    let instance = HotelDruid::bare(settings, home, &database);
    furnish(&instance).await;
    let data = mariadb::server().home.join(&database);
    instance.stop_into(&data).await;
    Template { data, database }
}

/// Makes the tables, the year, two rates, five rooms and the lists a hotel fills in first.
async fn furnish(instance: &HotelDruid) {
    let year = this_year();
    let prefix = instance.prefix();
    instance.post("creadb.php", "lingua=en&creabase=1".to_owned()).await;
    let months = [("anno", year.to_string()), ("creaanno", "SI".into()), ("tipo_periodi", "g".into())];
    let mut fields = months.to_vec();
    fields.extend([("mese_ini", "1".into()), ("mese_fine", "24".into())]);
    let page = instance.post("creaanno.php", form::encode(&fields)).await;
    assert!(page.contains(&year.to_string()), "the year was not created: {}", form::words(&page));
    instance
        .sql(&format!(
            "update {prefix}periodi{year} set tariffa1 = 80, tariffa2 = 120;
             update {prefix}ntariffe{year} set tariffa1 = 'Double BB', tariffa2 = 'Suite BB' where idntariffe = 1;
             update {prefix}appartamenti set maxoccupanti = 3, numpiano = '1', numcasa = 'Main';
             update {prefix}personalizza set valpersonalizza = 'Cash,Visa' where idpersonalizza = 'metodi_pagamento';
             update {prefix}personalizza set valpersonalizza = 'Booking.com,Direct,Phone'
                 where idpersonalizza = 'origini_prenota';
             update {prefix}personalizza set valpersonalizza = 'SI' where idpersonalizza = 'attiva_checkin';
             update {prefix}personalizza set valpersonalizza = 'NO' where idpersonalizza = 'auto_crea_anno';"
        ))
        .await;
}

/// Creates `name` as a copy of `source`, one at a time: PostgreSQL allows no other way.
pub(super) async fn create_database(name: &str, source: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    let _turn = ONE_AT_A_TIME.lock().await;
    let maintenance = super::database::Database::postgres(cluster().port, "postgres");
    let owner = format!(
        "do $$ begin
             if not exists (select from pg_roles where rolname = '{OWNER}') then
                 create role {OWNER} login password '{PASSWORD}';
             end if;
         end $$"
    );
    maintenance.execute(&owner).await;
    maintenance.execute(&format!("create database \"{name}\" template \"{source}\" owner {OWNER}")).await;
    maintenance.close().await;
}

/// Creates an empty database on MariaDB that belongs to HotelDruid's account.
async fn create_mariadb(name: &str) {
    let maintenance = Database::mariadb(mariadb::server().port, "mysql");
    maintenance
        .execute(&format!(
            "create database `{name}`;
             create user if not exists {OWNER} identified by '{PASSWORD}';
             grant all on `{name}`.* to {OWNER};"
        ))
        .await;
    maintenance.close().await;
}

/// Creates `name` as a copy of `source`, table by table.
pub(super) async fn copy_mariadb(name: &str, source: &str) {
    create_mariadb(name).await;
    let database = Database::mariadb(mariadb::server().port, source);
    let tables = database
        .rows("select table_name as name from information_schema.tables where table_schema = database()");
    for table in tables.await {
        let table = table["name"].as_str().expect("a name");
        let copy = format!(
            "create table `{name}`.`{table}` like `{table}`; insert into `{name}`.`{table}` select * from `{table}`;"
        );
        database.execute(&copy).await;
    }
    database.close().await;
}

/// What HotelDruid includes to find its database.
pub(super) fn connection_file(settings: Settings, database: &str) -> String {
    let (kind, host, port, user, password) = match settings.flavour {
        Flavour::Sqlite => ("sqlite", "", String::new(), "", ""),
        Flavour::Postgres => ("postgresql", "127.0.0.1", cluster().port.to_string(), OWNER, PASSWORD),
        Flavour::Mariadb => ("mysql", "127.0.0.1", mariadb::server().port.to_string(), OWNER, PASSWORD),
    };
    let name = if database.is_empty() { "hoteldruid" } else { database };
    format!(
        "<?php\n$HOTELD_DB_TYPE=\"{kind}\"; $HOTELD_DB_NAME=\"{name}\"; $HOTELD_DB_HOST=\"{host}\"; \
         $HOTELD_DB_PORT=\"{port}\"; $HOTELD_DB_USER=\"{user}\"; $HOTELD_DB_PASS=\"{password}\"; \
         $HOTELD_TAB_PRE=\"{}\";\n",
        settings.prefix
    )
}

/// Copies the plain files of one directory.
pub(super) fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the target directory can be made");
    for entry in std::fs::read_dir(from).expect("the source directory can be read") {
        let entry = entry.expect("the entry can be read");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("the file can be copied");
    }
}
