//! What a rule yields: one selected row. It does not know the rule.

use crate::{Key, Map, Value};

/// A row: named values in the order of the `SELECT`. Cloning is cheap.
#[derive(Clone, Debug)]
// Always a `Value::Map`, so that templates and JSON see a plain value.
pub struct Record(Value);

/// A value that is no map cannot be a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row is a map, not a {0}")]
pub struct NotAMap(pub &'static str);

impl Record {
    /// A row of these names and values.
    #[must_use]
    pub fn new(map: Map) -> Self {
        Self(Value::from(map))
    }

    /// The row as a map value.
    #[must_use]
    pub const fn as_value(&self) -> &Value {
        &self.0
    }

    /// The row as a map value.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0
    }

    /// The value named `key`; `None` where the row has none.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get_ref(key)
    }

    /// Names and values in order.
    pub fn entries(&self) -> impl Iterator<Item = (&Key, &Value)> {
        let map = if let Value::Map(map) = &self.0 { Some(map) } else { None };
        map.into_iter().flat_map(|map| map.entries())
    }

    /// The row as a JSON object, without undefined values.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// Appends [`Record::to_json`].
    pub fn write_json(&self, out: &mut Vec<u8>) {
        self.0.write_json(out);
    }
}

impl Default for Record {
    fn default() -> Self {
        Self::new(Map::new())
    }
}

impl From<Map> for Record {
    fn from(map: Map) -> Self {
        Self::new(map)
    }
}

impl TryFrom<Value> for Record {
    type Error = NotAMap;

    fn try_from(value: Value) -> Result<Self, NotAMap> {
        match value {
            Value::Map(_) => Ok(Self(value)),
            Value::Undefined
            | Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::BigInteger(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::List(_) => Err(NotAMap(value.type_name())),
        }
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
