//! Keeps what may be a password out of excerpts: values of connectors are not shown. It goes by
//! lines, since a file that cannot be parsed holds passwords too.

use std::collections::BTreeSet;

use crate::{Diagnostic, Excerpt};

/// Masks the excerpts of those `found` that stand on lines of connectors.
pub(super) fn mask(text: &str, found: &mut [Diagnostic]) {
    let lines: BTreeSet<usize> = found.iter().map(|it| it.line).collect();
    let mut masked = BTreeSet::new();
    let mut in_connectors = false;
    for (line, number) in text.split('\n').zip(1..) {
        let begins = line.trim_start();
        let names_connectors = begins.trim_start_matches(PUNCTUATION).starts_with("connectors");
        if begins.starts_with('[') {
            in_connectors = names_connectors;
        } else if (in_connectors || names_connectors) && lines.contains(&number) {
            masked.insert(number);
        }
    }
    for diagnostic in found.iter_mut().filter(|it| masked.contains(&it.line)) {
        mask_value(&mut diagnostic.excerpt);
    }
}

/// Leaves the key, unless nothing secret can be under it.
fn mask_value(excerpt: &mut Excerpt) {
    let key = excerpt.text.split_once('=').map(|(key, _)| key.trim_end());
    if key.is_some_and(|key| SHOWN.contains(&key.trim_start())) {
        return;
    }
    let kept = key.map_or_else(String::new, |key| format!("{key} = "));
    let kept_chars = kept.chars().count();
    if excerpt.mark_start >= kept_chars {
        (excerpt.mark_start, excerpt.mark_len) = (kept_chars, MASK.len());
    }
    excerpt.text = kept + MASK;
}

const MASK: &str = "***";
const PUNCTUATION: [char; 5] = ['[', ' ', '\t', '"', '\''];
const SHOWN: [&str; 4] = ["type", "enable", "description", "bootstrap_servers"];

#[cfg(test)]
mod tests {
    use crate::RuleFile;

    #[test]
    fn no_excerpt_shows_what_a_connector_holds() {
        for text in [
            "[connectors.w]\ntype = 'postgres'\nurl = 'mysql://u:hunter2@h'",
            "[connectors.w]\ntype = 'postgres'\npasword = 'hunter2'\nurl = 'postgres://h'",
            "[connectors.w]\ntype = 'postgres'\nurl = 'postgres://u:hunter2@h",
            "[ \"connectors\" . w ]\r\nurl = \"postgres://u:hunter2@h\r\n",
            "[connectors.w]\nurl = '''\npostgres://u:hunter2@h",
            "[connectors.w]\nurl = { hunter2 = 1, ",
            "connectors.w = { type = 'postgres', url = 'postgres://u:hunter2@h', enabel = true }",
            "[connectors]\nw = { type = 'postgres', url = 'postgres://u:hunter2@h', enabel = 1 }",
        ] {
            let errors = RuleFile::parse("a.toml", text).expect_err(text);
            let shown = errors.to_string();
            assert!(shown.contains("***") && !shown.contains("hunter2"), "{shown}");
        }
        let rule = "[connectors.w]\ntype = 'postgres'\nurl = 'postgres://h'\n[rules.a]\nsqll = 'x'";
        let shown = RuleFile::parse("a.toml", rule).expect_err(rule).to_string();
        assert!(shown.contains("sqll = 'x'"), "{shown}");
    }
}
