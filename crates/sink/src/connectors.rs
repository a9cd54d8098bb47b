//! The links that are in use, each watched. It does not know which actions use them, nor where
//! their settings come from.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use foldhash::quality::RandomState;
use sluice_rule::{Action, ConnectorKind, Unresolved};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::back_off::BackOff;
use crate::guarded::{chain, guarded};
use crate::health::{Health, Status, Trouble, Vitals, Witness};
use crate::{BuildError, Connector, ConnectorType, OpenError, Resolve, Sink, Unavailable};

/// The links that are in use, by name.
#[derive(Debug)]
pub struct Connectors {
    types: &'static [ConnectorType],
    runtime: Handle,
    seed: RandomState,
    links: Mutex<BTreeMap<String, Arc<ConnectorHandle>>>,
}

impl Connectors {
    /// None yet. Watches run on the current runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn new(types: &'static [ConnectorType]) -> Self {
        let links = Mutex::new(BTreeMap::new());
        Self { types, runtime: Handle::current(), seed: RandomState::default(), links }
    }

    /// The link with these settings: the one that is there where they are equal, secrets as they
    /// are read now included; else a new one, which takes the name over. Sinks keep the link that
    /// they were opened with until they are put again.
    ///
    /// # Errors
    /// When no link can be made of the settings; the one that is there stays.
    pub fn put(
        &self,
        connector: &sluice_rule::Connector,
        resolve: Resolve<'_>,
    ) -> Result<Arc<ConnectorHandle>, BuildError> {
        let present = self.get(&connector.name);
        if let Some(present) = present.filter(|present| self.is_same(present, connector, resolve)) {
            return Ok(present);
        }
        let _runtime = self.runtime.enter();
        let read = Mutex::new(Vec::new());
        let link = build(self.types, connector, &|text| {
            let secret = resolve(text)?;
            let seen = (text.clone(), self.seed.hash_one(secret.as_str()));
            read.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
            Ok(secret)
        })?;
        let read = read.into_inner().unwrap_or_else(PoisonError::into_inner);
        let handle = ConnectorHandle::start(connector, link, read);
        self.links().insert(connector.name.clone(), Arc::clone(&handle));
        Ok(handle)
    }

    /// Lets go of the others; each ends when no sink uses it any more.
    pub fn retain(&self, keep: &dyn Fn(&str) -> bool) {
        self.links().retain(|name, _| keep(name));
    }

    /// The link of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<ConnectorHandle>> {
        self.links().get(name).map(Arc::clone)
    }

    /// Makes a link, checks it and drops it; tells how long the check took. Must be awaited within
    /// a tokio runtime.
    ///
    /// # Errors
    /// When the settings make no link, or the outside system does not serve.
    pub async fn probe(
        types: &[ConnectorType],
        connector: &sluice_rule::Connector,
        resolve: Resolve<'_>,
    ) -> Result<Duration, ProbeError> {
        let link = build(types, connector, resolve)?;
        let start = Instant::now();
        Ok(check(&connector.name, link.as_ref()).await.map(|()| start.elapsed())?)
    }

    fn is_same(
        &self,
        present: &ConnectorHandle,
        connector: &sluice_rule::Connector,
        resolve: Resolve<'_>,
    ) -> bool {
        let is_read_alike = |(text, secret): &(Unresolved, u64)| {
            resolve(text).is_ok_and(|now| self.seed.hash_one(now.as_str()) == *secret)
        };
        present.kind == connector.kind && present.read.iter().all(is_read_alike)
    }

    fn links(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<ConnectorHandle>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a probe failed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The settings make no link.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The outside system does not serve.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// One link: checked every 15 s while it is well, more often while it is not, until nobody holds it
/// any more.
pub struct ConnectorHandle {
    name: String,
    kind: ConnectorKind,
    /// What was read to make the link, with a hash of what was found.
    read: Vec<(Unresolved, u64)>,
    link: Arc<dyn Connector>,
    vitals: Vitals,
    watch: Mutex<Option<AbortHandle>>,
}

impl ConnectorHandle {
    /// Within a tokio runtime.
    pub(crate) fn start(
        connector: &sluice_rule::Connector,
        link: Arc<dyn Connector>,
        read: Vec<(Unresolved, u64)>,
    ) -> Arc<Self> {
        let handle = Arc::new(Self {
            name: connector.name.clone(),
            kind: connector.kind.clone(),
            read,
            link,
            vitals: Vitals::new("connector", &connector.name),
            watch: Mutex::new(None),
        });
        let task = sluice_telemetry::spawn(
            format!("connector {}", handle.name),
            watch(Arc::downgrade(&handle)),
        );
        let mut watch = handle.watch.lock().unwrap_or_else(PoisonError::into_inner);
        *watch = Some(task.abort_handle());
        drop(watch);
        handle
    }

    /// Its name; names are global.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its type's name in rule files.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.kind.type_name()
    }

    /// What the last check found.
    #[must_use]
    pub fn health(&self) -> Health {
        self.vitals.health()
    }

    /// Checks now.
    pub async fn check(&self) -> Health {
        let start = Instant::now();
        match check(&self.name, self.link.as_ref()).await {
            Ok(()) => self.vitals.works(Witness::Check, start.elapsed()),
            Err(unavailable) => {
                let reason = chain(&unavailable);
                let trouble = Trouble { status: Status::Disconnected, reason };
                self.vitals.fails(Witness::Check, trouble);
            }
        }
        self.health()
    }

    /// Whether an action can use it, as far as that can be told without network.
    ///
    /// # Errors
    /// When the action can never work.
    pub fn accepts(&self, action: &Action) -> Result<(), OpenError> {
        self.open(action).map(drop)
    }

    pub(crate) fn open(&self, action: &Action) -> Result<Arc<dyn Sink>, OpenError> {
        self.link.open(action)
    }

    /// How long one call of a sink may take before it counts as lost: well beyond what the settings
    /// grant, since the sink has time-outs of its own.
    pub(crate) fn call_deadline(&self) -> Duration {
        let (connect, request) = match &self.kind {
            ConnectorKind::Postgres(postgres) => {
                (postgres.connect_timeout, postgres.request_timeout)
            }
            ConnectorKind::Webhook(webhook) => (webhook.connect_timeout, webhook.request_timeout),
            ConnectorKind::Kafka(kafka) => (None, kafka.request_timeout),
        };
        let granted = connect.unwrap_or_default().saturating_add(request.unwrap_or_default());
        CALL_GRACE.saturating_add(granted.saturating_mul(2))
    }
}

impl Drop for ConnectorHandle {
    fn drop(&mut self) {
        let watch = self.watch.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(watch) = watch {
            watch.abort();
        }
    }
}

impl std::fmt::Debug for ConnectorHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectorHandle").field("name", &self.name).finish_non_exhaustive()
    }
}

fn build(
    types: &[ConnectorType],
    connector: &sluice_rule::Connector,
    resolve: Resolve<'_>,
) -> Result<Arc<dyn Connector>, BuildError> {
    let wanted = connector.kind.type_name();
    let Some(kind) = types.iter().find(|kind| kind.name == wanted) else {
        let detail = format!("this build has no connectors of type `{wanted}`");
        return Err(BuildError { name: connector.name.clone(), detail });
    };
    (kind.build)(connector, resolve)
}

async fn check(name: &str, link: &dyn Connector) -> Result<(), Unavailable> {
    match guarded(CHECK_DEADLINE, async { link.check().await }).await {
        Ok(answer) => answer,
        Err(broken) => Err(Unavailable { target: name.to_owned(), cause: Box::new(broken) }),
    }
}

/// Holds the link only while it checks: it ends with its last user.
async fn watch(handle: Weak<ConnectorHandle>) {
    let Some(name) = handle.upgrade().map(|handle| handle.name.clone()) else { return };
    let mut back_off = BackOff::of_checks(&name);
    while let Some(handle) = handle.upgrade() {
        let pause = match handle.check().await.status {
            Status::Connected => {
                back_off.reset();
                CHECK_INTERVAL
            }
            Status::Connecting | Status::Disconnected | Status::Halted => back_off.pause(None),
        };
        drop(handle);
        tokio::time::sleep(pause).await;
    }
}

/// Between checks of a link that serves.
const CHECK_INTERVAL: Duration = Duration::from_secs(15);

/// Connectors answer within time-outs of their own; this is for those that do not.
const CHECK_DEADLINE: Duration = Duration::from_secs(60);

/// What a call of a sink gets beside what the settings grant.
const CALL_GRACE: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests;
