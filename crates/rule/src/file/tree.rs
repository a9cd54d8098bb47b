//! A parsed file or JSON body as a tree of values that remember where they stand. It does not
//! know which keys mean what.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// A value and its place in the text.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) shape: Shape,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Text(String),
    /// Digits and their radix; as long as they were written.
    Integer(String, u32),
    /// As Rust reads it: underscores are gone.
    Float(String),
    Bool(bool),
    /// As written.
    Datetime(String),
    /// JSON only; under a key it is as good as nothing.
    Null,
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key with its value, in the order of the file.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Node,
}

impl Node {
    /// What it is, for messages.
    pub(crate) const fn shape_name(&self) -> &'static str {
        match &self.shape {
            Shape::Text(_) => "a string",
            Shape::Integer(..) => "an integer",
            Shape::Float(_) => "a decimal number",
            Shape::Bool(_) => "a boolean",
            Shape::Datetime(_) => "a date",
            Shape::Null => "null",
            Shape::List(_) => "an array",
            Shape::Table(_) => "a table",
        }
    }
}

/// The tree of a whole document, whose depth has been checked.
pub(crate) fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            value: node(value.get_ref(), value.span()),
        })
        .collect();
    // The parser's map is sorted by key; readers expect the order in which they wrote.
    entries.sort_by_key(|entry| entry.key_span.start);
    entries
}

fn node(value: &DeValue<'_>, span: Range<usize>) -> Node {
    let shape = match value {
        DeValue::String(text) => Shape::Text(text.to_string()),
        DeValue::Integer(integer) => Shape::Integer(integer.as_str().to_owned(), integer.radix()),
        DeValue::Float(float) => Shape::Float(float.as_str().to_owned()),
        DeValue::Boolean(boolean) => Shape::Bool(*boolean),
        DeValue::Datetime(datetime) => Shape::Datetime(datetime.to_string()),
        DeValue::Array(items) => {
            Shape::List(items.iter().map(|item| node(item.get_ref(), item.span())).collect())
        }
        DeValue::Table(table) => Shape::Table(entries(table)),
    };
    Node { span, shape }
}
