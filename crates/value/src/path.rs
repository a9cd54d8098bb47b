//! Steps into values: reading keys, indexes and ranges, and writing where a path leads.
//! It does not know how a path is spelled.

use std::sync::Arc;

use crate::{Key, Map, Value};

/// The longest path that should be made from a rule or a message: what is written along a path
/// nests as deep as the path is long, and values are dropped recursively.
pub const PATH_STEPS_MAX: usize = 128;

/// One step of a path that is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// Into a map.
    Key(Key),
    /// To an element of a list: 1-based, negative from the end.
    Index(i64),
    /// `[0]`: to a new element before the first.
    Prepend,
    /// `[-0]`: to a new element after the last.
    Append,
}

/// Why a range of a list has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// A range of something else.
    #[error("a range needs a list, not {0}")]
    NotAList(&'static str),
    /// Zero as a bound, or an end that comes two or more before the start.
    #[error("no elements lie in the range {start}..{end}")]
    BadBounds {
        /// As given.
        start: i64,
        /// As given.
        end: i64,
    },
}

impl Value {
    /// The value under `key`. JSON text is decoded first; anything else that is no map, and a
    /// missing key, give undefined.
    #[must_use]
    pub fn get(&self, key: &str) -> Self {
        if let Self::Text(text) = self {
            let decoded = Self::from_json(text.as_bytes()).unwrap_or_default();
            return decoded.get_ref(key).cloned().unwrap_or_default();
        }
        self.get_ref(key).cloned().unwrap_or_default()
    }

    /// The value under `key` of a map; decodes nothing.
    #[must_use]
    pub fn get_ref(&self, key: &str) -> Option<&Self> {
        if let Self::Map(map) = self { map.get(key) } else { None }
    }

    /// The element at `index`: 1-based, negative from the end. JSON text is decoded first; zero,
    /// out of range and anything but a list give undefined.
    #[must_use]
    pub fn index(&self, index: i64) -> Self {
        let found = self.with_list(|items| items.get(offset(index, items.len())?).cloned());
        found.flatten().unwrap_or_default()
    }

    /// The elements from `start` to `end`, both included, 1-based, negative from the end. An end
    /// beyond the list is clipped. JSON text is decoded first.
    ///
    /// # Errors
    /// Anything but a list; a bound of zero, or a start before the first element; an end two or
    /// more before the start.
    pub fn range(&self, start: i64, end: i64) -> Result<Self, RangeError> {
        let range = self.with_list(|items| Some(slice(items, start, end)?.to_vec()));
        match range {
            None => Err(RangeError::NotAList(self.type_name())),
            Some(None) => Err(RangeError::BadBounds { start, end }),
            Some(Some(items)) => Ok(Self::from(items)),
        }
    }

    /// Writes `value` where `steps` lead, making maps and lists on the way: what is in the way
    /// and no map (no list) is replaced by one. An index out of range changes nothing; on what is
    /// no list it makes a list of one element. No steps replace the whole.
    #[expect(clippy::indexing_slicing, reason = "an element was just added there")]
    pub fn set_path(&mut self, steps: &[PathStep], value: Self) {
        let mut place = self;
        for step in steps {
            place = match step {
                PathStep::Key(key) => place.map_mut().entry(key),
                PathStep::Index(index) => match place.element_mut(*index) {
                    Some(element) => element,
                    None => return,
                },
                PathStep::Prepend => {
                    let items = place.list_mut();
                    items.insert(0, Self::Undefined);
                    &mut items[0]
                }
                PathStep::Append => {
                    let items = place.list_mut();
                    items.push(Self::Undefined);
                    let last = items.len() - 1;
                    &mut items[last]
                }
            };
        }
        *place = value;
    }

    fn with_list<T>(&self, read: impl FnOnce(&[Self]) -> T) -> Option<T> {
        if let Self::Text(text) = self {
            let decoded = Self::from_json(text.as_bytes()).ok()?;
            return if let Self::List(items) = decoded { Some(read(&items)) } else { None };
        }
        if let Self::List(items) = self { Some(read(items)) } else { None }
    }
}

impl Value {
    fn map_mut(&mut self) -> &mut Map {
        if !matches!(self, Self::Map(_)) {
            *self = Self::from(Map::new());
        }
        let Self::Map(map) = self else { unreachable!("anything else was just replaced") };
        Arc::make_mut(map)
    }

    fn list_mut(&mut self) -> &mut Vec<Self> {
        if !matches!(self, Self::List(_)) {
            *self = Self::empty_list();
        }
        let Self::List(items) = self else { unreachable!("anything else was just replaced") };
        Arc::make_mut(items)
    }

    fn element_mut(&mut self, index: i64) -> Option<&mut Self> {
        if !matches!(self, Self::List(_)) {
            *self = Self::from(vec![Self::Undefined]);
            return self.list_mut().first_mut();
        }
        let items = self.list_mut();
        let offset = offset(index, items.len())?;
        items.get_mut(offset)
    }
}

fn slice(items: &[Value], start: i64, end: i64) -> Option<&[Value]> {
    let (first, last) = (position(start, items.len())?, position(end, items.len())?);
    let count = usize::try_from(last.checked_sub(first)?.checked_add(1)?).ok()?;
    let rest = items.get(usize::try_from(first - 1).ok()?..).unwrap_or_default();
    Some(rest.get(..count).unwrap_or(rest))
}

/// Where the 1-based `index`, negative from the end, stands in a list: 1 is the first element.
/// `None` for zero. It may lie outside the list on either side.
fn position(index: i64, len: usize) -> Option<i64> {
    let len = i64::try_from(len).ok()?;
    match index {
        0 => None,
        1.. => Some(index),
        _ => index.checked_add(len)?.checked_add(1),
    }
}

fn offset(index: i64, len: usize) -> Option<usize> {
    usize::try_from(position(index, len)? - 1).ok().filter(|offset| *offset < len)
}

#[cfg(test)]
mod tests;
