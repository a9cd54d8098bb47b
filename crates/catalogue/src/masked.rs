//! Secrets that come back as they were shown, masked: they keep what they were. It does not know
//! which keys hold secrets.

use serde_json::Value;
use sluice_rule::MASK;

/// What a body replaces.
pub(crate) struct Before<'b> {
    /// As it was sent.
    pub(crate) body: &'b Value,
    /// As it is shown, with secrets.
    pub(crate) exposed: &'b Value,
    /// As it is shown.
    pub(crate) masked: &'b Value,
}

/// Puts the secrets of before where `body` holds masks.
///
/// # Errors
/// The path of a mask that stands for nothing.
pub(crate) fn restore(body: &mut Value, before: Option<&Before<'_>>) -> Result<(), String> {
    let before = Places {
        body: before.map(|it| it.body),
        exposed: before.map(|it| it.exposed),
        masked: before.map(|it| it.masked),
    };
    walk(body, before, "")
}

/// The same place in each form of what was before, where there is one.
#[derive(Clone, Copy)]
struct Places<'b> {
    body: Option<&'b Value>,
    exposed: Option<&'b Value>,
    masked: Option<&'b Value>,
}

fn walk(value: &mut Value, before: Places<'_>, path: &str) -> Result<(), String> {
    match value {
        Value::String(text) if text.contains(MASK) => {
            *text = before.secret(text).ok_or_else(|| path.to_owned())?;
            Ok(())
        }
        Value::Array(items) => items.iter_mut().enumerate().try_for_each(|(at, item)| {
            walk(item, before.map(|it| it.get(at)), &format!("{path}[{at}]"))
        }),
        Value::Object(entries) => entries.iter_mut().try_for_each(|(key, item)| {
            let dot = if path.is_empty() { "" } else { "." };
            walk(item, before.map(|it| it.get(key)), &format!("{path}{dot}{key}"))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

impl<'b> Places<'b> {
    fn map(self, step: impl Fn(&'b Value) -> Option<&'b Value>) -> Self {
        Self {
            body: self.body.and_then(&step),
            exposed: self.exposed.and_then(&step),
            masked: self.masked.and_then(&step),
        }
    }

    /// What `text`, which holds a mask, means.
    fn secret(self, text: &str) -> Option<String> {
        let shown = self.masked.and_then(Value::as_str);
        let exposed = self.exposed.and_then(Value::as_str);
        if let (Some(shown), Some(exposed)) = (shown, exposed) {
            if shown == text {
                return Some(exposed.to_owned());
            }
            // Something around the secret was changed: a host, a database.
            if let Some((before, after)) = shown.split_once(MASK) {
                let secret = exposed.strip_prefix(before)?.strip_suffix(after)?;
                return Some(text.replacen(MASK, secret, 1)).filter(|it| !it.contains(MASK));
            }
        }
        let sent = self.body.and_then(Value::as_str)?;
        (text == MASK).then(|| sent.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(mut body: Value, wanted: Result<Value, &str>) {
        let exposed = json!({
            "url": "postgres://u:s3cret@h/d",
            "headers": {"authorization": "Bearer t0ken"},
        });
        let masked = json!({
            "url": "postgres://u:******@h/d",
            "headers": {"authorization": "******"},
        });
        let sent = json!({"server": "h", "password": "s3cret", "list": ["a", "b"]});
        let before = Before { body: &sent, exposed: &exposed, masked: &masked };
        let result = restore(&mut body, Some(&before)).map(|()| body);
        assert_eq!(result, wanted.map_err(str::to_owned));
    }

    #[test]
    fn masks_become_what_they_stand_for() {
        check(
            json!({"url": "postgres://u:******@h/d", "pool_size": 4}),
            Ok(json!({"url": "postgres://u:s3cret@h/d", "pool_size": 4})),
        );
        check(
            json!({"url": "postgres://v:******@other/d2"}),
            Ok(json!({"url": "postgres://v:s3cret@other/d2"})),
        );
        check(
            json!({"headers": {"authorization": "******"}}),
            Ok(json!({"headers": {"authorization": "Bearer t0ken"}})),
        );
        check(json!({"password": "******"}), Ok(json!({"password": "s3cret"})));
    }

    #[test]
    fn a_mask_that_stands_for_nothing_is_named() {
        check(json!({"headers": {"cookie": "******"}}), Err("headers.cookie"));
        check(json!({"list": ["a", "b", "******"]}), Err("list[2]"));
        check(json!({"url": "******:******"}), Err("url"));
        let mut body = json!({"url": "postgres://u:******@h/d"});
        assert_eq!(restore(&mut body, None), Err("url".to_owned()));
    }
}
