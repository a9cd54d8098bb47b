//! Sets up log lines on standard error. It does not know which events exist.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::SubscriberBuilder;

/// A log filter that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{filter:?} is no log filter: {reason}")]
pub struct FilterError {
    /// The filter as given.
    pub filter: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Checks a filter without setting anything up: a level (`info`), or `target=level` directives
/// separated by commas (`info,sluice_hub=debug`).
///
/// # Errors
/// When a directive has no such form.
pub fn check_filter(filter: &str) -> Result<(), FilterError> {
    parse(filter).map(drop)
}

/// Writes log lines to standard error from now on, without colour when that is no terminal.
/// A process that has a subscriber already (a test) keeps it.
///
/// # Errors
/// When the filter cannot be read.
pub fn init_logging(filter: &str) -> Result<(), FilterError> {
    let subscriber = format()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .with_env_filter(parse(filter)?)
        .finish();
    // Fails only where a subscriber is set already, which is what a test wants.
    drop(tracing::subscriber::set_global_default(subscriber));
    Ok(())
}

/// Time, level, message, fields: the module path is left out so that a line reads as a sentence.
pub(crate) fn format() -> SubscriberBuilder {
    tracing_subscriber::fmt().with_target(false)
}

fn parse(filter: &str) -> Result<EnvFilter, FilterError> {
    EnvFilter::builder()
        .parse(filter)
        .map_err(|error| FilterError { filter: filter.into(), reason: error.to_string() })
}

#[cfg(test)]
pub(crate) mod capture;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_level_or_directives() {
        assert!(check_filter("info").is_ok());
        assert!(check_filter("warn,sluice_hub=debug").is_ok());
        let error = check_filter("sluice_hub=loud").unwrap_err().to_string();
        assert!(error.starts_with("\"sluice_hub=loud\" is no log filter: "), "{error}");
    }
}
