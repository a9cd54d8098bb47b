//! One action's use of an HTTP server: a request for each row. It does not know when to try again.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::Response;
use sluice_rule::Row;
use sluice_sink::{BoxError, BoxFuture, Defaults, Remedy, Sink, WriteError, Written};
use tokio::time::Instant;

use crate::answer::{Refused, excerpt, remedy, retry_after};
use crate::connector::Link;
use crate::request::Call;

/// One action.
#[derive(Debug)]
pub(crate) struct WebhookSink {
    link: Arc<Link>,
    call: Call,
    target: String,
}

/// Why a row was not taken.
struct Failure {
    remedy: Remedy,
    retry_after: Option<Duration>,
    cause: BoxError,
}

impl Sink for WebhookSink {
    fn defaults(&self) -> Defaults {
        Defaults { batch_rows_max: 1, linger: Duration::ZERO, lanes: 16 }
    }

    fn check(&self) -> BoxFuture<'_, Result<(), WriteError>> {
        Box::pin(async {
            self.link.serves().await.map_err(|cause| {
                self.error(0, Failure { remedy: Remedy::Retry, retry_after: None, cause })
            })
        })
    }

    fn write<'w>(&'w self, rows: &'w [Arc<Row>]) -> BoxFuture<'w, Result<Written, WriteError>> {
        Box::pin(self.write_rows(rows))
    }
}

impl WebhookSink {
    pub(crate) const fn new(link: Arc<Link>, call: Call, target: String) -> Self {
        Self { link, call, target }
    }

    async fn write_rows(&self, rows: &[Arc<Row>]) -> Result<Written, WriteError> {
        if let [row] = rows {
            let outcome = self.write_row(row).await;
            return outcome.map(|()| Written::All).map_err(|failure| self.error(1, failure));
        }
        let began = Instant::now();
        let mut outcomes = Vec::with_capacity(rows.len());
        // Rows behind one that has to be sent again wait for it: they may be of one client.
        let mut stop: Option<(&str, Option<Duration>)> = None;
        for row in rows {
            if stop.is_none() && began.elapsed() > self.link.request_timeout() {
                stop = Some(("the rows before it took as long as a request may", None));
            }
            if let Some((reason, retry_after)) = stop {
                outcomes.push(Err(self.error(1, Failure::unsent(reason, retry_after))));
                continue;
            }
            let outcome = self.write_row(row).await;
            if let Err(Failure { remedy: Remedy::Retry, retry_after, .. }) = &outcome {
                stop = Some(("a row before it has to be sent again", *retry_after));
            }
            outcomes.push(outcome.map_err(|failure| self.error(1, failure)));
        }
        Ok(Written::Each(outcomes))
    }

    async fn write_row(&self, row: &Row) -> Result<(), Failure> {
        let request = self.call.render(&row.values).map_err(|error| Failure {
            remedy: Remedy::Poison,
            retry_after: None,
            cause: error.into(),
        })?;
        let response = self.link.send(request).await.map_err(|error| Failure {
            // What cannot be made into a request never will be.
            remedy: if error.is_builder() { Remedy::Poison } else { Remedy::Retry },
            retry_after: None,
            cause: error.into(),
        })?;
        let status = response.status();
        let remedy = remedy(status);
        let retry_after = match remedy {
            Some(Remedy::Retry) => retry_after(response.headers(), wall_clock()),
            Some(Remedy::Poison | Remedy::Halt) | None => None,
        };
        // Read to its end in any case, so that the connection can be used again.
        let body = beginning(response).await;
        let Some(remedy) = remedy else { return Ok(()) };
        let said = excerpt(&body, self.link.secrets());
        Err(Failure { remedy, retry_after, cause: Refused { status, said }.into() })
    }

    fn error(&self, rows: usize, failure: Failure) -> WriteError {
        let Failure { remedy, retry_after, cause } = failure;
        WriteError { target: self.target.clone(), rows, remedy, retry_after, cause }
    }
}

impl Failure {
    fn unsent(reason: &str, retry_after: Option<Duration>) -> Self {
        Self { remedy: Remedy::Retry, retry_after, cause: format!("not sent: {reason}").into() }
    }
}

/// The beginning of a body. A server that sends more than [`BODY_BYTES_MAX`], or takes longer than
/// [`BODY_PATIENCE`], loses the connection; its verdict stands.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_BYTES_MAX {
                break;
            }
        }
    };
    let _in_time = tokio::time::timeout(BODY_PATIENCE, reading).await.is_ok();
    body
}

#[expect(clippy::disallowed_methods, reason = "the date of `Retry-After` is of the world's clock")]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

const BODY_BYTES_MAX: usize = 16 << 10;

const BODY_PATIENCE: Duration = Duration::from_secs(1);
