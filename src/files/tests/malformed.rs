use super::take;

const MAPPING: &str = r#"
[[files]]
files = "*"
kind = "reservation"
row = "r"
id = "id"
modified_at = "at"
fields.status = { column = "st", values = { OK = "confirmed", X = "cancelled" }, unknown = "reject" }
fields.arrives_on = "from"
fields.departs_on = "to"
fields.total = { column = "sum", currency = "EUR" }
fields.nights = "n"
fields.holder = "guest"
"#;

const HEADER: &str = "id,st,from,to,sum,n,guest,at";
const GOOD: &str = "1,OK,2026-01-02,2026-01-05,10.50,3,G1,2026-01-01T10:00:00Z";

/// What is wrong: the bad row, and the field that is named.
const ROWS: &[(&str, &str)] = &[
    (",OK,2026-01-02,2026-01-05,1,3,G1,", "id"),
    ("2,,2026-01-02,2026-01-05,1,3,G1,", "st"),
    ("2,ok?,2026-01-02,2026-01-05,1,3,G1,", "st"),
    ("2,DELETED,2026-01-02,2026-01-05,1,3,G1,", "st"),
    ("2,OK,,2026-01-05,1,3,G1,", "from"),
    ("2,OK,2026-02-30,2026-03-05,1,3,G1,", "from"),
    ("2,OK,2026-13-01,2026-03-05,1,3,G1,", "from"),
    ("2,OK,0000-00-00,2026-03-05,1,3,G1,", "from"),
    ("2,OK,1900-01-01,2026-03-05,1,3,G1,", "from"),
    ("2,OK,31/04/2022,2026-03-05,1,3,G1,", "from"),
    ("2,OK,99999-01-01,2026-03-05,1,3,G1,", "from"),
    ("2,OK,yesterday,2026-03-05,1,3,G1,", "from"),
    ("2,OK,26-01-02,2026-03-05,1,3,G1,", "from"),
    ("2,OK,2026-01-02,2025-02-29,1,3,G1,", "to"),
    ("2,OK,2026-01-02,2026-01-01,1,3,G1,", "to"),
    ("2,OK,2026-01-02,2026-01-05,\"12,50\",3,G1,", "sum"),
    ("2,OK,2026-01-02,2026-01-05,N/A,3,G1,", "sum"),
    ("2,OK,2026-01-02,2026-01-05,1e3,3,G1,", "sum"),
    ("2,OK,2026-01-02,2026-01-05,--,3,G1,", "sum"),
    ("2,OK,2026-01-02,2026-01-05,NaN,3,G1,", "sum"),
    ("2,OK,2026-01-02,2026-01-05,1.005,3,G1,", "sum"),
    ("2,OK,2026-01-02,2026-01-05,99999999999999999999,3,G1,", "sum"),
    ("2,OK,2026-01-02,2026-01-05,1,three,G1,", "n"),
    ("2,OK,2026-01-02,2026-01-05,1,3.5,G1,", "n"),
    ("2,OK,2026-01-02,2026-01-05,1,99999999999999999999,G1,", "n"),
    ("2,OK,2026-01-02,2026-01-05,1,3,G1,noon", "at"),
    ("2,OK,2026-01-02,2026-01-05,1,3,G1,2026-01-01T25:00:00Z", "at"),
    ("2,OK,2026-01-02,2026-01-05,1,3,G1\0,", "guest"),
    ("2,OK\u{1b}[31m,2026-01-02,2026-01-05,1,3,G1,", "st"),
    ("2,OK,2026-01-02,2026-01-05,1,3", ""),
    ("2", ""),
    ("2,OK,2026-01-02,2026-01-05,1,3,G1,,,", ""),
    ("\"2\"x,OK,2026-01-02,2026-01-05,1,3,G1,", ""),
    ("2,\"OK,2026-01-02,2026-01-05,1,3,G1,", ""),
];

#[track_caller]
fn check(name: &str, bytes: &[u8], good: usize, field: &str) {
    let mapped = take(MAPPING, name, bytes).expect("a readable file");
    let shown = String::from_utf8_lossy(bytes);
    assert_eq!(mapped.observations.len(), good, "good rows of {shown}: {:?}", mapped.rejects);
    assert_eq!(mapped.rejects.len(), 1, "rejects of {shown}: {:?}", mapped.rejects);
    let reject = &mapped.rejects[0];
    assert_eq!(reject.field, field, "{shown}: {reject:?}");
    assert!(!reject.reason.is_empty() && reject.line > 0 && reject.origin == name, "{reject:?}");
}

#[test]
fn each_malformed_csv_is_reported_and_its_good_rows_are_taken() {
    for (bad, field) in ROWS {
        let last = GOOD.replacen('1', "9", 1);
        check("f.csv", format!("{HEADER}\n{GOOD}\n{bad}\n{last}\n").as_bytes(), 2, field);
        check("f.csv", format!("\u{feff}{HEADER}\r\n{GOOD}\r\n{bad}\r\n{last}").as_bytes(), 2, field);
    }
}

/// The members of a good object, the bad row's own members, and the field that is named.
const OBJECTS: &[(&str, &str)] = &[
    (r#"{"id":2,"st":"OK","from":"2026-01-02","to":"2026-01-01"}"#, "to"),
    (r#"{"id":2,"st":"OK","from":"2026-01-02"}"#, "to"),
    (r#"{"id":null,"st":"OK","from":"2026-01-02","to":"2026-01-03"}"#, "id"),
    (r#"{"st":"OK","from":"2026-01-02","to":"2026-01-03"}"#, "id"),
    (r#"{"id":2,"st":7,"from":"2026-01-02","to":"2026-01-03"}"#, "st"),
    (r#"{"id":2,"st":"OK","from":20260102.5,"to":"2026-01-03"}"#, "from"),
    (r#"{"id":2,"st":"OK","from":"2026-01-02","to":"2026-01-03","sum":"1,5"}"#, "sum"),
    (r#"{"id":2,"st":"OK","from":"2026-01-02","to":"2026-01-03","n":true}"#, "n"),
    (r#"{"id":"\u0007","st":"OK","from":"2026-01-02","to":"2026-01-03"}"#, "id"),
    (r#"{"id":2,"st":"OK""#, ""),
    (r#"{"id":2,,"st":"OK"}"#, ""),
    ("{'id':2}", ""),
    (r#"{"id":2}{"id":3}"#, ""),
    (r#"["id",2]"#, ""),
    (r#""id""#, ""),
    ("nonsense", ""),
];

#[test]
fn each_malformed_json_line_is_reported_and_its_good_lines_are_taken() {
    let good = r#"{"id":1,"st":"OK","from":"2026-01-02","to":"2026-01-03"}"#;
    for (bad, field) in OBJECTS {
        check("f.jsonl", format!("{good}\n{bad}\n{good}\n").as_bytes(), 2, field);
    }
}

/// Bad elements, how many good rows can be taken of two around them, and the field.
const ELEMENTS: &[(&str, usize, &str)] = &[
    ("<r><id>2</id></r>", 2, "from"),
    ("<r><id></id><st>OK</st><from>2026-01-02</from><to>2026-01-03</to></r>", 2, "id"),
    ("<r><id>2</id><st>?</st><from>2026-01-02</from><to>2026-01-03</to></r>", 2, "st"),
    ("<r><id>2</id><st>OK</st><from>x</from><to>2026-01-03</to></r>", 2, "from"),
    ("<r><id>2</id><st>OK</st><from>2026-01-02</from><to>2026-01-03</to><sum>1,5</sum></r>", 2, "sum"),
    ("<r><id>&#7;</id><st>OK</st><from>2026-01-02</from><to>2026-01-03</to></r>", 2, "id"),
    ("<r><id>2</r>", 1, ""),
    ("<r><id>2</id>", 1, ""),
    ("<r", 1, ""),
    ("<r a='1' a='2'/>", 1, ""),
    ("<!-- never closed", 1, ""),
    ("<![CDATA[ never closed", 1, ""),
    ("</other>", 1, ""),
];

#[test]
fn each_malformed_xml_is_reported_and_its_good_rows_are_taken() {
    let good = "<r><id>1</id><st>OK</st><from>2026-01-02</from><to>2026-01-03</to></r>";
    for (bad, rows, field) in ELEMENTS {
        check("f.xml", format!("<all>{good}{bad}{good}</all>").as_bytes(), *rows, field);
    }
}

#[test]
fn files_that_are_not_what_they_should_be_are_refused_with_what_to_do() {
    for (name, bytes, said) in [
        ("f.csv", &b""[..], "no header"),
        ("f.csv", b"id,st,from\n1,OK,2026-01-02\n", "no column"),
        ("f.csv", b"PK\x03\x04\0\0\0\0", "control characters"),
        ("f.csv", b"{\"id\":1}\n", "no column"),
        ("f.csv", b"\"id,st\n", "no line of CSV"),
        ("f.xml", b"<!DOCTYPE a><a/>", "DTD"),
        ("f.xml", b"<a>&file;</a>", "entity"),
        ("f.xlsx", b"id,st\n", "no XLSX"),
        ("f.xlsx", b"PK\x03\x04", "no XLSX"),
        ("f.xlsx", b"", "no XLSX"),
        ("f.pdf", b"%PDF", "format"),
    ] {
        let error = take(MAPPING, name, bytes).expect_err("refused").to_string();
        assert!(error.contains(said), "{name}: `{error}` says nothing of `{said}`");
    }
}

#[test]
fn at_least_sixty_malformed_files_were_tried() {
    assert!(2 * ROWS.len() + OBJECTS.len() + ELEMENTS.len() + 11 >= 60);
}
