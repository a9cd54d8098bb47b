//! What a client sees of sockets, threads and the end of the process.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sluice_mqtt::{Packet, QoS, Version};

use crate::node::{Node, connect, publishes};

fn ping() -> Vec<u8> {
    let mut bytes = Vec::new();
    Packet::PingReq.encode(Version::V5, &mut bytes);
    bytes
}

#[test]
fn a_client_that_closes_its_own_side_still_reads_what_it_asked_for() {
    let node = Node::prepare(1, 10);
    let mut client = node.open();
    client.write(&[connect("c", None), ping()].concat());
    client.end();
    node.listen();
    assert_eq!(client.next().as_deref(), Some("connack"));
    assert_eq!(client.next().as_deref(), Some("pingresp"));
    assert_eq!(client.next(), None);
    node.stop();
}

#[test]
fn a_connection_above_the_limit_is_closed_and_room_comes_back() {
    let node = Node::start(1, 2);
    let first = node.connect("1", None);
    let mut second = node.connect("2", None);
    assert_eq!(node.open().next(), None);
    drop(first);
    // Its end is seen at the latest when the next one is looked at after it.
    second.write(&ping());
    assert_eq!(second.next().as_deref(), Some("pingresp"));
    node.connect("3", None);
    node.stop();
}

#[test]
fn clients_of_all_workers_reach_each_other_in_order() {
    let node = Node::start(3, 100);
    let mut subscribers: Vec<_> = (0..8).map(|id| node.connect(&format!("s{id}"), None)).collect();
    for subscriber in &mut subscribers {
        subscriber.subscribe("t/+", QoS::AtLeastOnce);
    }
    let mut publisher = node.connect("p", None);
    for index in 0..30 {
        publisher.publish(&format!("t/{index}"), QoS::AtLeastOnce);
        assert_eq!(publisher.next().as_deref(), Some("puback"));
    }
    for subscriber in &mut subscribers {
        for index in 0..30 {
            assert_eq!(subscriber.next(), Some(format!("t/{index}")));
        }
    }
    node.stop();
}

#[test]
fn wills_reach_the_clients_of_all_workers_before_the_end() {
    let node = Node::start(4, 100);
    let mut watchers: Vec<_> = (0..8).map(|id| node.connect(&format!("w{id}"), None)).collect();
    for watcher in &mut watchers {
        watcher.subscribe("will/+", QoS::AtMostOnce);
    }
    let topics: BTreeSet<_> = (0..20).map(|id| format!("will/{id}")).collect();
    let clients: Vec<_> =
        topics.iter().map(|topic| node.connect(&format!("c-{topic}"), Some(topic))).collect();
    node.stop();
    for watcher in &mut watchers {
        let mut read = BTreeSet::new();
        loop {
            match watcher.next().unwrap() {
                goodbye if goodbye.starts_with("disconnect") => break,
                topic => assert!(read.insert(topic), "each once"),
            }
        }
        assert_eq!(read, topics);
        assert_eq!(watcher.next(), None);
    }
    drop(clients);
}

#[test]
fn a_client_that_goes_on_sending_after_its_end_holds_nobody_up() {
    let node = Node::start(1, 100);
    let floods: Vec<_> = (0..4)
        .map(|id| {
            let mut client = node.connect(&format!("flood-{id}"), None);
            // A packet that only a server may send.
            client.write(&[0xD0, 0]);
            std::thread::spawn(move || {
                let block = vec![0; 1 << 20];
                // Until the broker has seen enough.
                while client.stream.write_all(&block).is_ok() {}
            })
        })
        .collect();
    let mut client = node.connect("c", None);
    for _ in 0..20 {
        client.write(&ping());
        assert_eq!(client.next().as_deref(), Some("pingresp"));
    }
    for flood in floods {
        flood.join().unwrap();
    }
    node.stop();
}

#[test]
fn busy_publishers_do_not_keep_the_worker_from_others() {
    let node = Node::start(1, 100);
    let ends = Arc::new(AtomicBool::new(false));
    let blocks = Arc::new(AtomicUsize::new(0));
    let floods: Vec<_> = (0..2)
        .map(|id| {
            let mut client = node.connect(&format!("busy-{id}"), None);
            let (ends, blocks) = (Arc::clone(&ends), Arc::clone(&blocks));
            std::thread::spawn(move || {
                let block = publishes(64 * 1024);
                while !ends.load(Ordering::Relaxed) {
                    client.write(&block);
                    blocks.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut client = node.connect("c", None);
    let mut answer = |count: usize| {
        for _ in 0..count {
            client.write(&ping());
            assert_eq!(client.next().as_deref(), Some("pingresp"));
        }
    };
    // Until the buffers of the sockets are full.
    answer(5);
    let before = blocks.load(Ordering::Relaxed);
    answer(20);
    let blocks = blocks.load(Ordering::Relaxed) - before;
    // Not a matter of time: of each publisher one block, or a few, for each ping.
    assert!(blocks < 20 * 2 * 10, "{blocks} blocks were read before 20 pings");
    ends.store(true, Ordering::Relaxed);
    for flood in floods {
        flood.join().unwrap();
    }
    node.stop();
}

#[test]
fn more_retained_messages_than_any_buffer_holds_come_in_order() {
    let node = Node::start(2, 100);
    let mut publisher = node.connect("p", None);
    let payload = vec![b'r'; 100_000];
    let topics: Vec<_> = (0..200).map(|index| format!("t/{index:03}")).collect();
    for topic in &topics {
        publisher.retain(topic, &payload);
    }
    publisher.write(&ping());
    assert_eq!(publisher.next().as_deref(), Some("pingresp"));
    let mut subscriber = node.connect("s", None);
    subscriber.subscribe("t/+", QoS::AtMostOnce);
    for topic in &topics {
        assert_eq!(subscriber.next().as_ref(), Some(topic));
    }
    subscriber.write(&ping());
    assert_eq!(subscriber.next().as_deref(), Some("pingresp"));
    node.stop();
}
