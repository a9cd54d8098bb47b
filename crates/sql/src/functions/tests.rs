//! Every function's example, and tables of calls: expression text beside the JSON of its value.
//!
//! Expressions are read by a small evaluator of literals and calls, so that functions are tested
//! without parser and planner.

mod call;
mod cases;
mod fuzz;

use sluice_value::{JsonError, Value};

use crate::evaluate::{Columns, Evaluation};
use crate::functions::{FAMILIES, Function, find, nearest};

/// A publish of `{"a":{"b":2}}` to `t/1/a`.
struct Publish {
    payload: Value,
}

impl Columns for Publish {
    fn column(&self, name: &str) -> Value {
        match name {
            "topic" => Value::from("t/1/a"),
            "qos" => Value::Integer(1),
            "clientid" => Value::from("c1"),
            "peerhost" => Value::from("127.0.0.1"),
            "id" => Value::from("0001"),
            "payload" => Value::from(self.payload.to_json()),
            "flags" => Value::map([("retain", Value::Bool(true)), ("dup", Value::Bool(false))]),
            _ => Value::Undefined,
        }
    }

    fn payload(&self) -> Option<&[u8]> {
        Some(b"only asked whether it is there")
    }

    fn payload_json(&self) -> Result<&Value, JsonError> {
        Ok(&self.payload)
    }

    fn names(&self) -> &'static [&'static str] {
        &[]
    }
}

/// The JSON of an expression's value, or its error.
fn value(expression: &str) -> String {
    let payload = Value::from_json(br#"{"a":{"b":2}}"#).unwrap();
    let mut seed = 7_u64;
    let mut entropy = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed
    };
    let unix_nanos = 1_700_000_000_123_456_789;
    let mut evaluation = Evaluation { unix_nanos, entropy: &mut entropy };
    match call::evaluate(expression, &Publish { payload }, &mut evaluation) {
        Ok(value) => value.to_json(),
        Err(error) => format!("error: {error}"),
    }
}

/// Checks lines of an expression and its value.
fn check(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(value(expression), *expected, "{expression}");
    }
}

fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

#[test]
fn every_example_gives_what_it_says() {
    for function in all() {
        let (expression, expected) = function.example;
        assert_eq!(value(expression), expected, "{expression}");
        let name = format!("{}(", function.name);
        assert!(expression.contains(&name), "{expression} does not show {name}…)");
    }
}

#[test]
fn every_example_is_sql() {
    let payload = Value::from_json(br#"{"a":{"b":2}}"#).unwrap();
    let columns = Publish { payload };
    for function in all() {
        let (expression, expected) = function.example;
        let plan = crate::plan(&format!("SELECT {expression} AS value FROM \"t/#\""));
        let plan = plan.unwrap_or_else(|error| panic!("{expression}: {error:?}"));
        let mut entropy = || 7;
        let unix_nanos = 1_700_000_000_123_456_789;
        let mut evaluation = Evaluation { unix_nanos, entropy: &mut entropy };
        let mut rows = Vec::new();
        let outcome = plan.evaluate(&columns, &mut evaluation, &mut rows);
        assert!(outcome.is_ok(), "{expression}: {outcome:?}");
        let [row] = rows.as_slice() else { panic!("{expression} gives {} rows", rows.len()) };
        let value = row.get("value").cloned().unwrap_or_default();
        assert_eq!(value.to_json(), expected, "{expression}");
    }
}

#[test]
fn names_are_unique_and_described() {
    let mut names: Vec<_> = all().map(|function| function.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for function in all() {
        assert!(find(function.name).is_some());
        assert!(function.arity.min <= function.arity.max);
        assert!(function.doc.ends_with(['.', ';']), "{}", function.doc);
    }
    assert!(find("Lower").is_none());
}

#[test]
fn a_misspelled_name_finds_its_neighbour() {
    for (written, meant) in [
        ("uper", Some("upper")),
        ("LOWER", Some("lower")),
        ("sub_str", Some("substr")),
        ("json_encod", Some("json_encode")),
        ("now_timestmp", Some("now_timestamp")),
        ("qqqq", None),
        ("", None),
    ] {
        assert_eq!(nearest(written), meant, "{written}");
    }
}
