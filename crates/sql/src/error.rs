//! Where a rule's text is wrong, and why an evaluation has no value. It does not know how either
//! was found.

use std::borrow::Cow;
use std::fmt;

/// A stretch of a rule's text. It begins at `line` and `column` (1-based, in characters).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Byte offset of the first character.
    pub start: u32,
    /// Byte offset after the last character.
    pub end: u32,
    /// Line of the first character, from 1.
    pub line: u32,
    /// Column of the first character on that line, from 1.
    pub column: u32,
}

impl Span {
    /// From the beginning of this one to the end of `last`.
    pub(crate) const fn to(self, last: Self) -> Self {
        Self { end: if last.end > self.end { last.end } else { self.end }, ..self }
    }
}

/// Why a text is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {}, column {})", .span.line, .span.column)]
pub struct PlanError {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// How to mend it, where that can be guessed.
    pub hint: Option<String>,
}

impl PlanError {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), span, hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The message with the line it is about, a caret and the hint.
    ///
    /// `sql` is the text that was planned. Where it stands in a `file`, `line_offset` is the
    /// number of lines before it, so that the line shown is the file's.
    #[must_use]
    pub fn render(&self, sql: &str, file: Option<&str>, line_offset: usize) -> String {
        let hint = self.hint.as_deref();
        Report { label: "error", message: &self.message, span: self.span, hint }.render(
            sql,
            file,
            line_offset,
        )
    }
}

/// Something in a rule that works, but hardly as it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What is odd, in one sentence without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What was probably meant.
    pub hint: Option<String>,
}

impl Warning {
    /// As [`PlanError::render`].
    #[must_use]
    pub fn render(&self, sql: &str, file: Option<&str>, line_offset: usize) -> String {
        let hint = self.hint.as_deref();
        Report { label: "warning", message: &self.message, span: self.span, hint }.render(
            sql,
            file,
            line_offset,
        )
    }
}

/// Why a rule has no outcome for one event; ends that rule for that event only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{clause}: {message} (line {}, column {})", .span.line, .span.column)]
pub struct EvaluateError {
    /// The clause that was being evaluated.
    pub clause: Clause,
    /// What is wrong with which value, in one sentence without a full stop.
    pub message: String,
    /// The expression.
    pub span: Span,
}

/// A part of a rule that is evaluated on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the clause's keyword")]
pub enum Clause {
    Select,
    Foreach,
    Do,
    Incase,
    Where,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Select => "SELECT",
            Self::Foreach => "FOREACH",
            Self::Do => "DO",
            Self::Incase => "INCASE",
            Self::Where => "WHERE",
        })
    }
}

/// The beginning of a text that a message repeats.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(EXCERPT_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

struct Report<'r> {
    label: &'static str,
    message: &'r str,
    span: Span,
    hint: Option<&'r str>,
}

impl Report<'_> {
    fn render(&self, sql: &str, file: Option<&str>, line_offset: usize) -> String {
        let Self { label, message, span, hint } = self;
        let line = line_offset + span.line as usize;
        let column = span.column as usize;
        let gutter = " ".repeat(line.to_string().len());
        let place = file.map_or_else(String::new, |file| format!("{file}:"));
        let mut out = format!("{label}: {message}\n{gutter}--> {place}{line}:{column}\n");
        if let Some(excerpt) = Excerpt::of(sql, *span) {
            let Excerpt { text, before, width } = excerpt;
            let (pad, carets) = (" ".repeat(before), "^".repeat(width));
            out += &format!("{gutter} |\n{line} | {text}\n{gutter} | {pad}{carets}\n");
        }
        if let Some(hint) = hint {
            out += &format!("{gutter} = hint: {hint}\n");
        }
        out
    }
}

/// The part of a line that is shown, and where the carets go below it, in characters.
struct Excerpt {
    text: String,
    before: usize,
    width: usize,
}

impl Excerpt {
    fn of(sql: &str, span: Span) -> Option<Self> {
        let line = sql.split('\n').nth((span.line as usize).checked_sub(1)?)?;
        let line: Vec<char> = line.trim_end_matches('\r').chars().collect();
        let at = (span.column as usize).saturating_sub(1).min(line.len());
        let marked = sql.get(span.start as usize..span.end as usize).unwrap_or_default();
        let marked = marked.split('\n').next().unwrap_or_default().chars().count();
        let width = marked.min(line.len() - at).clamp(1, AROUND_MAX);
        let first = at.saturating_sub(AROUND_MAX);
        let last = (at + width + AROUND_MAX).min(line.len());
        let shown = line.get(first..last)?;
        // A tab is as wide as the reader's terminal likes; a blank keeps the caret in its place.
        let shown = shown.iter().map(|c| if c.is_control() { ' ' } else { *c });
        let (head, tail) = (cut_mark(first > 0), cut_mark(last < line.len()));
        let before = head.chars().count() + at - first;
        let text = format!("{head}{}{tail}", shown.collect::<String>());
        Some(Self { text: text.trim_end().to_owned(), before, width })
    }
}

const fn cut_mark(is_cut: bool) -> &'static str {
    if is_cut { "…" } else { "" }
}

const EXCERPT_CHARS: usize = 40;

// Characters shown on each side of what is marked.
const AROUND_MAX: usize = 100;
