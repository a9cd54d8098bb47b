//! A table while its keys are taken, renamed and added. It does not know what they mean.

use std::ops::Range;

use crate::file::{
    findings::Findings,
    tree::{Entry, Node, Shape},
};

/// The entries of a table, and its place.
pub(super) struct Table {
    entries: Vec<Entry>,
    pub(super) span: Range<usize>,
}

impl Table {
    pub(super) const fn at(span: Range<usize>) -> Self {
        Self { entries: Vec::new(), span }
    }

    /// Takes the entries out of `node`; nothing where it is no table.
    pub(super) fn out_of(node: &mut Node) -> Option<Self> {
        let Shape::Table(entries) = &mut node.shape else { return None };
        Some(Self { entries: std::mem::take(entries), span: node.span.clone() })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match &self.entries.iter().find(|entry| entry.key == key)?.value.shape {
            Shape::Text(text) => Some(text),
            Shape::Integer(..)
            | Shape::Float(_)
            | Shape::Bool(_)
            | Shape::Null
            | Shape::Datetime(_)
            | Shape::List(_)
            | Shape::Table(_) => None,
        }
    }

    /// What is under `key`; null is as good as nothing.
    pub(super) fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at).value).filter(|value| !matches!(value.shape, Shape::Null))
    }

    /// As [`Self::take`] for a table; anything else is reported.
    pub(super) fn take_table(&mut self, key: &str, findings: &mut Findings<'_>) -> Option<Self> {
        let mut node = self.take(key)?;
        let table = Self::out_of(&mut node);
        if table.is_none() {
            findings
                .error(&node.span, format!("`{key}` must be an object, not {}", node.shape_name()));
        }
        table
    }

    pub(super) fn put(&mut self, key: &str, value: Node) {
        self.entries.push(Entry { key: key.to_owned(), key_span: value.span.clone(), value });
    }

    pub(super) fn put_text(&mut self, key: &str, text: &str) {
        self.put(key, Node { span: self.span.clone(), shape: Shape::Text(text.to_owned()) });
    }

    /// Puts what `from` has under `old` here under `key`.
    pub(super) fn adopt(&mut self, key: &str, from: &mut Self, old: &str) {
        if let Some(value) = from.take(old) {
            self.put(key, value);
        }
    }

    /// Puts `other` here under `key`, unless it is empty.
    pub(super) fn put_table(&mut self, key: &str, other: Self) {
        if !other.entries.is_empty() {
            self.put(key, other.into_node());
        }
    }

    /// Adds what is left of `other`: the reader says what it does not know.
    pub(super) fn append(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    /// Takes those of `keys` that are there, and warns that they do nothing.
    pub(super) fn ignore(&mut self, keys: &[&str], findings: &mut Findings<'_>) {
        let mut ignored = Vec::new();
        for key in keys {
            if self.take(key).is_some() {
                ignored.push(format!("`{key}`"));
            }
        }
        let verb = if ignored.len() == 1 { "has" } else { "have" };
        if !ignored.is_empty() {
            findings.warning(
                &self.span,
                format!("{} {verb} no effect here", ignored.join(", ")),
                None,
            );
        }
    }

    pub(super) fn into_node(self) -> Node {
        Node { span: self.span, shape: Shape::Table(self.entries) }
    }
}
