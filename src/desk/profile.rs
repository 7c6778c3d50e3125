//! One profile: what is known of it and why, and everything that hangs on it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::ask::{self, Names};
use super::happened::{Happened, happened};
use super::pages::{Page, failed, forbidden, missing, shown};
use super::search::of;
use super::told::{Section, sections};
use super::turning::{Pages, skipped};
use super::values;
use super::visitor::{Posted, Visitor};
use super::words::Words;
use crate::hub::Hub;
use crate::model::{FieldKey, Life, LinkLife, Record, RecordId, Review, Role, Value, keys};
use crate::profile::{self, Profile};
use crate::store::StoreError;
use crate::words;

/// Reservations of a page.
const STAYS: u32 = 25;
/// Entries of the journal on a page.
const ENTRIES: u32 = 25;

#[derive(Template)]
#[template(path = "profile.html")]
struct Shown {
    page: Page,
    name: String,
    kind: String,
    life: Option<String>,
    facts: Vec<(String, String)>,
    sections: Vec<Section>,
    hidden: Hidden,
    n_stays: u64,
    stays: Vec<Stay>,
    stay_pages: Option<Pages>,
    memberships: Vec<Membership>,
    related: Vec<(String, String, String)>,
    links: Vec<Counterpart>,
    merged: Vec<Merged>,
    reviews: Vec<(String, String, String)>,
    journal: Vec<Happened>,
    journal_pages: Option<Pages>,
}

/// What the law protects especially.
enum Hidden {
    /// There is none.
    Nothing,
    /// These fields are hidden; whether the visitor may have them shown.
    Closed(Vec<String>, bool),
    /// The visitor has had them shown.
    Open(Vec<(String, Vec<String>)>),
}

struct Stay {
    property: String,
    number: String,
    arrives: String,
    departs: String,
    status: String,
    total: String,
}

struct Membership {
    programme: String,
    number: String,
    level: String,
    active: String,
}

struct Counterpart {
    system: String,
    id: String,
    life: String,
    role: String,
    seen: String,
}

struct Merged {
    name: String,
    id: String,
    review: Option<String>,
}

/// Which pages of the long lists are wanted.
#[derive(Deserialize, Default)]
pub(super) struct Wanted {
    #[serde(default)]
    stays: u32,
    #[serde(default)]
    journal: u32,
}

pub(super) async fn page(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
    visitor: Visitor,
) -> Response {
    answer(&hub, &visitor, &id, &wanted, false).await
}

/// Shows what is hidden to whoever may see it, and writes down that he has.
pub(super) async fn show(State(hub): State<Hub>, Path(id): Path<String>, posted: Posted) -> Response {
    let visitor = &posted.visitor;
    if !visitor.may_decide() {
        return forbidden(visitor);
    }
    answer(&hub, visitor, &id, &Wanted::default(), true).await
}

async fn answer(hub: &Hub, visitor: &Visitor, id: &str, wanted: &Wanted, opens: bool) -> Response {
    let Some(id) = RecordId::parse(id) else { return missing(visitor) };
    match load(hub, visitor, id, wanted, opens).await {
        Ok(Some(page)) => shown(StatusCode::OK, &page),
        Ok(None) => missing(visitor),
        Err(error) => failed(&error),
    }
}

async fn load(
    hub: &Hub,
    visitor: &Visitor,
    id: RecordId,
    wanted: &Wanted,
    opens: bool,
) -> Result<Option<Shown>, StoreError> {
    let Some(profile) = profile::load(hub, id).await? else { return Ok(None) };
    let (say, root) = (visitor.words, profile.record.id);
    let (stays_at, journal_at) = (wanted.stays.max(1), wanted.journal.max(1));
    let n_stays = hub.store.n_bookings_of(root).await?;
    let stays = hub.store.bookings_of(root, skipped(stays_at, STAYS), STAYS).await?;
    let reviewed: Vec<RecordId> = profile.reviews.iter().flat_map(ask::records).collect();
    let names = Names::of(&hub.rules.registry, &hub.store.records(&reviewed).await?);
    let review = |review: &Review| {
        let kind = say.say(&format!("kind: {}", review.kind.name())).to_owned();
        (review.id.to_string(), ask::question(say, review, &names), kind)
    };
    let href = |stays: u32, journal: u32| format!("/desk/profiles/{root}?stays={stays}&journal={journal}");
    let n_entries = profile.journal.len() as u64;
    let entries = profile.journal.iter().skip(skipped(journal_at, ENTRIES) as usize).take(ENTRIES as usize);
    Ok(Some(Shown {
        page: Page::of(visitor),
        name: words::name(&profile.record),
        kind: of(say, profile.record.kind),
        life: life(say, profile.record.life),
        facts: facts(hub, say, &profile).await?,
        sections: sections(hub, say, &profile),
        hidden: hidden(hub, visitor, &profile.record, opens).await?,
        stays: stays.iter().map(|record| stay(say, record)).collect(),
        stay_pages: Pages::of(say, say.say("stays of"), (stays_at, STAYS, n_stays), |at| {
            href(at, journal_at) + "#stays"
        }),
        n_stays,
        memberships: profile.memberships.iter().map(membership).collect(),
        related: related(say, &profile),
        links: profile.links.iter().map(|link| counterpart(say, link)).collect(),
        merged: profile.merged.iter().map(|record| merged(&profile, record)).collect(),
        reviews: profile.reviews.iter().map(review).collect(),
        journal: entries.map(|entry| happened(hub, say, profile.record.kind, entry)).collect(),
        journal_pages: Pages::of(say, say.say("journal"), (journal_at, ENTRIES, n_entries), |at| {
            href(stays_at, at) + "#journal"
        }),
    }))
}

/// What somebody at a front desk asks first.
async fn facts(hub: &Hub, say: Words, profile: &Profile) -> Result<Vec<(String, String)>, StoreError> {
    let record = &profile.record;
    let mut facts = Vec::new();
    for (key, field) in [
        ("born", &keys::BIRTH_DATE),
        ("n stays", &keys::STAYS),
        ("nights", &keys::NIGHTS),
        ("next arrival", &keys::NEXT_ARRIVAL_ON),
        ("last stay", &keys::LAST_STAY_ON),
    ] {
        if let Some(value) = record.value(field) {
            facts.push((say.say(key).to_owned(), values::value(say, value)));
        }
    }
    let documents = hub.store.search_documents(&[record.id]).await?;
    if let Some(sum) = documents.into_iter().find_map(|document| document.firm) {
        facts.push((say.say("bookings").to_owned(), sum.bookings.to_string()));
        facts.push((say.say("nights").to_owned(), sum.nights.to_string()));
        facts.push((say.say("revenue").to_owned(), super::companies::revenue(&sum)));
    }
    facts.retain(|(_, value)| !value.is_empty());
    Ok(facts)
}

async fn hidden(hub: &Hub, visitor: &Visitor, record: &Record, opens: bool) -> Result<Hidden, StoreError> {
    let label = |key: &FieldKey| values::field(visitor.words, &hub.rules.registry, record.kind, key);
    let fields = profile::protected(hub, record);
    if fields.is_empty() {
        return Ok(Hidden::Nothing);
    }
    if !opens {
        return Ok(Hidden::Closed(fields.iter().map(label).collect(), visitor.may_decide()));
    }
    let opened = profile::view(hub, record, &visitor.operator.name).await?;
    let told = |(key, values): &(FieldKey, Vec<Value>)| {
        (label(key), values.iter().map(|value| values::value(visitor.words, value)).collect())
    };
    Ok(Hidden::Open(opened.iter().map(told).collect()))
}

fn text(record: &Record, field: &FieldKey) -> String {
    record.value(field).map(words::value).unwrap_or_default()
}

fn stay(say: Words, record: &Record) -> Stay {
    let status = text(record, &keys::STATUS);
    Stay {
        property: text(record, &keys::PROPERTY),
        number: text(record, &keys::NUMBER),
        arrives: text(record, &keys::ARRIVES_ON),
        departs: text(record, &keys::DEPARTS_ON),
        status: values::choice_word(say, &status),
        total: text(record, &keys::TOTAL),
    }
}

fn membership(record: &Record) -> Membership {
    Membership {
        programme: text(record, &FieldKey::of("programme")),
        number: text(record, &keys::NUMBER),
        level: text(record, &keys::LEVEL),
        active: text(record, &FieldKey::of("active")),
    }
}

/// Whom the profile names: id, name and what he is.
fn related(say: Words, profile: &Profile) -> Vec<(String, String, String)> {
    let named = profile.names.iter();
    named.map(|(id, (kind, name))| (id.to_string(), name.clone(), of(say, *kind))).collect()
}

fn counterpart(say: Words, link: &crate::model::Link) -> Counterpart {
    let life = match &link.life {
        LinkLife::Creating => "link: creating",
        LinkLife::Live => "link: live",
        LinkLife::Suspect(_) => "link: suspect",
        LinkLife::Gone => "link: gone",
        LinkLife::MergedInto(_) => "link: merged",
        LinkLife::Quarantined => "link: quarantined",
        LinkLife::Erased => "link: erased",
    };
    let role = match link.role {
        Role::Primary => "link: primary",
        Role::Secondary => "link: secondary",
    };
    Counterpart {
        system: link.system.to_string(),
        id: link.external_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        life: say.say(life).to_owned(),
        role: say.say(role).to_owned(),
        seen: link.seen_at.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
    }
}

fn merged(profile: &Profile, record: &Record) -> Merged {
    let review = profile.merged_by.get(&record.id).map(ToString::to_string);
    Merged { name: words::name(record), id: record.id.to_string(), review }
}

fn life(say: Words, life: Life) -> Option<String> {
    match life {
        Life::Live => None,
        Life::MergedInto(_) => Some("life: merged"),
        Life::Erased => Some("life: erased"),
        Life::Retired => Some("life: retired"),
    }
    .map(|key| say.say(key).to_owned())
}
