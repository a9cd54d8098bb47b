//! The link to one HTTP server. It does not know actions and rows.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use sluice_rule::{Action, ActionKind};
use sluice_sink::{BoxFuture, BuildError, Connector, OpenError, Resolve, Sink, Unavailable};

use crate::base::Base;
use crate::request::{Call, Rendered, target};
use crate::settings::Settings;
use crate::sink::WebhookSink;

/// See [`crate::TYPE`].
pub(crate) fn build(
    connector: &sluice_rule::Connector,
    resolve: Resolve<'_>,
) -> Result<Arc<dyn Connector>, BuildError> {
    let settings = Settings::read(connector, resolve)?;
    let link = Link::new(settings)
        .map_err(|detail| BuildError { name: connector.name.clone(), detail })?;
    Ok(Arc::new(WebhookConnector(Arc::new(link))))
}

/// One HTTP server.
#[derive(Debug)]
struct WebhookConnector(Arc<Link>);

/// What the sinks of a connector share: a pool of connections.
pub(crate) struct Link {
    client: Client,
    base: Base,
    headers: HeaderMap,
    request_timeout: Duration,
    /// Cut out of what the server says.
    secrets: Vec<String>,
}

impl Connector for WebhookConnector {
    /// Sends HEAD for the connector's URL; every answer counts, whatever its code. A mere
    /// connection would not do: the system accepts it in the name of a server that hangs.
    fn check(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(self.0.check())
    }

    fn open(&self, action: &Action) -> Result<Arc<dyn Sink>, OpenError> {
        let ActionKind::Webhook(call) = &action.kind else {
            let kind = action.kind.type_name();
            let detail = format!("an action of type {kind} needs a connector of type {kind}");
            return Err(OpenError { detail });
        };
        let link = Arc::clone(&self.0);
        let target = target(call, &link.base);
        let call =
            Call::new(call, &link.base, &link.headers).map_err(|detail| OpenError { detail })?;
        Ok(Arc::new(WebhookSink::new(link, call, target)))
    }
}

impl Link {
    fn new(settings: Settings) -> Result<Self, String> {
        let Settings { base, mut headers, request_timeout, .. } = settings;
        let builder = Client::builder()
            .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(settings.idle_max)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .connect_timeout(settings.connect_timeout)
            .timeout(request_timeout);
        let builder = match base.url().scheme() {
            // The system's authorities are read only where they matter: it may have none.
            "http" => builder.tls_certs_only([]),
            _ => builder.tls_certs_merge(settings.authorities),
        };
        let secrets_of_url = base.secrets();
        let client = builder.build().map_err(|error| describe(&error.without_url()))?;
        let (base, authorization) = credentials_apart(&client, &base)?;
        if let Some(authorization) = authorization {
            headers.entry(AUTHORIZATION).or_insert(authorization);
        }
        let values = headers.values().filter_map(|value| value.to_str().ok()).map(str::to_owned);
        let secrets = values
            .chain(secrets_of_url)
            .filter(|secret| secret.len() >= SECRET_BYTES_MIN)
            .collect();
        Ok(Self { client, base, headers, request_timeout, secrets })
    }

    async fn check(&self) -> Result<(), Unavailable> {
        let request = self.client.head(self.base.url().clone()).headers(self.headers.clone());
        match request.send().await {
            Ok(_any) => Ok(()),
            Err(error) => Err(Unavailable {
                target: self.base.shown().to_owned(),
                cause: error.without_url().into(),
            }),
        }
    }

    /// [`Connector::check`] for a sink.
    pub(crate) async fn serves(&self) -> Result<(), sluice_sink::BoxError> {
        self.check().await.map_err(|unavailable| unavailable.cause)
    }

    /// Sends one request; the answer's head is there when it returns.
    ///
    /// # Errors
    /// When there was no answer. The error does not hold the URL.
    pub(crate) async fn send(&self, request: Rendered) -> reqwest::Result<Response> {
        let Rendered { method, url, headers, body } = request;
        let mut builder = self.client.request(method, url).headers(headers);
        if let Some(body) = body {
            builder = builder.body(body);
        }
        builder.send().await.map_err(reqwest::Error::without_url)
    }

    /// How long one request may take.
    pub(crate) const fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// What the server must not be quoted with.
    pub(crate) fn secrets(&self) -> &[String] {
        &self.secrets
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("base", &self.base.shown()).finish_non_exhaustive()
    }
}

/// The URL without user and password, and the header that says them instead.
fn credentials_apart(client: &Client, base: &Base) -> Result<(Base, Option<HeaderValue>), String> {
    let request =
        client.get(base.url().clone()).build().map_err(|error| describe(&error.without_url()))?;
    let authorization = request.headers().get(AUTHORIZATION).cloned();
    Ok((base.without_credentials(request.url().clone()), authorization))
}

/// An error and its causes in one line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        told = format!("{told}: {cause}");
        next = cause.source();
    }
    told
}

/// Longer than servers usually wait between two requests would only find closed connections.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Shorter values are words such as `*/*` that an error may well hold.
const SECRET_BYTES_MIN: usize = 6;
