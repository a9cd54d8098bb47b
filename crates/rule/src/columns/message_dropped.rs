//! `message.dropped`: a message went to nobody.

use sluice_event::MessageDropped;
use sluice_value::Value;

use super::{message_publish, values::text};

/// What `SELECT *` gives.
pub(super) const NAMES: &[&str] = &[
    "id",
    "reason",
    "clientid",
    "username",
    "payload",
    "peerhost",
    "peername",
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

pub(super) fn column(dropped: &MessageDropped<'_>, name: &str) -> Value {
    match name {
        "reason" => text(dropped.reason.as_str()),
        _ => message_publish::column(&dropped.published, name),
    }
}
