//! What the answer to a request means. It does not know sockets.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use sluice_sink::Remedy;

/// The server did not take a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server answered {status}{}{}", redirect_note(*.status), quoted(.said))]
pub(crate) struct Refused {
    /// Its code.
    pub(crate) status: StatusCode,
    /// The beginning of its body, fit for a log line.
    pub(crate) said: String,
}

/// What helps after an answer; `None` where the row was taken.
pub(crate) fn remedy(status: StatusCode) -> Option<Remedy> {
    match status {
        status if status.is_success() => None,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Some(Remedy::Retry)
        }
        status if status.is_server_error() => Some(Remedy::Retry),
        _ => Some(Remedy::Poison),
    }
}

/// How long the server asks to be left alone: seconds or a date. A date is held against the
/// server's own clock where it tells that, else against `now`. At most [`RETRY_AFTER_MAX`].
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_or(RETRY_AFTER_MAX, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        let theirs = headers.get(DATE).and_then(|date| date.to_str().ok());
        let theirs = theirs.and_then(|date| httpdate::parse_http_date(date).ok());
        date.duration_since(theirs.unwrap_or(now)).unwrap_or_default()
    };
    Some(asked.min(RETRY_AFTER_MAX))
}

/// The beginning of a body, without control characters and `secrets`.
pub(crate) fn excerpt(body: &[u8], secrets: &[String]) -> String {
    let mut text = String::from_utf8_lossy(body).into_owned();
    for secret in secrets {
        text = text.replace(secret.as_str(), "***");
    }
    let mut said = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() && !said.is_empty() {
            said.push(' ');
        }
        said.push_str(word);
    }
    let Some((cut, _)) = said.char_indices().nth(SAID_CHARS_MAX) else { return said };
    said.truncate(cut);
    said.push('…');
    said
}

fn redirect_note(status: StatusCode) -> &'static str {
    if status.is_redirection() { " (redirects are not followed)" } else { "" }
}

fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

/// A server that asks for more is asked again all the same.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

const SAID_CHARS_MAX: usize = 200;
