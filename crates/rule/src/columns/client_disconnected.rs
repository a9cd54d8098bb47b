//! `client.disconnected`: a network connection that had been accepted ended.

use sluice_event::ClientDisconnected;
use sluice_value::Value;

use super::{
    client,
    values::{millis, properties_map, text},
};

/// What `SELECT *` gives.
pub(super) const NAMES: &[&str] = &[
    "reason",
    "clientid",
    "username",
    "peername",
    "sockname",
    "proto_name",
    "proto_ver",
    "disconn_props",
    "disconnected_at",
    "connected_at",
    "client_attrs",
    "event",
    "timestamp",
    "node",
    "metadata",
];

pub(super) fn column(disconnected: &ClientDisconnected<'_>, name: &str) -> Value {
    match name {
        "reason" => text(disconnected.reason),
        "disconn_props" => properties_map(disconnected.properties),
        "disconnected_at" => millis(disconnected.disconnected_at),
        _ => client::column(disconnected.client, name).unwrap_or_default(),
    }
}
