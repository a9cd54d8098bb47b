//! What was made over REST: bodies and what was read from them. It does not know what files hold,
//! nor what is in force.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use sluice_rule::{
    Action, Connector, FromJson, JsonErrors, Rule, action_from_json, connector_from_json,
    rule_from_json,
};

use crate::kept::{Kept, KeptBody};
use crate::names;
use crate::refusal::{Refusal, RefusalKind};

/// Everything made over REST. A clone is cheap beside the file that is written for each change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rest {
    /// By id.
    pub(crate) rules: BTreeMap<String, Arc<Made<Rule>>>,
    /// By name.
    pub(crate) connectors: BTreeMap<String, Arc<Made<Connector>>>,
    /// By `<type>:<name>`.
    pub(crate) actions: BTreeMap<String, Arc<Made<Action>>>,
    /// What an earlier version understood and this one does not; it is kept as it is.
    unread: Kept,
}

/// One thing made over REST.
#[derive(Debug)]
pub(crate) struct Made<T> {
    /// As it was sent, secrets included.
    pub(crate) body: Value,
    pub(crate) stamp: Stamp,
    pub(crate) value: Arc<T>,
    pub(crate) warnings: Vec<String>,
}

/// When a thing was made and changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) created_at: SystemTime,
    pub(crate) last_modified_at: SystemTime,
}

impl Rest {
    /// Reads what was kept. What cannot be read is told, and kept as it is.
    pub(crate) fn read(kept: Kept) -> (Self, Vec<String>) {
        let mut rest = Self::default();
        let mut told = Vec::new();
        for (name, kept) in &kept.connectors {
            match rest.read_connector(name, kept.body.clone(), kept.into()) {
                Ok(made) => drop(rest.connectors.insert(name.clone(), Arc::new(made))),
                Err(refusal) => told.push(left_out("connector", name, &refusal)),
            }
        }
        for (id, kept) in &kept.actions {
            match rest.read_action(id, kept.body.clone(), kept.into()) {
                Ok(made) => drop(rest.actions.insert(id.clone(), Arc::new(made))),
                Err(refusal) => told.push(left_out("action", id, &refusal)),
            }
        }
        for (id, kept) in &kept.rules {
            match rest.read_rule(id, kept.body.clone(), kept.into()) {
                Ok(made) => drop(rest.rules.insert(id.clone(), Arc::new(made))),
                Err(refusal) => told.push(left_out("rule", id, &refusal)),
            }
        }
        let mut unread = kept;
        unread.connectors.retain(|name, _| !rest.connectors.contains_key(name));
        unread.actions.retain(|id, _| !rest.actions.contains_key(id));
        unread.rules.retain(|id, _| !rest.rules.contains_key(id));
        rest.unread = unread;
        (rest, told)
    }

    /// What is to be kept.
    pub(crate) fn kept(&self) -> Kept {
        let mut kept = self.unread.clone();
        fn all<T>(made: &BTreeMap<String, Arc<Made<T>>>) -> Vec<(String, KeptBody)> {
            made.iter().map(|(name, made)| (name.clone(), made.kept())).collect()
        }
        kept.rules.extend(all(&self.rules));
        kept.connectors.extend(all(&self.connectors));
        kept.actions.extend(all(&self.actions));
        kept
    }

    /// Reads the body of a rule with the actions that stand by themselves.
    pub(crate) fn read_rule(
        &self,
        id: &str,
        body: Value,
        stamp: Stamp,
    ) -> Result<Made<Rule>, Refusal> {
        let read = rule_from_json(id, &body, &|reference| self.action(reference));
        Made::of(read, body, stamp)
    }

    /// Reads the body of a connector.
    pub(crate) fn read_connector(
        &self,
        name: &str,
        body: Value,
        stamp: Stamp,
    ) -> Result<Made<Connector>, Refusal> {
        Made::of(connector_from_json(name, &body), body, stamp)
    }

    /// Reads the body of an action that stands by itself as `<type>:<name>`.
    pub(crate) fn read_action(
        &self,
        id: &str,
        body: Value,
        stamp: Stamp,
    ) -> Result<Made<Action>, Refusal> {
        let name = id.split_once(':').map_or(id, |(_, name)| name);
        Made::of(action_from_json(name, &body), body, stamp)
    }

    /// The ids of the rules that name the action `<type>:<name>`, which stands by itself.
    pub(crate) fn rules_naming(&self, action: &str) -> Vec<String> {
        let names = |(_, made): &(&String, &Arc<Made<Rule>>)| names_action(&made.body, action);
        self.rules.iter().filter(names).map(|(id, _)| id.clone()).collect()
    }

    /// Reads again the rules that name the action, which has changed.
    pub(crate) fn read_again(&mut self, action: &str) -> Result<(), Refusal> {
        for id in self.rules_naming(action) {
            if let Some(made) = self.rules.get(&id).cloned() {
                let again = self.read_rule(&id, made.body.clone(), made.stamp)?;
                self.rules.insert(id, Arc::new(again));
            }
        }
        Ok(())
    }

    pub(crate) fn put_rule(&mut self, id: &str, made: Made<Rule>) {
        self.unread.rules.remove(id);
        self.rules.insert(id.to_owned(), Arc::new(made));
    }

    pub(crate) fn put_connector(&mut self, name: &str, made: Made<Connector>) {
        self.unread.connectors.remove(name);
        self.connectors.insert(name.to_owned(), Arc::new(made));
    }

    pub(crate) fn put_action(&mut self, id: &str, made: Made<Action>) {
        self.unread.actions.remove(id);
        self.actions.insert(id.to_owned(), Arc::new(made));
    }

    /// Whether an action of this name stands by itself.
    pub(crate) fn has_action(&self, reference: &str) -> bool {
        self.action(reference).is_some()
    }

    fn action(&self, reference: &str) -> Option<Arc<Action>> {
        self.actions.get(&names::canonical(reference)?).map(|made| Arc::clone(&made.value))
    }
}

impl<T> Made<T> {
    fn of(
        read: Result<FromJson<T>, JsonErrors>,
        body: Value,
        stamp: Stamp,
    ) -> Result<Self, Refusal> {
        let FromJson { value, warnings } = read.map_err(|errors| refusal(&errors))?;
        let warnings = warnings.iter().map(ToString::to_string).collect();
        Ok(Self { body, stamp, value: Arc::new(value), warnings })
    }

    fn kept(&self) -> KeptBody {
        KeptBody {
            body: self.body.clone(),
            created_at: to_millis(self.stamp.created_at),
            last_modified_at: to_millis(self.stamp.last_modified_at),
        }
    }
}

impl Stamp {
    pub(crate) const fn new(now: SystemTime) -> Self {
        Self { created_at: now, last_modified_at: now }
    }

    pub(crate) const fn changed(self, now: SystemTime) -> Self {
        Self { created_at: self.created_at, last_modified_at: now }
    }
}

impl From<&KeptBody> for Stamp {
    fn from(kept: &KeptBody) -> Self {
        let time = |millis| UNIX_EPOCH.checked_add(Duration::from_millis(millis));
        Self {
            created_at: time(kept.created_at).unwrap_or(UNIX_EPOCH),
            last_modified_at: time(kept.last_modified_at).unwrap_or(UNIX_EPOCH),
        }
    }
}

/// Whether the body of a rule names the action `<type>:<name>`.
fn names_action(body: &Value, action: &str) -> bool {
    let named = body.get("actions").and_then(Value::as_array).into_iter().flatten();
    named.filter_map(Value::as_str).any(|it| names::canonical(it).as_deref() == Some(action))
}

/// The body without the places where it names the action `<type>:<name>`.
pub(crate) fn without_action(mut body: Value, action: &str) -> Value {
    if let Some(actions) = body.get_mut("actions").and_then(Value::as_array_mut) {
        let is_it =
            |entry: &Value| entry.as_str().and_then(names::canonical).as_deref() == Some(action);
        actions.retain(|entry| !is_it(entry));
    }
    body
}

fn refusal(errors: &JsonErrors) -> Refusal {
    // Where secrets may be read is a matter of who wrote the text, not of its form.
    let is_forbidden = errors.reads_secrets();
    let kind = if is_forbidden { RefusalKind::Unprocessable } else { RefusalKind::Invalid };
    Refusal::new(kind, errors.to_string())
}

fn left_out(noun: &str, name: &str, refusal: &Refusal) -> String {
    format!("{noun} {name}, made over REST, is left out: {refusal}")
}

fn to_millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
