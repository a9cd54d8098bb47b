//! What the answers about rules, actions and connectors have in common. It does not know what any
//! of them is.

use serde_json::{Map, Value, json};
use sluice_catalogue::{ActionEntry, Owner};
use sluice_sink::Health;

/// The members of an object; a value that is none has none.
pub(crate) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// Adds members, in the place of those of the same name.
pub(crate) fn add<const N: usize>(object: &mut Map<String, Value>, more: [(&str, Value); N]) {
    object.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
}

/// Takes out of a body what answers say beyond what a thing is, so that an answer can be changed
/// and sent back.
pub(crate) fn without_report(mut body: Value) -> Value {
    if let Value::Object(members) = &mut body {
        members.retain(|name, _| !REPORT.contains(&name.as_str()));
    }
    body
}

const REPORT: &[&str] = &[
    "actions",
    "created_at",
    "file",
    "id",
    "last_modified_at",
    "node_status",
    "owner",
    "problem",
    "rules",
    "sources",
    "status",
    "status_reason",
];

/// Tells who may change a thing: nothing for what is made over REST.
pub(crate) fn add_owner(object: &mut Map<String, Value>, owner: &Owner) {
    match owner {
        Owner::File(path) => {
            add(object, [("owner", "file".into()), ("file", path.as_str().into())])
        }
        Owner::Uploaded(name) => {
            add(object, [("owner", "rule_file".into()), ("file", name.as_str().into())]);
        }
        Owner::Rest => add(object, [("owner", "rest".into())]),
    }
}

/// Tells how a link or a buffer fares, under EMQX's names.
pub(crate) fn add_health(object: &mut Map<String, Value>, node: &str, health: Option<&Health>) {
    add_status(object, node, health, "disconnected");
}

/// The same for an action: what goes through no connector is always connected.
pub(crate) fn add_action_health(object: &mut Map<String, Value>, node: &str, entry: &ActionEntry) {
    let needs_link = entry.action.connector.is_some();
    let without = if needs_link { "disconnected" } else { "connected" };
    add_status(object, node, entry.health.as_ref(), without);
}

fn add_status(
    object: &mut Map<String, Value>,
    node: &str,
    health: Option<&Health>,
    without: &'static str,
) {
    let status = health.map_or(without, |health| health.status.as_str());
    let reason = health.and_then(|health| health.reason.as_deref()).unwrap_or_default();
    add(
        object,
        [
            ("status", status.into()),
            ("status_reason", reason.into()),
            ("node_status", json!([{"node": node, "status": status, "status_reason": reason}])),
        ],
    );
}

/// Counts of a thing, summed up and by node, of which there is one.
pub(crate) fn metrics(node: &str, metrics: Map<String, Value>) -> Map<String, Value> {
    let mut answer = Map::new();
    add(
        &mut answer,
        [
            ("node_metrics", json!([{"node": node, "metrics": &metrics}])),
            ("metrics", metrics.into()),
        ],
    );
    answer
}
