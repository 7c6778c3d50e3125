//! Two hundred malformed files of every kind in a watched folder: each a report, none a panic, and the good rows of a
//! file that is bad in part are taken.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use super::rig::Rig;
use cardex::model::{RecordKind, RemoteRef, SystemId};

const MAPPING: &str = r#"
stable_s = 0
[[systems.pms.settings.files]]
files = "*"
row = "r"
kind = "person"
id = "id"
fields.surname = "name"
fields.birth_date = "born"
"#;

/// A file, and whether the good row before and the one after the damage can be told.
struct Case {
    ending: &'static str,
    bytes: Vec<u8>,
    before: bool,
    after: bool,
}

/// The ids of the good rows of a file.
fn ids(number: usize) -> (String, String) {
    (format!("B{number}"), format!("A{number}"))
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    csv(&mut cases);
    json_lines(&mut cases);
    xml(&mut cases);
    workbooks(&mut cases);
    not_files(&mut cases);
    cases
}

fn case(
    cases: &mut Vec<Case>,
    ending: &'static str,
    before: bool,
    after: bool,
    of: impl FnOnce(&str, &str) -> Vec<u8>,
) {
    let (first, last) = ids(cases.len());
    let bytes = of(&first, &last);
    cases.push(Case { ending, bytes, before, after });
}

/// Bad rows between two good ones.
const ROWS: &[&[u8]] = &[
    b",Name,1980-01-01",
    b"9,,1980-01-01",
    b"9,Name,1980-02-30",
    b"9,Name,yesterday",
    b"9,Name,31/04/2022",
    b"9,Name,1980-13-01",
    b"9,Name,1980-00-10",
    b"9,   ,1980-01-01",
    b"9,Name,99999-01-01",
    b"9,Name,80-01-01",
    b"9,Name",
    b"9",
    b"9,Name,1980-01-01,more",
    b"9,Name,1980-01-01,,,,",
    b"9,Na\xe9me,1980-01-01",
    b"9,Na\xff\xfe,1980-01-01",
    b"9,Na\0me,1980-01-01",
    b"9,Na\x1b[31mme,1980-01-01",
    b"\"9\"x,Name,1980-01-01",
    b"9,\"Name,1980-01-01",
    b"9,Na\"me\",1980-01-01,",
    b"\xc3\x28,Name,1980-01-01",
    b"\xf0\x9f\x98,Name,1980-01-01",
];

fn csv(cases: &mut Vec<Case>) {
    for row in ROWS {
        for (mark, comma, end) in [("", b',', "\n"), ("\u{feff}", b';', "\r\n"), ("", b'\t', "\n")] {
            case(cases, "csv", true, true, |first, last| {
                let row: Vec<u8> = row.iter().map(|byte| if *byte == b',' { comma } else { *byte }).collect();
                let comma = char::from(comma);
                let line = |id: &str| format!("{id}{comma}García{comma}1980-01-01{end}").into_bytes();
                let header = format!("{mark}id{comma}name{comma}born{end}").into_bytes();
                [header, line(first), row, end.into(), line(last)].concat()
            });
        }
    }
    // A cell without an end, a row that is longer than any row, a field that is too long for an id.
    case(cases, "csv", true, false, |first, last| {
        format!("id,name,born\n{first},García,\n9,\"{}\n{last},García,\n", "x".repeat(2 << 20)).into_bytes()
    });
    case(cases, "csv", true, true, |first, last| {
        format!("id,name,born\n{first},García,\n9,{}\n{last},García,\n", "x".repeat(2 << 20)).into_bytes()
    });
    case(cases, "csv", true, true, |first, last| {
        format!("id,name,born\n{first},García,\n{},x,\n{last},García,\n", "9".repeat(900)).into_bytes()
    });
    case(cases, "csv", true, true, |first, last| {
        format!("id,name,born\n{first},García,\n{}\n{last},García,\n", ",".repeat(9000)).into_bytes()
    });
}

fn json_lines(cases: &mut Vec<Case>) {
    let deep = format!("{{\"id\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let wide: Vec<String> = (0..5000).map(|number| format!("\"k{number}\":1")).collect();
    let wide = format!("{{{}}}", wide.join(","));
    let long = format!("{{\"id\":9,\"name\":\"{}\"}}", "x".repeat(2 << 20));
    let bad = [
        "{\"id\":9}",
        "{\"name\":\"Name\"}",
        "{\"id\":null,\"name\":\"Name\"}",
        "{\"id\":9,\"name\":\"Name\",\"born\":\"1980-02-30\"}",
        "{\"id\":9,\"name\":\"Name\",\"born\":true}",
        "{\"id\":9,\"name\":\"Name\",\"born\":1e999}",
        "{\"id\":9,\"name\":\"Na\\u0000me\"}",
        "{\"id\":9,\"name\":\"Na\\ud800me\"}",
        "{\"id\":9,\"name\":\"Name\"",
        "{\"id\":9,,\"name\":\"Name\"}",
        "{'id':9}",
        "{\"id\":9}{\"id\":8}",
        "{\"id\":9 \"name\":1}",
        "[\"id\",9]",
        "[]",
        "9",
        "null",
        "\"id\"",
        "nonsense",
        "{",
        "}",
        "\u{1}",
        deep.as_str(),
        wide.as_str(),
        long.as_str(),
    ];
    for bad in bad {
        case(cases, "jsonl", true, true, |first, last| {
            let line = |id: &str| format!("{{\"id\":\"{id}\",\"name\":\"García\"}}\n");
            [line(first), bad.to_owned(), "\n".to_owned(), line(last)].concat().into_bytes()
        });
    }
    case(cases, "ndjson", true, true, |first, last| {
        let line = |id: &str| format!("{{\"id\":\"{id}\",\"name\":\"García\"}}\n").into_bytes();
        [line(first), b"{\"id\":9,\"name\":\"\xff\"}\n".to_vec(), line(last)].concat()
    });
}

fn xml(cases: &mut Vec<Case>) {
    let deep = format!("<r>{}", "<x>".repeat(200));
    let many = format!("<r><id>9</id>{}</r>", "<o>x</o>".repeat(200_000));
    let long = format!("<r><id>9</id><name>{}</name></r>", "x".repeat(2 << 20));
    let bad = [
        ("<r><id>9</id></r>", true),
        ("<r><id></id><name>Name</name></r>", true),
        ("<r><name>Name</name></r>", true),
        ("<r/>", true),
        ("<r><id>9</id><name>Name</name><born>1980-02-30</born></r>", true),
        ("<r><id>9</id><name>Na&#1;me</name></r>", true),
        (many.as_str(), true),
        // One text of more than a mebibyte ends the reading: nothing behind it can be found without keeping it.
        (long.as_str(), false),
        (deep.as_str(), false),
        ("<r><id>9</r>", false),
        ("<r><id>9</id>", false),
        ("<r", false),
        ("<r a='1' a='2'/>", false),
        ("<r a=1/>", false),
        ("<r><", false),
        ("<!-- never closed", false),
        ("<![CDATA[ never closed", false),
        ("<?never closed", false),
        ("</other>", false),
    ];
    for (bad, goes_on) in bad {
        case(cases, "xml", true, goes_on, |first, last| {
            let row = |id: &str| format!("<r><id>{id}</id><name>García</name></r>");
            format!("<all>{}{bad}{}</all>", row(first), row(last)).into_bytes()
        });
    }
    let bombs = [
        "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><all>&b;</all>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><all/>",
        "<all>&file;</all>",
        "no XML at all",
        "",
        "<?xml version=\"1.0\" encoding=\"nonsense\"?><all/>",
        "<all/>",
    ];
    for bomb in bombs {
        case(cases, "xml", false, false, |_, _| bomb.as_bytes().to_vec());
    }
}

/// A workbook of one sheet with these rows.
fn workbook(rows: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let rels = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let types = "http://schemas.openxmlformats.org/package/2006/content-types";
    let parts = [
        ("[Content_Types].xml", format!("<Types xmlns=\"{types}\"/>")),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{rels}\"><Relationship Id=\"r\" Type=\"{office}/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"S\" sheetId=\"1\" \
                 r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{rels}\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" \
                 Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(name, options).expect("a part");
        zip.write_all(text.as_bytes()).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

fn sheet_row(number: usize, cells: [&str; 3]) -> String {
    let mut row = format!("<row r=\"{number}\">");
    for (column, cell) in ["A", "B", "C"].into_iter().zip(cells) {
        let _ = write!(row, "<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>");
    }
    row + "</row>"
}

fn workbooks(cases: &mut Vec<Case>) {
    let bad = [
        "<row r=\"3\"><c r=\"A3\" t=\"e\"><v>#REF!</v></c></row>",
        "<row r=\"3\"><c r=\"B3\"><v>1</v></c></row>",
        "<row r=\"3\"><c r=\"A3\"><v>1</v></c></row>",
        "<row r=\"3\"><c r=\"A3\"><v>1</v></c><c r=\"B3\"><v>Name</v></c><c r=\"C3\"><v>x</v></c></row>",
        "<row r=\"3\"><c r=\"Z3\"><v>1</v></c></row>",
    ];
    for bad in bad {
        case(cases, "xlsx", true, true, |first, last| {
            let (header, first) = (sheet_row(1, ["id", "name", "born"]), sheet_row(2, [first, "García", ""]));
            workbook(&format!("{header}{first}{bad}{}", sheet_row(4, [last, "García", ""])))
        });
    }
    let header = sheet_row(1, ["id", "name", "born"]);
    let whole = workbook(&format!("{header}{}", sheet_row(2, ["9", "García", ""])));
    // Cut off anywhere.
    for part in 1..16 {
        case(cases, "xlsx", false, false, |_, _| whole[..whole.len() * part / 16].to_vec());
    }
    // Damaged anywhere: it may be read all the same, where what is damaged is nothing that is looked at.
    for part in 0..16 {
        case(cases, "xlsx", false, false, |_, _| {
            let mut broken = whole.clone();
            let at = broken.len() * part / 16;
            broken[at..(at + 24).min(whole.len())].fill(0xee);
            broken
        });
    }
    case(cases, "xlsx", false, false, |_, _| workbook(""));
    case(cases, "xlsx", false, false, |_, _| workbook("<row r=\"99999999999\"/>"));
    case(cases, "xlsx", false, false, |_, _| b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec());
    case(cases, "xlsx", false, false, |_, _| {
        // It says of a part that it is as large as can be.
        let mut bomb = whole.clone();
        let at = bomb.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").expect("a directory");
        bomb[at + 20..at + 28].fill(0xfe);
        bomb
    });
}

/// Whole files that are not what their names say.
fn not_files(cases: &mut Vec<Case>) {
    let whole: &[&[u8]] = &[
        b"",
        b"\n\n\n",
        b"\0\0\0\0",
        b"%PDF-1.7\n",
        b"PK\x03\x04\x14\0\0\0",
        b"\x1f\x8b\x08\0\0\0\0\0",
        b"GIF89a\x01\0\x01\0",
        b"\x7fELF\x02\x01\x01\0",
        b"SQLite format 3\0",
        b"\xff\xfe",
        b"\xfe\xff\0i",
        b"\xef\xbb\xbf",
        b"id,name\n1,Name\n",
        b"codigo;nombre;nacido\n1;Name;\n",
        b"\"id,name,born\n1,Name,\n",
        b"{\"id\":1,\"name\":\"Name\"}\n",
        b"<all><r><id>1</id></r></all>",
        b"sep=;\n",
    ];
    for bytes in whole {
        case(cases, "csv", false, false, |_, _| bytes.to_vec());
    }
    for ending in ["pdf", "bin", "xls", "zip", "json5"] {
        case(cases, ending, false, false, |_, _| b"id,name,born\n1,Name,\n".to_vec());
    }
    for bytes in whole.iter().filter(|bytes| !bytes.trim_ascii().is_empty() && !bytes.starts_with(b"{\"id")) {
        case(cases, "jsonl", false, false, |_, _| bytes.to_vec());
    }
}

#[tokio::test]
async fn each_of_two_hundred_malformed_files_gets_a_report_and_its_good_rows_are_taken() {
    let rig = Rig::watching(MAPPING).await;
    let cases = cases();
    assert!(cases.len() >= 200, "only {} files", cases.len());
    for (number, case) in cases.iter().enumerate() {
        rig.export(&format!("f{number:03}.{}", case.ending), &case.bytes);
    }
    rig.cycle().await.expect("a cycle");
    let left: Vec<String> = rig.names("").into_iter().filter(|name| name.starts_with('f')).collect();
    assert_eq!(left, ["failed"], "files that nothing became of");
    let reports: Vec<_> = ["done", "failed"].into_iter().flat_map(|below| rig.reports(below)).collect();
    assert_eq!(reports.len(), cases.len());

    for (number, case) in cases.iter().enumerate() {
        let name = format!("f{number:03}.{}", case.ending);
        let shown = String::from_utf8_lossy(&case.bytes[..case.bytes.len().min(200)]).into_owned();
        let report = reports.iter().find(|report| report["file"] == *name).expect("a report");
        let is_explained = report["error"].is_string()
            || report["rejected"].as_u64() > Some(0)
            || report["flagged"].as_u64() > Some(0)
            || report["outcome"] == "duplicate"
            || report["rows"] == 0
            || case.ending == "xlsx";
        assert!(is_explained, "{name}: {shown:?}: {report}");
        let (first, last) = ids(number);
        for (id, is_good) in [(first, case.before), (last, case.after)] {
            let refs = [RemoteRef::new(RecordKind::Person, id.as_str())];
            let links = rig.hub.store.links(&SystemId::new("pms"), &refs).await.expect("links");
            assert!(!is_good || links.len() == 1, "{name}: {shown:?}: `{id}` is lost: {report}");
        }
    }
}
