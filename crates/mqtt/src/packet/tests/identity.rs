//! Generated packets come back from the wire as they went.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{VERSIONS, decode};
use crate::{
    Ack, Auth, ConnAck, Connect, Delivery, Disconnect, Frame, MessageRef, Packet, PacketId,
    Properties, Publish, QoS, ReasonCode, RetainHandling, SubAck, SubscribeEntry,
    SubscriptionOptions, UnixMillis, UnsubAck, Version, Will, encode_subscribe, encode_unsubscribe,
    properties::{Place, tests::list_for},
    reason_set::ReasonSet,
};

fn version() -> impl Strategy<Value = Version> {
    select(&VERSIONS[..])
}

fn packet_id() -> impl Strategy<Value = PacketId> {
    (1..=u16::MAX).prop_map(|id| PacketId::new(id).unwrap())
}

fn qos() -> impl Strategy<Value = QoS> {
    select(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][..])
}

/// Any text without U+0000.
fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,40}"
}

fn topic() -> impl Strategy<Value = String> {
    "[^\0+#]{1,40}"
}

fn reason(allowed: ReasonSet) -> impl Strategy<Value = ReasonCode> {
    select(ReasonCode::ALL).prop_filter("not in this packet", move |code| allowed.contains(*code))
}

fn options() -> impl Strategy<Value = SubscriptionOptions> {
    let handling =
        select(&[RetainHandling::Send, RetainHandling::SendIfNew, RetainHandling::DoNotSend][..]);
    (qos(), any::<bool>(), any::<bool>(), handling).prop_map(
        |(qos, no_local, retain_as_published, retain_handling)| SubscriptionOptions {
            qos,
            no_local,
            retain_as_published,
            retain_handling,
        },
    )
}

/// What the version has of the properties.
fn known(version: Version, list: &crate::PropertyList) -> Properties<'_> {
    if version == Version::V5 { list.as_properties() } else { Properties::EMPTY }
}

fn there_and_back(packet: &Packet<'_>, version: Version) {
    let mut wire = Vec::new();
    packet.encode(version, &mut wire);
    assert_eq!(Frame::needed(&wire), Some(wire.len()));
    assert_eq!(decode(&wire, version).as_ref(), Ok(packet));
}

proptest! {
    #[test]
    fn connect(
        version in version(),
        (is_bridge, clean_start, retain) in any::<(bool, bool, bool)>(),
        keep_alive in any::<u16>(),
        client_id in text(),
        will in option::of((topic(), vec(any::<u8>(), 0..300), qos(), list_for(Place::Will))),
        username in option::of(text()),
        password in option::of(vec(any::<u8>(), 0..40)),
        list in list_for(Place::Connect),
    ) {
        let will = will.as_ref().map(|(topic, payload, qos, list)| Will {
            message: MessageRef {
                topic,
                payload,
                qos: *qos,
                retain,
                properties: known(version, list),
                expires_at: None,
            },
        });
        let may_have_password = version == Version::V5 || username.is_some();
        let connect = Connect {
            version,
            is_bridge: is_bridge && version != Version::V5,
            clean_start,
            keep_alive,
            client_id: &client_id,
            will,
            username: username.as_deref(),
            password: password.as_deref().filter(|_| may_have_password),
            properties: known(version, &list),
        };
        there_and_back(&Packet::Connect(connect), version);
    }

    #[test]
    fn connack(
        version in version(),
        present in any::<bool>(),
        reason in reason(ReasonSet::CONNACK),
        list in list_for(Place::ConnAck),
    ) {
        let known_before_5 = reason
            .connect_return_code()
            .and_then(ReasonCode::from_connect_return_code)
            .unwrap_or(ReasonCode::ServerUnavailable);
        let reason = if version == Version::V5 { reason } else { known_before_5 };
        let session_present =
            present && reason == ReasonCode::Success && version != Version::V3_1;
        let properties = known(version, &list);
        there_and_back(&Packet::ConnAck(ConnAck { session_present, reason, properties }), version);
    }

    #[test]
    fn publish_and_delivery(
        version in version(),
        (dup, retain) in any::<(bool, bool)>(),
        qos in qos(),
        id in packet_id(),
        topic in topic(),
        payload in vec(any::<u8>(), 0..300),
        list in list_for(Place::Publish),
        identifiers in vec(1..=268_435_455_u32, 0..4),
        expiry in option::of(any::<u32>()),
    ) {
        let has_id = qos != QoS::AtMostOnce;
        let message = MessageRef {
            topic: &topic,
            payload: &payload,
            qos,
            retain,
            properties: known(version, &list),
            expires_at: None,
        };
        let (dup, packet_id) = (dup && has_id, has_id.then_some(id));
        there_and_back(&Packet::Publish(Publish { dup, packet_id, message }), version);

        let owned = MessageRef { expires_at: Some(UnixMillis(5)), ..message }.to_message();
        let delivery = Delivery {
            message: owned.as_ref(),
            qos,
            retain,
            dup,
            packet_id,
            subscription_identifiers: &identifiers,
            message_expiry_interval: expiry,
        };
        let mut wire = Vec::new();
        delivery.encode(version, &mut wire);
        prop_assert_eq!(wire.len(), delivery.encoded_size(version));
        let mut direct = Vec::new();
        Delivery { message, ..delivery }.encode(version, &mut direct);
        prop_assert_eq!(&wire, &direct);
        let Ok(Packet::Publish(read)) = decode(&wire, version) else { panic!("{wire:02x?}") };
        prop_assert_eq!((read.dup, read.packet_id), (dup, packet_id));
        prop_assert_eq!(read.message.payload, &payload[..]);
        if version == Version::V5 {
            let properties = read.message.properties;
            prop_assert_eq!(properties.message_expiry_interval(), expiry);
            prop_assert_eq!(properties.subscription_identifiers().collect::<Vec<_>>(), identifiers);
            prop_assert!(properties.user_properties().eq(message.properties.user_properties()));
            prop_assert_eq!(properties.topic_alias(), None);
        }
    }

    #[test]
    fn acknowledgements(
        version in version(),
        packet_id in packet_id(),
        received in reason(ReasonSet::RECEIVED),
        released in reason(ReasonSet::RELEASED),
        list in list_for(Place::Ack),
    ) {
        let properties = known(version, &list);
        let of = |reason| if version == Version::V5 { reason } else { ReasonCode::Success };
        let received = Ack { packet_id, reason: of(received), properties };
        let released = Ack { packet_id, reason: of(released), properties };
        there_and_back(&Packet::PubAck(received.clone()), version);
        there_and_back(&Packet::PubRec(received), version);
        there_and_back(&Packet::PubRel(released.clone()), version);
        there_and_back(&Packet::PubComp(released), version);
    }

    #[test]
    fn subscribe(
        version in version(),
        packet_id in packet_id(),
        filters in vec((text(), options()), 1..9),
        list in list_for(Place::Subscribe),
    ) {
        let entries: Vec<SubscribeEntry<'_>> = filters
            .iter()
            .map(|(filter, options)| SubscribeEntry {
                filter,
                options: match version {
                    Version::V5 => *options,
                    Version::V3_1 | Version::V3_1_1 => {
                        SubscriptionOptions { qos: options.qos, ..SubscriptionOptions::default() }
                    }
                },
            })
            .collect();
        let properties = known(version, &list);
        let mut wire = Vec::new();
        encode_subscribe(packet_id, properties, &entries, version, &mut wire);
        let Ok(Packet::Subscribe(read)) = decode(&wire, version) else { panic!("{wire:02x?}") };
        prop_assert_eq!((read.packet_id, read.properties), (packet_id, properties));
        prop_assert_eq!(read.entries().collect::<Vec<_>>(), entries);
        there_and_back(&Packet::Subscribe(read), version);
    }

    #[test]
    fn unsubscribe(
        version in version(),
        packet_id in packet_id(),
        filters in vec(text(), 1..9),
        list in list_for(Place::Unsubscribe),
    ) {
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        let properties = known(version, &list);
        let mut wire = Vec::new();
        encode_unsubscribe(packet_id, properties, &filters, version, &mut wire);
        let Ok(Packet::Unsubscribe(read)) = decode(&wire, version) else { panic!("{wire:02x?}") };
        prop_assert_eq!((read.packet_id, read.properties), (packet_id, properties));
        prop_assert_eq!(read.filters().collect::<Vec<_>>(), filters);
        there_and_back(&Packet::Unsubscribe(read), version);
    }

    #[test]
    fn suback_and_unsuback(
        version in version(),
        packet_id in packet_id(),
        granted in vec(reason(ReasonSet::SUBACK), 1..9),
        granted_before_5 in vec(reason(ReasonSet::SUBACK_BEFORE_5), 1..9),
        removed in vec(reason(ReasonSet::UNSUBACK), 1..9),
        list in list_for(Place::Ack),
    ) {
        let properties = known(version, &list);
        let (granted, removed) = match version {
            Version::V5 => (granted, removed),
            Version::V3_1 | Version::V3_1_1 => (granted_before_5, Vec::new()),
        };
        let suback = SubAck { packet_id, reasons: granted[..].into(), properties };
        let unsuback = UnsubAck { packet_id, reasons: removed[..].into(), properties };
        there_and_back(&Packet::SubAck(suback), version);
        there_and_back(&Packet::UnsubAck(unsuback), version);
    }

    #[test]
    fn disconnect(
        version in version(),
        reason in reason(ReasonSet::DISCONNECT),
        list in list_for(Place::Disconnect),
    ) {
        let reason = if version == Version::V5 { reason } else { ReasonCode::Success };
        let properties = known(version, &list);
        there_and_back(&Packet::Disconnect(Disconnect { reason, properties }), version);
    }

    #[test]
    fn auth(reason in reason(ReasonSet::AUTH), list in list_for(Place::Auth)) {
        let properties = list.as_properties();
        let packet = Packet::Auth(Auth { reason, properties });
        if properties.authentication_method().is_some() {
            there_and_back(&packet, Version::V5);
        } else {
            let mut wire = Vec::new();
            packet.encode(Version::V5, &mut wire);
            let error = decode(&wire, Version::V5).unwrap_err();
            prop_assert_eq!(error.reason, ReasonCode::ProtocolError);
        }
    }
}
