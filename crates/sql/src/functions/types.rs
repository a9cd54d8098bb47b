//! Questions about a value's type; nothing is converted. It does not know conversions.

use sluice_value::Value;

use crate::functions::argument::any;
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("is_str", ONE, "Whether it is a string.", ("is_str('a')", "true"), |_, args| {
        Ok(Value::Bool(matches!(any(args, 0), Value::Text(_))))
    }),
    Function::pure(
        "is_bool",
        ONE,
        "Whether it is a boolean.",
        ("is_bool('true')", "false"),
        |_, args| Ok(Value::Bool(matches!(any(args, 0), Value::Bool(_)))),
    ),
    Function::pure("is_int", ONE, "Whether it is an integer.", ("is_int(1.0)", "false"), is_int),
    Function::pure(
        "is_float",
        ONE,
        "Whether it is a float.",
        ("is_float(1.0)", "true"),
        |_, args| Ok(Value::Bool(matches!(any(args, 0), Value::Float(_)))),
    ),
    Function::pure(
        "is_num",
        ONE,
        "Whether it is a number.",
        ("is_num('1')", "false"),
        |_, args| Ok(Value::Bool(any(args, 0).is_number())),
    ),
    Function::pure(
        "is_map",
        ONE,
        "Whether it is a map.",
        ("is_map(map_new())", "true"),
        |_, args| Ok(Value::Bool(matches!(any(args, 0), Value::Map(_)))),
    ),
    Function::pure(
        "is_array",
        ONE,
        "Whether it is a list.",
        ("is_array([1])", "true"),
        |_, args| Ok(Value::Bool(matches!(any(args, 0), Value::List(_)))),
    ),
    Function::pure(
        "is_null",
        ONE,
        "Whether it is undefined; JSON null is not.",
        ("is_null(json_decode('null'))", "false"),
        |_, args| Ok(Value::Bool(any(args, 0).is_undefined())),
    ),
    Function::pure(
        "is_not_null",
        ONE,
        "Whether it is not undefined.",
        ("is_not_null(null())", "false"),
        |_, args| Ok(Value::Bool(!any(args, 0).is_undefined())),
    ),
    Function::pure(
        "is_null_var",
        ONE,
        "Whether it is undefined or JSON null.",
        ("is_null_var(json_decode('null'))", "true"),
        |_, args| Ok(Value::Bool(is_null_var(args))),
    ),
    Function::pure(
        "is_not_null_var",
        ONE,
        "Whether it is neither undefined nor JSON null.",
        ("is_not_null_var(0)", "true"),
        |_, args| Ok(Value::Bool(!is_null_var(args))),
    ),
    Function::pure(
        "is_json",
        ONE,
        "Whether it is a string that is JSON; guards paths below `payload`.",
        ("is_json('{\"a\":')", "false"),
        |_, args| Ok(Value::Bool(is_json(any(args, 0)))),
    ),
    Function::pure(
        "is_empty",
        ONE,
        "Whether a string, list, map or JSON-object string is empty; other text is an error.",
        ("is_empty('{}')", "true"),
        is_empty,
    ),
];

const ONE: Arity = Arity::exactly(1);

fn is_int(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    Ok(Value::Bool(matches!(any(args, 0), Value::Integer(_) | Value::BigInteger(_))))
}

fn is_null_var(args: &[Value]) -> bool {
    matches!(any(args, 0), Value::Undefined | Value::Null)
}

fn is_json(value: &Value) -> bool {
    if let Value::Text(text) = value { Value::from_json(text.as_bytes()).is_ok() } else { false }
}

fn is_empty(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let empty = match any(args, 0) {
        Value::List(items) => Some(items.is_empty()),
        Value::Map(map) => Some(map.is_empty()),
        Value::Text(text) if text.is_empty() => Some(true),
        Value::Text(text) => match Value::from_json(text.as_bytes()) {
            Ok(Value::Map(map)) => Some(map.is_empty()),
            Ok(_) | Err(_) => None,
        },
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_) => None,
    };
    let needed = "argument 1 must be a list, a map, '' or a JSON object";
    empty.map(Value::Bool).ok_or_else(|| FunctionError::new(needed))
}
