//! A persistent map that is one short slice while it is small; knows nothing of topics.
//!
//! Most filters have one subscriber and most nodes few children, so a hash trie for each would
//! cost more than what it holds. Cloning is O(1) in both forms.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::quality::FixedState;
use rpds::HashTrieMapSync;

/// From `K` to `V`; the hasher is handed in where a hash trie may have to be made.
#[derive(Clone)]
pub(crate) enum Map<K: Eq + Hash, V> {
    Empty,
    /// 1 to [`FEW_MAX`] entries, searched from the front.
    Few(Arc<[(K, V)]>),
    /// At least [`MANY_MIN`] entries.
    Many(HashTrieMapSync<K, V, FixedState>),
}

impl<K: Eq + Hash, V> Map<K, V> {
    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    pub(crate) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        match self {
            Self::Empty => None,
            Self::Few(few) => few.iter().find(|(k, _)| k.borrow() == key).map(|(_, v)| v),
            Self::Many(many) => many.get(key),
        }
    }

    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        match self {
            Self::Empty => Iter::Few([].iter()),
            Self::Few(few) => Iter::Few(few.iter()),
            Self::Many(many) => Iter::Many(many.iter()),
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Map<K, V> {
    pub(crate) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        match self {
            Self::Empty => None,
            Self::Few(few) => {
                let at = few.iter().position(|(k, _)| k.borrow() == key)?;
                Arc::make_mut(few).get_mut(at).map(|(_, v)| v)
            }
            Self::Many(many) => many.get_mut(key),
        }
    }

    /// Puts `value` at `key`; the value that was there comes back.
    pub(crate) fn insert(&mut self, key: K, value: V, hasher: FixedState) -> Option<V> {
        if let Some(present) = self.get_mut(&key) {
            return Some(std::mem::replace(present, value));
        }
        match self {
            Self::Empty => *self = Self::Few(Arc::from([(key, value)])),
            Self::Few(few) if few.len() < FEW_MAX => {
                *few = few.iter().cloned().chain([(key, value)]).collect();
            }
            Self::Few(few) => {
                let mut many = HashTrieMapSync::new_with_hasher_and_ptr_kind(hasher);
                for (k, v) in few.iter().cloned().chain([(key, value)]) {
                    many.insert_mut(k, v);
                }
                *self = Self::Many(many);
            }
            Self::Many(many) => many.insert_mut(key, value),
        }
        None
    }

    pub(crate) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let removed = self.get(key)?.clone();
        match self {
            Self::Empty => return None,
            Self::Few(few) if few.len() == 1 => *self = Self::Empty,
            Self::Few(few) => {
                *few = few.iter().filter(|(k, _)| k.borrow() != key).cloned().collect();
            }
            Self::Many(many) => {
                many.remove_mut(key);
                if many.size() < MANY_MIN {
                    let few = many.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                    *self = Self::Few(few);
                }
            }
        }
        Some(removed)
    }
}

/// All entries, in no promised order.
pub(crate) enum Iter<'m, K: Eq + Hash, V> {
    Few(std::slice::Iter<'m, (K, V)>),
    Many(rpds::map::hash_trie_map::Iter<'m, K, V, archery::ArcTK>),
}

impl<'m, K: Eq + Hash, V> Iterator for Iter<'m, K, V> {
    type Item = (&'m K, &'m V);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(few) => few.next().map(|(k, v)| (k, v)),
            Self::Many(many) => many.next(),
        }
    }
}

/// Up to here a search from the front is no slower than a hash and a walk.
const FEW_MAX: usize = 8;

/// Well below [`FEW_MAX`], so that an entry coming and going does not change the form each time.
const MANY_MIN: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_and_shrinking_changes_the_form_and_keeps_the_entries() {
        let hasher = FixedState::with_seed(7);
        let mut map = Map::Empty;
        let mut versions = Vec::new();
        for n in 0..20_u32 {
            versions.push(map.clone());
            assert_eq!(map.insert(n, n * 10, hasher.clone()), None);
            assert_eq!(map.insert(n, n * 100, hasher.clone()), Some(n * 10));
        }
        assert!(matches!(map, Map::Many(_)));
        for n in 0..20 {
            assert_eq!(map.iter().count(), 20 - n as usize);
            assert_eq!(map.get(&n), Some(&(n * 100)));
            assert_eq!(map.remove(&n), Some(n * 100));
            assert_eq!(map.remove(&n), None);
        }
        assert!(map.is_empty());
        for (count, version) in versions.iter().enumerate() {
            assert_eq!(version.iter().count(), count);
            assert!(version.iter().all(|(k, v)| k * 100 == *v));
        }
    }
}
