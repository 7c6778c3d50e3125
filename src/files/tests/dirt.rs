//! A small cardex in the layout `cardexgen`, with every kind of bad row, and what each is expected to become.

/// What a row is expected to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Taken,
    /// Refused, for this column.
    Refused(&'static str),
    /// Taken, with a remark on this column.
    Remarked(&'static str),
}

/// How the files are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) delimiter: char,
    pub(super) line_end: &'static str,
    pub(super) mark: &'static str,
}

pub(super) const COMPANIES: &str =
    "company_id,kind,name,vat_number,country,contact_email,contact_name,iata_number,credit_limit";
pub(super) const GUESTS: &str = "guest_id,hotel_code,title,first_name,last_name,gender,birth_date,nationality,language,\
    doc_type,doc_number,doc_expiry,email,phone,address,city,postal_code,country,company_id,loyalty_level,loyalty_number,\
    loyalty_points,vip_code,preferences,notes,marketing_consent,consent_at,created_at,updated_at";
pub(super) const RESERVATIONS: &str = "reservation_id,confirmation,hotel_code,guest_id,status,arrival,departure,nights,\
    rooms,adults,children,child_ages,room_category,room_numbers,rate_code,board,channel,payment_method,currency,\
    room_amount,extras_amount,total_amount,extras,company_id,agency_id,group_code,requests,cancelled_at,created_at,updated_at";

type Row = Vec<(&'static str, Vec<u8>)>;

/// The rows of a file and what becomes of each.
pub(super) struct File {
    header: &'static str,
    rows: Vec<(Vec<Vec<u8>>, Fate)>,
}

impl File {
    pub(super) fn fates(&self) -> impl Iterator<Item = Fate> {
        self.rows.iter().map(|(_, fate)| *fate)
    }

    pub(super) fn bytes(&self, style: Style) -> Vec<u8> {
        let mut out = style.mark.as_bytes().to_vec();
        out.extend(self.header.replace(',', &style.delimiter.to_string()).bytes());
        out.extend(style.line_end.bytes());
        for (cells, _) in &self.rows {
            for (number, cell) in cells.iter().enumerate() {
                if number > 0 {
                    out.extend(style.delimiter.to_string().bytes());
                }
                let needs = |byte: &u8| b"\",;\n\r\t|".contains(byte);
                if cell.iter().any(needs) {
                    out.push(b'"');
                    out.extend(
                        cell.iter()
                            .flat_map(|byte| std::iter::repeat_n(*byte, 1 + usize::from(*byte == b'"'))),
                    );
                    out.push(b'"');
                } else {
                    out.extend(cell);
                }
            }
            out.extend(style.line_end.bytes());
        }
        out
    }

    fn push(&mut self, base: &[(&'static str, String)], change: &[(&'static str, Vec<u8>)], fate: Fate) {
        let cell = |name: &str| {
            let changed = change.iter().find(|(column, _)| *column == name).map(|(_, cell)| cell.clone());
            let plain =
                || base.iter().find(|(column, _)| *column == name).map(|(_, cell)| cell.clone().into_bytes());
            changed.or_else(plain).unwrap_or_default()
        };
        let mut cells: Vec<Vec<u8>> = self.header.split(',').map(cell).collect();
        // Not a column: how many cells more or fewer the row has.
        match change.iter().find(|(column, _)| *column == "cells").map(|(_, text)| text.as_slice()) {
            Some(b"-") => cells.truncate(cells.len() - 3),
            Some(_) => cells.extend([b"extra".to_vec(), b"columns".to_vec()]),
            None => {}
        }
        self.rows.push((cells, fate));
    }
}

fn with(column: &'static str, text: &(impl AsRef<[u8]> + ?Sized)) -> Row {
    vec![(column, text.as_ref().to_vec())]
}

pub(super) fn companies() -> File {
    let mut file = File { header: COMPANIES, rows: Vec::new() };
    let base = |id: &str, kind: &str| {
        let cells = [
            ("company_id", id),
            ("kind", kind),
            ("name", "Perois \"Pharma\", S.L."),
            ("vat_number", "FR894682848"),
            ("contact_email", "office@perois.example"),
        ];
        cells.map(|(name, cell)| (name, cell.to_owned()))
    };
    file.push(&base("C000001", "COMPANY"), &[], Fate::Taken);
    file.push(&base("A000001", "AGENCY"), &with("iata_number", "12345678"), Fate::Taken);
    file.push(&base("C000002", "CLUB"), &[], Fate::Refused("kind"));
    file.push(&base("C000003", "COMPANY"), &with("name", ""), Fate::Refused("name"));
    file
}

fn guest(number: usize) -> Vec<(&'static str, String)> {
    let cells = [
        ("guest_id", format!("G{number:08}")),
        ("hotel_code", "H001".to_owned()),
        ("title", "Mrs".to_owned()),
        ("first_name", "Begoña".to_owned()),
        ("last_name", "Navarro Torres".to_owned()),
        ("gender", "F".to_owned()),
        ("birth_date", "1957-10-03".to_owned()),
        ("nationality", "ES".to_owned()),
        ("language", "pt-BR".to_owned()),
        ("doc_type", "ID_CARD".to_owned()),
        ("doc_number", "X3473466".to_owned()),
        ("doc_expiry", "2023-08-18".to_owned()),
        ("email", format!("guest{number}@mail.example")),
        ("phone", "+34663547414".to_owned()),
        ("address", "Calle Mayor, 1\nPiso 2".to_owned()),
        ("city", "Madrid".to_owned()),
        ("country", "ES".to_owned()),
        ("loyalty_level", "GOLD".to_owned()),
        ("loyalty_number", "7000000018".to_owned()),
        ("preferences", "QUIET|VEGAN".to_owned()),
        ("notes", "Says \"no\"; then, later:\r\n=SUM(1+1) 😀".to_owned()),
        ("marketing_consent", "1".to_owned()),
        ("consent_at", "2017-02-13T13:54:06Z".to_owned()),
        ("created_at", "2017-02-13T13:54:06Z".to_owned()),
        ("updated_at", "2019-05-20T11:18:42Z".to_owned()),
    ];
    cells.to_vec()
}

/// Good guests with each kind of bad one between them.
pub(super) fn guests() -> File {
    let mut file = File { header: GUESTS, rows: Vec::new() };
    let bad: Vec<(Row, Fate)> = vec![
        (with("birth_date", "2023-02-30"), Fate::Refused("birth_date")),
        (with("birth_date", "yesterday"), Fate::Refused("birth_date")),
        (with("birth_date", "0000-00-00"), Fate::Remarked("birth_date")),
        (with("birth_date", "1900-01-01"), Fate::Remarked("birth_date")),
        (with("last_name", ""), Fate::Refused("last_name")),
        (with("last_name", "   "), Fate::Refused("last_name")),
        (with("last_name", "TEST"), Fate::Refused("last_name")),
        (with("last_name", b"Mu\xf1oz"), Fate::Refused("last_name")),
        (with("cells", "-"), Fate::Refused("")),
        (with("cells", "+"), Fate::Refused("")),
        (with("notes", "nul\0byte"), Fate::Refused("notes")),
        (with("notes", "esc\u{1b}[31mred"), Fate::Refused("notes")),
        (with("email", "no-at-sign.example.com"), Fate::Remarked("email")),
        (with("email", "two@@example.com"), Fate::Remarked("email")),
        (with("email", "blank in@example.com"), Fate::Remarked("email")),
        (with("email", "@example.com"), Fate::Remarked("email")),
        (with("email", "trailing@"), Fate::Remarked("email")),
        (with("email", "xx@xx.com"), Fate::Remarked("email")),
        (with("phone", "000000000"), Fate::Remarked("phone")),
        (with("gender", "?"), Fate::Refused("gender")),
        (with("nationality", "Atlantis"), Fate::Refused("nationality")),
    ];
    for (number, (change, fate)) in bad.into_iter().enumerate() {
        file.push(&guest(2 * number + 1), &[], Fate::Taken);
        file.push(&guest(2 * number + 2), &change, fate);
    }
    file.push(&guest(900), &with("first_name", ""), Fate::Taken);
    file
}

fn reservation(number: usize) -> Vec<(&'static str, String)> {
    let cells = [
        ("reservation_id", format!("R{number:09}")),
        ("confirmation", format!("{number:08}")),
        ("hotel_code", "H001".to_owned()),
        ("guest_id", "G00000001".to_owned()),
        ("status", "CHECKED_OUT".to_owned()),
        ("arrival", "2016-04-04".to_owned()),
        ("departure", "2016-04-08".to_owned()),
        ("nights", "4".to_owned()),
        ("rooms", "2".to_owned()),
        ("adults", "4".to_owned()),
        ("children", "2".to_owned()),
        ("child_ages", "3|7".to_owned()),
        ("room_category", "ACC".to_owned()),
        ("room_numbers", "118|119".to_owned()),
        ("rate_code", "CORP".to_owned()),
        ("board", "HB".to_owned()),
        ("channel", "COMPANY".to_owned()),
        ("payment_method", "CITY_LEDGER".to_owned()),
        ("currency", "EUR".to_owned()),
        ("room_amount", "306.20".to_owned()),
        ("extras_amount", "57.00".to_owned()),
        ("total_amount", "363.20".to_owned()),
        ("extras", "PET:30.00|MINIBAR:27.00".to_owned()),
        ("company_id", "C000001".to_owned()),
        ("requests", "Lit bébé, s'il vous plaît".to_owned()),
        ("created_at", "2016-01-03T21:16:04Z".to_owned()),
        ("updated_at", "2016-04-08T22:07:26Z".to_owned()),
    ];
    cells.to_vec()
}

/// Good reservations with each kind of bad one between them.
pub(super) fn reservations() -> File {
    let mut file = File { header: RESERVATIONS, rows: Vec::new() };
    let dates = [
        "2023-02-30",
        "2024-13-01",
        "31/04/2022",
        "0000-00-00",
        "2021-02-29",
        "99999-01-01",
        "yesterday",
        "",
    ];
    let amounts = ["12,50", "N/A", "1e3", "--", "1.234.567,00", "NaN", "Infinity", "363.21", ""];
    let mut bad: Vec<(Row, Fate)> = Vec::new();
    for date in dates {
        bad.push((with("arrival", date), Fate::Refused("arrival")));
        bad.push((with("departure", date), Fate::Refused("departure")));
    }
    bad.extend(amounts.map(|amount| (with("total_amount", amount), Fate::Refused("total_amount"))));
    let statuses = ["DELETED", "checked out", "??", "", "X"];
    bad.extend(statuses.map(|status| (with("status", status), Fate::Refused("status"))));
    bad.extend(["EURO", "???", "eur", ""].map(|code| (with("currency", code), Fate::Refused("currency"))));
    bad.push((with("departure", "2016-04-03"), Fate::Refused("departure")));
    bad.push((with("requests", b"ch\xe2teau"), Fate::Refused("requests")));
    bad.push((with("requests", "nul\0byte"), Fate::Refused("requests")));
    bad.push((with("requests", "esc\u{1b}[31mred"), Fate::Refused("requests")));
    bad.push((with("cells", "-"), Fate::Refused("")));
    bad.push((with("cells", "+"), Fate::Refused("")));
    bad.push((with("board", "XX"), Fate::Refused("board")));
    bad.push((with("extras", "PET:thirty"), Fate::Refused("extras")));
    bad.push((with("guest_id", ""), Fate::Refused("guest_id")));
    for (number, (change, fate)) in bad.into_iter().enumerate() {
        file.push(&reservation(2 * number + 1), &[], Fate::Taken);
        file.push(&reservation(2 * number + 2), &change, fate);
    }
    file.push(&reservation(900), &with("departure", "2016-04-04"), Fate::Taken);
    file
}
