//! What the commands share: their streams, how they end and how they tell an error. It does not
//! know what a command does.

pub(crate) mod config_check;
mod lines;
pub(crate) mod migrate;
pub(crate) mod rules_check;
pub(crate) mod rules_eval;
pub(crate) mod rules_explain;
pub(crate) mod rules_functions;
mod rules_remote;
pub(crate) mod rules_render;
pub(crate) mod rules_test;
pub(crate) mod status;

#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use sluice_value::{Map, Value};

use lines::{LINE_BYTES_MAX, Line};

pub(crate) use rules_remote::RemoteCommand;

/// Standard input, output and error, or what a test puts in their place.
pub(crate) struct Streams<'s> {
    /// What is read.
    pub(crate) input: &'s mut dyn BufRead,
    /// What was asked for.
    pub(crate) output: &'s mut dyn Write,
    /// What went wrong.
    pub(crate) errors: &'s mut dyn Write,
}

/// How a command ended, its reasons being told already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what it was asked to: exit code 0.
    Done,
    /// It did not: exit code 1.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Failed => Self::FAILURE,
        }
    }
}

/// Writes an error and its causes: one line, unless the error itself is a list.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn tell(errors: &mut dyn Write, error: &anyhow::Error) -> io::Result<()> {
    let mut told = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some messages name their cause themselves.
        if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    for line in told.lines() {
        writeln!(errors, "error: {line}")?;
    }
    Ok(())
}

/// The JSON value of a line, or what is wrong with it.
fn json_line(line: &Line<'_>) -> Result<Value, String> {
    match line {
        Line::Bytes(bytes) => {
            Value::from_json(bytes).map_err(|error| format!("the line is {error}"))
        }
        Line::TooLong => Err(format!("the line is longer than {LINE_BYTES_MAX} bytes")),
    }
}

/// `{"error": "…"}`.
fn json_error(message: &str) -> Vec<u8> {
    let mut error = Map::new();
    error.insert("error", Value::from(message));
    Value::from(error).to_json().into_bytes()
}
