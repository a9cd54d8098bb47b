//! An event of a payload and little else. It does not know rules.

use std::cell::OnceCell;

use sluice_value::{JsonError, Value};

use crate::evaluate::Columns;

pub(super) struct Event {
    payload: Option<Vec<u8>>,
    json: OnceCell<Result<Value, JsonError>>,
}

impl Event {
    pub(super) fn json(payload: &[u8]) -> Self {
        Self { payload: Some(payload.to_vec()), json: OnceCell::new() }
    }

    pub(super) const fn without_payload() -> Self {
        Self { payload: None, json: OnceCell::new() }
    }
}

impl Columns for Event {
    fn column(&self, name: &str) -> Value {
        match name {
            "payload" => self.payload.as_deref().map_or(Value::Undefined, Value::from),
            "clientid" => Value::from("c1"),
            "topic" => Value::from("sensor/4"),
            "qos" => Value::Integer(1),
            _ => Value::Undefined,
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
        &["clientid", "payload", "topic", "qos"]
    }
}
