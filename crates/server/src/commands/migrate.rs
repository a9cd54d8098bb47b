//! `sluice migrate`: makes the tables that Sluice keeps in a PostgreSQL database. It does not know
//! what they are for.

use anyhow::Context;
use clap::Args;
use sluice_sink_postgres::{Applied, migrate};

use super::{Outcome, Streams};

/// Which database.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// The database, such as postgres://user@host:5432/database. PGPASSWORD gives the password
    /// where the URL does not; it is never printed.
    #[arg(long, value_name = "URL")]
    url: String,
}

/// Applies what is missing and prints a line for each migration.
///
/// # Errors
/// When the URL is wrong, the database is not reached, or a migration fails.
pub(crate) fn run(args: &MigrateArgs, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot wait for a database")?;
    for migration in runtime.block_on(migrate(&args.url))? {
        let did = match migration.applied {
            Applied::Now => "applied",
            Applied::Before => "already there",
        };
        writeln!(streams.output, "{:04} {}: {did}", migration.version, migration.name)?;
    }
    Ok(Outcome::Done)
}
