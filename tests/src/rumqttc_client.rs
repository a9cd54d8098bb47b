//! rumqttc, the client of Rust programs, with 3.1.1 and 5.0.

use std::time::Duration;

use rumqttc::{Client, Connection, Event, LastWill, MqttOptions, Packet, Publish, QoS, v5};

use crate::harness::{PATIENCE, Server};

const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// A 3.1.1 client, connected.
struct Old {
    client: Client,
    connection: Connection,
    session_present: bool,
}

impl Old {
    #[track_caller]
    fn connect(server: &Server, client_id: &str, adapt: impl Fn(&mut MqttOptions)) -> Self {
        let mut options = MqttOptions::new(client_id, "127.0.0.1", server.port());
        options.set_keep_alive(Duration::from_secs(30));
        adapt(&mut options);
        let (client, connection) = Client::new(options, 100);
        let mut old = Self { client, connection, session_present: false };
        old.session_present = old.wait(|packet| {
            if let Packet::ConnAck(connack) = packet { Some(connack.session_present) } else { None }
        });
        old
    }

    /// The first incoming packet that `wanted` takes something from.
    #[track_caller]
    fn wait<T>(&mut self, wanted: impl Fn(Packet) -> Option<T>) -> T {
        loop {
            if let Event::Incoming(packet) =
                self.connection.recv_timeout(PATIENCE).unwrap().unwrap()
                && let Some(found) = wanted(packet)
            {
                return found;
            }
        }
    }

    #[track_caller]
    fn subscribe(&mut self, filter: &str, qos: QoS) {
        self.client.subscribe(filter, qos).unwrap();
        self.wait(|packet| matches!(packet, Packet::SubAck(_)).then_some(()));
    }

    #[track_caller]
    fn message(&mut self) -> Publish {
        self.wait(|packet| if let Packet::Publish(publish) = packet { Some(publish) } else { None })
    }

    /// Publishes and waits for the end of the exchange.
    #[track_caller]
    fn publish(&mut self, topic: &str, qos: QoS, retain: bool, payload: &str) {
        self.client.publish(topic, qos, retain, payload).unwrap();
        match qos {
            QoS::AtMostOnce => loop {
                let event = self.connection.recv_timeout(PATIENCE).unwrap().unwrap();
                if matches!(event, Event::Outgoing(rumqttc::Outgoing::Publish(_))) {
                    break;
                }
            },
            QoS::AtLeastOnce => {
                self.wait(|packet| matches!(packet, Packet::PubAck(_)).then_some(()));
            }
            QoS::ExactlyOnce => {
                self.wait(|packet| matches!(packet, Packet::PubComp(_)).then_some(()));
            }
        }
    }

    #[track_caller]
    fn disconnect(mut self) {
        self.client.disconnect().unwrap();
        while self.connection.recv_timeout(PATIENCE).unwrap().is_ok() {}
    }
}

#[test]
fn every_qos_and_every_downgrade_with_3_1_1() {
    let server = Server::start();
    let mut sender = Old::connect(&server, "rs-sender", |_| {});
    for (granted_index, granted) in QOS.into_iter().enumerate() {
        let mut receiver = Old::connect(&server, "rs-receiver", |_| {});
        receiver.subscribe("rs/qos", granted);
        for (sent_index, sent) in QOS.into_iter().enumerate() {
            for number in 0..10 {
                sender.publish("rs/qos", sent, false, &number.to_string());
            }
            for number in 0..10 {
                let message = receiver.message();
                assert_eq!(message.payload, number.to_string());
                assert_eq!(message.qos, QOS[granted_index.min(sent_index)]);
                assert!(!message.dup && !message.retain);
            }
        }
        receiver.disconnect();
    }
}

#[test]
fn a_persistent_session_of_3_1_1_gets_what_it_missed() {
    let server = Server::start();
    let lasting = |options: &mut MqttOptions| {
        options.set_clean_session(false);
    };
    let mut receiver = Old::connect(&server, "rs-sleeper", lasting);
    assert!(!receiver.session_present);
    receiver.subscribe("rs/offline", QoS::AtLeastOnce);
    receiver.disconnect();
    let mut sender = Old::connect(&server, "rs-sender", |_| {});
    sender.publish("rs/offline", QoS::AtLeastOnce, false, "first");
    sender.publish("rs/offline", QoS::ExactlyOnce, false, "second");
    let mut receiver = Old::connect(&server, "rs-sleeper", lasting);
    assert!(receiver.session_present);
    assert_eq!(receiver.message().payload, "first");
    assert_eq!(receiver.message().payload, "second");
}

#[test]
fn retained_state_and_will_of_3_1_1() {
    let server = Server::start();
    let mut watcher = Old::connect(&server, "rs-watcher", |_| {});
    watcher.subscribe("rs/state", QoS::AtLeastOnce);
    let mut device = Old::connect(&server, "rs-device", |options| {
        options.set_last_will(LastWill::new("rs/state", "offline", QoS::AtLeastOnce, true));
    });
    device.publish("rs/state", QoS::AtLeastOnce, true, "online");
    assert_eq!(watcher.message().payload, "online");
    drop(device);
    assert_eq!(watcher.message().payload, "offline");
    let mut late = Old::connect(&server, "rs-late", |_| {});
    late.subscribe("rs/state", QoS::AtMostOnce);
    let state = late.message();
    assert!(state.retain);
    assert_eq!(state.payload, "offline");
}

/// A 5.0 client, connected.
struct New {
    client: v5::Client,
    connection: v5::Connection,
    connack: v5::mqttbytes::v5::ConnAck,
}

impl New {
    #[track_caller]
    fn connect(server: &Server, client_id: &str, expiry: Option<u32>) -> Self {
        let mut options = v5::MqttOptions::new(client_id, "127.0.0.1", server.port());
        options.set_clean_start(expiry.is_none());
        options.set_session_expiry_interval(expiry);
        let (client, mut connection) = v5::Client::new(options, 100);
        let connack = wait_5(&mut connection, |packet| {
            if let v5::Incoming::ConnAck(connack) = packet { Some(connack) } else { None }
        });
        Self { client, connection, connack }
    }

    #[track_caller]
    fn subscribe(&mut self, filter: &str) {
        self.client.subscribe(filter, v5::mqttbytes::QoS::ExactlyOnce).unwrap();
        wait_5(&mut self.connection, |packet| {
            matches!(packet, v5::Incoming::SubAck(_)).then_some(())
        });
    }

    #[track_caller]
    fn message(&mut self) -> v5::mqttbytes::v5::Publish {
        wait_5(&mut self.connection, |packet| {
            if let v5::Incoming::Publish(publish) = packet { Some(publish) } else { None }
        })
    }
}

#[track_caller]
fn wait_5<T>(connection: &mut v5::Connection, wanted: impl Fn(v5::Incoming) -> Option<T>) -> T {
    loop {
        if let v5::Event::Incoming(packet) = connection.recv_timeout(PATIENCE).unwrap().unwrap()
            && let Some(found) = wanted(packet)
        {
            return found;
        }
    }
}

#[test]
fn user_properties_travel_with_5_0() {
    let server = Server::start();
    let mut receiver = New::connect(&server, "rs-receiver", None);
    receiver.subscribe("rs/properties");
    let mut sender = New::connect(&server, "rs-sender", None);
    let pairs: Vec<_> =
        [("b", "2"), ("a", "1")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let properties = v5::mqttbytes::v5::PublishProperties {
        user_properties: pairs.clone(),
        content_type: Some("text/plain".to_owned()),
        ..Default::default()
    };
    sender
        .client
        .publish_with_properties(
            "rs/properties",
            v5::mqttbytes::QoS::ExactlyOnce,
            false,
            "payload",
            properties,
        )
        .unwrap();
    wait_5(&mut sender.connection, |packet| {
        matches!(packet, v5::Incoming::PubComp(_)).then_some(())
    });
    let message = receiver.message();
    assert_eq!(message.payload, "payload");
    let properties = message.properties.unwrap();
    assert_eq!(properties.user_properties, pairs);
    assert_eq!(properties.content_type.as_deref(), Some("text/plain"));
}

#[test]
fn a_persistent_session_of_5_0_gets_what_it_missed() {
    let server = Server::start();
    let mut receiver = New::connect(&server, "rs-sleeper-5", Some(3600));
    assert!(!receiver.connack.session_present);
    receiver.subscribe("rs/offline");
    receiver.client.disconnect().unwrap();
    while receiver.connection.recv_timeout(PATIENCE).unwrap().is_ok() {}
    let mut sender = Old::connect(&server, "rs-sender", |_| {});
    for number in 0..20 {
        sender.publish("rs/offline", QoS::ExactlyOnce, false, &number.to_string());
    }
    let mut receiver = New::connect(&server, "rs-sleeper-5", Some(3600));
    assert!(receiver.connack.session_present);
    for number in 0..20 {
        assert_eq!(receiver.message().payload, number.to_string());
    }
}
