//! All rules at one moment, and which of them an event concerns. It does not evaluate anything.

use std::sync::Arc;

use sluice_event::{EventKind, EventKinds};
use sluice_sql::Source;
use sluice_topic::TopicTree;
use smallvec::SmallVec;

use crate::{Outbox, Rule, source::takes_event};

/// A rule in force, with the buffers of its actions.
#[derive(Clone)]
pub struct ActiveRule {
    /// The rule.
    pub rule: Arc<Rule>,
    /// Grows with each change of the rule.
    pub version: u64,
    /// By place in [`Rule::actions`]. A sink action without one cannot be carried out now, and its
    /// rows are discarded and counted; a shorter list leaves the rest without.
    pub outboxes: Vec<Option<Arc<dyn Outbox>>>,
}

impl From<Arc<Rule>> for ActiveRule {
    fn from(rule: Arc<Rule>) -> Self {
        Self { rule, version: 0, outboxes: Vec::new() }
    }
}

/// An immutable snapshot of the rules. Rules are named by their index in [`RuleSet::rules`], which
/// holds for this snapshot only.
pub struct RuleSet {
    version: u64,
    rules: Vec<ActiveRule>,
    by_topic: TopicTree<u32, ()>,
    by_event: [Vec<u32>; EventKind::ALL.len()],
    wanted: EventKinds,
}

impl RuleSet {
    /// Indexes `rules`, the disabled ones only for [`RuleSet::rules`]. `version` must grow with
    /// each snapshot: route caches are told apart by it.
    #[must_use]
    pub fn new<R: Into<ActiveRule>>(version: u64, rules: Vec<R>) -> Self {
        let rules: Vec<ActiveRule> = rules.into_iter().map(Into::into).collect();
        let mut by_topic = TopicTree::new();
        let mut by_event: [Vec<u32>; EventKind::ALL.len()] = Default::default();
        let mut wanted = EventKinds::default();
        let enabled = |(_, active): &(u32, &ActiveRule)| active.rule.enabled;
        for (index, ActiveRule { rule, .. }) in (0..).zip(&rules).filter(enabled) {
            for source in rule.plan.from() {
                if let Source::Topic(filter) = source {
                    by_topic.insert(filter, index, ());
                    wanted.insert(EventKind::MessagePublish);
                }
            }
            for (kind, rules) in EventKind::ALL.into_iter().zip(&mut by_event) {
                if takes_event(&rule.plan, kind) {
                    rules.push(index);
                    wanted.insert(kind);
                }
            }
        }
        Self { version, rules, by_topic, by_event, wanted }
    }

    /// As given to [`RuleSet::new`].
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Every rule, enabled or not, in the order given.
    #[must_use]
    pub fn rules(&self) -> &[ActiveRule] {
        &self.rules
    }

    /// The rule at an index that this snapshot gave.
    #[must_use]
    pub fn rule(&self, index: u32) -> Option<&ActiveRule> {
        self.rules.get(usize::try_from(index).ok()?)
    }

    /// Appends the enabled rules that a message on `topic` concerns: each once, in the order of the
    /// rules.
    pub fn for_topic(&self, topic: &str, out: &mut SmallVec<[u32; 4]>) {
        let start = out.len();
        self.by_topic.visit(topic, &mut |index, ()| out.push(*index));
        let Some(found) = out.get_mut(start..) else { return };
        found.sort_unstable();
        let mut kept = start;
        for at in start..out.len() {
            if at == start || out.get(at) != out.get(kept - 1) {
                out.swap(at, kept);
                kept += 1;
            }
        }
        out.truncate(kept);
    }

    /// Whether any enabled rule looks at events of this kind; for publishes, at any topic.
    #[must_use]
    pub const fn wants(&self, kind: EventKind) -> bool {
        self.wanted.contains(kind)
    }

    /// The kinds that any enabled rule looks at.
    #[must_use]
    pub const fn wanted(&self) -> EventKinds {
        self.wanted
    }

    /// The enabled rules that an event of this kind concerns, in the order of the rules. Publishes
    /// are found by [`RuleSet::for_topic`] only.
    #[must_use]
    pub fn for_event(&self, kind: EventKind) -> &[u32] {
        self.by_event.get(kind as usize).map_or(&[], Vec::as_slice)
    }
}

impl Default for RuleSet {
    fn default() -> Self {
        Self::new(0, Vec::<ActiveRule>::new())
    }
}

#[cfg(test)]
mod tests;
