//! `sluice rules eval`: runs one rule over events read from standard input, offline. It does not
//! know what an event's columns mean.

use std::io::{self, Write};

use sluice_rule::GivenEvent;
use sluice_sql::Plan;
use sluice_sql::evaluate::Evaluation;
use sluice_value::{Record, TEXT_BYTES_MAX, TooLong, Value};

use crate::clock;

use super::lines::{Line, for_each_line};
use super::{Outcome, Streams, json_error};

/// Prints for each event the JSON array of its rows, or `{"error": …}`.
///
/// # Errors
/// When reading or writing fails.
pub(crate) fn run(sql: &str, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let plan = match sluice_sql::plan(sql) {
        Ok(plan) => plan,
        Err(error) => {
            write!(streams.errors, "{}", error.render(sql, None, 0))?;
            return Ok(Outcome::Failed);
        }
    };
    let mut entropy = clock::entropy();
    let output = &mut *streams.output;
    for_each_line(streams.input, |line| {
        let answer = answer(&plan, &line, &mut entropy).and_then(|rows| {
            rows_json(&rows).map_err(|TooLong { bytes_max }| {
                format!("the rows are longer than {bytes_max} bytes as JSON")
            })
        });
        write_line(output, &answer.unwrap_or_else(|message| json_error(&message)))
    })?;
    Ok(Outcome::Done)
}

/// The rows of one event; an event that FROM does not take has none.
fn answer(
    plan: &Plan,
    line: &Line<'_>,
    entropy: &mut dyn FnMut() -> u64,
) -> Result<Vec<Record>, String> {
    let event = event(line)?;
    if !event.matches(plan) {
        return Ok(Vec::new());
    }
    let mut evaluation = Evaluation { unix_nanos: clock::unix_nanos(), entropy };
    event.evaluate(plan, &mut evaluation).map_err(|error| error.to_string())
}

fn event(line: &Line<'_>) -> Result<GivenEvent, String> {
    let event = super::json_line(line)?;
    let Value::Map(columns) = &event else {
        return Err(format!("an event is a JSON object, not {}", event.type_name()));
    };
    GivenEvent::new(columns).map_err(|error| error.to_string())
}

fn rows_json(rows: &[Record]) -> Result<Vec<u8>, TooLong> {
    let mut json = vec![b'['];
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        row.as_value().write_json_within(TEXT_BYTES_MAX, &mut json)?;
    }
    json.push(b']');
    Ok(json)
}

/// Each line leaves at once: the other end of the pipe may wait for it before it sends the next
/// event.
pub(super) fn write_line(output: &mut dyn Write, line: &[u8]) -> io::Result<()> {
    output.write_all(line)?;
    output.write_all(b"\n")?;
    output.flush()
}
