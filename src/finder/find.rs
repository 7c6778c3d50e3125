//! Asking: what is exactly an id or a number first, then the words as they were typed, then as beginnings, then with a
//! typo. Each step is bounded: it begins at the rarest word and looks at the other words of those who have it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::matched::is_profile;
use crate::model::{RecordId, RecordKind, Reference, Value, keys};
use crate::search::{Fit, Question, Span, Wanted, fit, is_near, kind_word, score, variants};
use crate::store::{Candidates, SearchDocument, Store, StoreError};

/// How many that have the rarest word are looked at; behind them nobody is found.
const MOST: u32 = 20_000;
/// How many documents are opened in one step: more than can be shown many times over, and little enough to read at once.
const OPENED: u32 = 1_000;
/// How many words at most one of which has to be there are looked up in the index.
const PROBED: usize = 4;
/// How many words a typo away are tried.
const MOST_NEAR: usize = 60;
/// More of a question is not read.
const LONGEST: usize = 200;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked<'q> {
    /// The text. Personal data.
    pub text: &'q str,
    /// Of which kinds of profile; empty: of all.
    pub kinds: &'q [RecordKind],
    /// How many are wanted.
    pub limit: usize,
}

/// A profile that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The profile: a root.
    pub record: RecordId,
    /// How well it fits: by its worst word.
    pub fit: Fit,
}

/// What was found, the best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The profiles.
    pub hits: Vec<Hit>,
    /// Whether there are more than were wanted.
    pub more: bool,
}

/// Finds profiles.
///
/// # Errors
/// The store did not answer.
pub async fn find(store: &Store, asked: &Asked<'_>) -> Result<Found, StoreError> {
    let text: String = asked.text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    let mut search = Search::of(store, asked, Question::of(&text));
    search.by_number(text.trim()).await?;
    if !search.question.is_empty() {
        search.whole().await?;
        search.by_words().await?;
    }
    let Search { mut hits, wanted, .. } = search;
    let more = hits.len() > asked.limit;
    hits.truncate(wanted - 1);
    Ok(Found { hits, more })
}

struct Search<'a> {
    store: &'a Store,
    question: Question,
    of: &'a [RecordKind],
    hits: Vec<Hit>,
    seen: BTreeSet<RecordId>,
    /// One more than can be shown.
    wanted: usize,
}

/// What is tried of each wanted thing in one step.
struct Step {
    spans: Vec<Vec<Span>>,
    near: Vec<Vec<String>>,
}

impl<'a> Search<'a> {
    fn of(store: &'a Store, asked: &Asked<'a>, question: Question) -> Self {
        let (hits, seen) = (Vec::new(), BTreeSet::new());
        Self { store, question, of: asked.kinds, hits, seen, wanted: asked.limit + 1 }
    }

    fn is_full(&self) -> bool {
        self.hits.len() >= self.wanted
    }

    fn add(&mut self, record: RecordId, fit: Fit) {
        if !self.is_full() && self.seen.insert(record) {
            self.hits.push(Hit { record, fit });
        }
    }

    /// The words of the kinds that are wanted; none where any will do.
    fn kinds(&self) -> Option<Vec<Span>> {
        let kinds: Vec<Span> = self.of.iter().map(|kind| Span::word(kind_word(*kind))).collect();
        Some(kinds).filter(|kinds| !kinds.is_empty())
    }

    /// Whoever has this id, number or id at a system, or is the holder of what has it.
    async fn by_number(&mut self, text: &str) -> Result<(), StoreError> {
        let limit = u32::try_from(self.wanted).unwrap_or(u32::MAX);
        let lines = self.store.find_record(text, limit).await?;
        let ids: Vec<RecordId> = lines.iter().map(|line| line.id).collect();
        let mut profiles = Vec::new();
        for record in self.store.records(&ids).await? {
            let holder = [&keys::HOLDER, &keys::MEMBER].into_iter().find_map(|field| record.value(field));
            if is_profile(record.kind) {
                profiles.push(record.id);
            } else if let Some(Value::Reference(Reference::Record(_, id))) = holder {
                profiles.push(*id);
            }
        }
        let roots: Vec<RecordId> = self.store.roots(&profiles).await?.into_values().collect();
        for record in self.store.records(&roots).await? {
            if self.of.is_empty() || self.of.contains(&record.kind) {
                self.add(record.id, Fit::Exact);
            }
        }
        Ok(())
    }

    /// Whoever has all of the text as one number.
    async fn whole(&mut self) -> Result<(), StoreError> {
        let spans = self.question.whole.clone();
        if spans.is_empty() || self.is_full() {
            return Ok(());
        }
        let found = self.candidates(&spans, self.kinds().into_iter().collect()).await?;
        for document in found {
            if spans.iter().any(|span| document.words.split(' ').any(|word| span.has(word))) {
                self.add(document.record, Fit::Exact);
            }
        }
        Ok(())
    }

    async fn by_words(&mut self) -> Result<(), StoreError> {
        let exact: Vec<Vec<Span>> = self.question.wanted.iter().map(|wanted| wanted.exact.clone()).collect();
        let n_bearers = self.count(&exact).await?;
        let none = vec![Vec::new(); exact.len()];
        self.step(&Step { spans: exact, near: none.clone() }, &n_bearers).await?;
        if self.question.wanted.iter().any(|wanted| wanted.beginning.is_some()) {
            let spans = self.question.wanted.iter().map(with_beginning).collect();
            self.step(&Step { spans, near: none }, &n_bearers).await?;
        }
        if self.is_full() {
            return Ok(());
        }
        let near = self.near().await?;
        if near.iter().any(|words| !words.is_empty()) {
            let spans = self.question.wanted.iter().zip(&near);
            let spans = spans.map(|(wanted, near)| {
                with_beginning(wanted).into_iter().chain(near.iter().map(Span::word)).collect()
            });
            self.step(&Step { spans: spans.collect(), near }, &n_bearers).await?;
        }
        Ok(())
    }

    /// The words a typo away from each that was typed.
    async fn near(&self) -> Result<Vec<Vec<String>>, StoreError> {
        let mut near = Vec::new();
        for wanted in &self.question.wanted {
            let mut words = Vec::new();
            if let Some(typed) = &wanted.typed {
                words = self.store.search_near(&variants(typed)).await?;
                words.retain(|word| is_near(typed, word));
                words.sort_unstable();
                words.dedup();
                words.truncate(MOST_NEAR);
            }
            near.push(words);
        }
        Ok(near)
    }

    async fn count(&self, spans: &[Vec<Span>]) -> Result<Vec<u64>, StoreError> {
        let lists: Vec<Vec<(&str, &str)>> = spans.iter().map(|spans| ends(spans)).collect();
        self.store.search_counts(&lists, MOST).await
    }

    /// Begins at the rarest of what is wanted, and takes who has the others too.
    async fn step(&mut self, step: &Step, n_bearers: &[u64]) -> Result<(), StoreError> {
        if self.is_full() {
            return Ok(());
        }
        let mut others: Vec<Vec<Span>> = step.spans.iter().cloned().chain(self.kinds()).collect();
        let counts = self.count(&others).await?;
        let Some(rarest) = (0..counts.len()).min_by_key(|nth| counts[*nth]) else { return Ok(()) };
        if counts.contains(&0) {
            return Ok(());
        }
        let driver = others.swap_remove(rarest);
        // The rest is looked at in the document.
        others.retain(|spans| spans.len() <= PROBED && spans.iter().all(Span::is_word));
        let mut found = Vec::new();
        for document in self.candidates(&driver, others).await? {
            if let Some(fits) = fit(&self.question, &step.near, &document.words) {
                found.push((score(&fits, n_bearers), document, fits));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.number.cmp(&a.1.number)));
        for (_, document, fits) in found {
            self.add(document.record, fits.into_iter().max().unwrap_or(Fit::Exact));
        }
        Ok(())
    }

    async fn candidates(
        &self,
        driver: &[Span],
        probes: Vec<Vec<Span>>,
    ) -> Result<Vec<SearchDocument>, StoreError> {
        let probes =
            probes.iter().map(|spans| spans.iter().map(|span| span.first.as_str()).collect()).collect();
        let wanted = Candidates { driver: ends(driver), probes, most: MOST, limit: OPENED };
        let found = self.store.search_candidates(&wanted).await?;
        let by_number: BTreeMap<i64, SearchDocument> =
            found.into_iter().map(|document| (document.number, document)).collect();
        Ok(by_number.into_values().collect())
    }
}

fn with_beginning(wanted: &Wanted) -> Vec<Span> {
    let mut spans = wanted.exact.clone();
    if let Some(beginning) = &wanted.beginning {
        // Whatever begins so has what is exactly so among it.
        spans.retain(|span| !beginning.has(&span.first));
        spans.push(beginning.clone());
    }
    spans
}

fn ends(spans: &[Span]) -> Vec<(&str, &str)> {
    spans.iter().map(|span| (span.first.as_str(), span.last.as_str())).collect()
}
