//! What a parameter of a statement takes from a row, as the text that PostgreSQL reads. It does not
//! know SQL or the protocol.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sluice_value::{Float, Placeholder, Record, TEXT_BYTES_MAX, TooLong, Value};

/// Where a parameter comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// One value of the row.
    One(Placeholder),
    /// The text of a literal; NULL when one of its values is.
    Text(Vec<Piece>),
}

/// A piece of a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

/// What PostgreSQL makes of a parameter, as far as its text depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Numbers keep their digits, lists and maps are JSON.
    Plain,
    /// A float that is a whole number is written as one.
    Integer,
    /// Bytes are bytes, whatever they mean.
    Bytes,
    /// Lists are array literals.
    Array,
}

/// Why a row has no text that PostgreSQL could read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unwritable {
    #[error("a value holds a NUL character, which PostgreSQL cannot store in text")]
    Nul,
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

/// Whether there is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrote {
    Null,
    Text,
}

impl Parameter {
    /// A literal that is nothing but `'${x}'` is the value itself.
    pub(crate) fn of_pieces(mut pieces: Vec<Piece>) -> Self {
        match pieces.pop() {
            Some(Piece::Placeholder(placeholder)) if pieces.is_empty() => Self::One(placeholder),
            last => {
                pieces.extend(last);
                Self::Text(pieces)
            }
        }
    }

    /// Appends the text of this parameter to `out`; nothing for NULL.
    pub(crate) fn write(
        &self,
        kind: Kind,
        row: &Record,
        out: &mut Vec<u8>,
    ) -> Result<Wrote, Unwritable> {
        let start = out.len();
        match self {
            Self::One(placeholder) => {
                if with_value(placeholder, row, |value| write_value(kind, value, out))?
                    == Wrote::Null
                {
                    return Ok(Wrote::Null);
                }
            }
            Self::Text(pieces) => {
                for piece in pieces {
                    let wrote = match piece {
                        Piece::Text(text) => {
                            out.extend_from_slice(text.as_bytes());
                            Wrote::Text
                        }
                        Piece::Placeholder(placeholder) => with_value(placeholder, row, |value| {
                            write_value(Kind::Plain, value, out)
                        })?,
                    };
                    if wrote == Wrote::Null {
                        out.truncate(start);
                        return Ok(Wrote::Null);
                    }
                }
            }
        }
        let written = out.get(start..).unwrap_or_default();
        if written.len() > TEXT_BYTES_MAX {
            return Err(Unwritable::TooLong(TooLong { bytes_max: TEXT_BYTES_MAX }));
        }
        if written.contains(&0) {
            return Err(Unwritable::Nul);
        }
        Ok(Wrote::Text)
    }
}

/// Most placeholders name a column: those cost neither a copy nor a count of references.
fn with_value<T>(placeholder: &Placeholder, row: &Record, then: impl FnOnce(&Value) -> T) -> T {
    match (&*placeholder.path, &placeholder.default) {
        ([column], None) => then(row.get(column).unwrap_or(&Value::Undefined)),
        _ => then(&placeholder.lookup(row.as_value())),
    }
}

fn write_value(kind: Kind, value: &Value, out: &mut Vec<u8>) -> Result<Wrote, Unwritable> {
    match value {
        Value::Undefined | Value::Null => return Ok(Wrote::Null),
        Value::Text(text) => match (kind, text.as_str()) {
            (Kind::Bytes, _) => write_hex(text.as_bytes(), out),
            (_, Some(text)) => out.extend_from_slice(text.as_bytes()),
            (_, None) => out.extend_from_slice(STANDARD.encode(text.as_bytes()).as_bytes()),
        },
        Value::Float(float) if kind == Kind::Integer => write_whole(float, value, out)?,
        Value::List(items) if kind == Kind::Array => write_array(items, out)?,
        Value::Bool(_)
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Map(_) => write_json(value, out)?,
    }
    Ok(Wrote::Text)
}

fn write_json(value: &Value, out: &mut Vec<u8>) -> Result<(), TooLong> {
    value.write_json_within(out.len().saturating_add(TEXT_BYTES_MAX), out)
}

fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(br"\x");
    out.extend(bytes.iter().flat_map(|byte| [hex_digit(byte >> 4), hex_digit(byte & 15)]));
}

const fn hex_digit(digit: u8) -> u8 {
    match digit {
        0..=9 => b'0' + digit,
        _ => b'a' + digit - 10,
    }
}

/// `31.0` and `1e3` are integers to whoever sent them; anything else is for PostgreSQL to refuse.
fn write_whole(float: &Float, value: &Value, out: &mut Vec<u8>) -> Result<(), TooLong> {
    // Beyond that a float no longer tells neighbouring integers apart.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if float.value.fract() != 0.0 || float.value.abs() > EXACT_MAX {
        return write_json(value, out);
    }
    out.extend_from_slice(format!("{:.0}", float.value).as_bytes());
    Ok(())
}

/// An array literal: `{1,2}`, `{{"a","b"},{"c",NULL}}`. Maps inside are JSON.
fn write_array(items: &[Value], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let bytes_max = out.len().saturating_add(TEXT_BYTES_MAX);
    write_items(items, ARRAY_DEPTH_MAX, bytes_max, out)
}

fn write_items(
    items: &[Value],
    depth_left: usize,
    bytes_max: usize,
    out: &mut Vec<u8>,
) -> Result<(), Unwritable> {
    out.push(b'{');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        match item {
            Value::Undefined | Value::Null => out.extend_from_slice(b"NULL"),
            Value::List(inner) if depth_left > 1 => {
                write_items(inner, depth_left - 1, bytes_max, out)?;
            }
            Value::Bool(_)
            | Value::Integer(_)
            | Value::BigInteger(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::List(_)
            | Value::Map(_) => write_element(item, out)?,
        }
        if out.len() > bytes_max {
            return Err(Unwritable::TooLong(TooLong { bytes_max: TEXT_BYTES_MAX }));
        }
    }
    out.push(b'}');
    Ok(())
}

fn write_element(item: &Value, out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let mut text = Vec::new();
    write_value(Kind::Plain, item, &mut text)?;
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
    Ok(())
}

/// PostgreSQL's own limit of dimensions; what lies deeper is JSON.
const ARRAY_DEPTH_MAX: usize = 6;

#[cfg(test)]
mod tests;
