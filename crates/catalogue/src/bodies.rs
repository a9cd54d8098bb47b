//! How bodies sent over REST become rules, connectors and actions. Until their JSON forms can be
//! read every body is refused, by name; it does not know who sends them.

use std::sync::Arc;

use serde_json::Value;
use sluice_rule::{Action, Connector, Rule};

pub(crate) struct FromJson<T> {
    pub(crate) value: T,
    pub(crate) warnings: Vec<JsonProblem>,
}

pub(crate) struct JsonProblem {
    pub(crate) path: String,
    pub(crate) message: String,
}

pub(crate) struct JsonErrors(pub(crate) Vec<JsonProblem>);

impl std::fmt::Display for JsonErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|problem| write!(f, "{}: {}", problem.path, problem.message))
    }
}

pub(crate) fn rule_from_json(
    _: &str,
    _: &Value,
    _: &dyn Fn(&str) -> Option<Arc<Action>>,
) -> Result<FromJson<Rule>, JsonErrors> {
    Err(refused())
}

pub(crate) fn connector_from_json(_: &str, _: &Value) -> Result<FromJson<Connector>, JsonErrors> {
    Err(refused())
}

pub(crate) fn action_from_json(_: &str, _: &Value) -> Result<FromJson<Action>, JsonErrors> {
    Err(refused())
}

fn refused() -> JsonErrors {
    let message = "no JSON forms can be read by this build".to_owned();
    JsonErrors(vec![JsonProblem { path: String::new(), message }])
}
