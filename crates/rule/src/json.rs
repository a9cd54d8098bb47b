//! Rules, connectors and actions as JSON: the shapes of rule files, and EMQX's own. It does not
//! know who sends a body or keeps it.

use std::{fmt, sync::Arc};

use serde_json::Value;

use crate::{
    Action, Connector, Rule,
    file::{self, Findings, Source},
};

mod places;
mod secrets;
mod templates;
mod tree;
mod write;
mod write_action;
mod write_connector;

pub use secrets::{MASK, Secrets};

pub(crate) use places::Places;
pub(crate) use secrets::{REFUSED, STILL_MASKED};

/// What a body says, and what is doubtful about it.
#[derive(Clone, Debug)]
pub struct FromJson<T> {
    /// As the body has it.
    pub value: T,
    /// In the order of the body.
    pub warnings: Vec<JsonProblem>,
}

/// One thing that is wrong or doubtful in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonProblem {
    /// Where: `actions[0].topic`; empty for the body as a whole.
    pub path: String,
    /// One sentence without a full stop.
    pub message: String,
}

/// Everything that is wrong in one body, at most 100 places of it; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct JsonErrors(pub Vec<JsonProblem>);

impl JsonProblem {
    /// Whether it is that a body would read a secret of this machine.
    #[must_use]
    pub fn reads_secrets(&self) -> bool {
        self.message == REFUSED
    }
}

impl JsonErrors {
    /// Whether a body would read a secret of this machine.
    #[must_use]
    pub fn reads_secrets(&self) -> bool {
        self.0.iter().any(JsonProblem::reads_secrets)
    }
}

impl fmt::Display for JsonProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, message } = self;
        if path.is_empty() { f.write_str(message) } else { write!(f, "{path}: {message}") }
    }
}

impl fmt::Display for JsonErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// Reads the body of the rule `id`. An entry `"pgsql:name"` of its actions stands for what
/// `standalone` gives for that text; where it gives nothing the rule is made without, and warned
/// of.
///
/// # Errors
///
/// Everything that is wrong.
pub fn rule_from_json(
    id: &str,
    body: &Value,
    standalone: StandaloneActions<'_>,
) -> Result<FromJson<Rule>, JsonErrors> {
    read(body, |tree, findings| file::rule_of_json(id, tree, standalone, findings))
}

/// Reads the body of the connector `name`.
///
/// # Errors
///
/// Everything that is wrong.
pub fn connector_from_json(name: &str, body: &Value) -> Result<FromJson<Connector>, JsonErrors> {
    read(body, |tree, findings| file::connector_of_json(name, tree, findings))
}

/// Reads the body of the action `name` that stands by itself until rules name it.
///
/// # Errors
///
/// Everything that is wrong.
pub fn action_from_json(name: &str, body: &Value) -> Result<FromJson<Action>, JsonErrors> {
    read(body, |tree, findings| file::action_of_json(name, tree, findings))
}

fn read<T>(
    body: &Value,
    reader: impl FnOnce(file::Node, &mut Findings<'_>) -> Option<T>,
) -> Result<FromJson<T>, JsonErrors> {
    let tree = tree::Tree::of(body).map_err(|problem| JsonErrors(vec![problem]))?;
    let source = Source::of_json("REST", &tree.text, &tree.places);
    let mut findings = Findings::new(&source);
    file::refuse_secrets(&tree.root, &mut findings);
    let value = reader(tree.root, &mut findings);
    let (errors, warnings) = findings.into_problems();
    match value {
        Some(value) if errors.is_empty() => Ok(FromJson { value, warnings }),
        Some(_) | None => Err(JsonErrors(errors)),
    }
}

/// Actions that stand by themselves, by the text that names one.
pub type StandaloneActions<'l> = &'l dyn Fn(&str) -> Option<Arc<Action>>;

#[cfg(test)]
mod tests;
