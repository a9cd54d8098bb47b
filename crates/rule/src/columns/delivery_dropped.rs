//! `delivery.dropped`: a session did not get a message that was meant for it.

use sluice_event::DeliveryDropped;
use sluice_value::Value;

use super::{message_delivered, values::text};

/// What `SELECT *` gives.
pub(super) const NAMES: &[&str] = &[
    "id",
    "reason",
    "from_clientid",
    "from_username",
    "clientid",
    "username",
    "peerhost",
    "peername",
    "payload",
    "topic",
    "qos",
    "flags",
    "pub_props",
    "publish_received_at",
    "event",
    "timestamp",
    "node",
    "metadata",
];

pub(super) fn column(dropped: &DeliveryDropped<'_>, name: &str) -> Value {
    match name {
        "reason" => text(dropped.reason.as_str()),
        _ => message_delivered::column(&dropped.delivered, name),
    }
}
