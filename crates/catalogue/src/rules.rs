//! Rules over REST: listed, made, replaced, switched, deleted. It does not know how a rule is
//! evaluated.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::Value;
use sluice_rule::{Action, Rule};

use crate::catalogue::{Catalogue, Shared, State};
use crate::entry::{Owner, RuleEntry};
use crate::inventory::{ListedRule, connector_of};
use crate::names;
use crate::refusal::{Refusal, RefusalKind};
use crate::rest::{Made, Stamp};

impl Catalogue {
    /// All rules, in force or not.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleEntry> {
        let state = self.shared.lock();
        state.inventory.rules.iter().map(|listed| self.shared.entry(&state, listed)).collect()
    }

    /// How many rules there are, in force or not. Waits for no change under way.
    #[must_use]
    pub fn rule_count(&self) -> usize {
        self.shared.rule_count.load(Ordering::Relaxed)
    }

    /// One rule.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<RuleEntry> {
        let state = self.shared.lock();
        state.inventory.rule(id).map(|listed| self.shared.entry(&state, listed))
    }

    /// Makes a rule; one whose body names no `id` is given eight hexadecimal digits.
    ///
    /// # Errors
    /// When the body is wrong, or there is a rule of this id.
    pub fn create_rule(&self, body: &Value) -> Result<RuleEntry, Refusal> {
        let mut state = self.shared.lock();
        let id = match body.get("id") {
            None | Some(Value::Null) => state.new_id(),
            Some(Value::String(id)) => id.clone(),
            Some(_) => return Err(Refusal::invalid("id: a text is expected")),
        };
        if let Some(present) = state.inventory.rule(&id) {
            let message = format!("rule id already exists: `{id}`, owned by {}", present.owner);
            return Err(Refusal::new(RefusalKind::AlreadyExists, message));
        }
        let stamp = Stamp::new(self.shared.now());
        self.shared.put_rule(&mut state, &id, body.clone(), stamp)
    }

    /// Replaces a rule as a whole.
    ///
    /// # Errors
    /// When the body is wrong, or there is no rule of this id, or a file owns it.
    pub fn replace_rule(&self, id: &str, body: &Value) -> Result<RuleEntry, Refusal> {
        let mut state = self.shared.lock();
        let made = state.made_rule(id)?;
        if let Some(other) = body.get("id").filter(|other| other.as_str() != Some(id)) {
            return Err(Refusal::invalid(format!("id: {other} is not the id of rule `{id}`")));
        }
        let stamp = made.stamp.changed(self.shared.now());
        self.shared.put_rule(&mut state, id, body.clone(), stamp)
    }

    /// Deletes a rule; rows that its actions still had are dropped and counted.
    ///
    /// # Errors
    /// When there is no rule of this id, or a file owns it.
    pub fn delete_rule(&self, id: &str) -> Result<(), Refusal> {
        let mut state = self.shared.lock();
        state.made_rule(id)?;
        let mut rest = state.rest.clone();
        rest.rules.remove(id);
        self.shared.change(&mut state, rest)
    }

    /// Enables or disables a rule.
    ///
    /// # Errors
    /// When there is no rule of this id, or a file owns it.
    pub fn enable_rule(&self, id: &str, enable: bool) -> Result<RuleEntry, Refusal> {
        let mut state = self.shared.lock();
        let made = state.made_rule(id)?;
        let mut body = made.body.clone();
        if let Some(body) = body.as_object_mut() {
            body.insert("enable".to_owned(), Value::Bool(enable));
        }
        let stamp = made.stamp.changed(self.shared.now());
        // What could be made then can be switched now, whatever became of its connectors.
        let made = state.rest.read_rule(id, body, stamp)?;
        self.shared.keep_rule(&mut state, id, made)
    }
}

impl Shared {
    pub(crate) fn put_rule(
        &self,
        state: &mut State,
        id: &str,
        body: Value,
        stamp: Stamp,
    ) -> Result<RuleEntry, Refusal> {
        let made = state.rest.read_rule(id, body, stamp)?;
        self.check_actions(state, &made.value)?;
        self.keep_rule(state, id, made)
    }

    fn keep_rule(
        &self,
        state: &mut State,
        id: &str,
        made: Made<Rule>,
    ) -> Result<RuleEntry, Refusal> {
        let mut rest = state.rest.clone();
        rest.put_rule(id, made);
        self.change(state, rest)?;
        let listed = state.inventory.rule(id);
        listed.map(|listed| self.entry(state, listed)).ok_or_else(|| no_rule(id))
    }

    /// Whether the connectors that the actions name are there and can be used so.
    fn check_actions(&self, state: &State, rule: &Rule) -> Result<(), Refusal> {
        let mut by_connector: BTreeMap<&str, Vec<(usize, &Action)>> = BTreeMap::new();
        for (at, action) in rule.actions.iter().enumerate() {
            if let Some(name) = connector_of(action) {
                by_connector.entry(name).or_default().push((at, action));
            }
        }
        let fail = |at: usize, what: String| Refusal::invalid(format!("actions[{at}]{what}"));
        for (name, actions) in by_connector {
            self.check_connector_use(state, name, &actions).map_err(|(at, what)| fail(at, what))?;
        }
        Ok(())
    }

    /// Whether actions can go through the connector; the error names the place of one that cannot,
    /// and goes on with `.connector: …` or `: …`.
    pub(crate) fn check_connector_use(
        &self,
        state: &State,
        name: &str,
        actions: &[(usize, &Action)],
    ) -> Result<(), (usize, String)> {
        let first = actions.first().map_or(0, |(at, _)| *at);
        let Some(listed) = state.inventory.connectors.get(name) else {
            return Err((first, format!(".connector: there is no connector `{name}`")));
        };
        let has = listed.connector.kind.type_name();
        for (at, action) in actions {
            let wants = action.kind.type_name();
            if has != wants {
                let what = format!(
                    ".connector: `{name}` is of type {has}, an action of type {wants} needs one \
                     of type {wants}"
                );
                return Err((*at, what));
            }
        }
        let checked = self.live.check_use(&listed.connector, &listed.owner, actions);
        checked.map_err(|(at, detail)| (at, format!(": {detail}")))
    }

    pub(crate) fn entry(&self, state: &State, listed: &ListedRule) -> RuleEntry {
        let ListedRule { rule, owner, warnings } = listed;
        let known = state.force.rule(&rule.id);
        let made = state.rest.rules.get(rule.id.as_str()).filter(|_| *owner == Owner::Rest);
        let stamp = made.map(|made| made.stamp).or_else(|| known.map(|known| known.stamp));
        let stamp = stamp.unwrap_or_else(|| Stamp::new(self.now()));
        RuleEntry {
            rule: Arc::clone(rule),
            owner: owner.clone(),
            created_at: stamp.created_at,
            last_modified_at: stamp.last_modified_at,
            warnings: warnings.clone(),
            problem: known.and_then(|known| known.problem.clone()),
            actions: rule.actions.iter().map(|action| self.action_of(rule, action)).collect(),
        }
    }
}

impl State {
    /// A rule that was made over REST.
    pub(crate) fn made_rule(&self, id: &str) -> Result<Arc<Made<Rule>>, Refusal> {
        let listed = self.inventory.rule(id).ok_or_else(|| no_rule(id))?;
        match &listed.owner {
            Owner::Rest => self.rest.rules.get(id).cloned().ok_or_else(|| no_rule(id)),
            owner @ (Owner::File(_) | Owner::Uploaded(_)) => {
                Err(read_only(&format!("rule `{id}`"), owner))
            }
        }
    }

    /// Eight hexadecimal digits that name no rule.
    fn new_id(&self) -> String {
        // Each state of the hasher has keys of its own.
        let made = std::iter::repeat_with(|| {
            let bits = RandomState::new().hash_one(self.inventory.rules.len());
            format!("{:08x}", bits >> 32)
        });
        let mut free = made.filter(|id| self.inventory.rule(id).is_none());
        free.next().unwrap_or_default()
    }
}

/// A file owns it.
pub(crate) fn read_only(what: &str, owner: &Owner) -> Refusal {
    let message = format!("{what} belongs to {owner} and is changed there");
    Refusal::new(RefusalKind::ReadOnly, message)
}

fn no_rule(id: &str) -> Refusal {
    let shown: String = id.chars().take(100).collect();
    match names::check(id) {
        Ok(()) => Refusal::not_found(format!("there is no rule `{id}`")),
        Err(_) => Refusal::not_found(format!("there is no rule {shown:?}")),
    }
}
