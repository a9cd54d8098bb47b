//! What the workers of a process share, as the hub sees it. It does not know threads: `broker`
//! implements it for them, `testkit` for one thread.

use std::sync::Arc;

use sluice_journal::Store;
use sluice_mqtt::{Message, MessageRef, UnixMillis};
use sluice_router::{Retain, SubscriptionChange, SubscriptionTree};
use sluice_rule::RuleSet;
use sluice_topic::TopicFilter;

/// One worker's handle on what all share.
///
/// Two promises carry "no publish is missed after a SUBACK": a change is visible to every later
/// [`Shared::subscriptions_version`] of any worker when [`Shared::change_subscriptions`] returns;
/// and a retained copy is visible to every later [`Shared::retained`] when [`Shared::retain`]
/// returns.
pub trait Shared: Store {
    /// Differs from what it was when subscriptions changed. Asked after each socket read: one
    /// atomic load.
    fn subscriptions_version(&self) -> u64;

    /// The newest snapshot.
    fn subscriptions(&self) -> SubscriptionTree;

    /// Applies changes as one new version.
    fn change_subscriptions(&mut self, changes: &[SubscriptionChange]);

    /// Keeps or clears a retained message.
    fn retain(&mut self, message: &MessageRef<'_>) -> Retain;

    /// At most `limit` of the retained messages that match, in the order of their topics, from
    /// behind the topic `after` on.
    fn retained(
        &self,
        filter: &TopicFilter,
        after: Option<&str>,
        now: UnixMillis,
        limit: usize,
    ) -> Vec<Message>;

    /// Differs from what it was when the rules changed. One atomic load.
    fn rules_version(&self) -> u64;

    /// The newest rules.
    fn rules(&self) -> Arc<RuleSet>;

    /// A key for a durable session; never 0, never given before.
    fn session_key(&mut self) -> u64;
}
