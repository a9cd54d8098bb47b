//! Equality and order of values. It does not know which operator asks.

use std::cmp::Ordering;

use num_bigint::BigInt;

use crate::number::cmp_integer_float;
use crate::{Map, Text, Value};

/// A number and a text that is no number have no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot compare a number with the string '{text}'")]
pub struct CompareError {
    /// The beginning of the text.
    pub text: String,
}

/// What `= != < > <= >=` are computed from. `None`: exactly one side is undefined, and every
/// operator is false, `!=` included.
///
/// Numbers compare by value (`1` equals `1.0`), exactly at any size. A text beside a number is
/// read as a number; beside a boolean or null it is compared with `true`, `false` or `null`.
/// Everything else stands in the order of [`term_order`].
///
/// # Errors
/// A text beside a number that does not spell a number.
pub fn compare(left: &Value, right: &Value) -> Result<Option<Ordering>, CompareError> {
    match (left, right) {
        (Value::Undefined, Value::Undefined) => Ok(Some(Ordering::Equal)),
        (Value::Undefined, _) | (_, Value::Undefined) => Ok(None),
        (Value::Text(text), number) if number.is_number() => {
            Ok(Some(term_order(&read_number(text)?, number)))
        }
        (number, Value::Text(text)) if number.is_number() => {
            Ok(Some(term_order(number, &read_number(text)?)))
        }
        (Value::Text(text), named @ (Value::Bool(_) | Value::Null)) => {
            Ok(Some(text.as_bytes().cmp(name(named).as_bytes())))
        }
        (named @ (Value::Bool(_) | Value::Null), Value::Text(text)) => {
            Ok(Some(name(named).as_bytes().cmp(text.as_bytes())))
        }
        _ => Ok(Some(term_order(left, right))),
    }
}

/// Equality of type and value, as `IN` and `CASE x WHEN` use it: `1` is neither `1.0` nor `'1'`.
/// Lists and maps compare by content, maps regardless of the order of their keys.
#[must_use]
pub fn strict_eq(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Integer(left), Value::Integer(right)) => left == right,
        (Value::BigInteger(left), Value::BigInteger(right)) => left == right,
        (Value::Float(left), Value::Float(right)) => left.value == right.value,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(l, r)| strict_eq(l, r))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, l)| right.get(key).is_some_and(|r| strict_eq(l, r)))
        }
        _ => false,
    }
}

impl PartialEq for Value {
    /// [`strict_eq`].
    fn eq(&self, other: &Self) -> bool {
        strict_eq(self, other)
    }
}

/// The order of all values: numbers, then `false`, `null`, `true`, `undefined`, then maps
/// (smaller ones first, then by keys, then by values), then lists (item by item), then texts (by
/// bytes).
#[must_use]
pub fn term_order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::Float(left), Value::Float(right)) => cmp_floats(left.value, right.value),
        (Value::Float(left), integer) if integer.is_number() => {
            order_beside_float(integer, left.value).reverse()
        }
        (integer, Value::Float(right)) if integer.is_number() => {
            order_beside_float(integer, right.value)
        }
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::List(left), Value::List(right)) => {
            let mut pairs = left.iter().zip(right.iter()).map(|(l, r)| term_order(l, r));
            pairs.find(|order| order.is_ne()).unwrap_or_else(|| left.len().cmp(&right.len()))
        }
        (Value::Map(left), Value::Map(right)) => cmp_maps(left, right),
        _ if left.is_number() && right.is_number() => big(left).cmp(&big(right)),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn cmp_maps(left: &Map, right: &Map) -> Ordering {
    let sorted = |map: &Map| {
        let mut entries: Vec<_> = map.entries().map(|(k, v)| (k.clone(), v.clone())).collect();
        entries.sort_by(|(left, _), (right, _)| left.cmp(right));
        entries
    };
    left.len().cmp(&right.len()).then_with(|| {
        let (left, right) = (sorted(left), sorted(right));
        let keys = left.iter().map(|(key, _)| key).cmp(right.iter().map(|(key, _)| key));
        let mut values = left.iter().zip(&right).map(|((_, l), (_, r))| term_order(l, r));
        keys.then_with(|| values.find(|order| order.is_ne()).unwrap_or(Ordering::Equal))
    })
}

fn order_beside_float(integer: &Value, float: f64) -> Ordering {
    if let Value::Integer(small) = integer
        && small.unsigned_abs() < 1 << 53
        && let Some(small) = integer.to_f64()
    {
        return cmp_floats(small, float);
    }
    cmp_integer_float(&big(integer), float)
}

fn cmp_floats(left: f64, right: f64) -> Ordering {
    // Floats of the language are finite, so there is always an order.
    left.partial_cmp(&right).unwrap_or(Ordering::Equal)
}

fn big(integer: &Value) -> BigInt {
    integer.to_big_integer().unwrap_or_default()
}

fn read_number(text: &Text) -> Result<Value, CompareError> {
    Value::number_from_text(text.as_bytes()).ok_or_else(|| CompareError {
        text: String::from_utf8_lossy(text.as_bytes()).chars().take(EXCERPT_CHARS).collect(),
    })
}

fn name(value: &Value) -> &'static str {
    match value {
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Null
        | Value::Undefined
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_) => "null",
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Integer(_) | Value::BigInteger(_) | Value::Float(_) => 0,
        Value::Bool(false) => 1,
        Value::Null => 2,
        Value::Bool(true) => 3,
        Value::Undefined => 4,
        Value::Map(_) => 5,
        Value::List(_) => 6,
        Value::Text(_) => 7,
    }
}

const EXCERPT_CHARS: usize = 40;

#[cfg(test)]
mod tests;
