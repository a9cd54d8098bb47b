//! What the broker says of itself below `$SYS/`. It does not know who composed it, apart from the
//! coming and going of clients, which it tells itself.

use sluice_event::{ClientFacts, Publisher};
use sluice_mqtt::{Message, MessageRef, Properties, QoS, Version};
use sluice_rule::RuleSet;
use sluice_topic::TopicName;
use sluice_value::Value;
use smallvec::SmallVec;

use super::{Core, Cx, Publication};
use crate::{Effects, Shared};

/// Whether a topic is the broker's own: nobody else publishes there, and what goes to nobody there
/// is no loss.
pub(crate) fn is_system(topic: &str) -> bool {
    topic.starts_with("$SYS/")
}

impl<S: Shared> Core<S> {
    /// Publishes what the broker says of itself.
    pub(crate) fn publish_own<E: Effects>(&mut self, cx: &mut Cx<'_, E>, messages: &[Message]) {
        self.refresh();
        for message in messages {
            self.publish_as_broker(cx, message.as_ref());
        }
    }

    fn publish_as_broker<E: Effects>(&mut self, cx: &mut Cx<'_, E>, message: MessageRef<'_>) {
        let publisher = Publisher::BROKER;
        let publication = Publication { publisher, origin: None, message, dup: false };
        // Without a ticket it does not wait.
        drop(self.publish(cx, &publication, None));
    }

    /// Tells below `$SYS/brokers/<node>/clients/` that a client has come.
    pub(crate) fn tell_connected<E: Effects>(&mut self, cx: &mut Cx<'_, E>, client: &ClientFacts) {
        if let Some(topic) = self.wanted_topic(client, "connected") {
            let own = [
                ("connack", Value::Integer(0)),
                ("keepalive", Value::Integer(client.keep_alive.into())),
                ("clean_start", Value::Bool(client.clean_start)),
                ("expiry_interval", Value::Integer(client.session_expiry.into())),
            ];
            self.tell(cx, client, &topic, own);
        }
    }

    /// Tells that a client has gone.
    pub(crate) fn tell_disconnected<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        client: &ClientFacts,
        reason: &str,
    ) {
        if let Some(topic) = self.wanted_topic(client, "disconnected") {
            let disconnected_at = millis(cx.now.unix_millis().0);
            let own = [("reason", Value::from(reason)), ("disconnected_at", disconnected_at)];
            self.tell(cx, client, &topic, own);
        }
    }

    fn tell<E: Effects, const N: usize>(
        &mut self,
        cx: &mut Cx<'_, E>,
        client: &ClientFacts,
        topic: &str,
        own: [(&str, Value); N],
    ) {
        let (proto_name, proto_ver) = match client.version {
            Version::V3_1 => ("MQIsdp", 3),
            Version::V3_1_1 => ("MQTT", 4),
            Version::V5 => ("MQTT", 5),
        };
        let username = client.username.as_deref().map_or(Value::Null, Value::from);
        let common = [
            ("clientid", Value::from(&*client.client_id)),
            ("username", username),
            ("ts", millis(cx.now.unix_millis().0)),
            ("protocol", Value::from("mqtt")),
            ("proto_name", Value::from(proto_name)),
            ("proto_ver", Value::Integer(proto_ver)),
            ("ipaddress", Value::from(client.peer.ip().to_canonical().to_string().as_str())),
            ("connected_at", millis(client.connected_at.0)),
            ("sockport", Value::Integer(client.local.port().into())),
        ];
        let payload = Value::map(common.into_iter().chain(own)).to_json();
        self.publish_as_broker(
            cx,
            MessageRef {
                topic,
                payload: payload.as_bytes(),
                qos: QoS::AtMostOnce,
                retain: false,
                properties: Properties::EMPTY,
                expires_at: None,
            },
        );
    }

    /// The topic, if a subscription or a rule takes it. Most often nobody does, and each client has
    /// topics of its own: they would fill the route cache.
    fn wanted_topic(&self, client: &ClientFacts, word: &str) -> Option<String> {
        let (node, client_id) = (&self.placement.node, &client.client_id);
        let topic = format!("$SYS/brokers/{node}/clients/{client_id}/{word}");
        let mut is_wanted = is_wanted_by_rules(self.evaluator.rules(), &topic);
        self.tree.visit(&topic, |_, _| is_wanted = true);
        // Not every client identifier may stand in a topic.
        (is_wanted && TopicName::parse(&topic).is_ok()).then_some(topic)
    }
}

fn is_wanted_by_rules(rules: &RuleSet, topic: &str) -> bool {
    let mut found = SmallVec::new();
    rules.for_topic(topic, &mut found);
    !found.is_empty()
}

fn millis(at: u64) -> Value {
    Value::Integer(i64::try_from(at).unwrap_or(i64::MAX))
}
