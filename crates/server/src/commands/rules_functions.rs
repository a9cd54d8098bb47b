//! `sluice rules functions`: lists the functions of the rule language. It does not know what they
//! compute.

use std::io;

use sluice_sql::functions::{Arity, FAMILIES, Function, nearest};

use super::{Outcome, Streams};

/// Prints name, argument count, doc and example of each function whose name holds one of `words`,
/// of all where there are none.
///
/// # Errors
/// When nothing can be written.
pub(crate) fn run(words: &[String], streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    for family in FAMILIES {
        for function in family.iter().filter(|it| is_meant(it.name, &lower)) {
            print(function, streams)?;
        }
    }
    let mut outcome = Outcome::Done;
    for word in &lower {
        if !FAMILIES.iter().copied().flatten().any(|it| it.name.contains(word.as_str())) {
            let near = nearest(word).map(|near| format!("; did you mean `{near}`?"));
            let near = near.unwrap_or_default();
            writeln!(streams.errors, "error: no function's name holds `{word}`{near}")?;
            outcome = Outcome::Failed;
        }
    }
    Ok(outcome)
}

fn is_meant(name: &str, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
}

fn print(function: &Function, streams: &mut Streams<'_>) -> io::Result<()> {
    let Function { name, arity, doc, example: (call, value), .. } = function;
    let arguments = arguments(*arity);
    writeln!(streams.output, "{name} ({arguments}): {doc}")?;
    writeln!(streams.output, "    {call} = {value}")
}

fn arguments(arity: Arity) -> String {
    let Arity { min, max } = arity;
    match max {
        0 => "no argument".to_owned(),
        1 if min == 1 => "1 argument".to_owned(),
        _ if min == max => format!("{min} arguments"),
        usize::MAX => format!("{min} or more arguments"),
        _ if min + 1 == max => format!("{min} or {max} arguments"),
        _ => format!("{min} to {max} arguments"),
    }
}
