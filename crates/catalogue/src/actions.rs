//! Actions over REST: those of rules, and those that stand by themselves and that rules name. It
//! does not know what an action does.

use std::sync::Arc;

use serde_json::Value;
use sluice_rule::{Action, Rule};
use sluice_sink::{Health, SinkHandle, SinkStats};

use crate::catalogue::{Catalogue, Shared, State};
use crate::connectors::name_in;
use crate::entry::ActionEntry;
use crate::inventory::{connector_of, sink_name};
use crate::names;
use crate::refusal::{Refusal, RefusalKind};
use crate::rest::{Made, Rest, Stamp, without_action};

impl Catalogue {
    /// Those that stand by themselves, then those of rules; one that stands by itself is listed
    /// once, however many rules name it.
    #[must_use]
    pub fn actions(&self) -> Vec<ActionEntry> {
        let state = self.shared.lock();
        let alone = state.rest.actions.keys();
        let mut all: Vec<_> = alone.filter_map(|id| self.shared.standalone(&state, id)).collect();
        for listed in &state.inventory.rules {
            let own = listed.rule.actions.iter().enumerate();
            let own = own.filter(|(place, _)| !State::is_named(&listed.rule, *place));
            all.extend(own.map(|(_, action)| self.shared.action_of(&listed.rule, action)));
        }
        all
    }

    /// One action: `<type>:<name>` of one that stands by itself, or
    /// `<type>:<rule id>.<action name>`, also of one that the rule only names.
    #[must_use]
    pub fn action(&self, id: &str) -> Option<ActionEntry> {
        let state = self.shared.lock();
        let id = names::canonical(id)?;
        if let Some(found) = self.shared.standalone(&state, &id) {
            return Some(found);
        }
        let (rule, action) = state.action_of_rule(&id)?;
        Some(self.shared.action_of(rule, action))
    }

    /// Makes an action that stands by itself.
    ///
    /// # Errors
    /// When the body is wrong, or there is such an action.
    pub fn create_action(&self, body: &Value) -> Result<ActionEntry, Refusal> {
        let name = name_in(body)?;
        let id = names::join(type_in(body)?, name);
        let mut state = self.shared.lock();
        if state.rest.actions.contains_key(&id) {
            let message = format!("action `{id}` already exists");
            return Err(Refusal::new(RefusalKind::AlreadyExists, message));
        }
        let stamp = Stamp::new(self.shared.now());
        self.shared.put_action(&mut state, &id, body.clone(), stamp)
    }

    /// Replaces an action that stands by itself, in every rule that names it.
    ///
    /// # Errors
    /// When the body is wrong, or there is no such action, or it is one of a rule.
    pub fn replace_action(&self, id: &str, body: &Value) -> Result<ActionEntry, Refusal> {
        let mut state = self.shared.lock();
        let (id, made) = state.made_action(id)?;
        let (kind, name) = id.split_once(':').unwrap_or_default();
        let mut body = body.clone();
        if let Some(body) = body.as_object_mut() {
            // Over REST both stand in the id already.
            body.entry("type").or_insert_with(|| Value::String(kind.to_owned()));
            body.entry("name").or_insert_with(|| Value::String(name.to_owned()));
        }
        if name_in(&body)? != name || type_in(&body)? != kind {
            return Err(Refusal::invalid(format!("type, name: they are not those of `{id}`")));
        }
        let stamp = made.stamp.changed(self.shared.now());
        self.shared.put_action(&mut state, &id, body, stamp)
    }

    /// Deletes an action that stands by itself.
    ///
    /// # Errors
    /// When there is no such action, or rules name it and it is not to be taken out of them.
    pub fn delete_action(&self, id: &str, also_from_rules: bool) -> Result<(), Refusal> {
        let mut state = self.shared.lock();
        let (id, _) = state.made_action(id)?;
        let users = state.rest.rules_naming(&id);
        if !users.is_empty() && !also_from_rules {
            let message = format!("action `{id}` is named by the rules {}", users.join(", "));
            return Err(Refusal::new(RefusalKind::InUse, message));
        }
        let mut rest = state.rest.clone();
        for rule in users {
            if let Some(made) = rest.rules.get(&rule).cloned() {
                let body = without_action(made.body.clone(), &id);
                let made = rest.read_rule(&rule, body, made.stamp.changed(self.shared.now()))?;
                rest.put_rule(&rule, made);
            }
        }
        rest.actions.remove(&id);
        self.shared.change(&mut state, rest)
    }

    /// Enables or disables an action: one that stands by itself, or one of a rule made over REST.
    ///
    /// # Errors
    /// When there is no such action, or a file owns its rule.
    pub fn enable_action(&self, id: &str, enable: bool) -> Result<ActionEntry, Refusal> {
        let mut state = self.shared.lock();
        let known = names::canonical(id).ok_or_else(|| no_action(id))?;
        if let Ok((id, made)) = state.made_action(&known) {
            let body = with_enable(made.body.clone(), enable);
            let stamp = made.stamp.changed(self.shared.now());
            let made = state.rest.read_action(&id, body, stamp)?;
            return self.shared.keep_action(&mut state, &id, made);
        }
        let (rule, action) = state.action_of_rule(&known).ok_or_else(|| no_action(id))?;
        let (rule_id, name) = (rule.id.to_string(), action.name.clone());
        let made = state.made_rule(&rule_id)?;
        let body = body_with_action(&state.rest, &made, &name, enable)?;
        let stamp = made.stamp.changed(self.shared.now());
        let entry = self.shared.put_rule(&mut state, &rule_id, body, stamp)?;
        let found = entry.actions.into_iter().find(|entry| entry.action.name == name);
        found.ok_or_else(|| no_action(id))
    }
}

impl Shared {
    /// An action of a rule.
    pub(crate) fn action_of(&self, rule: &Rule, action: &Action) -> ActionEntry {
        let name = sink_name(rule, action);
        let sink = connector_of(action).and_then(|_| self.live.sinks.get(&name));
        ActionEntry {
            id: names::join(action.kind.type_name(), &name),
            buffers: vec![name],
            action: Arc::new(action.clone()),
            rules: vec![rule.id.to_string()],
            enabled: action.enabled,
            stats: sink.as_ref().map(|sink| sink.stats()),
            health: sink.as_ref().map(|sink| sink.health()),
        }
    }

    /// An action that stands by itself.
    fn standalone(&self, state: &State, id: &str) -> Option<ActionEntry> {
        let action = Arc::clone(&state.rest.actions.get(id)?.value);
        let rules = state.rest.rules_naming(id);
        let listed = rules.iter().filter_map(|rule| state.inventory.rule(rule));
        let buffers: Vec<String> = listed.flat_map(|listed| buffers_of(&listed.rule, id)).collect();
        let sinks: Vec<Arc<SinkHandle>> =
            buffers.iter().filter_map(|buffer| self.live.sinks.get(buffer)).collect();
        Some(ActionEntry {
            id: id.to_owned(),
            enabled: action.enabled,
            action,
            rules,
            buffers,
            stats: sinks.iter().map(|sink| sink.stats()).reduce(sum),
            health: sinks.iter().map(|sink| sink.health()).reduce(worse),
        })
    }

    fn put_action(
        &self,
        state: &mut State,
        id: &str,
        body: Value,
        stamp: Stamp,
    ) -> Result<ActionEntry, Refusal> {
        let made = state.rest.read_action(id, body, stamp)?;
        if let Some(name) = connector_of(&made.value) {
            self.check_connector_use(state, name, &[(0, &*made.value)])
                .map_err(|(_, what)| Refusal::invalid(what.trim_start_matches(['.', ':', ' '])))?;
        }
        self.keep_action(state, id, made)
    }

    fn keep_action(
        &self,
        state: &mut State,
        id: &str,
        made: Made<Action>,
    ) -> Result<ActionEntry, Refusal> {
        let mut rest = state.rest.clone();
        rest.put_action(id, made);
        rest.read_again(id)?;
        self.change(state, rest)?;
        self.standalone(state, id).ok_or_else(|| no_action(id))
    }
}

impl State {
    /// An action that stands by itself, with its id.
    fn made_action(&self, id: &str) -> Result<(String, Arc<Made<Action>>), Refusal> {
        let known = names::canonical(id).ok_or_else(|| no_action(id))?;
        if let Some(made) = self.rest.actions.get(&known) {
            return Ok((known, Arc::clone(made)));
        }
        Err(match self.action_of_rule(&known) {
            Some((rule, _)) => Refusal::invalid(format!(
                "`{known}` is an action of rule `{}` and is changed with it",
                rule.id
            )),
            None => no_action(id),
        })
    }

    /// The rule and its action that `<type>:<rule id>.<action name>` means.
    fn action_of_rule(&self, id: &str) -> Option<(&Rule, &Action)> {
        let (kind, name) = id.split_once(':')?;
        let (rule, name) = name.split_once('.')?;
        let rule = &*self.inventory.rule(rule)?.rule;
        let is_meant = |it: &&Action| it.name == name && it.kind.type_name() == kind;
        Some((rule, rule.actions.iter().find(is_meant)?))
    }

    /// Whether the rule only names the action, which stands by itself.
    fn is_named(rule: &Rule, place: usize) -> bool {
        rule.references.iter().any(|reference| reference.place == Some(place))
    }
}

/// The buffers that a rule has for an action which stands by itself: one each time it names it.
fn buffers_of(rule: &Rule, id: &str) -> Vec<String> {
    let named = rule.references.iter().filter(|it| names::canonical(&it.id).as_deref() == Some(id));
    let actions = named.filter_map(|reference| rule.actions.get(reference.place?));
    actions.map(|action| sink_name(rule, action)).collect()
}

/// The body of a rule with one of its actions switched.
fn body_with_action(
    rest: &Rest,
    made: &Made<Rule>,
    name: &str,
    enable: bool,
) -> Result<Value, Refusal> {
    let mut body = made.body.clone();
    let entries = body.get_mut("actions").and_then(Value::as_array_mut);
    // What is named and not there gives no action, and neither does what is left out.
    let is_there = |entry: &&mut Value| match entry.as_str() {
        Some(reference) => rest.has_action(reference),
        None => entry["function"] != "console",
    };
    let entries = entries.into_iter().flatten().filter(is_there);
    let found = made.value.actions.iter().zip(entries).find(|(action, _)| action.name == name);
    let Some((_, entry)) = found else {
        return Err(Refusal::invalid(format!("action `{name}` cannot be switched by itself")));
    };
    if let Some(reference) = entry.as_str() {
        let message = format!("the rule only names `{reference}`; switch that one");
        return Err(Refusal::invalid(message));
    }
    *entry = with_enable(entry.take(), enable);
    Ok(body)
}

fn with_enable(mut body: Value, enable: bool) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.insert("enable".to_owned(), Value::Bool(enable));
    }
    body
}

fn type_in(body: &Value) -> Result<&'static str, Refusal> {
    let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
    names::canonical_type(kind).ok_or_else(|| {
        Refusal::invalid("type: `postgres`, `webhook`, `kafka` or `republish` is expected")
    })
}

fn no_action(id: &str) -> Refusal {
    let shown: String = id.chars().take(100).collect();
    Refusal::not_found(format!("there is no action {shown:?}"))
}

fn sum(a: SinkStats, b: SinkStats) -> SinkStats {
    SinkStats {
        received: a.received + b.received,
        delivered: a.delivered + b.delivered,
        retried: a.retried + b.retried,
        set_aside: a.set_aside + b.set_aside,
        dropped_full: a.dropped_full + b.dropped_full,
        dropped_expired: a.dropped_expired + b.dropped_expired,
        dropped_removed: a.dropped_removed + b.dropped_removed,
        waiting: a.waiting + b.waiting,
        waiting_bytes: a.waiting_bytes + b.waiting_bytes,
        in_flight: a.in_flight + b.in_flight,
        held: a.held + b.held,
        batches: a.batches + b.batches,
        last_write_micros: a.last_write_micros.max(b.last_write_micros),
    }
}

fn worse(a: Health, b: Health) -> Health {
    if b.status > a.status { b } else { a }
}
