//! Links to outside systems, as a file names them. It does not know how to connect, and keeps
//! `${ENV:…}` and `${FILE:…}` as they stand: secrets are read where the connection is made.

use std::{fmt, sync::Arc};

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
    Postgres {
        /// `postgres://…`
        url: Unresolved,
    },
    /// An HTTP server.
    Webhook {
        /// What the path of an action is joined to.
        url: Unresolved,
    },
    /// A Kafka cluster.
    Kafka {
        /// Where to ask first: `host:port`, not empty.
        bootstrap_servers: Vec<Unresolved>,
    },
}

impl ConnectorKind {
    /// The type's name in rule files.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Postgres { .. } => "postgres",
            Self::Webhook { .. } => "webhook",
            Self::Kafka { .. } => "kafka",
        }
    }
}

/// A text that may hold a secret or name where one is read: `${ENV:NAME}`, `${FILE:path}`. Never
/// printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Unresolved(pub(crate) String);

impl Unresolved {
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
