//! The links and buffers that are live, and how they are made. It does not know which are wanted.

use std::path::PathBuf;
use std::sync::Arc;

use sluice_rule::{Action, Connector, ConnectorKind, Unresolved};
use sluice_sink::{
    BuildError, ConnectorHandle, ConnectorType, Connectors, OpenError, ProbeError, Sinks,
};

use crate::entry::Owner;
use crate::setup::{ResolveSecrets, Wake};

/// The links and buffers that are live.
pub(crate) struct Live {
    pub(crate) connectors: Connectors,
    pub(crate) sinks: Sinks,
    types: &'static [ConnectorType],
    resolve: ResolveSecrets,
    /// Where relative paths start.
    base_dir: PathBuf,
    runtime: tokio::runtime::Handle,
}

impl Live {
    /// None yet. Must be called within a tokio runtime.
    pub(crate) fn new(
        types: &'static [ConnectorType],
        resolve: ResolveSecrets,
        wake: Wake,
        base_dir: PathBuf,
    ) -> Self {
        Self {
            connectors: Connectors::new(types),
            sinks: Sinks::new(wake),
            types,
            resolve,
            base_dir,
            runtime: tokio::runtime::Handle::current(),
        }
    }

    /// The link with these settings, made where it is not there.
    pub(crate) fn link(
        &self,
        connector: &Connector,
        owner: &Owner,
    ) -> Result<Arc<ConnectorHandle>, BuildError> {
        self.connectors.put(&self.placed(connector), &|text| self.resolve(text, owner))
    }

    /// Makes a link and drops it, without network; the error says why the settings make none.
    pub(crate) fn try_out(&self, connector: &Connector, owner: &Owner) -> Result<(), String> {
        self.build(connector, owner).map(drop)
    }

    /// Whether the actions can use the connector, as far as that can be told without network. The
    /// error names the place of one that cannot. A connector that makes no link accepts all of
    /// them: that is its own problem, and told there.
    pub(crate) fn check_use(
        &self,
        connector: &Connector,
        owner: &Owner,
        actions: &[(usize, &Action)],
    ) -> Result<(), (usize, String)> {
        let _runtime = self.runtime.enter();
        let is_same = |link: &Arc<ConnectorHandle>| link.type_name() == connector.kind.type_name();
        let check = |accepts: &dyn Fn(&Action) -> Result<(), OpenError>| {
            actions
                .iter()
                .try_for_each(|(at, action)| accepts(action).map_err(|error| (*at, error.detail)))
        };
        // The one that is there spares making another, which may start threads.
        match self.connectors.get(&connector.name).filter(is_same) {
            Some(link) => check(&|action| link.accepts(action)),
            None => match self.build(connector, owner) {
                Ok(link) => check(&|action| link.open(action).map(drop)),
                Err(_) => Ok(()),
            },
        }
    }

    fn build(
        &self,
        connector: &Connector,
        owner: &Owner,
    ) -> Result<Arc<dyn sluice_sink::Connector>, String> {
        let wanted = connector.kind.type_name();
        let Some(kind) = self.types.iter().find(|kind| kind.name == wanted) else {
            return Err(format!("this build has no connectors of type `{wanted}`"));
        };
        let _runtime = self.runtime.enter();
        let connector = self.placed(connector);
        (kind.build)(&connector, &|text| self.resolve(text, owner)).map_err(|error| error.detail)
    }

    /// The connector with the paths of its files as they are from anywhere.
    fn placed(&self, connector: &Connector) -> Connector {
        let mut connector = connector.clone();
        let ca_file = match &mut connector.kind {
            ConnectorKind::Webhook(webhook) => &mut webhook.ca_file,
            ConnectorKind::Kafka(kafka) => &mut kafka.ca_file,
            ConnectorKind::Postgres(_) => return connector,
        };
        if let Some(path) = ca_file {
            *path = self.base_dir.join(&*path).to_string_lossy().into_owned();
        }
        connector
    }

    /// Makes a link, asks the outside system whether it serves, and drops the link.
    pub(crate) async fn probe(
        &self,
        connector: &Connector,
        owner: &Owner,
    ) -> Result<(), ProbeError> {
        let resolve = |text: &Unresolved| self.resolve(text, owner);
        Connectors::probe(self.types, &self.placed(connector), &resolve).await.map(drop)
    }

    /// Reads secrets for connectors of an operator's files; nobody else's are read, whatever passed
    /// the checks before.
    fn resolve(&self, text: &Unresolved, owner: &Owner) -> Result<String, String> {
        match owner {
            Owner::File(_) => (self.resolve)(text),
            Owner::Uploaded(_) | Owner::Rest if text.reads_secrets() => {
                Err("`${ENV:…}` and `${FILE:…}` are read only for files of the rules folder"
                    .to_owned())
            }
            Owner::Uploaded(_) | Owner::Rest => Ok(text.expose().to_owned()),
        }
    }
}
