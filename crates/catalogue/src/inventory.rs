//! All rules and connectors there are, each with its one owner, whoever wrote them. It does not
//! know which of them can be in force.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sluice_rule::{Action, ActionKind, Connector, Rule, RuleId};

use crate::entry::Owner;
use crate::folder::RuleFolder;
use crate::report::{Place, Report};

/// All rules and connectors. Of two with one name the one that was added first stays.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    /// In the order in which they were added.
    pub(crate) rules: Vec<ListedRule>,
    /// By name.
    pub(crate) connectors: BTreeMap<String, ListedConnector>,
    /// Those that were left out.
    pub(crate) clashes: Vec<Report>,
    places: HashMap<RuleId, usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct ListedRule {
    pub(crate) rule: Arc<Rule>,
    pub(crate) owner: Owner,
    pub(crate) warnings: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct ListedConnector {
    pub(crate) connector: Connector,
    pub(crate) owner: Owner,
}

impl Inventory {
    pub(crate) fn add_rule(&mut self, listed: ListedRule) {
        match self.rule(listed.rule.id.as_str()) {
            None => {
                self.places.insert(listed.rule.id.clone(), self.rules.len());
                self.rules.push(listed);
            }
            Some(first) => {
                let clash = Report::RuleClash {
                    id: listed.rule.id.to_string(),
                    first: rule_place(first),
                    second: rule_place(&listed),
                };
                self.clashes.push(clash);
            }
        }
    }

    pub(crate) fn add_connector(&mut self, listed: ListedConnector) {
        match self.connectors.get(&listed.connector.name) {
            None => {
                self.connectors.insert(listed.connector.name.clone(), listed);
            }
            Some(first) => self.clashes.push(Report::ConnectorClash {
                name: listed.connector.name.clone(),
                first: connector_place(first),
                second: connector_place(&listed),
            }),
        }
    }

    /// Adds what the files of a folder hold: by file, then in the file's order. `owner` is given a
    /// file's name and what messages call it.
    pub(crate) fn add_folder(&mut self, folder: &RuleFolder, owner: impl Fn(&str, &str) -> Owner) {
        for (name, file) in folder.files() {
            for rule in &file.rules {
                self.add_rule(ListedRule {
                    rule: Arc::clone(rule),
                    owner: owner(name, &rule.file),
                    warnings: file.warnings_of(rule),
                });
            }
            for connector in &file.connectors {
                let (connector, owner) = (connector.clone(), owner(name, &connector.file));
                self.add_connector(ListedConnector { connector, owner });
            }
        }
    }

    pub(crate) fn rule(&self, id: &str) -> Option<&ListedRule> {
        let id: RuleId = id.parse().ok()?;
        self.rules.get(*self.places.get(&id)?)
    }

    /// The actions that go through the connector: `<rule id>.<action name>`.
    pub(crate) fn users_of(&self, connector: &str) -> Vec<String> {
        let of_rule = |listed: &ListedRule| {
            let actions = listed.rule.actions.iter();
            let own = actions.filter(|action| connector_of(action) == Some(connector));
            own.map(|action| sink_name(&listed.rule, action)).collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(of_rule).collect()
    }

    /// Every action that names a connector which is not there, or is of another type.
    pub(crate) fn misnamed_connectors(&self) -> Vec<Report> {
        let of_rule = |listed: &ListedRule| {
            let rule = Arc::clone(&listed.rule);
            let found = rule.actions.iter().filter_map(|action| self.misnamed(&rule, action));
            found.collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(of_rule).collect()
    }

    fn misnamed(&self, rule: &Rule, action: &Action) -> Option<Report> {
        let name = connector_of(action)?;
        let place = Place::new(&rule.file, action.line);
        match self.connectors.get(name) {
            None => Some(Report::ConnectorMissing {
                place,
                action: sink_name(rule, action),
                connector: name.to_owned(),
            }),
            Some(found) => {
                let connector_type = found.connector.kind.type_name();
                let action_type = action.kind.type_name();
                (connector_type != action_type).then(|| Report::ConnectorOfAnotherType {
                    place,
                    action: sink_name(rule, action),
                    action_type,
                    connector: name.to_owned(),
                    connector_type,
                    connector_place: connector_place(found),
                })
            }
        }
    }
}

/// The connector that an action goes through. A republish goes through none, whatever it names.
pub(crate) fn connector_of(action: &Action) -> Option<&str> {
    match action.kind {
        ActionKind::Republish(_) => None,
        ActionKind::Postgres(_) | ActionKind::Webhook(_) | ActionKind::Kafka(_) => {
            action.connector.as_deref()
        }
    }
}

/// What the buffer of an action is called.
pub(crate) fn sink_name(rule: &Rule, action: &Action) -> String {
    format!("{}.{}", rule.id, action.name)
}

fn rule_place(listed: &ListedRule) -> Place {
    place(&listed.owner, &listed.rule.file, listed.rule.line)
}

fn connector_place(listed: &ListedConnector) -> Place {
    place(&listed.owner, &listed.connector.file, listed.connector.line)
}

fn place(owner: &Owner, file: &Arc<str>, line: usize) -> Place {
    match owner {
        Owner::File(_) | Owner::Uploaded(_) => Place::new(file, line),
        Owner::Rest => Place::rest(),
    }
}
