//! What the workers of a run share, for one thread: subscriptions, retained messages, rules, the
//! log. It does not know the workers.
//!
//! On threads, what one worker does takes time, and others act meanwhile. Here a worker's turn is
//! over in no time; it counts as having begun a little earlier ([`World::begin_turn`]). Until it
//! has changed something that others see, its looks may give what was there when it began; what it
//! looks at after that is as it is now. That is all the staleness that [`Shared`] allows.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use sluice_hub::Shared;
use sluice_journal::{Entry, Position, Store};
use sluice_mqtt::{Message, MessageRef, UnixMillis};
use sluice_router::{Retain, RetainedLimits, RetainedStore, SubscriptionChange, SubscriptionTree};
use sluice_rule::RuleSet;
use sluice_topic::TopicFilter;

use crate::Time;
use crate::engine::WireId;
use crate::log::Log;

/// One for a run.
pub(crate) struct World {
    pub(crate) tree: SubscriptionTree,
    /// What the tree was, and from when on.
    trees: VecDeque<(Time, SubscriptionTree)>,
    retained: RetainedStore,
    limits: RetainedLimits,
    /// When a topic's message was replaced lately, and what it had been.
    replaced: BTreeMap<String, (Time, Option<Message>)>,
    /// By worker: a new set reaches some earlier than others, until the publication is over.
    pub(crate) rules: Vec<Arc<RuleSet>>,
    /// By worker: the newest version that it has seen.
    seen: Vec<u64>,
    pub(crate) log: Log,
    next_session_key: u64,
    /// The connection whose bytes are being handled.
    handling: Option<WireId>,
    now: Time,
    /// When the turn began, as long as nothing was changed in it.
    began: Option<Time>,
}

impl World {
    pub(crate) fn new(seed: u64, workers: usize, limits: RetainedLimits) -> Self {
        let rules = Arc::new(RuleSet::new(1, Vec::<sluice_rule::ActiveRule>::new()));
        Self {
            tree: SubscriptionTree::with_seed(seed),
            trees: VecDeque::new(),
            retained: RetainedStore::default(),
            limits,
            replaced: BTreeMap::new(),
            rules: vec![rules; workers],
            seen: vec![0; workers],
            log: Log::default(),
            next_session_key: 0,
            handling: None,
            now: Time::default(),
            began: None,
        }
    }

    /// A worker handles something now, and began with it a little earlier.
    pub(crate) const fn begin_turn(&mut self, wire: Option<WireId>, now: Time, began: Time) {
        self.handling = wire;
        self.now = now;
        self.began = Some(began);
    }

    /// It is done; whether it changed something that others see. What the worker looks at in the
    /// rest of its turn is no older than that.
    pub(crate) const fn end_turn(&mut self) -> bool {
        let changed = self.began.is_none();
        self.handling = None;
        self.began = None;
        changed
    }

    /// The tree that a worker sees.
    fn look(&mut self, worker: usize) -> &SubscriptionTree {
        let seen = self.seen.get(worker).copied().unwrap_or(0);
        let old = self.began.and_then(|began| {
            let after = self.trees.iter().position(|(from, _)| *from > began)?;
            self.trees.get(after.checked_sub(1)?).map(|(_, tree)| tree)
        });
        let tree = old.filter(|tree| tree.version() >= seen).unwrap_or(&self.tree);
        if let Some(seen) = self.seen.get_mut(worker) {
            *seen = tree.version();
        }
        tree
    }

    fn apply(&mut self, changes: &[SubscriptionChange]) {
        self.began = None;
        if self.trees.is_empty() {
            self.trees.push_back((Time::default(), self.tree.clone()));
        }
        self.tree.apply(changes);
        self.trees.push_back((self.now, self.tree.clone()));
        if self.trees.len() > TREES_KEPT {
            self.trees.pop_front();
        }
    }

    fn retain(&mut self, message: &MessageRef<'_>) -> Retain {
        self.began = None;
        let mut old = None;
        if let Ok(filter) = TopicFilter::parse(message.topic) {
            self.retained.visit(&filter, UnixMillis(0), |message| old = Some(message.clone()));
        }
        self.replaced.insert(message.topic.to_owned(), (self.now, old));
        self.retained.retain(message, self.limits)
    }

    fn retained(&self, filter: &TopicFilter, now: UnixMillis) -> Vec<Message> {
        let mut found = Vec::new();
        self.retained.visit(filter, now, |message| {
            let replaced = self
                .began
                .and_then(|began| self.replaced.get(message.topic()).filter(|(at, _)| *at > began));
            match replaced {
                Some((_, old)) => found.extend(old.clone()),
                None => found.push(message.clone()),
            }
        });
        found
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
        self.world.borrow_mut().look(self.worker).version()
    }

    fn subscriptions(&self) -> SubscriptionTree {
        self.world.borrow_mut().look(self.worker).clone()
    }

    fn change_subscriptions(&mut self, changes: &[SubscriptionChange]) {
        self.world.borrow_mut().apply(changes);
    }

    fn retain(&mut self, message: &MessageRef<'_>) -> Retain {
        self.world.borrow_mut().retain(message)
    }

    fn retained(
        &self,
        filter: &TopicFilter,
        after: Option<&str>,
        now: UnixMillis,
        limit: usize,
    ) -> Vec<Message> {
        let mut found = self.world.borrow().retained(filter, now);
        // In the order of their topics already; what was replaced lately keeps its place.
        found.retain(|message| after.is_none_or(|after| message.topic() > after));
        found.truncate(limit);
        found
    }

    fn rules_version(&self) -> u64 {
        self.world.borrow().rules.get(self.worker).map_or(0, |rules| rules.version())
    }

    fn rules(&self) -> Arc<RuleSet> {
        let rules = self.world.borrow().rules.get(self.worker).map(Arc::clone);
        rules.unwrap_or_else(|| Arc::new(RuleSet::new(0, Vec::<sluice_rule::ActiveRule>::new())))
    }

    fn session_key(&mut self) -> u64 {
        let world = &mut *self.world.borrow_mut();
        world.next_session_key += 1;
        world.next_session_key
    }
}

/// More changes than fall into one turn.
const TREES_KEPT: usize = 64;
