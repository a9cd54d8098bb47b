//! Asks a router over REST. It does not know what is asked.

use std::error::Error as _;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde_json::Value;

use super::RouterArgs;

/// The REST endpoint of a running router.
#[derive(Debug)]
pub(in crate::commands) struct Router {
    client: Client,
    /// Ends with a slash.
    base: Url,
    /// Key and secret.
    login: Option<(String, String)>,
}

/// What it answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// It did what it was asked to; null where it had nothing to say.
    Done(Value),
    /// It did not, for this reason.
    Refused(StatusCode, String),
}

impl Router {
    /// # Errors
    /// When the URL is none.
    pub(super) fn new(args: &RouterArgs) -> anyhow::Result<Self> {
        let login = args.key.clone().zip(args.secret.clone());
        Ok(Self { login, ..Self::anonymous(&args.url)? })
    }

    /// For what needs no login.
    ///
    /// # Errors
    /// When the URL is none.
    pub(in crate::commands) fn anonymous(url: &str) -> anyhow::Result<Self> {
        let trimmed = url.trim_end_matches('/').trim_end_matches("/api/v5");
        let base = Url::parse(&format!("{trimmed}/")).context("--url is no URL")?;
        if !matches!(base.scheme(), "http" | "https") {
            bail!("--url must begin with http:// or https://");
        }
        let builder = Client::builder()
            .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT);
        let builder = match base.scheme() {
            // The system's authorities are read only where they matter: it may have none.
            "http" => builder.tls_certs_only([]),
            _ => builder,
        };
        let client = builder.build().context("cannot speak HTTP")?;
        Ok(Self { client, base, login: None })
    }

    /// What `GET /status` answers.
    ///
    /// # Errors
    /// When the router cannot be asked.
    pub(in crate::commands) async fn status(&self) -> anyhow::Result<Value> {
        let mut url = self.base.clone();
        if let Ok(mut levels) = url.path_segments_mut() {
            levels.pop_if_empty().push("status");
        }
        let response = self.client.get(url).send().await.map_err(|it| self.unreachable(&it))?;
        let status = response.status();
        let bytes = self.body(response).await?;
        self.answer(status, &bytes)?.done()
    }

    /// Every rule, with what the router tells about it.
    ///
    /// # Errors
    /// When the router cannot be asked.
    pub(super) async fn rules(&self) -> anyhow::Result<Vec<Value>> {
        let mut rules = Vec::new();
        for page in 1..=PAGES_MAX {
            let query = format!("page={page}&limit={PAGE_RULES}");
            let mut answer = self.ask(Method::GET, &["rules"], Some(&query), None).await?.done()?;
            let Some(Value::Array(data)) = answer.get_mut("data").map(Value::take) else {
                bail!("{} does not answer as a router: its rules have no `data`", self.shown());
            };
            let has_next = answer.pointer("/meta/hasnext").and_then(Value::as_bool) == Some(true);
            let is_last = data.is_empty() || !has_next;
            rules.extend(data);
            if is_last {
                break;
            }
        }
        Ok(rules)
    }

    /// Every connector, with what the router tells about it.
    ///
    /// # Errors
    /// When the router cannot be asked.
    pub(super) async fn connectors(&self) -> anyhow::Result<Vec<Value>> {
        let answer = self.ask(Method::GET, &["connectors"], None, None).await?.done()?;
        let Value::Array(connectors) = answer else {
            bail!("{} does not answer as a router: its connectors are no list", self.shown());
        };
        Ok(connectors)
    }

    /// Sends one request to what `path` names below `/api/v5`.
    ///
    /// # Errors
    /// When there is no answer, or the router does not know who asks: nothing else will be
    /// answered either.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        self.ask(method, path, None, body).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: Option<&str>,
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let mut url = self.base.clone();
        if let Ok(mut levels) = url.path_segments_mut() {
            levels.pop_if_empty().extend(["api", "v5"]).extend(path);
        }
        url.set_query(query);
        let mut request = self.client.request(method, url);
        if let Some((key, secret)) = &self.login {
            request = request.basic_auth(key, Some(secret));
        }
        if let Some(body) = body {
            request =
                request.header("content-type", "application/json").body(serde_json::to_vec(body)?);
        }
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let bytes = self.body(response).await?;
        self.answer(status, &bytes)
    }

    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let mut reason = "no answer in time".to_owned();
        if !error.is_timeout() {
            // The last cause is what the system says; those above it only repeat that it failed.
            let mut last = error.source();
            while let Some(deeper) = last.and_then(|cause| cause.source()) {
                last = Some(deeper);
            }
            reason = last.map_or_else(|| "no answer".to_owned(), ToString::to_string);
        }
        anyhow!(
            "cannot reach a router at {}: {reason}; is it running, and is --url its REST port?",
            self.shown()
        )
    }

    /// # Errors
    /// When it breaks off or is longer than anything a router has to say.
    async fn body(&self, mut response: Response) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                bail!("{} answers with more than {ANSWER_BYTES_MAX} bytes", self.shown());
            }
        }
        Ok(bytes)
    }

    fn answer(&self, status: StatusCode, bytes: &[u8]) -> anyhow::Result<Answer> {
        let body = if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(bytes) };
        let message = body.as_ref().ok().and_then(|body| body.get("message")).map(text);
        match (status, body) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                let said = message.map(|said| format!(": {said}")).unwrap_or_default();
                let help = if self.login.is_none() {
                    "; give --key and --secret of an API key"
                } else {
                    "; look at --key and --secret"
                };
                bail!("the router at {} answered {status}{said}{help}", self.shown())
            }
            (status, Ok(body)) if status.is_success() => Ok(Answer::Done(body)),
            (status, _) if status.is_success() => {
                bail!("{} does not answer as a router: this is no JSON", self.shown())
            }
            (status, _) => {
                let message = message.unwrap_or_else(|| format!("the router answered {status}"));
                Ok(Answer::Refused(status, message))
            }
        }
    }

    fn shown(&self) -> String {
        let mut shown = self.base.clone();
        // Both can only fail for a URL without a host.
        let _same = shown.set_username("").and_then(|()| shown.set_password(None));
        shown.to_string().trim_end_matches('/').to_owned()
    }
}

impl Answer {
    /// What was answered to a question that is never refused to who may ask at all.
    ///
    /// # Errors
    /// When it was.
    pub(super) fn done(self) -> anyhow::Result<Value> {
        match self {
            Self::Done(body) => Ok(body),
            Self::Refused(_, message) => Err(anyhow!(message)),
        }
    }
}

/// A message may be a text or, for some errors, more.
fn text(message: &Value) -> String {
    message.as_str().map_or_else(|| message.to_string(), str::to_owned)
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A rule is in force and on disk when the router answers.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

const PAGE_RULES: usize = 1000;

/// A router that never comes to an end is not read for ever.
const PAGES_MAX: usize = 1000;

const ANSWER_BYTES_MAX: usize = 256 << 20;
