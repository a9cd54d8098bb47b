//! `client.connack`: a CONNECT is answered, with success or not.

use sluice_event::ClientConnack;
use sluice_value::Value;

use super::{client, values::text};

/// What `SELECT *` gives.
pub(super) const NAMES: &[&str] = &[
    "reason_code",
    "clientid",
    "clean_start",
    "username",
    "peername",
    "sockname",
    "proto_name",
    "proto_ver",
    "keepalive",
    "expiry_interval",
    "connected_at",
    "conn_props",
    "event",
    "timestamp",
    "node",
    "metadata",
];

/// Here `expiry_interval` is in milliseconds, as rules written for EMQX expect.
pub(super) fn column(connack: &ClientConnack<'_>, name: &str) -> Value {
    match name {
        "reason_code" => text(connack.reason.name()),
        "expiry_interval" => Value::Integer(i64::from(connack.client.session_expiry) * 1000),
        _ => client::column(connack.client, name).unwrap_or_default(),
    }
}
