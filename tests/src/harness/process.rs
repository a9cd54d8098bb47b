//! Subprocesses whose output is read line by line: the server, and the MQTT clients of others.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use super::{Outcome, PATIENCE, environment, now};

/// A running subprocess. Dropped, it is killed; in a failing test its output is shown.
pub(crate) struct Process {
    name: String,
    pid: u32,
    lines: Arc<Lines>,
    ended: Receiver<ExitStatus>,
    status: Option<ExitStatus>,
}

#[derive(Default)]
struct Lines {
    seen: Mutex<Seen>,
    grown: Condvar,
}

#[derive(Default)]
struct Seen {
    lines: Vec<String>,
    /// Streams of the process that may still bring lines.
    open: usize,
}

impl Process {
    /// Starts `command` with both of its output streams captured as one list of lines.
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}; `make test` installs it"));
        let lines = Arc::new(Lines::default());
        collect(child.stdout.take(), &lines);
        collect(child.stderr.take(), &lines);
        let pid = child.id();
        Self { name, pid, lines, ended: wait_aside(child), status: None }
    }

    /// The first line at or after `from` that `wanted` accepts, with its index.
    #[track_caller]
    pub(crate) fn wait_line(&self, from: usize, wanted: impl Fn(&str) -> bool) -> (usize, String) {
        let deadline = now() + PATIENCE;
        let mut seen = self.lines.seen.lock().unwrap();
        let mut next = from;
        loop {
            while let Some(line) = seen.lines.get(next) {
                if wanted(line) {
                    return (next, line.clone());
                }
                next += 1;
            }
            let left = deadline.saturating_duration_since(now());
            if left.is_zero() || seen.open == 0 {
                let said = seen.lines.join("\n");
                drop(seen);
                panic!("{}: the awaited line did not come; it said\n{said}", self.name)
            }
            seen = self.lines.grown.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until some line holds `part`.
    #[track_caller]
    pub(crate) fn wait_for(&self, part: &str) -> String {
        self.wait_line(0, |line| line.contains(part)).1
    }

    /// The lines so far that begin with `prefix`, without it.
    pub(crate) fn lines_with(&self, prefix: &str) -> Vec<String> {
        let seen = self.lines.seen.lock().unwrap();
        seen.lines.iter().filter_map(|line| line.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    /// Waits until `count` lines begin with `prefix` and gives all of them, without it.
    #[track_caller]
    pub(crate) fn wait_lines(&self, prefix: &str, count: usize) -> Vec<String> {
        let mut from = 0;
        for _ in 0..count {
            from = self.wait_line(from, |line| line.starts_with(prefix)).0 + 1;
        }
        self.lines_with(prefix)
    }

    /// Everything it said so far.
    pub(crate) fn said(&self) -> String {
        self.lines.seen.lock().unwrap().lines.join("\n")
    }

    /// How many lines it said so far: a place to start waiting from.
    pub(crate) fn line_count(&self) -> usize {
        self.lines.seen.lock().unwrap().lines.len()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.status = self.status.or_else(|| self.ended.try_recv().ok());
        self.status.is_none()
    }

    /// Waits for its own end.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.wait_within(PATIENCE).unwrap_or_else(|| {
            panic!("{} goes on; it said\n{}", self.name, self.said());
        })
    }

    /// Sends `signal` (`TERM`, `KILL`, `HUP` …) unless the process has ended already.
    pub(crate) fn signal(&mut self, signal: &str) {
        if self.is_running() {
            run(Command::new("kill").arg(format!("-{signal}")).arg(self.pid.to_string()));
        }
    }

    /// Asks it to end, and kills it when it does not.
    pub(crate) fn stop(&mut self) -> Option<ExitStatus> {
        self.signal("TERM");
        let polite = self.wait_within(Duration::from_secs(10));
        if polite.is_none() {
            self.signal("KILL");
            self.wait_within(PATIENCE);
        }
        polite
    }

    fn wait_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.ended.recv_timeout(limit).ok();
        }
        self.status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            show(&format!("--- {} (pid {}) said\n{}", self.name, self.pid, self.said()));
        }
        self.signal("KILL");
    }
}

#[expect(clippy::print_stderr, reason = "the output of a process belongs to a failing test")]
fn show(text: &str) {
    eprintln!("{text}");
}

fn collect(stream: Option<impl Read + Send + 'static>, lines: &Arc<Lines>) {
    lines.seen.lock().unwrap().open += 1;
    let lines = Arc::clone(lines);
    thread::spawn(move || {
        for line in BufReader::new(stream.unwrap()).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            lines.seen.lock().unwrap().lines.push(line);
            lines.grown.notify_all();
        }
        lines.seen.lock().unwrap().open -= 1;
        lines.grown.notify_all();
    });
}

/// Waits for the process on a thread of its own: the standard library knows no wait with a limit.
fn wait_aside(mut child: Child) -> Receiver<ExitStatus> {
    let (sender, ended) = channel();
    thread::spawn(move || sender.send(child.wait().unwrap()));
    ended
}

/// Runs `command` to its end.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Outcome {
    run_with_input(command, "")
}

#[track_caller]
fn run_with_input(command: &mut Command, input: &str) -> Outcome {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {error}; `make test` installs it"));
    // A program may end without reading what it was given.
    let _closed_early = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap().into()
}

/// Runs `sluice` with `arguments`, in `folder`, with `input` on standard input.
#[track_caller]
pub(crate) fn sluice(folder: &Path, arguments: &[&str], input: &str) -> Outcome {
    run_with_input(Command::new(binary()).current_dir(folder).args(arguments), input)
}

/// The binary under test: `SLUICE_BIN`, or the one that lies beside the running tests.
#[track_caller]
pub(crate) fn binary() -> PathBuf {
    if let Some(given) = environment("SLUICE_BIN") {
        return given.into();
    }
    let tests = std::env::current_exe().unwrap();
    let beside = tests.parent().and_then(Path::parent).unwrap().join("sluice");
    assert!(beside.exists(), "{} is missing: `make test` builds it", beside.display());
    beside
}

/// `mosquitto_pub` towards `port`, run to its end; it must succeed.
#[track_caller]
pub(crate) fn mosquitto_pub(port: u16, arguments: &[&str]) -> Outcome {
    run(Command::new("mosquitto_pub").args(["-p", &port.to_string()]).args(arguments))
        .expect_code(0)
}

/// `mosquitto_sub` towards `port`, subscribed when this returns. Its messages are the lines that
/// begin with `message ` (topic, QoS, retained, payload).
#[track_caller]
pub(crate) fn mosquitto_sub(port: u16, arguments: &[&str]) -> Process {
    let process = Process::start(
        Command::new("stdbuf")
            .args(["-oL", "mosquitto_sub", "-d", "-F", "message %t %q %r %p"])
            .args(["-p", &port.to_string()])
            .args(arguments),
    );
    process.wait_for("Subscribed (mid:");
    process
}

/// Runs a script of `tests/clients/mqtt_js`; it must succeed.
#[track_caller]
pub(crate) fn node(port: u16, script: &str) -> Outcome {
    let modules = services().join("node/node_modules");
    assert!(modules.exists(), "MQTT.js is missing: `make test` installs it");
    run(Command::new("timeout")
        .args(["60", "node"])
        .arg(clients().join("mqtt_js").join(script))
        .env("NODE_PATH", modules)
        .env("PORT", port.to_string()))
    .expect_code(0)
}

/// Runs a script of `tests/clients/paho`; it must succeed.
#[track_caller]
pub(crate) fn paho(port: u16, script: &str) -> Outcome {
    let python = services().join("python/bin/python");
    assert!(python.exists(), "paho-mqtt is missing: `make test` installs it");
    run(Command::new("timeout")
        .arg("60")
        .arg(python)
        .arg("-B")
        .arg(clients().join("paho").join(script))
        .env("PORT", port.to_string()))
    .expect_code(0)
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

fn services() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".services")
}
