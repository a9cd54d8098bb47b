//! The connections of a connector: made when needed, kept while they work, thrown away when it is
//! not known in which state they are. It does not know statements.
//!
//! A pool of our own, because ours must end a connection whose call timed out, at once and without
//! asking the server, and must tell why none could be made.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use crate::config::Settings;
use crate::failure::Failure;

/// The connections to one server, as many as its settings allow.
pub(crate) struct Pool {
    options: PgConnectOptions,
    connect_timeout: Duration,
    /// How long one statement may take, here and at the server.
    request_timeout: Duration,
    permits: Semaphore,
    /// The one used last is used next: those that a burst made rest.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: PgConnection,
    since: Instant,
}

/// A connection in use. Dropped, it is closed; [`Lease::keep`] gives it back.
pub(crate) struct Lease<'p> {
    connection: PgConnection,
    pool: &'p Pool,
    // Behind the connection, so that there are never more connections than permits.
    _permit: SemaphorePermit<'p>,
}

impl Pool {
    /// A pool without connections.
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            options: settings.options,
            connect_timeout: settings.connect_timeout,
            request_timeout: settings.request_timeout,
            permits: Semaphore::new(settings.pool_size),
            idle: Mutex::default(),
        }
    }

    /// How long one statement may take.
    pub(crate) const fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// A connection that was kept and works, else a new one.
    pub(crate) async fn lease(&self) -> Result<Lease<'_>, Failure> {
        let Ok(permit) = timeout(self.request_timeout, self.permits.acquire()).await else {
            return Err(Failure::Busy(self.request_timeout));
        };
        let permit = permit.map_err(|closed| Failure::Link(closed.to_string()))?;
        let connection = match self.kept().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        Ok(Lease { connection, pool: self, _permit: permit })
    }

    /// Closes what is not in use: where one connection has failed, others have too.
    pub(crate) fn close_idle(&self) {
        let idle = std::mem::take(&mut *self.idle());
        drop(idle);
    }

    async fn kept(&self) -> Option<PgConnection> {
        let Idle { mut connection, since } = self.idle().pop()?;
        if since.elapsed() < TRUSTED {
            return Some(connection);
        }
        if let Ok(Ok(())) = timeout(self.connect_timeout, connection.ping()).await {
            return Some(connection);
        }
        self.close_idle();
        None
    }

    async fn connect(&self) -> Result<PgConnection, Failure> {
        let connect = async {
            let mut connection = PgConnection::connect_with(&self.options).await?;
            // The server ends what we no longer wait for: else each try would leave behind a
            // process that waits for the same lock. Literals must be what `scan` takes them for.
            let milliseconds = self.request_timeout.as_millis().clamp(1, 1_000_000_000);
            let session = format!(
                "SET statement_timeout = {milliseconds}; SET standard_conforming_strings = on"
            );
            sqlx::raw_sql(AssertSqlSafe(session)).execute(&mut connection).await?;
            Ok(connection)
        };
        // Boxed: it is large, and rare.
        match timeout(self.connect_timeout, Box::pin(connect)).await {
            Ok(answer) => answer.map_err(|error: sqlx::Error| Failure::from(error)),
            Err(_) => Err(Failure::NoConnection(self.connect_timeout)),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    /// The connection.
    pub(crate) const fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Gives the connection back; it must have nothing under way.
    pub(crate) fn keep(self) {
        let Self { connection, pool, _permit } = self;
        pool.idle().push(Idle { connection, since: Instant::now() });
    }

    /// Closes the connection, and those that are not in use.
    pub(crate) fn discard(self) {
        self.pool.close_idle();
    }
}

/// A connection that rested longer is asked before it is used.
const TRUSTED: Duration = Duration::from_secs(1);
