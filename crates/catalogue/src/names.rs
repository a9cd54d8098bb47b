//! What things are called over REST: `<type>:<name>`, with the names of types that EMQX uses
//! understood. It does not know which things there are.

/// The type's name in rule files.
pub(crate) fn canonical_type(name: &str) -> Option<&'static str> {
    TYPES.iter().find(|(alias, _)| *alias == name).map(|(_, canonical)| *canonical)
}

/// The name in `<type>:<name>` or in a bare `<name>`, and the type's name in rule files where there
/// is one; `None` where the type is unknown.
pub(crate) fn split(id: &str) -> Option<(Option<&'static str>, &str)> {
    match id.split_once(':') {
        Some((kind, name)) => Some((Some(canonical_type(kind)?), name)),
        None => Some((None, id)),
    }
}

/// `<type>:<name>` with the type as rule files name it; `None` where it has no such form.
pub(crate) fn canonical(id: &str) -> Option<String> {
    let (kind, name) = split(id)?;
    Some(join(kind?, name))
}

pub(crate) fn join(kind: &str, name: &str) -> String {
    format!("{kind}:{name}")
}

/// Whether it can name a rule, an action or a connector; the error says why not.
pub(crate) fn check(name: &str) -> Result<(), String> {
    // All three are held to the same letters.
    name.parse::<sluice_rule::RuleId>().map(drop).map_err(|error| error.to_string())
}

const TYPES: [(&str, &str); 7] = [
    ("postgres", "postgres"),
    ("webhook", "webhook"),
    ("kafka", "kafka"),
    ("republish", "republish"),
    ("pgsql", "postgres"),
    ("http", "webhook"),
    ("kafka_producer", "kafka"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_go_by_their_own_names_and_by_those_of_emqx() {
        assert_eq!(canonical("pgsql:w").as_deref(), Some("postgres:w"));
        assert_eq!(canonical("webhook:w").as_deref(), Some("webhook:w"));
        assert_eq!(split("w"), Some((None, "w")));
        assert_eq!((canonical("w"), split("mysql:w")), (None, None));
    }
}
