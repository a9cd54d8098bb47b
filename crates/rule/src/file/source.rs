//! The text of a rule file and how a byte offset becomes line, column and excerpt. It does not know
//! TOML.

use std::{ops::Range, sync::Arc};

use super::{fields::Found, string_offset};
use crate::diagnostic::{Diagnostic, EXCERPT_CHARS_MAX, Excerpt};

/// A file's name and text, with its line starts for quick look-up.
pub(super) struct Source<'t> {
    name: Arc<str>,
    text: &'t str,
    line_starts: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(super) fn new(name: &str, text: &'t str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, line_starts }
    }

    pub(super) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The text at `span`; empty where the span is not on character boundaries.
    pub(super) fn slice(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    /// The place in the file of `span` within the value of a string.
    pub(super) fn span_in_string(
        &self,
        found: &Found<'_, &str>,
        span: Range<usize>,
    ) -> Range<usize> {
        let within = string_offset::in_file(self.slice(found.span.clone()), span);
        found.span.start + within.start..found.span.start + within.end
    }

    /// The line of a byte offset, counted from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    pub(super) fn diagnostic(
        &self,
        span: Range<usize>,
        message: String,
        hint: Option<String>,
    ) -> Diagnostic {
        let offset = floor_char_boundary(self.text, span.start);
        let line = self.line(offset);
        let line_start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let rest = self.text.get(line_start..).unwrap_or_default();
        let line_text = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let before = self.slice(line_start..offset).chars().count();
        let marked = self.slice(offset..floor_char_boundary(self.text, span.end.max(offset)));
        let mark_len = marked.split(['\n', '\r']).next().unwrap_or_default().chars().count();
        Diagnostic {
            file: Arc::clone(&self.name),
            line,
            column: before + 1,
            message,
            hint,
            excerpt: excerpt(line_text, before, mark_len),
        }
    }
}

/// Keeps the mark in view and bounds what an error costs on a line of megabytes.
fn excerpt(line: &str, before: usize, mark_len: usize) -> Excerpt {
    let is_long = line.chars().nth(EXCERPT_CHARS_MAX).is_some();
    let skipped = if is_long { before.saturating_sub(EXCERPT_CHARS_MAX / 2) } else { 0 };
    let (cut_before, rest) = (skipped > 0, line.chars().skip(skipped));
    let cut_after = rest.clone().nth(EXCERPT_CHARS_MAX).is_some();
    let shown = rest.take(EXCERPT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c });
    let mut text: String = cut_before.then_some('…').into_iter().chain(shown).collect();
    let mark_start = before - skipped + usize::from(cut_before);
    let room = text.chars().count().saturating_sub(mark_start);
    if cut_after {
        text.push('…');
    }
    Excerpt { text, mark_start, mark_len: mark_len.clamp(1, room.max(1)) }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
