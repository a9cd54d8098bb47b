//! What is compiled once per call site instead of once per message. It does not know when that is.

use regex::bytes::Regex;

use crate::functions::json_path::JsonPath;

/// Something that a function compiled from its literal arguments.
#[derive(Debug)]
pub struct Prepared(pub(super) Compiled);

#[derive(Debug)]
pub(super) enum Compiled {
    Regex(Regex),
    JsonPath(JsonPath),
}

impl Prepared {
    pub(super) const fn as_regex(&self) -> Option<&Regex> {
        match &self.0 {
            Compiled::Regex(regex) => Some(regex),
            Compiled::JsonPath(_) => None,
        }
    }

    pub(super) const fn as_json_path(&self) -> Option<&JsonPath> {
        match &self.0 {
            Compiled::JsonPath(path) => Some(path),
            Compiled::Regex(_) => None,
        }
    }
}
