//! Reads one table key by key: types are checked, and a key that nobody asked for is an error that
//! names the nearest known one. It does not know what the keys mean.

use std::ops::{Range, RangeInclusive};

use super::{
    findings::Findings,
    tree::{Entry, Node, Shape},
};
use crate::nearest::nearest;

/// The keys of one table and which of them have been asked for.
pub(super) struct Fields<'n> {
    /// How messages name the table: ``rule `high-temp` ``.
    owner: String,
    span: Range<usize>,
    entries: &'n [Entry],
    known: Vec<&'static str>,
}

/// A value that was found under its key with the type asked for.
pub(crate) struct Found<'n, T> {
    pub(crate) value: T,
    pub(crate) span: &'n Range<usize>,
}

impl<'n> Fields<'n> {
    /// Opens `node` as a table, or reports that it is none.
    pub(super) fn open(owner: String, node: &'n Node, findings: &mut Findings<'_>) -> Option<Self> {
        match &node.shape {
            Shape::Table(entries) => Some(Self::of(owner, node.span.clone(), entries)),
            Shape::Text(_)
            | Shape::Integer(..)
            | Shape::Float(_)
            | Shape::Bool(_)
            | Shape::Null
            | Shape::Datetime(_)
            | Shape::List(_) => {
                findings.error(
                    &node.span,
                    format!("{owner} must be a table, not {}", node.shape_name()),
                );
                None
            }
        }
    }

    pub(super) fn of(owner: String, span: Range<usize>, entries: &'n [Entry]) -> Self {
        Self { owner, span, entries, known: Vec::new() }
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// The value under `key`, of whatever type.
    pub(super) fn node(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.entry(key).map(|entry| &entry.value)
    }

    /// What JSON says is null is as good as left out.
    fn entry(&self, key: &str) -> Option<&'n Entry> {
        let given = |entry: &&Entry| entry.key == key && !matches!(entry.value.shape, Shape::Null);
        self.entries.iter().find(given)
    }

    /// The place of `key` itself, or of the table where it is missing.
    pub(super) fn key_span(&self, key: &str) -> &Range<usize> {
        self.entry(key).map_or(&self.span, |entry| &entry.key_span)
    }

    /// The place of the value under `key`.
    pub(super) fn value_span(&self, key: &str) -> Option<&'n Range<usize>> {
        self.entry(key).map(|entry| &entry.value.span)
    }

    /// The place of the key `inner` in the table under `key`.
    pub(super) fn entry_span(&self, key: &str, inner: &str) -> &Range<usize> {
        let entries = match self.entry(key).map(|entry| &entry.value.shape) {
            Some(Shape::Table(entries)) => entries.as_slice(),
            Some(_) | None => &[],
        };
        entries.iter().find(|entry| entry.key == inner).map_or(&self.span, |entry| &entry.key_span)
    }

    pub(super) fn text(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'_>,
    ) -> Option<Found<'n, &'n str>> {
        let node = self.node(key)?;
        if let Shape::Text(text) = &node.shape {
            return Some(Found { value: text, span: &node.span });
        }
        self.wrong_type(key, "a string", node, findings);
        None
    }

    /// As [`Self::text`], and a missing key is an error.
    pub(super) fn required_text(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'_>,
    ) -> Option<Found<'n, &'n str>> {
        let found = self.text(key, findings);
        self.require(key, findings);
        found
    }

    /// Reports `key` when it is missing.
    pub(super) fn require(&mut self, key: &'static str, findings: &mut Findings<'_>) {
        if self.entry(key).is_none() {
            findings.error(&self.span, format!("{} has no `{key}`", self.owner));
        }
    }

    pub(super) fn bool(&mut self, key: &'static str, findings: &mut Findings<'_>) -> Option<bool> {
        let node = self.node(key)?;
        if let Shape::Bool(value) = node.shape {
            return Some(value);
        }
        self.wrong_type(key, "`true` or `false`", node, findings);
        None
    }

    pub(super) fn integer(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
        findings: &mut Findings<'_>,
    ) -> Option<u64> {
        let node = self.node(key)?;
        let Shape::Integer(digits, radix) = &node.shape else {
            self.wrong_type(key, "an integer", node, findings);
            return None;
        };
        match u64::from_str_radix(digits, *radix) {
            Ok(value) if range.contains(&value) => Some(value),
            Ok(_) | Err(_) => {
                let (from, to) = (range.start(), range.end());
                findings.error(
                    &node.span,
                    format!("`{key}` of {} must lie between {from} and {to}", self.owner),
                );
                None
            }
        }
    }

    /// One of a few words. Of words that mean the same, messages name the first.
    pub(super) fn word<T: Copy + PartialEq>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
        findings: &mut Findings<'_>,
    ) -> Option<T> {
        let found = self.text(key, findings)?;
        let value = words.iter().find(|(word, _)| *word == found.value).map(|(_, value)| *value);
        if value.is_none() {
            let names = words.iter().map(|(word, _)| *word);
            let message = format!(
                "`{key}` of {} cannot be `{}`: it is {}",
                self.owner,
                shortened(found.value),
                alternatives(words)
            );
            let hint = nearest(found.value, names).map(|near| format!("did you mean `{near}`?"));
            findings.push_error(found.span, message, hint);
        }
        value
    }

    pub(super) fn wrong_type(
        &self,
        key: &str,
        wanted: &str,
        node: &Node,
        findings: &mut Findings<'_>,
    ) {
        findings.error(
            &node.span,
            format!("`{key}` of {} must be {wanted}, not {}", self.owner, node.shape_name()),
        );
    }

    /// Reports every key that was never asked for.
    pub(super) fn finish(self, findings: &mut Findings<'_>) {
        for entry in self.entries {
            if !self.known.contains(&entry.key.as_str()) {
                let hint = match nearest(&entry.key, self.known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known keys: {}", self.known.join(", ")),
                };
                findings.error_with_hint(
                    &entry.key_span,
                    format!("unknown key `{}` in {}", shortened(&entry.key), self.owner),
                    hint,
                );
            }
        }
    }
}

/// A text from the file, cut so that a message stays one line.
pub(crate) fn shortened(text: &str) -> String {
    let mut shown: String =
        text.chars().take(SHOWN_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

fn alternatives<T: PartialEq>(words: &[(&str, T)]) -> String {
    let mut shown: Vec<(String, &T)> = Vec::new();
    for (word, value) in words {
        if !shown.iter().any(|(_, known)| *known == value) {
            shown.push((format!("`{word}`"), value));
        }
    }
    let last = shown.pop().map(|(word, _)| word).unwrap_or_default();
    let rest: Vec<String> = shown.into_iter().map(|(word, _)| word).collect();
    if rest.is_empty() { last } else { format!("{} or {last}", rest.join(", ")) }
}

const SHOWN_CHARS_MAX: usize = 60;
