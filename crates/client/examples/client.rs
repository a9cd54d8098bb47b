//! The client commands without the broker: `cargo run -p sluice-client --example client -- pub
//! --help`.

use std::process::ExitCode;

use clap::Parser;
use sluice_client::ClientCommand;

/// A small MQTT client
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: ClientCommand,
}

fn main() -> ExitCode {
    sluice_client::run(&Cli::parse().command)
}
