//! The command line: which commands there are and what they take. It does not know how they work.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use sluice_client::ClientCommand;

use crate::commands::migrate::MigrateArgs;
use crate::commands::status::StatusArgs;
use crate::commands::{self, Outcome, RemoteCommand, Streams};
use crate::serve;

/// MQTT broker with a SQL rule engine inside.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// All commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Those that run the router, or look at its files.
    #[command(flatten)]
    Own(OwnCommand),
    /// Those that talk to a router, this one or another.
    #[command(flatten)]
    Client(ClientCommand),
}

/// The commands that run the router, or look at its files.
#[derive(Debug, Subcommand)]
pub(crate) enum OwnCommand {
    /// Run the router in the foreground. SIGTERM and SIGINT stop it in order, SIGHUP reads the
    /// rules again.
    Serve(ConfigArgs),
    /// Check the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check, test and try rules, offline; manage those of a running router.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Ask a running router how it is; ends with 1 when it does not serve.
    Status(StatusArgs),
    /// Make the tables that Sluice keeps in a PostgreSQL database; what is there already stays.
    Migrate(MigrateArgs),
}

/// The commands about the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Validate the configuration and print what is in force, secrets masked.
    Check(ConfigArgs),
}

/// The commands about rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Parse and plan rule files; errors come with file, line, column and a hint.
    Check {
        /// Rule files, or folders of them.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Run the test cases that rule files hold.
    Test {
        /// Rule files, or folders of them.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print the evaluation plan of a file's rules, or of one rule's SQL.
    Explain(ExplainArgs),
    /// Run a rule's SQL over events read from standard input, one JSON object a line.
    ///
    /// An event is {"topic": "t/1", "payload": "text", "qos": 1, "clientid": "c1"} or {"event":
    /// "client.connected", "clientid": "c1"}; `payload_base64` holds a binary payload. For each
    /// event the JSON array of its rows is printed, `[]` where FROM or WHERE did not match,
    /// {"error": "…"} where the evaluation failed.
    Eval {
        /// The rule's SQL; it may begin with `-`.
        #[arg(long, value_name = "SQL", allow_hyphen_values = true)]
        sql: String,
    },
    /// List the functions of the rule language with what they take and an example.
    Functions {
        /// Only those whose name holds one of these.
        #[arg(value_name = "WORD")]
        words: Vec<String>,
    },
    /// Render a template over rows read from standard input, one JSON object a line; prints JSON
    /// strings.
    Render {
        /// The template, such as 'alerts/${device}'; it may begin with `-`.
        #[arg(long, value_name = "TEMPLATE", allow_hyphen_values = true)]
        template: String,
    },
    /// Those that talk to a running router.
    #[command(flatten)]
    Remote(RemoteCommand),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ExplainArgs {
    /// A rule file, or a folder of them.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// A rule's SQL; it may begin with `-`.
    #[arg(long, value_name = "SQL", allow_hyphen_values = true)]
    sql: Option<String>,
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

impl OwnCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// When it fails in a way that one line tells.
    pub(crate) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
        match self {
            Self::Serve(args) => serve::run(args),
            Self::Config(ConfigCommand::Check(args)) => commands::config_check::run(args, streams),
            Self::Rules(command) => command.run(streams),
            Self::Status(args) => commands::status::run(&args, streams),
            Self::Migrate(args) => commands::migrate::run(&args, streams),
        }
    }
}

impl RulesCommand {
    fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
        match self {
            Self::Check { paths } => commands::rules_check::run(&paths, streams),
            Self::Test { paths } => commands::rules_test::run(&paths, streams),
            Self::Explain(ExplainArgs { sql: Some(sql), .. }) => {
                commands::rules_explain::run_sql(&sql, streams)
            }
            Self::Explain(ExplainArgs { file, .. }) => {
                commands::rules_explain::run_file(&file.unwrap_or_default(), streams)
            }
            Self::Eval { sql } => commands::rules_eval::run(&sql, streams),
            Self::Functions { words } => commands::rules_functions::run(&words, streams),
            Self::Render { template } => commands::rules_render::run(&template, streams),
            Self::Remote(command) => command.run(streams),
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
