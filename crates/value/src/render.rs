//! The text of a value, as templates, `str`, `concat` and `+` give it. It does not know
//! placeholders.

use std::io::Write;

use crate::{Text, Value};

/// The longest text that operators and functions build; beyond it they fail, so that no rule
/// doubles a text without limit.
pub const TEXT_BYTES_MAX: usize = 16 << 20;

impl Value {
    /// Appends the value as text: text as it is, byte for byte; integers exactly; floats with at
    /// most ten decimals and at least one (`0.3`, `100.0`); booleans, `null` and `undefined` by
    /// name; maps and lists as JSON.
    pub fn render_text(&self, out: &mut Vec<u8>) {
        // No vector is longer.
        self.render_text_within(usize::MAX, out).unwrap_or_default();
    }

    /// [`render_text`](Self::render_text) up to a length, see
    /// [`write_json_within`](Self::write_json_within).
    ///
    /// # Errors
    /// `out` grew beyond `bytes_max`; writing stopped soon after.
    pub fn render_text_within(&self, bytes_max: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        match self {
            Self::Undefined => out.extend_from_slice(b"undefined"),
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Float(float) => write_decimals(float.value, DECIMALS, out),
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::BigInteger(_)
            | Self::List(_)
            | Self::Map(_) => self.write_json_within(bytes_max, out)?,
        }
        if out.len() > bytes_max { Err(TooLong { bytes_max }) } else { Ok(()) }
    }

    /// The text of [`Value::render_text`].
    ///
    /// # Errors
    /// It is longer than [`TEXT_BYTES_MAX`].
    pub fn try_rendered(&self) -> Result<Text, TooLong> {
        if let Self::Text(text) = self {
            return Ok(text.clone());
        }
        let mut out = Vec::new();
        self.render_text_within(TEXT_BYTES_MAX, &mut out)?;
        Ok(out.into())
    }

    /// The text of [`Value::render_text`].
    #[must_use]
    pub fn to_rendered(&self) -> Text {
        if let Self::Text(text) = self {
            return text.clone();
        }
        let mut out = Vec::new();
        self.render_text(&mut out);
        out.into()
    }
}

/// A text would be longer than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is longer than {bytes_max} bytes")]
pub struct TooLong {
    /// The limit.
    pub bytes_max: usize,
}

/// Appends `value` rounded to at most `decimals` decimals; zeros at the end are cut, all but the
/// first decimal.
pub fn write_decimals(value: f64, decimals: usize, out: &mut Vec<u8>) {
    let start = out.len();
    // Writing to a vector cannot fail.
    write!(out, "{value:.decimals$}").unwrap_or_default();
    let Some(written) = out.get(start..) else { return };
    let Some(point) = written.iter().position(|byte| *byte == b'.') else { return };
    let zeros = written.iter().rev().take_while(|byte| **byte == b'0').count();
    let len = written.len() - zeros;
    out.truncate(start + len.max(point + 2));
}

const DECIMALS: usize = 10;

#[cfg(test)]
mod tests {
    use super::TooLong;
    use crate::{Map, Value, add};

    fn text(value: &Value) -> String {
        value.to_rendered().as_str().unwrap().to_owned()
    }

    #[test]
    fn values_are_rendered_as_emqx_renders_them() {
        for (json, expected) in [
            ("null", "null"),
            ("true", "true"),
            ("100.0", "100.0"),
            ("0.1", "0.1"),
            ("1e-12", "0.0"),
            ("-2.50", "-2.5"),
            ("1e21", "1000000000000000000000.0"),
            ("3.14159265358979", "3.1415926536"),
            ("123456789012345678901234", "123456789012345678901234"),
            (r#""a\"b""#, "a\"b"),
            ("[104, 105]", "[104,105]"),
            (r#"{"a": [1, "x"]}"#, r#"{"a":[1,"x"]}"#),
        ] {
            assert_eq!(text(&Value::from_json(json.as_bytes()).unwrap()), expected, "{json}");
        }
        assert_eq!(text(&Value::finite(0.1 + 0.2).unwrap()), "0.3");
        assert_eq!(text(&Value::Undefined), "undefined");
        assert_eq!(text(&Value::from(Map::new())), "{}");
    }

    #[test]
    fn a_list_that_doubles_itself_is_cut_off() {
        let mut list = Value::from(vec![Value::Null]);
        for _ in 0..60 {
            list = Value::from(vec![list.clone(), list]);
        }
        let mut out = Vec::new();
        let outcome = list.render_text_within(1000, &mut out);
        assert_eq!(outcome, Err(TooLong { bytes_max: 1000 }));
        assert!(out.len() < 1200);
        assert!(list.try_rendered().is_err());
        assert!(add(&list, &Value::from("")).is_err());
    }

    #[test]
    fn bytes_are_kept() {
        let mut out = Vec::new();
        Value::from([0xff, 0x00].as_slice()).render_text(&mut out);
        assert_eq!(out, [0xff, 0x00]);
    }
}
