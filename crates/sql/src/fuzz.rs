//! Fuzz bodies: ordinary functions over bytes, called by a seeded test and by a fuzzer. They do
//! not know where the bytes come from.

mod event;
mod expression;

#[cfg(test)]
mod tests;

use sluice_value::{Record, Value};

use crate::evaluate::Evaluation;
use crate::{EvaluateError, Outcome, Plan, PlanError, Span, plan};

use event::Event;
use expression::Generator;

/// Planning never panics: it gives a plan that explains itself and can be evaluated, or an error
/// that points into the text.
pub fn plan_never_panics(bytes: &[u8]) {
    let sql = String::from_utf8_lossy(bytes);
    match plan(&sql) {
        Ok(plan) => {
            assert!(!plan.from().is_empty());
            assert!(plan.explain().starts_with("from\n"));
            for warning in plan.warnings() {
                points_into(warning.span, &sql);
                assert!(warning.render(&sql, Some("file"), 3).starts_with("warning: "));
            }
            for event in [Event::json(SAMPLE), Event::json(b"not json"), Event::without_payload()] {
                drop(evaluate(&plan, &event));
            }
        }
        Err(error) => {
            points_into(error.span, &sql);
            assert!(error.render(&sql, None, 0).starts_with("error: "));
        }
    }
}

/// A condition says the same in WHERE and as a value; and the same whether its operands are
/// literals, which are folded, or read from the payload.
pub fn conditions_agree(bytes: &[u8]) {
    let mut generator = Generator::new(bytes);
    let [literal, read] = generator.condition();
    let event = Event::json(SAMPLE);
    let mut seen = None;
    for text in [literal, read] {
        let found = value_of(&text, &event);
        let passed = passes(&text, &event);
        match (&found, &passed) {
            (Ok(Value::Bool(value)), Ok(outcome)) => {
                assert_eq!(*value, *outcome == Outcome::Passed, "{text}");
            }
            (Ok(_) | Err(_), Err(_)) => {}
            (Ok(_) | Err(_), Ok(_)) => panic!("{text}: {found:?} as a value, {passed:?} in WHERE"),
        }
        let found = found.map_err(|error| error.message);
        match &seen {
            None => seen = Some(found),
            Some(first) => assert_eq!(*first, found, "{text}"),
        }
    }
}

fn value_of(expression: &str, event: &Event) -> Result<Value, EvaluateError> {
    let plan = planned(&format!("SELECT {expression} AS x FROM \"t\""));
    let rows = evaluate(&plan, event)?.1;
    Ok(rows.first().and_then(|row| row.get("x")).cloned().unwrap_or_default())
}

fn passes(expression: &str, event: &Event) -> Result<Outcome, EvaluateError> {
    let plan = planned(&format!("SELECT 1 AS y FROM \"t\" WHERE {expression}"));
    Ok(evaluate(&plan, event)?.0)
}

fn planned(sql: &str) -> Plan {
    plan(sql).unwrap_or_else(|error: PlanError| panic!("{}", error.render(sql, None, 0)))
}

fn evaluate(plan: &Plan, event: &Event) -> Result<(Outcome, Vec<Record>), EvaluateError> {
    let mut state = 0;
    let mut entropy = || {
        state += 1;
        state
    };
    let mut evaluation =
        Evaluation { unix_nanos: 1_767_323_045_678_000_000, entropy: &mut entropy };
    let mut rows = vec![Record::default()];
    let outcome = plan.evaluate(event, &mut evaluation, &mut rows);
    assert_eq!(rows.len() > 1, outcome == Ok(Outcome::Passed), "rows come with a result only");
    let rows = rows.split_off(1);
    for row in &rows {
        assert!(row.to_json().starts_with('{'));
    }
    Ok((outcome?, rows))
}

fn points_into(span: Span, sql: &str) {
    let (start, end) = (span.start as usize, span.end as usize);
    assert!(sql.get(start..end).is_some(), "{span:?} of {} bytes", sql.len());
    let before = sql.get(..start).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
    assert_eq!((span.line as usize, span.column as usize), (line, column), "{span:?}");
}

/// The payload that generated expressions read; `expression` names its members.
const SAMPLE: &[u8] = br#"{"i0": 0, "i1": 1, "i7": 7, "m3": -3, "f": 2.5, "f1": 1.0,
    "big": 123456789012345678901234567890,
    "t": "text", "t7": "7", "e": "", "tt": "true", "b": true, "n": false, "l": [1, 7, "text"],
    "x": {"y": [1, 2, {"z": 3}]}, "temp": 31.5, "device": {"id": "d4"}}"#;
