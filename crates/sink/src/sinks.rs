//! The sinks that are in use. It does not know which rules they belong to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_rule::Action;
use sluice_rule::action::BufferMode;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::sink_handle::{SinkHandle, Wake};
use crate::target::Target;
use crate::{ConnectorHandle, OpenError, Settings};

/// The sinks that are in use, by name. They end when this is dropped.
pub struct Sinks {
    runtime: Handle,
    wake: Wake,
    sinks: Mutex<BTreeMap<String, Arc<SinkHandle>>>,
}

impl Sinks {
    /// None yet. Their tasks run on the current runtime; `wake` is told whose turn has come, with
    /// no lock held, and must be quick.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn new(wake: Wake) -> Self {
        Self { runtime: Handle::current(), wake, sinks: Mutex::new(BTreeMap::new()) }
    }

    /// The sink of this name with these settings. One that is there keeps its rows and counters
    /// and tries at once what it could not write before.
    ///
    /// # Errors
    /// When the action cannot use the connector; a sink that is there goes on as it was.
    pub fn put(
        &self,
        name: &str,
        action: &Action,
        connector: &Arc<ConnectorHandle>,
    ) -> Result<Arc<SinkHandle>, OpenError> {
        let _runtime = self.runtime.enter();
        let sink = connector.open(action)?;
        let settings = Settings::of(action, sink.defaults());
        let target = Target::new(sink, connector);
        let mut sinks = self.lock();
        if let Some(present) = sinks.get(name).map(Arc::clone) {
            let after = present.swap(settings, target);
            drop(sinks);
            present.carry_out(after);
            return Ok(present);
        }
        let handle = SinkHandle::start(name, settings, target, Arc::clone(&self.wake));
        sinks.insert(name.to_owned(), Arc::clone(&handle));
        drop(sinks);
        if action.buffer.and_then(|buffer| buffer.mode) == Some(BufferMode::Disk) {
            tracing::warn!(name = %name, "rows are kept in memory: there is no disk buffer yet");
        }
        Ok(handle)
    }

    /// Ends the others. Rows that they still had are counted as `dropped_removed`, and publishes
    /// that waited for them go on.
    pub fn retain(&self, keep: &dyn Fn(&str) -> bool) {
        let mut ended = Vec::new();
        self.lock().retain(|name, sink| {
            let is_kept = keep(name);
            if !is_kept {
                ended.push(Arc::clone(sink));
            }
            is_kept
        });
        for sink in ended {
            sink.end();
        }
    }

    /// The sink of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<SinkHandle>> {
        self.lock().get(name).map(Arc::clone)
    }

    /// All, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<SinkHandle>> {
        self.lock().values().map(Arc::clone).collect()
    }

    /// For a graceful stop: batches wait for no more rows, failed ones are tried once more at once,
    /// and it waits until all is delivered, for so long at most. Rows that still come are taken.
    /// What is left then is logged.
    pub async fn drain(&self, within: Duration) {
        let sinks = self.list();
        for sink in &sinks {
            sink.start_draining();
        }
        let all = async {
            for sink in &sinks {
                sink.drained().await;
            }
        };
        // Over or not, what is left is told.
        timeout(within, all).await.unwrap_or_default();
        for sink in &sinks {
            let rows = sink.stats().waiting;
            if rows > 0 {
                tracing::warn!(name = %sink.name(), rows, "action stopped with rows waiting");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<SinkHandle>>> {
        self.sinks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Sinks {
    fn drop(&mut self) {
        self.retain(&|_| false);
    }
}

impl std::fmt::Debug for Sinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sinks").field("names", &self.lock().keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
