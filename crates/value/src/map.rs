//! An object: text keys in first-come order. It does not know paths.

use indexmap::IndexMap;

use crate::{Key, Value};

/// Keys and values; the last write of a key wins and keeps the key's first place.
///
/// Up to 16 keys are searched one by one, which is faster than hashing at that size; larger maps
/// are hashed.
#[derive(Clone, Debug)]
pub struct Map(Entries);

#[derive(Clone, Debug)]
enum Entries {
    Few(Vec<(Key, Value)>),
    Many(Box<Hashed>),
}

type Hashed = IndexMap<Key, Value, foldhash::fast::RandomState>;

impl Map {
    /// A map without keys; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Entries::Few(Vec::new()))
    }

    /// A map of members that come once in their final number; of equal keys the last one wins.
    pub(crate) fn from_members(members: impl ExactSizeIterator<Item = (Key, Value)>) -> Self {
        if members.len() > FEW_MAX {
            return Self(Entries::Many(Box::new(members.collect())));
        }
        let entries: Vec<_> = members.collect();
        let (mut rest, mut unique) = (entries.as_slice(), true);
        while let [(key, _), after @ ..] = rest {
            unique &= after.iter().all(|(other, _)| other != key);
            rest = after;
        }
        if unique { Self(Entries::Few(entries)) } else { entries.into_iter().collect() }
    }

    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.0 {
            Entries::Few(entries) => {
                let found = entries.iter().find(|(k, _)| k.as_bytes() == key.as_bytes());
                found.map(|(_, value)| value)
            }
            Entries::Many(entries) => entries.get(key.as_bytes()),
        }
    }

    /// The value under `key`, to change it in place.
    #[must_use]
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        match &mut self.0 {
            Entries::Few(entries) => {
                let found = entries.iter_mut().find(|(k, _)| k.as_bytes() == key.as_bytes());
                found.map(|(_, value)| value)
            }
            Entries::Many(entries) => entries.get_mut(key.as_bytes()),
        }
    }

    /// Sets `key`, keeping its place when it was there; gives back the old value.
    pub fn insert(&mut self, key: impl Into<Key>, value: Value) -> Option<Value> {
        self.insert_key(key.into(), value)
    }

    /// The value under `key`, first set to [`Value::Undefined`] where there was none.
    pub fn entry(&mut self, key: &Key) -> &mut Value {
        self.hash_when_full();
        match &mut self.0 {
            Entries::Few(entries) => {
                let at = entries.iter().position(|(k, _)| k == key).unwrap_or(entries.len());
                if at == entries.len() {
                    entries.push((key.clone(), Value::Undefined));
                }
                #[expect(clippy::indexing_slicing, reason = "found or just pushed there")]
                &mut entries[at].1
            }
            Entries::Many(entries) => entries.entry(key.clone()).or_default(),
        }
    }

    /// Removes `key`, keeping the order of the others; gives back its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        match &mut self.0 {
            Entries::Few(entries) => {
                let at = entries.iter().position(|(k, _)| k.as_bytes() == key.as_bytes())?;
                Some(entries.remove(at).1)
            }
            Entries::Many(entries) => entries.shift_remove(key.as_bytes()),
        }
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries().map(|(key, value)| (key.as_str(), value))
    }

    /// Keys (cheap to clone) and values in order.
    pub fn entries(&self) -> impl Iterator<Item = (&Key, &Value)> {
        let (few, many) = match &self.0 {
            Entries::Few(entries) => (Some(entries.iter()), None),
            Entries::Many(entries) => (None, Some(entries.iter())),
        };
        let few = few.into_iter().flatten().map(|(key, value)| (key, value));
        few.chain(many.into_iter().flatten())
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Entries::Few(entries) => entries.len(),
            Entries::Many(entries) => entries.len(),
        }
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn insert_key(&mut self, key: Key, value: Value) -> Option<Value> {
        self.hash_when_full();
        match &mut self.0 {
            Entries::Few(entries) => {
                if let Some((_, old)) = entries.iter_mut().find(|(k, _)| *k == key) {
                    return Some(std::mem::replace(old, value));
                }
                entries.push((key, value));
                None
            }
            Entries::Many(entries) => entries.insert(key, value),
        }
    }

    fn hash_when_full(&mut self) {
        if let Entries::Few(entries) = &mut self.0
            && entries.len() >= FEW_MAX
        {
            let entries = std::mem::take(entries);
            self.0 = Entries::Many(Box::new(entries.into_iter().collect()));
        }
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Into<Key>> Extend<(K, Value)> for Map {
    fn extend<I: IntoIterator<Item = (K, Value)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert_key(key.into(), value);
        }
    }
}

impl<K: Into<Key>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

const FEW_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_maps_keep_first_place_and_last_value() {
        for size in [1, 15, 16, 17, 18, 40, 1000] {
            let mut map = Map::new();
            for i in 0..size {
                assert!(map.insert(format!("key {i}"), Value::Integer(i)).is_none());
            }
            let old = map.insert("key 0", Value::Bool(true));
            assert!(matches!(old, Some(Value::Integer(0))));
            assert_eq!(map.iter().next().map(|(key, _)| key), Some("key 0"));
            assert!(matches!(map.get("key 0"), Some(Value::Bool(true))));
            for i in 1..size {
                assert!(matches!(map.get(&format!("key {i}")), Some(Value::Integer(n)) if *n == i));
            }
            assert_eq!(map.len(), usize::try_from(size).unwrap());
            assert!(map.get("key").is_none());
            assert_eq!(map.entries().count(), map.len());
            assert!(map.remove("key 0").is_some());
            assert!(map.get("key 0").is_none());
        }
    }

    #[test]
    fn an_entry_is_made_once() {
        let mut map = Map::new();
        for i in 0..40 {
            *map.entry(&Key::from(format!("k{i}"))) = Value::Integer(i);
            assert!(matches!(map.entry(&Key::from(format!("k{i}"))), Value::Integer(n) if *n == i));
        }
        assert_eq!(map.len(), 40);
    }
}
