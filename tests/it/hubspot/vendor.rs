//! That the HubSpot of these tests refuses what HubSpot refuses, and answers as it answers.

use serde_json::{Value, json};
use std::time::Duration;

use super::fake::sort::Sort;
use super::fake::table::By;
use super::fake::{Fake, Fault, TOKEN};

/// What it answers to a call: the status, and the body where there is one.
async fn call(fake: &Fake, token: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let client = cardex::connectors::http::client(Duration::from_secs(5)).expect("a client");
    let url = format!("{}/{path}", fake.url);
    let request = match body {
        Some(body) => client.post(url).json(&body),
        None => client.get(url),
    };
    let answer = request.bearer_auth(token).send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

async fn post(fake: &Fake, path: &str, body: Value) -> (u16, Value) {
    call(fake, TOKEN, path, Some(body)).await
}

fn contact(trace: &str, email: &str) -> Value {
    json!({"objectWriteTraceId": trace, "properties": {"email": email, "firstname": "Ana"}})
}

/// An account whose contacts have a key of the hub's.
async fn keyed() -> Fake {
    let fake = Fake::start().await;
    let key = json!({
        "name": "pms_guest_key", "label": "Key", "type": "string", "fieldType": "text", "groupName": "standard",
        "hasUniqueValue": true,
    });
    let (status, body) = post(&fake, "crm/properties/2026-03/contacts", key.clone()).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(post(&fake, "crm/properties/2026-03/contacts", key).await.0, 409);
    fake
}

fn upsert(id: &str, properties: &Value) -> Value {
    json!({"id": id, "idProperty": "pms_guest_key", "properties": properties})
}

#[tokio::test]
async fn bad_batches_are_refused_whole() {
    let fake = keyed().await;
    fake.inside().enter(Sort::Contact, &json!({"email": "ana@example.com"}));
    let many: Vec<Value> = (0..101).map(|n| contact(&n.to_string(), &format!("{n}@example.com"))).collect();
    let by_id = json!({"id": "97", "idProperty": "hs_object_id", "properties": {"firstname": "Ana"}});
    let unique = json!({"pms_guest_key": "K"});
    let cases = [
        ("create", json!(many), 400, "maximum number of inputs"),
        ("create", json!([]), 400, "must not be empty"),
        ("create", json!([contact("t", "a@example.com"), contact("t", "b@example.com")]), 400, "unique"),
        (
            "create",
            json!([contact("t", "b@example.com"), contact("u", "ANA@example.com")]),
            409,
            "Existing ID: 97",
        ),
        ("create", json!([{"properties": {"missing": "1"}}]), 400, "PROPERTY_DOESNT_EXIST"),
        ("create", json!([{"properties": {"hs_object_id": "1"}}]), 400, "READ_ONLY_VALUE"),
        ("create", json!([{"properties": {"email": "no address"}}]), 400, "INVALID_EMAIL"),
        ("create", json!([{"properties": {"firstname": 7}}]), 400, "INVALID_TYPE"),
        ("create", json!([{"properties": {"hs_language": "tlh"}}]), 400, "INVALID_OPTION"),
        ("upsert", json!([by_id]), 400, "non-unique 0-1 property hs_object_id"),
        ("upsert", json!([{"id": "97", "properties": {}}]), 400, "idProperty"),
        ("upsert", json!([upsert("K", &json!({})), upsert("K", &json!({}))]), 400, "Duplicate IDs"),
        ("upsert", json!([upsert("K", &unique), upsert("L", &unique)]), 409, "twice"),
        ("update", json!([{"id": "97", "properties": {}, "new": true}]), 400, "unrecognised field"),
    ];
    for (how, inputs, status, words) in cases {
        let answer =
            post(&fake, &format!("crm/objects/2026-03/contacts/batch/{how}"), json!({"inputs": inputs}))
                .await;
        assert_eq!(answer.0, status, "{how}: {words}: {}", answer.1);
        assert!(
            answer.1["message"].as_str().is_some_and(|told| told.contains(words)),
            "{words}: {}",
            answer.1
        );
    }
    assert_eq!(fake.inside().rows(Sort::Contact).count(), 1, "a refused batch was carried out");
}

#[tokio::test]
async fn with_traces_the_good_half_of_a_batch_is_carried_out() {
    let fake = keyed().await;
    let bad = json!({"objectWriteTraceId": "bad", "properties": {"missing": "1"}});
    let inputs = json!([contact("one", "a@example.com"), bad, contact("two", "b@example.com")]);
    let (status, body) =
        post(&fake, "crm/objects/2026-03/contacts/batch/create", json!({"inputs": inputs})).await;
    assert_eq!((status, &body["numErrors"]), (207, &json!(1)), "{body}");
    assert_eq!(body["errors"][0]["context"]["objectWriteTraceId"], json!(["bad"]));
    let traces: Vec<_> =
        body["results"].as_array().expect("results").iter().map(|row| &row["objectWriteTraceId"]).collect();
    assert_eq!(traces, ["two", "one"], "results are not in the order of the inputs");
    // What is there is not created again.
    let inputs = json!([upsert("K", &json!({"email": "k@example.com"}))]);
    for is_new in [true, false] {
        let (status, body) =
            post(&fake, "crm/objects/2026-03/contacts/batch/upsert", json!({"inputs": inputs})).await;
        assert_eq!((status, &body["results"][0]["new"]), (200, &json!(is_new)), "{body}");
    }
}

#[tokio::test]
async fn merged_and_missing_ids_are_answered_as_hubspot_does() {
    let fake = keyed().await;
    let [one, other] = ["a", "b"].map(|name| {
        let properties = json!({"email": format!("{name}@example.com"), "pms_guest_key": name});
        fake.inside().enter(Sort::Contact, &properties)
    });
    let left = fake.inside().merge(Sort::Contact, one, other, By::User);
    let inputs = json!([{"id": one.to_string()}, {"id": other.to_string()}, {"id": "4711"}]);
    let asked = json!({"inputs": inputs, "properties": ["email", "hs_merged_object_ids", "hs_additional_emails", "pms_guest_key"]});
    let (status, body) = post(&fake, "crm/objects/2026-03/contacts/batch/read", asked).await;
    assert_eq!(status, 207, "{body}");
    assert_eq!(body["errors"][0]["context"]["ids"], json!(["4711"]));
    let [survivor] = &body["results"].as_array().expect("results")[..] else { panic!("{body}") };
    assert_eq!(survivor["id"], left.to_string());
    let held = |name: &str| survivor["properties"][name].as_str().expect("a text").to_owned();
    assert_eq!(held("hs_merged_object_ids"), format!("{one};{other}"));
    assert_eq!(
        (held("email"), held("hs_additional_emails")),
        ("a@example.com".into(), "b@example.com".into())
    );
    assert_eq!(held("pms_guest_key"), "a");
    // The key of the one that is lost is nobody's: it would make a third.
    let inputs = json!({"inputs": [upsert("b", &json!({"firstname": "Ana"}))]});
    let (_, body) = post(&fake, "crm/objects/2026-03/contacts/batch/upsert", inputs).await;
    assert_eq!(body["results"][0]["new"], true, "{body}");
}

#[tokio::test]
async fn a_search_ends_lags_and_knows_no_archived_record() {
    let fake = keyed().await;
    let ids: Vec<u64> =
        (0..6).map(|n| fake.inside().enter(Sort::Company, &json!({"name": format!("C{n}")}))).collect();
    fake.inside().archive(Sort::Company, ids[0], By::User);
    fake.inside().most_results = 4;
    fake.inside().budget.most_searches = 100;
    let path = "crm/objects/2026-03/companies/search";
    let since =
        |property: &str| json!([{"filters": [{"propertyName": property, "operator": "GTE", "value": "0"}]}]);
    let page = |after: usize| {
        json!({
            "filterGroups": since("hs_lastmodifieddate"), "sorts": ["hs_object_id"], "limit": 2, "after": after.to_string(),
        })
    };
    let (_, first) = post(&fake, path, page(0)).await;
    let found: Vec<_> =
        first["results"].as_array().expect("results").iter().map(|row| row["id"].clone()).collect();
    assert_eq!(found, [ids[1].to_string(), ids[2].to_string()]);
    assert_eq!((&first["total"], &first["paging"]["next"]["after"]), (&json!(5), &json!("2")));
    assert_eq!(post(&fake, path, page(2)).await.0, 200);
    assert_eq!(post(&fake, path, page(4)).await.0, 400);
    let wrong_name = json!({"filterGroups": since("lastmodifieddate"), "limit": 1});
    assert_eq!(post(&fake, path, wrong_name).await.1["total"], 0);
    fake.inside().index_stands = true;
    fake.inside().edit(Sort::Company, ids[5], &json!({"name": "Zeta"}));
    let named = json!({"limit": 1, "filterGroups": [{"filters": [{"propertyName": "name", "operator": "EQ", "value": "Zeta"}]}]});
    assert_eq!(post(&fake, path, named.clone()).await.1["total"], 0);
    fake.inside().index_stands = false;
    assert_eq!(post(&fake, path, named.clone()).await.1["total"], 1);
    for over in [
        json!({"limit": 201}),
        json!({"sorts": ["name", "hs_object_id"]}),
        json!({"filterGroups": [{"filters": [{"propertyName": "name", "operator": "LIKE", "value": "Z"}]}]}),
        json!({"filters": []}),
    ] {
        assert_eq!(post(&fake, path, over.clone()).await.0, 400, "{over}");
    }
    fake.inside().budget.most_searches = 0;
    let (status, body) = post(&fake, path, named).await;
    assert_eq!((status, body["message"].as_str()), (429, Some("You have reached your secondly limit.")));
}

#[tokio::test]
async fn tokens_scopes_and_windows_are_checked() {
    let fake = keyed().await;
    let list = "crm/objects/2026-03/contacts?limit=1";
    assert_eq!(call(&fake, "wrong", list, None).await.0, 401);
    fake.inside().missing_scopes.insert("crm.objects.contacts.read".to_owned());
    let (status, body) = call(&fake, TOKEN, list, None).await;
    assert_eq!(status, 403);
    let named = &body["errors"][0]["context"]["requiredGranularScopes"];
    assert_eq!((&body["category"], named), (&json!("MISSING_SCOPES"), &json!(["crm.objects.contacts.read"])));
    assert_eq!(call(&fake, TOKEN, "account-info/2026-03/details", None).await.1["portalId"], 62_515);
    assert_eq!(call(&fake, TOKEN, "crm/objects/2019-01/contacts", None).await.0, 404);
    assert_eq!(call(&fake, TOKEN, "crm/properties/2026-03/2-1", None).await.0, 400);
    fake.inside().missing_scopes.clear();
    fake.inside().budget.most = 0;
    let (status, body) = call(&fake, TOKEN, list, None).await;
    assert_eq!((status, &body["policyName"]), (429, &json!("TEN_SECONDLY_ROLLING")));
    assert_eq!(fake.inside().budget.n_refused, 1);
    fake.fail("contacts", [Fault::Moving(7)]);
    assert_eq!(call(&fake, TOKEN, list, None).await.0, 477);
}

#[tokio::test]
async fn archived_records_are_only_in_the_bin_and_links_follow_a_merge() {
    let fake = keyed().await;
    let (stay, one, other) = {
        let mut inside = fake.inside();
        let [one, other] = ["a", "b"].map(|name| inside.enter(Sort::Contact, &json!({"firstname": name})));
        let stay = inside
            .enter(Sort::Deal, &json!({"dealname": "Stay", "amount": "12.50", "closedate": "1767225600000"}));
        (stay, one, other)
    };
    let pair = json!({"from": {"id": stay.to_string()}, "to": {"id": one.to_string()}});
    let path = "crm/associations/2026-03/deals/contacts/batch";
    let (status, body) = post(&fake, &format!("{path}/associate/default"), json!({"inputs": [pair]})).await;
    assert_eq!(status, 201, "{body}");
    let left = fake.inside().merge(Sort::Contact, other, one, By::User);
    let asked = json!({"inputs": [{"id": stay.to_string()}, {"id": "4711"}]});
    let (status, body) = post(&fake, &format!("{path}/read"), asked).await;
    assert_eq!(
        (status, &body["results"][0]["to"][0]["toObjectId"]),
        (207, &json!(left.to_string())),
        "{body}"
    );
    assert_eq!(body["errors"][0]["subCategory"], "crm.associations.NO_ASSOCIATIONS_FOUND");
    let (_, body) =
        call(&fake, TOKEN, "crm/objects/2026-03/deals?properties=closedate&associations=contacts", None)
            .await;
    assert_eq!(body["results"][0]["properties"]["closedate"], "2026-01-01T00:00:00.000Z");
    assert_eq!(body["results"][0]["associations"]["contacts"]["results"][0]["id"], left.to_string());
    let gone = json!({"inputs": [{"id": stay.to_string()}]});
    assert_eq!(post(&fake, "crm/objects/2026-03/deals/batch/archive", gone.clone()).await.0, 204);
    let read = "crm/objects/2026-03/deals/batch/read";
    assert_eq!(post(&fake, read, gone.clone()).await.1["results"], json!([]));
    assert_eq!(post(&fake, &format!("{read}?archived=true"), gone).await.1["results"][0]["archived"], true);
    let whats: Vec<String> =
        fake.inside().events.iter().map(|event| event["subscriptionType"].to_string()).collect();
    assert!(
        whats.contains(&"\"contact.merge\"".to_owned()) && whats.contains(&"\"deal.deletion\"".to_owned())
    );
}
