//! An object: text keys in first-come order. It does not know paths.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::Value;

/// Keys and values; the last write of a key wins and keeps the key's first place.
#[derive(Clone, Debug, Default)]
pub struct Map(IndexMap<Arc<str>, Value, foldhash::fast::RandomState>);

impl Map {
    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Sets `key`, keeping its place when it was there; gives back the old value.
    pub fn insert(&mut self, key: impl Into<Arc<str>>, value: Value) -> Option<Value> {
        self.0.insert(key.into(), value)
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
