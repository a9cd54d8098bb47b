//! Starts a broker on a free loopback port with raised queue limits and stops it again. It does not
//! know the load.

use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::Context;
use clap::ValueEnum;

use crate::process::{LOOK_TIME, Process};

/// Which broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Eclipse mosquitto, as Debian packages it.
    Mosquitto,
    /// This repository's.
    Sluice,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mosquitto => "mosquitto",
            Self::Sluice => "sluice",
        })
    }
}

/// A broker that serves; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Broker {
    process: Process,
    port: u16,
    folder: PathBuf,
}

impl Broker {
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Where its configuration and logs are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its log tells the port that it took.
    pub(crate) fn start_sluice(program: &Path, folder: &Path, rules: &str) -> anyhow::Result<Self> {
        let rules_folder = folder.join("rules");
        fs::create_dir_all(&rules_folder)?;
        fs::write(rules_folder.join("bench.toml"), rules)?;
        let config = folder.join("sluice.toml");
        fs::write(&config, SLUICE_CONFIG)?;
        let log = folder.join("broker.log");
        let mut command = Command::new(program);
        command.arg("serve").arg("--config").arg(&config).current_dir(folder);
        let mut process = spawn(&mut command, &log)?;
        let text = await_start(&mut process, &log, |text| port_in_log(text).is_some())?;
        let port = port_in_log(&text).context("the log names no port")?;
        Ok(Self { process, port, folder: folder.to_owned() })
    }

    /// It cannot choose a port by itself: one that was free just now is given.
    pub(crate) fn start_mosquitto(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let config = folder.join("mosquitto.conf");
        fs::write(&config, format!("{MOSQUITTO_CONFIG}listener {port} 127.0.0.1\n"))?;
        let log = folder.join("broker.log");
        let mut process = spawn(Command::new(program).arg("-c").arg(&config), &log)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        await_start(&mut process, &log, |_| TcpStream::connect(address).is_ok())?;
        Ok(Self { process, port, folder: folder.to_owned() })
    }
}

fn spawn(command: &mut Command, log: &Path) -> anyhow::Result<Process> {
    let log = File::create(log)?;
    let command = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Ok(Process::spawn(command)?)
}

/// Waits until the log so far, or what else is looked at, tells that it serves.
fn await_start(
    process: &mut Process,
    log: &Path,
    serves: impl Fn(&str) -> bool,
) -> anyhow::Result<String> {
    for _ in 0..START_LOOKS {
        let text = fs::read_to_string(log)?;
        if serves(&text) {
            return Ok(text);
        }
        if let Some(status) = process.try_wait()? {
            anyhow::bail!("it ended with {status}: {}", text.trim());
        }
        thread::sleep(LOOK_TIME);
    }
    anyhow::bail!("it does not serve: {}", fs::read_to_string(log)?.trim())
}

/// From `listener ready name=tcp.default addr=127.0.0.1:40213`.
fn port_in_log(text: &str) -> Option<u16> {
    let line = text.lines().find(|line| {
        line.contains("listener ready") && line.split(' ').any(|word| word == "name=tcp.default")
    })?;
    let address = line.split(' ').find_map(|word| word.strip_prefix("addr="))?;
    address.trim_matches('"').parse::<SocketAddr>().ok().map(|address| address.port())
}

/// Ten seconds to serve.
const START_LOOKS: u32 = 500;

const MOSQUITTO_CONFIG: &str = "persistence false
max_inflight_messages 0
max_queued_messages 0
max_queued_bytes 0
set_tcp_nodelay true
sys_interval 0
log_type error
allow_anonymous true
";

const SLUICE_CONFIG: &str = r#"[node]
data_dir = "data"

[listeners.tcp.default]
bind = "127.0.0.1:0"

[mqtt]
max_inflight = 65535
receive_maximum = 65535
max_queued_messages = 1000000
max_queued_bytes = "256MiB"

[api]
bind = "127.0.0.1:0"

[store]
durability = "memory"

[rules]
dir = "rules"

[sys]
interval = "1d"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_log() {
        let log = "2026-01-01T00:00:00Z  INFO listener ready name=api addr=127.0.0.1:5\n\
                   2026-01-01T00:00:00Z  I listener ready name=tcp.default addr=127.0.0.1:40213\n";
        assert_eq!(port_in_log(log), Some(40213));
        assert_eq!(port_in_log("listener ready name=tcp.default2 addr=127.0.0.1:1"), None);
    }
}
