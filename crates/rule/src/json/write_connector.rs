//! A connector as JSON, in the shape of rule files. It does not know how to connect.

use std::{num::NonZeroU16, time::Duration};

use serde_json::{Map, Value, json};

use super::secrets::{MASK, Secrets, is_secret, without_password};
use crate::{
    Connector, ConnectorKind, KafkaAcks, KafkaCompression, KafkaConnector, Unresolved,
    WebhookConnector, file::duration_text,
};

impl Connector {
    /// In the shape of rule files. With its secrets exposed,
    /// [`connector_from_json`](crate::connector_from_json) reads the same connector.
    #[must_use]
    pub fn to_json(&self, secrets: Secrets) -> Value {
        let mut out = Object::default();
        out.put("type", self.kind.type_name());
        out.put("name", &*self.name);
        out.put("description", &*self.description);
        out.put("enable", self.enabled);
        match &self.kind {
            ConnectorKind::Postgres(postgres) => {
                out.put("url", secrets.url(&postgres.url));
                out.pool_and_times(
                    postgres.pool_size,
                    postgres.connect_timeout,
                    postgres.request_timeout,
                );
            }
            ConnectorKind::Webhook(webhook) => webhook_keys(webhook, secrets, &mut out),
            ConnectorKind::Kafka(kafka) => kafka_keys(kafka, secrets, &mut out),
        }
        Value::Object(out.0)
    }
}

fn webhook_keys(webhook: &WebhookConnector, secrets: Secrets, out: &mut Object) {
    out.put("url", secrets.url(&webhook.url));
    if !webhook.headers.is_empty() {
        let header = |(name, value): &(String, Unresolved)| {
            let shown = if is_secret(name) { secrets.text(value) } else { value.expose() };
            (name.clone(), Value::from(shown))
        };
        out.put("headers", webhook.headers.iter().map(header).collect::<Map<_, _>>());
    }
    out.pool_and_times(webhook.pool_size, webhook.connect_timeout, webhook.request_timeout);
    out.put_some("ca_file", webhook.ca_file.as_deref());
}

fn kafka_keys(kafka: &KafkaConnector, secrets: Secrets, out: &mut Object) {
    let servers = kafka.bootstrap_servers.iter().map(Unresolved::expose);
    out.put("bootstrap_servers", servers.collect::<Vec<_>>());
    out.pool_and_times(None, None, kafka.request_timeout);
    out.put_some("acks", kafka.acks.map(KafkaAcks::name));
    out.put_some("compression", kafka.compression.map(KafkaCompression::name));
    if kafka.tls {
        out.put("tls", true);
    }
    out.put_some("ca_file", kafka.ca_file.as_deref());
    if let Some(sasl) = &kafka.sasl {
        let sasl = json!({
            "mechanism": sasl.mechanism.name(),
            "username": sasl.username.expose(),
            "password": secrets.text(&sasl.password),
        });
        out.put("sasl", sasl);
    }
}

impl Secrets {
    fn url(self, url: &Unresolved) -> String {
        match self {
            Self::Masked => without_password(url.expose()),
            Self::Exposed => url.expose().to_owned(),
        }
    }

    fn text(self, text: &Unresolved) -> &str {
        match self {
            Self::Masked => MASK,
            Self::Exposed => text.expose(),
        }
    }
}

/// A JSON object that leaves out what nobody said.
#[derive(Default)]
pub(super) struct Object(pub(super) Map<String, Value>);

impl Object {
    pub(super) fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    pub(super) fn put_some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    fn pool_and_times(
        &mut self,
        pool_size: Option<NonZeroU16>,
        connect_timeout: Option<Duration>,
        request_timeout: Option<Duration>,
    ) {
        self.put_some("pool_size", pool_size.map(NonZeroU16::get));
        self.put_some("connect_timeout", connect_timeout.map(duration_text));
        self.put_some("request_timeout", request_timeout.map(duration_text));
    }
}
