//! `cardex profile search|show`: profiles by anything that is known of them, and everything that is known of one.

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

use super::status::link_life;
use super::{Context, Exit, Line, find, hub, with_store};
use crate::desk;
use crate::finder::{self, Asked};
use crate::hub::Hub;
use crate::model::{FieldKey, Life, OperatorId, Record, RecordKind, keys};
use crate::profile::{self, Profile, ProfileLine, Told, told};
use crate::words;

/// How many reservations are told.
const STAYS: u32 = 50;

/// What to do with profiles.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Find profiles by name, e-mail, phone, city, or the number of a document, a card or a reservation
    Search(Search),
    /// Show everything that is known of a profile, and why
    Show(Show),
}

/// The arguments of `profile search`.
#[derive(Debug, clap::Args)]
pub(super) struct Search {
    /// What is known of it: every word has to fit; accents and a typo do not matter
    #[arg(required = true)]
    text: Vec<String>,
    /// Show at most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Only these
    #[arg(long, value_enum)]
    kind: Option<Kind>,
}

/// The arguments of `profile show`.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// A profile: its id, its number, or its id at any system
    profile: String,
    /// How many entries of its journal to show
    #[arg(long, default_value_t = 20, value_name = "N")]
    journal: usize,
    /// Show what the law protects especially too; that you have seen it is written in the journal
    #[arg(long)]
    sensitive: bool,
    /// Who looks, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// The kinds of profile.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    Person,
    Company,
    Agency,
}

impl Kind {
    const fn of(self) -> RecordKind {
        match self {
            Self::Person => RecordKind::Person,
            Self::Company => RecordKind::Company,
            Self::Agency => RecordKind::Agency,
        }
    }
}

pub(super) async fn run(command: Command, context: &mut Context) -> anyhow::Result<Exit> {
    match command {
        Command::Search(arguments) => search(&arguments, context).await,
        Command::Show(arguments) => show(&arguments, context).await,
    }
}

impl Line for ProfileLine {
    const HEAD: &'static [&'static str] =
        &["id", "kind", "name", "city", "country", "born", "stays", "next arrival", "systems"];
    fn cells(&self) -> Vec<String> {
        let was =
            if self.was.is_empty() { String::new() } else { format!(" (was: {})", self.was.join(", ")) };
        let systems: Vec<&str> = self.systems.iter().map(String::as_str).collect();
        vec![
            self.id.to_string(),
            self.kind.to_string(),
            self.name.clone() + &was,
            self.city.clone(),
            self.country.clone(),
            self.birth_year.clone().unwrap_or_default(),
            self.stays.clone().unwrap_or_default(),
            self.next_arrival.clone().unwrap_or_default(),
            systems.join(", "),
        ]
    }
}

async fn search(arguments: &Search, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let text = arguments.text.join(" ");
    let kind = arguments.kind.map(Kind::of);
    let asked = Asked { text: &text, kinds: kind.as_slice(), limit: arguments.limit };
    let found = finder::find(&store, &asked).await?;
    let lines = profile::lines(&store, &found.hits, &text).await?;
    store.close().await;
    context.output.lines(&lines, "no profile fits")?;
    if found.more {
        context.output.say(&format!("the first {}; there are more", lines.len()));
    }
    Ok(Exit::Success)
}

/// Everything about a profile.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    kind: String,
    name: String,
    life: &'static str,
    fields: Vec<Told>,
    /// What is not shown; empty once it is.
    hidden: Vec<String>,
    sensitive: BTreeMap<String, Vec<String>>,
    n_reservations: u64,
    /// The newest arrivals first.
    reservations: Vec<Stay>,
    memberships: Vec<String>,
    links: Vec<Counterpart>,
    merged: Vec<Merged>,
    reviews: Vec<String>,
    journal: Vec<Happened>,
}

#[derive(Debug, Serialize)]
struct Stay {
    id: String,
    property: String,
    number: String,
    arrives_on: String,
    departs_on: String,
    status: String,
}

#[derive(Debug, Serialize)]
struct Counterpart {
    system: String,
    external_id: Option<String>,
    life: &'static str,
    seen_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
struct Merged {
    id: String,
    name: String,
    review: Option<String>,
}

#[derive(Debug, Serialize)]
struct Happened {
    at: DateTime<Utc>,
    system: Option<String>,
    what: String,
}

async fn show(arguments: &Show, context: &mut Context) -> anyhow::Result<Exit> {
    let opens = arguments.sensitive;
    let store =
        if opens { with_store::to_decide(context).await? } else { with_store::to_read(context).await? };
    let record = find::record(&store, &arguments.profile).await?;
    let hub = hub::at_rest(context, store)?;
    let sensitive = if opens {
        profile::view(&hub, &record, &OperatorId::new(arguments.operator.as_str())).await?
    } else {
        Vec::new()
    };
    let Some(profile) = profile::load(&hub, record.id).await? else { return Ok(Exit::NoInput) };
    let mut shown = gather(&hub, &profile, arguments.journal).await?;
    hub.store.close().await;
    if opens {
        shown.hidden.clear();
    }
    for (field, values) in sensitive {
        shown.sensitive.insert(field.to_string(), values.iter().map(words::value).collect());
    }
    context.output.object(&shown, || shown.in_words())?;
    Ok(Exit::Success)
}

async fn gather(hub: &Hub, profile: &Profile, n_journal: usize) -> anyhow::Result<Shown> {
    let record = &profile.record;
    let hidden = profile::protected(hub, record);
    let stories = profile.stories.iter().filter(|story| !hidden.contains(&story.field));
    let stays = hub.store.bookings_of(record.id, 0, STAYS).await?;
    let merged = |alias: &Record| Merged {
        id: alias.id.to_string(),
        name: words::name(alias),
        review: profile.merged_by.get(&alias.id).map(ToString::to_string),
    };
    let link = |link: &crate::model::Link| Counterpart {
        system: link.system.to_string(),
        external_id: link.external_id.as_ref().map(ToString::to_string),
        life: link_life(&link.life),
        seen_at: link.seen_at,
    };
    let happened = |entry: &crate::model::journal::Entry| Happened {
        at: entry.at,
        system: entry.system.as_ref().map(ToString::to_string),
        what: desk::in_english(hub, record.kind, entry),
    };
    Ok(Shown {
        id: record.id.to_string(),
        kind: record.kind.to_string(),
        name: words::name(record),
        life: match record.life {
            Life::Live => "live",
            Life::MergedInto(_) => "merged",
            Life::Erased => "erased",
            Life::Retired => "retired",
        },
        fields: stories.map(|story| told(record.id.to_string(), story)).collect(),
        hidden: hidden.iter().map(ToString::to_string).collect(),
        sensitive: BTreeMap::new(),
        n_reservations: hub.store.n_bookings_of(record.id).await?,
        reservations: stays.iter().map(stay).collect(),
        memberships: profile.memberships.iter().map(|one| text(one, &keys::NUMBER)).collect(),
        links: profile.links.iter().map(link).collect(),
        merged: profile.merged.iter().map(merged).collect(),
        reviews: profile.reviews.iter().map(|review| review.id.to_string()).collect(),
        journal: profile.journal.iter().take(n_journal).map(happened).collect(),
    })
}

fn text(record: &Record, field: &FieldKey) -> String {
    record.value(field).map(words::value).unwrap_or_default()
}

fn stay(record: &Record) -> Stay {
    Stay {
        id: record.id.to_string(),
        property: text(record, &keys::PROPERTY),
        number: text(record, &keys::NUMBER),
        arrives_on: text(record, &keys::ARRIVES_ON),
        departs_on: text(record, &keys::DEPARTS_ON),
        status: text(record, &keys::STATUS),
    }
}

impl Shown {
    fn in_words(&self) -> String {
        let mut lines = vec![format!("{} {} ({}), {}", self.kind, self.name, self.id, self.life)];
        lines.extend(self.fields.iter().map(Told::in_words));
        lines.extend(self.hidden.iter().map(|field| format!("{field} = (protected; see --sensitive)")));
        for (field, values) in &self.sensitive {
            lines.push(format!("{field} = {}", values.join("; ")));
        }
        let mut part = |head: String, part: Vec<String>| {
            if !part.is_empty() {
                lines.push(format!("\n{head}"));
                lines.extend(part.into_iter().map(|line| format!("  {line}")));
            }
        };
        let stay = |stay: &Stay| {
            let Stay { arrives_on, departs_on, property, number, status, .. } = stay;
            format!("{arrives_on} to {departs_on}, {property} {number}, {status}")
        };
        part(
            format!("reservations ({}):", self.n_reservations),
            self.reservations.iter().map(stay).collect(),
        );
        part("memberships:".to_owned(), self.memberships.clone());
        let link = |link: &Counterpart| {
            format!("{} {}, {}", link.system, link.external_id.as_deref().unwrap_or("(no id yet)"), link.life)
        };
        part("systems:".to_owned(), self.links.iter().map(link).collect());
        let merged = |one: &Merged| {
            let review =
                one.review.as_ref().map_or_else(String::new, |review| format!(", by review {review}"));
            format!("{} {}{review}", one.id, one.name)
        };
        part("merged into it:".to_owned(), self.merged.iter().map(merged).collect());
        part("open reviews:".to_owned(), self.reviews.clone());
        let happened = |one: &Happened| {
            let system = one.system.as_ref().map_or_else(String::new, |system| format!("{system}: "));
            format!("{} {system}{}", one.at.format("%Y-%m-%d %H:%M:%S"), one.what)
        };
        part("journal:".to_owned(), self.journal.iter().map(happened).collect());
        lines.join("\n")
    }
}
