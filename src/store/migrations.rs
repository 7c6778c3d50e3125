//! The schema's migrations, in order, and the check that the database is not newer than this program.

use std::cmp::Ordering;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Row, SqlSafeStr};

use super::dialect::Dialect;
use super::error::StoreError;

/// One migration: the same number and name for both databases.
struct Step {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Lists the migrations by file name.
macro_rules! steps {
    ($($version:literal $file:literal $name:literal;)*) => {
        [$(Step {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $file, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $file, ".sql")),
        }),*]
    };
}

const STEPS: [Step; 40] = steps! {
    1 "0001_create_record" "create record";
    2 "0002_create_link" "create link";
    3 "0003_create_journal" "create journal";
    4 "0004_create_review" "create review";
    5 "0005_create_due" "create due";
    6 "0006_create_read_mark" "create read mark";
    7 "0007_create_cursor" "create cursor";
    8 "0008_create_system_state" "create system state";
    9 "0009_create_job" "create job";
    10 "0010_add_figures" "add figures";
    11 "0011_create_rollup_due" "create rollup due";
    12 "0012_create_review_member" "create review member";
    13 "0013_create_kept_apart" "create kept apart";
    14 "0014_add_arrival_to_review" "add arrival to review";
    15 "0015_index_reviews" "index reviews";
    16 "0016_create_profile_features" "create profile features";
    17 "0017_create_profile_key" "create profile key";
    18 "0018_create_profile_count" "create profile count";
    19 "0019_create_profile_pair" "create profile pair";
    20 "0020_create_match_due" "create match due";
    21 "0021_add_probability_to_review" "add probability to review";
    22 "0022_create_household_due" "create household due";
    23 "0023_create_compared_pair" "create compared pair";
    24 "0024_create_learned_weights" "create learned weights";
    25 "0025_create_operator" "create operator";
    26 "0026_create_session" "create session";
    27 "0027_create_sign_in_failure" "create sign in failure";
    28 "0028_add_postponement_to_review" "add postponement to review";
    29 "0029_add_firms_to_record" "add firms to record";
    30 "0030_create_search_document" "create search document";
    31 "0031_create_search_posting" "create search posting";
    32 "0032_create_search_due" "create search due";
    33 "0033_add_pause_to_system_state" "add pause to system state";
    34 "0034_create_audit" "create audit";
    35 "0035_create_api_token" "create api token";
    36 "0036_index_open_reviews_by_id" "index open reviews by id";
    37 "0037_create_import_run" "create import run";
    38 "0038_index_queue" "index queue";
    39 "0039_index_queue_in_order" "index queue in order";
    40 "0040_add_last_push_to_system_state" "add last push to system state";
};

/// The newest schema version that this program knows.
pub const NEWEST: i64 = STEPS[STEPS.len() - 1].version;

/// Brings the database to [`NEWEST`]; refuses one that is newer. Daemons that start together wait for one another.
pub(super) async fn migrate(db: &mut AnyConnection, dialect: Dialect) -> Result<(), StoreError> {
    match migrator(dialect).run_direct(None, db, false).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(_)) => {
            Err(StoreError::NewerDatabase { found: applied(db).await?, known: NEWEST })
        }
        Err(error) => Err(StoreError::Migrate(error)),
    }
}

/// Refuses a database that is not at [`NEWEST`], without touching it.
pub(super) async fn check(db: &mut AnyConnection) -> Result<(), StoreError> {
    // A database without the table has never been migrated.
    let found = applied(db).await.unwrap_or(0);
    match found.cmp(&NEWEST) {
        Ordering::Less => Err(StoreError::OlderDatabase { found, known: NEWEST }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(StoreError::NewerDatabase { found, known: NEWEST }),
    }
}

async fn applied(db: &mut AnyConnection) -> Result<i64, StoreError> {
    let row = sqlx::query("select coalesce(max(version), 0) from _sqlx_migrations").fetch_one(db).await?;
    Ok(row.try_get(0)?)
}

fn migrator(dialect: Dialect) -> Migrator {
    let migrations = STEPS.into_iter().map(|step| {
        let sql = match dialect {
            Dialect::Sqlite => step.sqlite,
            Dialect::Postgres => step.postgres,
        };
        Migration::new(step.version, step.name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}
