//! `message.acked`: a subscriber acknowledged a message, by PUBACK or PUBREC.

use sluice_event::MessageAcked;
use sluice_value::Value;

use super::{message_delivered, values::properties_map};

/// What `SELECT *` gives.
pub(super) const NAMES: &[&str] = &[
    "id",
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
    "puback_props",
    "publish_received_at",
    "event",
    "timestamp",
    "node",
    "metadata",
];

pub(super) fn column(acked: &MessageAcked<'_>, name: &str) -> Value {
    match name {
        "puback_props" => properties_map(acked.properties),
        _ => message_delivered::column(&acked.delivered, name),
    }
}
