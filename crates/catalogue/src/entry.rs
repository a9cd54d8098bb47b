//! What the catalogue tells of each thing in it. It does not know how that is shown.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use sluice_rule::{Action, Connector, Rule};
use sluice_sink::{Health, SinkStats};

/// Who may change a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Whoever edits this file of the rules folder; a path.
    File(String),
    /// Whoever uploads this rule file again; its name.
    Uploaded(String),
    /// Anybody with access to REST.
    Rest,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {path}"),
            Self::Uploaded(name) => write!(f, "the uploaded rule file {name}"),
            Self::Rest => f.write_str("REST"),
        }
    }
}

/// A rule.
#[derive(Clone, Debug)]
pub struct RuleEntry {
    /// The rule itself.
    pub rule: Arc<Rule>,
    /// Who may change it.
    pub owner: Owner,
    /// When it was made; for a rule of a file, when it was first read.
    pub created_at: SystemTime,
    /// When its content last changed.
    pub last_modified_at: SystemTime,
    /// What is doubtful about it.
    pub warnings: Vec<String>,
    /// Why it, or one of its actions, is not in force although it is enabled:
    /// ``connector `warehouse` is not configured``.
    pub problem: Option<String>,
    /// By place in [`Rule::actions`].
    pub actions: Vec<ActionEntry>,
}

/// A connector.
#[derive(Clone, Debug)]
pub struct ConnectorEntry {
    /// The connector itself.
    pub connector: Connector,
    /// Who may change it.
    pub owner: Owner,
    /// How its link fares; none where it has none.
    pub health: Option<Health>,
    /// Why it has no link although it is enabled.
    pub problem: Option<String>,
    /// The actions that go through it: `<rule id>.<action name>`, or `<type>:<name>` of one that
    /// stands by itself.
    pub used_by: Vec<String>,
}

/// An action: one of a rule, or one that stands by itself and that rules may name.
#[derive(Clone, Debug)]
pub struct ActionEntry {
    /// `<type>:<rule id>.<action name>`, or `<type>:<name>` of one that stands by itself.
    pub id: String,
    /// The action itself.
    pub action: Arc<Action>,
    /// The rules that have it.
    pub rules: Vec<String>,
    /// The names of its buffers: one for each time that a rule has it.
    pub buffers: Vec<String>,
    /// Whether it is enabled itself; its rule may not be.
    pub enabled: bool,
    /// What became of its rows, over all `rules`; none where it has no buffer.
    pub stats: Option<SinkStats>,
    /// How its buffer fares, the worst of all `rules`.
    pub health: Option<Health>,
}

/// A rule file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFileEntry {
    /// With its ending: `lab.toml`.
    pub name: String,
    /// The ids of its rules.
    pub rules: Vec<String>,
    /// The names of its connectors.
    pub connectors: Vec<String>,
    /// How long it is.
    pub bytes: usize,
    /// What is doubtful, with its place.
    pub warnings: Vec<String>,
}
