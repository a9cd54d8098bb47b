//! A network connection between a client and a worker. It does not know who reads it when.

use sluice_hub::ConnectionId;
use sluice_mqtt::Version;

use super::stream::Stream;
use super::tap::Tap;

/// Names a connection for the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WireId(pub u32);

/// See the module.
#[derive(Debug)]
pub(super) struct Wire {
    /// Client to worker.
    pub(super) up: Stream,
    /// Worker to client.
    pub(super) down: Stream,
    /// The worker that has its other end; moves when it is handed over.
    pub(super) worker: usize,
    /// Its name there; `None` on the way between two workers and when it is closed.
    pub(super) connection: Option<ConnectionId>,
    /// Whether the client has let go of it.
    pub(super) left: bool,
    /// What the worker wrote.
    pub(super) tap: Tap,
}

impl Wire {
    pub(super) fn new(worker: usize, version: Version, capacity: usize) -> Self {
        Self {
            up: Stream::new(usize::MAX),
            down: Stream::new(capacity),
            worker,
            connection: None,
            left: false,
            tap: Tap::new(version),
        }
    }
}
