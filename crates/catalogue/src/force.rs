//! Brings an inventory into force: links, then buffers, then the rules, then what is no longer
//! named ends. It does not know where the inventory comes from.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use sluice_rule::{Action, ActiveRule, Mode, Outbox, Rule, RuleId};
use sluice_sink::{ConnectorHandle, SinkHandle};

use crate::inventory::{Inventory, ListedConnector, ListedRule, connector_of, sink_name};
use crate::live::Live;
use crate::rest::Stamp;

/// What is in force.
#[derive(Default)]
pub(crate) struct Force {
    rules: HashMap<RuleId, Known>,
    /// How each buffer was put last, by name.
    opened: HashMap<String, Opened>,
    /// Why a connector has no link with its present settings, by name.
    connector_problems: BTreeMap<String, String>,
    published: Option<Vec<Published>>,
    version: u64,
}

/// A rule of the inventory, in force or not.
pub(crate) struct Known {
    rule: Arc<Rule>,
    version: u64,
    /// For rules of files; what is made over REST has stamps of its own.
    pub(crate) stamp: Stamp,
    /// Why it, or one of its actions, is not in force.
    pub(crate) problem: Option<String>,
}

/// What a buffer was put with.
struct Opened {
    rule_version: u64,
    connector: Arc<ConnectorHandle>,
}

/// A rule as it was handed over.
struct Published {
    rule: Arc<Rule>,
    version: u64,
    outboxes: Vec<Option<Arc<SinkHandle>>>,
}

/// What can be done for a rule.
enum Verdict {
    /// It is in force; the texts tell which of its actions are not.
    InForce(Vec<Option<Arc<SinkHandle>>>, Vec<String>),
    /// It is not, and why.
    Out(String),
}

impl Force {
    /// Makes links and buffers for the inventory and gives the rules that are to be in force;
    /// `None` where they are the same as before. [`Force::prune`] follows when they are.
    pub(crate) fn prepare(
        &mut self,
        inventory: &Inventory,
        live: &Live,
        now: SystemTime,
    ) -> Option<Vec<ActiveRule>> {
        self.link(inventory, live);
        let mut before = std::mem::take(&mut self.rules);
        let mut published = Vec::new();
        for listed in &inventory.rules {
            let before = before.remove(&listed.rule.id);
            let mut known = self.know(&listed.rule, before.as_ref(), now);
            known.problem = match self.judge(listed, known.version, inventory, live) {
                Verdict::InForce(outboxes, off) => {
                    let (rule, version) = (Arc::clone(&listed.rule), known.version);
                    published.push(Published { rule, version, outboxes });
                    (!off.is_empty()).then(|| off.join("; "))
                }
                Verdict::Out(problem) => Some(problem),
            };
            tell(&known, before.as_ref());
            self.rules.insert(listed.rule.id.clone(), known);
        }
        let is_same = self.published.as_ref().is_some_and(|before| same(before, &published));
        let active = (!is_same).then(|| published.iter().map(Published::active).collect());
        self.published = Some(published);
        active
    }

    /// Ends what the inventory no longer names. The buffer of a rule, an action or a connector that
    /// is disabled stays and delivers what it has; it takes no new rows.
    pub(crate) fn prune(&mut self, inventory: &Inventory, live: &Live) {
        let is_there = |name: &str| inventory.connectors.contains_key(name);
        let mut named: HashSet<String> = HashSet::new();
        for ListedRule { rule, .. } in &inventory.rules {
            let linked = |action: &&Action| connector_of(action).is_some_and(is_there);
            named.extend(rule.actions.iter().filter(linked).map(|it| sink_name(rule, it)));
        }
        live.sinks.retain(&|name| named.contains(name));
        self.opened.retain(|name, _| named.contains(name));
        live.connectors.retain(&|name| {
            inventory.connectors.get(name).is_some_and(|listed| listed.connector.enabled)
        });
    }

    /// What is known of a rule.
    pub(crate) fn rule(&self, id: &RuleId) -> Option<&Known> {
        self.rules.get(id)
    }

    /// Why a connector has no link with its present settings.
    pub(crate) fn connector_problem(&self, name: &str) -> Option<&str> {
        self.connector_problems.get(name).map(String::as_str)
    }

    /// Whether anything was brought into force yet, be it nothing.
    pub(crate) const fn has_started(&self) -> bool {
        self.published.is_some()
    }

    /// How many rules are in force, those that are disabled left out.
    pub(crate) fn enabled(&self) -> usize {
        self.published.iter().flatten().filter(|it| it.rule.enabled).count()
    }

    fn link(&mut self, inventory: &Inventory, live: &Live) {
        let mut problems = BTreeMap::new();
        for ListedConnector { connector, owner } in inventory.connectors.values() {
            if connector.enabled
                && let Err(error) = live.link(connector, owner)
            {
                if self.connector_problems.get(&connector.name) != Some(&error.detail) {
                    let (name, reason) = (&connector.name, &error.detail);
                    tracing::warn!(name = %name, %reason, "connector not made, see {owner}");
                }
                problems.insert(connector.name.clone(), error.detail);
            }
        }
        self.connector_problems = problems;
    }

    fn know(&mut self, rule: &Arc<Rule>, before: Option<&Known>, now: SystemTime) -> Known {
        let rule = Arc::clone(rule);
        let (version, stamp) = match before {
            Some(before) if same_content(&before.rule, &rule) => (before.version, before.stamp),
            Some(before) => (self.next_version(now), before.stamp.changed(now)),
            None => (self.next_version(now), Stamp::new(now)),
        };
        Known { rule, version, stamp, problem: None }
    }

    /// Grows also over a restart, as far as clocks do.
    fn next_version(&mut self, now: SystemTime) -> u64 {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = u64::try_from(since.as_millis()).unwrap_or_default();
        self.version = millis.max(self.version + 1);
        self.version
    }

    fn judge(
        &mut self,
        listed: &ListedRule,
        version: u64,
        inventory: &Inventory,
        live: &Live,
    ) -> Verdict {
        let rule = &listed.rule;
        let is_silent = match rule.mode {
            Mode::Live => !rule.enabled,
            Mode::Shadow => true,
        };
        if is_silent {
            return Verdict::InForce(Vec::new(), Vec::new());
        }
        let mut off = Vec::new();
        let mut links = Vec::new();
        for action in &rule.actions {
            match self.link_of(action, inventory, live) {
                Link::None => links.push(None),
                Link::Off(reason) => {
                    links.push(None);
                    off.push(format!("{}: {reason}", sink_name(rule, action)));
                }
                Link::Up(link) => links.push(Some((action, link))),
                Link::Missing(reason) => return Verdict::Out(reason),
            }
        }
        let mut outboxes = Vec::new();
        for link in links {
            let opened = link.map(|(action, link)| self.open(rule, action, version, (&link, live)));
            match opened.transpose() {
                Ok(outbox) => outboxes.push(outbox),
                Err(reason) => return Verdict::Out(reason),
            }
        }
        Verdict::InForce(outboxes, off)
    }

    fn link_of(&self, action: &Action, inventory: &Inventory, live: &Live) -> Link {
        if !action.enabled {
            return Link::None;
        }
        let Some(name) = connector_of(action) else { return Link::None };
        let Some(ListedConnector { connector, .. }) = inventory.connectors.get(name) else {
            return Link::Missing(format!(
                "connector `{name}` is not configured; add [connectors.{name}] to a rule file, or \
                 make it over REST"
            ));
        };
        let (has, wants) = (connector.kind.type_name(), action.kind.type_name());
        if has != wants {
            return Link::Missing(format!(
                "connector `{name}` is of type {has}, and action `{}` of type {wants}",
                action.name
            ));
        }
        if !connector.enabled {
            return Link::Off(format!("connector `{name}` is disabled"));
        }
        // With settings that make no link, the one made of earlier settings goes on.
        match (live.connectors.get(name), self.connector_problem(name)) {
            (Some(link), _) if link.type_name() == wants => Link::Up(link),
            (_, Some(problem)) => {
                Link::Missing(format!("connector `{name}` is not configured: {problem}"))
            }
            (_, None) => Link::Missing(format!("connector `{name}` has no link")),
        }
    }

    /// The buffer of an action. It is put again only where something has changed: that makes its
    /// connection anew.
    fn open(
        &mut self,
        rule: &Rule,
        action: &Action,
        rule_version: u64,
        (link, live): (&Arc<ConnectorHandle>, &Live),
    ) -> Result<Arc<SinkHandle>, String> {
        let name = sink_name(rule, action);
        if let Some(opened) = self.opened.get(&name)
            && opened.rule_version == rule_version
            && Arc::ptr_eq(&opened.connector, link)
            && let Some(sink) = live.sinks.get(&name)
        {
            return Ok(sink);
        }
        let sink = live
            .sinks
            .put(&name, action, link)
            .map_err(|error| format!("action `{}`: {error}", action.name))?;
        self.opened.insert(name, Opened { rule_version, connector: Arc::clone(link) });
        Ok(sink)
    }
}

/// What an action goes through.
enum Link {
    /// It needs none now.
    None,
    /// This.
    Up(Arc<ConnectorHandle>),
    /// Someone switched it off; the rule goes on without this action.
    Off(String),
    /// There is none; the rule waits for it.
    Missing(String),
}

impl Published {
    fn active(&self) -> ActiveRule {
        let outbox = |sink: &Option<Arc<SinkHandle>>| {
            sink.as_ref().map(|sink| Arc::clone(sink) as Arc<dyn Outbox>)
        };
        ActiveRule {
            rule: Arc::clone(&self.rule),
            version: self.version,
            outboxes: self.outboxes.iter().map(outbox).collect(),
        }
    }
}

fn same(before: &[Published], after: &[Published]) -> bool {
    let same_outbox = |pair: (&Option<Arc<SinkHandle>>, &Option<Arc<SinkHandle>>)| match pair {
        (Some(before), Some(after)) => Arc::ptr_eq(before, after),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| {
            Arc::ptr_eq(&before.rule, &after.rule)
                && before.version == after.version
                && before.outboxes.len() == after.outboxes.len()
                && before.outboxes.iter().zip(&after.outboxes).all(same_outbox)
        })
}

/// Whether nothing but their places in a file tells two rules apart.
fn same_content(before: &Arc<Rule>, after: &Arc<Rule>) -> bool {
    // A rule is written with what it names; what that means is compared beside it.
    let actions = |rule: &Rule| rule.actions.iter().map(Action::to_json).collect::<Vec<_>>();
    Arc::ptr_eq(before, after)
        || before.to_json() == after.to_json() && actions(before) == actions(after)
}

/// Says once why a rule is not in force, and when it is again.
fn tell(known: &Known, before: Option<&Known>) {
    let rule = &known.rule.id;
    let told = before.and_then(|before| before.problem.as_ref());
    match (&known.problem, told) {
        (Some(problem), told) if told != Some(problem) => {
            tracing::warn!(%rule, "rule not in force: {problem}");
        }
        (None, Some(_)) => tracing::info!(%rule, "rule in force now"),
        (Some(_), _) | (None, None) => {}
    }
}
