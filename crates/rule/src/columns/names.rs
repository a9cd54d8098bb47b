//! Which columns each kind of event has, raised or not: given events and documentation need them
//! all.

use sluice_event::EventKind;

use super::{
    client_connack, client_connected, client_disconnected, client_ping, delivery_dropped,
    message_acked, message_delivered, message_dropped, message_publish, session_subscribed,
    session_unsubscribed,
};

/// What `SELECT *` gives for an event of this kind, in order.
#[must_use]
pub const fn column_names(kind: EventKind) -> &'static [&'static str] {
    match kind {
        EventKind::MessagePublish => message_publish::NAMES,
        EventKind::MessageDelivered => message_delivered::NAMES,
        EventKind::MessageAcked => message_acked::NAMES,
        EventKind::MessageDropped => message_dropped::NAMES,
        EventKind::DeliveryDropped => delivery_dropped::NAMES,
        EventKind::ClientConnected => client_connected::NAMES,
        EventKind::ClientDisconnected => client_disconnected::NAMES,
        EventKind::ClientConnack => client_connack::NAMES,
        EventKind::ClientCheckAuthnComplete => CLIENT_CHECK_AUTHN_COMPLETE,
        EventKind::ClientCheckAuthzComplete => CLIENT_CHECK_AUTHZ_COMPLETE,
        EventKind::ClientPing => client_ping::NAMES,
        EventKind::SessionSubscribed => session_subscribed::NAMES,
        EventKind::SessionUnsubscribed => session_unsubscribed::NAMES,
    }
}

macro_rules! columns {
    ($($name:literal)*) => { &[$($name,)* "event", "timestamp", "node", "metadata"] };
}

const CLIENT_CHECK_AUTHN_COMPLETE: &[&str] = columns!(
    "clientid" "username" "peername" "reason_code" "is_anonymous" "is_superuser" "client_attrs"
);
const CLIENT_CHECK_AUTHZ_COMPLETE: &[&str] = columns!(
    "clientid" "username" "peerhost" "peername" "topic" "action" "authz_source" "result"
    "client_attrs"
);
