//! What went wrong between Sluice and a server, and what helps. It does not know rows.

use std::time::Duration;

use sluice_sink::Remedy;
use sqlx::postgres::PgDatabaseError;

use crate::parameter::Unwritable;

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server is frozen, the network is gone, or the statement takes long.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error("no connection within {0:?}")]
    NoConnection(Duration),
    #[error("all connections of the pool were busy for {0:?}")]
    Busy(Duration),
    #[error("{0}")]
    Link(String),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    #[error("the batch takes more than {bytes_max} bytes as parameters")]
    Oversize {
        /// The limit.
        bytes_max: usize,
    },
}

/// What the server said.
#[derive(Debug, thiserror::Error)]
#[error("{message}{more} ({code})")]
pub(crate) struct ServerError {
    /// SQLSTATE.
    pub(crate) code: String,
    message: String,
    /// Detail and hint.
    more: String,
}

impl Failure {
    /// What helps.
    pub(crate) fn remedy(&self) -> Remedy {
        match self {
            Self::TimedOut(_) | Self::NoConnection(_) | Self::Busy(_) | Self::Link(_) => {
                Remedy::Retry
            }
            Self::Server(error) => error.remedy(),
            Self::Unwritable(_) | Self::Oversize { .. } => Remedy::Poison,
        }
    }

    /// Whether the connection can go on: the server has answered, and said nothing against it.
    pub(crate) fn spares_connection(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::NoConnection(_) | Self::Busy(_) | Self::Link(_) => false,
            Self::Server(error) => {
                !error.is_of(&["08", "25", "28", "3D", "53", "57", "58", "XX"]) && !error.is_stale()
            }
            Self::Unwritable(_) | Self::Oversize { .. } => true,
        }
    }

    /// The server's own words.
    pub(crate) const fn server_error(&self) -> Option<&ServerError> {
        if let Self::Server(error) = self { Some(error) } else { None }
    }
}

impl ServerError {
    /// Whether the code is of one of these classes, its first two characters.
    pub(crate) fn is_of(&self, classes: &[&str]) -> bool {
        classes.iter().any(|class| self.code.starts_with(class))
    }

    /// Whether a prepared statement is no longer what it was.
    pub(crate) fn is_stale(&self) -> bool {
        self.code == "26000" || self.code == "0A000" && self.message.contains("cached plan")
    }

    fn remedy(&self) -> Remedy {
        if self.is_stale() || self.is_of(&RETRIED) {
            Remedy::Retry
        } else if self.is_of(&HALTING) {
            Remedy::Halt
        } else {
            Remedy::Poison
        }
    }
}

impl From<&PgDatabaseError> for ServerError {
    fn from(error: &PgDatabaseError) -> Self {
        let code = error.code().to_owned();
        let mut more = String::new();
        for text in [error.detail(), error.hint()].into_iter().flatten() {
            more.push_str("; ");
            more.push_str(text);
        }
        // Parameters of functions that take anything.
        if code == "42P18" {
            more.push_str("; say which type it has, as in ${x}::text");
        }
        Self { code, message: error.message().to_owned(), more }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "of another crate, and means one thing")]
        match error {
            sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
                Some(error) => Self::Server(error.into()),
                None => Self::Link(error.to_string()),
            },
            // Its own text repeats that of its cause.
            sqlx::Error::Io(error) => Self::Link(error.to_string()),
            sqlx::Error::Tls(error) => Self::Link(format!("TLS: {error}")),
            other => Self::Link(other.to_string()),
        }
    }
}

/// Classes of codes after which the same may work later: the connection, the state of the
/// transaction (25006: a standby, or a primary that became one), transactions that met another one,
/// resources, objects in use, an operator's doing, the system below, a foreign server that is away.
const RETRIED: [&str; 8] = ["08", "25", "40", "53", "55", "57", "58", "HV"];

/// Classes of codes that need a person: logging in, syntax, names and rights, a database or schema
/// that is not there, a damaged table or index.
const HALTING: [&str; 5] = ["28", "42", "3D", "3F", "XX"];

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: &str, message: &str) -> Failure {
        let (code, message) = (code.to_owned(), message.to_owned());
        Failure::Server(ServerError { code, message, more: String::new() })
    }

    #[test]
    fn codes_tell_what_helps() {
        for (code, remedy) in [
            ("08006", Remedy::Retry),
            ("40001", Remedy::Retry),
            ("40P01", Remedy::Retry),
            ("53300", Remedy::Retry),
            ("55P03", Remedy::Retry),
            ("57P03", Remedy::Retry),
            ("57014", Remedy::Retry),
            ("58030", Remedy::Retry),
            ("25006", Remedy::Retry),
            ("26000", Remedy::Retry),
            ("28P01", Remedy::Halt),
            ("3D000", Remedy::Halt),
            ("3F000", Remedy::Halt),
            ("42P01", Remedy::Halt),
            ("42501", Remedy::Halt),
            ("42703", Remedy::Halt),
            ("22P02", Remedy::Poison),
            ("23505", Remedy::Poison),
            ("21000", Remedy::Poison),
            ("0A000", Remedy::Poison),
            ("P0001", Remedy::Poison),
            ("54000", Remedy::Poison),
            ("25P02", Remedy::Retry),
            ("HV00N", Remedy::Retry),
            ("XX001", Remedy::Halt),
        ] {
            assert_eq!(server(code, "no").remedy(), remedy, "{code}");
        }
        let stale = server("0A000", "cached plan must not change result type");
        assert_eq!(stale.remedy(), Remedy::Retry);
        assert!(!stale.spares_connection());
    }

    #[test]
    fn what_never_reached_the_server_is_tried_again_on_another_connection() {
        let second = Duration::from_secs(1);
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        for failure in [
            Failure::TimedOut(second),
            Failure::NoConnection(second),
            Failure::Busy(second),
            Failure::from(sqlx::Error::Io(refused)),
            Failure::from(sqlx::Error::Protocol("nonsense".to_owned())),
        ] {
            assert_eq!(failure.remedy(), Remedy::Retry, "{failure}");
            assert!(!failure.spares_connection(), "{failure}");
        }
        assert!(server("22P02", "bad number").spares_connection());
        assert!(!server("57P01", "terminating connection").spares_connection());
    }
}
