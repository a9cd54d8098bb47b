//! The one list of rules, connectors and actions: changes are made one after the other, each on
//! disk and in force before it is answered. It does not know who asks for them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sluice_sink::Sinks;

use crate::entry::Owner;
use crate::folder::{FileText, RuleFolder};
use crate::force::Force;
use crate::inventory::{Inventory, ListedConnector, ListedRule};
use crate::kept::{self, KeptError};
use crate::live::Live;
use crate::refusal::{Refusal, RefusalKind};
use crate::report::{Report, Told};
use crate::rest::Rest;
use crate::setup::{OnRules, Setup, StartError};
use crate::uploads;
use crate::watch::RuleWatch;

/// The one list of rules, connectors and actions. Clones are the same list.
#[derive(Clone)]
pub struct Catalogue {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) live: Live,
    /// The folder of uploaded rule files.
    pub(crate) uploads_dir: PathBuf,
    /// Of the inventory.
    pub(crate) rule_count: AtomicUsize,
    kept_path: PathBuf,
    clock: fn() -> SystemTime,
    /// Held over each change, its write to disk included: changes have one order.
    state: Mutex<State>,
    watch: Mutex<Option<RuleWatch>>,
}

pub(crate) struct State {
    dir: RuleFolder,
    pub(crate) uploads: RuleFolder,
    /// The texts that `uploads` was made of.
    pub(crate) upload_texts: BTreeMap<String, FileText>,
    pub(crate) rest: Rest,
    /// Of all three.
    pub(crate) inventory: Inventory,
    pub(crate) force: Force,
    told: Told,
    on_rules: OnRules,
}

impl Catalogue {
    /// Reads what is kept and the rules folder, and brings it into force. Must be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// When what is kept cannot be used, or a rules folder that someone named cannot be read.
    pub fn start(setup: Setup) -> Result<Self, StartError> {
        let kept_path = setup.data_dir.join(KEPT_FILE);
        let uploads_dir = setup.data_dir.join(UPLOADS_DIR);
        let (rest, told) = Rest::read(kept::read(&kept_path)?);
        for line in told {
            tracing::error!(file = %kept_path.display(), "{line}");
        }
        let upload_texts = uploads::read(&uploads_dir)
            .map_err(|cause| KeptError::Unreadable { path: uploads_dir.clone(), cause })?;
        let mut uploads = RuleFolder::default();
        uploads.take(upload_texts.clone(), uploads::shown).iter().for_each(Report::log);
        let shared = Arc::new(Shared {
            live: Live::new(setup.connector_types, setup.resolve, setup.wake, setup.base_dir),
            uploads_dir,
            rule_count: AtomicUsize::new(0),
            kept_path,
            clock: setup.now,
            state: Mutex::new(State {
                dir: RuleFolder::default(),
                uploads,
                upload_texts,
                rest,
                inventory: Inventory::default(),
                force: Force::default(),
                told: Told::default(),
                on_rules: setup.on_rules,
            }),
            watch: Mutex::new(None),
        });
        let dir = setup.rules_dir.clone();
        let weak = Arc::downgrade(&shared);
        let on_texts = Box::new(move |texts: BTreeMap<String, FileText>| {
            if let Some(shared) = weak.upgrade() {
                shared.take_folder(texts, |name| dir.join(name).display().to_string());
            }
        });
        let watch = RuleWatch::start(setup.rules_dir, setup.rules_dir_is_set, on_texts)?;
        *shared.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(watch);
        shared.start();
        Ok(Self { shared })
    }

    /// Reads the rules folder and the secrets that its connectors name again, soon.
    pub fn reload(&self) {
        if let Some(watch) = &*self.shared.watch() {
            watch.reload();
        }
    }

    /// Stops watching and delivers what buffers hold, for so long at most.
    pub async fn stop(&self, within: Duration) {
        let watch = self.shared.watch().take();
        if let Some(watch) = watch {
            let stopped = tokio::task::spawn_blocking(move || watch.stop()).await;
            if stopped.is_err() {
                tracing::error!("the watch of rule files could not be stopped");
            }
        }
        self.shared.live.sinks.drain(within).await;
    }

    /// The buffers of actions.
    #[must_use]
    pub fn sinks(&self) -> &Sinks {
        &self.shared.live.sinks
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In the precision that is kept.
    pub(crate) fn now(&self) -> SystemTime {
        let since = (self.clock)().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = u64::try_from(since.as_millis()).unwrap_or_default();
        UNIX_EPOCH.checked_add(Duration::from_millis(millis)).unwrap_or(UNIX_EPOCH)
    }

    /// Makes `rest` what is made over REST: on disk first, then in force.
    ///
    /// # Errors
    /// When it cannot be written: nothing has changed then.
    pub(crate) fn change(&self, state: &mut State, rest: Rest) -> Result<(), Refusal> {
        rest.kept().write(&self.kept_path).map_err(|error| not_written(&self.kept_path, &error))?;
        state.rest = rest;
        self.put_in_force(state);
        Ok(())
    }

    /// Brings all there is into force; tells whether anything changed.
    pub(crate) fn put_in_force(&self, state: &mut State) -> bool {
        let mut inventory = state.survey();
        let clashes = std::mem::take(&mut inventory.clashes);
        state.told.fresh(clashes).iter().for_each(Report::log);
        let active = state.force.prepare(&inventory, &self.live, self.now());
        let is_changed = active.is_some();
        if let Some(active) = active {
            (state.on_rules)(active);
            let (rules, enabled) = (inventory.rules.len(), state.force.enabled());
            // Only now: whoever reads this line may rely on it.
            tracing::info!(rules, enabled, "rules in force");
        }
        // Nothing reaches these any more.
        state.force.prune(&inventory, &self.live);
        self.rule_count.store(inventory.rules.len(), Ordering::Relaxed);
        state.inventory = inventory;
        is_changed
    }

    /// Takes what the rules folder holds now.
    fn take_folder(&self, texts: BTreeMap<String, FileText>, show: impl Fn(&str) -> String) {
        let mut state = self.lock();
        state.dir.take(texts, show).iter().for_each(Report::log);
        if !self.put_in_force(&mut state) {
            // Whoever asked to read again wants to know that it was done.
            tracing::info!("no rule has changed");
        }
    }

    /// Brings into force what there is where no folder did.
    fn start(&self) {
        let mut state = self.lock();
        if !state.force.has_started() {
            self.put_in_force(&mut state);
        }
    }

    fn watch(&self) -> MutexGuard<'_, Option<RuleWatch>> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// All there is. What came over REST was checked against the files when it came, so of two with
    /// one name the file's is the later one.
    fn survey(&self) -> Inventory {
        let mut inventory = Inventory::default();
        for made in self.rest.connectors.values() {
            let connector = (*made.value).clone();
            inventory.add_connector(ListedConnector { connector, owner: Owner::Rest });
        }
        for made in self.rest.rules.values() {
            inventory.add_rule(ListedRule {
                rule: Arc::clone(&made.value),
                owner: Owner::Rest,
                warnings: made.warnings.clone(),
            });
        }
        inventory.add_folder(&self.uploads, |name, _| Owner::Uploaded(name.to_owned()));
        inventory.add_folder(&self.dir, |_, path| Owner::File(path.to_owned()));
        inventory
    }
}

pub(crate) fn not_written(path: &std::path::Path, error: &std::io::Error) -> Refusal {
    let message = format!("{} cannot be written ({error}); nothing has changed", path.display());
    Refusal::new(RefusalKind::Failed, message)
}

const KEPT_FILE: &str = "catalogue.json";
const UPLOADS_DIR: &str = "rule_files";
