//! `cardex duplicates explain`: the evidence for and against two profiles being one, in the operator's language.

use serde::Serialize;

use crate::cli::{Context, Exit, Failure, find, with_store};
use crate::duplicates::explain::{TWO_HOTELS, Tongue, words};
use crate::matching::{self, Explained};

/// Which two, and how they are told of.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Pair {
    /// A profile: its id, or its id at any system
    one: String,
    /// Another
    other: String,
    /// The language of the evidence
    #[arg(long, value_enum, default_value_t)]
    language: Language,
}

/// A language of the operators.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
}

impl From<Language> for Tongue {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::English,
            Language::Es => Self::Spanish,
            Language::Fr => Self::French,
        }
    }
}

/// One step of the waterfall.
#[derive(Debug, Serialize)]
struct Step {
    /// What is found, in words.
    says: Vec<String>,
    /// What it adds: log2 odds, for one person above 0.
    weight: f32,
    /// How probable it is with all that was told before: 0 to 1.
    probability: f32,
}

/// An explanation with whom it is about.
#[derive(Debug, Serialize)]
struct Told {
    one: String,
    other: String,
    steps: Vec<Step>,
    common: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nights: Option<String>,
    #[serde(flatten)]
    explained: Explained,
}

/// Explains and tells.
pub(super) async fn run(pair: &Pair, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let (one, other) = (find::record(&store, &pair.one).await?, find::record(&store, &pair.other).await?);
    if one.id == other.id {
        return Err(Failure::new(Exit::BadInput, "the two are one record already").into());
    }
    let explained = matching::explain(&store, context.clock.now().date_naive(), [one.id, other.id]).await;
    store.close().await;
    let Some(explained) = explained? else {
        let failure = Failure::new(Exit::NoInput, "one of the two has not been looked at yet");
        return Err(failure.hint("`cardex duplicates scan` looks at all profiles").into());
    };
    let told = told((one.id.to_string(), other.id.to_string()), explained, pair.language.into());
    context.output.object(&told, || in_words(&told))?;
    Ok(Exit::Success)
}

fn told((one, other): (String, String), explained: Explained, tongue: Tongue) -> Told {
    let step = |step: &crate::duplicates::explain::Step| Step {
        says: step.says.iter().map(|key| words(key, tongue).to_owned()).collect(),
        weight: step.weight,
        probability: step.probability,
    };
    let steps = explained.evidence.steps.iter().map(step).collect();
    let common = explained.evidence.common.iter();
    let common = common.map(|found| words(found.says, tongue).replace("{n}", &found.n.to_string())).collect();
    let nights = explained.were_at_two_hotels.then(|| words(TWO_HOTELS, tongue).to_owned());
    Told { one, other, steps, common, nights, explained }
}

fn in_words(told: &Told) -> String {
    let explained = &told.explained;
    let mut lines = vec![format!("{:+6.1}  to begin with", explained.evidence.start)];
    for Step { says, weight, probability } in &told.steps {
        lines.push(format!("{weight:+6.1}  {:<60} {:>5.1} %", says.join("; "), probability * 100.0));
    }
    lines.extend(told.common.iter().chain(&told.nights).map(|more| format!("{:>6}  {more}", "")));
    let percent = format!("{}.{:02} %", explained.ppm / 10_000, explained.ppm / 100 % 100);
    let veto = if explained.is_vetoed { "; something certain speaks against it" } else { "" };
    let apart = if explained.are_compared { "" } else { "; they have no key in common" };
    lines.push(format!("probably one: {percent}, band {}{veto}{apart}", explained.band));
    lines.join("\n")
}
