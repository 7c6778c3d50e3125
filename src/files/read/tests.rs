use proptest::prelude::*;
use std::io::{Cursor, Write as _};

use super::csv::Csv;
use super::input::Input;
use super::jsonl::JsonLines;
use super::xlsx::Sheet;
use super::xml::Xml;
use super::{Batch, LONGEST_ROW, Rows};
use crate::import::source::SourceError;

/// The format to read some bytes as.
#[derive(Debug, Clone, Copy)]
enum As {
    Csv,
    Json,
    Xml,
    Xlsx,
}

fn open(format: As, bytes: &[u8]) -> Result<Box<dyn Rows>, SourceError> {
    let bytes = Box::new(Cursor::new(bytes.to_vec()));
    let text = |bytes| Input::open(bytes, None).expect("bytes in memory");
    Ok(match format {
        As::Csv => Box::new(Csv::open("f", text(bytes), None)?),
        As::Json => Box::new(JsonLines::open("f", text(bytes))),
        As::Xml => Box::new(Xml::open("f", Input::open_xml(bytes, None).expect("bytes in memory"), "row")),
        As::Xlsx => Box::new(Sheet::open("f", bytes, None)?),
    })
}

/// Every row as `name=value` of its filled cells, and every reject as `line:field:reason`, reading `step` rows at once.
fn read(format: As, bytes: &[u8], step: usize) -> Result<(Vec<String>, Vec<String>), SourceError> {
    let mut file = open(format, bytes)?;
    let (mut rows, mut rejects) = (Vec::new(), Vec::new());
    loop {
        let mut batch = Batch::default();
        let goes_on = file.read(&mut batch, step)?;
        for row in batch.rows() {
            let cells: Vec<String> = row
                .cells()
                .filter(|(_, text)| !text.is_empty())
                .map(|(column, text)| format!("{}={text}", batch.columns.name(column)))
                .collect();
            rows.push(cells.join(" "));
        }
        let said = batch.rejects.iter().map(|bad| format!("{}:{}:{}", bad.line, bad.field, bad.reason));
        rejects.extend(said);
        if !goes_on {
            return Ok((rows, rejects));
        }
    }
}

/// Reads in one go and row by row, which has to give the same. A wanted reject is the beginning of what is said.
#[track_caller]
fn check(format: As, bytes: impl AsRef<[u8]>, rows: &[&str], rejects: &[&str]) {
    let bytes = bytes.as_ref();
    for step in [1, 1000] {
        let (found, refused) = read(format, bytes, step).expect("a readable file");
        assert_eq!(found, rows, "rows of {}", String::from_utf8_lossy(bytes));
        assert_eq!(refused.len(), rejects.len(), "{refused:?}");
        for (said, wanted) in refused.iter().zip(rejects) {
            assert!(said.starts_with(wanted), "`{said}` instead of `{wanted}`");
        }
    }
}

#[track_caller]
fn refused(format: As, bytes: impl AsRef<[u8]>, why: &str) {
    let error = read(format, bytes.as_ref(), 10).expect_err("no readable file").to_string();
    assert!(error.contains(why), "`{error}` says nothing of `{why}`");
}

#[test]
fn csv_is_read_in_every_dialect() {
    let rows = ["a=1 b=x", "a=2 b=y"];
    for text in [
        "a,b\n1,x\n2,y\n",
        "a,b\n1,x\n2,y",
        "a,b\r\n1,x\r\n2,y\r\n",
        "a,b\r1,x\r2,y\r",
        "a;b\n1;x\n2;y\n",
        "a\tb\n1\tx\n2\ty\n",
        "a|b\n1|x\n2|y\n",
        "\u{feff}a,b\n1,x\n2,y\n",
        "sep=;\na;b\n1;x\n2;y\n",
        "\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\"y\"",
        " a , b \n1,x\n\n2,y\n\n",
    ] {
        check(As::Csv, text, &rows, &[]);
    }
    check(As::Csv, "a,b\n\"1,\"\"0\"\"\",\"x\ny\"\n", &["a=1,\"0\" b=x\ny"], &[]);
    check(As::Csv, "a,a\n1,2\n", &["a=1 a[2]=2"], &[]);
    check(As::Csv, "a\n1\n\n", &["a=1", ""], &[]);
}

#[test]
fn csv_is_read_in_every_encoding() {
    let text = "name,city\nÑandú,A Coruña\n";
    let rows = ["name=Ñandú city=A Coruña"];
    let wide = |order: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
        format!("{mark}{text}").encode_utf16().flat_map(order).collect()
    };
    check(As::Csv, text, &rows, &[]);
    check(As::Csv, encoding_rs::WINDOWS_1252.encode(text).0, &rows, &[]);
    check(As::Csv, wide(u16::to_le_bytes, "\u{feff}"), &rows, &[]);
    check(As::Csv, wide(u16::to_be_bytes, "\u{feff}"), &rows, &[]);
    check(As::Csv, wide(u16::to_le_bytes, ""), &rows, &[]);
    check(As::Csv, wide(u16::to_be_bytes, ""), &rows, &[]);
}

#[test]
fn encoding_is_found_even_when_the_first_letter_comes_late() {
    let ascii = "a,b\n".to_owned() + &"1,x\n".repeat(100_000);
    let mut old = ascii.clone().into_bytes();
    old.extend(b"2,Mu\xf1oz\n");
    let (rows, rejects) = read(As::Csv, &old, 1000).expect("a readable file");
    assert_eq!((rows.last().map(String::as_str), rejects.len()), (Some("a=2 b=Muñoz"), 0));
    let (rows, _) = read(As::Csv, (ascii + "2,Muñoz\n").as_bytes(), 1000).expect("a readable file");
    assert_eq!(rows.last().map(String::as_str), Some("a=2 b=Muñoz"));
}

#[test]
fn bad_rows_of_csv_cost_no_good_ones() {
    let good = ["a=1 b=x", "a=9 b=é"];
    for (bad, said) in [
        (&b"2"[..], "3::the row has 1 columns"),
        (b"2,y,z", "3::the row has 3 columns"),
        (b"2,\"y\"z", "3::a quotation mark is followed"),
        (b"2,Mu\xf1oz", "3:b:is not valid UTF-8"),
        (b"2,nul\0byte", "3:b:holds a control"),
        (b"\x1b2,y", "3:a:holds a control"),
    ] {
        check(As::Csv, [b"a,b\n1,x\n", bad, "\n9,é\n".as_bytes()].concat(), &good, &[said]);
    }
    // A quotation mark that is never closed, with and without others behind it.
    check(As::Csv, "a,b\n1,x\n2,\"y\n9,é\n", &good, &["3::the file ends inside"]);
    check(As::Csv, "a,b\n1,x\n2,\"y\n9,\"é\"\n", &good, &["3::a quotation mark"]);
    check(As::Csv, "a,b\n1,x\n9,é\n2,\"torn\nnote", &good, &["4::the file ends inside"]);
    check(As::Csv, "a,b\n1,x\n\"2\n3\"\n9,é\n", &good, &["3::the row has 1"]);
    let endless = format!("a,b\n1,x\n2,{}\n9,é\n", "y".repeat(3 * LONGEST_ROW));
    check(As::Csv, endless, &good, &["3::the row is longer"]);
    let quoted = format!("a,b\n1,x\n2,\"{}\n9,é\n", ("y".repeat(4096) + "\n").repeat(512));
    let (rows, rejects) = read(As::Csv, quoted.as_bytes(), 1000).expect("a readable file");
    assert!(rows.contains(&good[0].to_owned()) && rows.contains(&good[1].to_owned()) && !rejects.is_empty());
}

#[test]
fn csv_that_is_none_is_refused_whole() {
    refused(As::Csv, "", "no header");
    refused(As::Csv, "\n1,2\n", "no header");
    refused(As::Csv, "a\0b\0c\n1\n", "control characters");
    refused(As::Csv, "x".repeat(2 * LONGEST_ROW), "longer than a mebibyte");
    refused(As::Csv, "\"a,b\n1,2\n", "no line of CSV");
    refused(As::Csv, ",".repeat(5000), "too many columns");
}

#[test]
fn json_lines_are_flattened() {
    check(
        As::Json,
        r#"{"a":1,"b":{"c":true,"d":[1.5,"x"]},"e":null}"#,
        &["a=1 b.c=true b.d=1.5 b.d[2]=x"],
        &[],
    );
    check(As::Json, "{\"r\":[{\"n\":1},{\"n\":2}]}\r\n\n{}\n", &["r.n=1 r[2].n=2", ""], &[]);
    let wide: Vec<u8> = "\u{feff}{\"a\":\"Ñ\"}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(As::Json, wide, &["a=Ñ"], &[]);
}

#[test]
fn bad_lines_of_json_cost_no_good_ones() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let many: Vec<String> = (0..5000).map(|number| format!("\"k{number}\":1")).collect();
    let many = format!("{{{}}}", many.join(","));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(2 * LONGEST_ROW));
    for (bad, said) in [
        ("{", "2::the line ends inside"),
        ("[1]", "2::the line is no JSON object"),
        ("7", "2::the line is no JSON object"),
        ("{\"a\" 1}", "2::the line is no JSON"),
        ("{\"a\":1} x", "2::the line is no JSON"),
        ("{\"a\":\"\\u0000\"}", "2:a:holds what a field cannot"),
        ("{\"a\":\"\\ud800\"}", "2::the line"),
        (deep.as_str(), "2::the line is no JSON"),
        (many.as_str(), "2:k"),
        (long.as_str(), "2::the row is longer"),
    ] {
        check(As::Json, format!("{{\"z\":1}}\n{bad}\n{{\"z\":2}}\n"), &["z=1", "z=2"], &[said]);
    }
    check(As::Json, "{\"z\":1}\n{\"z\":\"to", &["z=1"], &["2::the file ends inside an object"]);
    check(
        As::Json,
        b"{\"z\":\"\xc3\xa9\xc3\xa9\"}\n{\"z\":\"\xff\"}\n",
        &["z=éé"],
        &["2::is not valid UTF-8"],
    );
}

#[test]
fn xml_is_named_by_path() {
    let text = "<?xml version='1.0'?><all v='3'><x:row xmlns:x='u' id='7'><n>A &amp; &#x42;</n><p>1</p><p>2</p>\
                <q><r k='v'/></q><![CDATA[raw]]></x:row><row/></all>";
    let first = "/@v=3 @id=7 n=A & B p=1 p[2]=2 q/r@k=v .=raw";
    check(As::Xml, text, &[first, "/@v=3"], &[]);
    let old = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a><row><n>Mu\xf1oz</n></row></a>";
    check(As::Xml, old, &["n=Muñoz"], &[]);
    check(
        As::Xml,
        "<a><row><PaymentCard CardNumber='4111' Type='VI'/></row></a>",
        &["PaymentCard@Type=VI"],
        &[],
    );
}

#[test]
fn xml_that_is_dangerous_is_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]><a><row>&b;</row></a>";
    refused(As::Xml, bomb, "DTD");
    refused(As::Xml, "<a><row>&secret;</row></a>", "entity");
    refused(As::Xml, "<a><row b='&secret;'/></a>", "entity");
}

#[test]
fn bad_xml_costs_no_good_rows_before_it() {
    let deep = "<x>".repeat(100);
    let long = format!("<{}", "x".repeat(2 * LONGEST_ROW));
    for (bad, said) in [
        ("<row><n>2", "2::the file ends inside"),
        ("<row><n>2</m></row>", "2::is not well-formed"),
        ("<row a='1' a='2'/>", "2::is not well-formed"),
        ("<row <", "2::is not well-formed"),
        (deep.as_str(), "2::elements lie deeper"),
        (long.as_str(), "2::is not well-formed"),
    ] {
        check(As::Xml, format!("<a><row><n>1</n></row>{bad}"), &["n=1"], &[said]);
    }
    let large =
        format!("<a><row><n>{}</n></row><row><n>1</n></row></a>", "<o>xxxxxxx</o>".repeat(LONGEST_ROW / 8));
    check(As::Xml, large, &["n=1"], &["1::the element is larger"]);
    check(As::Xml, "<a><row><n>\u{1}</n></row><row><n>1</n></row></a>", &["n=1"], &["1:n:holds a control"]);
    check(
        As::Xml,
        b"<a><n>\xc3\xa9</n><row><n>\xff</n></row><row><n>1</n></row></a>",
        &["n=1"],
        &["1:n:holds bytes"],
    );
    check(As::Xml, "no XML at all", &[], &["1::it holds no element"]);
}

/// A workbook of one sheet with these rows of XML cells.
fn workbook(rows: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let rels = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let parts = [
        (
            "[Content_Types].xml",
            format!("{head}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"),
        ),
        (
            "_rels/.rels",
            format!(
                "{head}<Relationships xmlns=\"{rels}\"><Relationship Id=\"r\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "{head}<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "{head}<Relationships xmlns=\"{rels}\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{office}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "{head}<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("{head}<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    for (name, text) in parts {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(name, options).expect("a part");
        zip.write_all(text.as_bytes()).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

const HEADER: &str = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>b</t></is></c></row>";

#[test]
fn spreadsheets_are_read() {
    let rows = "<row r=\"2\"><c r=\"A2\"><v>7</v></c><c r=\"B2\" s=\"1\"><v>45292</v></c></row>\
                <row r=\"4\"><c r=\"A4\"><v>1.5</v></c><c r=\"B4\" t=\"b\"><v>1</v></c></row>";
    check(As::Xlsx, workbook(&format!("{HEADER}{rows}")), &["a=7 b=2024-01-01", "a=1.5 b=true"], &[]);
}

#[test]
fn bad_cells_of_spreadsheets_cost_no_good_rows() {
    let good = "<row r=\"3\"><c r=\"A3\"><v>9</v></c></row>";
    for (bad, said) in [
        ("<c r=\"B2\" t=\"e\"><v>#REF!</v></c>", "2:b:the cell shows an error"),
        ("<c r=\"D2\"><v>1</v></c>", "2::the row has more columns"),
    ] {
        let rows = format!("{HEADER}<row r=\"2\">{bad}</row>{good}");
        check(As::Xlsx, workbook(&rows), &["a=9"], &[said]);
    }
    // Whether the row before the damage is whole cannot be told: it is the one that is refused.
    let before = "<row r=\"4\"><c r=\"A4\"><v>8</v></c></row>";
    let torn = format!("{HEADER}{good}{before}<row r=\"5\"><c r=\"A5\"><v>1</w>");
    check(As::Xlsx, workbook(&torn), &["a=9"], &["4::the sheet is broken"]);
}

#[test]
fn spreadsheets_that_are_none_are_refused() {
    let whole = workbook(HEADER);
    refused(As::Xlsx, "a,b\n1,2\n", "no XLSX");
    refused(As::Xlsx, &whole[..whole.len() / 2], "no XLSX");
    refused(As::Xlsx, workbook(""), "empty");
    refused(As::Xlsx, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "no XLSX");
}

/// Bytes that look like a file of any format, broken anywhere.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "a,b\n",
        "\"",
        "\"\"",
        ",",
        ";",
        "\n",
        "\r\n",
        "\r",
        "é",
        "{\"a\":",
        "[",
        "]",
        "}",
        "\"x\"",
        "1e999",
        "<row>",
        "</row>",
        "<row a='1'>",
        "&amp;",
        "&x;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "<!DOCTYPE",
        "<?xml encoding='utf-16'?>",
        "PK\u{3}\u{4}",
        "\u{feff}",
        "\0",
        "sep=;\n",
        "\u{1b}",
    ]);
    let piece = prop_oneof![
        8 => pieces.prop_map(|piece| piece.as_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in bytes()) {
        for format in [As::Csv, As::Json, As::Xml, As::Xlsx] {
            // What is read, or why it is not, does not matter here.
            let _ = read(format, &bytes, 3);
        }
    }

    #[test]
    fn no_broken_workbook_makes_a_reader_panic(at in any::<prop::sample::Index>(), by in any::<u8>(), inner in bytes()) {
        let mut whole = workbook(&format!("{HEADER}{}", String::from_utf8_lossy(&inner)));
        let at = at.index(whole.len());
        whole[at] ^= by;
        let _ = read(As::Xlsx, &whole, 3);
    }

    #[test]
    fn reading_goes_on_where_it_stopped(bytes in bytes(), step in 1_usize..4) {
        let text = |bytes: &[u8]| Input::open(Box::new(Cursor::new(bytes.to_vec())), None).expect("memory");
        let Ok(mut file) = Csv::open("f", text(&bytes), None) else { return Ok(()) };
        let (mut at_once, mut in_steps) = (Batch::default(), 0);
        file.read(&mut at_once, usize::MAX).expect("memory");
        let mut place = None;
        loop {
            let mut file = Csv::open("f", text(&bytes), None).expect("it was read before");
            if let Some(place) = place {
                prop_assert!(file.go_to(place).expect("memory"));
            }
            let mut batch = Batch::default();
            let goes_on = file.read(&mut batch, step).expect("memory");
            in_steps += batch.len();
            place = Some(batch.end);
            if !goes_on {
                break;
            }
        }
        prop_assert_eq!(in_steps, at_once.len());
    }
}
