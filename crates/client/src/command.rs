//! The commands as the binary hangs them in: standard streams, signals, exit codes. It does not
//! know what the commands do.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Subcommand;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::bench::{BenchArgs, run_bench};
use crate::clock::wall;
use crate::error::ClientError;
use crate::publish::{PubArgs, run_pub};
use crate::subscribe::{SubArgs, run_sub};

/// The client's subcommands.
#[derive(Subcommand, Clone, Debug)]
pub enum ClientCommand {
    /// Publish messages (flags as mosquitto_pub)
    Pub(Box<PubArgs>),
    /// Subscribe and print messages (flags as mosquitto_sub)
    Sub(Box<SubArgs>),
    /// Load a server and measure it
    Bench(Box<BenchArgs>),
}

/// Runs a command on the standard streams of the process; not from within an asynchronous runtime.
/// Errors go to standard error.
#[must_use]
pub fn run(command: &ClientCommand) -> ExitCode {
    let (outcome, quiet) = match command {
        ClientCommand::Pub(args) => {
            (block_on(run_pub(args, &unique(), tokio::io::stdin())), args.is_quiet())
        }
        ClientCommand::Sub(args) => {
            let mut stdout = io::stdout().lock();
            (block_on(run_sub(args, &unique(), &mut stdout, stop_signal())), args.is_quiet())
        }
        ClientCommand::Bench(args) => return bench(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_closed_output() => ExitCode::SUCCESS,
        Err(error) => {
            if !quiet || matches!(error, ClientError::Usage(_)) {
                tell(&error);
            }
            error.exit_code()
        }
    }
}

fn bench(args: &BenchArgs) -> ExitCode {
    match run_bench(args, &mut io::stdout().lock()) {
        Ok(outcome) if outcome.is_sound() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            tell(&error);
            error.exit_code()
        }
    }
}

/// One thread is enough, and leaves the others to the server.
fn block_on(command: impl Future<Output = Result<(), ClientError>>) -> Result<(), ClientError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(ClientError::Input)?;
    let outcome = runtime.block_on(command);
    // A thread may still wait for a line of standard input; nobody waits for it.
    runtime.shutdown_background();
    outcome
}

/// Ready at SIGINT or SIGTERM.
async fn stop_signal() {
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// An error and what caused it, on one line.
fn tell(error: &dyn Error) {
    let mut line = format!("Error: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        line.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    // Standard error that is gone cannot be told.
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// Sixteen digits that no other client of this machine makes at the same time.
fn unique() -> String {
    let nanos = wall().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    format!("{:08x}{nanos:08x}", std::process::id())
}
