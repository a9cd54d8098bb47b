//! A client whose bytes are written and read by hand. On purpose it shares no line with the codec
//! under test: a mistake there cannot hide here.

mod packet;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use super::PATIENCE;
pub(crate) use packet::{
    Connect, Packet, Publish, frame, packet_id, properties, subscribe, text, unsubscribe,
    user_property,
};

/// One TCP connection to the broker. Dropped, it ends without DISCONNECT.
pub(crate) struct RawClient {
    stream: TcpStream,
    /// Protocol level: 4 for 3.1.1, 5 for 5.0.
    level: u8,
}

impl RawClient {
    /// A connection on which nothing was sent yet.
    #[track_caller]
    pub(crate) fn dial(broker: SocketAddr, level: u8) -> Self {
        let stream = TcpStream::connect(broker).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, level }
    }

    /// Connects and gives the CONNACK beside the client.
    #[track_caller]
    pub(crate) fn connect(broker: SocketAddr, connect: &Connect) -> (Self, Packet) {
        let mut client = Self::dial(broker, connect.level);
        client.send(&connect.bytes());
        let connack = client.expect(0x20);
        (client, connack)
    }

    /// Connects; the broker must accept.
    #[track_caller]
    pub(crate) fn open(broker: SocketAddr, connect: &Connect) -> Self {
        let (client, connack) = Self::connect(broker, connect);
        assert_eq!(connack.body[1], 0, "CONNACK {connack:02x?}");
        client
    }

    /// Connects with 5.0, Clean Start 1 and no properties.
    #[track_caller]
    pub(crate) fn open_5(broker: SocketAddr, client_id: &str) -> Self {
        Self::open(broker, &Connect::v5(client_id))
    }

    /// Connects with 3.1.1 and Clean Session 1.
    #[track_caller]
    pub(crate) fn open_3(broker: SocketAddr, client_id: &str) -> Self {
        Self::open(broker, &Connect::v3(client_id))
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends what the broker may refuse halfway by closing.
    pub(crate) fn send_unless_closed(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The next packet.
    #[track_caller]
    pub(crate) fn receive(&mut self) -> Packet {
        self.receive_or_end().expect("a packet was awaited, the broker closed the connection")
    }

    /// The next packet, which must begin with `first`.
    #[track_caller]
    pub(crate) fn expect(&mut self, first: u8) -> Packet {
        let packet = self.receive();
        assert_eq!(packet.first, first, "awaited 0x{first:02x}, came {packet:02x?}");
        packet
    }

    /// The next packet, which must be exactly these bytes.
    #[track_caller]
    pub(crate) fn expect_bytes(&mut self, bytes: &[u8]) {
        let packet = self.receive();
        let found = frame(packet.first, &[&packet.body]);
        assert_eq!(found, bytes, "awaited {bytes:02x?}, came {found:02x?}");
    }

    /// The next packet, which must be a PUBLISH.
    #[track_caller]
    pub(crate) fn receive_publish(&mut self) -> packet::Received {
        let packet = self.receive();
        packet.publish(self.level)
    }

    /// `count` publishes, QoS 1 and 2 acknowledged up to their first answer.
    #[track_caller]
    pub(crate) fn receive_payloads(&mut self, count: usize) -> Vec<String> {
        (0..count)
            .map(|_| {
                let received = self.receive_publish();
                if received.qos == 1 {
                    self.send(&packet_id(0x40, received.packet_id));
                }
                received.payload
            })
            .collect()
    }

    /// PINGREQ; the next packet must be its PINGRESP: nothing else was on its way before it.
    #[track_caller]
    pub(crate) fn ping(&mut self) {
        self.send(&[0xc0, 0]);
        self.expect_bytes(&[0xd0, 0]);
    }

    /// The broker closes, without a packet before it.
    #[track_caller]
    pub(crate) fn expect_closed(&mut self) {
        if let Some(packet) = self.receive_or_end() {
            panic!("a close was awaited, came {packet:02x?}");
        }
    }

    /// With 5.0 a DISCONNECT with one of `codes`, then a close; with 3.1.1 the close alone.
    #[track_caller]
    pub(crate) fn expect_refusal(&mut self, codes: &[u8]) {
        if self.level == 5 {
            let packet = self.receive();
            assert_eq!(packet.first, 0xe0, "DISCONNECT {codes:02x?} was awaited: {packet:02x?}");
            let code = packet.body.first().copied().unwrap_or(0);
            assert!(codes.contains(&code), "DISCONNECT 0x{code:02x}, awaited {codes:02x?}");
        }
        self.expect_closed();
    }

    /// Subscribes and gives the reason codes of the SUBACK.
    #[track_caller]
    pub(crate) fn subscribe(&mut self, filter: &str, options: u8) -> Vec<u8> {
        self.send(&subscribe(self.level, 0x1001, &[], &[(filter, options)]));
        let suback = self.expect(0x90);
        assert_eq!(suback.body[..2], [0x10, 0x01], "packet identifier of {suback:02x?}");
        suback.body[if self.level == 5 { 3 } else { 2 }..].to_vec()
    }

    #[track_caller]
    pub(crate) fn publish(&mut self, publish: &Publish) {
        self.send(&publish.bytes(self.level));
    }

    /// Publishes with QoS 1 and waits for its PUBACK: the broker has routed it by then.
    #[track_caller]
    pub(crate) fn publish_acknowledged(&mut self, topic: &str, payload: &str) {
        self.publish(&Publish::new(topic, payload).qos(1, 0x2002));
        let puback = self.expect(0x40);
        assert_eq!(puback.body[..2], [0x20, 0x02], "packet identifier of {puback:02x?}");
    }

    /// A normal end: DISCONNECT, then the broker closes.
    #[track_caller]
    pub(crate) fn disconnect(mut self) {
        self.send(&[0xe0, 0]);
        self.expect_closed();
    }

    /// Ends the stream without DISCONNECT and waits until the broker has noticed.
    pub(crate) fn cut(mut self) {
        // The broker may have closed by itself already.
        let _closed_already = self.stream.shutdown(Shutdown::Write);
        while self.receive_or_end().is_some() {}
    }

    /// `None` when the broker closed or reset the connection.
    #[track_caller]
    fn receive_or_end(&mut self) -> Option<Packet> {
        let first = self.byte()?;
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("a whole packet");
        Some(Packet { first, body })
    }

    #[track_caller]
    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        match self.stream.read_exact(&mut byte) {
            Ok(()) => Some(byte[0]),
            Err(error) => {
                let ended = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset];
                assert!(
                    ended.contains(&error.kind()),
                    "neither a packet nor a close came: {error}"
                );
                None
            }
        }
    }
}
