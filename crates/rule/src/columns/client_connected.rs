//! `client.connected`: CONNACK with success was sent.

use sluice_event::ClientConnected;
use sluice_value::Value;

use super::client;

/// What `SELECT *` gives.
pub(super) const NAMES: &[&str] = &[
    "clientid",
    "username",
    "mountpoint",
    "peername",
    "sockname",
    "proto_name",
    "proto_ver",
    "keepalive",
    "clean_start",
    "receive_maximum",
    "expiry_interval",
    "is_bridge",
    "conn_props",
    "connected_at",
    "client_attrs",
    "event",
    "timestamp",
    "node",
    "metadata",
];

/// There are no mount points, so `mountpoint` is undefined.
pub(super) fn column(connected: &ClientConnected<'_>, name: &str) -> Value {
    client::column(connected.client, name).unwrap_or_default()
}
