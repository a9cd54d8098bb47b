//! What of a router's answer is the rule or connector itself, and how that is written for people.
//! It does not know routers.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use sluice_rule::rule_from_json;

/// A rule as a file would say it, out of a router's answer about it; what the router leaves out is
/// said as the default.
pub(super) fn rule(id: &str, answer: &Value) -> Value {
    let kept = only(answer, &RULE_KEYS);
    rule_from_json(id, &kept, &|_reference| None).map_or(kept, |read| read.value.to_json())
}

/// A connector as a file would say it, secrets masked.
pub(super) fn connector(answer: &Value) -> Value {
    only(answer, &CONNECTOR_KEYS)
}

/// The text of a rule file that holds the rule or connector; JSON where TOML has no word for a
/// value.
pub(super) fn written(section: &str, name: &str, value: &Value) -> String {
    let mut value = value.clone();
    if let Value::Object(map) = &mut value {
        // The header says it.
        map.remove("id");
        map.remove("name");
        map.retain(|_, value| !value.is_null());
    }
    let inner = Nested { key: name, value: &value };
    let outer = Nested { key: section, value: &inner };
    toml::to_string_pretty(&outer).unwrap_or_else(|_no_word| format!("{value:#}\n"))
}

fn only(answer: &Value, keys: &[&str]) -> Value {
    let found = keys.iter().filter_map(|key| Some(((*key).to_owned(), answer.get(key)?.clone())));
    Value::Object(found.collect::<Map<_, _>>())
}

/// `{key: value}`.
struct Nested<'v, T> {
    key: &'v str,
    value: &'v T,
}

impl<T: Serialize> Serialize for Nested<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.key, self.value)?;
        map.end()
    }
}

const RULE_KEYS: [&str; 8] =
    ["id", "description", "sql", "enable", "mode", "ack", "actions", "test"];

const CONNECTOR_KEYS: [&str; 15] = [
    "type",
    "name",
    "description",
    "enable",
    "url",
    "headers",
    "pool_size",
    "connect_timeout",
    "request_timeout",
    "ca_file",
    "bootstrap_servers",
    "acks",
    "compression",
    "tls",
    "sasl",
];
