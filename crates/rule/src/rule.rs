//! A rule: its text, the plan made of it, and what to do with each row. It does not know which
//! other rules there are.

use std::sync::Arc;

use sluice_sql::{Plan, Source};
use sluice_value::Map;

use crate::{
    Action, ActionKind, RuleId, action::BufferMode, given::GivenEvent, source::is_raised_source,
};

/// A compiled rule; immutable and shared between workers.
#[derive(Debug)]
pub struct Rule {
    /// Unique among all rules; also the client identifier of what it republishes.
    pub id: RuleId,
    /// For people.
    pub description: String,
    /// As written.
    pub sql: String,
    /// Compiled from `sql`.
    pub plan: Plan,
    /// A disabled rule is listed and never evaluated.
    pub enabled: bool,
    /// Whether its actions are carried out.
    pub mode: Mode,
    /// What a publisher's acknowledgement waits for, where the file says so.
    pub ack: Option<Ack>,
    /// In order.
    pub actions: Vec<Action>,
    /// Entries of `actions` that name an action which stands by itself, in order.
    pub references: Vec<ActionReference>,
    /// Run by `sluice rules test`.
    pub tests: Vec<RuleTest>,
    /// The file's name as it was given to the parser.
    pub file: Arc<str>,
    /// The line there, counted from 1.
    pub line: usize,
}

/// An entry of `actions` over REST that names an action which stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionReference {
    /// Its place in the list as it was written.
    pub position: usize,
    /// As it was written: `pgsql:name`.
    pub id: String,
    /// Its place in [`Rule::actions`], where there is such an action.
    pub place: Option<usize>,
}

/// Whether the actions of a rule are carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are.
    #[default]
    Live,
    /// They are not: the rule is only evaluated and counted.
    Shadow,
}

/// What a publisher's acknowledgement waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// Not for this rule.
    Received,
    /// Until the rows are in the log of this machine.
    Enqueued,
    /// Until the remote system confirmed them, or they are dead letters.
    Delivered,
}

/// One `[[test]]` case.
#[derive(Clone, Debug)]
pub struct RuleTest {
    /// What it shows, where the file says so.
    pub description: Option<String>,
    /// The event.
    pub given: GivenEvent,
    /// The columns of the event that were given, as they were.
    pub written: Map,
    /// What must come of it.
    pub expected: Expectation,
    /// The line in the rule's file, counted from 1.
    pub line: usize,
}

/// What must come of an event.
#[derive(Clone, Debug)]
pub enum Expectation {
    /// As many rows, each with these values under these keys; other keys are free.
    Rows(Vec<Map>),
    /// The evaluation fails with an error that holds this text.
    Error(String),
}

impl Ack {
    /// The name in rule files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Enqueued => "enqueued",
            Self::Delivered => "delivered",
        }
    }
}

impl Rule {
    /// The enabled actions with their place in [`Rule::actions`], in order.
    pub fn enabled_actions(&self) -> impl Iterator<Item = (usize, &Action)> {
        self.actions.iter().enumerate().filter(|(_, action)| action.enabled)
    }

    /// What the rule says and this version accepts, but does not do yet: one text for each, fit for
    /// a log line.
    #[must_use]
    pub fn without_effect(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.ack == Some(Ack::Delivered) {
            found.push(
                "`ack = \"delivered\"`: an acknowledgement waits for no destination".to_owned(),
            );
        }
        found.extend(self.plan.from().iter().filter_map(without_events));
        for action in &self.actions {
            found.extend(action.without_effect());
        }
        found
    }
}

/// Says so where a source of FROM never has an event.
fn without_events(source: &Source) -> Option<String> {
    match source {
        Source::Event(name) => (!is_raised_source(name))
            .then(|| format!("FROM \"{name}\" (the event is never raised)")),
        Source::Topic(_) => None,
    }
}

impl Action {
    fn without_effect(&self) -> Vec<String> {
        let name = &self.name;
        let ActionKind::Republish(_) = &self.kind else {
            let mode = self.buffer.as_ref().and_then(|buffer| buffer.mode);
            let on_disk = (mode == Some(BufferMode::Disk)).then(|| {
                format!("`buffer.mode = \"disk\"` of action `{name}`: its rows wait in memory")
            });
            return on_disk.into_iter().collect();
        };
        let keys = [
            ("connector", self.connector.is_some()),
            ("buffer", self.buffer.is_some()),
            ("batch", self.batch.is_some()),
            ("lanes", self.lanes.is_some()),
        ];
        let present = keys.into_iter().filter(|(_, present)| *present);
        present.map(|(key, _)| format!("`{key}` of action `{name}`")).collect()
    }
}
