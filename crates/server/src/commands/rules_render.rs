//! `sluice rules render`: renders a template over rows read from standard input, offline.

use sluice_value::Template;
use sluice_value::Value;

use super::lines::for_each_line;
use super::rules_eval::write_line;
use super::{Outcome, Streams, json_error, json_line};

/// Prints for each row the rendered text as a JSON string, or `{"error": …}` where the line is no JSON.
///
/// # Errors
/// When the template is refused, or reading or writing fails.
pub(crate) fn run(template: &str, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let template = Template::parse(template)?;
    let output = &mut *streams.output;
    let mut rendered = Vec::new();
    for_each_line(streams.input, |line| {
        let answer = match json_line(&line) {
            Ok(row) => {
                rendered.clear();
                template.render(&row, &mut rendered);
                Value::from(rendered.clone()).to_json()
            }
            Err(message) => json_error(&message),
        };
        write_line(output, &answer)
    })?;
    Ok(Outcome::Done)
}
