//! `sluice rules render`: renders a template over rows read from standard input, offline.

use sluice_value::{TEXT_BYTES_MAX, Template, Value};

use super::lines::for_each_line;
use super::rules_eval::write_line;
use super::{Outcome, Streams, json_error, json_line};

/// Prints for each row the rendered text as a JSON string, or `{"error": …}` where there is
/// none.
///
/// # Errors
/// When the template is refused, or reading or writing fails.
pub(crate) fn run(template: &str, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let template = Template::parse(template)?;
    let output = &mut *streams.output;
    for_each_line(streams.input, |line| {
        let answer = json_line(&line).and_then(|row| {
            let mut rendered = Vec::new();
            let written = template.render_within(TEXT_BYTES_MAX, &row, &mut rendered);
            written.map_err(|error| error.to_string())?;
            Ok(Value::from(rendered).to_json().into_bytes())
        });
        let answer = answer.unwrap_or_else(|message| json_error(&message));
        write_line(output, &answer)
    })?;
    Ok(Outcome::Done)
}
