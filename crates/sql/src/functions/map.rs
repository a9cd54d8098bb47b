//! Maps. It does not know paths of the language; dotted ones here are plain strings.

use sluice_value::{Key, Map, PATH_STEPS_MAX, PathStep, Value};

use crate::functions::argument::{any, text, wrong};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "map_new",
        Arity::exactly(0),
        "A map without keys.",
        ("map_new()", "{}"),
        |_, _| Ok(Value::from(Map::new())),
    ),
    Function::pure(
        "map_get",
        Arity::between(2, 3),
        "The value at a dotted path, else the default or undefined; the map may be JSON text.",
        ("map_get('a.b', map('{\"a\": {\"b\": 1}}'))", "1"),
        map_get,
    ),
    Function::pure(
        "map_put",
        Arity::exactly(3),
        "The map with a value put at a dotted path.",
        ("map_put('a.b', 1, map_new())", r#"{"a":{"b":1}}"#),
        map_put,
    ),
    Function::pure(
        "mget",
        Arity::between(2, 3),
        "The value under a key that may hold dots, else the default or undefined.",
        ("mget('a.b', map('{\"a.b\": 1}'))", "1"),
        |_, args| Ok(or_default(any(args, 1).get(text(args, 0)?), args)),
    ),
    Function::pure(
        "mput",
        Arity::exactly(3),
        "The map with a value put under a key that may hold dots.",
        ("mput('a.b', 1, map_new())", r#"{"a.b":1}"#),
        |_, args| put(args, &[PathStep::Key(Key::from(text(args, 0)?))]),
    ),
    Function::pure(
        "map_keys",
        ONE,
        "The keys in order of their text.",
        ("map_keys(map('{\"b\": 1, \"a\": 2}'))", r#"["a","b"]"#),
        |_, args| Ok(sorted(args)?.into_iter().map(|(key, _)| Value::from(key)).collect()),
    ),
    Function::pure(
        "map_values",
        ONE,
        "The values in order of their keys.",
        ("map_values(map('{\"b\": 1, \"a\": 2}'))", "[2,1]"),
        |_, args| Ok(sorted(args)?.into_iter().map(|(_, value)| value.clone()).collect()),
    ),
    Function::pure(
        "map_to_entries",
        ONE,
        "A list of `{key, value}` in order of the keys.",
        ("map_to_entries(map('{\"a\": 2}'))", r#"[{"key":"a","value":2}]"#),
        map_to_entries,
    ),
    Function::pure("map_size", ONE, "How many keys.", ("map_size(map_new())", "0"), |_, args| {
        Ok(Value::from(map(args)?.len()))
    }),
];

const ONE: Arity = Arity::exactly(1);

fn map_get(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let mut steps = text(args, 0)?.split('.');
    let first = steps.next().map(|key| any(args, 1).get(key)).unwrap_or_default();
    Ok(or_default(steps.fold(first, |value, key| value.get(key)), args))
}

fn or_default(found: Value, args: &[Value]) -> Value {
    if found.is_undefined() { any(args, 2).clone() } else { found }
}

fn map_put(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let keys = text(args, 0)?.split('.');
    let steps: Vec<_> =
        keys.take(PATH_STEPS_MAX + 1).map(|key| PathStep::Key(key.into())).collect();
    if steps.len() > PATH_STEPS_MAX {
        return Err(FunctionError::new(format!("a path has at most {PATH_STEPS_MAX} keys")));
    }
    put(args, &steps)
}

fn put(args: &[Value], steps: &[PathStep]) -> Result<Value, FunctionError> {
    let mut map = crate::functions::argument::map(args, 2)?.into_owned();
    map.set_path(steps, any(args, 1).clone());
    Ok(map)
}

fn map_to_entries(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    let entries = sorted(args)?.into_iter();
    Ok(entries
        .map(|(key, value)| Value::map([("key", key.into()), ("value", value.clone())]))
        .collect())
}

fn sorted(args: &[Value]) -> Result<Vec<(&Key, &Value)>, FunctionError> {
    let mut entries: Vec<_> = map(args)?.entries().collect();
    entries.sort_by_key(|(key, _)| *key);
    Ok(entries)
}

fn map(args: &[Value]) -> Result<&Map, FunctionError> {
    let value = any(args, 0);
    if let Value::Map(map) = value { Ok(map) } else { Err(wrong(0, "a map", value)) }
}
