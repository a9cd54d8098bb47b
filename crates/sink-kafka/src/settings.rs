//! What a connector's settings mean to librdkafka. It does not know connections.

use std::fmt::Display;
use std::fs::{self, File};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use sluice_rule::{
    ConnectorKind, KafkaAcks, KafkaCompression, KafkaConnector, KafkaSasl, MASK, SaslMechanism,
};
use sluice_sink::{BuildError, Resolve};

/// Where a connector links to, and how.
pub(crate) struct Settings {
    /// The connector's name.
    pub(crate) name: String,
    /// How long one record may take.
    pub(crate) request_timeout: Duration,
    /// Must not stand in a log line or an error.
    pub(crate) password: Option<String>,
    /// For librdkafka.
    pub(crate) client: ClientConfig,
}

impl Settings {
    /// Reads secrets and says what librdkafka is told.
    ///
    /// # Errors
    /// A secret is missing, or a value cannot be right.
    pub(crate) fn new(
        connector: &sluice_rule::Connector,
        resolve: Resolve<'_>,
    ) -> Result<Self, BuildError> {
        let refuse = |detail: String| BuildError { name: connector.name.clone(), detail };
        let kafka = match &connector.kind {
            ConnectorKind::Kafka(kafka) => kafka,
            ConnectorKind::Postgres(_) | ConnectorKind::Webhook(_) => {
                let other = connector.kind.type_name();
                return Err(refuse(format!("its type is {other}, not kafka")));
            }
        };
        let request_timeout =
            kafka.request_timeout.unwrap_or(REQUEST_TIMEOUT).max(REQUEST_TIMEOUT_MIN);
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", servers(kafka, resolve).map_err(refuse)?);
        promises(kafka, &mut client);
        pace(request_timeout, &mut client);
        let password = security(kafka, resolve, &mut client).map_err(refuse)?;
        Ok(Self { name: connector.name.clone(), request_timeout, password, client })
    }
}

fn servers(kafka: &KafkaConnector, resolve: Resolve<'_>) -> Result<String, String> {
    let mut servers = Vec::with_capacity(kafka.bootstrap_servers.len());
    for server in &kafka.bootstrap_servers {
        let is_secret = server.reads_secrets();
        let server = resolve(server)?;
        // A text that was read from the environment may hold several.
        for server in server.split(',').map(str::trim) {
            let port = server.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none_or(|port| port == 0) {
                let shown = if is_secret { MASK } else { server };
                return Err(format!("`bootstrap_servers`: `{shown}` is no `host:port`"));
            }
            servers.push(server.to_owned());
        }
    }
    Ok(servers.join(","))
}

/// Who must have a record, and in which order.
fn promises(kafka: &KafkaConnector, client: &mut ClientConfig) {
    match kafka.acks.unwrap_or(KafkaAcks::All) {
        KafkaAcks::All => client.set("acks", "all").set("enable.idempotence", "true"),
        // Without idempotence a retry would overtake what is under way behind it.
        KafkaAcks::Leader => {
            client.set("acks", "1").set("max.in.flight.requests.per.connection", "1")
        }
        KafkaAcks::None => client.set("acks", "0"),
    };
    let compression = match kafka.compression.unwrap_or(KafkaCompression::None) {
        KafkaCompression::None => "none",
        KafkaCompression::Gzip => "gzip",
        KafkaCompression::Snappy => "snappy",
        KafkaCompression::Lz4 => "lz4",
        KafkaCompression::Zstd => "zstd",
    };
    client
        .set("compression.type", compression)
        // As Java's client, so that one key means one partition whoever writes.
        .set("partitioner", "murmur2_random")
        // Brokers and topics have limits of their own, usually lower.
        .set("message.max.bytes", RECORD_BYTES_MAX.to_string())
        .set("queue.buffering.max.messages", QUEUE_ROWS_MAX.to_string())
        .set("queue.buffering.max.kbytes", QUEUE_KIB_MAX.to_string());
}

/// How long things take.
fn pace(request_timeout: Duration, client: &mut ClientConfig) {
    // Half, so that a record has a second chance when the first broker is dead and silent.
    let answer = request_timeout / 2;
    client
        .set("client.id", "sluice")
        .set("message.timeout.ms", millis(request_timeout, i32::MAX.unsigned_abs()))
        .set("socket.timeout.ms", millis(answer, 300_000))
        .set("request.timeout.ms", millis(answer, 900_000))
        .set("topic.metadata.propagation.max.ms", millis(answer.min(TOPIC_APPEARS), 3_600_000))
        .set("linger.ms", LINGER_MILLIS.to_string())
        // A cluster that is back is found soon.
        .set("reconnect.backoff.max.ms", "2000")
        // A topic that a person has made is found soon.
        .set("topic.metadata.refresh.interval.ms", "10000")
        .set("socket.keepalive.enable", "true")
        .set("log.connection.close", "false")
        .set("log.thread.name", "false")
        .set_log_level(RDKafkaLogLevel::Notice);
}

fn millis(duration: Duration, at_most: u32) -> String {
    duration.as_millis().clamp(1, u128::from(at_most)).to_string()
}

/// Gives the password.
fn security(
    kafka: &KafkaConnector,
    resolve: Resolve<'_>,
    client: &mut ClientConfig,
) -> Result<Option<String>, String> {
    let protocol = match (kafka.tls, kafka.sasl.is_some()) {
        (false, false) => "plaintext",
        (false, true) => "sasl_plaintext",
        (true, false) => "ssl",
        (true, true) => "sasl_ssl",
    };
    client.set("security.protocol", protocol);
    if let Some(ca_file) = &kafka.ca_file {
        if !kafka.tls {
            return Err("`ca_file` is for `tls = true`".to_owned());
        }
        // librdkafka does not say which file it could not read.
        let wrong = |what: String| format!("`ca_file` {ca_file}: {what}");
        // Asked first: opening a pipe waits for whoever writes into it.
        let about = fs::metadata(ca_file).map_err(|error| wrong(error.to_string()))?;
        if !about.is_file() {
            return Err(wrong("is no plain file".to_owned()));
        }
        File::open(ca_file).map_err(|error| wrong(error.to_string()))?;
        client.set("ssl.ca.location", ca_file);
    }
    let Some(KafkaSasl { mechanism, username, password }) = &kafka.sasl else { return Ok(None) };
    let mechanism = match mechanism {
        SaslMechanism::Plain => "PLAIN",
        SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
        SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
    };
    let password = resolve(password)?;
    client
        .set("sasl.mechanisms", mechanism)
        .set("sasl.username", resolve(username)?)
        .set("sasl.password", &password);
    Ok(Some(password))
}

/// `text` without the password, should it hold one.
pub(crate) fn without(password: Option<&str>, text: impl Display) -> String {
    let text = text.to_string();
    match password {
        Some(password) if !password.is_empty() && text.contains(password) => {
            text.replace(password, "******")
        }
        Some(_) | None => text,
    }
}

/// The most that key, value and headers of a record may have together.
pub(crate) const RECORD_BYTES_MAX: usize = 16 << 20;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Below this a record would run out of time on the way.
const REQUEST_TIMEOUT_MIN: Duration = Duration::from_millis(100);
/// How long a topic that is missing may take to appear.
const TOPIC_APPEARS: Duration = Duration::from_secs(5);
/// Rows come as batches already: this only keeps the first ones from leaving alone.
const LINGER_MILLIS: u32 = 1;
/// What the client holds at most, for all actions of a connector together.
const QUEUE_ROWS_MAX: usize = 100_000;
const QUEUE_KIB_MAX: usize = 64 << 10;
