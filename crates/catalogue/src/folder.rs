//! Decides which rules are live, given the texts of a folder's files again and again. It does not
//! know the disk, nor who asks.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use sluice_rule::{Action, ActionKind, Connector, Rule, RuleFile, RuleId};

use crate::report::{Place, Report};

/// What was found under a file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileText {
    /// Its text.
    Text(Arc<str>),
    /// It is there and cannot be used; why, in a few words.
    Unusable(String),
}

/// The rules of a folder. A file that is wrong keeps the rules it held before; it harms no other
/// file.
#[derive(Debug, Default)]
pub struct RuleFolder {
    /// By name: the order in which files win over one another.
    files: BTreeMap<String, HeldFile>,
    /// Told already: what lasts, such as a clash, is told once.
    told: HashSet<String>,
}

/// What a file gave.
#[derive(Debug, Default)]
struct HeldFile {
    /// As it was found last, whether good or not: it is looked at again only when that changes.
    found: Option<FileText>,
    /// Of its last good text.
    rules: Vec<Arc<Rule>>,
    /// Of its last good text.
    connectors: Vec<Connector>,
}

/// What follows from a look at the folder.
#[derive(Debug, Default)]
pub struct Update {
    /// The live rules, by file, then in the file's order; `None` where they are the same as before.
    pub rules: Option<Vec<Arc<Rule>>>,
    /// The live connectors.
    pub connectors: Vec<Connector>,
    /// What an operator should know, in the order of the files.
    pub reports: Vec<Report>,
}

impl RuleFolder {
    /// Takes what the folder holds now, by file name. `show` makes of a name what messages call the
    /// file.
    pub fn apply(
        &mut self,
        mut found: BTreeMap<String, FileText>,
        show: impl Fn(&str) -> String,
    ) -> Update {
        let mut update = Update::default();
        let before: Vec<Arc<Rule>> = self.live(&mut Vec::new()).0;
        let gone: Vec<_> =
            self.files.keys().filter(|name| !found.contains_key(*name)).cloned().collect();
        for name in gone {
            let held = self.files.remove(&name).unwrap_or_default();
            update.reports.push(Report::Removed { file: show(&name), rules: held.rules.len() });
        }
        while let Some((name, text)) = found.pop_first() {
            let file = show(&name);
            self.files.entry(name).or_default().take(file, text, &mut update.reports);
        }
        let mut lasting = Vec::new();
        let (rules, connectors) = self.live(&mut lasting);
        check_connectors(&rules, &connectors, &mut lasting);
        let told = lasting.iter().map(ToString::to_string).collect();
        lasting.retain(|report| !self.told.contains(&report.to_string()));
        update.reports.extend(lasting);
        self.told = told;
        update.connectors = connectors;
        update.rules = (!same(&before, &rules)).then_some(rules);
        update
    }

    /// The rules and connectors in force. Of two with one name the first wins, by file name and
    /// then by place; the other one is told and left out.
    fn live(&self, clashes: &mut Vec<Report>) -> (Vec<Arc<Rule>>, Vec<Connector>) {
        let mut rules: Vec<Arc<Rule>> = Vec::new();
        let mut by_id: HashMap<RuleId, Arc<Rule>> = HashMap::new();
        let mut connectors: Vec<Connector> = Vec::new();
        let mut by_name: HashMap<&str, &Connector> = HashMap::new();
        for rule in self.files.values().flat_map(|file| &file.rules) {
            match by_id.get(&rule.id) {
                None => {
                    by_id.insert(rule.id.clone(), Arc::clone(rule));
                    rules.push(Arc::clone(rule));
                }
                Some(first) => clashes.push(Report::RuleClash {
                    id: rule.id.to_string(),
                    first: Place::new(&first.file, first.line),
                    second: Place::new(&rule.file, rule.line),
                }),
            }
        }
        for connector in self.files.values().flat_map(|file| &file.connectors) {
            match by_name.get(connector.name.as_str()) {
                None => {
                    by_name.insert(&connector.name, connector);
                    connectors.push(connector.clone());
                }
                Some(first) => clashes.push(Report::ConnectorClash {
                    name: connector.name.clone(),
                    first: Place::new(&first.file, first.line),
                    second: Place::new(&connector.file, connector.line),
                }),
            }
        }
        (rules, connectors)
    }
}

impl HeldFile {
    fn take(&mut self, file: String, found: FileText, reports: &mut Vec<Report>) {
        if self.found.as_ref() == Some(&found) {
            return;
        }
        let kept = self.rules.len();
        match &found {
            FileText::Unusable(reason) => {
                reports.push(Report::Unusable { file, reason: reason.clone(), kept });
            }
            FileText::Text(text) => match RuleFile::parse(&file, text) {
                Err(errors) => {
                    reports.push(Report::Wrong {
                        file,
                        errors: errors.diagnostics().to_vec(),
                        kept,
                    });
                }
                Ok(parsed) => {
                    reports.push(Report::loaded(&parsed));
                    self.rules = parsed.rules;
                    self.connectors = parsed.connectors;
                }
            },
        }
        self.found = Some(found);
    }
}

/// Every action that names a connector which is not there, or is of another type.
fn check_connectors(rules: &[Arc<Rule>], connectors: &[Connector], reports: &mut Vec<Report>) {
    let by_name: HashMap<&str, &Connector> =
        connectors.iter().map(|connector| (connector.name.as_str(), connector)).collect();
    for rule in rules {
        for action in rule.actions.iter().filter(|action| !is_republish(action)) {
            let Some(name) = action.connector.as_deref() else { continue };
            let place = Place::new(&rule.file, action.line);
            let action_name = format!("{}.{}", rule.id, action.name);
            match by_name.get(name) {
                None => reports.push(Report::ConnectorMissing {
                    place,
                    action: action_name,
                    connector: name.to_owned(),
                }),
                Some(found) if found.kind.type_name() == action.kind.type_name() => {}
                Some(found) => reports.push(Report::ConnectorOfAnotherType {
                    place,
                    action: action_name,
                    action_type: action.kind.type_name(),
                    connector: name.to_owned(),
                    connector_type: found.kind.type_name(),
                    connector_place: Place::new(&found.file, found.line),
                }),
            }
        }
    }
}

/// A republish goes through no connector, whatever it names.
const fn is_republish(action: &Action) -> bool {
    match action.kind {
        ActionKind::Republish(_) => true,
        ActionKind::Postgres(_) | ActionKind::Webhook(_) | ActionKind::Kafka(_) => false,
    }
}

fn same(before: &[Arc<Rule>], after: &[Arc<Rule>]) -> bool {
    before.len() == after.len() && before.iter().zip(after).all(|(a, b)| Arc::ptr_eq(a, b))
}

#[cfg(test)]
mod tests;
