//! The commands that manage the rules of a running router, over REST. They do not know how the
//! router keeps rules.

mod apply;
mod delete;
mod diff;
mod get;
mod list;
mod local;
mod plan;
mod router;
mod shape;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{Outcome, Streams};
pub(super) use router::Router;

/// The commands that talk to a running router.
#[derive(Debug, Subcommand)]
pub(crate) enum RemoteCommand {
    /// List the rules of a running router.
    List {
        /// Print them as JSON, as the router has them.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        router: RouterArgs,
    },
    /// Print one rule of a running router as JSON.
    Get {
        /// The rule.
        id: String,
        /// Print it as a rule file, which `apply` takes.
        #[arg(long)]
        toml: bool,
        #[command(flatten)]
        router: RouterArgs,
    },
    /// Delete rules of a running router. Rules from files on its disk stay.
    Delete {
        /// The rules.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        #[command(flatten)]
        router: RouterArgs,
    },
    /// Show what `apply` would change in a running router.
    ///
    /// Ends with 0 when nothing would change and with 1 when something would, or when it cannot be
    /// told, as `diff` does.
    Diff {
        #[command(flatten)]
        files: FilesArgs,
        #[command(flatten)]
        router: RouterArgs,
    },
    /// Send the rules and connectors of rule files to a running router.
    ///
    /// They are checked first as `rules check` does; nothing is sent when one of them is wrong or
    /// reads ${ENV:…} or ${FILE:…}, which works only in files on the router's own disk. Connectors
    /// go first, then rules, one by one; what is the same already is left alone. Ends with 1 when
    /// the router refused one of them.
    Apply {
        #[command(flatten)]
        files: FilesArgs,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        router: RouterArgs,
    },
}

/// What is sent.
#[derive(Debug, Args)]
pub(crate) struct FilesArgs {
    /// Rule files, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Also delete the rules that none of the files holds. Rules from files on the router's disk
    /// and all connectors stay.
    #[arg(long)]
    prune: bool,
}

/// Which router, and who asks it.
#[derive(Debug, Args)]
pub(crate) struct RouterArgs {
    /// The router's REST endpoint.
    #[arg(long, default_value = "http://127.0.0.1:18083", env = "SLUICE_URL")]
    url: String,
    /// The API key.
    #[arg(long, env = "SLUICE_KEY", requires = "secret")]
    key: Option<String>,
    /// The API key's secret.
    #[arg(long, env = "SLUICE_SECRET", hide_env_values = true, requires = "key")]
    secret: Option<String>,
}

impl RemoteCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// When the router cannot be asked, or nothing can be written.
    pub(crate) fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("cannot wait for a router")?;
        match self {
            Self::List { json, router } => {
                let router = Router::new(&router)?;
                runtime.block_on(list::run(&router, json, streams))
            }
            Self::Get { id, toml, router } => {
                let router = Router::new(&router)?;
                runtime.block_on(get::run(&router, &id, toml, streams))
            }
            Self::Delete { ids, router } => {
                let router = Router::new(&router)?;
                runtime.block_on(delete::run(&router, &ids, streams))
            }
            Self::Diff { files, router } => {
                let router = Router::new(&router)?;
                runtime.block_on(diff::run(&router, &files, streams))
            }
            Self::Apply { files, dry_run, router } => {
                let router = Router::new(&router)?;
                let mode = if dry_run { apply::Mode::Dry } else { apply::Mode::Wet };
                runtime.block_on(apply::run(&router, &files, mode, streams))
            }
        }
    }
}
