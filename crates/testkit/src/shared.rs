//! What the workers of a run share, for one thread: subscriptions, retained messages, rules, the
//! log. It does not know the workers.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use sluice_hub::Shared;
use sluice_journal::{Entry, Position, Store};
use sluice_mqtt::{Message, MessageRef, UnixMillis};
use sluice_router::{Retain, RetainedLimits, RetainedStore, SubscriptionChange, SubscriptionTree};
use sluice_rule::RuleSet;
use sluice_topic::TopicFilter;

use crate::engine::WireId;
use crate::log::Log;

/// One for a run.
pub(crate) struct World {
    pub(crate) tree: SubscriptionTree,
    pub(crate) retained: RetainedStore,
    limits: RetainedLimits,
    /// By worker: a new set reaches some earlier than others, until the publication is over.
    pub(crate) rules: Vec<Arc<RuleSet>>,
    pub(crate) log: Log,
    next_session_key: u64,
    /// The connection whose bytes are being handled.
    pub(crate) handling: Option<WireId>,
}

impl World {
    pub(crate) fn new(seed: u64, workers: usize, limits: RetainedLimits) -> Self {
        let rules = Arc::new(RuleSet::new(1, Vec::new()));
        Self {
            tree: SubscriptionTree::with_seed(seed),
            retained: RetainedStore::default(),
            limits,
            rules: vec![rules; workers],
            log: Log::default(),
            next_session_key: 0,
            handling: None,
        }
    }
}

/// One worker's handle.
pub(crate) struct SimShared {
    pub(crate) world: Rc<RefCell<World>>,
    pub(crate) worker: usize,
}

impl Store for SimShared {
    fn append(&mut self, entry: &Entry<'_>) -> Position {
        let world = &mut *self.world.borrow_mut();
        world.log.append(entry, world.handling)
    }

    fn committed(&self) -> Position {
        self.world.borrow().log.committed()
    }
}

impl Shared for SimShared {
    fn subscriptions_version(&self) -> u64 {
        self.world.borrow().tree.version()
    }

    fn subscriptions(&self) -> SubscriptionTree {
        self.world.borrow().tree.clone()
    }

    fn change_subscriptions(&mut self, changes: &[SubscriptionChange]) {
        self.world.borrow_mut().tree.apply(changes);
    }

    fn retain(&mut self, message: &MessageRef<'_>) -> Retain {
        let world = &mut *self.world.borrow_mut();
        world.retained.retain(message, world.limits)
    }

    fn retained(&self, filter: &TopicFilter, now: UnixMillis, visit: &mut dyn FnMut(&Message)) {
        let mut found = Vec::new();
        let world = self.world.borrow();
        world.retained.visit(filter, now, |message| found.push(message.clone()));
        drop(world);
        found.iter().for_each(visit);
    }

    fn rules_version(&self) -> u64 {
        self.world.borrow().rules.get(self.worker).map_or(0, |rules| rules.version())
    }

    fn rules(&self) -> Arc<RuleSet> {
        let rules = self.world.borrow().rules.get(self.worker).map(Arc::clone);
        rules.unwrap_or_else(|| Arc::new(RuleSet::new(0, Vec::new())))
    }

    fn session_key(&mut self) -> u64 {
        let world = &mut *self.world.borrow_mut();
        world.next_session_key += 1;
        world.next_session_key
    }
}
