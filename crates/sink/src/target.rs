//! Where the rows of a sink go, as one thing that is swapped at once. It does not know the rows.

use std::sync::Arc;
use std::time::Duration;

use crate::{ConnectorHandle, Sink};

pub(crate) struct Target {
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) connector: Arc<ConnectorHandle>,
    /// A call that takes longer counts as lost.
    pub(crate) deadline: Duration,
}

impl Target {
    pub(crate) fn new(sink: Arc<dyn Sink>, connector: &Arc<ConnectorHandle>) -> Arc<Self> {
        let deadline = connector.call_deadline();
        Arc::new(Self { sink, connector: Arc::clone(connector), deadline })
    }
}
