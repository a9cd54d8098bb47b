//! Bodies of the fuzz tests: ordinary functions from bytes. They do not know who makes the bytes.

use crate::{RuleFile, check_rule_tests};

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

#[cfg(test)]
mod tests;
