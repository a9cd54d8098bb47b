//! Which values of a connector nobody is shown, and how one that comes back masked keeps what it
//! stands for. It does not know who asks.

use serde_json::Value;

use crate::Connector;

/// Whether secrets are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// They become [`MASK`].
    Masked,
    /// They are, for whoever keeps them.
    Exposed,
}

/// What stands for a secret.
pub const MASK: &str = "******";

/// Puts the secrets of `old` where `body` has them as [`Connector::to_json`] masks them, so that a
/// body that was read can be changed and sent back.
pub fn keep_masked_secrets(body: &mut Value, old: &Connector) {
    let (masked, exposed) = (old.to_json(Secrets::Masked), old.to_json(Secrets::Exposed));
    keep(body, &masked, &exposed);
}

fn keep(body: &mut Value, masked: &Value, exposed: &Value) {
    if let (Value::Object(body), Value::Object(masked), Value::Object(exposed)) =
        (&mut *body, masked, exposed)
    {
        for (key, value) in body {
            if let (Some(masked), Some(exposed)) = (masked.get(key), exposed.get(key)) {
                keep(value, masked, exposed);
            }
        }
    } else if body == masked {
        *body = exposed.clone();
    }
}

/// A URL without its password, and without what its query calls one.
pub(super) fn without_password(url: &str) -> String {
    let (before, query) =
        url.split_once('?').map_or((url, None), |(url, query)| (url, Some(query)));
    let mut shown = match before.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((user, host)) => {
                let user = match user.split_once(':') {
                    Some((user, _)) => format!("{user}:{MASK}"),
                    // Where only one is asked for it is a token.
                    None if scheme.starts_with("http") => MASK.to_owned(),
                    None => user.to_owned(),
                };
                format!("{scheme}://{user}@{host}")
            }
            None => before.to_owned(),
        },
        None => before.to_owned(),
    };
    if let Some(query) = query {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((key, _)) if is_secret(key) => format!("{key}={MASK}"),
            Some(_) | None => pair.to_owned(),
        });
        shown.push('?');
        shown.push_str(&pairs.collect::<Vec<_>>().join("&"));
    }
    shown
}

/// Whether what stands under `name` is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

const WORDS: [&str; 8] =
    ["auth", "cookie", "credential", "key", "pass", "secret", "signature", "token"];

/// What a body that would read a secret is told.
pub(crate) const REFUSED: &str = "`${ENV:…}` and `${FILE:…}` are read only in files that an \
                                  operator put on disk: name a connector from such a file instead";

/// What a body is told whose secret is still masked.
pub(crate) const STILL_MASKED: &str = "the secret is masked and cannot be told from what was there \
                                       before: write it again";
