//! The sluice binary: configuration, the command line, wiring, start and drain.
//!
//! Goes in: arguments, the environment, files. Comes out: an exit code (0 ok, 1 failed, 2 usage).
//! Start reading at [`cli`]. It does not know what is decided in the rooms it puts together.

mod cli;
mod clock;
mod commands;
mod config;
mod registry;
mod serve;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command, OwnCommand};
use commands::Streams;

/// Small messages are allocated and freed on different threads all day: that is what it is good at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Client(command) => sluice_client::run(&command),
        Command::Own(command) => run(command),
    }
}

fn run(command: OwnCommand) -> ExitCode {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut errors = io::stderr();
    let mut streams = Streams { input: &mut input, output: &mut output, errors: &mut errors };
    match command.run(&mut streams) {
        Ok(outcome) => outcome.into(),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is gone too.
            drop(commands::tell(&mut errors, &error));
            ExitCode::FAILURE
        }
    }
}

/// Whether the reader of our output went away, as `head` does: nothing to complain about.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kinds = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    kinds.map(io::Error::kind).any(|kind| kind == io::ErrorKind::BrokenPipe)
}
