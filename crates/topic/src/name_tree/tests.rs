//! The names against plain matching, and how a visit ends.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text).expect(text)
}

fn found(tree: &NameTree<usize>, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    tree.visit(&filter(text), &mut |name, _| {
        found.push(name.to_owned());
        ControlFlow::Continue(())
    });
    found
}

fn tree(names: &[&str]) -> NameTree<usize> {
    let mut tree = NameTree::new();
    for (at, name) in names.iter().enumerate() {
        assert_eq!(tree.insert(name, at), None);
    }
    tree
}

#[test]
fn a_filter_finds_its_names_in_order() {
    let tree = tree(&["a", "a!", "a!/x", "a/", "a/b", "a/b/c", "a0", "b/b", "$SYS/b", "$SYS"]);
    assert_eq!(found(&tree, "a"), ["a"]);
    assert_eq!(found(&tree, "x"), [""; 0]);
    assert_eq!(found(&tree, "a/#"), ["a", "a/", "a/b", "a/b/c"]);
    assert_eq!(found(&tree, "+"), ["a", "a!", "a0"]);
    assert_eq!(found(&tree, "+/b"), ["a/b", "b/b"]);
    assert_eq!(found(&tree, "#").len(), 8);
    assert_eq!(found(&tree, "$SYS/#"), ["$SYS", "$SYS/b"]);
    assert_eq!(found(&tree, "$SYS/+"), ["$SYS/b"]);
    assert_eq!(found(&tree, "$share/g/+/b"), ["a/b", "b/b"]);
}

#[test]
fn a_visit_ends_when_it_is_told_to() {
    let tree = tree(&["a/1", "a/2", "a/3"]);
    for text in ["a/+", "#", "a/2"] {
        let mut visited = 0;
        tree.visit(&filter(text), &mut |_, _| {
            visited += 1;
            ControlFlow::Break(())
        });
        assert_eq!(visited, 1, "{text}");
    }
}

#[test]
fn a_visit_goes_on_where_it_broke() {
    let names = ["a", "a!", "a!/x", "a/", "a/b", "a/b/c", "a0", "b/b", "$SYS/b", "$SYS"];
    let mut tree = tree(&names);
    for text in ["#", "a/#", "+", "+/b", "a", "$SYS/#", "x", "b/+"] {
        let all = found(&tree, text);
        let mut parts: Vec<String> = Vec::new();
        loop {
            let after = parts.last().cloned();
            let before = parts.len();
            tree.visit_after(&filter(text), after.as_deref(), &mut |name, _| {
                parts.push(name.to_owned());
                ControlFlow::Break(())
            });
            if parts.len() == before {
                break;
            }
        }
        assert_eq!(parts, all, "{text}");
    }
    // Where it broke need no longer be there.
    tree.remove("a/b");
    let mut rest = Vec::new();
    tree.visit_after(&filter("a/#"), Some("a/b"), &mut |name, _| {
        rest.push(name.to_owned());
        ControlFlow::Continue(())
    });
    assert_eq!(rest, ["a/b/c"]);
}

#[test]
fn values_are_replaced_and_removed() {
    let mut tree = tree(&["a", "b"]);
    assert_eq!(tree.insert("a", 7), Some(0));
    assert_eq!(tree.get("a"), Some(&7));
    assert_eq!(tree.len(), 2);
    assert_eq!(tree.remove("a"), Some(7));
    assert_eq!(tree.remove("a"), None);
    assert_eq!(tree.iter().collect::<Vec<_>>(), [("b", &1)]);
}

#[test]
fn depth_overflows_no_stack_and_costs_no_search_a_level() {
    let deep = "/".repeat(65_535);
    let mut tree = NameTree::new();
    tree.insert(&deep, 0);
    tree.insert(&"/".repeat(65_534), 1);
    assert_eq!(found(&tree, "/#").len(), 2);
    assert_eq!(found(&tree, "+/+").len(), 0);
    assert_eq!(found(&tree, &deep), [deep]);
}

#[test]
fn what_cannot_match_is_leapt_over() {
    let mut target = String::new();
    let mut step = |filter, name| (compare(filter, name, &mut target), target.clone());
    assert_eq!(step("+/b", "a/a").1, "a/b");
    assert_eq!(step("+/b/+", "a/b!").1, "a/b/");
    assert_eq!(step("+/b", "a/b!").1, "a0");
    assert_eq!(step("+/b", "a/b/c").1, "a/b0");
    assert_eq!(step("+/b", "$x/b").1, "%");
    assert_eq!(step("+/b", "a").0, Step::Next);
    assert_eq!(step("a/+", "b").0, Step::End);
}

proptest! {
    #[test]
    fn the_names_agree_with_plain_matching(bytes in vec(any::<u8>(), 0..600)) {
        crate::fuzz::name_tree(&bytes);
    }
}
