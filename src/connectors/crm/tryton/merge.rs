//! Merges: Tryton's own replace wizard, then the channels that it silences come back.
//!
//! The wizard moves the loser's children to the survivor and archives them, so that mails to the moved address stop.
//! A merge may be asked for again: one that is already made only brings its channels back.

use serde_json::{Value as Json, json};

use super::Tryton;
use super::client::CallError;
use super::facts::Facts;
use super::party;
use super::read::number;
use super::wire::{Row, rows};
use crate::connectors::ConnectorError;
use crate::model::{ExternalId, RecordKind};

/// The children that the wizard silences, with their models.
const CHANNELS: [(&str, &str); 2] =
    [("contact_mechanisms", "party.contact_mechanism"), ("addresses", "party.address")];

impl Tryton {
    /// Replaces `lose` by `keep`.
    pub(super) async fn replace(
        &self,
        kind: RecordKind,
        keep: &ExternalId,
        lose: &ExternalId,
    ) -> Result<(), ConnectorError> {
        if !super::lens::PARTY_KINDS.contains(&kind) {
            return Err(self.unsupported("merge anything but parties"));
        }
        let (Some(keep), Some(lose)) = (number(keep), number(lose)) else {
            return Err(self.no_such_party());
        };
        let facts = self.facts().await?;
        let before = self.fetch(&facts, kind, &[keep, lose]).await?;
        let row = |id: i64| rows(&before).find(|row| row.id() == id);
        let (Some(survivor), Some(loser)) = (row(keep), row(lose)) else {
            return Err(self.no_such_party());
        };
        if !survivor.is_active() {
            return Err(ConnectorError::Refused {
                system: self.name(),
                why: "the party to keep is archived".to_owned(),
            });
        }
        let live = live_channels(loser);
        match loser.number("replaced_by") {
            Some(other) if other == keep => self.revive_moved(&facts, kind, keep, lose).await,
            Some(_) => Err(ConnectorError::Refused {
                system: self.name(),
                why: "the party to give up was replaced by another one".to_owned(),
            }),
            None => {
                self.run_wizard(&facts, keep, lose).await.map_err(|error| self.client.whole(error))?;
                self.revive(&facts, &live).await
            }
        }
    }

    async fn run_wizard(&self, facts: &Facts, keep: i64, lose: i64) -> Result<(), CallError> {
        let mut context = facts.context();
        for (key, value) in [
            ("active_model", json!("party.party")),
            ("active_id", json!(lose)),
            ("active_ids", json!([lose])),
        ] {
            context[key] = value;
        }
        let started = self.client.call("wizard.party.replace.create", &[], &context).await?;
        let session = started.get(0).cloned().unwrap_or_default();
        let form = json!({"ask": {"source": lose, "destination": keep}});
        let replaced = self
            .client
            .call("wizard.party.replace.execute", &[session.clone(), form, json!("replace")], &context)
            .await;
        // The wizard's session is Tryton's to clean up; a failure here changes nothing.
        drop(self.client.call("wizard.party.replace.delete", &[session], &context).await);
        replaced.map(drop)
    }

    /// Revives what an earlier, interrupted merge has silenced: the children that carry the stamp of the merge.
    async fn revive_moved(
        &self,
        facts: &Facts,
        kind: RecordKind,
        keep: i64,
        lose: i64,
    ) -> Result<(), ConnectorError> {
        let found = self.fetch(facts, kind, &[keep, lose]).await?;
        let row = |id: i64| rows(&found).find(|row| row.id() == id);
        let merged_at = row(lose).and_then(Row::changed_at);
        let survivor = row(keep);
        let moved = CHANNELS.map(|(children, model)| {
            let rows = survivor.into_iter().flat_map(|row| row.children(children));
            let silenced = rows.filter(|row| !row.is_active() && row.changed_at() == merged_at);
            (model, silenced.map(Row::id).collect())
        });
        self.revive(facts, &moved).await
    }

    async fn revive(&self, facts: &Facts, channels: &[(&str, Vec<i64>)]) -> Result<(), ConnectorError> {
        for (model, ids) in channels.iter().filter(|(_, ids)| !ids.is_empty()) {
            let method = format!("model.{model}.write");
            let params: [Json; 2] = [json!(ids), json!({"active": true})];
            let answer = self.client.call(&method, &params, &facts.context()).await;
            answer.map_err(|error| self.client.whole(error))?;
        }
        Ok(())
    }

    fn no_such_party(&self) -> ConnectorError {
        ConnectorError::Refused { system: self.name(), why: "there is no such party".to_owned() }
    }
}

/// The channels of a party that are in use.
fn live_channels(party: Row<'_>) -> [(&'static str, Vec<i64>); 2] {
    CHANNELS.map(|(children, model)| (model, party::active(party, children).map(Row::id).collect()))
}
