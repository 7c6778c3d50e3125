//! The schema: every statement fits it, and both databases have the same one.

use std::collections::BTreeSet;

use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(every_statement_fits_the_schema);

async fn every_statement_fits_the_schema(hub: Hub) {
    let n_statements = hub.store.prove_statements().await.unwrap_or_else(|(name, error)| {
        use std::error::Error as _;
        panic!("{name}: {error}: {:?}", error.source().map(ToString::to_string));
    });
    assert!(n_statements > 50, "only {n_statements} were proved");
}

#[test]
fn both_databases_have_the_same_steps_and_columns() {
    assert_eq!(steps("sqlite"), steps("postgres"));
}

/// The migrations of one database, with what is its own taken out.
fn steps(database: &str) -> BTreeSet<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    let files = std::fs::read_dir(folder).expect("the migrations are files");
    files
        .map(|file| {
            let file = file.expect("the folder is read");
            let text = std::fs::read_to_string(file.path()).expect("a migration is text");
            let text = text
                .replace(" collate \"C\"", "")
                .replace("bigint generated always as identity primary key", "ID")
                .replace("integer primary key autoincrement", "ID")
                .replace("blob", "bytea")
                // The key is the row.
                .replace(") without rowid;", ");")
                // Room in a page for its rows to be rewritten there, without a new entry in every index.
                .replace(" with (fillfactor = 75, toast_tuple_target = 4080)", "")
                .replace(" with (fillfactor = 75)", "");
            (file.file_name().to_string_lossy().into_owned(), text)
        })
        .collect()
}
