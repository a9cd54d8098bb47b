//! How connections begin and end.

use sluice_mqtt::{Packet, QoS, Version};
use sluice_session::Limits;
use sluice_testkit::Time;

use crate::stage::{Client, play};

#[test]
fn a_silent_client_is_closed_after_one_and_a_half_keep_alives() {
    play(&Limits::default(), |stage| {
        let new = stage.connect(&Client { keep_alive: 10, ..Client::new("c") });
        let old = stage.connect(&Client { keep_alive: 10, ..Client::v3("d") });
        stage.wait(Time::millis(9_000));
        stage.send(old, &Packet::PingReq);
        assert_eq!(stage.read(old), ["pingresp"]);
        stage.wait(Time::millis(5_900));
        assert!(stage.read(new).is_empty());
        // [MQTT5-3.1.2-22], [MQTT3-3.1.2-24]
        stage.wait(Time::millis(200));
        assert_eq!(stage.read(new), ["disconnect 0x8d", "closed"]);
        assert!(stage.read(old).is_empty());
        stage.wait(Time::millis(8_900));
        assert_eq!(stage.read(old), ["closed"]);
    });
}

#[test]
fn a_client_that_never_sends_connect_is_closed() {
    play(&Limits { connect_timeout: 5_000, ..Limits::default() }, |stage| {
        let wire = stage.dial(Version::V5);
        stage.wait(Time::millis(4_900));
        assert!(stage.read(wire).is_empty());
        stage.wait(Time::millis(200));
        assert_eq!(stage.read(wire), ["closed"]);
        assert_eq!(stage.engine.sum().connections_open, 0);
    });
}

#[test]
fn what_is_no_packet_ends_that_connection_only() {
    play(&Limits::default(), |stage| {
        let other = stage.connect(&Client::new("d"));
        for (bytes, reason) in [
            // PINGREQ with a body, SUBSCRIBE with wrong flags, packet type 0.
            (&[0xC0, 1, 0][..], "0x81"),
            (&[0x80, 6, 0, 1, 0, 0, 0, 0][..], "0x81"),
            (&[0x00, 0][..], "0x81"),
            // A PUBACK without its identifier.
            (&[0x40, 0][..], "0x81"),
            // PINGRESP, which only a server may send.
            (&[0xD0, 0][..], "0x82"),
        ] {
            let wire = stage.connect(&Client::lasting("c"));
            stage.bytes(wire, bytes);
            assert_eq!(stage.read(wire), [format!("disconnect {reason}"), "closed".to_owned()]);
        }
        let wire = stage.connect(&Client::lasting("c"));
        stage.bytes(wire, &Client::lasting("c").encode());
        // [MQTT5-3.1.0-2]
        assert_eq!(stage.read(wire), ["disconnect 0x82", "closed"]);
        stage.send(other, &Packet::PingReq);
        assert_eq!(stage.read(other), ["pingresp"]);
    });
}

#[test]
fn packets_cut_anywhere_are_put_together() {
    play(&Limits::default(), |stage| {
        let watcher = stage.connect(&Client::new("w"));
        stage.subscribe(watcher, "t", 0);
        let wire = stage.dial(Version::V5);
        for byte in Client::new("c").encode() {
            stage.bytes(wire, &[byte]);
        }
        assert_eq!(stage.read(wire), ["connack 0x00"]);
        for byte in [0x30, 5, 0, 1, b't', 0, b'x', 0x30, 5, 0, 1, b't', 0, b'y'] {
            stage.bytes(wire, &[byte]);
        }
        assert_eq!(stage.read(watcher), ["publish t x q0", "publish t y q0"]);
    });
}

#[test]
fn what_follows_connect_in_one_segment_is_handled_at_home() {
    play(&Limits::default(), |stage| {
        let mut bytes = Client::new("c").encode();
        let id = crate::stage::packet_id(900);
        let options = sluice_mqtt::SubscriptionOptions {
            qos: QoS::AtLeastOnce,
            ..sluice_mqtt::SubscriptionOptions::default()
        };
        let entry = sluice_mqtt::SubscribeEntry { filter: "t", options };
        let none = sluice_mqtt::Properties::EMPTY;
        sluice_mqtt::encode_subscribe(id, none, &[entry], Version::V5, &mut bytes);
        let wire = stage.dial(Version::V5);
        stage.bytes(wire, &bytes);
        assert_eq!(stage.read(wire), ["connack 0x00", "suback 900 01"]);
    });
}

#[test]
fn a_client_without_a_name_gets_one() {
    play(&Limits::default(), |stage| {
        stage.connect(&Client::new(""));
        stage.connect(&Client { clean_start: true, ..Client::v3("") });
        let sum = stage.engine.sum();
        assert_eq!((sum.sessions, sum.connections_open), (2, 2));
        // [MQTT3-3.1.3-8]
        let wire = stage.dial(Version::V3_1_1);
        stage.bytes(wire, &Client::v3("").encode());
        assert_eq!(stage.read(wire), ["connack 0x85", "closed"]);
    });
}

#[test]
fn an_unknown_level_is_answered_in_the_old_format() {
    play(&Limits::default(), |stage| {
        let wire = stage.dial(Version::V3_1_1);
        stage.bytes(wire, &[0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 9, 2, 0, 0, 0, 1, b'c']);
        // [MQTT3-3.1.2-2]
        assert_eq!(stage.read(wire), ["connack 0x84", "closed"]);
    });
}
