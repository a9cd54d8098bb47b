//! Bodies of the fuzz tests: ordinary functions from bytes. They do not know who makes the bytes.

use serde_json::Value;

use crate::{
    JsonErrors, RuleFile, Secrets, action_from_json, check_rule_tests, connector_from_json,
    rule_from_json,
};

/// Any bytes as a rule file: never panics, and every message has its place inside the text.
pub fn parse_rule_file(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match RuleFile::parse("fuzz.toml", text) {
        Ok(file) => {
            for rule in &file.rules {
                let reports = check_rule_tests(rule);
                assert_eq!(reports.len(), rule.tests.len(), "one report for each case");
                assert!(rule.without_effect().len() < 10_000, "bounded by what the file says");
            }
        }
        Err(errors) => {
            assert!(!errors.diagnostics().is_empty(), "an error says what is wrong");
            let lines = text.split('\n').count();
            for found in errors.diagnostics() {
                assert!((1..=lines).contains(&found.line), "{found}");
                assert!(found.column >= 1 && found.excerpt.mark_len >= 1, "{found}");
            }
            assert!(!errors.to_string().is_empty(), "an error can be printed");
        }
    }
}

/// Any bytes as a JSON body of each kind: never panics, every error says something, and what is
/// written of what was read reads back to what writes the same.
pub fn parse_json_bodies(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return };
    check_body(&body, |body| Ok(rule_from_json("a", body, &|_| None)?.value.to_json()));
    check_body(&body, |body| Ok(action_from_json("a", body)?.value.to_json()));
    check_body(&body, |body| Ok(connector_from_json("a", body)?.value.to_json(Secrets::Exposed)));
    if let Ok(read) = connector_from_json("a", &body) {
        assert!(read.value.to_json(Secrets::Masked).is_object(), "secrets can be masked");
    }
}

fn check_body(body: &Value, rewritten: impl Fn(&Value) -> Result<Value, JsonErrors>) {
    match rewritten(body) {
        Ok(written) => assert_eq!(rewritten(&written).as_ref(), Ok(&written), "reads back"),
        Err(errors) => {
            assert!(!errors.0.is_empty() && errors.0.len() <= 100, "an error says what is wrong");
            assert!(!errors.to_string().is_empty(), "an error can be printed");
        }
    }
}

#[cfg(test)]
mod tests;
