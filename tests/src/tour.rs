//! The commands of the tour in README.md, as they are written there, and what it says they print.
//!
//! A block of `sh` is run in a folder that looks like a clone; `text` behind it is what must be
//! printed, by its commands or by the watching terminal. `…` stands for anything. Only ports differ
//! from what a reader has, by wrappers of the same names that lie first on the PATH.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Outcome, PATIENCE, Process, Server, Setup, binary, now, run};

#[test]
fn the_tour_of_the_readme_works_as_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let tour = readme.split("## Five minutes").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks = blocks(tour);
    assert!(blocks.len() > 10, "the tour has shrunk to {} blocks", blocks.len());

    let mut reader = Reader::new(root);
    for (index, block) in blocks.iter().enumerate() {
        let printed = blocks.get(index + 1).filter(|next| next.kind == "text");
        match block.kind {
            "text" => {}
            "sh" => reader.run(block.text, printed.map_or("", |next| next.text)),
            other => panic!("a block of kind {other:?}"),
        }
    }
}

struct Block<'t> {
    kind: &'t str,
    text: &'t str,
}

fn blocks(tour: &str) -> Vec<Block<'_>> {
    tour.split("\n```")
        .skip(1)
        .step_by(2)
        .map(|block| {
            let (kind, text) = block.split_once('\n').unwrap();
            Block { kind, text }
        })
        .collect()
}

/// Someone who follows the tour.
struct Reader {
    /// What `scripts/services.sh` started is stopped however the tour ends, and before the folder
    /// of the server is removed: it stands there.
    services: Option<Services>,
    server: Server,
    /// The second terminal.
    watching: Option<Process>,
}

impl Reader {
    fn new(root: &Path) -> Self {
        let mut setup = Setup::default();
        for entry in fs::read_dir(root.join("rules")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            setup = setup.rules(name, &fs::read_to_string(&path).unwrap());
        }
        let server = setup.api("admin_password = \"try-me\"").start();
        let port = server.port();
        let api = server.api();
        fs::create_dir_all(server.folder().join("target/release")).unwrap();
        fs::create_dir(server.folder().join("tests")).unwrap();
        for path in ["scripts", "tests/kafka", "tests/.services"] {
            symlink(root.join(path), server.folder().join(path)).unwrap();
        }
        fs::create_dir(server.folder().join("bin")).unwrap();
        for client in ["mosquitto_pub", "mosquitto_sub"] {
            wrap(
                &server.folder().join("bin").join(client),
                &format!(
                    "exec stdbuf -oL $(PATH=${{PATH#*:}} command -v {client}) -p {port} \"$@\""
                ),
            );
        }
        let sluice = binary();
        wrap(
            &server.folder().join("target/release/sluice"),
            &format!(
                "case $1 in pub|sub|bench) set -- \"$1\" -p {port} \"${{@:2}}\" ;; esac\n\
                 SLUICE_URL=http://{api} exec {} \"$@\"",
                sluice.display()
            ),
        );
        Self { server, services: None, watching: None }
    }

    fn run(&mut self, commands: &str, printed: &str) {
        let commands = commands.replace("127.0.0.1:18083", &self.server.api().to_string());
        if commands.contains("make run") {
            return; // the server runs already
        }
        if commands.starts_with("scripts/services.sh up") {
            self.services = Some(Services { folder: self.server.folder().to_owned() });
        }
        if commands.starts_with("mosquitto_sub") && !commands.contains("-C ") {
            let terminal = Process::start(&mut self.shell(&format!("exec {} -d", commands.trim())));
            terminal.wait_for("Subscribed (mid:");
            self.watching = Some(terminal);
            return;
        }
        let log_from = self.server.process().line_count();
        let watching_from = self.watching.as_ref().map_or(0, Process::line_count);
        let mut outcome = run(&mut self.shell(&commands));
        // What rows became of is seen a moment later; looking twice changes nothing.
        let deadline = now() + PATIENCE;
        let looks = commands.contains("psql -At");
        let is_there = |outcome: &Outcome| {
            let said = outcome.said();
            printed.lines().all(|wanted| said.lines().any(|line| is_like(line, wanted)))
        };
        while looks && !is_there(&outcome) && now() < deadline {
            outcome = run(&mut self.shell(&commands));
        }
        if printed.is_empty() {
            assert_eq!(outcome.code, Some(0), "{commands}\n{outcome}");
        }
        if commands.starts_with("sed ") {
            self.server.process().wait_line(log_from, |line| {
                line.contains("rules in force") || line.contains("not loaded")
            });
        }
        for line in printed.lines() {
            self.expect_line(line, &outcome, watching_from);
        }
    }

    /// Printed by the commands themselves, or by the second terminal.
    fn expect_line(&self, wanted: &str, outcome: &Outcome, watching_from: usize) {
        let said = outcome.said();
        if said.lines().any(|line| is_like(line, wanted)) {
            return;
        }
        assert!(said.is_empty(), "{wanted:?} is missing in\n{outcome}");
        let watching = self.watching.as_ref().expect("a second terminal");
        watching.wait_line(watching_from, |line| is_like(line, wanted));
    }

    fn shell(&self, commands: &str) -> Command {
        let mut shell = Command::new("bash");
        let bin = self.server.folder().join("bin");
        let script = format!("PATH={}:$PATH\n{commands}", bin.display());
        shell.args(["-euo", "pipefail", "-c", &script]).current_dir(self.server.folder());
        shell
    }
}

/// What the tour started beside the broker.
struct Services {
    folder: PathBuf,
}

impl Drop for Services {
    fn drop(&mut self) {
        // Where the tour came to its end, nothing is left to stop.
        let down = Command::new(self.folder.join("scripts/services.sh"))
            .arg("down")
            .current_dir(&self.folder)
            .status();
        if !down.is_ok_and(|status| status.success()) && !std::thread::panicking() {
            panic!("services are left running");
        }
    }
}

/// A program of this name that runs `script`.
fn wrap(path: &Path, script: &str) {
    fs::write(path, format!("#!/usr/bin/env bash\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// `…` stands for anything.
fn is_like(line: &str, wanted: &str) -> bool {
    let mut rest = line;
    let mut parts = wanted.split('…');
    let first = parts.next().unwrap_or("");
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    let mut last = first;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or("");
        last = part;
    }
    last.is_empty() && wanted.ends_with('…') || rest.is_empty()
}

#[test]
fn dots_stand_for_anything() {
    assert!(is_like("a", "a") && is_like("a1b", "a…b") && is_like("a1", "a…"));
    assert!(is_like("xa1b", "…a…") && !is_like("a1bc", "a…b") && !is_like("b", "a"));
}
