//! Traffic against a broker that is a loop in memory.

use super::*;
use crate::bench::payload::Payload;
use crate::bench::plan::Shape;
use sluice_mqtt::Version;

fn plan(publishers: usize, subscribers: usize, shape: Shape, qos: QoS) -> Plan {
    Plan {
        version: Version::V3_1_1,
        qos,
        publishers,
        subscribers,
        shape,
        window: 3,
        payload: Payload::binary(20),
        publish_prefix: "b".into(),
        subscribe_prefix: "b".into(),
    }
}

/// Publishes all that the windows allow; returns the frames with their publishers.
fn publish_all(traffic: &mut Traffic) -> Vec<(usize, Vec<u8>)> {
    let mut frames = Vec::new();
    let ready = traffic.take_ready();
    for publisher in &ready {
        let mut out = Vec::new();
        while traffic.publish(*publisher, 10, &mut out) {
            frames.push((*publisher, std::mem::take(&mut out)));
        }
    }
    traffic.put_back(ready);
    frames
}

fn feed(traffic: &mut Traffic, connection: usize, frame: &[u8]) -> Vec<u8> {
    let (inbound, _) = wire::cut(frame, Version::V3_1_1).unwrap().unwrap();
    let mut out = Vec::new();
    traffic.receive(connection, inbound, 15, &mut out).unwrap();
    out
}

#[test]
fn a_fan_out_opens_its_window_when_all_have_received() {
    let mut traffic = Traffic::new(plan(1, 2, Shape::All, QoS::AtMostOnce));
    let frames = publish_all(&mut traffic);
    assert_eq!(frames.len(), 3);
    for (_, frame) in &frames {
        feed(&mut traffic, 1, frame);
    }
    assert_eq!(publish_all(&mut traffic).len(), 0);
    feed(&mut traffic, 2, &frames[0].1);
    assert_eq!(publish_all(&mut traffic).len(), 1);
    assert_eq!(traffic.counts.deliveries, 4);
    assert_eq!(traffic.latency.quantile(500), 5);
}

#[test]
fn a_subscriber_of_many_keeps_their_numbers_apart() {
    let mut traffic = Traffic::new(plan(2, 1, Shape::All, QoS::AtMostOnce));
    for (_, frame) in publish_all(&mut traffic) {
        feed(&mut traffic, 2, &frame);
    }
    assert!(traffic.is_drained());
    assert_eq!(traffic.integrity(), Integrity::default());
}

#[test]
fn losses_copies_and_late_messages_are_counted() {
    let mut traffic = Traffic::new(plan(1, 1, Shape::Pairs, QoS::AtLeastOnce));
    let frames = publish_all(&mut traffic);
    assert_eq!(feed(&mut traffic, 1, &frames[1].1), [0x40, 2, 0, 2]);
    feed(&mut traffic, 1, &frames[1].1);
    feed(&mut traffic, 1, &frames[0].1);
    let integrity = traffic.integrity();
    assert_eq!((integrity.lost, integrity.duplicated, integrity.reordered), (1, 1, 1));
    assert!(!integrity.holds(QoS::AtLeastOnce));
}

#[test]
fn a_stalled_window_is_written_off_at_the_second_look() {
    let mut traffic = Traffic::new(plan(1, 1, Shape::Pairs, QoS::AtMostOnce));
    let frames = publish_all(&mut traffic);
    feed(&mut traffic, 1, &frames[0].1);
    traffic.write_off_stalled();
    assert_eq!(traffic.counts.stalls, 0);
    traffic.write_off_stalled();
    assert_eq!(traffic.counts.stalls, 1);
    assert!(traffic.is_drained());
    assert_eq!(publish_all(&mut traffic).len(), 3);
    assert_eq!(traffic.integrity().lost, 5);
}

#[test]
fn exactly_once_is_acknowledged_in_four_steps() {
    let mut traffic = Traffic::new(plan(1, 1, Shape::Pairs, QoS::ExactlyOnce));
    let frames = publish_all(&mut traffic);
    assert_eq!(feed(&mut traffic, 1, &frames[0].1), [0x50, 2, 0, 1]);
    assert_eq!(feed(&mut traffic, 0, &[0x50, 2, 0, 1]), [0x62, 2, 0, 1]);
    assert_eq!(feed(&mut traffic, 1, &[0x62, 2, 0, 1]), [0x70, 2, 0, 1]);
    assert_eq!(traffic.counts.acknowledged, 0);
    feed(&mut traffic, 0, &[0x70, 2, 0, 1]);
    assert_eq!(traffic.counts.acknowledged, 1);
    assert_eq!(publish_all(&mut traffic).len(), 1);
}

#[test]
fn what_this_load_did_not_send_is_foreign() {
    let mut traffic = Traffic::new(plan(1, 1, Shape::Pairs, QoS::AtMostOnce));
    publish_all(&mut traffic);
    feed(&mut traffic, 1, b"\x30\x08\x00\x03b/0hey");
    feed(&mut traffic, 1, b"\x30\x08\x00\x03b/xhey");
    assert_eq!((traffic.counts.foreign, traffic.counts.deliveries), (2, 0));
}
