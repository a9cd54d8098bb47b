//! An event made of JSON, and a fixed clock. It does not know which columns real events have.

use std::cell::OnceCell;

use sluice_value::{JsonError, Map, Value};

use crate::evaluate::{Columns, Evaluation};
use crate::{Outcome, Plan};

/// Columns given as JSON.
pub(super) struct TestEvent {
    columns: Map,
    payload: Option<Vec<u8>>,
    json: OnceCell<Result<Value, JsonError>>,
}

impl TestEvent {
    /// Of an object of columns. `payload` is raw text where it is a string, else its JSON.
    pub(super) fn from_json(columns: &str) -> Result<Self, JsonError> {
        let mut map = Map::new();
        for (name, value) in [("clientid", "c1"), ("topic", "t/1")] {
            map.insert(name, Value::from(value));
        }
        map.insert("qos", Value::Integer(1));
        let mut payload = None;
        if let Value::Map(given) = Value::from_json(columns.as_bytes())? {
            for (name, value) in given.iter() {
                match (name, value) {
                    ("payload", Value::Text(text)) => payload = Some(text.as_bytes().to_vec()),
                    ("payload", value) => payload = Some(value.to_json().into_bytes()),
                    ("payload_hex", value) => payload = value.as_str().map(hex),
                    (name, value) => drop(map.insert(name, value.clone())),
                }
            }
        }
        Ok(Self { columns: map, payload, json: OnceCell::new() })
    }
}

impl Columns for TestEvent {
    fn column(&self, name: &str) -> Value {
        match (name, &self.payload) {
            ("payload", Some(payload)) => Value::from(payload.as_slice()),
            _ => self.columns.get(name).cloned().unwrap_or_default(),
        }
    }

    fn payload(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    fn payload_json(&self) -> Result<&Value, JsonError> {
        let payload = self.payload.as_deref().unwrap_or_default();
        self.json.get_or_init(|| Value::from_json(payload)).as_ref().map_err(|error| *error)
    }

    fn names(&self) -> &'static [&'static str] {
        &["clientid", "username", "payload", "topic", "qos", "flags"]
    }
}

/// The JSON of the rows, `None` for no result, or the error's text.
pub(super) fn evaluate(plan: &Plan, event: &TestEvent) -> Result<Option<String>, String> {
    let mut state = 0;
    let mut entropy = || {
        state += 1;
        state
    };
    // 2026-01-02T03:04:05.678Z
    let mut evaluation =
        Evaluation { unix_nanos: 1_767_323_045_678_000_000, entropy: &mut entropy };
    let mut rows = Vec::new();
    let outcome = plan.evaluate(event, &mut evaluation, &mut rows);
    match outcome.map_err(|error| error.to_string())? {
        Outcome::NoResult => {
            assert!(rows.is_empty(), "rows without a result");
            Ok(None)
        }
        Outcome::Passed => {
            let rows: Vec<String> = rows.iter().map(|row| row.to_json()).collect();
            Ok(Some(format!("[{}]", rows.join(","))))
        }
    }
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
