//! The answer to "who wants this name". It does not know what a session is beyond where to find it.

use sluice_mqtt::SubscriptionOptions;
use sluice_topic::{TopicFilter, TopicTree};

/// One of the threads that own sessions, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(pub u16);

/// Where a session lives, for as long as the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionRef {
    /// Its home.
    pub worker: WorkerId,
    /// Its place there.
    pub slot: u32,
    /// Places are used again; the serial number tells the sessions apart.
    pub serial: u32,
}

/// What a session asked for with one filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// As granted.
    pub options: SubscriptionOptions,
    /// Subscription Identifier; 0 where the client gave none.
    pub identifier: u32,
    /// The session's key in the log; 0 for a session that ends with its connection, whose messages
    /// are never logged.
    pub session_key: u64,
}

/// Every subscription of the process. A clone is a snapshot: cheap, and untouched by later changes.
#[derive(Clone)]
pub struct SubscriptionTree {
    tree: TopicTree<SessionRef, Subscription>,
    version: u64,
}

/// One step from a snapshot to the next.
#[derive(Clone, Debug)]
pub enum SubscriptionChange {
    /// Makes or replaces the session's subscription to the filter.
    Subscribe(TopicFilter, SessionRef, Subscription),
    /// Removes it.
    Unsubscribe(TopicFilter, SessionRef),
}

impl SubscriptionTree {
    /// An empty tree whose hash functions depend on `seed`, so that clients cannot choose colliding
    /// filters.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        Self { tree: TopicTree::with_seed(seed), version: 0 }
    }

    /// Differs between any two snapshots between which something changed.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Subscriptions held, over all sessions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tree.len()
    }

    /// Whether nobody subscribes to anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Applies changes in order and makes them one new version.
    pub fn apply(&mut self, changes: &[SubscriptionChange]) {
        for change in changes {
            match change {
                SubscriptionChange::Subscribe(filter, session, subscription) => {
                    self.tree.insert(filter, *session, *subscription);
                }
                SubscriptionChange::Unsubscribe(filter, session) => {
                    self.tree.remove(filter, session);
                }
            }
        }
        self.version += 1;
    }

    /// Visits every subscription whose filter matches; a session with overlapping filters comes
    /// more than once.
    pub fn visit(&self, name: &str, mut f: impl FnMut(SessionRef, &Subscription)) {
        self.tree.visit(name, &mut |session: &SessionRef, subscription: &Subscription| {
            f(*session, subscription);
        });
    }
}
