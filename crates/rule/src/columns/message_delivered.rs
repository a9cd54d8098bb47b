//! `message.delivered`: a message was sent to one subscriber.

use sluice_event::MessageDelivered;
use sluice_value::Value;

use super::{
    client, message,
    values::{millis, optional_text, text},
};

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
    "publish_received_at",
    "event",
    "timestamp",
    "node",
    "metadata",
];

/// Client and address are the receiver's. Of a retained message the publisher is not known.
pub(super) fn column(delivered: &MessageDelivered<'_>, name: &str) -> Value {
    let published = delivered.published;
    match name {
        "id" => published.map_or(Value::Undefined, |it| Value::Text(it.id.to_string().into())),
        "from_clientid" => published.map_or(Value::Undefined, |it| text(it.author.client_id())),
        "from_username" => optional_text(published.and_then(|it| it.author.username())),
        "publish_received_at" => published.map_or(Value::Undefined, |it| millis(it.received_at)),
        "clientid" | "username" | "peerhost" | "peername" => {
            client::column(delivered.receiver, name).unwrap_or_default()
        }
        _ => message::column(&delivered.message, false, name),
    }
}
