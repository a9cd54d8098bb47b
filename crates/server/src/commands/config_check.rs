//! `sluice config check`: validates the configuration and prints what is in force. It starts
//! nothing and makes no folder.

use crate::cli::ConfigArgs;
use crate::config::{self, Config};

use super::{Outcome, Streams};

/// Prints the effective configuration, and what of it does nothing in this version as comments.
///
/// # Errors
/// When the configuration cannot be read or is wrong.
pub(crate) fn run(args: ConfigArgs, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let (sources, base) = config::gather(args.config.as_deref(), args.set)?;
    let config = Config::read(&sources, &base)?;
    write!(streams.output, "{}", config.effective)?;
    let lines = config.without_effect();
    if !lines.is_empty() {
        writeln!(streams.output, "\n# Accepted, without effect in this version:")?;
    }
    for line in lines {
        writeln!(streams.output, "# {line}")?;
    }
    Ok(Outcome::Done)
}
