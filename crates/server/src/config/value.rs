//! Reads single values and says what is wrong with them. It does not know keys or sections.

use std::ops::RangeInclusive;
use std::time::Duration;

use config::{Value, ValueKind};

use super::unit::{parse_duration, parse_size};

/// What is wrong with a value, and how to mend it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is wrong.
    pub(super) what: String,
    /// How to mend it.
    pub(super) mend: String,
}

impl Fault {
    fn expected(expected: &str, found: &Value, example: &str) -> Self {
        Self {
            what: format!("{expected} is expected, found {}", describe(&found.kind)),
            mend: format!("write {example}"),
        }
    }
}

pub(super) fn text_of(value: &Value) -> Result<&str, Fault> {
    match &value.kind {
        ValueKind::String(text) => Ok(text),
        ValueKind::Nil
        | ValueKind::Boolean(_)
        | ValueKind::I64(_)
        | ValueKind::I128(_)
        | ValueKind::U64(_)
        | ValueKind::U128(_)
        | ValueKind::Float(_)
        | ValueKind::Table(_)
        | ValueKind::Array(_) => Err(Fault::expected("a text", value, "it in \"quotes\"")),
    }
}

pub(super) fn flag_of(value: &Value) -> Result<bool, Fault> {
    let flag = match (&value.kind, untyped(value)) {
        (ValueKind::Boolean(flag), _) => Some(*flag),
        (_, Some(text)) => text.parse().ok(),
        (_, None) => None,
    };
    flag.ok_or_else(|| Fault::expected("true or false", value, "true or false, without quotes"))
}

pub(super) fn number_of(value: &Value) -> Result<u64, Fault> {
    let number = untyped(value).map_or_else(|| integer(&value.kind), |text| text.parse().ok());
    number.ok_or_else(|| Fault::expected("a whole number", value, "digits, without quotes"))
}

/// Bytes: a text with a unit, or a number.
pub(super) fn size_of(value: &Value) -> Result<u64, Fault> {
    let size = text_of(value).map_or_else(|_| integer(&value.kind), parse_size);
    size.ok_or_else(|| Fault::expected("a size", value, "\"64KiB\", \"1MiB\" or a number of bytes"))
}

pub(super) fn duration_of(value: &Value) -> Result<Duration, Fault> {
    let zero = || integer(&value.kind).filter(|it| *it == 0).map(|_| Duration::ZERO);
    text_of(value).map_or_else(|_| zero(), parse_duration).ok_or_else(|| {
        Fault::expected("a time with its unit", value, "\"10s\", \"2h\" or \"500ms\"")
    })
}

/// `number` as a `T` within `range`.
pub(super) fn within<T: TryFrom<u64> + PartialOrd>(
    number: u64,
    range: &RangeInclusive<T>,
    show: impl Fn(&T) -> String,
) -> Result<T, Fault> {
    let fitting = T::try_from(number).ok().filter(|it| range.contains(it));
    fitting.ok_or_else(|| outside(range, show))
}

/// The fault of a value outside of `range`.
pub(super) fn outside<T>(range: &RangeInclusive<T>, show: impl Fn(&T) -> String) -> Fault {
    Fault {
        what: "out of range".into(),
        mend: format!("write a value from {} to {}", show(range.start()), show(range.end())),
    }
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

/// A key as TOML writes it.
pub(super) fn key_text(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !key.is_empty() && key.chars().all(bare) { key.into() } else { quoted(key) }
}

/// A value as a message names it, cut where it is long.
pub(super) fn describe(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Nil => "nothing".into(),
        ValueKind::Boolean(flag) => flag.to_string(),
        ValueKind::I64(number) => number.to_string(),
        ValueKind::I128(number) => number.to_string(),
        ValueKind::U64(number) => number.to_string(),
        ValueKind::U128(number) => number.to_string(),
        ValueKind::Float(number) => format!("{number:?}"),
        ValueKind::String(text) if text.chars().count() > 60 => {
            let start: String = text.chars().take(57).collect();
            quoted(&format!("{start}..."))
        }
        ValueKind::String(text) => quoted(text),
        ValueKind::Table(_) => "a table".into(),
        ValueKind::Array(_) => "a list".into(),
    }
}

/// The text of a value that has no type of its own: environment and flags know texts only, so their
/// numbers are read from text; a file's are not.
fn untyped(value: &Value) -> Option<&str> {
    value.origin().and_then(|_| text_of(value).ok())
}

fn integer(kind: &ValueKind) -> Option<u64> {
    match kind {
        ValueKind::I64(number) => u64::try_from(*number).ok(),
        ValueKind::I128(number) => u64::try_from(*number).ok(),
        ValueKind::U64(number) => Some(*number),
        ValueKind::U128(number) => u64::try_from(*number).ok(),
        ValueKind::Nil
        | ValueKind::Boolean(_)
        | ValueKind::Float(_)
        | ValueKind::String(_)
        | ValueKind::Table(_)
        | ValueKind::Array(_) => None,
    }
}
