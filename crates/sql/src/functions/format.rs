//! Strings made from values by a format, and escapes resolved. It does not know templates.

mod sprintf;

use sluice_value::{TEXT_BYTES_MAX, Value};

use crate::functions::argument::{list, text};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "sprintf_s",
        Arity::exactly(2),
        "Erlang's `io:format` over a list: `~s` text, `~p` and `~w` any value, `~b` integer \
         (`~.16b` in base 16), `~.2f` `~.3e` float, `~c` character, `~n` line end, `~~` tilde; \
         a width as in `~5b`, `~-5s`, `~3..0b`.",
        ("sprintf_s('~s: ~.2f', ['t', 20.5])", "\"t: 20.50\""),
        |_, args| sprintf::format(text(args, 0)?, list(args, 1)?),
    ),
    Function::pure(
        "sprintf",
        Arity::at_least(1),
        "`sprintf_s` with the values as arguments.",
        ("sprintf('~s-~3..0b', 'n', 7)", "\"n-007\""),
        |_, args| sprintf::format(text(args, 0)?, args.get(1..).unwrap_or_default()),
    ),
    Function::pure(
        "unescape",
        Arity::exactly(1),
        "Escapes resolved: `\\n \\t \\r \\b \\f \\v \\a \\\\ \\' \\\" \\?` and `\\x` with the \
         hexadecimal digits of a code point.",
        (r"unescape('a\tb\x41')", "\"a\\tbA\""),
        unescape,
    ),
    Function::pure(
        "join_to_sql_values_string",
        Arity::exactly(1),
        "A list's items as SQL literals: text, booleans, lists and maps quoted, undefined `NULL`.",
        ("join_to_sql_values_string(['a', 1, null()])", "\"'a', 1, NULL\""),
        join_to_sql_values_string,
    ),
];

fn unescape(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let mut rest = text(args, 0)?;
    let mut out = String::with_capacity(rest.len());
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let mut characters = escape.chars();
        let character = match characters.next() {
            Some('x') => {
                let (character, after) = hexadecimal(characters.as_str())?;
                out.push(character);
                rest = after;
                continue;
            }
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('v') => '\u{b}',
            Some('a') => '\u{7}',
            Some(same @ ('\\' | '\'' | '"' | '?')) => same,
            Some(other) => return Err(FunctionError::new(format!("unknown escape `\\{other}`"))),
            None => return Err(FunctionError::new("an escape is cut off at the end")),
        };
        out.push(character);
        rest = characters.as_str();
    }
    out.push_str(rest);
    Ok(Value::from(out))
}

fn hexadecimal(text: &str) -> Result<(char, &str), FunctionError> {
    let end = text.find(|digit: char| !digit.is_ascii_hexdigit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    let wrong = || FunctionError::new(format!("`\\x{digits}` is no character"));
    code.map(|character| (character, rest)).ok_or_else(wrong)
}

fn join_to_sql_values_string(
    _: &mut CallContext<'_, '_>,
    args: &[Value],
) -> Result<Value, FunctionError> {
    let mut out = Vec::new();
    for (i, item) in list(args, 0)?.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        write_sql_literal(item, &mut out)?;
        if out.len() > TEXT_BYTES_MAX {
            return Err(FunctionError::new("the result is too large"));
        }
    }
    Ok(Value::from(out))
}

fn write_sql_literal(value: &Value, out: &mut Vec<u8>) -> Result<(), FunctionError> {
    match value {
        Value::Undefined => out.extend_from_slice(b"NULL"),
        Value::Integer(_) | Value::BigInteger(_) | Value::Float(_) => value.render_text(out),
        Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
            out.push(b'\'');
            for byte in value.try_rendered()?.as_bytes() {
                match byte {
                    b'\'' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
                    b'\n' => out.extend_from_slice(b"\\n"),
                    b'\r' => out.extend_from_slice(b"\\r"),
                    0 => out.extend_from_slice(b"\\0"),
                    _ => out.push(*byte),
                }
            }
            out.push(b'\'');
        }
    }
    Ok(())
}
