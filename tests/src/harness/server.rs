//! The server under test: a subprocess in a folder of its own, on free ports of the loopback.

use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use tempfile::TempDir;

use super::process::binary;
use super::{Process, RawClient, environment};

/// What a test wants to be different from the defaults.
#[derive(Default)]
pub(crate) struct Setup {
    mqtt: String,
    sys: String,
    api: String,
    files: Vec<(String, String)>,
}

impl Setup {
    /// Adds lines to the `[mqtt]` section.
    pub(crate) fn mqtt(mut self, lines: &str) -> Self {
        self.mqtt.push_str(lines);
        self.mqtt.push('\n');
        self
    }

    /// Adds lines to the `[api]` section.
    pub(crate) fn api(mut self, lines: &str) -> Self {
        self.api.push_str(lines);
        self.api.push('\n');
        self
    }

    /// How often the broker speaks of itself.
    pub(crate) fn sys_interval(mut self, interval: &str) -> Self {
        self.sys = format!("[sys]\ninterval = \"{interval}\"\n\n");
        self
    }

    /// Adds a file to the rules folder.
    pub(crate) fn rules(mut self, name: &str, text: &str) -> Self {
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    #[track_caller]
    pub(crate) fn start(&self) -> Server {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("rules")).unwrap();
        for (name, text) in &self.files {
            fs::write(folder.path().join("rules").join(name), text).unwrap();
        }
        fs::write(folder.path().join("sluice.toml"), self.config()).unwrap();
        Server::start_in(folder)
    }

    fn config(&self) -> String {
        format!(
            "[node]\ndata_dir = \"data\"\n\n[listeners.tcp.default]\nbind = \"127.0.0.1:0\"\n\n\
             [api]\nbind = \"127.0.0.1:0\"\n{}\n[rules]\ndir = \"rules\"\n\n{}[mqtt]\n{}",
            self.api, self.sys, self.mqtt
        )
    }
}

/// A serving router. Dropped, it is killed and its folder removed.
pub(crate) struct Server {
    /// `None` when the tests run against the broker that `TEST_BROKER` names.
    process: Option<Process>,
    folder: TempDir,
    pub(crate) mqtt: SocketAddr,
    api: Option<SocketAddr>,
}

impl Server {
    /// A server with the defaults and no rules. With `TEST_BROKER=host:port` it stands for that
    /// broker instead: so a test of the wire can be held against another implementation.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let Some(broker) = environment("TEST_BROKER") else { return Setup::default().start() };
        let mqtt = broker.to_socket_addrs().unwrap().next().unwrap();
        Self { process: None, folder: TempDir::new().unwrap(), mqtt, api: None }
    }

    #[track_caller]
    fn start_in(folder: TempDir) -> Self {
        let process = Process::start(Command::new(binary()).current_dir(folder.path()).args([
            "serve",
            "--config",
            "sluice.toml",
        ]));
        let mqtt = bound(&process, "tcp.default");
        let api = Some(bound(&process, "api"));
        Self { process: Some(process), folder, mqtt, api }
    }

    /// Ends the process by a signal and starts it again over the same folder, on other ports.
    #[track_caller]
    pub(crate) fn restart(mut self, signal: &str) -> Self {
        self.signal(signal);
        self.wait();
        Self::start_in(self.folder)
    }

    pub(crate) fn port(&self) -> u16 {
        self.mqtt.port()
    }

    #[track_caller]
    pub(crate) fn api(&self) -> SocketAddr {
        self.api.expect("this test needs the REST port of Sluice")
    }

    #[track_caller]
    pub(crate) fn process(&self) -> &Process {
        self.process.as_ref().expect("this test needs the process of Sluice")
    }

    /// Sends the process a signal, such as `TERM`.
    #[track_caller]
    pub(crate) fn signal(&mut self, signal: &str) {
        self.process.as_mut().expect("this test needs the process of Sluice").signal(signal);
    }

    /// Waits for the end of the process.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.as_mut().expect("this test needs the process of Sluice").wait()
    }

    /// Fails the test when the server has ended, then shows that it still serves a client.
    #[track_caller]
    pub(crate) fn expect_serving(&mut self) {
        if let Some(process) = &mut self.process {
            assert!(process.is_running(), "the server has ended");
        }
        RawClient::open_5(self.mqtt, "still-there").ping();
    }

    /// Where the server was started: its configuration, rules and data.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file of the rules folder.
    pub(crate) fn rule_file(&self, name: &str) -> PathBuf {
        self.folder.path().join("rules").join(name)
    }

    /// Replaces a rule file the way editors do: written beside, then renamed over it.
    pub(crate) fn replace_rules(&self, name: &str, text: &str) {
        let beside = self.folder.path().join("beside.tmp");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.rule_file(name)).unwrap();
    }
}

/// The address in the start-up line `listener ready name=<name> addr=<address>`.
#[track_caller]
fn bound(process: &Process, name: &str) -> SocketAddr {
    let wanted = format!("listener ready name={name} addr=");
    let line = process.wait_for(&wanted);
    let address = line.split(&wanted).nth(1).unwrap();
    address.split_whitespace().next().unwrap().parse().unwrap()
}
