//! What has to change so that a router has what files hold. It does not ask or change anything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::local::{Item, Local};
use super::shape;

/// What has to change, in the order in which it is done.
#[derive(Debug, Default)]
pub(super) struct Plan<'l> {
    pub(super) connectors: Vec<Step<'l>>,
    pub(super) rules: Vec<Step<'l>>,
    /// Rules of the router that none of the files holds, as it has them.
    pub(super) surplus: Vec<(String, Value)>,
}

/// What becomes of one rule or connector.
#[derive(Debug)]
pub(super) struct Step<'l> {
    pub(super) item: &'l Item,
    pub(super) change: Change,
}

/// How a rule or connector of the files differs from what the router has.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    Create,
    /// From what it is.
    Update(Value),
    /// It looks the same, but holds secrets that nobody is shown: it is sent again.
    Unseen,
    None,
}

/// Compares what files hold with the router's answers.
pub(super) fn plan<'l>(local: &'l Local, connectors: &[Value], rules: &[Value]) -> Plan<'l> {
    let connectors = named(connectors, "name");
    let rules = named(rules, "id");
    let step = |item: &'l Item, present: Option<Value>| {
        let change = match present {
            None => Change::Create,
            Some(present) if present != item.shown => Change::Update(present),
            Some(_) if item.shown != item.body => Change::Unseen,
            Some(_) => Change::None,
        };
        Step { item, change }
    };
    let wanted: BTreeSet<_> = local.rules.iter().map(|item| item.name.as_str()).collect();
    Plan {
        connectors: local
            .connectors
            .iter()
            .map(|item| step(item, connectors.get(&*item.name).map(|it| shape::connector(it))))
            .collect(),
        rules: local
            .rules
            .iter()
            .map(|item| step(item, rules.get(&*item.name).map(|it| shape::rule(&item.name, it))))
            .collect(),
        surplus: rules
            .iter()
            .filter(|(id, answer)| !wanted.contains(*id) && !is_of_a_file(answer))
            .map(|(id, answer)| ((*id).to_owned(), shape::rule(id, answer)))
            .collect(),
    }
}

fn named<'v>(values: &'v [Value], key: &str) -> BTreeMap<&'v str, &'v Value> {
    values.iter().filter_map(|value| Some((value.get(key)?.as_str()?, value))).collect()
}

/// Whether a file on the router's disk owns the rule: then nobody else changes it.
fn is_of_a_file(answer: &Value) -> bool {
    answer.get("owner").is_some_and(|owner| owner != "rest")
}
