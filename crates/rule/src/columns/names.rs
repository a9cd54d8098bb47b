//! Which columns each kind of event has, raised or not: given events and documentation need them
//! all.

use sluice_event::EventKind;

use super::{
    client_connected, client_disconnected, message_dropped, message_publish, session_subscribed,
    session_unsubscribed,
};

/// What `SELECT *` gives for an event of this kind, in order.
#[must_use]
pub const fn column_names(kind: EventKind) -> &'static [&'static str] {
    match kind {
        EventKind::MessagePublish => message_publish::NAMES,
        EventKind::MessageDelivered => MESSAGE_DELIVERED,
        EventKind::MessageAcked => MESSAGE_ACKED,
        EventKind::MessageDropped => message_dropped::NAMES,
        EventKind::DeliveryDropped => DELIVERY_DROPPED,
        EventKind::ClientConnected => client_connected::NAMES,
        EventKind::ClientDisconnected => client_disconnected::NAMES,
        EventKind::ClientConnack => CLIENT_CONNACK,
        EventKind::ClientCheckAuthnComplete => CLIENT_CHECK_AUTHN_COMPLETE,
        EventKind::ClientCheckAuthzComplete => CLIENT_CHECK_AUTHZ_COMPLETE,
        EventKind::ClientPing => CLIENT_PING,
        EventKind::SessionSubscribed => session_subscribed::NAMES,
        EventKind::SessionUnsubscribed => session_unsubscribed::NAMES,
    }
}

macro_rules! columns {
    ($($name:literal)*) => { &[$($name,)* "event", "timestamp", "node", "metadata"] };
}

const MESSAGE_DELIVERED: &[&str] = columns!(
    "id" "from_clientid" "from_username" "clientid" "username" "peerhost" "peername" "payload"
    "topic" "qos" "flags" "pub_props" "publish_received_at"
);
const MESSAGE_ACKED: &[&str] = columns!(
    "id" "from_clientid" "from_username" "clientid" "username" "peerhost" "peername" "payload"
    "topic" "qos" "flags" "pub_props" "puback_props" "publish_received_at"
);
const DELIVERY_DROPPED: &[&str] = columns!(
    "id" "reason" "from_clientid" "from_username" "clientid" "username" "peerhost" "peername"
    "payload" "topic" "qos" "flags" "pub_props" "publish_received_at"
);
const CLIENT_CONNACK: &[&str] = columns!(
    "reason_code" "clientid" "clean_start" "username" "peername" "sockname" "proto_name"
    "proto_ver" "keepalive" "expiry_interval" "connected_at" "conn_props"
);
const CLIENT_CHECK_AUTHN_COMPLETE: &[&str] = columns!(
    "clientid" "username" "peername" "reason_code" "is_anonymous" "is_superuser" "client_attrs"
);
const CLIENT_CHECK_AUTHZ_COMPLETE: &[&str] = columns!(
    "clientid" "username" "peerhost" "peername" "topic" "action" "authz_source" "result"
    "client_attrs"
);
const CLIENT_PING: &[&str] = columns!(
    "clientid" "clean_start" "username" "peername" "sockname" "proto_name" "proto_ver" "keepalive"
    "expiry_interval" "conn_props"
);
