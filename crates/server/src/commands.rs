//! What the commands share: their streams, how they end and how they tell an error. It does not know
//! what a command does.

pub(crate) mod config_check;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

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
    let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
    for line in causes.join(": ").lines() {
        writeln!(errors, "error: {line}")?;
    }
    Ok(())
}
