//! The plain comparison of one filter with one name, level by level; keeps nothing.

/// Whether `filter` matches `name`: no allocation, one pass over both.
///
/// `+` stands for exactly one level, `#` as the last level for the rest including the level above
/// it [MQTT5-4.7.1-1], and neither stands at the first level for a name that begins with `$`
/// [MQTT5-4.7.2-1].
///
/// Both arguments are raw text, so that it can serve as an operator on values. What is no valid
/// filter is compared as it stands: `+` is a wildcard only alone in its level, `#` only alone in
/// the last level; elsewhere they are characters that must be equal, and `$share/x/` is no prefix
/// but three levels. An empty text is one empty level.
#[must_use]
pub fn matches(filter: &str, name: &str) -> bool {
    if name.starts_with('$') && matches!(first_level(filter), "+" | "#") {
        return false;
    }
    let mut rest_of_filter = Some(filter);
    let mut rest_of_name = Some(name);
    loop {
        match (rest_of_filter, rest_of_name) {
            (None, None) | (Some("#"), _) => return true,
            (Some(filter), Some(name)) => {
                let (level_of_filter, filter) = split(filter);
                let (level_of_name, name) = split(name);
                if level_of_filter != "+" && level_of_filter != level_of_name {
                    return false;
                }
                rest_of_filter = filter;
                rest_of_name = name;
            }
            (None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

/// The first level of `text` and, where there is one, what follows the separator.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    match memchr::memchr(b'/', text.as_bytes()) {
        // Both lie on character boundaries, since `/` is one byte in UTF-8.
        Some(at) => (text.get(..at).unwrap_or(text), text.get(at + 1..)),
        None => (text, None),
    }
}

fn first_level(text: &str) -> &str {
    split(text).0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Filter, names that it matches, names that it does not match.
    const CASES: &[(&str, &[&str], &[&str])] = &[
        // The examples of [MQTT5-4.7.1].
        (
            "sport/tennis/player1/#",
            &[
                "sport/tennis/player1",
                "sport/tennis/player1/ranking",
                "sport/tennis/player1/score/wimbledon",
            ],
            &["sport/tennis/player2", "sport/tennis", "sport/tennis/player11"],
        ),
        ("sport/#", &["sport", "sport/", "sport/a"], &["sports", "/sport", "Sport"]),
        ("#", &["a", "/", "a/b/c", "/finance"], &["$SYS", "$SYS/a", "$"]),
        (
            "sport/tennis/+",
            &["sport/tennis/player1", "sport/tennis/player2", "sport/tennis/"],
            &["sport/tennis", "sport/tennis/player1/ranking"],
        ),
        ("sport/+", &["sport/", "sport/x"], &["sport", "sport/x/", "sport//"]),
        ("+", &["finance", "x"], &["/finance", "$SYS", "a/"]),
        ("+/+", &["/finance", "a/b", "/"], &["finance", "/a/b", "$SYS/a"]),
        ("/+", &["/finance", "/"], &["finance", "//", "a/finance"]),
        ("+/tennis/#", &["a/tennis", "/tennis/x/y"], &["$a/tennis", "tennis", "a/b/tennis"]),
        ("+/monitor/Clients", &["a/monitor/Clients"], &["$SYS/monitor/Clients"]),
        ("$SYS/#", &["$SYS", "$SYS/a/b"], &["SYS/a", "$sys/a", "a/$SYS/a"]),
        ("$SYS/monitor/+", &["$SYS/monitor/Clients"], &["$SYS/monitor"]),
        ("a/+", &["a/$x"], &["$a/x"]),
        ("a/#", &["a/$x/y", "a"], &["$a"]),
        // Neighbours of the separator in byte order, empty levels, text beyond ASCII.
        ("a/+/b", &["a//b", "a/!/b", "a/0/b"], &["a!/b", "a/b", "a/x/b/"]),
        ("a//+", &["a//", "a//x"], &["a/", "a/x"]),
        ("/", &["/"], &["", "//", "a/"]),
        ("é/+", &["é/ü"], &["e/ü", "é"]),
        ("a", &["a"], &["A", "a/", "/a", "ab", ""]),
        ("+/#", &["a", "a/b", "/"], &["$a", "$a/b"]),
    ];

    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, matched, missed) in CASES {
            for name in *matched {
                assert!(matches(filter, name), "{filter} should match {name}");
            }
            for name in *missed {
                assert!(!matches(filter, name), "{filter} should not match {name}");
            }
        }
    }

    #[test]
    fn the_tree_and_the_names_agree_with_the_same_table() {
        for (filter, matched, missed) in CASES {
            for name in *matched {
                crate::fuzz::check_both_trees(filter, name, 1);
            }
            for name in *missed {
                crate::fuzz::check_both_trees(filter, name, 0);
            }
        }
    }

    #[test]
    fn what_is_no_filter_is_compared_as_it_stands() {
        assert!(!matches("a/#/b", "a/x/b"));
        assert!(matches("a/#/b", "a/#/b"));
        assert!(!matches("a/b#", "a/bc"));
        assert!(matches("a+", "a+"));
        assert!(!matches("a+", "ab"));
        assert!(matches("", ""));
        assert!(!matches("", "a"));
        assert!(matches("+", ""));
        assert!(!matches("$share/g/a", "a"));
    }
}
