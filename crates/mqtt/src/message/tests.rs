//! Messages that outlive their packet.

use super::*;
use crate::{Property, packet::tests::list};

fn message<'b>(properties: Properties<'b>, payload: &'b [u8]) -> MessageRef<'b> {
    MessageRef {
        topic: "sensor/4",
        payload,
        qos: QoS::AtLeastOnce,
        retain: true,
        properties,
        expires_at: Some(UnixMillis(1_000)),
    }
}

#[test]
fn the_owned_form_says_the_same() {
    let properties = list(&[Property::ContentType("json"), Property::UserProperty("k", "v")]);
    let borrowed = message(properties.as_properties(), b"31.5");
    let owned = borrowed.to_message();
    assert_eq!(owned.as_ref(), borrowed);
    assert_eq!(owned.payload_len(), 4);
    assert_eq!((owned.qos(), owned.retain()), (QoS::AtLeastOnce, true));
    assert_eq!(owned.expires_at(), Some(UnixMillis(1_000)));
    assert_eq!(owned.as_ref().to_message(), owned);
}

#[test]
fn only_forwarded_properties_are_kept() {
    let properties = list(&[
        Property::TopicAlias(1),
        Property::CorrelationData(&[1, 2]),
        Property::MessageExpiryInterval(60),
        Property::SubscriptionIdentifier(9),
        Property::UserProperty("k", "v"),
        Property::WillDelayInterval(3),
    ]);
    let kept = list(&[Property::CorrelationData(&[1, 2]), Property::UserProperty("k", "v")]);
    let owned = message(properties.as_properties(), b"x").to_message();
    assert_eq!(owned.as_ref().properties, kept.as_properties());
    assert_eq!(owned.as_ref().payload, b"x");
}

#[test]
fn clones_share_one_right_sized_buffer() {
    let owned = message(Properties::EMPTY, &[7; 20]).to_message();
    let clone = owned.clone();
    assert!(std::ptr::eq(owned.as_ref().payload, clone.as_ref().payload));
    assert_eq!(owned.bytes.len(), 28);
    assert_eq!(owned.size(), 28 + 16 + size_of::<Message>());
    assert!(size_of::<Message>() <= 40, "{}", size_of::<Message>());
}

#[test]
fn an_empty_payload_is_kept_empty() {
    let owned = message(Properties::EMPTY, b"").to_message();
    assert_eq!((owned.payload_len(), owned.as_ref().payload), (0, &b""[..]));
    assert_eq!(owned.as_ref().topic, "sensor/4");
}
