//! A catalogue over a temporary folder, and what it brought into force.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sluice_rule::{Action, ActionKind, ActiveRule, ConnectorKind};
use sluice_sink::{
    BoxFuture, BuildError, Connector, ConnectorType, Defaults, OpenError, Resolve, Sink,
    Unavailable, WriteError, Written,
};

use crate::{Catalogue, Refusal, RefusalKind, Setup, StartError};

/// A folder, what stands in it, and a catalogue over it.
pub(super) struct Stage {
    pub(super) folder: tempfile::TempDir,
    pub(super) catalogue: Catalogue,
    /// What was brought into force, one entry for each change.
    pub(super) changes: Arc<Mutex<Vec<Vec<ActiveRule>>>>,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::with_files(&[])
    }

    /// With these files in the rules folder.
    pub(super) fn with_files(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("rules")).unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join("rules").join(name), text).unwrap();
        }
        Self::start(folder).unwrap_or_else(|(_, error)| panic!("{error}"))
    }

    pub(super) fn start(
        folder: tempfile::TempDir,
    ) -> Result<Self, (tempfile::TempDir, StartError)> {
        let changes = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&changes);
        let secrets = folder.path().to_owned();
        let started = Catalogue::start(Setup {
            rules_dir: folder.path().join("rules"),
            rules_dir_is_set: true,
            base_dir: PathBuf::new(),
            data_dir: folder.path().join("data"),
            connector_types: TYPES,
            resolve: Box::new(move |text| match text.expose().strip_prefix("${FILE:") {
                Some(name) => fs::read_to_string(secrets.join(name.trim_end_matches('}')))
                    .map_err(|error| error.to_string()),
                None => Ok(text.expose().to_owned()),
            }),
            wake: Arc::new(|_| {}),
            on_rules: Box::new(move |rules| seen.lock().unwrap().push(rules)),
            now,
        });
        match started {
            Ok(catalogue) => Ok(Self { folder, catalogue, changes }),
            Err(error) => Err((folder, error)),
        }
    }

    /// Ends it and starts another one over the same folder.
    pub(super) async fn restarted(self) -> Self {
        self.catalogue.stop(Duration::from_secs(1)).await;
        let Self { folder, catalogue, .. } = self;
        drop(catalogue);
        Self::start(folder).unwrap_or_else(|(_, error)| panic!("{error}"))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the rules folder and waits until it is taken.
    pub(super) fn write(&self, name: &str, text: &str) {
        let before = self.count();
        let beside = self.path("rules").join(format!(".{name}"));
        fs::write(&beside, text).unwrap();
        fs::rename(&beside, self.path("rules").join(name)).unwrap();
        self.wait_beyond(before);
    }

    pub(super) fn remove(&self, name: &str) {
        let before = self.count();
        fs::remove_file(self.path("rules").join(name)).unwrap();
        self.wait_beyond(before);
    }

    /// How often something was brought into force.
    pub(super) fn count(&self) -> usize {
        self.changes.lock().unwrap().len()
    }

    /// `id` of each rule in force, with its buffers: `r[_]` has one action without.
    pub(super) fn in_force(&self) -> Vec<String> {
        let changes = self.changes.lock().unwrap();
        let shown = |active: &ActiveRule| {
            let outboxes = active.outboxes.iter().map(|it| if it.is_some() { 'x' } else { '_' });
            let outboxes: String = outboxes.collect();
            format!("{}[{outboxes}]", active.rule.id)
        };
        changes.last().map_or_else(Vec::new, |rules| rules.iter().map(shown).collect())
    }

    pub(super) fn version(&self, id: &str) -> u64 {
        let changes = self.changes.lock().unwrap();
        let rules = changes.last().unwrap();
        rules.iter().find(|active| active.rule.id.as_str() == id).unwrap().version
    }

    pub(super) fn problem(&self, id: &str) -> Option<String> {
        self.catalogue.rule(id).unwrap().problem
    }

    fn wait_beyond(&self, before: usize) {
        let mut tries = 0;
        while self.count() == before {
            tries += 1;
            assert!(tries < 1000, "nothing was brought into force");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A refusal of this kind whose message holds all of these.
pub(super) fn refused<T: std::fmt::Debug>(
    result: Result<T, Refusal>,
    kind: RefusalKind,
    parts: &[&str],
) {
    let refusal = result.unwrap_err();
    assert_eq!(refusal.kind, kind, "{refusal}");
    for part in parts {
        assert!(refusal.message.contains(part), "{part:?} is not in: {refusal}");
    }
}

/// The body of a rule that republishes.
pub(super) fn rule(id: &str, topic: &str) -> Value {
    json!({
        "id": id,
        "sql": "SELECT qos FROM \"t\"",
        "actions": [{"type": "republish", "topic": topic}],
    })
}

/// The body of a rule that calls through a connector.
pub(super) fn calling(id: &str, connector: &str) -> Value {
    json!({
        "id": id,
        "sql": "SELECT qos FROM \"t\"",
        "actions": [{"type": "webhook", "connector": connector, "path": "/p"}],
    })
}

/// The body of a connector.
pub(super) fn connector(name: &str, url: &str) -> Value {
    json!({"type": "webhook", "name": name, "url": url})
}

/// A rule file with one rule that republishes.
pub(super) fn rule_file(id: &str, topic: &str) -> String {
    format!(
        "[rules.{id}]\nsql = 'SELECT qos FROM \"t\"'\n\
         [[rules.{id}.actions]]\ntype = \"republish\"\ntopic = \"{topic}\"\n"
    )
}

/// A rule file with one rule that calls through a connector.
pub(super) fn calling_file(id: &str, connector: &str) -> String {
    format!(
        "[rules.{id}]\nsql = 'SELECT qos FROM \"t\"'\n\
         [[rules.{id}.actions]]\ntype = \"webhook\"\nconnector = \"{connector}\"\npath = \"/p\"\n"
    )
}

/// A rule file with one connector.
pub(super) fn connector_file(name: &str, url: &str) -> String {
    format!("[connectors.{name}]\ntype = \"webhook\"\nurl = \"{url}\"\n")
}

/// Grows by a second with each look.
fn now() -> SystemTime {
    static SECONDS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let seconds = SECONDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    UNIX_EPOCH + Duration::from_secs(seconds)
}

const TYPES: &[ConnectorType] = &[ConnectorType { name: "webhook", build }];

fn build(
    connector: &sluice_rule::Connector,
    resolve: Resolve<'_>,
) -> Result<Arc<dyn Connector>, BuildError> {
    let ConnectorKind::Webhook(webhook) = &connector.kind else { panic!("{connector:?}") };
    let name = connector.name.clone();
    match resolve(&webhook.url) {
        Ok(url) if url.contains("bad") => {
            Err(BuildError { name, detail: "url: it is no URL".to_owned() })
        }
        Ok(url) => Ok(Arc::new(Pretending { url })),
        Err(detail) => Err(BuildError { name, detail }),
    }
}

/// Takes every row and tells nobody.
struct Pretending {
    url: String,
}

impl Connector for Pretending {
    fn check(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        let is_down = self.url.contains("down");
        Box::pin(async move {
            let cause = "connection refused".into();
            if is_down { Err(Unavailable { target: "it".to_owned(), cause }) } else { Ok(()) }
        })
    }

    fn open(&self, action: &Action) -> Result<Arc<dyn Sink>, OpenError> {
        let ActionKind::Webhook(call) = &action.kind else { panic!("{action:?}") };
        if format!("{call:?}").contains("nonsense") {
            return Err(OpenError { detail: "path: it is nonsense".to_owned() });
        }
        Ok(Arc::new(Self { url: self.url.clone() }))
    }
}

impl Sink for Pretending {
    fn defaults(&self) -> Defaults {
        Defaults { batch_rows_max: 1, linger: Duration::ZERO, lanes: 1 }
    }

    fn check(&self) -> BoxFuture<'_, Result<(), WriteError>> {
        Box::pin(async { Ok(()) })
    }

    fn write<'w>(
        &'w self,
        _rows: &'w [Arc<sluice_rule::Row>],
    ) -> BoxFuture<'w, Result<Written, WriteError>> {
        Box::pin(async { Ok(Written::All) })
    }
}
