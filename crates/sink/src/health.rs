//! How a connector or a sink fares, for people. It does not know how that is found out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How a connector or a sink fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Not known yet.
    Connecting,
    /// The last that was asked of it worked.
    Connected,
    /// It is away, slow or busy; it is tried again by itself.
    Disconnected,
    /// It needs a person: a password was revoked, a table is gone. It is still tried now and then.
    Halted,
}

impl Status {
    /// As people and scripts read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Halted => "halted",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How it fares, why and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// In one word.
    pub status: Status,
    /// Why it is not connected, where that is known; without secrets.
    pub reason: Option<String>,
    /// When `status` last changed; `since.elapsed()` tells how long ago.
    pub since: Instant,
    /// How long the last write or check that worked took.
    pub latency: Option<Duration>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) status: Status,
    pub(crate) reason: String,
}

/// Who saw it: the lanes of a sink fare differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Witness {
    Check,
    Lane(usize),
}

/// The health of one thing, put together from what several witnesses saw: it is as bad as the worst
/// of them. Each change is logged once.
#[derive(Debug)]
pub(crate) struct Vitals {
    /// In log lines: `connector`, `action`.
    noun: &'static str,
    name: String,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    troubles: BTreeMap<Witness, Trouble>,
    health: Health,
}

impl Vitals {
    pub(crate) fn new(noun: &'static str, name: &str) -> Self {
        let health = Health {
            status: Status::Connecting,
            reason: None,
            since: Instant::now(),
            latency: None,
        };
        let inner = Mutex::new(Inner { troubles: BTreeMap::new(), health });
        Self { noun, name: name.to_owned(), inner }
    }

    pub(crate) fn health(&self) -> Health {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).health.clone()
    }

    /// It worked for this witness. What a check complained of is void when a write works.
    pub(crate) fn works(&self, witness: Witness, latency: Duration) {
        self.note(|inner| {
            inner.troubles.remove(&witness);
            inner.troubles.remove(&Witness::Check);
            inner.health.latency = Some(latency);
        });
    }

    pub(crate) fn fails(&self, witness: Witness, trouble: Trouble) {
        self.note(|inner| {
            inner.troubles.insert(witness, trouble);
        });
    }

    /// The witness is no more.
    pub(crate) fn forget(&self, witness: Witness) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.troubles.remove(&witness).is_some() {
            drop(inner);
            self.note(|_| {});
        }
    }

    fn note(&self, change: impl FnOnce(&mut Inner)) {
        let changed = {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut inner);
            inner.take_stock().then(|| inner.health.clone())
        };
        if let Some(health) = changed {
            self.log(&health);
        }
    }

    fn log(&self, health: &Health) {
        let (noun, name, status) = (self.noun, &self.name, health.status);
        match &health.reason {
            Some(reason) => tracing::warn!(name = %name, reason = %reason, "{noun} {status}"),
            None => tracing::info!(name = %name, "{noun} {status}"),
        }
    }
}

impl Inner {
    /// Whether the status changed.
    fn take_stock(&mut self) -> bool {
        // The first of the worst: reasons do not jump while lanes fail alike.
        let worst = self.troubles.values().rev().max_by_key(|trouble| trouble.status);
        let status = worst.map_or(Status::Connected, |trouble| trouble.status);
        if self.health.reason.as_deref() != worst.map(|trouble| trouble.reason.as_str()) {
            self.health.reason = worst.map(|trouble| trouble.reason.clone());
        }
        let is_changed = self.health.status != status;
        if is_changed {
            self.health.status = status;
            self.health.since = Instant::now();
        }
        is_changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(status: Status, reason: &str) -> Trouble {
        Trouble { status, reason: reason.to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn health_is_as_bad_as_the_worst_lane() {
        let vitals = Vitals::new("action", "r.a");
        assert_eq!(vitals.health().status, Status::Connecting);
        vitals.works(Witness::Lane(0), Duration::from_millis(3));
        assert_eq!(vitals.health().status, Status::Connected);
        assert_eq!(vitals.health().latency, Some(Duration::from_millis(3)));

        tokio::time::advance(Duration::from_secs(9)).await;
        vitals.fails(Witness::Lane(1), trouble(Status::Disconnected, "refused"));
        vitals.fails(Witness::Lane(2), trouble(Status::Halted, "no such table"));
        vitals.works(Witness::Lane(0), Duration::from_millis(2));
        let health = vitals.health();
        assert_eq!(health.status, Status::Halted);
        assert_eq!(health.reason.as_deref(), Some("no such table"));
        assert_eq!(health.since.elapsed(), Duration::ZERO);

        vitals.works(Witness::Lane(2), Duration::from_millis(2));
        assert_eq!(vitals.health().reason.as_deref(), Some("refused"));
        vitals.forget(Witness::Lane(1));
        assert_eq!((vitals.health().status, vitals.health().reason), (Status::Connected, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_works_voids_what_a_check_complained_of() {
        let vitals = Vitals::new("action", "r.a");
        vitals.fails(Witness::Check, trouble(Status::Halted, "no such topic"));
        vitals.works(Witness::Lane(0), Duration::ZERO);
        assert_eq!(vitals.health().status, Status::Connected);
    }
}
