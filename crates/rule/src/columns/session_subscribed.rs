//! `session.subscribed`: one filter of a SUBSCRIBE was granted.

use sluice_event::SessionSubscribed;
use sluice_value::Value;

use super::{
    client,
    values::{integer, properties_map, text},
};

/// What `SELECT *` gives.
pub(super) const NAMES: &[&str] = &[
    "clientid",
    "username",
    "peerhost",
    "peername",
    "sub_props",
    "topic",
    "qos",
    "client_attrs",
    "event",
    "timestamp",
    "node",
    "metadata",
];

pub(super) fn column(subscribed: &SessionSubscribed<'_>, name: &str) -> Value {
    match name {
        "topic" => text(subscribed.filter),
        "qos" => integer(subscribed.options.qos as u8),
        "sub_props" => properties_map(subscribed.properties),
        _ => client::column(subscribed.client, name).unwrap_or_default(),
    }
}
