//! What one packet costs to cut, decode and encode. It does not know sockets.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sluice_mqtt::{
    Delivery, Frame, MessageRef, Packet, PacketId, Properties, Publish, QoS, Version,
};

fn message(qos: QoS) -> MessageRef<'static> {
    MessageRef {
        topic: "site/north/line/4/sensor/17/temp",
        payload: &[b'x'; 64],
        qos,
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    }
}

fn packet_id(qos: QoS) -> Option<PacketId> {
    if qos == QoS::AtMostOnce { None } else { PacketId::new(7) }
}

const CASES: [(&str, Version, QoS); 4] = [
    ("3.1.1 QoS 0", Version::V3_1_1, QoS::AtMostOnce),
    ("3.1.1 QoS 1", Version::V3_1_1, QoS::AtLeastOnce),
    ("5.0 QoS 0", Version::V5, QoS::AtMostOnce),
    ("5.0 QoS 1", Version::V5, QoS::AtLeastOnce),
];

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode PUBLISH");
    for (name, version, qos) in CASES {
        let mut bytes = Vec::new();
        let publish = Publish { dup: false, packet_id: packet_id(qos), message: message(qos) };
        Packet::Publish(publish).encode(version, &mut bytes);
        group.throughput(Throughput::Elements(1));
        group.bench_function(name, |bencher| {
            assert_eq!(payload_len(&bytes, version), Some(64));
            bencher.iter(|| payload_len(black_box(&bytes), version));
        });
    }
}

fn payload_len(bytes: &[u8], version: Version) -> Option<usize> {
    let frame = Frame::cut(bytes, u32::MAX).ok()??;
    match Packet::decode(&frame, version) {
        Ok(Packet::Publish(publish)) => Some(publish.message.payload.len()),
        _ => None,
    }
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode delivery");
    for (name, version, qos) in CASES {
        let delivery = Delivery {
            message: message(qos),
            qos,
            retain: false,
            dup: false,
            packet_id: packet_id(qos),
            subscription_identifiers: &[],
            message_expiry_interval: None,
        };
        let mut out = Vec::with_capacity(1024);
        group.throughput(Throughput::Elements(1));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                black_box(&delivery).encode(version, &mut out);
                out.len()
            });
        });
    }
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
