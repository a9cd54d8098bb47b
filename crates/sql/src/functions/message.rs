//! The event's columns as functions. It does not know which event it is.

use sluice_value::Value;

use crate::functions::argument::{integer, text};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::impure(
        "topic",
        Arity::between(0, 1),
        "The topic, or its i-th level counted from 1.",
        ("topic(2)", "\"1\""),
        topic,
    ),
    column("qos", "The QoS.", ("qos()", "1"), |context, _| Ok(context.columns.column("qos"))),
    column("clientid", "The client identifier.", ("clientid()", "\"c1\""), |context, _| {
        Ok(context.columns.column("clientid"))
    }),
    column("username", "The user name.", ("username()", "null"), |context, _| {
        Ok(context.columns.column("username"))
    }),
    column("peerhost", "The client's address.", ("peerhost()", "\"127.0.0.1\""), |context, _| {
        Ok(context.columns.column("peerhost"))
    }),
    column("clientip", "The client's address.", ("clientip()", "\"127.0.0.1\""), |context, _| {
        Ok(context.columns.column("peerhost"))
    }),
    column("msgid", "The message's id.", ("msgid()", "\"0001\""), |context, _| {
        Ok(context.columns.column("id"))
    }),
    column(
        "flags",
        "The message's flags.",
        ("flags()", r#"{"retain":true,"dup":false}"#),
        |context, _| Ok(context.columns.column("flags")),
    ),
    Function::impure(
        "flag",
        Arity::exactly(1),
        "One flag by name: `retain`, `dup`.",
        ("flag('retain')", "true"),
        |context, args| Ok(context.columns.column("flags").get(text(args, 0)?)),
    ),
    Function::impure(
        "payload",
        Arity::between(0, 1),
        "The payload's bytes, or the value at a dotted path of a JSON payload.",
        ("payload('a.b')", "2"),
        payload,
    ),
];

const fn column(
    name: &'static str,
    doc: &'static str,
    example: (&'static str, &'static str),
    eval: crate::functions::Eval,
) -> Function {
    Function::impure(name, Arity::exactly(0), doc, example, eval)
}

fn topic(context: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let topic = context.columns.column("topic");
    if args.is_empty() {
        return Ok(topic);
    }
    let level = integer(args, 0)?;
    let Some(topic) = topic.as_str() else {
        return Err(FunctionError::new("this event has no topic"));
    };
    let index = usize::try_from(level).ok().and_then(|level| level.checked_sub(1));
    let found = index.and_then(|index| topic.split('/').nth(index));
    let missing = || FunctionError::new(format!("the topic has no level {level}"));
    found.map(Value::from).ok_or_else(missing)
}

fn payload(context: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    if args.is_empty() {
        return Ok(context.columns.column("payload"));
    }
    let path = text(args, 0)?;
    let Some(Ok(payload)) = context.columns.payload().map(|_| context.columns.payload_json())
    else {
        return Ok(Value::Undefined);
    };
    let mut steps = path.split('.');
    let first = steps.next().map(|key| payload.get(key)).unwrap_or_default();
    Ok(steps.fold(first, |value, key| value.get(key)))
}
