//! Arguments read as the type that a function needs, with one wording for what is wrong.
//! It does not know functions.

use std::borrow::Cow;

use num_bigint::BigInt;
use sluice_value::Value;

use crate::functions::FunctionError;

/// The argument at `at`; undefined where an optional one was left out.
pub(super) fn any(args: &[Value], at: usize) -> &Value {
    args.get(at).unwrap_or(&Value::Undefined)
}

/// Bytes of a string; booleans pass as their names, as EMQX's atoms do.
pub(super) fn bytes(args: &[Value], at: usize) -> Result<&[u8], FunctionError> {
    match any(args, at) {
        Value::Text(text) => Ok(text.as_bytes()),
        Value::Bool(true) => Ok(b"true"),
        Value::Bool(false) => Ok(b"false"),
        other @ (Value::Undefined
        | Value::Null
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Map(_)) => Err(wrong(at, "a string", other)),
    }
}

/// Text of a string that must be UTF-8.
pub(super) fn text(args: &[Value], at: usize) -> Result<&str, FunctionError> {
    str::from_utf8(bytes(args, at)?)
        .map_err(|_| FunctionError::new(format!("argument {} is not valid UTF-8", at + 1)))
}

/// [`text`], or `default` where the argument was left out.
pub(super) fn text_or<'a>(
    args: &'a [Value],
    at: usize,
    default: &'a str,
) -> Result<&'a str, FunctionError> {
    if args.len() > at { text(args, at) } else { Ok(default) }
}

/// An integer of any size.
pub(super) fn big_integer(args: &[Value], at: usize) -> Result<BigInt, FunctionError> {
    let value = any(args, at);
    value.to_big_integer().ok_or_else(|| wrong(at, "an integer", value))
}

/// An integer of 64 bits.
pub(super) fn integer(args: &[Value], at: usize) -> Result<i64, FunctionError> {
    let value = any(args, at);
    if let Value::Integer(integer) = value {
        return Ok(*integer);
    }
    if let Value::BigInteger(_) = value {
        return Err(FunctionError::new(format!("argument {} is too large", at + 1)));
    }
    Err(wrong(at, "an integer", value))
}

/// An integer that is not negative.
pub(super) fn count(args: &[Value], at: usize) -> Result<usize, FunctionError> {
    usize::try_from(integer(args, at)?)
        .map_err(|_| FunctionError::new(format!("argument {} must not be negative", at + 1)))
}

/// A number as the nearest float.
pub(super) fn number(args: &[Value], at: usize) -> Result<f64, FunctionError> {
    let value = any(args, at);
    if !value.is_number() {
        return Err(wrong(at, "a number", value));
    }
    let too_large = || FunctionError::new(format!("argument {} is too large", at + 1));
    value.to_f64().ok_or_else(too_large)
}

/// The items of a list.
pub(super) fn list(args: &[Value], at: usize) -> Result<&[Value], FunctionError> {
    let value = any(args, at);
    if let Value::List(items) = value { Ok(items) } else { Err(wrong(at, "a list", value)) }
}

/// A map, or a string that is a JSON object.
pub(super) fn map(args: &[Value], at: usize) -> Result<Cow<'_, Value>, FunctionError> {
    let value = any(args, at);
    if let Value::Map(_) = value {
        return Ok(Cow::Borrowed(value));
    }
    if let Value::Text(text) = value
        && let Ok(decoded @ Value::Map(_)) = Value::from_json(text.as_bytes())
    {
        return Ok(Cow::Owned(decoded));
    }
    Err(wrong(at, "a map", value))
}

/// The error of an argument that has another type than needed.
pub(super) fn wrong(at: usize, needed: &str, found: &Value) -> FunctionError {
    let found = found.type_name();
    FunctionError::new(format!("argument {} must be {needed}, not {found}", at + 1))
}
