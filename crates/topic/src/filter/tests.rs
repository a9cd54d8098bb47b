//! Which texts are topic filters, what is kept of them, and what an error says.

use super::*;

/// Text, share name, the filter proper, whether it has a wildcard.
const VALID: &[(&str, Option<&str>, &str, bool)] = &[
    ("a", None, "a", false),
    ("/", None, "/", false),
    ("a//b", None, "a//b", false),
    ("#", None, "#", true),
    ("+", None, "+", true),
    ("/#", None, "/#", true),
    ("+/+/#", None, "+/+/#", true),
    ("a/+/b", None, "a/+/b", true),
    ("é/+/ü/#", None, "é/+/ü/#", true),
    ("$SYS/#", None, "$SYS/#", true),
    ("$share", None, "$share", false),
    ("$shared/g/a", None, "$shared/g/a", false),
    ("$share/g/a", Some("g"), "a", false),
    ("$share/g//", Some("g"), "/", false),
    ("$share/é/a/+/#", Some("é"), "a/+/#", true),
    ("$share/g/$share/h/a", Some("g"), "$share/h/a", false),
];

#[test]
fn a_filter_knows_its_parts() {
    for &(text, share_name, matched, has_wildcard) in VALID {
        let filter = TopicFilter::parse(text).expect(text);
        assert_eq!(filter.as_str(), text);
        assert_eq!(filter.to_string(), text);
        assert_eq!(filter.share_name(), share_name, "{text}");
        assert_eq!(filter.matched(), matched, "{text}");
        assert_eq!(filter.has_wildcard(), has_wildcard, "{text}");
        assert_eq!(&*filter.matched_key(), matched, "{text}");
    }
}

#[test]
fn an_error_says_what_is_wrong_and_where() {
    let cases = [
        ("", FilterError::Empty),
        ("a\0", FilterError::Nul { at: 1 }),
        ("a/#/b", FilterError::HashNotLast { at: 2 }),
        ("#/", FilterError::HashNotLast { at: 0 }),
        ("a/b#", FilterError::HashNotAlone { at: 3 }),
        ("##", FilterError::HashNotAlone { at: 0 }),
        ("é/#a/b", FilterError::HashNotAlone { at: 3 }),
        ("a+", FilterError::PlusNotAlone { at: 1 }),
        ("a/+b/#", FilterError::PlusNotAlone { at: 2 }),
        ("++", FilterError::PlusNotAlone { at: 0 }),
        ("+#", FilterError::PlusNotAlone { at: 0 }),
        ("$share/", FilterError::ShareNameEmpty),
        ("$share//a", FilterError::ShareNameEmpty),
        ("$share/+/a", FilterError::ShareNameWildcard { at: 7 }),
        ("$share/g#/a", FilterError::ShareNameWildcard { at: 8 }),
        ("$share/g", FilterError::ShareFilterMissing),
        ("$share/g/", FilterError::ShareFilterMissing),
        ("$share/g/a+", FilterError::PlusNotAlone { at: 10 }),
    ];
    for (text, error) in cases {
        assert_eq!(TopicFilter::parse(text), Err(error), "{text}");
    }
}

#[test]
fn length_is_bounded_always_and_levels_only_with_a_wildcard() {
    let longest = "x".repeat(65_535);
    assert!(TopicFilter::parse(&longest).is_ok());
    let too_long = "x".repeat(65_536);
    assert_eq!(TopicFilter::parse(&too_long), Err(FilterError::TooLong { bytes: 65_536 }));

    let deep_without_wildcard = "/".repeat(65_535);
    assert!(TopicFilter::parse(&deep_without_wildcard).is_ok());
    let at_the_limit = format!("$share/g/{}#", "/".repeat(LEVELS_MAX - 1));
    assert!(TopicFilter::parse(&at_the_limit).is_ok());
    let above = format!("{}#", "/".repeat(LEVELS_MAX));
    assert_eq!(
        TopicFilter::parse(&above),
        Err(FilterError::TooManyLevels { levels: LEVELS_MAX + 1 })
    );
}

#[test]
fn a_shared_filter_matches_without_its_prefix() {
    let filter = TopicFilter::parse("$share/g/a/#").expect("valid");
    assert!(filter.matches("a/b"));
    assert!(!filter.matches("$share/g/a/b"));
    let exact = TopicFilter::parse("$share/g/a").expect("valid");
    assert!(exact.matches("a"));
    assert!(!exact.matches("b"));
}
