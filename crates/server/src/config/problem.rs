//! What can be wrong with a configuration, one line each. It does not know which keys exist.

use std::fmt;

/// Where a value came from. Sorts as problems are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The configuration file, by the name it was given, with line and column where they are known.
    File { name: String, position: Option<(usize, usize)> },
    /// An environment variable.
    Environment { name: String },
    /// `--set KEY=VALUE`.
    Flag,
    /// Nobody set it: the default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, position: Some((line, column)) } => {
                write!(f, "{name}:{line}:{column}")
            }
            Self::File { name, position: None } => f.write_str(name),
            Self::Environment { name } => write!(f, "environment {name}"),
            Self::Flag => f.write_str("--set"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One thing that is wrong: where, which key, what, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where the value came from.
    pub(crate) origin: Origin,
    /// The key's full path (`mqtt.max_inflight`); empty when the text as a whole is wrong.
    pub(crate) key: String,
    /// What is wrong.
    pub(crate) what: String,
    /// How to mend it.
    pub(crate) mend: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}; {}", self.what, self.mend)
    }
}

/// A configuration that cannot be used: every problem found, not only the first.
#[derive(Debug, thiserror::Error)]
pub(crate) struct ConfigError {
    /// In the order of the file, then of the sources above it. Never empty.
    pub(crate) problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            // A value pasted into a message may hold line breaks; a problem stays one line.
            f.write_str(&problem.to_string().replace(['\n', '\r'], " "))?;
        }
        Ok(())
    }
}
