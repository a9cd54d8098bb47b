//! Fuzz bodies: what must hold for any bytes. They do not make the bytes.

use crate::{Segment, Template, Value};

/// JSON is accepted exactly where serde_json accepts it and means the same; what is written reads
/// back as the same value and the same text.
///
/// # Panics
/// Where that does not hold.
pub fn json(bytes: &[u8]) {
    let ours = Value::from_json(bytes);
    let theirs = serde_json::from_slice::<serde_json::Value>(bytes);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => assert!(same(ours, theirs), "{ours:?} is not {theirs:?}"),
        (Err(_), Err(_)) => {}
        // They keep no integer beyond the floats and round imprecisely near the largest float;
        // we read no endless number.
        (Ok(_), Err(error)) => assert!(error.to_string().contains("out of range"), "{error}"),
        (Err(error), Ok(_)) => assert!(error.problem.starts_with("a number"), "{error}"),
    }
    let Ok(value) = ours else { return };
    let written = value.to_json();
    let back = Value::from_json(written.as_bytes());
    assert_eq!(back.as_ref(), Ok(&value), "{written}");
    assert_eq!(back.map(|back| back.to_json()), Ok(written));
    let mut text = Vec::new();
    value.render_text(&mut text);
    assert!(str::from_utf8(&text).is_ok(), "rendered JSON is text");
}

/// Any text is a template; its pieces are tidy and rendering it over a row ends.
///
/// # Panics
/// Where that does not hold.
pub fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(template) = Template::parse(&text) else { return };
    let mut after_literal = false;
    for segment in template.segments() {
        match segment {
            Segment::Literal(literal) => {
                assert!(!literal.is_empty() && !after_literal, "{template:?}");
                after_literal = true;
            }
            Segment::Placeholder(_) => after_literal = false,
        }
    }
    let row = Value::map([("a", Value::from(r#"{"b":[1,"x"]}"#)), ("c", Value::Undefined)]);
    let mut out = Vec::new();
    template.render(&row, &mut out);
    assert!(str::from_utf8(&out).is_ok(), "text in, text out");
    match template.as_literal() {
        Some(literal) => assert_eq!(out, literal.as_bytes()),
        None => assert!(template.placeholders().count() > 0, "{template:?}"),
    }
}

fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Theirs;
    match (ours, theirs) {
        (Value::Null, Theirs::Null) => true,
        (Value::Bool(ours), Theirs::Bool(theirs)) => ours == theirs,
        (Value::Integer(ours), Theirs::Number(theirs)) if theirs.is_i64() => {
            theirs.as_i64() == Some(*ours)
        }
        // They round integers, and floats in the last digit.
        (_, Theirs::Number(theirs)) => {
            let (Some(ours), Some(theirs)) = (ours.to_f64(), theirs.as_f64()) else { return false };
            ours == theirs || (ours - theirs).abs() <= theirs.abs() * 1e-15
        }
        (Value::Text(ours), Theirs::String(theirs)) => ours.as_bytes() == theirs.as_bytes(),
        (Value::List(ours), Theirs::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(o, t)| same(o, t))
        }
        (Value::Map(ours), Theirs::Object(theirs)) => {
            let found = |(key, ours): (&str, _)| theirs.get(key).is_some_and(|t| same(ours, t));
            ours.len() == theirs.len() && ours.iter().all(found)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
