//! The command line of the repository's own checks; knows only their names.

use std::env;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let command = env::args().nth(1);
    if command.as_deref() != Some("tidy") {
        writeln!(stdout(), "usage: cargo run -p xtask -- tidy")?;
        return Ok(ExitCode::from(2));
    }
    let report = xtask::tidy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))?;
    write!(stdout(), "{report}")?;
    Ok(if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
