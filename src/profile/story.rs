//! The story of a field, in words: its values and where they came from, what was beaten, and who shows something else.

use serde::Serialize;

use crate::reconcile::FieldStory;
use crate::words;

/// The story of one field, in words.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    pub(crate) record: String,
    pub(crate) field: String,
    pub(crate) values: Vec<Came>,
    pub(crate) beaten: Vec<Lost>,
    pub(crate) differs: Vec<Differs>,
}

/// A value that stands.
#[derive(Debug, Serialize)]
pub(crate) struct Came {
    pub(crate) element: Option<String>,
    pub(crate) value: String,
    pub(crate) from: String,
    pub(crate) pinned_by: Option<String>,
}

/// A value that did not make it.
#[derive(Debug, Serialize)]
pub(crate) struct Lost {
    pub(crate) value: String,
    pub(crate) system: Option<String>,
    pub(crate) at: chrono::DateTime<chrono::Utc>,
    pub(crate) why: String,
}

/// A system that shows something else.
#[derive(Debug, Serialize)]
pub(crate) struct Differs {
    pub(crate) system: String,
    pub(crate) external_id: Option<String>,
    pub(crate) shows: Option<String>,
    pub(crate) why: String,
}

/// Tells the story.
pub(crate) fn told(record: String, story: &FieldStory) -> Told {
    Told {
        record,
        field: story.field.to_string(),
        values: story
            .cells
            .iter()
            .map(|cell| Came {
                element: cell.element.as_ref().map(ToString::to_string),
                value: words::seen(&cell.value),
                from: words::origin(&cell.provenance),
                pinned_by: cell.pinned_by.as_ref().map(ToString::to_string),
            })
            .collect(),
        beaten: story
            .beaten
            .iter()
            .map(|beaten| Lost {
                value: words::seen(&beaten.observed),
                system: beaten.system.as_ref().map(ToString::to_string),
                at: beaten.at,
                why: words::verdict(&beaten.verdict),
            })
            .collect(),
        differs: story
            .gaps
            .iter()
            .map(|gap| Differs {
                system: gap.system.to_string(),
                external_id: gap.external_id.as_ref().map(ToString::to_string),
                shows: gap.known.as_ref().map(words::seen),
                why: words::gap(&gap.reason),
            })
            .collect(),
    }
}

impl Told {
    /// For people.
    pub(crate) fn in_words(&self) -> String {
        let mut lines = Vec::new();
        for came in &self.values {
            let pinned = came.pinned_by.as_ref().map_or_else(String::new, |by| format!(", fixed by {by}"));
            lines.push(format!("{} = {}\n    from {}{pinned}", self.field, came.value, came.from));
        }
        for lost in &self.beaten {
            let system = lost.system.as_deref().unwrap_or("the hub");
            let at = lost.at.format("%Y-%m-%d %H:%M:%S");
            lines.push(format!("    not {} (said {system}, {at}): {}", lost.value, lost.why));
        }
        for gap in &self.differs {
            let shows = gap.shows.as_deref().unwrap_or("(unknown)");
            lines.push(format!("    {} shows {shows}: {}", gap.system, gap.why));
        }
        lines.join("\n")
    }
}
