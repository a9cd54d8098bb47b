//! Strings as runs of characters. It does not know searching or formatting.
//!
//! A character is what a reader sees as one (a grapheme cluster), so that `é` counts as one
//! however it is encoded.

use sluice_value::{TEXT_BYTES_MAX, Value};
use unicode_segmentation::UnicodeSegmentation;

use crate::functions::argument::{bytes, count, list, text, text_or};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("lower", ONE, "In lower case.", ("lower('ÀB')", "\"àb\""), |_, args| {
        Ok(Value::from(text(args, 0)?.to_lowercase()))
    }),
    Function::pure("upper", ONE, "In upper case.", ("upper('aß')", "\"ASS\""), |_, args| {
        Ok(Value::from(text(args, 0)?.to_uppercase()))
    }),
    Function::pure(
        "trim",
        ONE_OR_TWO,
        "Without blanks, or any of the given characters, at both ends.",
        ("trim(' a ')", "\"a\""),
        |_, args| trim(args, |text, cut| text.trim_matches(cut)),
    ),
    Function::pure(
        "ltrim",
        ONE_OR_TWO,
        "Without blanks, or any of the given characters, at the start.",
        ("ltrim(' a ')", "\"a \""),
        |_, args| trim(args, |text, cut| text.trim_start_matches(cut)),
    ),
    Function::pure(
        "rtrim",
        ONE_OR_TWO,
        "Without blanks, or any of the given characters, at the end.",
        ("rtrim('1.500', '0')", "\"1.5\""),
        |_, args| trim(args, |text, cut| text.trim_end_matches(cut)),
    ),
    Function::pure("strlen", ONE, "How many characters.", ("strlen('né')", "2"), |_, args| {
        Ok(Value::from(text(args, 0)?.graphemes(true).count()))
    }),
    Function::pure(
        "substr",
        Arity::between(2, 3),
        "From a character counted from 0, to the end or that many.",
        ("substr('abcdef', 1, 3)", "\"bcd\""),
        substr,
    ),
    Function::pure(
        "reverse",
        ONE,
        "The other way round.",
        ("reverse('né')", "\"én\""),
        |_, args| Ok(Value::from(text(args, 0)?.graphemes(true).rev().collect::<String>())),
    ),
    Function::pure(
        "concat",
        Arity::at_least(1),
        "The text of every argument, or of every item of one list, joined.",
        ("concat('a', 1, true)", "\"a1true\""),
        concat,
    ),
    Function::pure(
        "pad",
        Arity::between(2, 4),
        "Filled up to that many characters `trailing` (default), `leading` or `both`, with \
         blanks or the given text for each missing character.",
        ("pad('7', 3, 'leading', '0')", "\"007\""),
        pad,
    ),
    Function::pure("ascii", ONE, "The first byte.", ("ascii('a')", "97"), |_, args| {
        let first = bytes(args, 0)?.first().copied();
        first
            .map(u32::from)
            .map(Value::from)
            .ok_or_else(|| FunctionError::new("the string is empty"))
    }),
    Function::pure(
        "join_to_string",
        Arity::between(1, 2),
        "The text of a list's items, joined by `', '` or the separator given first.",
        ("join_to_string('-', [1, 'a'])", "\"1-a\""),
        join_to_string,
    ),
];

const ONE: Arity = Arity::exactly(1);
const ONE_OR_TWO: Arity = Arity::between(1, 2);

/// The bytes that `pad` may give.
const PADDED_BYTES_MAX: usize = 1 << 20;

fn trim(
    args: &[Value],
    cut: for<'a> fn(&'a str, &dyn Fn(char) -> bool) -> &'a str,
) -> Result<Value, FunctionError> {
    let source = text(args, 0)?;
    if args.len() == 1 {
        return Ok(Value::from(cut(source, &is_blank)));
    }
    let characters = text(args, 1)?;
    Ok(Value::from(cut(source, &|character| characters.contains(character))))
}

fn substr(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let source = text(args, 0)?;
    let from = source.graphemes(true).skip(count(args, 1)?);
    let len = if args.len() > 2 { count(args, 2)? } else { usize::MAX };
    Ok(Value::from(from.take(len).collect::<String>()))
}

fn concat(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    match args {
        [Value::List(items)] => join("", items),
        _ => join("", args),
    }
}

fn join_to_string(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    match args.len() {
        1 => join(", ", list(args, 0)?),
        _ => join(text(args, 0)?, list(args, 1)?),
    }
}

fn join(separator: &str, items: &[Value]) -> Result<Value, FunctionError> {
    let mut out = Vec::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(separator.as_bytes());
        }
        item.render_text_within(TEXT_BYTES_MAX, &mut out)?;
    }
    Ok(Value::from(out))
}

fn pad(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let source = text(args, 0)?;
    let missing = count(args, 1)?.saturating_sub(source.graphemes(true).count());
    let filler = text_or(args, 3, " ")?;
    let (left, right) = match text_or(args, 2, "trailing")? {
        "trailing" => (0, missing),
        "leading" => (missing, 0),
        "both" => (missing / 2, missing - missing / 2),
        other => {
            let known = "is `leading`, `trailing` or `both`, not";
            return Err(FunctionError::new(format!("the side to pad {known} `{other}`")));
        }
    };
    if missing.saturating_mul(filler.len()).saturating_add(source.len()) > PADDED_BYTES_MAX {
        return Err(FunctionError::new("the result is too large"));
    }
    Ok(Value::from(format!("{}{source}{}", filler.repeat(left), filler.repeat(right))))
}

/// Unicode's pattern white space, which is what Erlang trims.
fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
    )
}
