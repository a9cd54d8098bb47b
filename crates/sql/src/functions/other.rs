//! Defaults, entropy and JSONPath. It does not know where entropy comes from.

use std::borrow::Cow;

use sluice_value::Value;
use uuid::{Builder, Uuid};

use crate::functions::argument::{any, text};
use crate::functions::json_path::JsonPath;
use crate::functions::prepared::{Compiled, Prepared};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("null", NONE, "Undefined.", ("is_null(null())", "true"), |_, _| {
        Ok(Value::Undefined)
    }),
    Function::pure(
        "coalesce",
        Arity::at_least(1),
        "The first argument, or item of one list, that is not undefined; JSON null counts as a \
         value.",
        ("coalesce(null(), 1, 2)", "1"),
        |_, args| Ok(first(args, |value| !value.is_undefined())),
    ),
    Function::pure(
        "coalesce_ne",
        Arity::at_least(1),
        "As `coalesce`, skipping empty strings too.",
        ("coalesce_ne(null(), '', 'a')", "\"a\""),
        |_, args| Ok(first(args, |value| !value.is_undefined() && value.as_str() != Some(""))),
    ),
    Function::impure(
        "random",
        NONE,
        "A random float, at least 0 and less than 1.",
        ("random() < 1", "true"),
        random,
    ),
    Function::impure(
        "uuid_v4",
        NONE,
        "A random UUID.",
        ("strlen(uuid_v4())", "36"),
        |context, _| Ok(Value::from(uuid_v4(context).hyphenated().to_string())),
    ),
    Function::impure(
        "uuid_v4_no_hyphen",
        NONE,
        "A random UUID without hyphens.",
        ("strlen(uuid_v4_no_hyphen())", "32"),
        |context, _| Ok(Value::from(uuid_v4(context).simple().to_string())),
    ),
    Function::pure(
        "jsonpath",
        Arity::exactly(2),
        "What a JSONPath (RFC 9535) selects from a value or from JSON text, always as a list.",
        ("jsonpath('{\"a\": [{\"b\": 1}, {\"b\": 2}]}', '$.a[?@.b > 1].b')", "[2]"),
        jsonpath,
    )
    .prepared_by(prepare_jsonpath),
];

const NONE: Arity = Arity::exactly(0);

fn first(args: &[Value], wanted: fn(&Value) -> bool) -> Value {
    let candidates = match args {
        [Value::List(items)] => items.as_slice(),
        _ => args,
    };
    candidates.iter().find(|value| wanted(value)).cloned().unwrap_or_default()
}

fn random(context: &mut CallContext<'_, '_>, _: &[Value]) -> Result<Value, FunctionError> {
    let bits = (context.evaluation.entropy)() >> (64 - f64::MANTISSA_DIGITS);
    #[expect(clippy::cast_precision_loss, reason = "as many bits as a float holds")]
    let random = bits as f64 * (f64::EPSILON / 2.0);
    Value::finite(random).ok_or_else(|| FunctionError::new("no finite number"))
}

fn uuid_v4(context: &mut CallContext<'_, '_>) -> Uuid {
    let high = u128::from((context.evaluation.entropy)());
    let low = u128::from((context.evaluation.entropy)());
    Builder::from_random_bytes((high << 64 | low).to_be_bytes()).into_uuid()
}

fn prepare_jsonpath(args: &[Option<Value>]) -> Result<Option<Prepared>, FunctionError> {
    let Some(Some(path)) = args.get(1) else { return Ok(None) };
    let path = JsonPath::parse(text(std::slice::from_ref(path), 0)?)?;
    Ok(Some(Prepared(Compiled::JsonPath(path))))
}

fn jsonpath(context: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let parsed;
    let path = match context.prepared.and_then(Prepared::as_json_path) {
        Some(path) => path,
        None => {
            parsed = JsonPath::parse(text(args, 1)?)?;
            &parsed
        }
    };
    let source = match any(args, 0) {
        Value::Text(source) => Value::from_json(source.as_bytes())
            .map(Cow::Owned)
            .map_err(|error| FunctionError::new(error.to_string()))?,
        Value::Undefined => return Ok(Value::empty_list()),
        value @ (Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Map(_)) => Cow::Borrowed(value),
    };
    path.select(&source).map(Value::from)
}
