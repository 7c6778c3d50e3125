//! Tryton 8.2 as a subject of the suite that every connector is held to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use cardex::connectors::Connector;
use cardex::model::normalise::phone;
use cardex::model::value::{Choice, Country, Language, Money};
use cardex::model::{Document, ExternalId, FieldKey, RecordKind, Reference, RemoteRef, Seen, Value, keys};
use chrono::{Days, NaiveDate};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::{connector, connector_with, set, text};
use crate::connectors::Subject;
use crate::connectors::subject::RELAY;
use crate::support::tryton::client::{Client, date};
use crate::support::tryton::{Release, Tryton};

/// What no record of this Tryton may hold.
const REFUSED: &str = "not at this house";

/// What counts the writes that were carried out: on the party or the opportunity itself, and on a party's channels.
const COUNTING: [&str; 5] = [
    "create table counted (kind text, id integer)",
    "create trigger counting_parties after update on party_party
     begin insert into counted values ('party', new.id); end",
    "create trigger counting_new_channels after insert on party_contact_mechanism
     begin insert into counted values ('party', new.party); end",
    "create trigger counting_channels after update on party_contact_mechanism
     begin insert into counted values ('party', new.party); end",
    "create trigger counting_opportunities after update on sale_opportunity
     begin insert into counted values ('opportunity', new.id); end",
];

/// A Tryton with a connector, and what it has been told.
pub(crate) struct TrytonSubject {
    tryton: Tryton,
    client: Client,
    connector: Arc<dyn Connector>,
    n_made: AtomicU32,
}

pub(crate) async fn start() -> TrytonSubject {
    let counting = COUNTING.iter().map(|statement| (*statement).to_owned());
    // The first is named as one of Tryton's own constraints is, and gets its message; the other is a plain failure.
    let refusing =
        [("party_party", "name", "party_party_code_uniq"), ("sale_opportunity", "comment", "refused")];
    let refusing = refusing.map(|(table, column, named)| {
        format!(
            "create trigger refusing_{table} before insert on {table} when new.{column} like '%{REFUSED}%'
             begin select raise(abort, '{named}'); end"
        )
    });
    // The suite asks with a wrong password more often than a Tryton that remembers it answers.
    let forgetting = "create trigger forgetting after insert on res_user_login_attempt
                      begin update res_user_login_attempt set login = 'forgotten' where id = new.id; end";
    let setup = Tryton::setup(Release::V8_2).sql(forgetting);
    let tryton = counting.chain(refusing).fold(setup, |setup, statement| setup.sql(&statement)).start();
    let connector = connector(&tryton);
    connector.prepare(false).await.expect("it can be prepared");
    TrytonSubject { client: tryton.client(), tryton, connector, n_made: AtomicU32::new(0) }
}

fn day(n: u32) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2031, 1, 1).expect("a date");
    first.checked_add_days(Days::new(n.into())).expect("a date")
}

fn number(id: &ExternalId) -> i64 {
    id.as_str().parse().expect("an id is a number")
}

fn external(id: i64) -> ExternalId {
    ExternalId::new(id.to_string())
}

fn word(word: &str) -> Seen {
    Seen::one(Value::Choice(Choice::Known(word.into())))
}

fn phones(kind: RecordKind, n: u32) -> Seen {
    let read = phone::read(&format!("+346001122{n:02}"), Some(&Country("ES".into()))).expect("a number");
    set(kind, &keys::PHONES, [Value::Phone(read)])
}

fn euros(amount_minor: i64) -> Value {
    Value::Money(Money { amount_minor, currency: "EUR".into() })
}

impl TrytonSubject {
    /// A company or agency as an administrator marks one: by its category.
    fn make_organisation(&self, kind: RecordKind, n: u32) -> i64 {
        let category = if kind == RecordKind::Company { "Company" } else { "Agency" };
        let found = self.client.find("party.category", &json!([["name", "=", category]]), &["name"]);
        let category = found.first().and_then(|row| row["id"].as_i64()).expect("`prepare` made it");
        let values = json!({"name": format!("Casa {n}"), "categories": [["add", [category]]]});
        self.client.create("party.party", &values)
    }

    /// A reservation. Users of Tryton make none: an opportunity is one only with the hub's id in it. So this is what
    /// cardex leaves there, made by hand, with `channel` among the lines of its block.
    fn make_reservation(&self, n: u32, channel: &str) -> i64 {
        let holder = self.client.create_party(&format!("Ana García {n}"), &[]);
        let hub_id = uuid::Uuid::now_v7();
        let (arrives, departs) = (day(n), day(n + 2));
        let comment = format!(
            "[cardex {hub_id}]\nproperty: H1\nnumber: \"2031-{n}\"\nstatus: confirmed\narrives_on: {arrives}\n\
             departs_on: {departs}\ntotal: 480.50 EUR\nchannel: {channel}\n[/cardex]"
        );
        let values = json!({
            "reference": format!("cardex:{hub_id}"), "party": holder, "company": 1, "employee": 1, "currency": 1,
            "start_date": tryton_date(arrives), "end_date": tryton_date(departs), "comment": comment,
            "amount": {"__class__": "Decimal", "decimal": "480.50"},
        });
        let id = self.client.create("sale.opportunity", &values);
        self.client.press("opportunity", id);
        id
    }

    fn person(n: u32) -> Document {
        let kind = RecordKind::Person;
        Document::new()
            .with(keys::SURNAME, text(&format!("de la Cruz {n}")))
            .with(keys::GIVEN_NAMES, text("Ana Belén"))
            .with(keys::BIRTH_DATE, Seen::one(Value::Date(day(n))))
            .with(keys::LANGUAGE, Seen::one(Value::Language(Language("es".into()))))
            .with(
                keys::NATIONALITIES,
                set(kind, &keys::NATIONALITIES, [Value::Country(Country("ES".into()))]),
            )
            .with(keys::PHONES, phones(kind, n))
            .with(keys::TAGS, set(kind, &keys::TAGS, [Value::Text("Golf".to_owned())]))
    }

    fn reservation(n: u32, holder: i64) -> Document {
        let kind = RecordKind::Reservation;
        let holder = Value::Reference(Reference::Remote(RecordKind::Person, external(holder)));
        let room = [
            ("index".into(), Value::Integer(1)),
            ("category".into(), Value::Text("DBL; sea = view".to_owned())),
            ("board".into(), Value::Choice(Choice::Known("half_board".into()))),
        ];
        Document::new()
            .with(keys::PROPERTY, text("H1"))
            .with(keys::NUMBER, text(&format!("2031-{n}")))
            .with(keys::STATUS, word("confirmed"))
            .with(keys::ARRIVES_ON, Seen::one(Value::Date(day(n))))
            .with(keys::DEPARTS_ON, Seen::one(Value::Date(day(n + 2))))
            .with(keys::HOLDER, Seen::one(holder.clone()))
            .with(keys::ACCOMPANYING, set(kind, &keys::ACCOMPANYING, [holder]))
            .with(keys::ROOMS, set(kind, &keys::ROOMS, [Value::entry(room)]))
            .with(keys::TOTAL, Seen::one(euros(12_345 + i64::from(n))))
            .with(keys::MAILABLE, Seen::one(Value::Bool(false)))
            .with(keys::CONTENT_VERSION, Seen::one(Value::Integer(4)))
    }

    /// Another moment for every record that the suite makes: their names must differ, even made twice with one `n`.
    fn next(&self) -> u32 {
        self.n_made.fetch_add(1, Ordering::Relaxed)
    }
}

fn tryton_date(day: NaiveDate) -> serde_json::Value {
    use chrono::Datelike as _;
    date(day.year(), day.month(), day.day())
}

#[async_trait]
impl Subject for TrytonSubject {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.connector)
    }

    async fn make(&self, kind: RecordKind, n: u32) -> ExternalId {
        external(match kind {
            RecordKind::Person => {
                self.client.create_party(&format!("Ana García{n}"), &[("email", "ana@example.com")])
            }
            RecordKind::Company | RecordKind::Agency => self.make_organisation(kind, n),
            RecordKind::Reservation => self.make_reservation(self.next(), "phone"),
            RecordKind::Membership | RecordKind::Certificate => unreachable!("Tryton has no {kind}"),
        })
    }

    async fn edit(&self, kind: RecordKind, id: &ExternalId, n: u32) {
        let record = number(id);
        if kind == RecordKind::Reservation {
            let amount = json!({"__class__": "Decimal", "decimal": format!("{}.00", 500 + n)});
            return self.client.write("sale.opportunity", record, &json!({"amount": amount}));
        }
        let phone = json!({"party": record, "type": "phone", "value": format!("+346001122{n:02}")});
        self.client.create("party.contact_mechanism", &phone);
        let name =
            if kind == RecordKind::Person { format!("Anaïs{n} García") } else { format!("Alborán {n}") };
        self.client.write("party.party", record, &json!({"name": name}));
    }

    async fn delete(&self, kind: RecordKind, id: &ExternalId) -> bool {
        if kind == RecordKind::Reservation {
            self.client.press("cancel", number(id));
            self.client.delete("sale.opportunity", number(id));
        } else {
            self.client.delete("party.party", number(id));
        }
        true
    }

    fn unknown_id(&self, _: RecordKind) -> ExternalId {
        external(999_999)
    }

    async fn sample(&self, kind: RecordKind, n: u32) -> Document {
        match kind {
            RecordKind::Person => Self::person(n),
            RecordKind::Company | RecordKind::Agency => Document::new()
                .with(keys::NAME, text(&format!("Bodegas & Hijos {n}")))
                .with(keys::TAX_ID, text("B12345678"))
                .with(keys::PHONES, phones(kind, n)),
            RecordKind::Reservation => Self::reservation(n, self.client.create_party("Ana García", &[])),
            RecordKind::Membership | RecordKind::Certificate => unreachable!("Tryton has no {kind}"),
        }
    }

    fn changed(&self, kind: RecordKind, n: u32) -> Option<Document> {
        Some(match kind {
            RecordKind::Person => Document::new()
                .with(keys::GIVEN_NAMES, text(&format!("Anaïs{n}")))
                .with(keys::PHONES, phones(kind, n)),
            RecordKind::Company | RecordKind::Agency => Document::new()
                .with(keys::NAME, text(&format!("Alborán {n}")))
                .with(keys::PHONES, phones(kind, n)),
            RecordKind::Reservation => {
                Document::new().with(keys::TOTAL, Seen::one(euros(50_000 + 100 * i64::from(n))))
            }
            RecordKind::Membership | RecordKind::Certificate => return None,
        })
    }

    async fn refused(&self, kind: RecordKind) -> Option<Document> {
        let field = match kind {
            RecordKind::Person => keys::SURNAME,
            RecordKind::Company | RecordKind::Agency => keys::NAME,
            RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => keys::REMARKS,
        };
        Some(self.sample(kind, 30).await.with(field, text(REFUSED)))
    }

    async fn unknown_word(&self) -> Option<(RemoteRef, FieldKey, String)> {
        let id = self.make_reservation(self.next(), "other Concierge desk");
        let record = RemoteRef::new(RecordKind::Reservation, external(id));
        Some((record, keys::CHANNEL, "Concierge desk".to_owned()))
    }

    async fn make_relayed(&self) -> ExternalId {
        external(self.client.create_party("Ana García", &[("email", &format!("x1@{RELAY}"))]))
    }

    async fn writes_to(&self, kind: RecordKind, id: &ExternalId) -> usize {
        let of = if kind == RecordKind::Reservation { "opportunity" } else { "party" };
        let options = SqliteConnectOptions::new().filename(self.tryton.database_file()).read_only(true);
        let mut db: SqliteConnection = options.connect().await.expect("the file opens");
        let sql = format!("select count(*) from counted where kind = '{of}' and id = {}", number(id));
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut db).await.expect("a count");
        db.close().await.expect("it closes");
        usize::try_from(count).expect("a count")
    }

    async fn with_wrong_password(&self) -> Arc<dyn Connector> {
        connector_with(&self.tryton.url(), Tryton::DATABASE, "wrong")
    }

    async fn unreachable(&self) -> Arc<dyn Connector> {
        // Port 1 of loopback: nobody listens there.
        connector_with("http://127.0.0.1:1", Tryton::DATABASE, Tryton::PASSWORD)
    }
}
