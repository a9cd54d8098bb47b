//! Text with `${…}` placeholders, parsed once and rendered over rows. It does not know sinks or
//! actions.

use crate::{TooLong, Value};

/// The longest template that is parsed.
pub const TEMPLATE_BYTES_MAX: usize = 1 << 20;

/// The most placeholders in one template.
pub const PLACEHOLDERS_MAX: usize = 4096;

/// A parsed template.
///
/// | written | gives |
/// | --- | --- |
/// | `${a.b}`, `${.a.b}` | the row's value at that path; names are ASCII letters, digits, `_` |
/// | `${}`, `${.}` | the whole row as JSON |
/// | `${a.b:-text}` | `text` where the value is undefined or null |
/// | `${$}` | `$`, so that `${$}{a}` prints `${a}` |
///
/// Any other `${…}` is literal text. A text value on the way of a path is decoded as JSON, once a
/// path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    segments: Box<[Segment]>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text as it is. Never empty; two literals never touch.
    Literal(Box<str>),
    /// What the row decides.
    Placeholder(Placeholder),
}

/// A `${…}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// Keys from the row down; empty for the whole row.
    pub path: Box<[Box<str>]>,
    /// What stands for an undefined or null value.
    pub default: Option<Box<str>>,
}

/// Why text is no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Longer than [`TEMPLATE_BYTES_MAX`].
    #[error("a template is at most {TEMPLATE_BYTES_MAX} bytes long")]
    TooLong,
    /// More placeholders than [`PLACEHOLDERS_MAX`].
    #[error("a template holds at most {PLACEHOLDERS_MAX} placeholders")]
    TooManyPlaceholders,
}

impl Template {
    /// Parses `text`. There is no wrong syntax: what is no placeholder is text.
    ///
    /// # Errors
    /// A text beyond the limits.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(TemplateError::TooLong);
        }
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut placeholders = 0;
        let mut rest = text;
        while let Some((before, from)) = split_before(rest, "${") {
            literal.push_str(before);
            let inner = from.strip_prefix("${").and_then(|from| from.split_once('}'));
            rest = match inner.and_then(|(inner, after)| Some((parse_inner(inner)?, after))) {
                Some((Inner::Dollar, after)) => {
                    literal.push('$');
                    after
                }
                Some((Inner::Placeholder(placeholder), after)) => {
                    push_literal(&mut segments, &mut literal);
                    segments.push(Segment::Placeholder(placeholder));
                    placeholders += 1;
                    after
                }
                None => {
                    literal.push_str("${");
                    from.strip_prefix("${").unwrap_or_default()
                }
            };
        }
        if placeholders > PLACEHOLDERS_MAX {
            return Err(TemplateError::TooManyPlaceholders);
        }
        literal.push_str(rest);
        push_literal(&mut segments, &mut literal);
        Ok(Self { segments: segments.into() })
    }

    /// Appends the text of this template over `row`. A value is rendered by
    /// [`Value::render_text`], a missing one as `undefined`.
    pub fn render(&self, row: &Value, out: &mut Vec<u8>) {
        // No vector is longer.
        self.render_within(usize::MAX, row, out).unwrap_or_default();
    }

    /// [`render`](Self::render) for rows that a rule has made, see [`Value::write_json_within`].
    ///
    /// # Errors
    /// `out` grew beyond `bytes_max`; writing stopped soon after.
    pub fn render_within(
        &self,
        bytes_max: usize,
        row: &Value,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLong> {
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Segment::Placeholder(placeholder) => {
                    placeholder.render_within(bytes_max, row, out)?;
                }
            }
        }
        if out.len() > bytes_max { Err(TooLong { bytes_max }) } else { Ok(()) }
    }

    /// The value of a template that is one placeholder and nothing else; `None` for any other.
    #[must_use]
    pub fn lookup(&self, row: &Value) -> Option<Value> {
        match &*self.segments {
            [Segment::Placeholder(placeholder)] => Some(placeholder.lookup(row)),
            _ => None,
        }
    }

    /// The text of a template without placeholders.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match &*self.segments {
            [] => Some(""),
            [Segment::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The pieces in order, for those who bind placeholders as parameters.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The placeholders in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Placeholder(placeholder) => Some(placeholder),
        })
    }

    /// The path of every placeholder in order, empty for the whole row; for warnings about
    /// columns that no row will have.
    pub fn paths(&self) -> impl Iterator<Item = &[Box<str>]> {
        self.placeholders().map(|placeholder| &*placeholder.path)
    }
}

impl Placeholder {
    /// The row's value, else the default; undefined where there is neither.
    #[must_use]
    pub fn lookup(&self, row: &Value) -> Value {
        match (follow(row, &self.path), &self.default) {
            (Value::Undefined | Value::Null, Some(default)) => Value::from(&**default),
            (value, _) => value,
        }
    }

    fn render_within(
        &self,
        bytes_max: usize,
        row: &Value,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLong> {
        if self.path.is_empty() {
            row.write_json_within(bytes_max, out)
        } else {
            self.lookup(row).render_text_within(bytes_max, out)
        }
    }
}

fn follow(row: &Value, path: &[Box<str>]) -> Value {
    let mut value = row;
    for (i, key) in path.iter().enumerate() {
        if let Value::Text(text) = value {
            let Ok(decoded) = Value::from_json(text.as_bytes()) else { return Value::Undefined };
            let mut value = &decoded;
            for key in path.iter().skip(i) {
                let Some(inner) = value.get_ref(key) else { return Value::Undefined };
                value = inner;
            }
            return value.clone();
        }
        let Some(inner) = value.get_ref(key) else { return Value::Undefined };
        value = inner;
    }
    value.clone()
}

enum Inner {
    Dollar,
    Placeholder(Placeholder),
}

/// What stands between `${` and `}`; `None` when that is no placeholder.
fn parse_inner(inner: &str) -> Option<Inner> {
    if inner == "$" {
        return Some(Inner::Dollar);
    }
    let (path, default) = match inner.split_once(":-") {
        Some((path, default)) => (path, Some(default.into())),
        None => (inner, None),
    };
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.');
    if !path.chars().all(allowed) {
        return None;
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    let path =
        if path.is_empty() { Box::default() } else { path.split('.').map(Box::from).collect() };
    Some(Inner::Placeholder(Placeholder { path, default }))
}

fn push_literal(segments: &mut Vec<Segment>, literal: &mut String) {
    if !literal.is_empty() {
        segments.push(Segment::Literal(std::mem::take(literal).into()));
    }
}

fn split_before<'t>(text: &'t str, pattern: &str) -> Option<(&'t str, &'t str)> {
    text.split_at_checked(text.find(pattern)?)
}

#[cfg(test)]
mod tests;
