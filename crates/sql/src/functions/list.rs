//! Lists. It does not know index paths.

use sluice_value::{Value, strict_eq};

use crate::functions::argument::{any, count, list};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "nth",
        Arity::exactly(2),
        "The i-th item, counted from 1.",
        ("nth(2, ['a', 'b'])", "\"b\""),
        nth,
    ),
    Function::pure(
        "length",
        Arity::exactly(1),
        "How many items.",
        ("length([1, 2])", "2"),
        |_, args| Ok(Value::from(list(args, 0)?.len())),
    ),
    Function::pure(
        "sublist",
        Arity::between(2, 3),
        "The first items: `(len, list)`, or items from one counted from 1: `(start, len, list)`.",
        ("sublist(2, 5, [1, 2, 3])", "[2,3]"),
        sublist,
    ),
    Function::pure(
        "first",
        Arity::exactly(1),
        "The first item.",
        ("first([1, 2])", "1"),
        |_, args| {
            list(args, 0)?.first().cloned().ok_or_else(|| FunctionError::new("the list is empty"))
        },
    ),
    Function::pure(
        "last",
        Arity::exactly(1),
        "The last item.",
        ("last([1, 2])", "2"),
        |_, args| {
            list(args, 0)?.last().cloned().ok_or_else(|| FunctionError::new("the list is empty"))
        },
    ),
    Function::pure(
        "contains",
        Arity::exactly(2),
        "Whether a list holds a value of the same type.",
        ("contains(1, [1.0, '1'])", "false"),
        |_, args| Ok(Value::Bool(list(args, 1)?.iter().any(|item| strict_eq(item, any(args, 0))))),
    ),
];

fn nth(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let position = count(args, 0)?;
    let found = position.checked_sub(1).and_then(|at| list(args, 1).ok()?.get(at));
    match found {
        Some(item) => Ok(item.clone()),
        None => {
            list(args, 1)?;
            Err(FunctionError::new(format!("the list has no item {position}")))
        }
    }
}

fn sublist(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let (skipped, len, items) = match args.len() {
        2 => (Some(0), count(args, 0)?, list(args, 1)?),
        _ => (count(args, 0)?.checked_sub(1), count(args, 1)?, list(args, 2)?),
    };
    let skipped = skipped.ok_or_else(|| FunctionError::new("items are counted from 1"))?;
    Ok(items.iter().skip(skipped).take(len).cloned().collect())
}
