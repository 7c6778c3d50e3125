//! Records of several rows, by the real program and in a watched folder.

use serde_json::{Value, json};
use std::fmt::Write as _;

use super::command::import;
use super::rig::Rig;
use cardex::model::RecordKind::Reservation;
use cardex::model::value;

/// A row per night, and a row per room.
const MAPPING: &str = r#"
[[systems.pms.settings.files]]
files = "noches*"
kind = "reservation"
id = "localizador"
several_rows = true

[systems.pms.settings.files.fields]
status = { column = "estado", values = { CONF = "confirmed", CANC = "cancelled" }, unknown = "reject" }
arrives_on = { column = "noche", format = "dmy", of_rows = "min" }
departs_on = { column = "noche", format = "dmy", of_rows = "max", plus_days = 1 }
total = { column = "precio", decimal_comma = true, currency_column = "divisa", of_rows = "sum" }
rooms = { by = "habitacion", parts = { index = { ordinal = true }, number = "habitacion", category = "tipo" } }

[[systems.pms.settings.files]]
files = "habitaciones*"
kind = "reservation"
id = "localizador"
several_rows = true

[systems.pms.settings.files.fields]
status = { constant = "confirmed" }
arrives_on = "entrada"
departs_on = "salida"
total = { column = "importe", currency = "EUR", of_rows = "sum" }
rooms.parts = { index = { ordinal = true }, category = "tipo" }
"#;

const ROOMS: &str = "localizador;entrada;salida;importe;tipo\n\
                     H1;2026-05-01;2026-05-03;100;DBL\nH1;2026-05-01;2026-05-03;100;DBL\n\
                     H2;2026-05-01;2026-05-03;60;SGL\n";

/// Six hundred stays of two rooms and three nights, so that pages would end within some; and three that are not whole.
fn nights() -> String {
    let mut text = String::from("localizador;estado;noche;precio;divisa;habitacion;tipo\n");
    for stay in 1..=600 {
        for night in ["03/05/2026", "01/05/2026", "02/05/2026"] {
            for room in [12, 14] {
                let _ = writeln!(text, "R{stay};CONF;{night};1.100,50;EUR;{room};DBL");
            }
        }
    }
    text + "B1;CONF;01/05/2026;80;EUR;7;SGL\nB1;CONF;31/02/2026;80;EUR;7;SGL\n\
            B2;CONF;01/05/2026;80;EUR;7;SGL\nB2;CONF;02/05/2026;80;USD;7;SGL\n\
            B3;CONF;01/05/2026;80;EUR;7;SGL\nG1;CONF;01/05/2026;80;EUR;7;SGL\nB3;CONF;02/05/2026;80;EUR;7;SGL\n"
}

async fn date(rig: &Rig, id: &str, field: &str) -> Option<String> {
    let value = rig.value(Reservation, id, field).await?;
    let value::Value::Date(date) = value else { panic!("{value:?} is no date") };
    Some(date.to_string())
}

async fn total(rig: &Rig, id: &str) -> Option<i64> {
    let value = rig.value(Reservation, id, "total").await?;
    let value::Value::Money(amount) = value else { panic!("{value:?} is no amount") };
    Some(amount.amount_minor)
}

async fn is_right(rig: &Rig) {
    for id in ["R1", "R83", "R84", "R167", "R600"] {
        assert_eq!(date(rig, id, "arrives_on").await.as_deref(), Some("2026-05-01"), "{id}");
        assert_eq!(date(rig, id, "departs_on").await.as_deref(), Some("2026-05-04"), "{id}");
        assert_eq!(
            (total(rig, id).await, rig.count(Reservation, id, "rooms").await),
            (Some(660_300), 2),
            "{id}"
        );
    }
    for (id, amount, rooms) in [("G1", 8_000, 1), ("H1", 20_000, 2), ("H2", 6_000, 1)] {
        assert_eq!(
            (total(rig, id).await, rig.count(Reservation, id, "rooms").await),
            (Some(amount), rooms),
            "{id}"
        );
    }
    for id in ["B1", "B2", "B3"] {
        assert_eq!(rig.text(Reservation, id, "status").await, None, "{id}");
    }
}

#[tokio::test]
async fn rows_of_nights_and_rooms_are_put_together() {
    let rig = Rig::importing(MAPPING).await;
    rig.export("noches.csv", nights());
    rig.export("habitaciones.csv", ROOMS);
    let (code, told, said) = import(&rig, &[]);
    assert_eq!(code, 65, "{said}");
    assert_eq!(
        (&told["rows"], &told["rejected"], &told["new"]),
        (&json!(3610), &json!(6), &json!(603)),
        "{told}"
    );
    is_right(&rig).await;
    let bad = std::fs::read_to_string(rig.root().join("import-pms.rejects.jsonl")).expect("the bad rows");
    let bad: Vec<Value> = bad.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let blamed: Vec<_> =
        bad.iter().map(|row| (row["line"].as_u64(), row["because_of_line"].as_u64())).collect();
    let mut lines: Vec<_> =
        blamed.iter().filter_map(|(line, because_of)| Some((line.as_ref()?, *because_of))).collect();
    lines.sort_unstable();
    let wanted = [
        (3602, Some(3603)),
        (3603, None),
        (3604, Some(3605)),
        (3605, None),
        (3606, Some(3608)),
        (3608, None),
    ];
    assert_eq!(lines, wanted.iter().map(|(line, because_of)| (line, *because_of)).collect::<Vec<_>>());

    let (_, told, said) = import(&rig, &[]);
    assert_eq!((&told["unchanged"], &told["applied"]), (&json!(603), &json!(0)), "{said}");
}

#[tokio::test]
async fn watched_folder_puts_rows_together_too() {
    let rig = Rig::watching(&format!("stable_s = 0\n{MAPPING}")).await;
    rig.export("noches.csv", nights());
    rig.export("habitaciones.csv", ROOMS);
    rig.cycle().await.expect("a cycle");
    is_right(&rig).await;
    let reports = rig.reports("done");
    let nights = reports.iter().find(|report| report["file"] == "noches.csv").expect("a report");
    assert_eq!(
        (&nights["rows"], &nights["changed"], &nights["rejected"]),
        (&json!(3607), &json!(601), &json!(6))
    );
    // A stay that has become shorter.
    let header = "localizador;estado;noche;precio;divisa;habitacion;tipo\n";
    rig.export("noches2.csv", format!("{header}R1;CONF;01/05/2026;90;EUR;12;DBL\n"));
    rig.cycle().await.expect("a cycle");
    assert_eq!(date(&rig, "R1", "departs_on").await.as_deref(), Some("2026-05-02"));
    assert_eq!((total(&rig, "R1").await, rig.count(Reservation, "R1", "rooms").await), (Some(9_000), 1));
}
