//! Columns that every event of a client has. It does not know which event asks.

use sluice_event::ClientFacts;
use sluice_mqtt::{Properties, Version};
use sluice_value::Value;

use super::values::{address, host, integer, millis, optional_text, properties_map, text};

/// The value of a column that tells about the client; `None` where it tells about something else.
pub(super) fn column(client: &ClientFacts, name: &str) -> Option<Value> {
    Some(match name {
        "clientid" => text(&client.client_id),
        "username" => optional_text(client.username.as_deref()),
        "peerhost" => host(client.peer),
        "peername" => address(client.peer),
        "sockname" => address(client.local),
        "proto_name" => text(match client.version {
            Version::V3_1 => "MQIsdp",
            Version::V3_1_1 | Version::V5 => "MQTT",
        }),
        "proto_ver" => Value::Integer(match client.version {
            Version::V3_1 => 3,
            Version::V3_1_1 => 4,
            Version::V5 => 5,
        }),
        "keepalive" => integer(client.keep_alive),
        "clean_start" => Value::Bool(client.clean_start),
        "receive_maximum" => integer(client.receive_maximum),
        "expiry_interval" => integer(client.session_expiry),
        "is_bridge" => Value::Bool(client.is_bridge),
        "conn_props" => {
            // They were checked when CONNECT was decoded.
            properties_map(Properties::from_encoded(&client.connect_properties).unwrap_or_default())
        }
        "connected_at" => millis(client.connected_at),
        _ => return None,
    })
}
