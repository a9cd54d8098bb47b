//! Which filters match this name: a persistent index of topic filters; knows nothing of what the
//! keys stand for.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::quality::FixedState;
use rpds::HashTrieMapSync;
use smallvec::SmallVec;

use crate::map::{self, Map};
use crate::matches::split;
use crate::{LEVELS_MAX, TopicFilter};

/// Topic filters with any number of keys each, and a value for each (filter, key).
///
/// Cloning is O(1) and shares everything: a snapshot for readers costs nothing, and a change
/// copies only the way to what it touches. A filter is known by its [`TopicFilter::matched`] text:
/// `$share/g/a` and `a` are one place, so what tells their subscribers apart belongs into the key.
///
/// Filters without a wildcard, however deep, are found with one hash; those with one are walked
/// level by level, never deeper than [`LEVELS_MAX`].
#[derive(Clone)]
pub struct TopicTree<K: Eq + Hash, T> {
    exact: HashTrieMapSync<Arc<str>, Map<K, T>, FixedState>,
    wild: Node<K, T>,
    len: usize,
    hasher: FixedState,
}

/// What is known about all filters with wildcards that begin with the same levels.
#[derive(Clone)]
struct Node<K: Eq + Hash, T> {
    /// By their next level, which is text.
    children: Map<Arc<str>, Self>,
    /// Those that go on with `+`.
    plus: Option<Arc<Self>>,
    /// Of the filter that ends here.
    here: Map<K, T>,
    /// Of the filter that ends with a `#` below here.
    below: Map<K, T>,
}

impl<K: Eq + Hash, T> TopicTree<K, T> {
    /// An empty tree with a known seed, for keys and filters that nobody outside chooses.
    #[must_use]
    pub fn new() -> Self {
        Self::with_seed(0)
    }

    /// An empty tree whose hashes cannot be foreseen by who does not know `seed`: clients choose
    /// filters, and must not be able to choose ones that collide.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        let hasher = FixedState::with_seed(seed);
        Self {
            exact: HashTrieMapSync::new_with_hasher_and_ptr_kind(hasher.clone()),
            wild: Node::EMPTY,
            len: 0,
            hasher,
        }
    }

    /// How many (filter, key) pairs there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no filter at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of `key` at exactly this filter.
    #[must_use]
    pub fn get(&self, filter: &TopicFilter, key: &K) -> Option<&T> {
        if !filter.has_wildcard() {
            return self.exact.get(filter.matched())?.get(key);
        }
        let mut node = &self.wild;
        for level in filter.matched().split('/') {
            node = match level {
                "#" => return node.below.get(key),
                "+" => node.plus.as_deref()?,
                text => node.children.get(text)?,
            };
        }
        node.here.get(key)
    }

    /// Calls `f` with each key and value of every filter that matches `name`.
    ///
    /// A key that stands at several matching filters is visited once for each. The order is not
    /// promised. Nothing is allocated.
    pub fn visit(&self, name: &str, f: &mut impl FnMut(&K, &T)) {
        if let Some(entries) = self.exact.get(name) {
            visit_all(entries, f);
        }
        if !self.wild.is_empty() {
            self.wild.visit(name, f);
        }
    }

    /// Whether nothing is left in it, as a tree must be whose last filter was removed.
    pub(crate) fn is_pruned(&self) -> bool {
        self.len == 0 && self.exact.is_empty() && self.wild.is_empty()
    }

    /// All keys and values, in no promised order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, T> {
        Iter {
            exact: self.exact.values(),
            nodes: SmallVec::from_iter([Ways::of(&self.wild)]),
            entries: map::Iter::Few([].iter()),
        }
    }
}

impl<K: Eq + Hash + Clone, T: Clone> TopicTree<K, T> {
    /// Puts `value` at (`filter`, `key`); the value that was there comes back.
    pub fn insert(&mut self, filter: &TopicFilter, key: K, value: T) -> Option<T> {
        let replaced = if filter.has_wildcard() {
            let entries = self.wild.entries_mut(filter.matched(), &self.hasher);
            entries.insert(key, value, self.hasher.clone())
        } else if let Some(entries) = self.exact.get_mut(filter.matched()) {
            entries.insert(key, value, self.hasher.clone())
        } else {
            self.exact.insert_mut(filter.matched_key(), Map::Few(Arc::from([(key, value)])));
            None
        };
        self.len += usize::from(replaced.is_none());
        replaced
    }

    /// Takes (`filter`, `key`) out; its value comes back. No empty place stays behind.
    pub fn remove(&mut self, filter: &TopicFilter, key: &K) -> Option<T> {
        // Looked up first: a removal that finds nothing must not copy what snapshots share.
        self.get(filter, key)?;
        let removed = if filter.has_wildcard() {
            self.wild.remove(Some(filter.matched()), key)
        } else {
            let entries = self.exact.get_mut(filter.matched())?;
            let removed = entries.remove(key);
            if entries.is_empty() {
                self.exact.remove_mut(filter.matched());
            }
            removed
        };
        self.len -= usize::from(removed.is_some());
        removed
    }
}

impl<K: Eq + Hash, T> Node<K, T> {
    const EMPTY: Self =
        Self { children: Map::Empty, plus: None, here: Map::Empty, below: Map::Empty };

    const fn is_empty(&self) -> bool {
        self.children.is_empty()
            && self.plus.is_none()
            && self.here.is_empty()
            && self.below.is_empty()
    }

    fn visit(&self, name: &str, f: &mut impl FnMut(&K, &T)) {
        // One level can leave at most one `+` for later, so this never outgrows its array.
        let mut later: SmallVec<[(&Self, Option<&str>); LEVELS_MAX]> = SmallVec::new();
        let mut next = if name.starts_with('$') {
            // A wildcard at the first level does not match such names [MQTT5-4.7.2-1].
            let (level, rest) = split(name);
            self.children.get(level).map(|child| (child, rest))
        } else {
            Some((self, Some(name)))
        };
        while let Some((node, rest)) = next.take().or_else(|| later.pop()) {
            visit_all(&node.below, f);
            let Some(rest) = rest else {
                visit_all(&node.here, f);
                continue;
            };
            if node.plus.is_none() && node.children.is_empty() {
                continue;
            }
            let (level, rest) = split(rest);
            if let Some(plus) = node.plus.as_deref() {
                later.push((plus, rest));
            }
            next = node.children.get(level).map(|child| (child, rest));
        }
    }
}

impl<K: Eq + Hash + Clone, T: Clone> Node<K, T> {
    /// The place of `filter` below this node, made if it is not there.
    fn entries_mut(&mut self, filter: &str, hasher: &FixedState) -> &mut Map<K, T> {
        let mut node = self;
        for level in filter.split('/') {
            node = match level {
                "#" => return &mut node.below,
                "+" => Arc::make_mut(node.plus.get_or_insert_with(|| Arc::new(Self::EMPTY))),
                text => node.child_mut(text, hasher),
            };
        }
        &mut node.here
    }

    fn child_mut(&mut self, level: &str, hasher: &FixedState) -> &mut Self {
        if self.children.get(level).is_none() {
            self.children.insert(Arc::from(level), Self::EMPTY, hasher.clone());
        }
        #[expect(clippy::expect_used, reason = "the line above puts it there")]
        self.children.get_mut(level).expect("the child was just inserted")
    }

    /// Recurses once a level; [`TopicFilter::parse`] admits at most [`LEVELS_MAX`].
    fn remove(&mut self, rest: Option<&str>, key: &K) -> Option<T> {
        let Some(rest) = rest else { return self.here.remove(key) };
        let (level, rest) = split(rest);
        match level {
            "#" => self.below.remove(key),
            "+" => {
                let plus = Arc::make_mut(self.plus.as_mut()?);
                let removed = plus.remove(rest, key);
                if plus.is_empty() {
                    self.plus = None;
                }
                removed
            }
            text => {
                let child = self.children.get_mut(text)?;
                let removed = child.remove(rest, key);
                if child.is_empty() {
                    self.children.remove(text);
                }
                removed
            }
        }
    }
}

fn visit_all<K: Eq + Hash, T>(entries: &Map<K, T>, f: &mut impl FnMut(&K, &T)) {
    for (key, value) in entries.iter() {
        f(key, value);
    }
}

/// All keys and values of a [`TopicTree`].
pub struct Iter<'t, K: Eq + Hash, T> {
    exact: rpds::map::hash_trie_map::IterValues<'t, Arc<str>, Map<K, T>, archery::ArcTK>,
    /// From the root to where the walk stands.
    nodes: SmallVec<[Ways<'t, K, T>; 4]>,
    entries: map::Iter<'t, K, T>,
}

/// Where a walk can still go from one node.
struct Ways<'t, K: Eq + Hash, T> {
    here: Option<&'t Map<K, T>>,
    below: Option<&'t Map<K, T>>,
    plus: Option<&'t Node<K, T>>,
    children: map::Iter<'t, Arc<str>, Node<K, T>>,
}

impl<'t, K: Eq + Hash, T> Ways<'t, K, T> {
    fn of(node: &'t Node<K, T>) -> Self {
        Self {
            here: Some(&node.here),
            below: Some(&node.below),
            plus: node.plus.as_deref(),
            children: node.children.iter(),
        }
    }
}

impl<'t, K: Eq + Hash, T> Iter<'t, K, T> {
    /// The entries of the next filter, perhaps none.
    fn next_entries(&mut self) -> Option<&'t Map<K, T>> {
        if let Some(entries) = self.exact.next() {
            return Some(entries);
        }
        loop {
            let ways = self.nodes.last_mut()?;
            if let Some(entries) = ways.here.take().or_else(|| ways.below.take()) {
                return Some(entries);
            }
            let child = ways.plus.take().or_else(|| ways.children.next().map(|(_, node)| node));
            match child {
                Some(node) => self.nodes.push(Ways::of(node)),
                None => drop(self.nodes.pop()),
            }
        }
    }
}

impl<'t, K: Eq + Hash, T> Iterator for Iter<'t, K, T> {
    type Item = (&'t K, &'t T);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Some(entry);
            }
            self.entries = self.next_entries()?.iter();
        }
    }
}

impl<'t, K: Eq + Hash, T> IntoIterator for &'t TopicTree<K, T> {
    type Item = (&'t K, &'t T);
    type IntoIter = Iter<'t, K, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Eq + Hash, T> Default for TopicTree<K, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Eq + Hash, T> fmt::Debug for TopicTree<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicTree").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
