//! Numbers: the float that remembers its digits, and numbers read from text. It does not know
//! operators.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::FromPrimitive;

use crate::Value;

/// The widest integer that arithmetic produces; beyond it an operator fails, so that no rule
/// grows a number without limit.
pub const INTEGER_BITS_MAX: u64 = 65_536;

/// The longest number that is read from text or JSON: every integer of that length is within
/// [`INTEGER_BITS_MAX`].
pub const NUMBER_BYTES_MAX: usize = 19_700;

/// A 64-bit float that may remember the digits it was read with.
#[derive(Clone, Debug)]
pub struct Float {
    /// What arithmetic and comparison use. Always finite.
    pub value: f64,
    /// The text it was read from, kept only where the shortest form of `value` would differ
    /// (`1e-12` written as `0.000000000001`, `0.12345678901234567890`). Row JSON and SQL
    /// parameters write it back.
    pub digits: Option<Digits>,
}

impl Float {
    /// Reads `token`, a number in JSON's grammar, and keeps its digits where they say more than
    /// the shortest form. `None` when no finite float is near it.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let value = token.parse::<f64>().ok().filter(|value| value.is_finite())?;
        let shortest = zmij::Buffer::new().format_finite(value) == token;
        let digits = (!shortest).then(|| Digits::from(token));
        Some(Self { value, digits })
    }

    /// Appends the kept digits, else the shortest decimal that reads back as the same float.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match &self.digits {
            Some(digits) => out.extend_from_slice(digits.as_bytes()),
            // The form keeps `.0` and is a JSON number, with or without exponent.
            None => {
                out.extend_from_slice(zmij::Buffer::new().format_finite(self.value).as_bytes());
            }
        }
    }
}

impl From<f64> for Float {
    fn from(value: f64) -> Self {
        Self { value, digits: None }
    }
}

/// The digits of a number as they were read; shared, never longer than [`NUMBER_BYTES_MAX`].
// One word, so that a `Value` stays at three.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(Arc<Box<str>>);

impl Deref for Digits {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Digits {
    fn from(text: &str) -> Self {
        Self(Arc::new(text.into()))
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Value {
    /// The number that `text` spells: an integer (`7`, `+7`, `-7`), else a float with digits on
    /// both sides of the point (`4.9`, `1.0e3`); no blanks, no `1e3`, as EMQX reads it.
    /// `None` for anything else, for a float out of range and beyond [`NUMBER_BYTES_MAX`].
    #[must_use]
    pub fn number_from_text(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok().filter(|text| text.len() <= NUMBER_BYTES_MAX)?;
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        if is_digits(unsigned) {
            return read_integer(text);
        }
        let (whole, rest) = unsigned.split_once('.')?;
        let (fraction, exponent) = match rest.split_once(['e', 'E']) {
            Some((fraction, exponent)) => (fraction, Some(exponent)),
            None => (rest, None),
        };
        let exponent = exponent.map(|digits| digits.strip_prefix(['+', '-']).unwrap_or(digits));
        if !is_digits(whole) || !is_digits(fraction) || !exponent.is_none_or(is_digits) {
            return None;
        }
        Self::finite(text.parse().ok()?)
    }
}

/// Reads an optional sign and digits that the caller has checked, and bounded in length.
pub(crate) fn read_integer(text: &str) -> Option<Value> {
    if let Ok(integer) = text.parse::<i64>() {
        return Some(Value::Integer(integer));
    }
    text.parse::<BigInt>().ok().map(Value::from)
}

/// Compares exactly, without rounding the integer to a float first.
pub(crate) fn cmp_integer_float(integer: &BigInt, float: f64) -> Ordering {
    let Some(whole) = BigInt::from_f64(float.trunc()) else {
        return 0.0.partial_cmp(&float).unwrap_or(Ordering::Equal);
    };
    integer.cmp(&whole).then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_emqx_reads_it() {
        let read = |text: &str| Value::number_from_text(text.as_bytes()).map(|v| v.to_json());
        for (text, json) in [
            ("7", "7"),
            ("+7", "7"),
            ("-007", "-7"),
            ("4.9", "4.9"),
            ("1.0e3", "1000.0"),
            ("+1.5E-3", "0.0015"),
            ("123456789012345678901234", "123456789012345678901234"),
        ] {
            assert_eq!(read(text).as_deref(), Some(json), "{text}");
        }
        for text in ["", " 7", "7 ", "1e3", ".5", "5.", "+", "1.0e", "inf", "nan", "1.0e999", "--1"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(Value::number_from_text("9".repeat(NUMBER_BYTES_MAX).as_bytes()).is_some());
        assert!(Value::number_from_text("9".repeat(NUMBER_BYTES_MAX + 1).as_bytes()).is_none());
    }

    #[test]
    fn the_longest_number_is_within_the_widest_integer() {
        let widest = "9".repeat(NUMBER_BYTES_MAX).parse::<BigInt>().unwrap();
        assert!(widest.bits() <= INTEGER_BITS_MAX);
    }
}
