//! `message.publish`: a PUBLISH was accepted, a will fell due or a rule republished.

use sluice_event::MessagePublished;
use sluice_sql::evaluate::ColumnId;
use sluice_value::Value;

use super::{
    message,
    values::{address, host, millis, optional_text},
};

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

/// What the event tells of its publisher as plain bytes; `None` where it is built on demand.
pub(super) const fn bytes<'e>(
    published: &MessagePublished<'e>,
    column: ColumnId,
) -> Option<&'e [u8]> {
    match column {
        ColumnId::Clientid if published.publisher.client_id.is_empty() => None,
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
        | ColumnId::Payload
        | ColumnId::Peerhost
        | ColumnId::Peername
        | ColumnId::PubProps
        | ColumnId::PublishReceivedAt
        | ColumnId::Qos
        | ColumnId::Retain
        | ColumnId::Timestamp
        | ColumnId::Topic => None,
    }
}

/// `pub_props` is kept by the caller.
pub(super) fn column(published: &MessagePublished<'_>, name: &str) -> Value {
    let MessagePublished { id, publisher, message, dup, received_at } = published;
    match name {
        "id" => Value::Text(id.to_string().into()),
        // The broker itself has none.
        "clientid" => optional_text(Some(publisher.client_id).filter(|id| !id.is_empty())),
        "username" => optional_text(publisher.username),
        "peerhost" => publisher.peer.map_or(Value::Undefined, host),
        "peername" => publisher.peer.map_or(Value::Undefined, address),
        "publish_received_at" => millis(*received_at),
        _ => message::column(message, *dup, name),
    }
}
