//! Reads a JSON number without losing any of it. It does not know what follows the number.

use crate::json::JsonError;
use crate::json::parse::Cursor;
use crate::number::read_integer;
use crate::{Float, NUMBER_BYTES_MAX, Value};

impl Cursor<'_> {
    /// The number that begins here; the next byte is `-` or a digit.
    pub(super) fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.rest;
        let negative = matches!(start, [b'-', ..]);
        if let [b'-', rest @ ..] = self.rest {
            self.rest = rest;
        }
        let leading_zero = matches!(self.rest, [b'0', ..]);
        let whole = self.digits(0)?;
        if leading_zero && whole.count > 1 {
            return Err(self.error("a number with a leading zero"));
        }
        let point = match self.rest {
            [b'.', rest @ ..] => {
                self.rest = rest;
                Some(self.digits(whole.value)?)
            }
            _ => None,
        };
        let exponent = self.skip_exponent()?;
        let (token, _) = start.split_at(start.len() - self.rest.len());
        match point {
            None if !exponent && whole.count <= INTEGER_DIGITS => {
                let value = whole.value.cast_signed();
                Ok(Value::Integer(if negative { -value } else { value }))
            }
            Some(fraction) if !exponent && is_shortest(&whole, &fraction) => {
                Ok(Value::Float(Float::from(quotient(negative, &fraction))))
            }
            _ => self.long_number(token, point.is_none() && !exponent),
        }
    }

    fn long_number(&self, token: &[u8], integer: bool) -> Result<Value, JsonError> {
        if token.len() > NUMBER_BYTES_MAX {
            return Err(self.error("a number that is too long"));
        }
        let token = str::from_utf8(token).unwrap_or_default();
        let value =
            if integer { read_integer(token) } else { Float::read(token).map(Value::Float) };
        value.ok_or_else(|| self.error("a number out of range"))
    }

    /// At least one digit; their value goes on from `value` and wraps beyond 64 bits.
    fn digits(&mut self, mut value: u64) -> Result<Digits, JsonError> {
        let (mut count, mut zeros, mut last) = (0_usize, 0_usize, 0);
        while let [digit @ b'0'..=b'9', rest @ ..] = self.rest {
            last = digit - b'0';
            zeros += usize::from(zeros == count && last == 0);
            count += 1;
            value = value.wrapping_mul(10).wrapping_add(u64::from(last));
            self.rest = rest;
        }
        if count == 0 {
            return Err(self.error("expected a digit"));
        }
        Ok(Digits { value, count, zeros, last })
    }

    fn skip_exponent(&mut self) -> Result<bool, JsonError> {
        let [b'e' | b'E', rest @ ..] = self.rest else {
            return Ok(false);
        };
        self.rest = rest;
        if let [b'+' | b'-', rest @ ..] = self.rest {
            self.rest = rest;
        }
        self.digits(0)?;
        Ok(true)
    }
}

/// A run of digits.
struct Digits {
    value: u64,
    count: usize,
    /// At the front.
    zeros: usize,
    last: u8,
}

/// Whether the decimal is already the shortest form of its float: it has at most 15 digits (no two
/// such decimals share a float), no zero to spare, and a size that is written without exponent.
fn is_shortest(whole: &Digits, fraction: &Digits) -> bool {
    whole.count + fraction.count <= EXACT_DIGITS
        && (fraction.count == 1 || fraction.last != 0)
        && (fraction.zeros < 4 || whole.value != 0)
}

/// The float of a decimal of at most 15 digits. Digits and power are exact as floats, so the one
/// division rounds correctly.
#[expect(clippy::cast_precision_loss, reason = "at most 15 digits")]
fn quotient(negative: bool, fraction: &Digits) -> f64 {
    let power = POWERS.get(fraction.count).copied().unwrap_or(1.0);
    let value = fraction.value as f64 / power;
    if negative { -value } else { value }
}

// Below 2^63 and 2^53.
const INTEGER_DIGITS: usize = 18;
const EXACT_DIGITS: usize = 15;

const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
