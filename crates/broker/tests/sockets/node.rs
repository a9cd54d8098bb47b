//! A broker on loopback, and clients that are sockets. It does not know what is right.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use sluice_broker::{Broker, BrokerConfig, Limits, RetainedLimits};
use sluice_mqtt::{
    Connect, Frame, MessageRef, Packet, PacketId, Properties, Publish, QoS, SubscribeEntry,
    SubscriptionOptions, Version, Will, encode_subscribe,
};

/// A running broker.
pub(crate) struct Node {
    broker: Broker,
    listener: TcpListener,
}

impl Node {
    pub(crate) fn start(workers: u16, connections_max: usize) -> Self {
        let node = Self::prepare(workers, connections_max);
        node.listen();
        node
    }

    /// Its port takes connections, which wait until it listens.
    pub(crate) fn prepare(workers: u16, connections_max: usize) -> Self {
        let config = BrokerConfig {
            node: "node".to_owned(),
            workers,
            limits: Limits::default(),
            retained: RetainedLimits { messages_max: 1000, bytes_max: 100_000_000 },
            connections_max,
            seed: 5,
        };
        let broker = Broker::start(&config).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self { broker, listener }
    }

    pub(crate) fn listen(&self) {
        for index in 0..self.broker.workers() {
            self.broker.listen(index, "tcp.test", self.listener.try_clone().unwrap());
        }
    }

    pub(crate) fn stop(self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.broker.stop());
    }

    /// A client that was let in.
    pub(crate) fn connect(&self, client_id: &str, will: Option<&str>) -> Socket {
        let mut socket = self.open();
        socket.write(&connect(client_id, will));
        assert_eq!(socket.next().as_deref(), Some("connack"));
        socket
    }

    /// A socket that has said nothing.
    pub(crate) fn open(&self) -> Socket {
        let stream = TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Socket { stream, read: Vec::new() }
    }
}

/// A client's end.
pub(crate) struct Socket {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

impl Socket {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// No more will be sent; what comes is still read.
    pub(crate) fn end(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    pub(crate) fn subscribe(&mut self, filter: &str, qos: QoS) {
        let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
        let entries = [SubscribeEntry { filter, options }];
        let mut bytes = Vec::new();
        encode_subscribe(packet_id(), Properties::EMPTY, &entries, Version::V5, &mut bytes);
        self.write(&bytes);
        assert_eq!(self.next().as_deref(), Some("suback"));
    }

    pub(crate) fn publish(&mut self, topic: &str, qos: QoS) {
        self.publish_message(message(topic, qos));
    }

    pub(crate) fn retain(&mut self, topic: &str, payload: &[u8]) {
        let message = message(topic, QoS::AtMostOnce);
        self.publish_message(MessageRef { retain: true, payload, ..message });
    }

    fn publish_message(&mut self, message: MessageRef<'_>) {
        let packet_id = (message.qos > QoS::AtMostOnce).then(packet_id);
        let mut bytes = Vec::new();
        Packet::Publish(Publish { dup: false, packet_id, message }).encode(Version::V5, &mut bytes);
        self.write(&bytes);
    }

    /// The next packet that the broker sent; `None` when it has closed the connection.
    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            if let Some(frame) = Frame::cut(&self.read, u32::MAX).unwrap() {
                let text = describe(&Packet::decode(&frame, Version::V5).unwrap());
                let size = frame.size;
                self.read.drain(..size);
                return Some(text);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer).unwrap() {
                0 => return None,
                count => self.read.extend_from_slice(&buffer[..count]),
            }
        }
    }
}

pub(crate) fn connect(client_id: &str, will: Option<&str>) -> Vec<u8> {
    let will = will.map(|topic| Will { message: message(topic, QoS::AtMostOnce) });
    let mut bytes = Vec::new();
    let connect = Connect {
        version: Version::V5,
        is_bridge: false,
        clean_start: true,
        keep_alive: 0,
        client_id,
        will,
        username: None,
        password: None,
        properties: Properties::EMPTY,
    };
    connect.encode(&mut bytes);
    bytes
}

/// So many bytes, or a few more, of PUBLISH packets that nobody wants.
pub(crate) fn publishes(size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < size {
        let message = message("nobody/wants/this", QoS::AtMostOnce);
        Packet::Publish(Publish { dup: false, packet_id: None, message })
            .encode(Version::V5, &mut bytes);
    }
    bytes
}

fn message(topic: &str, qos: QoS) -> MessageRef<'_> {
    MessageRef {
        topic,
        payload: b"x",
        qos,
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    }
}

fn packet_id() -> PacketId {
    PacketId::new(1).unwrap()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "scenes look at what servers send")]
fn describe(packet: &Packet<'_>) -> String {
    match packet {
        Packet::ConnAck(_) => "connack".to_owned(),
        Packet::Publish(publish) => publish.message.topic.to_owned(),
        Packet::PubAck(_) => "puback".to_owned(),
        Packet::SubAck(_) => "suback".to_owned(),
        Packet::PingResp => "pingresp".to_owned(),
        Packet::Disconnect(packet) => format!("disconnect {:#04x}", packet.reason.as_u8()),
        other => panic!("unexpected {other:?}"),
    }
}
