//! Date and time. It does not know the clock: now is what the evaluation says.
//!
//! The host's zone is taken as UTC: a rule gives the same rows on every machine. Where another
//! zone is meant, its offset is given.

mod calendar;
mod pattern;
mod zone;

use sluice_value::Value;

use crate::functions::argument::{any, big_integer, text, text_or};
use crate::functions::time::calendar::{NANOS_PER_SECOND, Unit};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::impure(
        "now_timestamp",
        Arity::between(0, 1),
        "The time since 1970 in a unit: `second` (default), `millisecond`, `microsecond`, \
         `nanosecond`.",
        ("now_timestamp('millisecond')", "1700000000123"),
        |context, args| Ok(unit(args, 0)?.count(context.evaluation.unix_nanos)),
    ),
    Function::impure(
        "now_rfc3339",
        Arity::between(0, 1),
        "The time as RFC 3339 in UTC, with the decimals of a unit.",
        ("now_rfc3339()", "\"2023-11-14T22:13:20+00:00\""),
        |context, args| calendar::to_rfc3339(context.evaluation.unix_nanos, unit(args, 0)?),
    ),
    Function::pure(
        "unix_ts_to_rfc3339",
        Arity::between(1, 2),
        "A count of a unit since 1970 as RFC 3339 in UTC.",
        ("unix_ts_to_rfc3339(1700000000123, 'millisecond')", "\"2023-11-14T22:13:20.123+00:00\""),
        unix_ts_to_rfc3339,
    ),
    Function::pure(
        "rfc3339_to_unix_ts",
        Arity::between(1, 2),
        "The count of a unit since 1970 from RFC 3339, its offset honoured.",
        ("rfc3339_to_unix_ts('2023-11-15T06:13:20+08:00')", "1700000000"),
        |_, args| Ok(unit(args, 1)?.count(calendar::from_rfc3339(text(args, 0)?)?)),
    ),
    Function::impure(
        "format_date",
        Arity::between(3, 4),
        "`(unit, offset, format[, timestamp])`: `%Y %m %d %H %M %S %N %3N %6N %z %:z %::z` \
         filled in, by default with the time; offset in seconds, `Z`, `local` (UTC), `+08:00`, \
         `+0800`.",
        (
            "format_date('second', '+01:00', '%Y-%m-%d %H:%M:%S%:z', 1700000000)",
            "\"2023-11-14 23:13:20+01:00\"",
        ),
        format_date,
    ),
    Function::pure(
        "date_to_unix_ts",
        Arity::between(3, 4),
        "`(unit, [offset,] format, text)`: the reverse of `format_date`; characters of the format \
         that are no directives skip one character each.",
        ("date_to_unix_ts('second', '%Y-%m-%d %H:%M:%S', '2023-11-14 22:13:20')", "1700000000"),
        date_to_unix_ts,
    ),
    Function::pure(
        "timezone_to_offset_seconds",
        Arity::exactly(1),
        "The seconds of an offset as `format_date` takes it.",
        ("timezone_to_offset_seconds('-02:30')", "-9000"),
        |_, args| zone::offset_seconds(any(args, 0)).map(Value::Integer),
    ),
    Function::pure(
        "timezone_to_second",
        Arity::exactly(1),
        "Same as `timezone_to_offset_seconds`.",
        ("timezone_to_second('Z')", "0"),
        |_, args| zone::offset_seconds(any(args, 0)).map(Value::Integer),
    ),
];

fn unit(args: &[Value], at: usize) -> Result<Unit, FunctionError> {
    Unit::parse(text_or(args, at, "second")?)
}

fn unix_ts_to_rfc3339(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let unit = unit(args, 1)?;
    calendar::to_rfc3339(timestamp(args, 0, unit)?, unit)
}

fn format_date(context: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let unit = unit(args, 0)?;
    let offset = zone::offset_seconds(any(args, 1))?;
    let nanos = match args.len() {
        3 => context.evaluation.unix_nanos,
        _ => timestamp(args, 3, unit)?,
    };
    pattern::format(text(args, 2)?, nanos, offset).map(Value::from)
}

fn date_to_unix_ts(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let unit = unit(args, 0)?;
    let (offset, at) = match args.len() {
        3 => (0, 1),
        _ => (zone::offset_seconds(any(args, 1))?, 2),
    };
    let nanos = pattern::parse(text(args, at)?, text(args, at + 1)?, offset)?;
    Ok(unit.count(nanos))
}

/// Nanoseconds since 1970 from a count of `unit`.
fn timestamp(args: &[Value], at: usize, unit: Unit) -> Result<i128, FunctionError> {
    let count = i64::try_from(big_integer(args, at)?).ok();
    let nanos = count.map(|count| i128::from(count) * (NANOS_PER_SECOND / unit.per_second()));
    nanos.ok_or_else(|| FunctionError::new("the timestamp is out of range"))
}
