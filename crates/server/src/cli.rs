//! The command line: which commands there are and what they take. It does not know how they work.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{self, Outcome, Streams};

/// MQTT broker with a SQL rule engine inside.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Validate the configuration and print what is in force, secrets masked.
    Check(ConfigArgs),
}

/// Where the configuration comes from. Later ones win: the file, `SLUICE__SECTION__KEY` in the
/// environment, `--set`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// The configuration file (TOML); without it the defaults are in force.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Sets one key, such as mqtt.max_inflight=64; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) set: Vec<(String, String)>,
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// When it fails in a way that one line tells.
    pub(crate) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
        match self.command {
            Command::Config(ConfigCommand::Check(args)) => {
                commands::config_check::run(args, streams)
            }
        }
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.trim().into(), value.into()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
