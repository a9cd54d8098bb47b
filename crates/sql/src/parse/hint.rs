//! What was probably meant where the grammar ends. It does not know what was expected there.

use super::cursor::{Cursor, is_reserved};

/// How to mend what comes next.
pub(super) fn hint(cursor: &Cursor) -> Option<String> {
    let Some(word) = cursor.word() else { return misspelt_before(cursor) };
    let upper = word.to_ascii_uppercase();
    Some(match upper.as_str() {
        "GROUP" | "HAVING" | "ORDER" | "LIMIT" | "OFFSET" | "WINDOW" => {
            format!("a rule looks at one event at a time: there is no `{upper}`")
        }
        "JOIN" | "LEFT" | "INNER" | "OUTER" | "CROSS" => {
            "several topic filters are separated by commas: FROM \"a/#\", \"b/#\"".to_owned()
        }
        "UNION" | "INSERT" | "UPDATE" | "DELETE" | "WITH" | "CREATE" | "DROP" => {
            "a rule is one SELECT or FOREACH statement".to_owned()
        }
        "DO" | "INCASE" | "WHERE" | "SELECT" | "FOREACH" => ORDER.to_owned(),
        "FROM" => return None,
        _ if is_reserved(word) => {
            format!("`{word}` is a keyword; as a name it is written \"{word}\"")
        }
        _ => return misspelt(word).or_else(|| misspelt_before(cursor)),
    })
}

/// A misspelt keyword reads as the name of the field before it, and what follows it is in the way.
fn misspelt_before(cursor: &Cursor) -> Option<String> {
    let word = cursor.last_word()?;
    let keyword = nearest(word)?;
    Some(format!("did you mean `{keyword}` where `{word}` stands?"))
}

fn misspelt(word: &str) -> Option<String> {
    Some(format!("did you mean `{}`?", nearest(word)?))
}

/// The keyword that a slip of the hand made `word` of.
fn nearest(word: &str) -> Option<&'static str> {
    let letters = word.chars().count();
    if letters > LETTERS_MAX {
        return None;
    }
    let upper = word.to_ascii_uppercase();
    // Of two letters everything is near to everything; only one that is missing is a slip.
    let slips_max = (letters / 3).max(1);
    KEYWORDS
        .into_iter()
        .filter(|keyword| letters > 2 || keyword.len() > letters)
        .map(|keyword| (strsim::damerau_levenshtein(&upper, keyword), keyword))
        .filter(|(slips, _)| (1..=slips_max).contains(slips))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, keyword)| keyword)
}

const KEYWORDS: [&str; 15] = [
    "SELECT", "FOREACH", "FROM", "WHERE", "INCASE", "WHEN", "THEN", "ELSE", "CASE", "BETWEEN",
    "LIKE", "AND", "NOT", "END", "NULL",
];

const LETTERS_MAX: usize = 12;

const ORDER: &str = "the order is SELECT … FROM … WHERE, \
                     or FOREACH … DO … INCASE … FROM … WHERE";
