//! The configuration: a file, the environment over it, flags over both, checked as a whole.
//!
//! Goes in: [`Sources`], which are text. Comes out: a [`Config`] whose every value is in range, or
//! every problem with its place and how to mend it. Nothing here touches the disk or the process;
//! that is `gather`. It does not know what the values are used for.

mod api;
mod auth;
mod gather;
mod layers;
mod listeners;
mod mqtt;
mod nearest;
mod node;
mod problem;
mod rules;
mod secret;
mod section;
mod store;
mod sys;
mod unit;
mod value;

#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use gather::gather;
pub(crate) use layers::Sources;
pub(crate) use listeners::{Bind, Listener, Transport};
pub(crate) use problem::ConfigError;
pub(crate) use store::Durability;

use api::Api;
use auth::Auth;
use layers::Layers;
use mqtt::Mqtt;
use node::Node;
use problem::Problem;
use rules::Rules;
use section::Reader;
use store::Store;
use sys::Sys;

/// A configuration that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// This process.
    pub(crate) node: Node,
    /// Where clients connect.
    pub(crate) listeners: Vec<Listener>,
    /// The limits of the protocol.
    pub(crate) mqtt: Mqtt,
    /// Who may connect.
    pub(crate) auth: Auth,
    /// The REST endpoint.
    pub(crate) api: Api,
    /// What an acknowledgement survives.
    pub(crate) store: Store,
    /// Where rule files lie.
    pub(crate) rules: Rules,
    /// The broker's own messages.
    pub(crate) sys: Sys,
    /// All of it as TOML, secrets masked.
    pub(crate) effective: String,
}

impl Config {
    /// Reads and checks the configuration; relative paths in it start at `base`.
    ///
    /// # Errors
    /// When anything is wrong with it: every problem is told, not only the first.
    pub(crate) fn read(sources: &Sources, base: &Path) -> Result<Self, ConfigError> {
        let layers = Layers::merge(sources).map_err(|problems| ConfigError { problems })?;
        let mut reader = Reader::new(layers, base);
        let node = Node::read(&mut reader);
        let listeners = listeners::read(&mut reader);
        let mqtt = Mqtt::read(&mut reader);
        let auth = Auth::read(&mut reader, &listeners);
        let api = Api::read(&mut reader);
        let store = Store::read(&mut reader);
        let rules = Rules::read(&mut reader);
        let sys = Sys::read(&mut reader);
        let effective = reader.finish()?;
        Ok(Self { node, listeners, mqtt, auth, api, store, rules, sys, effective })
    }

    /// What is accepted and does nothing in this version, one line each.
    pub(crate) fn without_effect(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let durability = match self.store.durability {
            Durability::Fsync => Some("fsync"),
            Durability::Os => Some("os"),
            Durability::Memory => None,
        };
        if let Some(word) = durability {
            lines.push(format!(
                "store.durability = \"{word}\": sessions, queues and retained messages are kept in \
                 memory and end with the process"
            ));
        }
        for listener in self.listeners.iter().filter(|it| it.enable) {
            if listener.transport != Transport::Tcp {
                lines.push(format!("listeners.{}: only tcp is served", listener.full_name()));
            }
        }
        if !self.auth.allow_anonymous {
            lines.push("auth: there is no way to log in, so every client is refused".into());
        }
        lines
    }
}

impl Reader<'_> {
    /// Ends the reading: the effective text, or every problem in the order of their places.
    fn finish(mut self) -> Result<String, ConfigError> {
        self.note_rest();
        let unknown = std::mem::take(&mut self.unknown);
        for (path, origin) in unknown {
            let (what, mend) = nearest::unknown_key(&path, &self.known);
            self.problems.push(Problem { origin, key: path.join("."), what, mend });
        }
        if self.problems.is_empty() {
            return Ok(self.effective);
        }
        self.problems.sort_by(|a, b| (&a.origin, &a.key).cmp(&(&b.origin, &b.key)));
        Err(ConfigError { problems: self.problems })
    }
}
