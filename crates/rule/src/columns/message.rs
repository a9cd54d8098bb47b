//! Columns that every event of a message has. It does not know which event asks.

use sluice_mqtt::MessageRef;
use sluice_value::{Map, Value};

use super::values::{integer, text};

/// Undefined where the column tells about something else. Besides the columns of `*` it knows
/// `retain`, which `*` leaves out.
pub(super) fn column(message: &MessageRef<'_>, dup: bool, name: &str) -> Value {
    match name {
        "payload" => Value::Text(message.payload.into()),
        "topic" => text(message.topic),
        "qos" => integer(message.qos as u8),
        "retain" => Value::Bool(message.retain),
        "flags" => flags(message, dup),
        _ => Value::Undefined,
    }
}

/// `sys` marks what the broker says of itself: nobody else may publish there.
fn flags(message: &MessageRef<'_>, dup: bool) -> Value {
    let mut flags = Map::new();
    flags.insert("retain", Value::Bool(message.retain));
    flags.insert("dup", Value::Bool(dup));
    if message.topic.starts_with("$SYS/") {
        flags.insert("sys", Value::Bool(true));
    }
    Value::from(flags)
}
