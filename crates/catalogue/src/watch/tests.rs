//! The watching thread over a folder of its own.

use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::folder::RuleFolder;

struct Watching {
    watch: RuleWatch,
    rules: Receiver<Vec<String>>,
    dir: tempfile::TempDir,
}

/// Longer than a change may take to apply.
const SOON: Duration = Duration::from_secs(10);

fn rule(id: &str) -> String {
    format!(
        "[rules.{id}]\nsql = 'SELECT qos FROM \"t\"'\n\
         [[rules.{id}.actions]]\ntype = \"republish\"\ntopic = \"out\"\n"
    )
}

/// Sends the ids of the rules each time they change.
fn follow(send: Sender<Vec<String>>) -> OnTexts {
    let mut folder = RuleFolder::default();
    let mut before = None;
    Box::new(move |texts| {
        folder.take(texts, str::to_owned);
        let rules = folder.files().flat_map(|(_, file)| &file.rules);
        let ids: Vec<_> = rules.map(|rule| rule.id.to_string()).collect();
        if before.as_ref() != Some(&ids) {
            before = Some(ids.clone());
            send.send(ids).unwrap();
        }
    })
}

fn start(files: &[(&str, &str)]) -> Watching {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let (send, rules) = channel();
    let watch = RuleWatch::start(dir.path().to_path_buf(), true, follow(send)).unwrap();
    Watching { watch, rules, dir }
}

impl Watching {
    fn next(&self) -> Vec<String> {
        self.rules.recv_timeout(SOON).unwrap()
    }
}

#[test]
fn the_rules_are_there_when_start_returns() {
    let watching = start(&[("a.toml", &rule("a")), (".hidden.toml", &rule("h")), ("b.txt", "x")]);
    assert_eq!(watching.rules.try_recv().unwrap(), ["a"]);
    watching.watch.stop();
}

#[test]
fn files_written_replaced_and_removed_are_followed() {
    let watching = start(&[("a.toml", &rule("a"))]);
    assert_eq!(watching.next(), ["a"]);
    let path = |name: &str| watching.dir.path().join(name);

    fs::write(path("b.toml"), rule("b")).unwrap();
    assert_eq!(watching.next(), ["a", "b"]);

    // As editors do: the old file moved away, the new one moved into its place.
    fs::rename(path("a.toml"), path("a.toml~")).unwrap();
    fs::write(path("a.toml.tmp"), rule("a2")).unwrap();
    fs::rename(path("a.toml.tmp"), path("a.toml")).unwrap();
    assert_eq!(watching.next(), ["a2", "b"]);

    // A file that is wrong changes nothing; the next good one does.
    fs::write(path("b.toml"), "nonsense").unwrap();
    fs::remove_file(path("a.toml")).unwrap();
    assert_eq!(watching.next(), ["b"]);
    watching.watch.stop();
}

#[test]
fn a_folder_that_nobody_named_is_read_once_it_appears() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("rules");
    let (send, rules) = channel();
    let watch = RuleWatch::start(dir.clone(), false, follow(send)).unwrap();
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("a.toml"), rule("a")).unwrap();
    assert_eq!(rules.recv_timeout(SOON).unwrap(), ["a"]);

    // While the folder is away, what it held stays live; a new one takes over, watched again.
    fs::rename(&dir, parent.path().join("away")).unwrap();
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("b.toml"), rule("b") + &rule("c")).unwrap();
    assert_eq!(rules.recv_timeout(SOON).unwrap(), ["b", "c"]);
    watch.stop();
}

#[test]
fn a_folder_that_someone_named_has_to_be_there() {
    let error = RuleWatch::start("/no/such/rules".into(), true, Box::new(|_| {}));
    let line = error.err().unwrap().to_string();
    assert!(
        line.starts_with("rules.dir: the folder /no/such/rules cannot be read (No such"),
        "{line}"
    );
    assert!(line.ends_with("make it, mend its permissions, or set rules.dir"), "{line}");
}

#[test]
fn anything_but_a_plain_text_file_of_bounded_size_is_told() {
    let watching = start(&[("a.toml", &rule("a"))]);
    assert_eq!(watching.next(), ["a"]);
    fs::create_dir(watching.dir.path().join("dir.toml")).unwrap();
    fs::write(watching.dir.path().join("bytes.toml"), b"# \xff").unwrap();
    let texts = disk::list(watching.dir.path()).unwrap().read(watching.dir.path());
    assert_eq!(texts["dir.toml"], FileText::Unusable("not a plain file".into()));
    let reason = "not UTF-8 text at line 1, byte 2; save it as UTF-8";
    assert_eq!(texts["bytes.toml"], FileText::Unusable(reason.into()));
    watching.watch.stop();
}
