//! Finding, splitting and replacing in strings. It does not know regular expressions.

use sluice_value::{TEXT_BYTES_MAX, Value};

use crate::functions::argument::{text, text_or};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "find",
        Arity::between(2, 3),
        "The rest of the string from the first (`leading`, default) or last (`trailing`) \
         occurrence on; empty when there is none.",
        ("find('a/b/c', '/', 'trailing')", "\"/c\""),
        find,
    ),
    Function::pure(
        "split",
        Arity::between(2, 3),
        "The parts between separators, empty ones dropped; `notrim` keeps them. `leading`, \
         `trailing` split at the first or last separator only, `leading_notrim`, \
         `trailing_notrim` keep empty parts.",
        ("split('a/b//c', '/')", r#"["a","b","c"]"#),
        split,
    ),
    Function::pure(
        "tokens",
        Arity::between(2, 3),
        "The parts between any of the given characters, with `'nocrlf'` also between lines; \
         never empty.",
        ("tokens('a b;c', ' ;')", r#"["a","b","c"]"#),
        tokens,
    ),
    Function::pure(
        "replace",
        Arity::between(3, 4),
        "Every occurrence replaced (`all`), or only the first (`leading`) or last (`trailing`).",
        ("replace('ababef', 'ab', 'cd')", "\"cdcdef\""),
        replace,
    ),
    Function::pure(
        "rm_prefix",
        Arity::exactly(2),
        "Without that beginning, where it is there.",
        ("rm_prefix('dev/1', 'dev/')", "\"1\""),
        rm_prefix,
    ),
];

fn find(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let (source, pattern) = (text(args, 0)?, text(args, 1)?);
    let at = match text_or(args, 2, "leading")? {
        "leading" => source.find(pattern),
        "trailing" => source.rfind(pattern),
        other => return Err(unknown_option(other)),
    };
    Ok(Value::from(at.and_then(|at| source.get(at..)).unwrap_or_default()))
}

fn split(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let (source, separator) = (text(args, 0)?, text(args, 1)?);
    let option = text_or(args, 2, "")?;
    let parts: Vec<&str> = match option {
        _ if separator.is_empty() => vec![source],
        "" | "notrim" => source.split(separator).collect(),
        "leading" | "leading_notrim" => source.splitn(2, separator).collect(),
        "trailing" | "trailing_notrim" => match source.rsplit_once(separator) {
            Some((before, after)) => vec![before, after],
            None => vec![source],
        },
        other => return Err(unknown_option(other)),
    };
    let keep_empty = option.ends_with("notrim");
    Ok(parts.into_iter().filter(|part| keep_empty || !part.is_empty()).map(Value::from).collect())
}

fn tokens(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let (source, separators) = (text(args, 0)?, text(args, 1)?);
    let lines = match text_or(args, 2, "")? {
        "" => false,
        "nocrlf" => true,
        other => return Err(unknown_option(other)),
    };
    let separates = |character: char| {
        separators.contains(character) || lines && matches!(character, '\r' | '\n')
    };
    Ok(source.split(separates).filter(|token| !token.is_empty()).map(Value::from).collect())
}

fn replace(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let (source, pattern, replacement) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
    let option = text_or(args, 3, "all")?;
    if !matches!(option, "all" | "leading" | "trailing") {
        return Err(unknown_option(option));
    }
    if pattern.is_empty() {
        return Ok(Value::from(source));
    }
    if option == "trailing" {
        let Some((before, after)) = source.rsplit_once(pattern) else { return Ok(source.into()) };
        return bounded(source.len().saturating_add(replacement.len()))
            .map(|()| Value::from(format!("{before}{replacement}{after}")));
    }
    let times = if option == "leading" { 1 } else { source.matches(pattern).count() };
    bounded(source.len().saturating_add(replacement.len().saturating_mul(times)))?;
    Ok(Value::from(source.replacen(pattern, replacement, times)))
}

fn rm_prefix(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let (source, prefix) = (text(args, 0)?, text(args, 1)?);
    Ok(Value::from(source.strip_prefix(prefix).unwrap_or(source)))
}

fn bounded(bytes: usize) -> Result<(), FunctionError> {
    if bytes > TEXT_BYTES_MAX {
        return Err(FunctionError::new("the result is too large"));
    }
    Ok(())
}

fn unknown_option(option: &str) -> FunctionError {
    FunctionError::new(format!("there is no option `{option}`"))
}
