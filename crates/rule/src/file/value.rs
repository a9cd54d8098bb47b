//! Values of a file as values of the rule language. It does not know what they are for.

use std::ops::Range;

use num_bigint::BigInt;
use sluice_value::{Map, Value};

use super::tree::{Entry, Node, Shape};

/// A value of a rule file that the rule language has no value for.
pub(super) struct NoValue {
    pub(super) span: Range<usize>,
    pub(super) message: &'static str,
}

pub(super) fn value(node: &Node) -> Result<Value, NoValue> {
    let no_value = |message| NoValue { span: node.span.clone(), message };
    Ok(match &node.shape {
        Shape::Text(text) => Value::from(text.as_str()),
        Shape::Integer(digits, radix) => {
            // Reading digits costs the square of their number.
            let digits = Some(digits).filter(|digits| digits.len() < DIGITS_MAX);
            let integer = digits.and_then(|digits| BigInt::parse_bytes(digits.as_bytes(), *radix));
            Value::from(integer.ok_or_else(|| no_value("the integer is too long"))?)
        }
        Shape::Float(text) => {
            let float = text.parse().ok().and_then(Value::finite);
            float.ok_or_else(|| no_value("the rule language has no infinity and no NaN"))?
        }
        Shape::Bool(value) => Value::Bool(*value),
        Shape::Null => Value::Null,
        Shape::Datetime(text) => Value::from(text.as_str()),
        Shape::List(items) => items.iter().map(value).collect::<Result<Value, _>>()?,
        Shape::Table(entries) => Value::from(map(entries)?),
    })
}

pub(super) fn map(entries: &[Entry]) -> Result<Map, NoValue> {
    entries.iter().map(|entry| Ok((entry.key.as_str(), value(&entry.value)?))).collect()
}

const DIGITS_MAX: usize = 1000;
