//! Reads JSON by recursive descent, no deeper than 127 levels. It does not know numbers and texts;
//! the two files beside it do.

use crate::json::JsonError;
use crate::{Key, Map, Value};

/// See [`Value::from_json`].
pub(super) fn parse(json: &[u8]) -> Result<Value, JsonError> {
    if let Err(error) = str::from_utf8(json) {
        return Err(JsonError { at: error.valid_up_to(), problem: "not UTF-8" });
    }
    let mut cursor = Cursor {
        rest: json,
        len: json.len(),
        unescaped: Vec::new(),
        members: Vec::new(),
        items: Vec::new(),
    };
    cursor.skip_blanks();
    let value = cursor.value(DEPTH_MAX)?;
    cursor.skip_blanks();
    if cursor.rest.is_empty() { Ok(value) } else { Err(cursor.error("text after the value")) }
}

/// What is left of a text that is known to be UTF-8.
pub(super) struct Cursor<'j> {
    pub(super) rest: &'j [u8],
    /// Of the whole text, for positions.
    len: usize,
    /// Reused by every text with escapes.
    pub(super) unescaped: Vec<u8>,
    /// Of all objects that are open, innermost last; so that a map is allocated once, in its size.
    members: Vec<(Key, Value)>,
    /// Of all arrays that are open.
    items: Vec<Value>,
}

impl Cursor<'_> {
    pub(super) fn error(&self, problem: &'static str) -> JsonError {
        JsonError { at: self.len - self.rest.len(), problem }
    }

    /// `depth` is how many more levels may open.
    fn value(&mut self, depth: u8) -> Result<Value, JsonError> {
        match self.rest {
            [b'"', rest @ ..] => {
                self.rest = rest;
                self.text().map(Value::from)
            }
            [b'-' | b'0'..=b'9', ..] => self.number(),
            [b'{', rest @ ..] => {
                self.rest = rest;
                self.object(self.deeper(depth)?)
            }
            [b'[', rest @ ..] => {
                self.rest = rest;
                self.array(self.deeper(depth)?)
            }
            [b't', b'r', b'u', b'e', rest @ ..] => {
                self.rest = rest;
                Ok(Value::Bool(true))
            }
            [b'f', b'a', b'l', b's', b'e', rest @ ..] => {
                self.rest = rest;
                Ok(Value::Bool(false))
            }
            [b'n', b'u', b'l', b'l', rest @ ..] => {
                self.rest = rest;
                Ok(Value::Null)
            }
            [] => Err(self.error("ends too early")),
            [..] => Err(self.error("expected a value")),
        }
    }

    fn deeper(&self, depth: u8) -> Result<u8, JsonError> {
        match depth {
            0 => Err(self.error("nested too deep")),
            _ => Ok(depth - 1),
        }
    }

    fn object(&mut self, depth: u8) -> Result<Value, JsonError> {
        let outer = self.members.len();
        self.skip_blanks();
        if self.skip(b'}') {
            return Ok(Value::from(Map::new()));
        }
        loop {
            if !self.skip(b'"') {
                return Err(self.error("expected a key"));
            }
            let key = Key::from_checked_utf8(self.text()?);
            self.skip_blanks();
            if !self.skip(b':') {
                return Err(self.error("expected `:`"));
            }
            self.skip_blanks();
            let value = self.value(depth)?;
            self.members.push((key, value));
            self.skip_blanks();
            if self.skip(b'}') {
                return Ok(Value::from(Map::from_members(self.members.drain(outer..))));
            }
            if !self.skip(b',') {
                return Err(self.error("expected `,` or `}`"));
            }
            self.skip_blanks();
        }
    }

    fn array(&mut self, depth: u8) -> Result<Value, JsonError> {
        let outer = self.items.len();
        self.skip_blanks();
        if self.skip(b']') {
            return Ok(Value::empty_list());
        }
        loop {
            let value = self.value(depth)?;
            self.items.push(value);
            self.skip_blanks();
            if self.skip(b']') {
                return Ok(Value::from(self.items.drain(outer..).collect::<Vec<_>>()));
            }
            if !self.skip(b',') {
                return Err(self.error("expected `,` or `]`"));
            }
            self.skip_blanks();
        }
    }

    fn skip_blanks(&mut self) {
        while let [b' ' | b'\n' | b'\t' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}

// What serde_json allows, so that both agree on every text.
const DEPTH_MAX: u8 = 127;
