//! Fuzz bodies: ordinary functions over bytes, called by a seeded test and by a fuzzer.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::{NameTree, TopicFilter, TopicName, TopicTree, matches};

/// Parsing never panics, and what is accepted keeps its text and obeys the standard.
pub fn parse(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(name) = TopicName::parse(&text) {
        assert_eq!(name.as_str(), text);
        assert!(!text.contains(['+', '#', '\0']));
        let filter = TopicFilter::parse(&text);
        let is_shared = text.starts_with("$share/");
        assert!(filter.is_ok_and(|f| f.matches(&text) != is_shared) || is_shared);
    }
    if let Ok(filter) = TopicFilter::parse(&text) {
        assert_eq!(filter.as_str(), text);
        assert!(text.ends_with(filter.matched()));
        assert_eq!(filter.share_name().is_some(), text.starts_with("$share/"));
        let levels: Vec<&str> = filter.matched().split('/').collect();
        let last = levels.len() - 1;
        for (at, level) in levels.iter().enumerate() {
            assert!(!level.contains('+') || *level == "+");
            assert!(!level.contains('#') || (*level == "#" && at == last));
        }
        assert_eq!(filter.has_wildcard(), filter.matched().contains(['+', '#']));
    }
    if let Some((filter, name)) = text.split_once('\n') {
        let levels = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        let leading = filter.split('/').next();
        let hidden = name.starts_with('$') && matches!(leading, Some("+" | "#"));
        let expected = !hidden && levels_match(&levels(filter), &levels(name));
        assert_eq!(matches(filter, name), expected, "{filter} and {name}");
    }
}

/// The definition once more, in other words than [`matches`](fn@matches) uses.
fn levels_match(filter: &[String], name: &[String]) -> bool {
    let (filter, name) = match filter.split_last() {
        Some((last, above)) if last == "#" => (above, name.get(..above.len()).unwrap_or_default()),
        _ => (filter, name),
    };
    filter.len() == name.len() && filter.iter().zip(name).all(|(f, n)| f == "+" || f == n)
}

/// [`TopicTree`] agrees with a plain list under inserts and removals, and a snapshot never changes.
pub fn topic_tree(bytes: &[u8]) {
    let mut bytes = bytes.iter().copied();
    let mut tree = TopicTree::with_seed(u64::from(bytes.next().unwrap_or_default()));
    let mut model = BTreeMap::new();
    let mut snapshot = (tree.clone(), model.clone());
    while let Some(action) = bytes.next() {
        let text = text(&mut bytes, FILTER_LEVELS);
        let Ok(filter) = TopicFilter::parse(&text) else { continue };
        let key = action >> 4;
        match action % 8 {
            0..4 => {
                let replaced = tree.insert(&filter, key, action);
                assert_eq!(replaced, model.insert((filter.clone(), key), action));
            }
            4..7 => {
                assert_eq!(tree.remove(&filter, &key), model.remove(&(filter.clone(), key)));
            }
            _ => {
                check_topic_tree(&snapshot.0, &snapshot.1, &mut bytes);
                snapshot = (tree.clone(), model.clone());
            }
        }
        assert_eq!(tree.get(&filter, &key), model.get(&(filter, key)));
        assert_eq!(tree.len(), model.len());
    }
    check_topic_tree(&snapshot.0, &snapshot.1, &mut bytes);
    for ((filter, key), value) in &model {
        assert_eq!(tree.remove(filter, key), Some(*value));
    }
    assert!(tree.is_pruned());
}

/// [`NameTree`] agrees with a plain list under inserts, removals and visits.
pub fn name_tree(bytes: &[u8]) {
    let mut bytes = bytes.iter().copied();
    let mut tree = NameTree::new();
    let mut model = BTreeMap::new();
    while let Some(action) = bytes.next() {
        if action % 8 < 6 {
            let name = text(&mut bytes, NAME_LEVELS);
            if action % 8 < 4 {
                assert_eq!(tree.insert(&name, action), model.insert(name, action));
            } else {
                assert_eq!(tree.remove(&name), model.remove(&name));
            }
            assert_eq!(tree.len(), model.len());
        } else if let Ok(filter) = TopicFilter::parse(&text(&mut bytes, FILTER_LEVELS)) {
            let mut found = Vec::new();
            tree.visit(&filter, &mut |name, value| {
                found.push((name.to_owned(), *value));
                ControlFlow::Continue(())
            });
            let expected = model.iter().filter(|(name, _)| matches(filter.matched(), name));
            let expected: Vec<_> = expected.map(|(name, value)| (name.clone(), *value)).collect();
            assert_eq!(found, expected, "{filter}");
        }
    }
}

/// Both trees say `count` (0 or 1) for one filter and one name.
#[cfg(test)]
pub(crate) fn check_both_trees(filter: &str, name: &str, count: usize) {
    let filter = TopicFilter::parse(filter).expect(filter);
    let mut tree = TopicTree::new();
    tree.insert(&filter, (), ());
    let mut visited = 0;
    tree.visit(name, &mut |(), ()| visited += 1);
    assert_eq!(visited, count, "the tree: {filter} and {name}");

    let mut names = NameTree::new();
    names.insert(name, ());
    let mut visited = 0;
    names.visit(&filter, &mut |_, ()| {
        visited += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(visited, count, "the names: {filter} and {name}");
}

type Model = BTreeMap<(TopicFilter, u8), u8>;

fn check_topic_tree(tree: &TopicTree<u8, u8>, model: &Model, bytes: &mut impl Iterator<Item = u8>) {
    assert_eq!(tree.iter().count(), model.len());
    let mut all: Vec<_> = tree.iter().map(|(key, value)| (*key, *value)).collect();
    let mut expected: Vec<_> = model.iter().map(|((_, key), value)| (*key, *value)).collect();
    all.sort_unstable();
    expected.sort_unstable();
    assert_eq!(all, expected);

    let name = text(bytes, NAME_LEVELS);
    let mut found = Vec::new();
    tree.visit(&name, &mut |key, value| found.push((*key, *value)));
    let matching = model.iter().filter(|((filter, _), _)| matches(filter.matched(), &name));
    let mut expected: Vec<_> = matching.map(|((_, key), value)| (*key, *value)).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{name}");
}

/// A text of few levels from a small stock, so that filters and names often meet.
fn text(bytes: &mut impl Iterator<Item = u8>, stock: &[&str]) -> String {
    let count = usize::from(bytes.next().unwrap_or_default() % 4) + 1;
    let levels = bytes.take(count).filter_map(|byte| stock.get(usize::from(byte) % stock.len()));
    levels.copied().collect::<Vec<_>>().join("/")
}

/// With the neighbours of the separator in byte order and of `$`.
const NAME_LEVELS: &[&str] = &["a", "b", "", "a!", "a0", "$a", "%", "é", "$", "ab"];
const FILTER_LEVELS: &[&str] = &["a", "b", "+", "#", "", "a!", "$a", "+", "é", "a"];

#[cfg(test)]
mod tests;
