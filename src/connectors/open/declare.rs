//! What a system declares of itself, in the contract's words: kinds, fields, batch sizes, rate.
//!
//! [`Declaration`] has the shape of the answer to `GET /v1/capabilities`, so that an operator can carry the one over
//! into the settings; `check` compares the two.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::capabilities::{MergeSupport, Stream};
use crate::model::field::Registry;
use crate::model::form::{Case, Keeps, Limit};
use crate::model::{
    Audience, Capabilities, Direction, FieldCapability, FieldDef, FieldKey, Form, Guard, KindCapabilities,
    RateLimit, RecordKind,
};

/// The kinds of record that the contract has.
pub(super) const KINDS: [RecordKind; 4] =
    [RecordKind::Company, RecordKind::Agency, RecordKind::Person, RecordKind::Reservation];

/// What a system can do, in the contract's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the words of the contract, each on its own")]
pub(super) struct Declaration {
    pub(super) contract: u32,
    pub(super) kinds: BTreeMap<String, KindDeclaration>,
    pub(super) read_batch: usize,
    pub(super) write_batch: usize,
    pub(super) batch_is_atomic: bool,
    pub(super) versions: bool,
    pub(super) finds_by_hub_id: bool,
    pub(super) merge: Merge,
    /// Whether `quiet` is heeded.
    pub(super) suppress: bool,
    pub(super) rate: Rate,
}

impl Default for Declaration {
    fn default() -> Self {
        Self {
            contract: 1,
            kinds: KINDS.iter().map(|kind| (kind.name().to_owned(), KindDeclaration::default())).collect(),
            read_batch: 100,
            write_batch: 100,
            batch_is_atomic: false,
            versions: true,
            finds_by_hub_id: true,
            merge: Merge::Full,
            suppress: true,
            rate: Rate::default(),
        }
    }
}

/// What a system can do with one kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the words of the contract, each on its own")]
pub(super) struct KindDeclaration {
    pub(super) read: bool,
    pub(super) create: bool,
    /// Whether records that cardex has created can be taken back.
    pub(super) withdraw: bool,
    /// Whether it has a change feed; else only sweeps find changes.
    pub(super) changes: bool,
    /// Its fields; without this, every field of the kind but those of special categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fields: Option<BTreeMap<String, FieldDeclaration>>,
}

impl Default for KindDeclaration {
    fn default() -> Self {
        Self { read: true, create: true, withdraw: false, changes: true, fields: None }
    }
}

/// What a system can do with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FieldDeclaration {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) clearable: bool,
    pub(super) form: FormDeclaration,
}

impl Default for FieldDeclaration {
    fn default() -> Self {
        Self { read: true, write: true, clearable: true, form: FormDeclaration::default() }
    }
}

/// What a system does to the values of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FormDeclaration {
    pub(super) case: CaseName,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_chars: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) slots: Option<usize>,
    pub(super) single_line: bool,
    pub(super) instant_step_seconds: u32,
    /// Attributes of an e-mail, phone or address that are not kept.
    pub(super) drops: Vec<Attribute>,
}

/// What becomes of upper and lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CaseName {
    #[default]
    Kept,
    Capitalised,
    Upper,
    Lower,
}

/// An attribute of an e-mail, phone or address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Attribute {
    Label,
    Primary,
    Verified,
    Typed,
    Region,
}

/// How a system merges its own records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Merge {
    None,
    Seen,
    Full,
}

/// At most `calls` in any window of `per_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    pub(super) calls: u32,
    pub(super) per_seconds: u64,
}

impl Default for Rate {
    fn default() -> Self {
        Self { calls: 100, per_seconds: 1 }
    }
}

impl Declaration {
    /// What the hub takes the system to be able to do.
    ///
    /// # Errors
    /// Names a kind or field that does not exist.
    pub(super) fn capabilities(&self, registry: &Registry) -> Result<Capabilities, String> {
        let mut kinds = BTreeMap::new();
        let mut streams = Vec::new();
        for (name, declared) in &self.kinds {
            let known = RecordKind::parse(name).filter(|kind| KINDS.contains(kind));
            let kind = known.ok_or_else(|| format!("`kinds.{name}`: the contract has no such kind"))?;
            if declared.read && declared.changes {
                streams.push(Stream { name: SmolStr::new(name), kind });
            }
            kinds.insert(kind, declared.capabilities(registry, kind)?);
        }
        streams.sort_by_key(|stream| stream.kind.rank());
        Ok(Capabilities {
            kinds,
            streams,
            guard: if self.versions { Guard::Version } else { Guard::ReadCompare },
            read_batch: self.read_batch,
            write_batch: self.write_batch,
            batch_is_atomic: self.batch_is_atomic,
            finds_by_hub_id: self.finds_by_hub_id,
            merge: match self.merge {
                Merge::None => MergeSupport::None,
                Merge::Seen => MergeSupport::Seen,
                Merge::Full => MergeSupport::Full,
            },
            suppress: self.suppress,
            rate: RateLimit { calls: self.rate.calls, per: Duration::from_secs(self.rate.per_seconds) },
        })
    }
}

impl KindDeclaration {
    fn capabilities(&self, registry: &Registry, kind: RecordKind) -> Result<KindCapabilities, String> {
        let fields = match &self.fields {
            None => registry
                .fields(kind)
                .filter(|field| is_in_the_contract(field))
                .map(|field| (field.key.clone(), FieldDeclaration::default().capability()))
                .collect(),
            Some(declared) => declared
                .iter()
                .map(|(name, field)| {
                    let key = FieldKey::new(name.as_str());
                    let known = registry.field(kind, &key).is_some();
                    let declared = known.then(|| (key, field.capability()));
                    declared.ok_or_else(|| format!("`kinds.{kind}.fields.{name}`: there is no such field"))
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(KindCapabilities { read: self.read, create: self.create, withdraw: self.withdraw, fields })
    }
}

/// Whether a field is spoken of when nothing is said: special categories have to be asked for by name.
fn is_in_the_contract(field: &FieldDef) -> bool {
    field.audience != Audience::SpecialCategory && field.direction != Direction::Hub
}

impl FieldDeclaration {
    fn capability(&self) -> FieldCapability {
        let drops = |attribute| self.form.drops.contains(&attribute);
        let form = Form {
            case: match self.form.case {
                CaseName::Kept => Case::Kept,
                CaseName::Capitalised => Case::Capitalised,
                CaseName::Upper => Case::Upper,
                CaseName::Lower => Case::Lower,
            },
            limit: self.form.max_chars.map_or(Limit::None, Limit::Chars),
            slots: self.form.slots,
            keeps: Keeps {
                label: !drops(Attribute::Label),
                primary: !drops(Attribute::Primary),
                verified: !drops(Attribute::Verified),
                typed: !drops(Attribute::Typed),
                region: !drops(Attribute::Region),
            },
            single_line: self.form.single_line,
            instant_step_seconds: self.form.instant_step_seconds,
            ..Form::default()
        };
        FieldCapability { read: self.read, write: self.write, clearable: self.clearable, dated: false, form }
    }
}
