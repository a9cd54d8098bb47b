//! Regular expressions. It does not know literals from computed patterns; what was prepared is
//! used.
//!
//! The syntax is that of the `regex` crate, which runs in linear time on any input: most of PCRE,
//! without look-around and back references. `$` is the very end. Classes like `\d` know Unicode.

use std::borrow::Cow;

use regex::bytes::{Captures, Match, Regex, RegexBuilder};
use sluice_value::{TEXT_BYTES_MAX, Value};

use crate::functions::argument::{bytes, text};
use crate::functions::prepared::{Compiled, Prepared};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "regex_match",
        Arity::exactly(2),
        "Whether a regular expression matches anywhere in the string.",
        ("regex_match('dev42', '^dev[0-9]+$')", "true"),
        regex_match,
    )
    .prepared_by(prepare),
    Function::pure(
        "regex_replace",
        Arity::exactly(3),
        "Every match replaced; `&` in the replacement is the match, `\\1` its first group.",
        (r"regex_replace('ab1', '([a-z])([0-9])', '\2\1')", "\"a1b\""),
        regex_replace,
    )
    .prepared_by(prepare),
    Function::pure(
        "regex_extract",
        Arity::exactly(2),
        "The groups of the first match; an empty list without a match.",
        ("regex_extract('t=21,h=40', 't=([0-9]+),h=([0-9]+)')", r#"["21","40"]"#),
        regex_extract,
    )
    .prepared_by(prepare),
];

fn prepare(args: &[Option<Value>]) -> Result<Option<Prepared>, FunctionError> {
    let Some(Some(pattern)) = args.get(1) else { return Ok(None) };
    let pattern = text(std::slice::from_ref(pattern), 0)?;
    Ok(Some(Prepared(Compiled::Regex(compile(pattern, WRITTEN_BYTES_MAX)?))))
}

fn compile(pattern: &str, compiled_bytes_max: usize) -> Result<Regex, FunctionError> {
    if pattern.len() > PATTERN_BYTES_MAX {
        let problem = format!("a regular expression has at most {PATTERN_BYTES_MAX} bytes");
        return Err(FunctionError::new(problem));
    }
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(compiled_bytes_max).dfa_size_limit(compiled_bytes_max);
    builder.build().map_err(|error| FunctionError::new(error.to_string()))
}

fn regex<'p>(
    context: &CallContext<'p, '_>,
    args: &[Value],
) -> Result<Cow<'p, Regex>, FunctionError> {
    if let Some(regex) = context.prepared.and_then(Prepared::as_regex) {
        return Ok(Cow::Borrowed(regex));
    }
    let pattern = text(args, 1)?;
    if pattern.len().saturating_mul(bytes(args, 0)?.len()) > COMPUTED_STEPS_MAX {
        return Err(FunctionError::new("a computed regular expression over too long a string"));
    }
    Ok(Cow::Owned(compile(pattern, COMPUTED_BYTES_MAX)?))
}

fn regex_match(context: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    Ok(Value::Bool(regex(context, args)?.is_match(bytes(args, 0)?)))
}

fn regex_replace(
    context: &mut CallContext<'_, '_>,
    args: &[Value],
) -> Result<Value, FunctionError> {
    let (regex, source) = (regex(context, args)?, bytes(args, 0)?);
    let pieces = replacement(bytes(args, 2)?);
    let (mut out, mut copied) = (Vec::new(), 0);
    let mut replace = |matched: Match<'_>, captures: Option<&Captures<'_>>| {
        out.extend_from_slice(source.get(copied..matched.start()).unwrap_or_default());
        copied = matched.end();
        append(&pieces, matched, captures, &mut out)
    };
    // Finding groups costs a multiple of finding the match.
    if pieces.iter().any(|piece| matches!(piece, Piece::Group(1..))) {
        for captures in regex.captures_iter(source) {
            captures.get(0).map_or(Ok(()), |matched| replace(matched, Some(&captures)))?;
        }
    } else {
        regex.find_iter(source).try_for_each(|matched| replace(matched, None))?;
    }
    out.extend_from_slice(source.get(copied..).unwrap_or_default());
    Ok(Value::from(out))
}

fn regex_extract(
    context: &mut CallContext<'_, '_>,
    args: &[Value],
) -> Result<Value, FunctionError> {
    let regex = regex(context, args)?;
    let Some(captures) = regex.captures(bytes(args, 0)?) else { return Ok(Value::empty_list()) };
    let groups = captures.iter().skip(1);
    let groups = groups.map(|group| Value::from(group.map(|g| g.as_bytes()).unwrap_or_default()));
    Ok(groups.collect())
}

/// A piece of a replacement text.
enum Piece {
    Bytes(Vec<u8>),
    Group(usize),
}

fn replacement(mut text: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    while let [first, rest @ ..] = text {
        let group = match (first, rest) {
            (b'&', _) => Some((0, rest)),
            (b'\\', [digit @ b'0'..=b'9', after @ ..]) => Some((usize::from(digit - b'0'), after)),
            _ => None,
        };
        text = match (group, first, rest) {
            (Some((group, after)), _, _) => {
                pieces.push(Piece::Bytes(std::mem::take(&mut literal)));
                pieces.push(Piece::Group(group));
                after
            }
            (None, b'\\', [escaped @ (b'\\' | b'&'), after @ ..]) => {
                literal.push(*escaped);
                after
            }
            (None, _, _) => {
                literal.push(*first);
                rest
            }
        };
    }
    pieces.push(Piece::Bytes(literal));
    pieces
}

fn append(
    pieces: &[Piece],
    matched: Match<'_>,
    captures: Option<&Captures<'_>>,
    out: &mut Vec<u8>,
) -> Result<(), FunctionError> {
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
            Piece::Group(0) => out.extend_from_slice(matched.as_bytes()),
            Piece::Group(group) => {
                let group = captures.and_then(|captures| captures.get(*group));
                let group = group.map(|group| group.as_bytes());
                out.extend_from_slice(group.unwrap_or_default());
            }
        }
        if out.len() > TEXT_BYTES_MAX {
            return Err(FunctionError::new("the result is too large"));
        }
    }
    Ok(())
}

const PATTERN_BYTES_MAX: usize = 4096;
const WRITTEN_BYTES_MAX: usize = 1 << 20;

// A pattern that is no literal may come from a message, so that its cost is a stranger's choice.
const COMPUTED_BYTES_MAX: usize = 64 << 10;
const COMPUTED_STEPS_MAX: usize = 16 << 20;
