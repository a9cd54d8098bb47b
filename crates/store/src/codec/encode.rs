//! Entries as bytes. `docs/store-format.md` describes each. It does not know what is read back.

use sluice_journal::{Entry, Position, Receiver, RowDelivery, SessionKey};
use sluice_mqtt::{MessageRef, PacketId, SubscriptionOptions};

use super::bytes::{put_bytes, put_number};
use super::kind;
use super::value::put_value;

/// Appends the body of an entry; gives its kind.
pub(crate) fn encode(entry: &Entry<'_>, out: &mut Vec<u8>) -> u8 {
    match entry {
        Entry::Message { id, message, receivers } => {
            encode_message((*id, message), receivers.iter().copied(), out);
            kind::MESSAGE
        }
        Entry::Row { rule, rule_version, message, index, values, deliveries } => {
            put_deliveries(deliveries.iter().copied(), out);
            put_bytes(rule.as_bytes(), out);
            put_number(*rule_version, out);
            out.extend_from_slice(&message.to_le_bytes());
            put_number(u64::from(*index), out);
            put_value(values.as_value(), out);
            kind::ROW
        }
        Entry::Cursor { lane, position } => {
            put_deliveries([*lane], out);
            put_number(position.0, out);
            kind::CURSOR
        }
        Entry::ActionEnded { action } => {
            put_bytes(action.as_bytes(), out);
            kind::ACTION_ENDED
        }
        Entry::Document { name, body } => {
            put_bytes(name.as_bytes(), out);
            out.push(u8::from(body.is_some()));
            out.extend_from_slice(body.unwrap_or_default());
            kind::DOCUMENT
        }
        Entry::Retained { message } => {
            put_message(message, out);
            kind::RETAINED
        }
        Entry::Session { .. }
        | Entry::SessionEnded { .. }
        | Entry::Subscribed { .. }
        | Entry::Unsubscribed { .. }
        | Entry::Will { .. } => encode_session(entry, out),
        Entry::Received { session, packet_id } => {
            put_packet((session, packet_id), kind::RECEIVED, out)
        }
        Entry::Released { session, packet_id } => {
            put_packet((session, packet_id), kind::RELEASED, out)
        }
        Entry::SentReceived { session, packet_id } => {
            put_packet((session, packet_id), kind::SENT_RECEIVED, out)
        }
        Entry::SentComplete { session, packet_id } => {
            put_packet((session, packet_id), kind::SENT_COMPLETE, out)
        }
        Entry::Sent { session, packet_id, message: Position(message) } => {
            let kind = put_packet((session, packet_id), kind::SENT, out);
            put_number(*message, out);
            kind
        }
        Entry::Discarded { session, message: Position(message) } => {
            put_number(session.0, out);
            put_number(*message, out);
            kind::DISCARDED
        }
    }
}

fn put_packet((session, packet_id): (&SessionKey, &PacketId), kind: u8, out: &mut Vec<u8>) -> u8 {
    put_number(session.0, out);
    put_number(packet_id.0.get().into(), out);
    kind
}

/// What is said of one session: its key comes first.
fn encode_session(entry: &Entry<'_>, out: &mut Vec<u8>) -> u8 {
    let mut of = |key: u64| put_number(key, out);
    match entry {
        Entry::Session { session, client_id, expiry, disconnected_at } => {
            of(session.0);
            put_bytes(client_id.as_bytes(), out);
            put_number(u64::from(*expiry), out);
            put_number(disconnected_at.map_or(0, |at| at.0.saturating_add(1)), out);
            kind::SESSION
        }
        Entry::SessionEnded { session } => {
            of(session.0);
            kind::SESSION_ENDED
        }
        Entry::Subscribed { session, filter, options, identifier } => {
            of(session.0);
            put_bytes(filter.as_bytes(), out);
            out.push(options_byte(options));
            put_number(u64::from(*identifier), out);
            kind::SUBSCRIBED
        }
        Entry::Unsubscribed { session, filter } => {
            of(session.0);
            put_bytes(filter.as_bytes(), out);
            kind::UNSUBSCRIBED
        }
        Entry::Will { session, message, due } => {
            of(session.0);
            put_number(due.0, out);
            out.push(u8::from(message.is_some()));
            if let Some(message) = message {
                put_message(message, out);
            }
            kind::WILL
        }
        Entry::Message { .. }
        | Entry::Row { .. }
        | Entry::Cursor { .. }
        | Entry::ActionEnded { .. }
        | Entry::Document { .. }
        | Entry::Retained { .. }
        | Entry::Received { .. }
        | Entry::Released { .. }
        | Entry::Sent { .. }
        | Entry::SentReceived { .. }
        | Entry::SentComplete { .. }
        | Entry::Discarded { .. } => encode(entry, out),
    }
}

/// Appends the body of a message for these receivers: in the log once, whoever they are.
pub(crate) fn encode_message<'r>(
    (id, message): (u128, &MessageRef<'_>),
    receivers: impl ExactSizeIterator<Item = Receiver<'r>>,
    out: &mut Vec<u8>,
) {
    put_number(receivers.len() as u64, out);
    for receiver in receivers {
        put_number(receiver.session.0, out);
        out.push(receiver.qos as u8 | u8::from(receiver.retain) << 2);
        put_number(receiver.identifiers.len() as u64, out);
        for identifier in receiver.identifiers {
            put_number(u64::from(*identifier), out);
        }
    }
    out.extend_from_slice(&id.to_le_bytes());
    put_message(message, out);
}

/// Appends the body of a row for these lanes; `rest` is what followed them when it was first
/// written.
pub(crate) fn encode_row<'d>(
    deliveries: impl IntoIterator<Item = RowDelivery<'d>, IntoIter: ExactSizeIterator>,
    rest: &[u8],
    out: &mut Vec<u8>,
) {
    put_deliveries(deliveries, out);
    out.extend_from_slice(rest);
}

fn put_deliveries<'d>(
    deliveries: impl IntoIterator<Item = RowDelivery<'d>, IntoIter: ExactSizeIterator>,
    out: &mut Vec<u8>,
) {
    let deliveries = deliveries.into_iter();
    put_number(deliveries.len() as u64, out);
    for RowDelivery { action, lane } in deliveries {
        put_bytes(action.as_bytes(), out);
        put_number(u64::from(lane), out);
    }
}

fn put_message(message: &MessageRef<'_>, out: &mut Vec<u8>) {
    out.push(message.qos as u8 | u8::from(message.retain) << 2);
    put_number(message.expires_at.map_or(0, |at| at.0.saturating_add(1)), out);
    put_bytes(message.topic.as_bytes(), out);
    put_bytes(message.properties.as_bytes(), out);
    put_bytes(message.payload, out);
}

/// As in SUBSCRIBE [MQTT5-3.8.3.1].
fn options_byte(options: &SubscriptionOptions) -> u8 {
    options.qos as u8
        | u8::from(options.no_local) << 2
        | u8::from(options.retain_as_published) << 3
        | (options.retain_handling as u8) << 4
}
