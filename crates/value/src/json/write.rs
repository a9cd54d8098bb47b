//! Writes JSON, compact, in the map's order. It does not know templates or rows.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::json::parse_string::plain_len;
use crate::{TooLong, Value};

impl Value {
    /// Appends this value as JSON. Keys whose value is undefined are left out of maps; undefined
    /// elsewhere is `null`. Bytes that are no UTF-8 become base64 text. A number that no operator
    /// has touched keeps its digits; other floats are the shortest that reads back the same.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        // No vector is longer.
        self.write_json_within(usize::MAX, out).unwrap_or_default();
    }

    /// [`write_json`](Self::write_json) for values that a rule has made: one list that holds
    /// another twice, and so on, is small in memory and endless as text.
    ///
    /// # Errors
    /// `out` grew beyond `bytes_max`; writing stopped soon after.
    pub fn write_json_within(&self, bytes_max: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        match self {
            Self::Undefined | Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Integer(integer) => {
                out.extend_from_slice(itoa::Buffer::new().format(*integer).as_bytes());
            }
            // Writing to a vector cannot fail.
            Self::BigInteger(integer) => write!(out, "{integer}").unwrap_or_default(),
            Self::Float(float) => float.write(out),
            Self::Text(text) => match text.as_str() {
                Some(text) => write_text(text.as_bytes(), out),
                None => write_text(STANDARD.encode(text.as_bytes()).as_bytes(), out),
            },
            Self::List(items) => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    item.write_json_within(bytes_max, out)?;
                }
                out.push(b']');
            }
            Self::Map(map) => {
                out.push(b'{');
                let defined = map.entries().filter(|(_, value)| !value.is_undefined());
                for (i, (key, value)) in defined.enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    write_text(key.as_bytes(), out);
                    out.push(b':');
                    value.write_json_within(bytes_max, out)?;
                }
                out.push(b'}');
            }
        }
        if out.len() > bytes_max { Err(TooLong { bytes_max }) } else { Ok(()) }
    }
}

fn write_text(mut text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    loop {
        let (plain, rest) = text.split_at(plain_len(text));
        out.extend_from_slice(plain);
        let [special, rest @ ..] = rest else { break };
        write_escape(*special, out);
        text = rest;
    }
    out.push(b'"');
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\t' => out.extend_from_slice(b"\\t"),
        b'\r' => out.extend_from_slice(b"\\r"),
        0x08 => out.extend_from_slice(b"\\b"),
        0x0c => out.extend_from_slice(b"\\f"),
        _ => write!(out, "\\u{byte:04x}").unwrap_or_default(),
    }
}
