//! The text of a rule file or JSON body and how a byte offset becomes a place that people find. It
//! does not know TOML.

use std::{ops::Range, sync::Arc};

use super::{fields::Found, string_offset};
use crate::{
    diagnostic::{Diagnostic, EXCERPT_CHARS_MAX, Excerpt},
    json::{JsonProblem, Places},
};

/// A document's name and text.
pub(crate) struct Source<'t> {
    name: Arc<str>,
    text: &'t str,
    form: Form<'t>,
}

enum Form<'t> {
    /// A file, with its line starts for quick look-up.
    Toml { line_starts: Vec<usize> },
    /// The scalars of a JSON body one after the other, as they are meant.
    Json(&'t Places),
}

impl<'t> Source<'t> {
    pub(crate) fn new(name: &str, text: &'t str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, form: Form::Toml { line_starts } }
    }

    /// The scalars of a JSON body, and the paths at which they stand.
    pub(crate) fn of_json(name: &str, text: &'t str, places: &'t Places) -> Self {
        Self { name: name.into(), text, form: Form::Json(places) }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// The text at `span`; empty where the span is not on character boundaries.
    pub(crate) fn slice(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    /// The place in the file of `span` within the value of a string.
    pub(crate) fn span_in_string(
        &self,
        found: &Found<'_, &str>,
        span: Range<usize>,
    ) -> Range<usize> {
        let within = match self.form {
            Form::Toml { .. } => string_offset::in_file(self.slice(found.span.clone()), span),
            Form::Json(_) => span,
        };
        found.span.start + within.start..found.span.start + within.end
    }

    /// The line of a byte offset, counted from 1. A JSON body is one line.
    pub(crate) fn line(&self, offset: usize) -> usize {
        match &self.form {
            Form::Toml { line_starts } => line_starts.partition_point(|start| *start <= offset),
            Form::Json(_) => 1,
        }
    }

    fn line_start(&self, line: usize) -> usize {
        match &self.form {
            Form::Toml { line_starts } => line_starts.get(line - 1).copied().unwrap_or_default(),
            Form::Json(_) => 0,
        }
    }

    /// What is found at `span` of a JSON body, with the path of the value there.
    pub(crate) fn problem(
        &self,
        span: &Range<usize>,
        message: &str,
        hint: Option<&str>,
    ) -> JsonProblem {
        let (path, start) = match self.form {
            Form::Toml { .. } => (String::new(), 0),
            Form::Json(places) => (places.path(span.start), places.start(span.start)),
        };
        let before = self.slice(start..floor_char_boundary(self.text, span.start));
        let at = match before.rsplit('\n').next() {
            Some(line) if !before.is_empty() => {
                let number = before.matches('\n').count() + 1;
                format!(" (line {number}, column {})", line.chars().count() + 1)
            }
            Some(_) | None => String::new(),
        };
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        JsonProblem { path, message: format!("{message}{at}{hint}") }
    }

    pub(crate) fn diagnostic(
        &self,
        span: Range<usize>,
        message: String,
        hint: Option<String>,
    ) -> Diagnostic {
        let offset = floor_char_boundary(self.text, span.start);
        let line = self.line(offset);
        let line_start = self.line_start(line);
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
