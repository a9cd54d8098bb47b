//! A rule as JSON, in the shape of rule files. It does not know when it was made.

use serde_json::{Map, Value};

use super::write_connector::Object;
use crate::{
    Rule,
    rule::{Expectation, Mode, RuleTest},
};

impl Rule {
    /// In the shape of rule files; [`rule_from_json`](crate::rule_from_json) reads the same rule.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = Object::default();
        out.put("id", self.id.as_str());
        out.put("description", &*self.description);
        out.put("sql", &*self.sql);
        out.put("enable", self.enabled);
        out.put("mode", self.mode.name());
        out.put_some("ack", self.ack.map(crate::Ack::name));
        out.put("actions", self.actions_as_written());
        if !self.tests.is_empty() {
            out.put("test", self.tests.iter().map(test).collect::<Vec<_>>());
        }
        Value::Object(out.0)
    }

    /// References as references, whether what they name is there or not.
    fn actions_as_written(&self) -> Vec<Value> {
        let absent = self.references.iter().filter(|reference| reference.place.is_none()).count();
        let mut actions = self.actions.iter();
        let mut references = self.references.iter().peekable();
        let written = |position| {
            let Some(reference) = references.next_if(|it| it.position == position) else {
                return actions.next().map(|action| action.to_json());
            };
            if reference.place.is_some() {
                actions.next();
            }
            Some(Value::from(&*reference.id))
        };
        (0..self.actions.len() + absent).filter_map(written).collect()
    }
}

fn test(test: &RuleTest) -> Value {
    let mut out = Object::default();
    out.put_some("description", test.description.as_deref());
    out.put("given", map(&test.written));
    match &test.expected {
        Expectation::Rows(rows) => out.put("expect", rows.iter().map(map).collect::<Vec<_>>()),
        Expectation::Error(text) => out.put("expect_error", &**text),
    }
    Value::Object(out.0)
}

fn map(map: &sluice_value::Map) -> Value {
    let entries = map.entries().map(|(key, value)| (key.as_str().to_owned(), self::value(value)));
    Value::Object(entries.collect::<Map<_, _>>())
}

/// Integers of more than 64 bits lose digits: JSON values have no others.
fn value(value: &sluice_value::Value) -> Value {
    serde_json::from_str(&value.to_json()).unwrap_or_default()
}

impl Mode {
    const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Shadow => "shadow",
        }
    }
}
