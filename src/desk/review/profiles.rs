//! Profiles side by side: their values, the evidence as a picture, and the stays of each on a line.

use chrono::{Datelike as _, NaiveDate};

use crate::desk::values;
use crate::desk::words::Words;
use crate::duplicates::explain;
use crate::hub::Hub;
use crate::model::review::Cluster;
use crate::model::{Policy, RecordId};
use crate::reconcile::leaves_a_choice;
use crate::review::{Compared, Main, SideBySide, Wish, side_by_side};
use crate::store::{Booked, StoreError};
use crate::{matching, words};

/// The most reservations of one profile that are drawn: the last ones.
const STAYS: u32 = 100;
/// With how many others the first profile is compared in pictures.
const COMPARED: usize = 5;
/// How wide the pictures are, in their own units.
const WIDE: f32 = 600.0;
/// What is left free at the end of a line, for the last bar.
const MARGIN: f32 = 10.0;

/// Profiles side by side.
pub(super) struct Profiles {
    pub(super) records: Vec<Profile>,
    pub(super) fields: Vec<Field>,
    /// Whether it can be chosen which of them become one: there are more than two.
    pub(super) are_many: bool,
    pub(super) evidence: Vec<Evidence>,
    /// The line of time of their stays; `None` when none of them has ever booked.
    pub(super) years: Option<Vec<Year>>,
    /// Whether a new profile is wanted.
    pub(super) is_new: bool,
    /// How probable it is that they are one, in percent.
    pub(super) percent: String,
    /// The band's name.
    pub(super) band: String,
    /// Whether what stays is what the operator has asked to see.
    pub(super) is_preview: bool,
}

/// One profile.
pub(super) struct Profile {
    pub(super) id: String,
    pub(super) name: String,
    /// Whether it is the one that would stay.
    pub(super) is_main: bool,
    /// Whether it becomes one with the others.
    pub(super) takes_part: bool,
    pub(super) stays: Vec<Bar>,
    /// How many there are, in words.
    pub(super) n_stays: String,
}

/// One field of all of them.
pub(super) struct Field {
    /// As choices take it.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) differs: bool,
    pub(super) can_choose: bool,
    pub(super) values: Vec<Held>,
    pub(super) stays: String,
}

/// What one of them has.
pub(super) struct Held {
    pub(super) record: String,
    pub(super) text: Option<String>,
    pub(super) is_chosen: bool,
}

/// What speaks for and against two of them.
pub(super) struct Evidence {
    /// Their names, where there are more than two.
    pub(super) about: Option<String>,
    pub(super) steps: Vec<Step>,
}

/// A step of the evidence, as a bar that begins where the one before it has ended.
pub(super) struct Step {
    pub(super) says: String,
    pub(super) weight: String,
    pub(super) bar: Bar,
}

/// A bar of a picture.
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) class: &'static str,
    pub(super) title: String,
}

/// The first of January on the line of the stays.
pub(super) struct Year {
    pub(super) x: String,
    pub(super) name: String,
}

/// The profiles of a cluster, and what they would become.
pub(super) async fn load(
    hub: &Hub,
    say: Words,
    cluster: &Cluster,
    wish: &Wish,
) -> Result<Profiles, StoreError> {
    let profiles = side_by_side(hub, cluster, wish).await?;
    let roots: Vec<RecordId> = profiles.records.iter().map(|record| record.id).collect();
    let bookings = hub.store.last_bookings(&roots, STAYS).await?;
    let line = Line::of(bookings.values().flatten());
    let is_main = |nth: usize, id: RecordId| match wish.main {
        Main::Record(main) => main == id,
        Main::Suggested => nth == 0 && cluster.band != crate::model::review::Band::Household,
        Main::New => false,
    };
    let profile = |(nth, record): (usize, &crate::model::Record)| {
        let booked = bookings.get(&record.id).map(Vec::as_slice).unwrap_or_default();
        Profile {
            id: record.id.to_string(),
            name: words::name(record),
            is_main: is_main(nth, record.id),
            takes_part: wish.only.is_empty() || wish.only.contains(&record.id),
            n_stays: say.with("stays: n", &[("{n}", &booked.len().to_string())]),
            stays: booked.iter().filter_map(|stay| line.as_ref().map(|line| line.bar(say, stay))).collect(),
        }
    };
    Ok(Profiles {
        are_many: profiles.records.len() > 2,
        evidence: evidence(hub, say, &profiles).await?,
        fields: table(hub, say, &profiles, wish),
        years: line.as_ref().map(Line::years),
        records: profiles.records.iter().enumerate().map(profile).collect(),
        is_new: wish.main == Main::New,
        percent: format!("{:.1} %", f64::from(cluster.probability_ppm) / 10_000.0),
        band: say.say(&format!("band: {}", cluster.band.name())).to_owned(),
        is_preview: *wish != Wish::default(),
    })
}

/// The fields side by side: what differs first, then what several have, then what one has. What the hub computes of them is
/// left out: it is computed anew of what they become.
fn table(hub: &Hub, say: Words, profiles: &SideBySide, wish: &Wish) -> Vec<Field> {
    let mut fields: Vec<Field> =
        profiles.fields.iter().filter_map(|compared| row(hub, say, profiles, compared, wish)).collect();
    fields.sort_by_key(|field| {
        let n_values = field.values.iter().filter(|value| value.text.is_some()).count();
        (!field.differs, n_values < 2)
    });
    fields
}

fn row(hub: &Hub, say: Words, profiles: &SideBySide, compared: &Compared, wish: &Wish) -> Option<Field> {
    let kind = profiles.records.first()?.kind;
    let def = hub.rules.registry.field(kind, &compared.field)?;
    let policy = hub.rules.field_rule(kind, def).policy;
    if policy == Policy::Derived {
        return None;
    }
    let is_chosen = |record: RecordId| {
        let of = |pick: &&crate::reconcile::Pick| {
            pick.field == compared.field && pick.element == compared.element && pick.from == record
        };
        wish.picks.iter().any(|pick| of(&pick))
    };
    let values = compared.values.iter().zip(&profiles.records).map(|(value, record)| Held {
        record: record.id.to_string(),
        text: value.as_ref().map(|value| values::value(say, value)),
        is_chosen: is_chosen(record.id),
    });
    let known = compared.values.iter().flatten().collect::<Vec<_>>();
    let differs = compared.element.is_none() && known.windows(2).any(|pair| pair[0] != pair[1]);
    Some(Field {
        key: compared.name(),
        name: values::label(say, &def.labels),
        differs,
        can_choose: differs && leaves_a_choice(policy),
        values: values.collect(),
        stays: compared.stays.as_ref().map(|value| values::value(say, value)).unwrap_or_default(),
    })
}

/// The evidence about the first profile and each of the others.
async fn evidence(hub: &Hub, say: Words, profiles: &SideBySide) -> Result<Vec<Evidence>, StoreError> {
    let Some((one, others)) = profiles.records.split_first() else { return Ok(Vec::new()) };
    let today = hub.clock.now().date_naive();
    let mut evidence = Vec::new();
    for other in others.iter().take(COMPARED) {
        if let Some(explained) = matching::explain(&hub.store, today, [one.id, other.id]).await? {
            let about = (others.len() > 1).then(|| format!("{} · {}", words::name(one), words::name(other)));
            evidence.push(Evidence { about, steps: waterfall(say, explained.evidence) });
        }
    }
    Ok(evidence)
}

/// The steps as bars: each begins where the one before it has led.
fn waterfall(say: Words, explanation: explain::Explanation) -> Vec<Step> {
    let explain::Explanation { start, steps, .. } = explanation;
    let mut ends = vec![start];
    for step in &steps {
        ends.push(ends.last().copied().unwrap_or(start) + step.weight);
    }
    let least = ends.iter().copied().fold(0.0, f32::min);
    let most = ends.iter().copied().fold(0.0, f32::max);
    let scale = WIDE / (most - least).max(1.0);
    let weighs = |(step, _): &(&explain::Step, &[f32])| step.weight.abs() >= 0.05;
    let shown = steps.iter().zip(ends.windows(2)).filter(weighs).map(|(step, ends)| {
        let (from, to) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        Step {
            says: step.says.iter().map(|key| explain::words(key, say.0)).collect::<Vec<_>>().join("; "),
            weight: format!("{:+.1}", step.weight),
            bar: Bar {
                x: format!("{:.1}", (from - least) * scale),
                width: format!("{:.1}", ((to - from) * scale).max(2.0)),
                class: if step.weight < 0.0 { "against" } else { "for" },
                title: format!("{:+.1}", step.weight),
            },
        }
    });
    shown.collect()
}

/// The time from the first arrival to the last departure, and the place of a day on it.
struct Line {
    from: NaiveDate,
    per_day: f32,
    until: NaiveDate,
}

impl Line {
    /// `None` when nobody has a stay.
    fn of<'b>(bookings: impl Iterator<Item = &'b Booked> + Clone) -> Option<Self> {
        let from = bookings.clone().map(|stay| stay.from).min()?;
        let until = bookings.map(|stay| stay.until).max()?;
        Some(Self { from, until, per_day: (WIDE - MARGIN) / days(from, until).max(30.0) })
    }

    fn bar(&self, words: Words, stay: &Booked) -> Bar {
        let status = stay.status.as_deref().unwrap_or_default();
        let cancelled = matches!(status, "cancelled" | "no_show");
        let place = stay.property.as_deref().unwrap_or_default();
        let status = values::choice_word(words, status);
        Bar {
            x: format!("{:.1}", days(self.from, stay.from) * self.per_day),
            width: format!("{:.1}", (days(stay.from, stay.until) * self.per_day).max(6.0)),
            class: if cancelled { "none" } else { "stay" },
            title: format!("{} – {} {place} {status}", stay.from, stay.until),
        }
    }

    fn years(&self) -> Vec<Year> {
        let first = |year| NaiveDate::from_ymd_opt(year, 1, 1).filter(|day| *day > self.from);
        let years = (self.from.year()..=self.until.year()).filter_map(first);
        let year = |day: NaiveDate| Year {
            x: format!("{:.1}", days(self.from, day) * self.per_day),
            name: day.year().to_string(),
        };
        years.map(year).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "days of a human life")]
fn days(from: NaiveDate, until: NaiveDate) -> f32 {
    (until - from).num_days() as f32
}
