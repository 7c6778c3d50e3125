mod cardexgen;
mod dirt;
mod malformed;
mod mapping;
mod resume;
mod several;

use std::io::Cursor;
use std::sync::Arc;

use super::FileSource;
use super::folder::{self, Item};
use super::mapping::{Context, FilesSettings, Mapped, Spoilt};
use super::read::Batch;
use crate::import::source::{Page, Position, Source as _, SourceError};
use crate::model::fields;
use crate::model::value::Country;

fn context() -> Context {
    Context {
        registry: Arc::new(fields::standard()),
        region: Some(Country("ES".into())),
        time_zone: chrono_tz::Europe::Madrid,
        relays: crate::model::normalise::email::Relays::default(),
    }
}

/// Reads one file by the first mapping of these settings that has its name.
fn take(settings: &str, name: &str, bytes: &[u8]) -> Result<Mapped, SourceError> {
    let settings = FilesSettings::parse(settings).expect("settings");
    let mappings = folder::mappings(&settings, &context()).expect("a mapping");
    let found = (0..).zip(&mappings).find(|(_, mapping)| folder::matches(&mapping.settings.files, name));
    let (number, mapping) = found.expect("a mapping for the file");
    let item = Item { mapping: number, name: name.to_owned(), path: name.into() };
    let mut rows = folder::open_bytes(&item, mapping, Box::new(Cursor::new(bytes.to_vec())), None)?;
    let mut mapped = Mapped::default();
    loop {
        let mut batch = Batch::default();
        let goes_on = rows.read(&mut batch, 100)?;
        let more = mapping.plan.apply(name, batch, &Spoilt::default());
        mapped.observations.extend(more.observations);
        mapped.rejects.extend(more.rejects);
        mapped.remarks.extend(more.remarks);
        if !goes_on {
            return Ok(mapped);
        }
    }
}

/// Every page behind a position.
async fn rest(source: &mut FileSource, mut after: Option<Position>) -> Vec<Page> {
    let mut pages = Vec::new();
    loop {
        let page = source.next(after.as_ref()).await.expect("a page");
        after.clone_from(&page.next);
        pages.push(page);
        if after.is_none() {
            return pages;
        }
    }
}

#[test]
fn patterns_fit_names() {
    for (pattern, name, fits) in [
        ("guests*.csv", "guests.csv", true),
        ("guests*.csv", "guests-2019.CSV", true),
        ("guests*.csv", "guests.csv.bak", false),
        ("*", "anything", true),
        ("g?sts.csv", "guests.csv", false),
        ("g??sts.csv", "guests.csv", true),
        ("*a*b", "xxaxxaxb", true),
        ("", "x", false),
    ] {
        assert_eq!(folder::matches(pattern, name), fits, "{pattern} {name}");
    }
}
