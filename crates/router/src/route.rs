//! The receivers of one topic name, each session once, kept for the next publish. It does not know
//! messages.

use hashbrown::HashMap;
use sluice_mqtt::QoS;
use smallvec::SmallVec;

use crate::{SessionRef, SubscriptionTree, WorkerId};

/// One session that receives, its overlapping subscriptions merged: the highest QoS, all
/// identifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Who.
    pub session: SessionRef,
    /// Key in the log, 0 for a session that ends with its connection.
    pub session_key: u64,
    /// The highest granted QoS.
    pub qos: QoS,
    /// Whether every matching subscription has No Local.
    pub no_local: bool,
    /// Whether any matching subscription has Retain As Published.
    pub retain_as_published: bool,
    /// Subscription Identifiers, ascending.
    pub identifiers: SmallVec<[u32; 2]>,
}

/// Everyone who receives what is published to one topic name, and the rules that look at it.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// Sorted by worker, then place.
    pub targets: Vec<Target>,
    /// Indexes into the rule set whose FROM matches.
    pub rules: SmallVec<[u32; 4]>,
    /// Whether any target is a durable session.
    pub durable: bool,
    version: (u64, u64),
}

impl Route {
    /// Visits the tree once and merges.
    fn compute(&mut self, tree: &SubscriptionTree, topic: &str) {
        self.targets.clear();
        tree.visit(topic, |session, subscription| {
            let mut identifiers = SmallVec::new();
            if subscription.identifier != 0 {
                identifiers.push(subscription.identifier);
            }
            self.targets.push(Target {
                session,
                session_key: subscription.session_key,
                qos: subscription.options.qos,
                no_local: subscription.options.no_local,
                retain_as_published: subscription.options.retain_as_published,
                identifiers,
            });
        });
        self.targets.sort_by_key(|target| target.session);
        self.targets.dedup_by(|next, kept| {
            let same = next.session == kept.session;
            if same {
                kept.merge(next);
            }
            same
        });
        self.durable = self.targets.iter().any(|target| target.session_key != 0);
    }

    /// The targets of one worker.
    #[must_use]
    pub fn targets_of(&self, worker: WorkerId) -> &[Target] {
        let start = self.targets.partition_point(|target| target.session.worker < worker);
        let end = self.targets.partition_point(|target| target.session.worker <= worker);
        self.targets.get(start..end).unwrap_or_default()
    }
}

impl Target {
    fn merge(&mut self, other: &Self) {
        self.qos = self.qos.max(other.qos);
        self.no_local &= other.no_local;
        self.retain_as_published |= other.retain_as_published;
        self.identifiers.extend_from_slice(&other.identifiers);
        self.identifiers.sort_unstable();
    }
}

/// The routes of the topics published to lately. Bounded in topics and receivers; a new version of
/// the subscriptions or the rules makes every route stale, and a stale route is computed anew in
/// place.
///
/// One cache serves a whole worker and not each connection: devices that share topics share the
/// route, and an idle publisher owns nothing.
pub struct RouteCache {
    routes: HashMap<String, Route, foldhash::fast::FixedState>,
    targets: usize,
    /// Of the topics.
    bytes: usize,
}

impl RouteCache {
    /// An empty cache. `seed` keeps clients from choosing colliding topics.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        let hasher = foldhash::fast::FixedState::with_seed(seed);
        Self { routes: HashMap::with_hasher(hasher), targets: 0, bytes: 0 }
    }

    /// The route of `topic` in this snapshot. `rules` is asked for the rules of a topic whose route
    /// is missing or stale; `rules_version` tells when its answers changed.
    pub fn route(
        &mut self,
        topic: &str,
        tree: &SubscriptionTree,
        rules_version: u64,
        rules: impl FnOnce(&str, &mut SmallVec<[u32; 4]>),
    ) -> &mut Route {
        let version = (tree.version(), rules_version);
        if !self.routes.contains_key(topic) {
            if self.is_full() {
                // Whole and rarely: an eviction order would cost every lookup something.
                self.routes.clear();
                (self.targets, self.bytes) = (0, 0);
            }
            self.bytes += topic.len();
        }
        let route = self
            .routes
            .entry_ref(topic)
            .or_insert_with(|| Route { version: (u64::MAX, u64::MAX), ..Route::default() });
        if route.version != version {
            self.targets = self.targets.saturating_sub(route.targets.len());
            route.compute(tree, topic);
            self.targets += route.targets.len();
            route.rules.clear();
            rules(topic, &mut route.rules);
            route.version = version;
        }
        route
    }

    fn is_full(&self) -> bool {
        self.routes.len() >= TOPICS_MAX
            || self.targets >= TARGETS_MAX
            || self.bytes >= TOPIC_BYTES_MAX
    }
}

/// Topics a worker keeps routes for.
const TOPICS_MAX: usize = 16 * 1024;
/// Bytes of these topics: one may have 65,535.
const TOPIC_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Receivers over all kept routes, at about 64 bytes each.
const TARGETS_MAX: usize = 512 * 1024;

#[cfg(test)]
mod tests;
