//! Which kinds of destinations this binary has. It does not know how any of them works.

use sluice_sink::ConnectorType;

/// By the names that rule files use.
pub(crate) const CONNECTOR_TYPES: &[ConnectorType] =
    &[sluice_sink_postgres::TYPE, sluice_sink_webhook::TYPE, sluice_sink_kafka::TYPE];
