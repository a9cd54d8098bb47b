//! `message.publish`: a PUBLISH was accepted, a will fell due or a rule republished.

use sluice_event::MessagePublished;
use sluice_sql::evaluate::ColumnId;
use sluice_value::Value;

use super::values::{address, host, integer, millis, optional_text, text};

/// What `SELECT *` gives.
pub(super) const NAMES: &[&str] = &[
    "id",
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
    "client_attrs",
    "event",
    "timestamp",
    "node",
    "metadata",
];

/// What the event holds as plain bytes.
pub(super) const fn bytes<'e>(
    published: &MessagePublished<'e>,
    column: ColumnId,
) -> Option<&'e [u8]> {
    match column {
        ColumnId::Payload => Some(published.message.payload),
        ColumnId::Topic => Some(published.message.topic.as_bytes()),
        ColumnId::Clientid => Some(published.publisher.client_id.as_bytes()),
        ColumnId::Username => match published.publisher.username {
            Some(username) => Some(username.as_bytes()),
            None => None,
        },
        ColumnId::ClientAttrs
        | ColumnId::Event
        | ColumnId::Flags
        | ColumnId::Id
        | ColumnId::Metadata
        | ColumnId::Node
        | ColumnId::Peerhost
        | ColumnId::Peername
        | ColumnId::PubProps
        | ColumnId::PublishReceivedAt
        | ColumnId::Qos
        | ColumnId::Retain
        | ColumnId::Timestamp => None,
    }
}

/// `pub_props` is kept by the caller. Besides [`NAMES`] it knows `retain`, which `*` leaves out.
pub(super) fn column(published: &MessagePublished<'_>, name: &str) -> Value {
    let MessagePublished { id, publisher, message, dup, received_at } = published;
    match name {
        "id" => Value::Text(id.to_string().into()),
        "clientid" => text(publisher.client_id),
        "username" => optional_text(publisher.username),
        "payload" => Value::Text(message.payload.into()),
        "peerhost" => publisher.peer.map_or(Value::Undefined, host),
        "peername" => publisher.peer.map_or(Value::Undefined, address),
        "topic" => text(message.topic),
        "qos" => integer(message.qos as u8),
        "retain" => Value::Bool(message.retain),
        "flags" => {
            Value::map([("retain", Value::Bool(message.retain)), ("dup", Value::Bool(*dup))])
        }
        "publish_received_at" => millis(*received_at),
        _ => Value::Undefined,
    }
}
