//! The settings of a connector, validated. It does not know sockets.

use std::fs::{self, File};
use std::io::Read;
use std::time::Duration;

use reqwest::Certificate;
use reqwest::header::HeaderMap;
use sluice_rule::{Connector, ConnectorKind, WebhookConnector};
use sluice_sink::{BuildError, Resolve};

use crate::base::Base;
use crate::headers;

/// What a link is made of.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where requests go.
    pub(crate) base: Base,
    /// Sent with every request.
    pub(crate) headers: HeaderMap,
    /// Idle connections kept.
    pub(crate) idle_max: usize,
    /// How long a connection may take to be made.
    pub(crate) connect_timeout: Duration,
    /// How long a request may take, connecting and answer included.
    pub(crate) request_timeout: Duration,
    /// Trusted beside those of the system.
    pub(crate) authorities: Vec<Certificate>,
}

impl Settings {
    /// Reads the settings, secrets and the file of authorities included.
    ///
    /// # Errors
    /// When a person has to change something.
    pub(crate) fn read(connector: &Connector, resolve: Resolve<'_>) -> Result<Self, BuildError> {
        let named = |detail| BuildError { name: connector.name.clone(), detail };
        match &connector.kind {
            ConnectorKind::Webhook(webhook) => validated(webhook, resolve).map_err(named),
            ConnectorKind::Postgres(_) | ConnectorKind::Kafka(_) => {
                Err(named(format!("is of type {}, not webhook", connector.kind.type_name())))
            }
        }
    }
}

fn validated(webhook: &WebhookConnector, resolve: Resolve<'_>) -> Result<Settings, String> {
    let base = Base::parse(&resolve(&webhook.url)?, webhook.url.reads_secrets())?;
    let mut headers = HeaderMap::new();
    for (name, text) in &webhook.headers {
        let Some(name) = headers::name(name)? else { continue };
        let mut value = headers::value(resolve(text)?.as_bytes())
            .map_err(|detail| format!("the value of header `{name}` {detail}"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(Settings {
        base,
        headers,
        idle_max: webhook.pool_size.map_or(IDLE_MAX, |size| usize::from(size.get())),
        connect_timeout: webhook.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        request_timeout: webhook.request_timeout.unwrap_or(REQUEST_TIMEOUT),
        authorities: webhook.ca_file.as_deref().map_or_else(|| Ok(Vec::new()), authorities)?,
    })
}

fn authorities(path: &str) -> Result<Vec<Certificate>, String> {
    let wrong = |what: String| format!("`ca_file` {path}: {what}");
    let mut pem = Vec::new();
    // Asked first: opening a pipe waits for whoever writes into it.
    let about = fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
    if !about.is_file() {
        return Err(wrong("is no plain file".to_owned()));
    }
    let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    file.take(AUTHORITIES_BYTES_MAX)
        .read_to_end(&mut pem)
        .map_err(|error| wrong(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem)
        .map_err(|_unreadable| wrong("holds no PEM certificates that can be read".to_owned()))?;
    if found.is_empty() { Err(wrong("holds no PEM certificate".to_owned())) } else { Ok(found) }
}

/// Twice the lanes of an action that says nothing.
const IDLE_MAX: usize = 32;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// Several times what all public authorities together take.
const AUTHORITIES_BYTES_MAX: u64 = 4 << 20;
