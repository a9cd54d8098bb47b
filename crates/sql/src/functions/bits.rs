//! Bits of integers and of byte strings. It does not know text.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::One;
use sluice_value::{INTEGER_BITS_MAX, Value};

use crate::functions::argument::{big_integer, bytes, count, integer, text_or};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("bitnot", ONE, "Every bit flipped.", ("bitnot(10)", "-11"), |_, args| {
        Ok(Value::from(!big_integer(args, 0)?))
    }),
    Function::pure("bitand", TWO, "Bits set in both.", ("bitand(10, 8)", "8"), |_, args| {
        Ok(Value::from(big_integer(args, 0)? & big_integer(args, 1)?))
    }),
    Function::pure("bitor", TWO, "Bits set in either.", ("bitor(10, 6)", "14"), |_, args| {
        Ok(Value::from(big_integer(args, 0)? | big_integer(args, 1)?))
    }),
    Function::pure("bitxor", TWO, "Bits set in one only.", ("bitxor(10, 8)", "2"), |_, args| {
        Ok(Value::from(big_integer(args, 0)? ^ big_integer(args, 1)?))
    }),
    Function::pure("bitsl", TWO, "Shifted left.", ("bitsl(8, 2)", "32"), |_, args| {
        shift(&big_integer(args, 0)?, integer(args, 1)?)
    }),
    Function::pure(
        "bitsr",
        TWO,
        "Shifted right, keeping the sign.",
        ("bitsr(-9, 1)", "-5"),
        |_, args| shift(&big_integer(args, 0)?, integer(args, 1)?.saturating_neg()),
    ),
    Function::pure("bitsize", ONE, "How many bits.", ("bitsize('ab')", "16"), |_, args| {
        Ok(Value::from(bytes(args, 0)?.len().saturating_mul(8)))
    }),
    Function::pure("bytesize", ONE, "How many bytes.", ("bytesize('é')", "2"), |_, args| {
        Ok(Value::from(bytes(args, 0)?.len()))
    }),
    Function::pure(
        "subbits",
        Arity::between(2, 6),
        "Part of a byte string: `(s, len)` or `(s, start, len[, type[, sign[, endian]]])` in \
         bits, counted from 1; type `integer` (default), `float` or `bits`, sign `unsigned` or \
         `signed`, endian `big` or `little`. Fewer bits where the string ends sooner, undefined \
         where it ends before the start. `bits` are padded with zeros on the left to whole \
         bytes.",
        ("subbits('abc', 9, 8)", "98"),
        subbits,
    ),
];

const ONE: Arity = Arity::exactly(1);
const TWO: Arity = Arity::exactly(2);

fn shift(value: &BigInt, left: i64) -> Result<Value, FunctionError> {
    let places = left.unsigned_abs();
    if left <= 0 {
        // No integer is wider than the limit, so more places change nothing.
        return Ok(Value::from(value >> places.min(INTEGER_BITS_MAX + 1)));
    }
    if places.saturating_add(value.bits()) > INTEGER_BITS_MAX {
        return Err(FunctionError::new("the result is too large"));
    }
    Ok(Value::from(value << places))
}

fn subbits(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let source = bytes(args, 0)?;
    let (start, len) = match args.len() {
        2 => (1, count(args, 1)?),
        _ => (count(args, 1)?, count(args, 2)?),
    };
    let kind = text_or(args, 3, "integer")?;
    let signed = choose(text_or(args, 4, "unsigned")?, "unsigned", "signed")?;
    let little = choose(text_or(args, 5, "big")?, "big", "little")?;
    let available = source.len().saturating_mul(8);
    let Some(offset) = start.checked_sub(1) else {
        return Err(FunctionError::new("bits are counted from 1"));
    };
    if offset >= available {
        return Ok(Value::Undefined);
    }
    let order = if little { Order::Little } else { Order::Big };
    let part = Part { source, offset, len: len.min(available - offset), order };
    match kind {
        "bits" => Ok(Value::from(part.padded())),
        "integer" if signed => part.signed().map(Value::from),
        "integer" => part.unsigned().map(Value::from),
        "float" => part.float(),
        _ => Err(FunctionError::new(format!("a part is `integer`, `float` or `bits`, not {kind}"))),
    }
}

/// A run of bits that lies within `source`.
struct Part<'s> {
    source: &'s [u8],
    offset: usize,
    len: usize,
    order: Order,
}

/// Of the bytes of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Big,
    Little,
}

/// Whether `word` is `other` instead of `usual`.
fn choose(word: &str, usual: &str, other: &str) -> Result<bool, FunctionError> {
    match word {
        _ if word == usual => Ok(false),
        _ if word == other => Ok(true),
        _ => Err(FunctionError::new(format!("must be `{usual}` or `{other}`, not `{word}`"))),
    }
}

impl Part<'_> {
    /// The `i`-th byte of the part, counted from its first bit; the last may hold fewer bits.
    fn byte(&self, i: usize) -> u8 {
        let at = self.offset + i * 8;
        let byte = |at: usize| self.source.get(at).copied().unwrap_or(0);
        let pair = u16::from_be_bytes([byte(at / 8), byte(at / 8 + 1)]);
        let [byte, _] = (pair << (at % 8)).to_be_bytes();
        let bits = (self.len - i * 8).min(8);
        byte.checked_shr(8 - u32::try_from(bits).unwrap_or(8)).unwrap_or(0)
    }

    fn padded(&self) -> Vec<u8> {
        let first = self.len % 8;
        let mut padded = Vec::with_capacity(self.len.div_ceil(8));
        if first > 0 {
            padded.push(Part { len: first, ..*self }.byte(0));
        }
        let rest = Part { offset: self.offset + first, len: self.len - first, ..*self };
        padded.extend((0..rest.len / 8).map(|i| rest.byte(i)));
        padded
    }

    fn unsigned(&self) -> Result<BigInt, FunctionError> {
        if u64::try_from(self.len).unwrap_or(u64::MAX) > INTEGER_BITS_MAX {
            return Err(FunctionError::new("the integer is too large"));
        }
        let value = match self.order {
            Order::Big => BigUint::from_bytes_be(&self.padded()),
            Order::Little => {
                let bytes: Vec<u8> = (0..self.len.div_ceil(8)).map(|i| self.byte(i)).collect();
                BigUint::from_bytes_le(&bytes)
            }
        };
        Ok(BigInt::from_biguint(Sign::Plus, value))
    }

    fn signed(&self) -> Result<BigInt, FunctionError> {
        let value = self.unsigned()?;
        let Some(top) = self.len.checked_sub(1) else { return Ok(value) };
        let negative = value.bit(u64::try_from(top).unwrap_or(u64::MAX));
        Ok(if negative { value - (BigInt::one() << self.len) } else { value })
    }

    fn float(&self) -> Result<Value, FunctionError> {
        let mut bytes = self.padded();
        if self.order == Order::Little {
            bytes.reverse();
        }
        let float = match *bytes.as_slice() {
            [a, b] if self.len == 16 => half(u16::from_be_bytes([a, b])),
            [a, b, c, d] if self.len == 32 => f32::from_be_bytes([a, b, c, d]).into(),
            [a, b, c, d, e, f, g, h] if self.len == 64 => {
                f64::from_be_bytes([a, b, c, d, e, f, g, h])
            }
            _ => return Err(FunctionError::new("a float has 16, 32 or 64 bits")),
        };
        Value::finite(float).ok_or_else(|| FunctionError::new("the bits are no finite float"))
    }
}

/// An IEEE 754 half: sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff) / 1024.0;
    let size = match exponent {
        0 => fraction * 2_f64.powi(-14),
        31 => f64::NAN,
        _ => (1.0 + fraction) * 2_f64.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}
