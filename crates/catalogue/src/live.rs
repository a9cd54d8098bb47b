//! The links and buffers that are live, and how they are made. It does not know which are wanted.

use std::sync::Arc;

use sluice_rule::{Action, Connector, Unresolved};
use sluice_sink::{BuildError, ConnectorHandle, ConnectorType, Connectors, ProbeError, Sinks};

use crate::entry::Owner;
use crate::setup::{ResolveSecrets, Wake};

/// The links and buffers that are live.
pub(crate) struct Live {
    pub(crate) connectors: Connectors,
    pub(crate) sinks: Sinks,
    types: &'static [ConnectorType],
    resolve: ResolveSecrets,
    runtime: tokio::runtime::Handle,
}

impl Live {
    /// None yet. Must be called within a tokio runtime.
    pub(crate) fn new(
        types: &'static [ConnectorType],
        resolve: ResolveSecrets,
        wake: Wake,
    ) -> Self {
        Self {
            connectors: Connectors::new(types),
            sinks: Sinks::new(wake),
            types,
            resolve,
            runtime: tokio::runtime::Handle::current(),
        }
    }

    /// The link with these settings, made where it is not there.
    pub(crate) fn link(
        &self,
        connector: &Connector,
        owner: &Owner,
    ) -> Result<Arc<ConnectorHandle>, BuildError> {
        self.connectors.put(connector, &|text| self.resolve(text, owner))
    }

    /// Makes a link and drops it, without network: whether the settings make one, and whether it
    /// can be used by these actions. The error names the action's place in `actions`.
    pub(crate) fn try_out(
        &self,
        connector: &Connector,
        owner: &Owner,
        actions: &[(usize, &Action)],
    ) -> Result<(), TryOutError> {
        let wanted = connector.kind.type_name();
        let Some(kind) = self.types.iter().find(|kind| kind.name == wanted) else {
            let detail = format!("this build has no connectors of type `{wanted}`");
            return Err(TryOutError::Connector(detail));
        };
        let _runtime = self.runtime.enter();
        let link = (kind.build)(connector, &|text| self.resolve(text, owner))
            .map_err(|BuildError { detail, .. }| TryOutError::Connector(detail))?;
        for (at, action) in actions {
            link.open(action).map_err(|error| TryOutError::Action(*at, error.detail))?;
        }
        Ok(())
    }

    /// Makes a link, asks the outside system whether it serves, and drops the link.
    pub(crate) async fn probe(
        &self,
        connector: &Connector,
        owner: &Owner,
    ) -> Result<(), ProbeError> {
        let resolve = |text: &Unresolved| self.resolve(text, owner);
        Connectors::probe(self.types, connector, &resolve).await.map(drop)
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

/// What does not work.
pub(crate) enum TryOutError {
    /// The settings of the connector.
    Connector(String),
    /// The action at this place.
    Action(usize, String),
}
