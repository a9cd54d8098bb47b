//! What the endpoint stands on, and what it keeps in memory between requests. It does not know
//! HTTP.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use sluice_broker::{Broker, Stats};
use sluice_catalogue::Catalogue;
use tokio::sync::Semaphore;

use crate::access::{Attempts, Tokens};
use crate::credentials::Credentials;
use crate::problem::Problem;
use crate::rule_metrics::Baselines;
use crate::status::StatusSource;

/// What the endpoint stands on.
pub struct Services {
    /// Tells `/status`.
    pub status: StatusSource,
    /// Counted while it is there; it is not kept alive.
    pub broker: Weak<Broker>,
    /// The rules and connectors there are.
    pub catalogue: Catalogue,
    /// Who may use the endpoint.
    pub credentials: Credentials,
    /// The node's name.
    pub node: String,
    /// Of the binary.
    pub version: &'static str,
    /// How long a token lasts after it was last used.
    pub token_expiry: Duration,
    /// The wall clock.
    pub now: fn() -> SystemTime,
}

/// What every request sees.
pub(crate) type Shared = Arc<App>;

/// The services and what comes and goes with requests.
pub(crate) struct App {
    pub(crate) services: Services,
    tokens: Mutex<Tokens>,
    attempts: Mutex<Attempts>,
    baselines: Mutex<Baselines>,
    /// Passwords that are hashed at a time: each takes 19 MiB and a core.
    hashing: Semaphore,
}

impl App {
    pub(crate) fn new(services: Services) -> Shared {
        Arc::new(Self {
            tokens: Mutex::new(Tokens::new(services.token_expiry)),
            attempts: Mutex::default(),
            baselines: Mutex::default(),
            hashing: Semaphore::new(HASHING_MAX),
            services,
        })
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn baselines(&self) -> MutexGuard<'_, Baselines> {
        self.baselines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) const fn credentials(&self) -> &Credentials {
        &self.services.credentials
    }

    /// The wall clock.
    pub(crate) fn now(&self) -> SystemTime {
        (self.services.now)()
    }

    /// What the broker has done so far; nothing when it is gone.
    pub(crate) async fn stats(&self) -> Stats {
        match self.services.broker.upgrade() {
            Some(broker) => broker.stats().await,
            None => Stats::default(),
        }
    }

    /// Network connections now.
    pub(crate) fn connections(&self) -> u64 {
        self.services.broker.upgrade().map_or(0, |broker| broker.connections() as u64)
    }

    /// Runs what hashes a password where it holds up nobody.
    pub(crate) async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self.hashing.acquire().await.map_err(|_| Problem::stopping())?;
        blocking(work).await
    }
}

/// Runs what waits for a disk or a lock on a thread that may wait.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    // The panic hook has told what happened.
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::panicked())
}

/// The monotonic clock: the runtime's, which tests can pause.
pub(crate) fn instant() -> Instant {
    tokio::time::Instant::now().into_std()
}

const HASHING_MAX: usize = 2;
