//! Bodies for fuzzers: each takes any bytes and panics where a promise of this crate is broken.
//! They do not know where the bytes come from.

use crate::{
    Delivery, Frame, Packet, Properties, PropertyList, Publish, QoS, Version, encode_unsubscribe,
};

/// Whatever the bytes: every packet that is read is written again no longer than it came, and is
/// then read as the same packet.
pub fn packets(bytes: &[u8]) {
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        let mut rest = bytes;
        while let Ok(Some(frame)) = Frame::cut(rest, u32::MAX) {
            assert_eq!(Frame::needed(rest), Some(frame.size), "the size was known");
            let all_but_one = rest.get(..frame.size - 1).unwrap_or_default();
            assert_eq!(Frame::cut(all_but_one, u32::MAX), Ok(None), "the last byte was missing");
            packet(&frame, version);
            rest = rest.get(frame.size..).unwrap_or_default();
        }
    }
}

/// Whatever the bytes: properties that are taken are the same when pushed one by one.
pub fn properties(bytes: &[u8]) {
    if let Ok(properties) = Properties::from_encoded(bytes) {
        pushed_one_by_one(properties);
    }
}

fn packet(frame: &Frame<'_>, version: Version) {
    let Ok(packet) = Packet::decode(frame, version) else { return };
    let mut out = Vec::new();
    packet.encode(version, &mut out);
    assert!(out.len() <= frame.size, "{packet:?} grew from {} bytes to {}", frame.size, out.len());
    let again = Frame::cut(&out, u32::MAX);
    let Ok(Some(again)) = again else { panic!("{packet:?} was written as no frame: {again:?}") };
    assert_eq!(again.size, out.len(), "one packet, one frame");
    assert_eq!(Packet::decode(&again, version).as_ref(), Ok(&packet), "there and back");
    pushed_one_by_one(properties_of(&packet));
    if let Packet::Publish(publish) = &packet {
        delivered(publish, version);
    }
    if let Packet::Unsubscribe(unsubscribe) = &packet {
        let filters: Vec<&str> = unsubscribe.filters().collect();
        let (packet_id, properties) = (unsubscribe.packet_id, unsubscribe.properties);
        let mut again = Vec::new();
        encode_unsubscribe(packet_id, properties, &filters, version, &mut again);
        assert_eq!(again, out, "every filter was read");
    }
}

/// A message that was kept is delivered like one that was not.
fn delivered(publish: &Publish<'_>, version: Version) {
    let message = publish.message;
    let kept = message.to_message();
    let expiry = message.properties.message_expiry_interval();
    let direct = Delivery {
        message,
        qos: message.qos.min(QoS::AtLeastOnce),
        retain: message.retain,
        dup: false,
        packet_id: publish.packet_id,
        subscription_identifiers: &[1, 268_435_455],
        message_expiry_interval: expiry,
    };
    let (mut out, mut out_of_kept) = (Vec::new(), Vec::new());
    direct.encode(version, &mut out);
    Delivery { message: kept.as_ref(), ..direct }.encode(version, &mut out_of_kept);
    assert_eq!(out, out_of_kept, "kept and direct");
    assert_eq!(out.len(), direct.encoded_size(version), "its size was known");
    if message.topic.is_empty() {
        // An alias stood for it; the session would have put the name in.
        return;
    }
    let frame = Frame::cut(&out, u32::MAX);
    let Ok(Some(frame)) = frame else { panic!("no frame: {frame:?}") };
    let read = Publish::decode(&frame, version);
    let Ok(read) = read else { panic!("no packet: {read:?}") };
    assert_eq!((read.message.topic, read.message.payload), (message.topic, message.payload));
    if version == Version::V5 {
        assert_eq!(read.message.properties.message_expiry_interval(), expiry);
        assert_eq!(read.message.properties.topic_alias(), None);
    }
}

fn pushed_one_by_one(properties: Properties<'_>) {
    let mut list = PropertyList::new();
    list.extend(properties.iter());
    assert_eq!(list.as_properties(), properties);
}

const fn properties_of<'b>(packet: &Packet<'b>) -> Properties<'b> {
    match packet {
        Packet::Connect(packet) => packet.properties,
        Packet::ConnAck(packet) => packet.properties,
        Packet::Publish(packet) => packet.message.properties,
        Packet::PubAck(packet)
        | Packet::PubRec(packet)
        | Packet::PubRel(packet)
        | Packet::PubComp(packet) => packet.properties,
        Packet::Subscribe(packet) => packet.properties,
        Packet::SubAck(packet) => packet.properties,
        Packet::Unsubscribe(packet) => packet.properties,
        Packet::UnsubAck(packet) => packet.properties,
        Packet::PingReq | Packet::PingResp => Properties::EMPTY,
        Packet::Disconnect(packet) => packet.properties,
        Packet::Auth(packet) => packet.properties,
    }
}

#[cfg(test)]
mod tests;
