//! Why `pub` or `sub` could not do what it was asked.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use sluice_mqtt::ReasonCode;

use crate::args::PropertyError;
use crate::client::ReceiveError;
use crate::format::FormatError;

/// Ends a command.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A flag has no sense, alone or beside the others.
    #[error("{0}")]
    Usage(String),
    /// There is nobody at the address.
    #[error("cannot connect to {address}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The server answered CONNECT with a failure.
    #[error("connection refused: {0}")]
    Refused(ReasonCode),
    /// The server said nothing for too long.
    #[error("the server does not answer")]
    Silent,
    /// The connection ended without DISCONNECT.
    #[error("the connection was lost")]
    Lost(#[source] Option<io::Error>),
    /// The server sent DISCONNECT.
    #[error("disconnected by the server: {0}")]
    Disconnected(ReasonCode),
    /// The server broke the protocol.
    #[error("the server sent what is not allowed")]
    Receive(#[from] ReceiveError),
    /// Every filter was refused.
    #[error("all subscriptions were refused: {0}")]
    SubscriptionsRefused(ReasonCode),
    /// The server did not take a message.
    #[error("publish refused: {0}")]
    PublishRefused(ReasonCode),
    /// `-W` passed.
    #[error("timed out")]
    TimedOut,
    /// `-f` names no readable file.
    #[error("cannot read {}", path.display())]
    PayloadFile {
        /// As given.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Standard input failed.
    #[error("cannot read standard input")]
    Input(#[source] io::Error),
    /// Standard output failed.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
}

impl ClientError {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// 2 when the command line is wrong, 1 otherwise.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Usage(_)) { 2 } else { 1 })
    }

    /// Whether whoever read the output has gone: no error worth a word.
    #[must_use]
    pub fn is_closed_output(&self) -> bool {
        matches!(self, Self::Output(cause) if cause.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<PropertyError> for ClientError {
    fn from(error: PropertyError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<FormatError> for ClientError {
    fn from(error: FormatError) -> Self {
        Self::Usage(error.to_string())
    }
}
