//! Header names and values that a person wrote. It does not know rows.

use reqwest::header::{HeaderName, HeaderValue};

/// Reads a header's name; `None` for one that is the connection's own business and left out.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn name(text: &str) -> Result<Option<HeaderName>, String> {
    let name = HeaderName::from_bytes(text.trim().as_bytes())
        .map_err(|_invalid| format!("`{}` is no name of a header", text.escape_debug()))?;
    Ok((!OF_THE_CONNECTION.contains(&name.as_str())).then_some(name))
}

/// Makes a header's value: visible characters, spaces and tabs; text beyond ASCII as UTF-8.
/// Spaces around it are cut, as every reader of it would.
///
/// # Errors
/// What is wrong with it, without repeating it.
pub(crate) fn value(bytes: &[u8]) -> Result<HeaderValue, String> {
    if bytes.len() > VALUE_BYTES_MAX {
        return Err(format!("is longer than {VALUE_BYTES_MAX} bytes"));
    }
    HeaderValue::from_bytes(trimmed(bytes)).map_err(|_invalid| {
        let odd = bytes.iter().find(|byte| byte.is_ascii_control() && **byte != b'\t');
        let what = match odd {
            Some(b'\r' | b'\n') => "a line break",
            Some(0) => "a NUL character",
            _ => "a control character",
        };
        format!("holds {what}, which no header can")
    })
}

fn trimmed(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Set by whoever holds the connection; one that a rule sets would contradict it. They come along
/// in actions that were written for other servers.
const OF_THE_CONNECTION: [&str; 8] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

const VALUE_BYTES_MAX: usize = 8 << 10;
