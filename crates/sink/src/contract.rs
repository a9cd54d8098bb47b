//! The contract that a destination fulfils. It does not know buffers, batches in the making or
//! when to try again.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sluice_rule::{Action, Row, Unresolved};

/// A cause from below.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What an asynchronous call of a trait object gives.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Reads the secrets that a text names (`${ENV:…}`, `${FILE:…}`); the error says which is missing
/// and never holds a secret.
pub type Resolve<'r> = &'r (dyn Fn(&Unresolved) -> Result<String, String> + Sync + 'r);

/// A kind of destination, as the registry lists it.
#[derive(Clone, Copy, Debug)]
pub struct ConnectorType {
    /// Its name in rule files.
    pub name: &'static str,
    /// Makes a link from its settings, without network: a destination that is away is no error.
    /// Must be called within a tokio runtime.
    pub build: Build,
}

/// How a link is made of its settings; see [`ConnectorType::build`].
pub type Build = fn(&sluice_rule::Connector, Resolve<'_>) -> Result<Arc<dyn Connector>, BuildError>;

/// A shared link to an outside system: a pool, a client, a producer. Many sinks use one.
pub trait Connector: Send + Sync {
    /// Asks the outside system whether it serves. Answers within the connector's own time-outs.
    fn check(&self) -> BoxFuture<'_, Result<(), Unavailable>>;

    /// One use of the link, without network: what the action says is checked as far as that goes
    /// without.
    ///
    /// # Errors
    /// When the action can never work: it is of another type, or what it says is wrong.
    fn open(&self, action: &Action) -> Result<Arc<dyn Sink>, OpenError>;
}

/// One use of a [`Connector`]: a statement, a topic, a path.
pub trait Sink: Send + Sync {
    /// What holds where the action's `batch` and `lanes` say nothing.
    fn defaults(&self) -> Defaults;

    /// Asks the outside system whether this use can work: whether the statement can be prepared,
    /// whether the topic is there. Writes nothing.
    fn check(&self) -> BoxFuture<'_, Result<(), WriteError>>;

    /// Writes rows, in order, within the connector's own time-outs. Called for one batch at a time
    /// of each lane; lanes call at the same time. `rows` is never empty. When the future is dropped
    /// before it is ready, rows may or may not have been written.
    ///
    /// # Errors
    /// Nothing of the batch was written, or it is not known whether it was. Where a batch of
    /// several rows ends with [`Remedy::Poison`], the driver writes smaller ones until the row is
    /// found.
    fn write<'w>(&'w self, rows: &'w [Arc<Row>]) -> BoxFuture<'w, Result<Written, WriteError>>;
}

/// How rows are put together where an action says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Most rows in one batch.
    pub batch_rows_max: usize,
    /// How long a batch waits for more rows.
    pub linger: Duration,
    /// Batches that may be under way at once.
    pub lanes: u16,
}

/// What became of a batch.
#[derive(Debug)]
pub enum Written {
    /// Every row was written.
    All,
    /// Each row fared for itself; as many as rows, in their order.
    Each(Vec<Result<(), WriteError>>),
}

/// Rows could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write {rows} rows to {target}")]
pub struct WriteError {
    /// Where to, without secrets: `postgres warehouse`, `http://127.0.0.1:9000/alerts`.
    pub target: String,
    /// How many.
    pub rows: usize,
    /// What helps.
    pub remedy: Remedy,
    /// How long the outside system asks to be left alone (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// Why.
    #[source]
    pub cause: BoxError,
}

/// What helps after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// To try again: the outside system is away, slow or busy.
    Retry,
    /// A person: a password was revoked, a table is gone. The rows stay and the driver looks again
    /// now and then.
    Halt,
    /// Nothing: this row will never be taken. It is set aside, and those around it go on.
    Poison,
}

/// The outside system does not serve.
#[derive(Debug, thiserror::Error)]
#[error("{target} does not serve")]
pub struct Unavailable {
    /// Which, without secrets.
    pub target: String,
    /// Why.
    #[source]
    pub cause: BoxError,
}

/// A connector cannot be made of its settings.
#[derive(Debug, thiserror::Error)]
#[error("connector `{name}`: {detail}")]
pub struct BuildError {
    /// Which.
    pub name: String,
    /// What is wrong and how to mend it, without secrets.
    pub detail: String,
}

/// An action cannot use its connector.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct OpenError {
    /// What is wrong and how to mend it.
    pub detail: String,
}
