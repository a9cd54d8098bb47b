//! `sluice status`: asks a running router how it is, without a login. It does not know how the
//! router counts.

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

use super::rules_remote::Router;
use super::{Outcome, Streams};

/// Which router.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The router's REST endpoint.
    #[arg(long, default_value = "http://127.0.0.1:18083", env = "SLUICE_URL")]
    url: String,
}

/// Prints what `GET /status` answers, as JSON.
///
/// # Errors
/// When no router answers there.
pub(crate) fn run(args: &StatusArgs, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot wait for a router")?;
    let status = runtime.block_on(Router::anonymous(&args.url)?.status())?;
    writeln!(streams.output, "{status:#}")?;
    let serves = status.get("status").and_then(Value::as_str) == Some("running");
    Ok(if serves { Outcome::Done } else { Outcome::Failed })
}
