//! Links to outside systems, as a file names them. It does not know how to connect, and keeps
//! `${ENV:…}` and `${FILE:…}` as they stand: secrets are read where the connection is made.

use std::{fmt, num::NonZeroU16, sync::Arc, time::Duration};

/// `[connectors.<name>]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// Global: no two files may use the same.
    pub name: String,
    /// Told to whoever lists connectors.
    pub description: String,
    /// A disabled connector refuses its actions.
    pub enabled: bool,
    /// What it links to.
    pub kind: ConnectorKind,
    /// The file that names it.
    pub file: Arc<str>,
    /// The line there, counted from 1.
    pub line: usize,
}

/// What a connector links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectorKind {
    /// A PostgreSQL database.
    Postgres(PostgresConnector),
    /// An HTTP server.
    Webhook(WebhookConnector),
    /// A Kafka cluster.
    Kafka(KafkaConnector),
}

/// `type = "postgres"`; what is left out is the sink's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresConnector {
    /// `postgres://…`, TLS as its `sslmode` says.
    pub url: Unresolved,
    /// Connections at most.
    pub pool_size: Option<NonZeroU16>,
    /// How long a connection may take to be made.
    pub connect_timeout: Option<Duration>,
    /// How long one batch may take.
    pub request_timeout: Option<Duration>,
}

/// `type = "webhook"`; what is left out is the sink's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookConnector {
    /// What the path of an action is joined to.
    pub url: Unresolved,
    /// Sent with every request; those of an action win.
    pub headers: Vec<(String, Unresolved)>,
    /// Idle connections kept.
    pub pool_size: Option<NonZeroU16>,
    /// How long a connection may take to be made.
    pub connect_timeout: Option<Duration>,
    /// How long one request may take.
    pub request_timeout: Option<Duration>,
    /// PEM file with the authorities trusted beside those of the system.
    pub ca_file: Option<String>,
}

/// `type = "kafka"`; what is left out is the sink's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaConnector {
    /// Where to ask first: `host:port`, not empty.
    pub bootstrap_servers: Vec<Unresolved>,
    /// How long one record may take, retries of the client included.
    pub request_timeout: Option<Duration>,
    /// Who must have a record before it counts as written.
    pub acks: Option<KafkaAcks>,
    /// How batches travel.
    pub compression: Option<KafkaCompression>,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// PEM file with the authorities trusted instead of those of the system.
    pub ca_file: Option<String>,
    /// How to log in.
    pub sasl: Option<KafkaSasl>,
}

/// Who must have a record before it counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KafkaAcks {
    /// All replicas in sync.
    All,
    /// The leader of the partition.
    Leader,
    /// Nobody: a record counts as written when it is sent.
    None,
}

/// How batches travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is an algorithm's name")]
pub enum KafkaCompression {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// `sasl = {mechanism, username, password}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaSasl {
    /// How the password is proved.
    pub mechanism: SaslMechanism,
    /// Who.
    pub username: Unresolved,
    /// Never printed.
    pub password: Unresolved,
}

/// How a password is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a mechanism's name")]
pub enum SaslMechanism {
    Plain,
    ScramSha256,
    ScramSha512,
}

impl ConnectorKind {
    /// The type's name in rule files.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::Webhook(_) => "webhook",
            Self::Kafka(_) => "kafka",
        }
    }
}

impl KafkaAcks {
    /// Every one.
    pub(crate) const EVERY: [Self; 3] = [Self::All, Self::Leader, Self::None];

    /// The name in rule files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Leader => "leader",
            Self::None => "none",
        }
    }
}

impl KafkaCompression {
    /// Every one.
    pub(crate) const EVERY: [Self; 5] =
        [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The name in rule files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

impl SaslMechanism {
    /// Every one.
    pub(crate) const EVERY: [Self; 3] = [Self::Plain, Self::ScramSha256, Self::ScramSha512];

    /// The name in rule files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::ScramSha256 => "scram-sha-256",
            Self::ScramSha512 => "scram-sha-512",
        }
    }
}

/// A text that may hold a secret or name where one is read: `${ENV:NAME}`, `${FILE:path}`. Never
/// printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Unresolved(pub(crate) String);

impl Unresolved {
    /// A text as a file would have it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as the file has it, secrets included where the file holds them.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it reads from the environment or a file, which only an operator's file may do.
    #[must_use]
    pub fn reads_secrets(&self) -> bool {
        self.0.contains("${ENV:") || self.0.contains("${FILE:")
    }
}

impl fmt::Debug for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
