//! What an operator chooses at the command line when profiles become one, and what he is told when he names what is not
//! there.

use serde_json::{Value, json};

use cardex::model::review::{Band, Cluster};
use cardex::model::{RecordId, RecordKind, keys};
use cardex::review;

use crate::desk::{cardex, good};
use crate::support::hub::Backend;
use crate::support::pair::{EMPTY, Pair, fields};

/// Three guests who are probably one, the review that asks, and a fourth who has nothing to do with them.
struct Three {
    pair: Pair,
    records: [RecordId; 3],
    stranger: RecordId,
    review: String,
}

async fn three() -> Three {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    let names = ["Ana", "Anita", "Ana María", "Bruno"];
    let guests = names.map(|name| {
        let address = format!("{}@example.com", name.to_lowercase().replace([' ', 'í'], ""));
        let guest = json!({"surname": "García", "given_names": name, "emails": [{"address": address}]});
        pair.hotel().create("person", "reception", fields(guest))
    });
    pair.settle().await;
    let mut records = Vec::new();
    for guest in &guests {
        let found = pair.hub.store.find_record(guest, 2).await.expect("reads").pop();
        records.push(found.expect("a record").id);
    }
    let [main, second, third, stranger] = records.try_into().expect("four");
    let cluster = Cluster {
        of: RecordKind::Person,
        main,
        others: vec![second, third],
        band: Band::Strong,
        probability_ppm: 985_000,
        next_arrival: None,
    };
    review::propose(&pair.hub, &[main, second, third], &[cluster]).await.expect("it is proposed");
    let open = good(&pair, &["review", "list", "--kind", "duplicates"]);
    let review = open[0]["id"].as_str().expect("an id").to_owned();
    Three { pair, records: [main, second, third], stranger, review }
}

impl Three {
    fn accept(&self, more: &[&str]) -> Value {
        let arguments = [&["review", "accept", &self.review], more].concat();
        good(&self.pair, &arguments).remove(0)
    }

    /// What the program says to an answer that it does not take.
    #[track_caller]
    fn is_refused(&self, more: &[&str], code: i32, says: &[&str]) {
        let arguments = [&["review", "accept", self.review.as_str()], more].concat();
        let (ended, lines, said) = cardex(&self.pair, &arguments);
        assert_eq!((ended, lines.len()), (code, 0), "{more:?}: {said}");
        for words in says {
            assert!(said.contains(words), "{more:?}: `{words}` is not in: {said}");
        }
    }

    async fn roots(&self) -> [RecordId; 3] {
        let roots = self.pair.hub.store.roots(&self.records).await.expect("reads");
        self.records.map(|record| roots[&record])
    }

    async fn name_of(&self, record: RecordId) -> String {
        let record = self.pair.hub.store.records(&[record]).await.expect("reads").remove(0);
        record.value(&keys::GIVEN_NAMES).and_then(cardex::model::Value::as_text).expect("a name").to_owned()
    }

    async fn addresses_of(&self, record: RecordId) -> Vec<String> {
        let record = self.pair.hub.store.records(&[record]).await.expect("reads").remove(0);
        record.elements(&keys::EMAILS).into_iter().flatten().map(|(key, _)| key.to_string()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_values_stay_in_the_chosen_record() {
    let three = three().await;
    let [one, two, _] = three.records;
    let (main, name) = (two.to_string(), format!("given_names={one}"));
    let left_out = format!("emails[anita@example.com]={one}");
    let accepted = three.accept(&["--main", &main, "--choose", &name, "--choose", &left_out]);
    assert_eq!((&accepted["main"], &accepted["apart"]), (&json!(main), &json!(0)), "{accepted}");
    assert_eq!(three.roots().await, [two; 3]);
    assert_eq!(three.name_of(two).await, "Ana", "not the fuller form");
    assert_eq!(three.addresses_of(two).await, ["ana@example.com", "anamara@example.com"], "without the one");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_them_go_into_a_new_record() {
    let three = three().await;
    let accepted = three.accept(&["--new"]);
    let main = accepted["main"].as_str().and_then(RecordId::parse).expect("a record");
    assert!(!three.records.contains(&main), "{accepted}");
    assert_eq!(three.roots().await, [main; 3]);
    assert_eq!(three.addresses_of(main).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_are_named_become_one() {
    let three = three().await;
    let [one, two, third] = three.records;
    let named = [one.to_string(), third.to_string()];
    let accepted = three.accept(&["--only", &named[0], "--only", &named[1]]);
    assert_eq!(accepted["main"], json!(named[0]), "{accepted}");
    assert_eq!(three.roots().await, [one, two, one]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_cannot_be_chosen() {
    let three = three().await;
    let [one, ..] = three.records.map(|record| record.to_string());
    let (stranger, nobody) = (three.stranger.to_string(), RecordId::new(uuid::Uuid::nil()).to_string());
    let shows = "hint: `cardex review show` lists its records and fields";
    for (choice, says) in [
        (format!("shoe_size={one}"), &["no field `shoe_size`", shows][..]),
        (format!("consents={one}"), &["the field `consents` leaves no choice", shows]),
        (format!("emails[nobody@example.com]={one}"), &["this element of the field `emails`", shows]),
        (format!("surname={stranger}"), &["not about the record", stranger.as_str(), shows]),
        (format!("surname={nobody}"), &["not about the record", nobody.as_str(), shows]),
        ("surname=Ana".to_owned(), &["`Ana` is no record", "`cardex review show` names the records"]),
        ("surname".to_owned(), &["`surname` is no choice", "`surname=RECORD`"]),
        (format!("emails[x={one}"), &["is no choice", "`emails[ELEMENT]=RECORD`"]),
    ] {
        three.is_refused(&["--choose", &choice], 65, says);
    }
    three.is_refused(&["--main", &stranger], 65, &["not about the record", &stranger, shows]);
    three.is_refused(&["--only", &one, "--only", &stranger], 65, &["not about the record", &stranger, shows]);
    three.is_refused(&["--only", &one], 65, &["fewer than two records"]);
    three.is_refused(&["--main", &one, "--new"], 64, &["cannot be used with"]);
    assert_eq!(three.roots().await, three.records, "nothing has become one");
    assert_eq!(good(&three.pair, &["review", "list"]).len(), 1, "and the question is still open");
}

#[tokio::test(flavor = "multi_thread")]
async fn pair_that_is_kept_apart_may_be_reconsidered() {
    let three = three().await;
    let [one, two, _] = three.records.map(|record| record.to_string());
    let again = ["review", "reconsider", &two, &one];
    let (code, _, said) = cardex(&three.pair, &again);
    assert_eq!(code, 66, "{said}");
    assert!(said.contains("are not kept apart") && said.contains(&one), "{said}");

    let rejected = good(&three.pair, &["review", "reject", &three.review, "--reason", "three sisters"]);
    assert_eq!(rejected[0]["apart"], json!(3), "{rejected:?}");
    let allowed = good(&three.pair, &again);
    assert_eq!(allowed, [json!({"record": two, "other": one})]);
    let kept = three.pair.hub.store.kept_apart(&three.records).await.expect("reads");
    assert_eq!(kept.len(), 2, "the others stay apart");
    let (code, _, said) = cardex(&three.pair, &["review", "reconsider", "Ana", &one]);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("`Ana` is no record"), "{said}");
}

/// The three, of whom the second and the third are asked about as a household too.
async fn household() -> (Three, String) {
    let three = three().await;
    let [_, second, third] = three.records;
    let pair = Cluster {
        of: RecordKind::Person,
        main: second,
        others: vec![third],
        band: Band::Household,
        probability_ppm: 3_000,
        next_arrival: None,
    };
    review::propose_relations(&three.pair.hub, &[second, third], &[pair]).await.expect("it is asked");
    let open = good(&three.pair, &["review", "list"]);
    let kinds: Vec<&Value> = open.iter().map(|review| &review["kind"]).collect();
    assert_eq!(kinds, ["duplicates", "household"], "after everything else");
    let review = open[1]["id"].as_str().expect("an id").to_owned();
    (three, review)
}

#[tokio::test(flavor = "multi_thread")]
async fn relation_of_a_household_is_written_down_and_sent() {
    let (three, review) = household().await;
    let [_, second, third] = three.records;
    let shown = good(&three.pair, &["review", "show", &review]).remove(0);
    assert_eq!(shown["question"], json!(format!("one contact: what is {third} to {second}?")));
    assert_eq!(shown["profiles"]["records"], json!([second.to_string(), third.to_string()]));

    let refused = |arguments: &[&str], code: i32, says: &str| {
        let (ended, _, said) = cardex(&three.pair, arguments);
        assert!(ended == code && said.contains(says), "{arguments:?}: {ended}, {said}");
    };
    refused(&["review", "accept", &review], 65, "hint: say how with `--relation`");
    refused(&["review", "accept", &review, "--relation", "cousin"], 64, "spouse");
    refused(&["review", "accept", &review, "--relation", "spouse", "--new"], 64, "cannot be used with");
    refused(&["review", "accept", &three.review, "--relation", "spouse"], 65, "is not about a household");

    let accepted = good(&three.pair, &["review", "accept", &review, "--relation", "child"]).remove(0);
    assert_eq!(
        (&accepted["due"], accepted.get("main")),
        (&json!(1), None),
        "the CRM takes relations: {accepted}"
    );
    three.pair.settle().await;
    let at_crm = async |record: RecordId| {
        let links = three.pair.hub.store.links_of(&[record], Some(&"crm".into())).await.expect("reads");
        links[0].link.external_id.clone().expect("an id").to_string()
    };
    let row = three.pair.crm().row("person", &at_crm(second).await).expect("the guest");
    assert_eq!(
        row.fields["relations"],
        json!([{"type": "child", "person": {"kind": "person", "id": at_crm(third).await}}])
    );
    let told = good(&three.pair, &["explain", &second.to_string(), "relations"]).remove(0);
    assert!(told["values"][0]["from"].as_str().expect("an origin").contains("operator"), "{told}");
    refused(&["review", "accept", &review, "--relation", "spouse"], 66, "accepted by ana");
    assert_eq!(three.roots().await, three.records, "nobody has become one");
}

#[tokio::test(flavor = "multi_thread")]
async fn household_may_be_one_after_all_or_nothing_at_all() {
    let (three, review) = household().await;
    let main = three.records[2].to_string();
    let accepted = good(&three.pair, &["review", "accept", &review, "--main", &main]).remove(0);
    assert_eq!(accepted["main"], json!(main));
    good(&three.pair, &["review", "undo", &review]);
    assert_eq!(three.roots().await, three.records);

    let (three, review) = household().await;
    let rejected = good(&three.pair, &["review", "reject", &review, "--reason", "a shared office"]).remove(0);
    assert_eq!(rejected["apart"], json!(1), "{rejected}");
    assert_eq!(three.pair.hub.store.kept_apart(&three.records).await.expect("reads").len(), 1);
}
