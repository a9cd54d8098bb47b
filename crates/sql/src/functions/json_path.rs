//! JSONPath over values. It does not know SQL.

use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use jsonpath_rust::query::queryable::Queryable;
use sluice_value::{Key, Value, term_order};

use crate::functions::FunctionError;

/// A parsed JSONPath.
#[derive(Debug)]
pub(super) struct JsonPath {
    query: JpQuery,
    /// Whether a filter may look at the whole document again for every node it tests.
    looks_back: bool,
}

impl JsonPath {
    /// Parses `path`; refuses what could cost more than a message is worth: paths longer than
    /// 1024 bytes, deeply nested filters, and more than one `..`, whose results multiply.
    pub(super) fn parse(path: &str) -> Result<Self, FunctionError> {
        let wrong = |problem: String| FunctionError::new(format!("not a JSONPath: {problem}"));
        if path.len() > PATH_BYTES_MAX {
            return Err(wrong(format!("it is longer than {PATH_BYTES_MAX} bytes")));
        }
        if nesting(path, b'(', b')') > PARENTHESES_MAX || nesting(path, b'[', b']') > BRACKETS_MAX {
            return Err(wrong("it nests too deep".to_owned()));
        }
        if path.matches("..").count() > DESCENTS_MAX {
            return Err(wrong(format!("it has more than {DESCENTS_MAX} `..`")));
        }
        let query = parse_json_path(path).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { query, looks_back: path.matches('$').count() > 1 })
    }

    /// The values that the path selects, in the order of RFC 9535.
    pub(super) fn select(&self, value: &Value) -> Result<Vec<Value>, FunctionError> {
        let root = Node::from(value);
        if self.looks_back && root.count() > LOOKED_BACK_NODES_MAX {
            let problem = format!("over {LOOKED_BACK_NODES_MAX} values for a filter that uses `$`");
            return Err(FunctionError::new(problem));
        }
        let found = js_path_process(&self.query, &root);
        let found = found.map_err(|error| FunctionError::new(error.to_string()))?;
        Ok(found.into_iter().map(|found| found.val().value.clone()).collect())
    }
}

fn nesting(path: &str, opening: u8, closing: u8) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    for byte in path.bytes() {
        if byte == opening {
            open += 1;
        } else if byte == closing {
            open = open.saturating_sub(1);
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// A value in the shape that the query wants to walk: children as slices of the same type.
#[derive(Clone, Debug, Default)]
struct Node {
    value: Value,
    items: Vec<Self>,
    members: Vec<(Key, Self)>,
}

impl From<&Value> for Node {
    fn from(value: &Value) -> Self {
        let mut node = Self { value: value.clone(), ..Self::default() };
        if let Value::List(items) = value {
            node.items = items.iter().map(Self::from).collect();
        }
        if let Value::Map(map) = value {
            node.members = map.entries().map(|(key, value)| (key.clone(), value.into())).collect();
        }
        node
    }
}

impl Node {
    fn count(&self) -> usize {
        let members = self.members.iter().map(|(_, node)| node.count());
        1 + members.sum::<usize>() + self.items.iter().map(Self::count).sum::<usize>()
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        term_order(&self.value, &other.value).is_eq()
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::from(&Value::from(text))
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Self::from(&Value::Bool(value))
    }
}

impl From<i64> for Node {
    fn from(value: i64) -> Self {
        Self::from(&Value::Integer(value))
    }
}

impl From<f64> for Node {
    fn from(value: f64) -> Self {
        Self::from(&Value::finite(value).unwrap_or_default())
    }
}

impl From<Vec<Self>> for Node {
    fn from(items: Vec<Self>) -> Self {
        Self {
            value: items.iter().map(|item| item.value.clone()).collect(),
            items,
            members: Vec::new(),
        }
    }
}

impl Queryable for Node {
    fn get(&self, key: &str) -> Option<&Self> {
        self.members.iter().find(|(name, _)| name.as_str() == key).map(|(_, node)| node)
    }

    fn as_array(&self) -> Option<&Vec<Self>> {
        matches!(self.value, Value::List(_)).then_some(&self.items)
    }

    fn as_object(&self) -> Option<Vec<(&str, &Self)>> {
        let members = self.members.iter().map(|(name, node)| (name.as_str(), node));
        matches!(self.value, Value::Map(_)).then(|| members.collect())
    }

    fn as_str(&self) -> Option<&str> {
        self.value.as_str()
    }

    fn as_i64(&self) -> Option<i64> {
        if let Value::Integer(integer) = self.value { Some(integer) } else { None }
    }

    fn as_f64(&self) -> Option<f64> {
        self.value.to_f64()
    }

    fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self.value { Some(value) } else { None }
    }

    fn null() -> Self {
        Self::from(&Value::Null)
    }
}

const PATH_BYTES_MAX: usize = 1024;
// The grammar tries three ways at each level of a call.
const PARENTHESES_MAX: usize = 5;
const BRACKETS_MAX: usize = 8;
const DESCENTS_MAX: usize = 1;
// Its square is what such a filter may visit.
const LOOKED_BACK_NODES_MAX: usize = 2_000;
