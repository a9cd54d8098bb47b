//! What is written is read back, and nothing else is.

use proptest::prelude::*;
use sluice_journal::{Entry, Position, Receiver, RowDelivery, SessionKey};
use sluice_mqtt::{
    MessageRef, PacketId, Properties, QoS, RetainHandling, SubscriptionOptions, UnixMillis,
};
use sluice_value::{Record, Value};

use super::*;
use crate::decoded::Decoded;

fn message<'m>(topic: &'m str, payload: &'m [u8], expires_at: Option<u64>) -> MessageRef<'m> {
    // Payload Format Indicator.
    let properties = Properties::from_encoded(&[0x01, 0x01]).unwrap();
    let expires_at = expires_at.map(UnixMillis);
    MessageRef { topic, payload, qos: QoS::ExactlyOnce, retain: true, properties, expires_at }
}

/// One entry of each kind, made of a few values.
fn each<'e>(
    (number, text, bytes): (u64, &'e str, &'e [u8]),
    (receivers, deliveries, values): (&'e [Receiver<'e>], &'e [RowDelivery<'e>], &'e Record),
) -> Vec<Entry<'e>> {
    let session = SessionKey(number);
    let short = u32::try_from(number & 0xffff).unwrap();
    let packet_id = PacketId::new(u16::try_from(number & 0xffff).unwrap() | 1).unwrap();
    let options = SubscriptionOptions {
        qos: QoS::AtLeastOnce,
        no_local: number & 1 == 0,
        retain_as_published: number & 2 == 0,
        retain_handling: RetainHandling::SendIfNew,
    };
    let expires_at = (number & 4 == 0).then_some(number >> 1);
    let message = message(text, bytes, expires_at);
    vec![
        Entry::Message { id: u128::from(number) << 40, message, receivers },
        Entry::Row {
            rule: text,
            rule_version: number,
            message: u128::from(number),
            index: short,
            values,
            deliveries,
        },
        Entry::Cursor { lane: RowDelivery { action: text, lane: 7 }, position: Position(number) },
        Entry::ActionEnded { action: text },
        Entry::Session {
            session,
            client_id: text,
            expiry: u32::MAX,
            disconnected_at: expires_at.map(UnixMillis),
        },
        Entry::SessionEnded { session },
        Entry::Subscribed { session, filter: text, options, identifier: short },
        Entry::Unsubscribed { session, filter: text },
        Entry::Retained { message },
        Entry::Will { session, message: Some(message), due: UnixMillis(number) },
        Entry::Will { session, message: None, due: UnixMillis(0) },
        Entry::Received { session, packet_id },
        Entry::Released { session, packet_id },
        Entry::Sent { session, packet_id, message: Position(number) },
        Entry::SentReceived { session, packet_id },
        Entry::SentComplete { session, packet_id },
        Entry::Discarded { session, message: Position(number) },
        Entry::Document { name: text, body: Some(bytes) },
        Entry::Document { name: text, body: None },
    ]
}

/// What was read, as the entry that says the same: written again it must be the same bytes.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are read one level below")]
fn again(kind: u8, decoded: &Decoded<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let kind_again = match decoded {
        Decoded::Message { id, message, receivers } => {
            let receivers: Vec<_> = receivers
                .iter()
                .map(|it| Receiver {
                    session: it.session,
                    qos: it.qos,
                    retain: it.retain,
                    identifiers: &it.identifiers,
                })
                .collect();
            encode(&Entry::Message { id: *id, message: *message, receivers: &receivers }, &mut out)
        }
        Decoded::Row { deliveries, rest } => {
            let row = decode_row(rest).unwrap();
            let deliveries: Vec<_> = deliveries
                .iter()
                .map(|(action, lane)| RowDelivery { action, lane: *lane })
                .collect();
            let entry = Entry::Row {
                rule: row.rule,
                rule_version: row.rule_version,
                message: row.message,
                index: row.index,
                values: &row.values,
                deliveries: &deliveries,
            };
            encode(&entry, &mut out)
        }
        other => encode(&entry_of(other), &mut out),
    };
    assert_eq!(kind_again, kind);
    out
}

fn entry_of<'e>(decoded: &'e Decoded<'e>) -> Entry<'e> {
    match *decoded {
        Decoded::Message { .. } | Decoded::Row { .. } => panic!("read by the caller"),
        Decoded::Cursor { action, lane, position } => {
            Entry::Cursor { lane: RowDelivery { action, lane }, position }
        }
        Decoded::ActionEnded { action } => Entry::ActionEnded { action },
        Decoded::Session { session, client_id, expiry, disconnected_at } => {
            Entry::Session { session, client_id, expiry, disconnected_at }
        }
        Decoded::SessionEnded { session } => Entry::SessionEnded { session },
        Decoded::Subscribed { session, filter, options, identifier } => {
            Entry::Subscribed { session, filter, options, identifier }
        }
        Decoded::Unsubscribed { session, filter } => Entry::Unsubscribed { session, filter },
        Decoded::Retained { message } => Entry::Retained { message },
        Decoded::Will { session, message, due } => Entry::Will { session, message, due },
        Decoded::Received { session, packet_id } => Entry::Received { session, packet_id },
        Decoded::Released { session, packet_id } => Entry::Released { session, packet_id },
        Decoded::Sent { session, packet_id, message } => {
            Entry::Sent { session, packet_id, message }
        }
        Decoded::SentReceived { session, packet_id } => Entry::SentReceived { session, packet_id },
        Decoded::SentComplete { session, packet_id } => Entry::SentComplete { session, packet_id },
        Decoded::Discarded { session, message } => Entry::Discarded { session, message },
        Decoded::Document { name, body } => Entry::Document { name, body },
    }
}

fn record(json: &str) -> Record {
    Record::try_from(Value::from_json(json.as_bytes()).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn every_entry_is_read_back(
        number in any::<u64>(),
        text in "[a-zä/+#]{0,20}",
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        identifiers in prop::collection::vec(1_u32..0x0fff_ffff, 0..3),
    ) {
        let receivers = [Receiver {
            session: SessionKey(number),
            qos: QoS::AtLeastOnce,
            retain: true,
            identifiers: &identifiers,
        }; 2];
        let deliveries = [RowDelivery { action: &text, lane: 3 }];
        let values = record(r#"{"a": 1.50, "b": [null, {"c": true}], "n": 12345678901234567890}"#);
        for entry in each((number, &text, &bytes), (&receivers, &deliveries, &values)) {
            let mut body = Vec::new();
            let kind = encode(&entry, &mut body);
            let decoded = decode(kind, &body).unwrap();
            prop_assert_eq!(&again(kind, &decoded), &body, "{:?}", entry);
            // Nothing may be missing, but what has no length of its own.
            if kind != kind::DOCUMENT {
                for end in 0..body.len() {
                    prop_assert!(decode(kind, &body[..end]).is_err(), "{:?} {}", entry, end);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_an_entry_or_an_error(
        kind in 0_u8..20,
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Ok(decoded) = decode(kind, &body) {
            again(kind, &decoded);
        }
    }
}

#[test]
fn values_of_rows_keep_everything() {
    let deep = Value::from(vec![Value::Undefined, Value::from(&b"\xff\x00"[..]), Value::Null]);
    let values = Record::try_from(Value::map([
        ("undefined", Value::Undefined),
        ("deep", deep),
        ("digits", Value::from_json(b"0.10000000000000000000001").unwrap()),
        ("small", Value::Integer(i64::MIN)),
    ]))
    .unwrap();
    let entry = Entry::Row {
        rule: "r",
        rule_version: 1,
        message: 2,
        index: 3,
        values: &values,
        deliveries: &[],
    };
    let mut body = Vec::new();
    let kind = encode(&entry, &mut body);
    let Ok(Decoded::Row { rest, .. }) = decode(kind, &body) else { panic!("{body:?}") };
    let read = decode_row(rest).unwrap().values;
    assert_eq!(format!("{read:?}"), format!("{values:?}"));
}

#[test]
fn a_count_makes_no_room_for_more_than_can_follow() {
    // Two to the 60th receivers.
    let body = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    assert!(decode(kind::MESSAGE, &body).is_err());
    assert!(decode(kind::ROW, &body).is_err());
}
