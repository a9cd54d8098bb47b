//! Says what machine and which versions the figures are of. It does not know the figures.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Facts that a reader needs to judge the tables by.
pub(crate) fn write_header(
    sluice: &Path,
    mosquitto: &Path,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?;
    let processor = first_line("/proc/cpuinfo", "model name");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    writeln!(out, "{cores} cores ({processor}), Linux {}", kernel.trim())?;
    let versions = (version(sluice, "--version"), version(mosquitto, "-h"));
    writeln!(out, "{}; {}", versions.0, versions.1)?;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<_> = load.split(' ').take(2).collect();
    writeln!(
        out,
        "load average before: {} (compare runs of a quiet machine only)",
        load.join(", ")
    )?;
    writeln!(out)?;
    Ok(out.flush()?)
}

fn first_line(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim());
    value.unwrap_or("unknown processor").to_owned()
}

/// The first line that a program says about itself.
fn version(program: &Path, flag: &str) -> String {
    let output = Command::new(program).arg(flag).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let first = text.ok().and_then(|text| text.lines().next().map(str::to_owned));
    first.unwrap_or_else(|| format!("{} (version unknown)", program.display()))
}
