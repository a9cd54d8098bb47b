//! What `GET /status` tells, gathered from the broker. It does not know HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Instant;

use sluice_admin::{Status, StatusSource};
use sluice_broker::{Broker, Counters, Stats};
use sluice_catalogue::Catalogue;

use crate::clock;

/// What stays the same while the process runs.
#[derive(Clone, Debug)]
pub(crate) struct StatusFacts {
    /// The node's name.
    pub(crate) node: String,
    /// Of the binary.
    pub(crate) version: &'static str,
    /// When the process started.
    pub(crate) started: Instant,
}

/// Asks the broker each time; without a broker the node is on its way out.
pub(crate) fn source(
    facts: StatusFacts,
    broker: Weak<Broker>,
    catalogue: Catalogue,
) -> StatusSource {
    let facts = Arc::new(facts);
    Arc::new(move || {
        let (facts, broker) = (Arc::clone(&facts), Weak::upgrade(&broker));
        // Also those that are not in force, which the broker does not know.
        let rules = catalogue.rule_count() as u64;
        Box::pin(async move {
            match broker {
                Some(broker) => {
                    let stats = broker.stats().await;
                    facts.status("running", rules, broker.connections() as u64, &stats)
                }
                None => facts.status("stopping", rules, 0, &Stats::default()),
            }
        })
    })
}

impl StatusFacts {
    fn status(&self, word: &'static str, rules: u64, connections: u64, stats: &Stats) -> Status {
        Status {
            name: self.node.clone(),
            version: self.version.into(),
            status: word,
            uptime: clock::now().saturating_duration_since(self.started).as_secs(),
            connections,
            sessions: stats.counters.sessions,
            rules,
            counters: counters(stats),
        }
    }
}

/// Totals of the node; single rules and clients are nobody's business without a login.
fn counters(stats: &Stats) -> BTreeMap<&'static str, u64> {
    let Stats { counters, rules, subscriptions, retained_messages } = stats;
    let total = |count: fn(&sluice_rule::RuleCounters) -> u64| rules.values().map(count).sum();
    BTreeMap::from([
        ("bytes_received", counters.bytes_received),
        ("bytes_sent", counters.bytes_sent),
        ("connections_accepted", counters.connections_accepted),
        ("connections_refused", counters.connections_refused),
        ("messages_derived", counters.messages_derived),
        ("messages_dropped", Counters::dropped_total(counters)),
        ("messages_queued", counters.waiting),
        ("messages_received", counters.publishes_received),
        ("messages_sent", counters.sent),
        ("messages_without_subscribers", counters.publishes_without_subscribers),
        ("packets_received", counters.packets_received),
        ("retained_messages", *retained_messages as u64),
        ("rules_failed", total(|it| it.failed)),
        ("rules_matched", total(|it| it.matched)),
        ("rules_no_result", total(|it| it.no_result)),
        ("rules_passed", total(|it| it.passed)),
        ("subscriptions", *subscriptions as u64),
    ])
}
