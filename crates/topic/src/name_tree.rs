//! Which names does this filter match: an index of topic names; knows nothing of what the values
//! are.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Bound, ControlFlow};

use crate::TopicFilter;
use crate::matches::split;

/// Topic names with one value each, ordered by their bytes.
///
/// The order keeps all names below `a/b/` together, whatever lies between `a/b` and `a/b/`, so a
/// filter is answered by reading on from its literal beginning and leaping over what cannot match.
/// Names of any depth are one entry each. A visit costs at most one search for each name below the
/// filter's literal beginning; usually it costs one for each answer.
#[derive(Clone)]
pub struct NameTree<T> {
    names: BTreeMap<Box<str>, T>,
}

impl<T> NameTree<T> {
    /// An empty index.
    #[must_use]
    pub const fn new() -> Self {
        Self { names: BTreeMap::new() }
    }

    /// Puts `value` at `name`; the value that was there comes back.
    pub fn insert(&mut self, name: &str, value: T) -> Option<T> {
        if let Some(present) = self.names.get_mut(name) {
            return Some(std::mem::replace(present, value));
        }
        self.names.insert(Box::from(name), value)
    }

    /// Takes `name` out; its value comes back.
    pub fn remove(&mut self, name: &str) -> Option<T> {
        self.names.remove(name)
    }

    /// The value at `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.names.get(name)
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// All names with their values, ordered by bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.names.iter().map(|(name, value)| (&**name, value))
    }

    /// Calls `f` with each name that [`filter.matched()`](TopicFilter::matched) matches, ordered
    /// by bytes, until it breaks.
    pub fn visit(&self, filter: &TopicFilter, f: &mut impl FnMut(&str, &T) -> ControlFlow<()>) {
        self.visit_after(filter, None, f);
    }

    /// The same from behind the name `after` on, to go on with a visit that broke there.
    pub fn visit_after(
        &self,
        filter: &TopicFilter,
        after: Option<&str>,
        f: &mut impl FnMut(&str, &T) -> ControlFlow<()>,
    ) {
        if filter.has_wildcard() {
            self.visit_range(filter.matched(), after, f);
        } else if after.is_some_and(|after| after >= filter.matched()) {
            // It was visited.
        } else if let Some(value) = self.names.get(filter.matched()) {
            let _one_at_most = f(filter.matched(), value);
        }
    }

    fn visit_range(
        &self,
        filter: &str,
        after: Option<&str>,
        f: &mut impl FnMut(&str, &T) -> ControlFlow<()>,
    ) {
        let mut target = literal_beginning(filter).to_owned();
        if let Some(after) = after
            && *after > *target
        {
            after.clone_into(&mut target);
        }
        let mut names = self.names_from(&target);
        let mut next = names.next().filter(|(name, _)| Some(*name) != after);
        if next.is_none() {
            next = names.next();
        }
        while let Some((name, value)) = next {
            match compare(filter, name, &mut target) {
                Step::Match => {
                    if f(name, value).is_break() {
                        return;
                    }
                    next = names.next();
                }
                Step::Next => next = names.next(),
                Step::Leap => {
                    // Often the very next name is far enough, and cheaper than a search.
                    next = names.next();
                    if next.is_some_and(|(name, _)| *name < *target) {
                        names = self.names_from(&target);
                        next = names.next();
                    }
                }
                Step::End => return,
            }
        }
    }

    fn names_from<'t>(&'t self, from: &str) -> impl Iterator<Item = (&'t str, &'t T)> + use<'t, T> {
        let range = self.names.range::<str, _>((Bound::Included(from), Bound::Unbounded));
        range.map(|(name, value)| (&**name, value))
    }
}

/// What to do after looking at one name.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// It matches; go on with the next name.
    Match,
    /// It does not match, the next one may.
    Next,
    /// Nothing before the target matches.
    Leap,
    /// Nothing further matches.
    End,
}

/// Compares `name` with a filter that has a wildcard; where they part, `target` becomes the first
/// text above `name` that could match.
fn compare(filter: &str, name: &str, target: &mut String) -> Step {
    if name.starts_with('$') && filter.starts_with(['+', '#']) {
        // Not matched by a leading wildcard [MQTT5-4.7.2-1]; `%` is the character above `$`.
        "%".clone_into(target);
        return Step::Leap;
    }
    let mut rest_of_filter = Some(filter);
    let mut rest_of_name = Some(name);
    // Where the level at hand begins in `name`.
    let mut start = 0;
    loop {
        match (rest_of_filter, rest_of_name) {
            (Some("#"), _) | (None, None) => return Step::Match,
            (Some(_), None) => return Step::Next,
            (None, Some(_)) => {
                set_past_siblings(target, name, start);
                return Step::Leap;
            }
            (Some(filter), Some(rest)) => {
                let (level_of_filter, filter) = split(filter);
                let (level_of_name, rest) = split(rest);
                if level_of_filter != "+" && level_of_filter != level_of_name {
                    let beginning = name.get(..start).unwrap_or_default();
                    set_joined(target, beginning, level_of_filter);
                    if **target > *name {
                        return Step::Leap;
                    }
                    // `a/b!` lies between `a/b` and `a/b/`.
                    target.push('/');
                    if filter.is_some() && **target > *name {
                        return Step::Leap;
                    }
                    if start == 0 {
                        return Step::End;
                    }
                    set_past_siblings(target, name, start);
                    return Step::Leap;
                }
                start += level_of_name.len() + 1;
                rest_of_filter = filter;
                rest_of_name = rest;
            }
        }
    }
}

/// The first text above all that shares with `name` the levels before `start`: `0` is the
/// character above the separator.
fn set_past_siblings(target: &mut String, name: &str, start: usize) {
    set_joined(target, name.get(..start.saturating_sub(1)).unwrap_or_default(), "0");
}

fn set_joined(target: &mut String, beginning: &str, end: &str) {
    beginning.clone_into(target);
    target.push_str(end);
}

/// The smallest text that `filter` could match.
fn literal_beginning(filter: &str) -> &str {
    let end = filter.find(['+', '#']).unwrap_or(filter.len());
    let beginning = filter.get(..end).unwrap_or_default();
    // `a/#` matches `a` as well.
    if filter.get(end..) == Some("#") {
        beginning.strip_suffix('/').unwrap_or(beginning)
    } else {
        beginning
    }
}

impl<T> Default for NameTree<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for NameTree<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameTree").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
