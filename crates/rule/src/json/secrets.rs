//! Which values of a connector nobody is shown. It does not know who asks.

use std::iter::{once, repeat};

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

/// A URL without its password, and without what its query calls one. Passwords may hold letters
/// that belong escaped: where it is not clear what is one, more is hidden.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, rest),
    };
    let mut shown = format!("{scheme}://");
    if let Some(user) = user {
        match user.split_once(':') {
            Some((user, _)) => shown.extend([user, ":", MASK, "@"]),
            // Where only one is asked for it is a token.
            None if scheme.starts_with("http") => shown.extend([MASK, "@"]),
            None => shown.extend([user, "@"]),
        }
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    shown.push_str(place);
    for (pair, separator) in query.split('&').zip(once('?').chain(repeat('&'))) {
        if query.is_empty() {
            break;
        }
        shown.push(separator);
        match pair.split_once('=') {
            Some((key, _)) if is_secret(key) => shown.extend([key, "=", MASK]),
            Some(_) | None => shown.push_str(pair),
        }
    }
    shown
}

/// Whether what stands under `name` is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word)) || NAMES.contains(&name.as_str())
}

const WORDS: [&str; 8] =
    ["auth", "cookie", "credential", "key", "pass", "secret", "signature", "token"];

/// As they stand: parts of harmless words too. `sig` and `code` are those of Azure.
const NAMES: [&str; 4] = ["sig", "code", "pwd", "pw"];

/// What a body that would read a secret is told.
pub(crate) const REFUSED: &str = "`${ENV:…}` and `${FILE:…}` are read only in files that an \
                                  operator put on disk: name a connector from such a file instead";

/// What a body is told whose secret is still masked.
pub(crate) const STILL_MASKED: &str = "the secret is masked and cannot be told from what was there \
                                       before: write it again";
