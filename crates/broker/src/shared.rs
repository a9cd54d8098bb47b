//! What the worker threads share, behind the trait by which `hub` sees it. Snapshots are read
//! without blocking; locks are held for a few lines. It does not know what is decided by it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use sluice_hub::Shared;
use sluice_journal::{Entry, MemoryStore, Position, Store};
use sluice_mqtt::{Message, MessageRef, UnixMillis};
use sluice_router::{Retain, RetainedLimits, RetainedStore, SubscriptionChange, SubscriptionTree};
use sluice_rule::{ActiveRule, RuleSet};
use sluice_topic::TopicFilter;

/// One for the process.
pub(crate) struct Registry {
    /// The newest tree; whoever changes it holds the lock and publishes a snapshot before letting
    /// go.
    tree: Mutex<SubscriptionTree>,
    snapshot: ArcSwap<SubscriptionTree>,
    tree_version: AtomicU64,
    retained: Mutex<RetainedStore>,
    retained_limits: RetainedLimits,
    rules: ArcSwap<RuleSet>,
    rules_version: AtomicU64,
    next_session_key: AtomicU64,
    /// Network connections of all workers.
    pub(crate) connections: AtomicUsize,
}

impl Registry {
    pub(crate) fn new(seed: u64, retained_limits: RetainedLimits) -> Self {
        let tree = SubscriptionTree::with_seed(seed);
        let rules = RuleSet::new(1, Vec::<ActiveRule>::new());
        Self {
            snapshot: ArcSwap::from_pointee(tree.clone()),
            tree_version: AtomicU64::new(tree.version()),
            tree: Mutex::new(tree),
            retained: Mutex::new(RetainedStore::default()),
            retained_limits,
            rules_version: AtomicU64::new(rules.version()),
            rules: ArcSwap::from_pointee(rules),
            next_session_key: AtomicU64::new(1),
            connections: AtomicUsize::new(0),
        }
    }

    /// Makes these the rules of every worker: each takes them before the next socket read it
    /// handles, so that every message meets exactly one set of rules.
    pub(crate) fn publish_rules(&self, rules: Vec<ActiveRule>) {
        let version = self.rules_version.load(Ordering::Acquire) + 1;
        self.rules.store(Arc::new(RuleSet::new(version, rules)));
        self.rules_version.store(version, Ordering::Release);
    }

    /// Subscriptions over all sessions, and topics with a retained message.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        let retained = self.retained.lock().unwrap_or_else(PoisonError::into_inner).len();
        (self.snapshot.load().len(), retained)
    }
}

/// One worker's handle.
pub(crate) struct ThreadShared {
    registry: Arc<Registry>,
    store: MemoryStore,
}

impl ThreadShared {
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        Self { registry, store: MemoryStore }
    }
}

impl Store for ThreadShared {
    fn append(&mut self, entry: &Entry<'_>) -> Position {
        self.store.append(entry)
    }

    fn committed(&self) -> Position {
        self.store.committed()
    }
}

impl Shared for ThreadShared {
    fn subscriptions_version(&self) -> u64 {
        self.registry.tree_version.load(Ordering::Acquire)
    }

    fn subscriptions(&self) -> SubscriptionTree {
        SubscriptionTree::clone(&self.registry.snapshot.load())
    }

    fn change_subscriptions(&mut self, changes: &[SubscriptionChange]) {
        let mut tree = self.registry.tree.lock().unwrap_or_else(PoisonError::into_inner);
        tree.apply(changes);
        self.registry.snapshot.store(Arc::new(tree.clone()));
        self.registry.tree_version.store(tree.version(), Ordering::Release);
    }

    fn retain(&mut self, message: &MessageRef<'_>) -> Retain {
        let mut retained = self.registry.retained.lock().unwrap_or_else(PoisonError::into_inner);
        retained.retain(message, self.registry.retained_limits)
    }

    fn retained(
        &self,
        filter: &TopicFilter,
        after: Option<&str>,
        now: UnixMillis,
        limit: usize,
    ) -> Vec<Message> {
        let retained = self.registry.retained.lock().unwrap_or_else(PoisonError::into_inner);
        retained.part(filter, after, now, limit)
    }

    fn rules_version(&self) -> u64 {
        self.registry.rules_version.load(Ordering::Acquire)
    }

    fn rules(&self) -> Arc<RuleSet> {
        self.registry.rules.load_full()
    }

    fn session_key(&mut self) -> u64 {
        self.registry.next_session_key.fetch_add(1, Ordering::Relaxed)
    }
}
