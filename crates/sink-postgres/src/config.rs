//! The settings of a connector, validated. It does not connect.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use sluice_rule::{ConnectorKind, PostgresConnector};
use sluice_sink::{BuildError, Resolve};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// What a connector needs to connect.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where errors say that rows went: `postgres warehouse`.
    pub(crate) target: String,
    pub(crate) options: PgConnectOptions,
    pub(crate) pool_size: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
}

impl Settings {
    /// Reads the settings of `connector`.
    pub(crate) fn read(
        connector: &sluice_rule::Connector,
        resolve: Resolve<'_>,
    ) -> Result<Self, BuildError> {
        let named = |detail| BuildError { name: connector.name.clone(), detail };
        match &connector.kind {
            ConnectorKind::Postgres(postgres) => {
                validated(&connector.name, postgres, resolve).map_err(named)
            }
            ConnectorKind::Webhook(_) | ConnectorKind::Kafka(_) => {
                Err(named(format!("it is of type {}", connector.kind.type_name())))
            }
        }
    }
}

fn validated(
    name: &str,
    postgres: &PostgresConnector,
    resolve: Resolve<'_>,
) -> Result<Settings, String> {
    let options = connect_options(&resolve(&postgres.url)?).map_err(|error| error.to_string())?;
    Ok(Settings {
        target: format!("postgres {name}"),
        options,
        pool_size: postgres.pool_size.map_or(POOL_SIZE, |size| usize::from(size.get())),
        connect_timeout: postgres.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        request_timeout: postgres.request_timeout.unwrap_or(REQUEST_TIMEOUT),
    })
}

/// Why a URL names no PostgreSQL server. Never holds what the URL says of a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UrlError {
    #[error("`url` begins with postgres://, as in postgres://user:password@host:5432/database")]
    Scheme,
    #[error("`url` has an unknown parameter `{0}`")]
    Parameter(String),
    #[error("`url` is wrong: {0}")]
    Wrong(String),
}

/// What `url` says. Where it does not speak of TLS, a server on this machine is asked without, any
/// other with TLS where it offers that.
pub(crate) fn connect_options(url: &str) -> Result<PgConnectOptions, UrlError> {
    if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
        return Err(UrlError::Scheme);
    }
    let keys = parameter_keys(url);
    // The parser of the URL would ignore them and log their values, which may be secrets.
    let is_known = |key: &str| KEYS.contains(&key) || key.starts_with("options[");
    if let Some(unknown) = keys.iter().find(|key| !is_known(key)) {
        return Err(UrlError::Parameter((*unknown).to_owned()));
    }
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        let is_configuration = matches!(error, sqlx::Error::Configuration(_));
        // Its own text says no more than that of its cause.
        let cause = std::error::Error::source(&error).filter(|_| is_configuration);
        UrlError::Wrong(cause.map_or_else(|| error.to_string(), ToString::to_string))
    })?;
    let speaks_of_tls = keys.iter().any(|key| matches!(*key, "sslmode" | "ssl-mode"));
    let options = match (speaks_of_tls, is_on_this_machine(&options)) {
        (true, _) => options,
        (false, true) => options.ssl_mode(PgSslMode::Disable),
        (false, false) => options.ssl_mode(PgSslMode::Prefer),
    };
    let is_named = keys.contains(&"application_name");
    let options = if is_named { options } else { options.application_name("sluice") };
    Ok(options.disable_statement_logging())
}

fn parameter_keys(url: &str) -> Vec<&str> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').map_or(pair, |(key, _)| key)).collect()
}

fn is_on_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    options.get_socket().is_some()
        || host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

const POOL_SIZE: usize = 8;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Parameters that a URL may have.
const KEYS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

#[cfg(test)]
mod tests;
