//! The operator of the tests, who answers conflicts.

use super::world::World;
use crate::model::ids::ReviewId;
use crate::model::{ObservationId, ReviewKind};
use crate::reconcile::{Answering, Said, answer};

impl World {
    /// An operator answers a conflict: `accept` takes what the system said.
    pub(super) fn answer(&mut self, review: ReviewId, accept: bool) {
        let Some(asked) = self.reviews.get(&review).cloned() else { return };
        let ReviewKind::Conflict { observed, .. } = &asked.kind else { return };
        let value = accept.then_some((&**observed, asked.system.as_ref()));
        self.decide(review, Said { value, pin: false });
    }

    /// An operator settles a conflict.
    pub(super) fn decide(&mut self, review: ReviewId, said: Said<'_>) {
        let Some(review) = self.reviews.remove(&review) else { return };
        let Some(record) = review.record.map(|record| self.root(record)) else { return };
        let by = Answering {
            operator: "olga",
            entry: ObservationId::new(self.uuid()),
            now: self.now(),
            closed_business_date: self.closed,
        };
        let links = self.links_of(record);
        let answer = answer(&self.rules, &self.records[&record], &links, &review, said, by);
        let Some(answer) = answer else { return };
        answer.record.into_iter().for_each(|record| self.put(record));
        for link in answer.links {
            self.links.insert(link.id, link);
        }
        for (system, lane) in answer.due {
            self.mark(record, &system, lane);
        }
    }
}
