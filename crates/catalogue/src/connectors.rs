//! Connectors over REST: listed, made, replaced, switched, checked, deleted. It does not know how
//! any of them connects.

use std::sync::Arc;

use serde_json::Value;
use sluice_rule::{Connector, MASK, Secrets};
use sluice_sink::ProbeError;

use crate::catalogue::{Catalogue, Shared, State};
use crate::entry::{ConnectorEntry, Owner};
use crate::inventory::ListedConnector;
use crate::masked::{Before, restore};
use crate::names;
use crate::refusal::{Refusal, RefusalKind};
use crate::rest::{Made, Stamp};
use crate::rules::read_only;

impl Catalogue {
    /// All connectors, by name.
    #[must_use]
    pub fn connectors(&self) -> Vec<ConnectorEntry> {
        let state = self.shared.lock();
        let all = state.inventory.connectors.values();
        all.map(|listed| self.shared.connector_entry(&state, listed)).collect()
    }

    /// One connector, by `<type>:<name>` or its bare name.
    #[must_use]
    pub fn connector(&self, id: &str) -> Option<ConnectorEntry> {
        let state = self.shared.lock();
        let listed = state.listed_connector(id).ok()?;
        Some(self.shared.connector_entry(&state, listed))
    }

    /// Makes a connector.
    ///
    /// # Errors
    /// When the body is wrong, or there is a connector of this name.
    pub fn create_connector(&self, body: &Value) -> Result<ConnectorEntry, Refusal> {
        let name = name_in(body)?;
        let mut state = self.shared.lock();
        if let Some(present) = state.inventory.connectors.get(name) {
            let message = format!("connector `{name}` already exists, owned by {}", present.owner);
            return Err(Refusal::new(RefusalKind::AlreadyExists, message));
        }
        let stamp = Stamp::new(self.shared.now());
        let made = self.shared.read_connector(&state, name, body, stamp)?;
        self.shared.keep_connector(&mut state, name, made)
    }

    /// Replaces a connector as a whole; secrets that are sent back masked stay.
    ///
    /// # Errors
    /// When the body is wrong, or there is no such connector, or a file owns it.
    pub fn replace_connector(&self, id: &str, body: &Value) -> Result<ConnectorEntry, Refusal> {
        let mut state = self.shared.lock();
        let (name, made) = state.made_connector(id)?;
        if let Some(other) = body.get("name").filter(|other| other.as_str() != Some(&name)) {
            return Err(Refusal::invalid(format!("name: {other} is not the name of `{name}`")));
        }
        let stamp = made.stamp.changed(self.shared.now());
        // Over REST the type stands in the id already.
        let mut body = body.clone();
        if let Some(body) = body.as_object_mut() {
            let kind = made.value.kind.type_name();
            body.entry("type").or_insert_with(|| Value::String(kind.to_owned()));
        }
        let made = self.shared.read_connector(&state, &name, &body, stamp)?;
        state.check_type(&name, made.value.kind.type_name())?;
        self.shared.keep_connector(&mut state, &name, made)
    }

    /// Deletes a connector.
    ///
    /// # Errors
    /// When there is no such connector, a file owns it, or actions go through it.
    pub fn delete_connector(&self, id: &str) -> Result<(), Refusal> {
        let mut state = self.shared.lock();
        let (name, _) = state.made_connector(id)?;
        let users = state.users_of(&name);
        if !users.is_empty() {
            let message = format!("connector `{name}` is needed by {}", users.join(", "));
            return Err(Refusal::new(RefusalKind::InUse, message));
        }
        let mut rest = state.rest.clone();
        rest.connectors.remove(&name);
        self.shared.change(&mut state, rest)
    }

    /// Enables or disables a connector. Rows that wait for one that is disabled are dropped and
    /// counted.
    ///
    /// # Errors
    /// When there is no such connector, or a file owns it.
    pub fn enable_connector(&self, id: &str, enable: bool) -> Result<ConnectorEntry, Refusal> {
        let mut state = self.shared.lock();
        let (name, made) = state.made_connector(id)?;
        let mut body = made.body.clone();
        if let Some(body) = body.as_object_mut() {
            body.insert("enable".to_owned(), Value::Bool(enable));
        }
        let stamp = made.stamp.changed(self.shared.now());
        let made = state.rest.read_connector(&name, body, stamp)?;
        self.shared.keep_connector(&mut state, &name, made)
    }

    /// Makes a link as the body says, asks the outside system whether it serves, and drops the
    /// link. Nothing is kept.
    ///
    /// # Errors
    /// When the body is wrong or the outside system does not serve.
    pub async fn probe_connector(&self, body: &Value) -> Result<(), Refusal> {
        let made = {
            let state = self.shared.lock();
            let name = name_in(body).unwrap_or("probe");
            self.shared.read_connector(&state, name, body, Stamp::new(self.shared.now()))?
        };
        self.shared.live.probe(&made.value, &Owner::Rest).await.map_err(|error| match error {
            ProbeError::Build(error) => Refusal::invalid(error.detail),
            ProbeError::Unavailable(error) => Refusal::new(RefusalKind::Unreachable, chain(&error)),
        })
    }

    /// Asks the outside system of a connector whether it serves.
    ///
    /// # Errors
    /// When there is no such connector, or it has no link.
    pub async fn check_connector(&self, id: &str) -> Result<ConnectorEntry, Refusal> {
        let (name, problem) = {
            let state = self.shared.lock();
            let Connector { name, enabled, .. } = &state.listed_connector(id)?.connector;
            let problem = match (state.force.connector_problem(name), enabled) {
                (Some(problem), _) => problem.to_owned(),
                (None, true) => "it has no link".to_owned(),
                (None, false) => "it is disabled".to_owned(),
            };
            (name.clone(), problem)
        };
        let Some(link) = self.shared.live.connectors.get(&name) else {
            let message = format!("connector `{name}`: {problem}");
            return Err(Refusal::new(RefusalKind::Unreachable, message));
        };
        link.check().await;
        self.connector(id).ok_or_else(|| no_connector(id))
    }
}

impl Shared {
    /// Reads the body of a connector and tries its settings out, without network.
    fn read_connector(
        &self,
        state: &State,
        name: &str,
        body: &Value,
        stamp: Stamp,
    ) -> Result<Made<Connector>, Refusal> {
        let mut body = body.clone();
        let before = state.rest.connectors.get(name);
        let shown = before.map(|made| {
            let show = |secrets| made.value.to_json(secrets);
            (show(Secrets::Exposed), show(Secrets::Masked))
        });
        let before = before.zip(shown.as_ref()).map(|(made, (exposed, masked))| Before {
            body: &made.body,
            exposed,
            masked,
        });
        restore(&mut body, before.as_ref()).map_err(|path| {
            Refusal::invalid(format!("{path}: `{MASK}` stands for no secret that is known"))
        })?;
        let made = state.rest.read_connector(name, body, stamp)?;
        self.live.try_out(&made.value, &Owner::Rest).map_err(Refusal::invalid)?;
        Ok(made)
    }

    fn keep_connector(
        &self,
        state: &mut State,
        name: &str,
        made: Made<Connector>,
    ) -> Result<ConnectorEntry, Refusal> {
        let mut rest = state.rest.clone();
        rest.put_connector(name, made);
        self.change(state, rest)?;
        let listed = state.inventory.connectors.get(name);
        listed.map(|it| self.connector_entry(state, it)).ok_or_else(|| no_connector(name))
    }

    fn connector_entry(&self, state: &State, listed: &ListedConnector) -> ConnectorEntry {
        let ListedConnector { connector, owner } = listed;
        ConnectorEntry {
            connector: connector.clone(),
            owner: owner.clone(),
            health: self.live.connectors.get(&connector.name).map(|link| link.health()),
            problem: state.force.connector_problem(&connector.name).map(str::to_owned),
            used_by: state.users_of(&connector.name),
        }
    }
}

impl State {
    fn listed_connector(&self, id: &str) -> Result<&ListedConnector, Refusal> {
        let (kind, name) = names::split(id).ok_or_else(|| no_connector(id))?;
        let listed = self.inventory.connectors.get(name).ok_or_else(|| no_connector(id))?;
        let is_meant = kind.is_none_or(|kind| kind == listed.connector.kind.type_name());
        is_meant.then_some(listed).ok_or_else(|| no_connector(id))
    }

    /// A connector that was made over REST, with its name.
    fn made_connector(&self, id: &str) -> Result<(String, Arc<Made<Connector>>), Refusal> {
        let ListedConnector { connector, owner } = self.listed_connector(id)?;
        let name = connector.name.clone();
        match owner {
            Owner::Rest => {
                let made = self.rest.connectors.get(&name).cloned();
                made.map(|made| (name, made)).ok_or_else(|| no_connector(id))
            }
            Owner::File(_) | Owner::Uploaded(_) => {
                Err(read_only(&format!("connector `{name}`"), owner))
            }
        }
    }

    /// The actions that go through the connector, those that stand by themselves included.
    pub(crate) fn users_of(&self, connector: &str) -> Vec<String> {
        let alone = self.rest.actions.iter();
        let alone = alone.filter(|(_, made)| made.value.connector.as_deref() == Some(connector));
        let mut users = self.inventory.users_of(connector);
        users.extend(alone.map(|(id, _)| id.clone()));
        users
    }

    /// Whether the connector may become one of this type.
    fn check_type(&self, name: &str, kind: &str) -> Result<(), Refusal> {
        let present = self.inventory.connectors.get(name);
        let is_same = present.is_none_or(|it| it.connector.kind.type_name() == kind);
        let users = self.users_of(name);
        if is_same || users.is_empty() {
            return Ok(());
        }
        let message = format!("connector `{name}` cannot change its type: {}", users.join(", "));
        Err(Refusal::new(RefusalKind::InUse, message))
    }
}

/// The name that a body holds.
pub(crate) fn name_in(body: &Value) -> Result<&str, Refusal> {
    if !body.is_object() {
        return Err(Refusal::invalid("a JSON object is expected"));
    }
    let name = body.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| Refusal::invalid("name: a text is expected"))?;
    names::check(name).map_err(|why| Refusal::invalid(format!("name: {why}")))?;
    Ok(name)
}

fn no_connector(id: &str) -> Refusal {
    let shown: String = id.chars().take(100).collect();
    Refusal::not_found(format!("there is no connector {shown:?}"))
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
