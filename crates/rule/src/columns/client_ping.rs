//! `client.ping`: PINGREQ came.

use sluice_event::ClientPing;
use sluice_value::Value;

use super::client;

/// What `SELECT *` gives.
pub(super) const NAMES: &[&str] = &[
    "clientid",
    "clean_start",
    "username",
    "peername",
    "sockname",
    "proto_name",
    "proto_ver",
    "keepalive",
    "expiry_interval",
    "conn_props",
    "event",
    "timestamp",
    "node",
    "metadata",
];

pub(super) fn column(ping: &ClientPing<'_>, name: &str) -> Value {
    client::column(ping.client, name).unwrap_or_default()
}
