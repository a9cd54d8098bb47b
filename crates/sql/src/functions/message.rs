//! The event's columns as functions. It does not know which event it is.

use sluice_value::{Value, strict_eq};

use crate::functions::argument::{any, integer, list, text};
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
    Function::pure(
        "contains_topic",
        Arity::between(2, 3),
        "Whether a list of `{topic, qos}` maps (or of filters) holds a topic, of that QoS \
        if given.",
        ("contains_topic(['t/+', 't/1'], 't/1')", "true"),
        |_, args| contains_topic(args, |filter, topic| filter == topic),
    ),
    Function::pure(
        "contains_topic_match",
        Arity::between(2, 3),
        "Whether a list of `{topic, qos}` maps (or of filters) has a filter that matches a topic.",
        ("contains_topic_match(['t/+'], 't/1')", "true"),
        |_, args| contains_topic(args, sluice_topic::matches),
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

fn contains_topic(args: &[Value], holds: fn(&str, &str) -> bool) -> Result<Value, FunctionError> {
    let topic = text(args, 1)?;
    let found = list(args, 0)?.iter().any(|subscription| {
        let named = subscription.get_ref("topic");
        let filter = named.unwrap_or(subscription).as_str();
        let of_qos = args.len() < 3
            || subscription.get_ref("qos").is_some_and(|qos| strict_eq(qos, any(args, 2)));
        of_qos && filter.is_some_and(|filter| holds(filter, topic))
    });
    Ok(Value::Bool(found))
}
