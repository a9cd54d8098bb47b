//! Runs the test cases of a rule. It does not know where reports go.

use sluice_event::EventKind;
use sluice_sql::{
    EvaluateError,
    evaluate::{Columns as _, Evaluation},
};
use sluice_value::{Map, Record, Value};

use crate::{
    Rule, RuleId,
    rule::{Expectation, RuleTest},
};

/// What came of one test case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestReport {
    /// The rule.
    pub rule: RuleId,
    /// Counted from 1 within the rule.
    pub number: usize,
    /// What the case shows, where the file says so.
    pub description: Option<String>,
    /// The line in the rule's file, counted from 1.
    pub line: usize,
    /// `None` when it came true, else what was expected and what came, ready to print.
    pub difference: Option<String>,
}

/// Runs every case with the clock at the event's `timestamp` and fixed entropy, so that it comes
/// out the same each time.
#[must_use]
pub fn check_rule_tests(rule: &Rule) -> Vec<TestReport> {
    let check = |(index, test): (usize, &RuleTest)| TestReport {
        rule: rule.id.clone(),
        number: index + 1,
        description: test.description.clone(),
        line: test.line,
        difference: difference(rule, test),
    };
    rule.tests.iter().enumerate().map(check).collect()
}

fn difference(rule: &Rule, test: &RuleTest) -> Option<String> {
    let given = test.given.clone().with_rule(&rule.id);
    let mut state = 0;
    let mut entropy = || fixed_entropy(&mut state);
    let mut evaluation = Evaluation { unix_nanos: given.unix_nanos(), entropy: &mut entropy };
    let outcome = given.evaluate(&rule.plan, &mut evaluation);
    let mut difference = match (&test.expected, &outcome) {
        (Expectation::Rows(expected), Ok(rows)) => differing_rows(expected, rows)?,
        (Expectation::Rows(expected), Err(error)) => {
            format!(
                "  expected {}\n  but the evaluation failed: {error}",
                rows_text(expected.len())
            )
        }
        (Expectation::Error(expected), Ok(rows)) => {
            format!("  expected an error with `{expected}`\n  but it gave {}", rows_json(rows))
        }
        (Expectation::Error(expected), Err(error)) => differing_error(expected, error)?,
    };
    if !given.matches(&rule.plan) {
        difference.push_str("\n  note: FROM does not take the given event");
        if given.kind() == EventKind::MessagePublish && given.column("topic").is_undefined() {
            difference.push_str(": it is a publish without `topic`");
        }
    }
    for unknown in given.unknown_columns() {
        let (name, event) = (cut(&unknown.name), given.kind().name());
        difference += &format!("\n  note: `{name}` is no column of {event}");
        if let Some(near) = unknown.nearest {
            difference += &format!("; did you mean `{near}`?");
        }
    }
    Some(difference)
}

fn differing_error(expected: &str, error: &EvaluateError) -> Option<String> {
    let error = error.to_string();
    (!error.contains(expected))
        .then(|| format!("  expected an error with `{expected}`\n  but the error is: {error}"))
}

fn differing_rows(expected: &[Map], rows: &[Record]) -> Option<String> {
    if expected.len() != rows.len() {
        return Some(format!(
            "  expected {}\n  but it gave {}: {}",
            rows_text(expected.len()),
            rows_text(rows.len()),
            rows_json(rows)
        ));
    }
    let mut lines = String::new();
    for (index, (expected, row)) in expected.iter().zip(rows).enumerate() {
        for (key, value) in expected.entries() {
            let found = row.get(key.as_str()).unwrap_or(&Value::Undefined);
            if !agree(value, found) {
                let place =
                    if rows.len() > 1 { format!("row {}, ", index + 1) } else { String::new() };
                let (value, found) = (shown(value), shown(found));
                lines += &format!("\n  {place}{key}\n    - {value}\n    + {found}");
            }
        }
    }
    if lines.is_empty() {
        return None;
    }
    Some(format!("  expected (-) and given (+) differ{lines}\n  the rows: {}", rows_json(rows)))
}

/// Numbers agree within ten decimals, as their texts do; whether one was written as `1` or `1.0` is
/// no difference. Bytes that are no text are compared by their base64 form, which is what row JSON
/// shows.
fn agree(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::List(expected), Value::List(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found.iter()).all(|(expected, found)| agree(expected, found))
        }
        (Value::Map(expected), Value::Map(found)) => {
            let defined = found.iter().filter(|(_, value)| !value.is_undefined()).count();
            expected.len() == defined
                && expected.iter().all(|(key, expected)| {
                    found.get(key).is_some_and(|found| agree(expected, found))
                })
        }
        (Value::Text(expected), Value::Text(found)) => {
            expected == found
                || found.as_str().is_none()
                    && expected.as_str().is_some_and(|expected| {
                        Value::Text(found.clone()).to_json().trim_matches('"') == expected
                    })
        }
        (Value::Float(_), _) | (_, Value::Float(_)) => match (expected.to_f64(), found.to_f64()) {
            (Some(expected), Some(found)) => {
                (expected - found).abs() <= 1e-10 * expected.abs().max(1.0)
            }
            (Some(_) | None, _) => false,
        },
        _ => sluice_value::strict_eq(expected, found),
    }
}

fn shown(value: &Value) -> String {
    if value.is_undefined() { "(no value)".to_owned() } else { cut(&json_beginning(value)) }
}

fn rows_text(count: usize) -> String {
    match count {
        0 => "no row".to_owned(),
        1 => "1 row".to_owned(),
        _ => format!("{count} rows"),
    }
}

fn rows_json(rows: &[Record]) -> String {
    let rows = rows.iter().take(ROWS_SHOWN_MAX).map(|row| json_beginning(row.as_value()));
    cut(&format!("[{}]", rows.collect::<Vec<String>>().join(", ")))
}

/// As much of the JSON as can be shown: a row that is small in memory may have no end as text.
fn json_beginning(value: &Value) -> String {
    let mut json = Vec::new();
    // What is missing would have been cut off anyway.
    value.write_json_within(SHOWN_CHARS_MAX * UTF8_BYTES_MAX, &mut json).unwrap_or_default();
    String::from_utf8_lossy(&json).into_owned()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX).and_then(|(at, _)| text.get(..at)) {
        Some(beginning) => format!("{beginning}…"),
        None => text.to_owned(),
    }
}

/// `SplitMix64` from 0.
const fn fixed_entropy(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

const ROWS_SHOWN_MAX: usize = 20;
const SHOWN_CHARS_MAX: usize = 400;
/// Bytes of one character.
const UTF8_BYTES_MAX: usize = 4;

#[cfg(test)]
mod tests;
