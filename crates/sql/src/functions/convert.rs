//! Conversion between types. It does not know the operators' own coercions.

use num_bigint::BigInt;
use num_traits::FromPrimitive;
use sluice_value::{Key, Map, Value, write_decimals};

use crate::functions::argument::{any, bytes, count, text_or, wrong};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "str",
        ONE,
        "The text of a value, as in templates: floats with at most ten decimals, maps and lists \
         as JSON.",
        ("str(1.50)", "\"1.5\""),
        |_, args| Ok(Value::Text(any(args, 0).try_rendered()?)),
    ),
    Function::pure("str_utf8", ONE, "Same as `str`.", ("str_utf8(true)", "\"true\""), |_, args| {
        Ok(Value::Text(any(args, 0).try_rendered()?))
    }),
    Function::pure(
        "str_utf16_le",
        ONE,
        "The text of a value in UTF-16, little endian.",
        ("bin2hexstr(str_utf16_le('hé'))", "\"6800E900\""),
        str_utf16_le,
    ),
    Function::pure(
        "int",
        ONE,
        "An integer from a number (floats are rounded down), the text of one, or a boolean.",
        ("int('4.9')", "4"),
        int,
    ),
    Function::pure(
        "float",
        Arity::between(1, 2),
        "A float from a number or the text of one, rounded to that many decimals when they are \
         given.",
        ("float('3.14159', 2)", "3.14"),
        float,
    ),
    Function::pure(
        "float2str",
        Arity::exactly(2),
        "The text of a float with at most that many decimals.",
        ("float2str(20.2, 5)", "\"20.2\""),
        float2str,
    ),
    Function::pure(
        "bool",
        ONE,
        "A boolean from itself, `'true'`, `'false'`, 1 or 0.",
        ("bool('true')", "true"),
        bool,
    ),
    Function::pure(
        "map",
        ONE,
        "A map from itself, the text of a JSON object, or a list of `[key, value]` pairs.",
        ("map('{\"a\": 1}')", r#"{"a":1}"#),
        map,
    ),
    Function::pure(
        "bin2hexstr",
        Arity::between(1, 2),
        "Bytes as upper-case hexadecimal text, after a prefix.",
        ("bin2hexstr('hi', '0x')", "\"0x6869\""),
        |_, args| hex(args, text_or(args, 1, "")?),
    ),
    Function::pure(
        "sqlserver_bin2hexstr",
        ONE,
        "Bytes as a hexadecimal literal of SQL Server.",
        ("sqlserver_bin2hexstr('hi')", "\"0x6869\""),
        |_, args| hex(args, "0x"),
    ),
    Function::pure(
        "hexstr2bin",
        Arity::between(1, 2),
        "Bytes from hexadecimal text of any case, after a prefix that must be there.",
        ("hexstr2bin('0x6869', '0x')", "\"hi\""),
        hexstr2bin,
    ),
];

const ONE: Arity = Arity::exactly(1);

fn str_utf16_le(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let rendered = any(args, 0).try_rendered()?;
    let text =
        rendered.as_str().ok_or_else(|| FunctionError::new("argument 1 is not valid UTF-8"))?;
    Ok(Value::from(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()))
}

fn int(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let value = any(args, 0);
    match read_number(value) {
        // Floats are finite, so there is always an integer.
        Some(Value::Float(float)) => {
            Ok(Value::from(BigInt::from_f64(float.value.floor()).unwrap_or_default()))
        }
        Some(integer) => Ok(integer),
        None => match value {
            Value::Bool(value) => Ok(Value::Integer(i64::from(*value))),
            Value::Text(_) => Err(FunctionError::new("argument 1 is not the text of a number")),
            Value::Undefined
            | Value::Null
            | Value::Integer(_)
            | Value::BigInteger(_)
            | Value::Float(_)
            | Value::List(_)
            | Value::Map(_) => Err(wrong(0, "a number, a string or a boolean", value)),
        },
    }
}

fn float(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let value = any(args, 0);
    let number = read_number(value).ok_or_else(|| {
        let needed = "argument 1 is not the text of a number";
        if matches!(value, Value::Text(_)) {
            FunctionError::new(needed)
        } else {
            wrong(0, "a number", value)
        }
    })?;
    let too_large = || FunctionError::new("argument 1 is too large");
    let float = number.to_f64().ok_or_else(too_large)?;
    if args.len() < 2 {
        return Value::finite(float).ok_or_else(too_large);
    }
    let decimals = decimals(args, 1)?;
    let rounded = format!("{float:.decimals$}").parse().ok();
    rounded.and_then(Value::finite).ok_or_else(too_large)
}

fn float2str(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let value = any(args, 0);
    let Value::Float(float) = value else { return Err(wrong(0, "a float", value)) };
    let mut out = Vec::new();
    write_decimals(float.value, decimals(args, 1)?, &mut out);
    Ok(Value::from(out))
}

fn decimals(args: &[Value], at: usize) -> Result<usize, FunctionError> {
    let decimals = count(args, at)?;
    let too_many = || FunctionError::new(format!("at most {DECIMALS_MAX} decimals can be given"));
    (decimals <= DECIMALS_MAX).then_some(decimals).ok_or_else(too_many)
}

fn read_number(value: &Value) -> Option<Value> {
    if value.is_number() {
        return Some(value.clone());
    }
    if let Value::Text(text) = value { Value::number_from_text(text.as_bytes()) } else { None }
}

fn bool(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let value = any(args, 0);
    let truth = match value {
        Value::Bool(truth) => Some(*truth),
        Value::Integer(1) => Some(true),
        Value::Integer(0) => Some(false),
        Value::Float(float) if float.value == 1.0 => Some(true),
        Value::Float(float) if float.value == 0.0 => Some(false),
        Value::Text(text) if text.as_bytes() == b"true" => Some(true),
        Value::Text(text) if text.as_bytes() == b"false" => Some(false),
        Value::Undefined
        | Value::Null
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_) => None,
    };
    let needed = "argument 1 is no boolean, 'true', 'false', 1 or 0";
    truth.map(Value::Bool).ok_or_else(|| FunctionError::new(needed))
}

fn map(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    if let Value::List(pairs) = any(args, 0) {
        let pairs: Option<Map> =
            pairs.iter().map(pair).collect::<Option<Vec<_>>>().map(Map::from_iter);
        let needed = || FunctionError::new("argument 1 is no list of [key, value] pairs");
        return pairs.map(Value::from).ok_or_else(needed);
    }
    Ok(crate::functions::argument::map(args, 0)?.into_owned())
}

fn pair(pair: &Value) -> Option<(Key, Value)> {
    let Value::List(pair) = pair else { return None };
    let [key, value] = pair.as_slice() else { return None };
    Some((Key::from(key.as_str()?), value.clone()))
}

fn hex(args: &[Value], prefix: &str) -> Result<Value, FunctionError> {
    let source = bytes(args, 0)?;
    let mut out = String::with_capacity(prefix.len() + source.len() * 2);
    out.push_str(prefix);
    for byte in source {
        for digit in [byte >> 4, byte & 0xf] {
            let digit = char::from_digit(digit.into(), 16).unwrap_or_default();
            out.push(digit.to_ascii_uppercase());
        }
    }
    Ok(Value::from(out))
}

fn hexstr2bin(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let source = bytes(args, 0)?;
    let prefix = text_or(args, 1, "")?;
    let Some(digits) = source.strip_prefix(prefix.as_bytes()) else {
        return Err(FunctionError::new(format!("argument 1 does not begin with '{prefix}'")));
    };
    let (odd, pairs) = digits.split_at(digits.len() % 2);
    let mut out = Vec::with_capacity(digits.len().div_ceil(2));
    for pair in odd.chunks(1).chain(pairs.chunks(2)) {
        let digits = str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'));
        let byte = digits.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        out.push(byte.ok_or_else(|| FunctionError::new("argument 1 is not hexadecimal text"))?);
    }
    Ok(Value::from(out))
}

// What Erlang takes.
const DECIMALS_MAX: usize = 253;
