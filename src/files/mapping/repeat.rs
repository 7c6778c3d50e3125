//! Elements that repeat in a row: `Guest[*]/Name` stands for the name of every guest, `Guest[+]/Name` for those behind
//! the first. Such a rule is written out for each of them before it is checked.

use super::settings::{FileMapping, Rule, Rules, When};

/// So many of an element are looked for.
const MOST: usize = 20;
const EVERY: &str = "[*]";
const FURTHER: &str = "[+]";

impl FileMapping {
    /// The mapping, written out: for each record of a row where its id repeats, and with each rule that does.
    pub(crate) fn repeated(self) -> Vec<Self> {
        let repeats = |mark| any(&self.id, mark);
        let numbers = match (repeats(EVERY), repeats(FURTHER)) {
            (false, false) => return vec![self.written_out()],
            (true, _) => 1..=MOST,
            (false, true) => 2..=MOST,
        };
        numbers.map(|number| self.nth(number)).collect()
    }

    fn written_out(self) -> Self {
        let fields = self.fields.into_iter().map(|(key, rules)| (key, rules.written_out())).collect();
        Self { fields, ..self }
    }

    fn nth(&self, number: usize) -> Self {
        let nth = |rules: &Rules| Rules(rules.0.iter().map(|rule| rule.nth(number)).collect());
        Self {
            id: nth(&self.id),
            modified_at: self.modified_at.as_ref().map(nth),
            fields: self.fields.iter().map(|(key, rules)| (key.clone(), nth(rules))).collect(),
            when: self.when.as_ref().map(|when| when.nth(number)),
            ..self.clone()
        }
    }
}

impl Rules {
    fn written_out(self) -> Self {
        let written = |rule: Rule| -> Vec<Rule> {
            let one = Self(vec![rule]);
            let first = match (any(&one, EVERY), any(&one, FURTHER)) {
                (false, false) => return one.0,
                (true, _) => 1,
                (false, true) => 2,
            };
            (first..=MOST).flat_map(|number| one.0.iter().map(move |rule| rule.nth(number))).collect()
        };
        Self(self.0.into_iter().flat_map(written).collect())
    }
}

impl Rule {
    /// The rule for the nth of what repeats. Its number is the entry's.
    fn nth(&self, number: usize) -> Self {
        let text = |text: &String| nth(text, number);
        let mut rule = Self {
            column: self.column.as_ref().map(text),
            columns: self.columns.iter().map(text).collect(),
            prefix: self.prefix.as_ref().map(text),
            count: self.count.as_ref().map(text),
            currency_column: self.currency_column.as_ref().map(text),
            by: self.by.as_ref().map(text),
            region_columns: self.region_columns.iter().map(text).collect(),
            when: self.when.as_ref().map(|when| when.nth(number)),
            ..self.clone()
        };
        rule.parts = self
            .parts
            .iter()
            .map(|(name, rules)| (name.clone(), Rules(rules.0.iter().map(|rule| rule.nth(number)).collect())))
            .collect();
        if rule.ordinal {
            (rule.ordinal, rule.constant) = (false, Some(number.to_string()));
        }
        rule
    }
}

impl When {
    fn nth(&self, number: usize) -> Self {
        Self { column: nth(&self.column, number), ..self.clone() }
    }
}

/// The first of several has no number.
fn nth(text: &str, number: usize) -> String {
    let place = if number == 1 { String::new() } else { format!("[{number}]") };
    text.replace(EVERY, &place).replace(FURTHER, &place)
}

fn any(rules: &Rules, mark: &str) -> bool {
    rules.0.iter().any(|rule| {
        rule.column.iter().chain(&rule.columns).any(|column| column.contains(mark))
            || rule.parts.values().any(|rules| any(rules, mark))
    })
}
