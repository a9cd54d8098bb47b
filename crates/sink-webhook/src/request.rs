//! Rows to requests, as an action says. It does not know sockets.

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use sluice_rule::action::{HttpMethod, WebhookCall};
use sluice_value::{Placeholder, Record, Segment, TEXT_BYTES_MAX, Template, TooLong, Value};

use crate::base::{Base, joined_path};
use crate::headers;

/// An action, ready to make requests.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    /// `None` where every row has the same.
    path: Option<Template>,
    /// Without rendering: what `path` says where it is `None`.
    url: Url,
    base: Base,
    /// The connector's, and those of the action that are the same for every row.
    fixed: HeaderMap,
    rendered: Vec<(HeaderName, Template)>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    None,
    Row,
    Template(Template),
}

/// What one row asks for.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
}

/// Why a row makes no request; it never will.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RenderError {
    /// More than servers take.
    #[error("the path would be longer than {PATH_BYTES_MAX} bytes")]
    PathTooLong,
    /// It would name another path than the one that was meant.
    #[error("a level of the path would be `.` or `..`")]
    DotLevel,
    /// Bytes that would end the header and begin another, or that cannot be sent.
    #[error("the value of header `{name}` {detail}")]
    Header { name: HeaderName, detail: String },
    /// The row is small and what is made of it is not.
    #[error("the body would be longer than {TEXT_BYTES_MAX} bytes")]
    BodyTooLong,
}

impl Call {
    /// Checks what the action says, and prepares what does not depend on rows.
    ///
    /// # Errors
    /// What is wrong and how to mend it.
    pub(crate) fn new(
        action: &WebhookCall,
        base: &Base,
        common: &HeaderMap,
    ) -> Result<Self, String> {
        let method = method(action.method);
        let body = match (action.method, &action.body) {
            (HttpMethod::Get | HttpMethod::Delete, _) => Body::None,
            (HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch, None) => Body::Row,
            (HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch, Some(body)) => {
                Body::Template(body.clone())
            }
        };
        let mut fixed = HeaderMap::new();
        fixed.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if !matches!(body, Body::None) {
            fixed.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        fixed.extend(common.clone());
        let mut rendered = Vec::new();
        for (name, template) in &action.headers {
            let Some(name) = headers::name(name)? else { continue };
            // Of names that differ in case only, the last one holds.
            rendered.retain(|(earlier, _)| *earlier != name);
            match template.as_literal() {
                Some(text) => {
                    let value = headers::value(text.as_bytes())
                        .map_err(|detail| format!("the value of header `{name}` {detail}"))?;
                    fixed.insert(name, value);
                }
                None => rendered.push((name, template.clone())),
            }
        }
        let (path, url) = prepared_path(action.path.as_ref(), base)?;
        Ok(Self { method, path, url, base: base.clone(), fixed, rendered, body })
    }

    /// The request of one row.
    ///
    /// # Errors
    /// When a value of the row cannot stand where the action puts it.
    pub(crate) fn render(&self, row: &Record) -> Result<Rendered, RenderError> {
        let values = row.as_value();
        let url = match &self.path {
            Some(path) => url(path, values, &self.base)?,
            None => self.url.clone(),
        };
        let mut headers = self.fixed.clone();
        for (name, template) in &self.rendered {
            let value = header(template, values)
                .map_err(|detail| RenderError::Header { name: name.clone(), detail })?;
            headers.insert(name.clone(), value);
        }
        let body = self.body(values).map_err(|_too_long| RenderError::BodyTooLong)?;
        Ok(Rendered { method: self.method.clone(), url, headers, body })
    }

    fn body(&self, row: &Value) -> Result<Option<Vec<u8>>, TooLong> {
        let mut body = Vec::new();
        match &self.body {
            Body::None => return Ok(None),
            Body::Row => row.write_json_within(TEXT_BYTES_MAX, &mut body)?,
            Body::Template(template) => template.render_within(TEXT_BYTES_MAX, row, &mut body)?,
        }
        Ok(Some(body))
    }
}

/// Where requests of an action go, for people: without query, with placeholders as they are.
pub(crate) fn target(action: &WebhookCall, base: &Base) -> String {
    let Some(path) = &action.path else { return base.shown().to_owned() };
    let mut written = String::new();
    for segment in path.segments() {
        match segment {
            Segment::Literal(text) => written.push_str(text),
            Segment::Placeholder(placeholder) => {
                written.push_str("${");
                written.push_str(&placeholder.path.join("."));
                written.push('}');
            }
        }
    }
    let path = written.split('?').next().unwrap_or_default();
    if path.is_empty() { base.shown().to_owned() } else { joined_path(base.shown(), path) }
}

const fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Get => Method::GET,
        HttpMethod::Delete => Method::DELETE,
    }
}

/// The template, where rows decide, and the URL where they do not.
fn prepared_path(path: Option<&Template>, base: &Base) -> Result<(Option<Template>, Url), String> {
    let Some(path) = path else { return Ok((None, base.join("", None))) };
    let holds_fragment = path.segments().iter().any(|segment| match segment {
        Segment::Literal(text) => text.contains('#'),
        Segment::Placeholder(_) => false,
    });
    if holds_fragment {
        return Err("`path` has a `#`: what follows it is never sent; write %23".to_owned());
    }
    // No value that is rendered can mend what is wrong without any.
    let url = url(path, &Value::Undefined, base).map_err(|error| format!("`path`: {error}"))?;
    Ok((path.as_literal().is_none().then(|| path.clone()), url))
}

/// What the author of the rule wrote stands as it is; every value is encoded down to letters,
/// digits, `-`, `.`, `_` and `~`, so that it stays within its level of the path or its place in the
/// query.
fn url(path: &Template, row: &Value, base: &Base) -> Result<Url, RenderError> {
    let mut written = String::new();
    for segment in path.segments() {
        match segment {
            Segment::Literal(text) => written.push_str(text),
            Segment::Placeholder(placeholder) => {
                let mut value = Vec::new();
                text(placeholder, row, PATH_BYTES_MAX, &mut value)
                    .map_err(|_too_long| RenderError::PathTooLong)?;
                push_encoded(&value, &mut written);
            }
        }
        if written.len() > PATH_BYTES_MAX {
            return Err(RenderError::PathTooLong);
        }
    }
    // Values hold no `?` any more.
    let (path, query) = match written.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (written.as_str(), None),
    };
    if path.split(['/', '\\']).any(is_dot_level) {
        return Err(RenderError::DotLevel);
    }
    Ok(base.join(path, query))
}

/// Whether readers of URLs take a level for "this one" or "the one above".
fn is_dot_level(level: &str) -> bool {
    let plain = level.replace("%2e", ".").replace("%2E", ".");
    matches!(plain.as_str(), "." | "..")
}

fn header(template: &Template, row: &Value) -> Result<HeaderValue, String> {
    let mut value = Vec::new();
    template
        .render_within(TEXT_BYTES_MAX, row, &mut value)
        .map_err(|error| format!("cannot be made: {error}"))?;
    headers::value(&value)
}

fn text(
    placeholder: &Placeholder,
    row: &Value,
    bytes_max: usize,
    out: &mut Vec<u8>,
) -> Result<(), TooLong> {
    if placeholder.path.is_empty() {
        row.write_json_within(bytes_max, out)
    } else {
        placeholder.lookup(row).render_text_within(bytes_max, out)
    }
}

fn push_encoded(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(*byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 0xf] {
                let digit = char::from_digit(u32::from(half), 16).unwrap_or_default();
                out.push(digit.to_ascii_uppercase());
            }
        }
    }
}

/// What common servers take as a request line.
const PATH_BYTES_MAX: usize = 8 << 10;
