//! The hotel behind the fake: its rooms, rates and people.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{ENTERPRISE, Inside, STAYS, stamp};

pub(crate) const RATE: &str = "a0000000-0000-4000-8000-000000000001";
pub(crate) const ROOM: &str = "a0000000-0000-4000-8000-000000000002";
pub(crate) const CATEGORY: &str = "a0000000-0000-4000-8000-000000000003";
pub(crate) const SOURCE: &str = "a0000000-0000-4000-8000-000000000004";
pub(crate) const SEGMENT: &str = "a0000000-0000-4000-8000-000000000005";
pub(crate) const BREAKFAST: &str = "a0000000-0000-4000-8000-000000000006";
pub(crate) const ADULTS: &str = "a0000000-0000-4000-8000-000000000007";
pub(crate) const CHILDREN: &str = "a0000000-0000-4000-8000-000000000008";
pub(crate) const BABIES: &str = "a0000000-0000-4000-8000-000000000009";
pub(crate) const PROGRAMME: &str = "a0000000-0000-4000-8000-00000000000a";
pub(crate) const TIER: &str = "a0000000-0000-4000-8000-00000000000b";

/// A new id.
pub(crate) fn id() -> String {
    Uuid::now_v7().to_string()
}

fn object(properties: Value) -> Map<String, Value> {
    let Value::Object(properties) = properties else { panic!("no object: {properties}") };
    properties
}

/// `configuration/get`.
pub(super) fn configuration(now: DateTime<Utc>) -> Value {
    json!({
        "NowUtc": stamp(now),
        "Enterprise": {
            "Id": ENTERPRISE, "Name": "Hotel Alba", "TimeZoneIdentifier": "Europe/Madrid", "IsPortfolio": false,
        },
    })
}

/// Puts in what a hotel has before its first guest.
pub(super) fn furnish(inside: &mut Inside) {
    let names = |name: &str| json!({"en-US": name, "es-ES": format!("{name} (es)")});
    let of_service =
        |id: &str, name: &str| json!({"Id": id, "ServiceId": STAYS, "Names": names(name), "IsActive": true});
    let with = |mut row: Value, more: Value| {
        row.as_object_mut().expect("an object").extend(object(more));
        row
    };
    let age = |id: &str, name: &str, kind: &str, oldest: Option<i64>| {
        with(of_service(id, name), json!({"Classification": kind, "MaximalAge": oldest}))
    };
    let tables = &mut inside.tables;
    tables.add(
        "Rates",
        with(of_service(RATE, "Best flexible"), json!({"ExternalIdentifier": "BAR", "IsActive": false})),
    );
    tables.add("Resources", json!({"Id": ROOM, "EnterpriseId": ENTERPRISE, "Name": "101", "IsActive": true}));
    tables.add(
        "ResourceCategories",
        with(of_service(CATEGORY, "Double"), json!({"Type": "Room", "Classification": "StandardDouble"})),
    );
    tables.add(
        "Sources",
        json!({"Id": SOURCE, "Name": "Booking.com", "Type": "OnlineTravelAgency", "Code": 1}),
    );
    tables.add(
        "BusinessSegments",
        json!({"Id": SEGMENT, "ServiceId": STAYS, "Name": "Leisure", "IsActive": true}),
    );
    tables.add(
        "Products",
        with(
            of_service(BREAKFAST, "Breakfast"),
            json!({"Classifications": {"Food": true, "Beverage": false}}),
        ),
    );
    tables.add("AgeCategories", age(ADULTS, "Adults", "Adult", None));
    tables.add("AgeCategories", age(CHILDREN, "Children", "Child", Some(12)));
    tables.add("AgeCategories", age(BABIES, "Babies", "Child", Some(1)));
    tables.add("LoyaltyPrograms", json!({"Id": PROGRAMME, "Name": "Alba Friends", "Code": "AF"}));
    tables
        .add("LoyaltyTiers", json!({"Id": TIER, "LoyaltyProgramId": PROGRAMME, "Name": "Gold", "Code": "G"}));
}

impl Inside {
    /// Adds a row with these properties beside its id and stamps, and gives the id.
    pub(crate) fn enter(&mut self, table: &'static str, properties: Value) -> String {
        let (id, now) = (id(), stamp(self.now()));
        let mut row = Map::from_iter([
            ("Id".to_owned(), json!(id)),
            ("CreatedUtc".to_owned(), json!(now)),
            ("UpdatedUtc".to_owned(), json!(now)),
            ("EnterpriseId".to_owned(), json!(ENTERPRISE)),
        ]);
        row.extend(object(properties));
        self.tables.add(table, Value::Object(row));
        id
    }

    /// Changes properties of a row, as its users do.
    pub(crate) fn edit(&mut self, table: &'static str, id: &str, properties: Value) {
        let now = stamp(self.now());
        let row = self.tables.row_mut(table, id).expect("a row");
        let row = row.as_object_mut().expect("an object");
        row.insert("UpdatedUtc".to_owned(), json!(now));
        row.extend(object(properties));
    }

    /// Deletes an account.
    pub(crate) fn delete(&mut self, table: &'static str, id: &str) {
        let now = stamp(self.now());
        self.edit(table, id, json!({"IsActive": false, "DeletedUtc": now}));
    }

    /// Gives an account this address instead of the one it has.
    pub(crate) fn move_to(&mut self, account: &str, account_type: &str, address: Value) {
        let row = self.tables.rows("Addresses").iter().find(|row| row["AccountId"] == account);
        let id = row.and_then(|row| row["Id"].as_str()).map(str::to_owned);
        let id = id.unwrap_or_else(|| {
            let row = json!({"AccountId": account, "AccountType": account_type, "IsActive": true});
            self.enter("Addresses", row)
        });
        self.edit("Addresses", &id, address);
    }

    /// A guest.
    pub(crate) fn customer(&mut self, n: u32) -> String {
        self.enter(
            "Customers",
            json!({
                "Number": n.to_string(), "FirstName": format!("Ana {n}"), "LastName": "Núñez", "SecondLastName": "Gil",
                "Email": format!("ana.{n}@example.com"), "HasOtaEmail": false, "Phone": format!("+346001122{n:02}"),
                "Sex": "Female", "Title": "Misses", "NationalityCode": "ES", "PreferredLanguageCode": "es-ES",
                "BirthDate": "1980-02-29", "BirthPlace": "Ávila", "Occupation": "Engineer", "Notes": "Likes room 7",
                "TaxIdentificationNumber": "12345678Z", "LoyaltyCode": null, "IsActive": true, "MergeTargetId": null,
                "Classifications": ["Returning", "InRoom"], "Options": ["SendMarketingEmails", "Invoiceable"],
                "PreferredSpaceFeatures": ["HighFloor"], "UpdaterProfileId": "somebody",
            }),
        )
    }

    /// A company.
    pub(crate) fn company(&mut self, n: u32) -> String {
        self.enter(
            "Companies",
            json!({
                "Name": format!("Bodegas {n}"), "TaxIdentifier": "B12345678", "IsActive": true, "Number": n,
                "InvoicingEmail": "office@example.com", "Telephone": "+34911222333", "Notes": null,
            }),
        )
    }

    /// A confirmed stay of two nights, bare.
    pub(crate) fn reservation(&mut self, n: u32, holder: &str) -> String {
        let arrives = self.now() + TimeDelta::days(10);
        self.enter(
            "Reservations",
            json!({
                "ServiceId": STAYS, "AccountId": holder, "AccountType": "Customer", "Number": n.to_string(),
                "State": "Confirmed", "Origin": "Commander", "CommanderOrigin": "Phone", "RateId": RATE,
                "BookerId": holder, "GroupId": "group-1", "AssignedResourceId": ROOM,
                "RequestedResourceCategoryId": CATEGORY, "BusinessSegmentId": SEGMENT,
                "ScheduledStartUtc": stamp(arrives), "ScheduledEndUtc": stamp(arrives + TimeDelta::days(2)),
                "PersonCounts": [{"AgeCategoryId": ADULTS, "Count": 2}],
            }),
        )
    }

    /// Something sold with a stay.
    pub(crate) fn item(
        &mut self,
        reservation: &str,
        kind: &str,
        gross: f64,
        product: Option<&str>,
    ) -> String {
        let data = product.map(|id| json!({"Discriminator": "Product", "Product": {"ProductId": id}}));
        self.enter(
            "OrderItems",
            json!({
                "ServiceOrderId": reservation, "ServiceId": STAYS, "Type": kind, "UnitCount": 2,
                "AccountingState": "Open", "ConsumedUtc": "2027-03-30T23:30:00Z", "Data": data,
                "Amount": {"Currency": "EUR", "GrossValue": gross, "NetValue": gross,
                    "TaxValues": [{"Code": "ES-R", "Value": 1.25}]},
            }),
        )
    }
}
