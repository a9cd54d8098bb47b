//! Offsets from Greenwich. It does not know zones by name.

use sluice_value::Value;

use crate::functions::FunctionError;

/// The seconds of an offset: a number of seconds, `Z`, `local`, `+08:00`, `+0800`, `±hh:mm:ss`.
pub(super) fn offset_seconds(offset: &Value) -> Result<i64, FunctionError> {
    let seconds = match offset {
        Value::Integer(seconds) => Some(*seconds),
        Value::Text(text) => match text.as_bytes() {
            b"Z" | b"z" | b"local" => Some(0),
            _ => text.as_str().and_then(read),
        },
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Map(_) => None,
    };
    let seconds = seconds.filter(|seconds| seconds.unsigned_abs() < SECONDS_MAX);
    seconds.ok_or_else(|| FunctionError::new("the offset is no offset from UTC"))
}

/// Reads `±hh:mm`, `±hhmm`, `±hh:mm:ss`.
pub(super) fn read(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let text = text.strip_prefix(['+', '-'])?;
    let digits: Vec<i64> =
        text.bytes().filter(u8::is_ascii_digit).map(|digit| i64::from(digit - b'0')).collect();
    let (hours, minutes, seconds) = match (digits.as_slice(), text.len()) {
        ([a, b, c, d], 4) => (a * 10 + b, c * 10 + d, 0),
        ([a, b, c, d], 5) if colons_at(text, &[2]) => (a * 10 + b, c * 10 + d, 0),
        ([a, b, c, d, e, f], 8) if colons_at(text, &[2, 5]) => (a * 10 + b, c * 10 + d, e * 10 + f),
        _ => return None,
    };
    (minutes < 60 && seconds < 60).then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

/// Writes an offset with `colons` colons: `+0800`, `+08:00`, `+08:00:00`.
pub(super) fn write(offset: i64, colons: usize) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let offset = offset.abs();
    let (hours, minutes, seconds) = (offset / 3600, offset / 60 % 60, offset % 60);
    match colons {
        0 => format!("{sign}{hours:02}{minutes:02}"),
        1 => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

fn colons_at(text: &str, places: &[usize]) -> bool {
    places.iter().all(|place| text.as_bytes().get(*place) == Some(&b':'))
}

// Two days: beyond every zone there is, small enough to add.
const SECONDS_MAX: u64 = 172_800;
