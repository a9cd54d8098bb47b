//! Example values of columns, for events that are written down by hand and for documentation. It
//! does not know which columns were given.

use sluice_event::EventKind;
use sluice_value::{Map, Value};

use crate::columns;

/// What a column holds that a test leaves out: facts of the connection and the node, which rules
/// seldom look at. Who did what is never made up, so that a test cannot pass by accident.
pub(super) fn of_surroundings(name: &str) -> Option<Value> {
    Some(match name {
        "id" => Value::from(EXAMPLE_ID),
        "node" => Value::from(EXAMPLE_NODE),
        "peerhost" => Value::from(EXAMPLE_HOST),
        "peername" => Value::from(EXAMPLE_PEER),
        "sockname" => Value::from(EXAMPLE_LOCAL),
        "metadata" => columns::metadata(EXAMPLE_RULE),
        "timestamp" | "publish_received_at" | "connected_at" | "disconnected_at" => {
            Value::Integer(EXAMPLE_MILLIS)
        }
        "qos" | "expiry_interval" => Value::Integer(0),
        "payload" => Value::from(""),
        "client_attrs" => Value::from(Map::new()),
        "proto_name" => Value::from("MQTT"),
        "proto_ver" => Value::Integer(5),
        "keepalive" => Value::Integer(60),
        "receive_maximum" => Value::Integer(32),
        "clean_start" => Value::Bool(true),
        "is_bridge" | "is_superuser" => Value::Bool(false),
        _ => return None,
    })
}

/// What a column holds that the context of a rule test over REST leaves out: EMQX's examples, where
/// they differ from those of the surroundings.
pub(crate) fn of_context(kind: EventKind, name: &str) -> Option<Value> {
    let is_delivery = matches!(
        kind,
        EventKind::MessageDelivered | EventKind::MessageAcked | EventKind::DeliveryDropped
    );
    let text = match name {
        "clientid" if is_delivery => "c_emqx_2",
        "username" if is_delivery => "u_emqx_2",
        "clientid" => "c_emqx",
        "username" => "u_emqx",
        "from_clientid" => "c_emqx_1",
        "from_username" => "u_emqx_1",
        "topic" => "t/a",
        "payload" => "{\"msg\": \"hello\"}",
        "reason" if is_delivery => "queue_full",
        "reason" if kind == EventKind::MessageDropped => "no_subscribers",
        "reason" => "normal",
        "reason_code" => "success",
        "action" => "publish",
        "authz_source" => "default",
        "result" => "allow",
        "qos" => return Some(Value::Integer(1)),
        "is_anonymous" => return Some(Value::Bool(false)),
        other => return of_surroundings(other),
    };
    Some(Value::from(text))
}

/// 2026-01-01T00:00:00Z.
pub const EXAMPLE_MILLIS: i64 = 1_767_225_600_000;
/// The message identifier of a given message.
pub const EXAMPLE_ID: &str = "000651B8A4D0000000000000000000A1";
/// The node on which a given event happened.
pub const EXAMPLE_NODE: &str = "sluice@127.0.0.1";
/// The address of the client of a given event.
pub const EXAMPLE_HOST: &str = "127.0.0.1";
/// The same with a port.
pub const EXAMPLE_PEER: &str = "127.0.0.1:52001";
/// The rule that a given event is shown to, where none is named.
pub const EXAMPLE_RULE: &str = "example";
/// The node's end of the connection of a given event's client.
const EXAMPLE_LOCAL: &str = "127.0.0.1:1883";
