//! What an unknown key was probably meant to be. It does not know what keys mean.

/// What to say about the key at `path`, given the full paths of all known keys and tables.
pub(super) fn unknown_key(path: &[String], known: &[String]) -> (String, String) {
    let what = "no such key".to_owned();
    let full = path.join(".");
    let leaf = path.last().map_or("", String::as_str);
    let same_leaf = known.iter().find(|it| it.rsplit('.').next() == Some(leaf));
    if let Some(elsewhere) = same_leaf {
        return (what, format!("it belongs to another table: {elsewhere}"));
    }
    let parent = path.split_last().map_or(String::new(), |(_, parent)| parent.join("."));
    let beside = |it: &&String| it.rsplit_once('.').map_or("", |(table, _)| table) == parent;
    let by_likeness = |a: &&String, b: &&String| likeness(&full, a).total_cmp(&likeness(&full, b));
    match known.iter().filter(beside).max_by(by_likeness) {
        Some(nearest) => (what, format!("the nearest known key is {nearest}")),
        None => (what, "see deploy/sluice.toml for every key".into()),
    }
}

fn likeness(a: &str, b: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mend(path: &str) -> String {
        let known: Vec<String> = ["node", "mqtt", "mqtt.max_inflight", "mqtt.max_queued_bytes"]
            .map(str::to_owned)
            .into();
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        unknown_key(&path, &known).1
    }

    #[test]
    fn the_nearest_key_of_the_same_table_is_named() {
        assert_eq!(mend("mqtt.max_inflihgt"), "the nearest known key is mqtt.max_inflight");
        assert_eq!(mend("mqqt"), "the nearest known key is mqtt");
    }

    #[test]
    fn a_key_in_the_wrong_table_is_sent_to_its_own() {
        assert_eq!(mend("node.max_inflight"), "it belongs to another table: mqtt.max_inflight");
    }
}
