//! The tree against plain matching, and its promises: sharing, pruning, depth.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text).expect(text)
}

fn found(tree: &TopicTree<u32, &'static str>, name: &str) -> Vec<(u32, &'static str)> {
    let mut found = Vec::new();
    tree.visit(name, &mut |key, value| found.push((*key, *value)));
    found.sort_unstable();
    found
}

#[test]
fn every_matching_filter_is_visited_with_each_of_its_keys() {
    let mut tree = TopicTree::with_seed(3);
    tree.insert(&filter("a/b"), 1, "exact");
    tree.insert(&filter("a/+"), 1, "plus");
    tree.insert(&filter("a/+"), 2, "plus");
    tree.insert(&filter("#"), 1, "hash");
    tree.insert(&filter("a/b/#"), 3, "parent");
    tree.insert(&filter("a/c"), 4, "other");
    assert_eq!(
        found(&tree, "a/b"),
        [(1, "exact"), (1, "hash"), (1, "plus"), (2, "plus"), (3, "parent")]
    );
    assert_eq!(found(&tree, "$a/b"), []);
    assert_eq!(tree.len(), 6);
    assert_eq!(tree.iter().count(), 6);
}

#[test]
fn a_value_is_replaced_and_removed_at_its_filter_only() {
    let mut tree = TopicTree::new();
    for text in ["a", "a/#", "+/b"] {
        assert_eq!(tree.insert(&filter(text), 1, "old"), None);
        assert_eq!(tree.insert(&filter(text), 1, "new"), Some("old"));
        assert_eq!(tree.get(&filter(text), &1), Some(&"new"));
        assert_eq!(tree.get(&filter(text), &2), None);
        assert_eq!(tree.remove(&filter(text), &2), None);
        assert_eq!(tree.remove(&filter(text), &1), Some("new"));
        assert_eq!(tree.remove(&filter(text), &1), None);
        assert!(tree.is_empty());
        assert!(tree.is_pruned());
    }
}

#[test]
fn a_shared_filter_is_at_the_place_of_what_it_matches() {
    let mut tree = TopicTree::new();
    tree.insert(&filter("$share/g/a/b"), 1, "g");
    tree.insert(&filter("$share/h/a/+"), 2, "h");
    assert_eq!(found(&tree, "a/b"), [(1, "g"), (2, "h")]);
    assert_eq!(found(&tree, "$share/g/a/b"), []);
    assert_eq!(tree.remove(&filter("$share/g/a/b"), &1), Some("g"));
    assert_eq!(found(&tree, "a/b"), [(2, "h")]);
}

#[test]
fn a_clone_does_not_see_what_changes_after_it() {
    let mut tree = TopicTree::new();
    for n in 0..100 {
        tree.insert(&filter(&format!("a/{n}/+")), n, "one");
        tree.insert(&filter("a/#"), n, "all");
        tree.insert(&filter("a/7/x"), n, "exact");
    }
    let snapshot = tree.clone();
    let before = found(&snapshot, "a/7/x");
    assert_eq!(before.len(), 201);
    for n in 0..100 {
        tree.remove(&filter(&format!("a/{n}/+")), &n);
        tree.remove(&filter("a/#"), &n);
        tree.remove(&filter("a/7/x"), &n);
    }
    assert!(tree.is_pruned());
    assert_eq!(found(&tree, "a/7/x"), []);
    assert_eq!(found(&snapshot, "a/7/x"), before);
}

#[test]
fn depth_overflows_no_stack() {
    let slashes = "/".repeat(65_535);
    let deepest_wildcard = format!("{}#", "+/".repeat(LEVELS_MAX - 1));
    let deepest_text = format!("{}+", "x/".repeat(LEVELS_MAX - 1));
    let run = move || {
        let mut tree = TopicTree::new();
        tree.insert(&filter(&slashes), 1, "exact");
        tree.insert(&filter(&deepest_wildcard), 2, "hash");
        tree.insert(&filter(&deepest_text), 3, "text");
        let snapshot = tree.clone();
        assert_eq!(found(&tree, &slashes), [(1, "exact"), (2, "hash")]);
        assert_eq!(found(&tree, &"x/".repeat(LEVELS_MAX - 1)), [(2, "hash"), (3, "text")]);
        assert_eq!(tree.remove(&filter(&deepest_text), &3), Some("text"));
        assert_eq!(tree.remove(&filter(&deepest_wildcard), &2), Some("hash"));
        assert_eq!(snapshot.iter().count(), 3);
    };
    // Half of what a thread usually has, in a build that optimises nothing.
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run);
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn many_ways_through_the_tree_are_all_visited_once() {
    // Each level both as text and as `+`: 2^10 filters match one name.
    let mut tree = TopicTree::new();
    for bits in 0..1024_u32 {
        let levels: Vec<_> = (0..10).map(|n| if bits >> n & 1 == 1 { "+" } else { "a" }).collect();
        tree.insert(&filter(&levels.join("/")), bits, "way");
    }
    let all: Vec<_> = (0..1024).map(|bits| (bits, "way")).collect();
    assert_eq!(found(&tree, "a/a/a/a/a/a/a/a/a/a"), all);
    assert_eq!(found(&tree, "a/a/a/a/b/a/a/a/a/a").len(), 512);
}

#[test]
fn it_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&TopicTree::<u32, String>::new());
}

proptest! {
    #[test]
    fn the_tree_agrees_with_plain_matching(bytes in vec(any::<u8>(), 0..600)) {
        crate::fuzz::topic_tree(&bytes);
    }
}
