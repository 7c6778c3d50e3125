use std::path::Path;

use super::super::{FileSource, FilesSettings, Reader};
use super::dirt::{COMPANIES, GUESTS, RESERVATIONS};
use super::{context, rest};
use crate::import::source::{Page, Position, Source as _, SourceError};

fn reader() -> Reader {
    let settings = FilesSettings::parse("layout = \"cardexgen\"").expect("settings");
    Reader::new(&settings, &context()).expect("a mapping")
}

fn open(folder: &Path) -> FileSource {
    FileSource::open(folder, reader()).expect("a source")
}

/// A folder with 10 companies, 2,500 guests, some of them bad, and 1,200 reservations.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, header: &str, count: usize, row: &dyn Fn(usize, &str) -> String| {
        let rows: String = (1..=count)
            .map(|number| {
                header.split(',').map(|column| row(number, column)).collect::<Vec<_>>().join(",") + "\n"
            })
            .collect();
        std::fs::write(folder.path().join(name), format!("{header}\n{rows}")).expect("a file");
    };
    write("companies.csv", COMPANIES, 10, &|number, column| match column {
        "company_id" => format!("C{number}"),
        "kind" => "COMPANY".to_owned(),
        "name" => format!("Firm {number}"),
        _ => String::new(),
    });
    write("guests.csv", GUESTS, 2500, &|number, column| match column {
        "guest_id" => format!("G{number}"),
        "last_name" if number % 10 == 0 => String::new(),
        "last_name" => format!("Name{number}"),
        _ => String::new(),
    });
    write("reservations.csv", RESERVATIONS, 1200, &|number, column| match column {
        "reservation_id" => format!("R{number}"),
        "hotel_code" => "H001".to_owned(),
        "guest_id" => "G1".to_owned(),
        "status" => "CONFIRMED".to_owned(),
        "arrival" | "departure" => "2026-01-02".to_owned(),
        "currency" => "EUR".to_owned(),
        "total_amount" | "room_amount" => "1.00".to_owned(),
        "rooms" => "1".to_owned(),
        _ => String::new(),
    });
    std::fs::write(folder.path().join("hotels.csv"), "hotel_code\n").expect("a file");
    folder
}

fn ids(pages: &[Page]) -> Vec<String> {
    pages
        .iter()
        .flat_map(|page| &page.observations)
        .map(|seen| seen.subject.external_id.to_string())
        .collect()
}

#[tokio::test]
async fn folder_is_read_in_order_and_every_row_is_accounted_for() {
    let folder = folder();
    let mut source = open(folder.path());
    assert_eq!(source.files().collect::<Vec<_>>(), ["companies.csv", "guests.csv", "reservations.csv"]);
    assert_eq!(source.unread(), ["hotels.csv"]);
    let pages = rest(&mut source, None).await;
    let ids = ids(&pages);
    assert_eq!(ids.len(), 10 + 2250 + 1200);
    assert_eq!(
        (ids[0].as_str(), ids[10].as_str(), ids.last().map(String::as_str)),
        ("C1", "G1", Some("R1200"))
    );
    assert_eq!(pages.iter().map(|page| page.rows).sum::<u64>(), 10 + 2500 + 1200);
    assert_eq!(pages.iter().map(|page| page.rejects.len()).sum::<usize>(), 250);
    assert!(pages.iter().all(|page| page.rows <= 1000));
}

#[tokio::test]
async fn reading_goes_on_at_any_page() {
    let folder = folder();
    let pages = rest(&mut open(folder.path()), None).await;
    for (number, page) in pages.iter().enumerate() {
        let Some(after) = &page.next else { continue };
        let later = rest(&mut open(folder.path()), Some(after.clone())).await;
        assert_eq!(ids(&later), ids(&pages[number + 1..]), "after page {number}");
        let hashes = |pages: &[Page]| -> Vec<Option<i64>> {
            pages.iter().flat_map(|page| &page.observations).map(|seen| seen.source_hash).collect()
        };
        assert_eq!(hashes(&later), hashes(&pages[number + 1..]));
    }
}

#[tokio::test]
async fn another_file_of_the_same_name_is_noticed() {
    let folder = folder();
    let first = open(folder.path()).next(None).await.expect("a page");
    let second = open(folder.path()).next(first.next.as_ref()).await.expect("a page");
    let guests = folder.path().join("guests.csv");
    let text = std::fs::read_to_string(&guests).expect("a file");
    std::fs::write(&guests, text.replace("Name1,", "Other,")).expect("a file");
    let error = open(folder.path()).next(second.next.as_ref()).await.expect_err("moved");
    assert!(matches!(error, SourceError::Moved { .. }), "{error}");
    std::fs::write(&guests, &text[..text.len() / 2]).expect("a file");
    let third =
        open(folder.path()).next(second.next.as_ref()).await.expect("it is the same as far as it goes");
    assert!(third.rows < 1000);
    let nonsense = Position("nonsense".to_owned());
    let error = open(folder.path()).next(Some(&nonsense)).await.expect_err("moved");
    assert!(matches!(error, SourceError::Moved { .. }), "{error}");
}

#[tokio::test]
async fn folder_without_files_is_no_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = FileSource::open(folder.path(), reader()).err().expect("an error").to_string();
    assert!(error.contains("no file"), "{error}");
}
