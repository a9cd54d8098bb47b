//! `session.unsubscribed`: one filter of an UNSUBSCRIBE was removed.

use sluice_event::SessionUnsubscribed;
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
    "unsub_props",
    "topic",
    "qos",
    "client_attrs",
    "event",
    "timestamp",
    "node",
    "metadata",
];

pub(super) fn column(unsubscribed: &SessionUnsubscribed<'_>, name: &str) -> Value {
    match name {
        "topic" => text(unsubscribed.filter),
        "qos" => integer(unsubscribed.qos as u8),
        "unsub_props" => properties_map(unsubscribed.properties),
        _ => client::column(unsubscribed.client, name).unwrap_or_default(),
    }
}
