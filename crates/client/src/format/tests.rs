//! Formats against one message.

use std::time::Duration;

use sluice_mqtt::{Properties, Property, PropertyList, QoS};

use super::*;

fn print(format: &str, payload: &[u8]) -> Result<String, NotJson> {
    let mut properties = PropertyList::new();
    properties.extend([
        Property::UserProperty("k", "v"),
        Property::UserProperty("k2", "v w"),
        Property::ContentType("json"),
        Property::MessageExpiryInterval(60),
        Property::SubscriptionIdentifier(7),
    ]);
    let message = MessageRef {
        topic: "a/b",
        payload,
        qos: QoS::AtLeastOnce,
        retain: true,
        properties: properties.as_properties(),
        expires_at: None,
    };
    let received_at = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
    let subject = Subject { message: &message, packet_id: PacketId::new(3), received_at };
    let mut out = Vec::new();
    Format::parse(format).unwrap().write(subject, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn every_sequence_shows_its_value() {
    for (format, expected) in [
        ("%t %p", "a/b h\u{e9}"),
        ("%q%r%l%m", "1133"),
        ("%x %X", "68c3a9 68C3A9"),
        ("%P|%C|%E|%S", "k:v k2:v w|json|60|7"),
        ("[%A%D%F%R]", "[]"),
        ("100%% @@ \\\\ \\t", "100% @ \\ \t"),
        ("%I %U @Y-@m-@dT@T", "1970-01-01T00:00:05+0000 5.000000000 1970-01-01T00:00:05"),
    ] {
        assert_eq!(print(format, "hé".as_bytes()).unwrap(), expected, "{format}");
    }
}

#[test]
fn fields_are_padded_and_cut() {
    for (format, expected) in [
        ("%6t|%-6t|%06t", "   a/b|a/b   |   a/b"),
        ("%05l|%5l|%-05l|", "00002|    2|2    |"),
        ("%.2t|%5.1t", "a/|    a"),
    ] {
        assert_eq!(print(format, b"hi").unwrap(), expected, "{format}");
    }
}

#[test]
fn json_holds_text_or_json() {
    let head = r#"{"tst":"1970-01-01T00:00:05.000000Z","topic":"a/b","qos":1,"retain":1,"#;
    let properties = concat!(
        r#""mid":3,"properties":{"user-properties":{"k":"v","k2":"v w"},"#,
        r#""content-type":"json","message-expiry-interval":60,"subscription-identifier":7},"#
    );
    let text = format!(r#"{head}"payloadlen":8,{properties}"payload":"{{\"n\":1}}\n"}}"#);
    assert_eq!(print("%j", b"{\"n\":1}\n").unwrap(), text);
    let json = format!(r#"{head}"payloadlen":7,{properties}"payload":{{"n":1}}}}"#);
    assert_eq!(print("%J", b"{\"n\":1}").unwrap(), json);
    assert_eq!(print("%t %J", b"{"), Err(NotJson("a/b".into())));
}

#[test]
fn an_unknown_sequence_is_named() {
    assert_eq!(Format::parse("%z"), Err(FormatError::Unknown('%', 'z')));
    assert_eq!(Format::parse("@%"), Err(FormatError::Unknown('@', '%')));
    assert_eq!(Format::parse("\\q"), Err(FormatError::Unknown('\\', 'q')));
    assert_eq!(Format::parse("%10"), Err(FormatError::Incomplete));
}

#[test]
fn without_a_format_the_payload_prints() {
    let message = MessageRef {
        topic: "t",
        payload: b"\xFF\x00",
        qos: QoS::AtMostOnce,
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    };
    let subject =
        Subject { message: &message, packet_id: None, received_at: SystemTime::UNIX_EPOCH };
    let mut out = Vec::new();
    Format::plain(true).write(subject, &mut out).unwrap();
    assert_eq!(out, b"t \xFF\x00");
}
