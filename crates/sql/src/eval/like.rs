//! `LIKE`: `%` is any text, `_` any character. It does not know where text comes from.

/// Whether `text` is like `pattern`. After `escape` a character of the pattern stands for itself.
///
/// Bytes that are no UTF-8 are compared as the replacement character.
pub(super) fn is_like(text: &[u8], pattern: &[u8], escape: Option<char>) -> bool {
    let (text, pattern) = (String::from_utf8_lossy(text), String::from_utf8_lossy(pattern));
    let mut text = text.chars();
    let mut pattern = Pattern { rest: pattern.chars(), escape };
    // Where to go on when a character does not fit: the last `%` takes one character more.
    // Earlier ones never need to: whatever they could take, the last one can take as well.
    let mut retry = None;
    loop {
        let before = text.clone();
        let part = pattern.next();
        if part == Some(Part::AnyText) {
            retry = Some((before, pattern.clone()));
            continue;
        }
        let fits = match (part, text.next()) {
            (None, None) => return true,
            (Some(Part::One(wanted)), Some(found)) => wanted == found,
            (Some(Part::AnyOne), Some(_)) => true,
            // Longer texts cannot fit any better.
            (Some(_), None) => return false,
            (None | Some(Part::AnyText), _) => false,
        };
        if !fits {
            let Some((at, after)) = &mut retry else { return false };
            if at.next().is_none() {
                return false;
            }
            text = at.clone();
            pattern = after.clone();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    AnyText,
    AnyOne,
    One(char),
}

#[derive(Clone)]
struct Pattern<'p> {
    rest: std::str::Chars<'p>,
    escape: Option<char>,
}

impl Iterator for Pattern<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let next = self.rest.next()?;
        if Some(next) == self.escape {
            return Some(Part::One(self.rest.next().unwrap_or(next)));
        }
        Some(match next {
            '%' => Part::AnyText,
            '_' => Part::AnyOne,
            one => Part::One(one),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn patterns_match_as_in_sql() {
        for (text, pattern, expected) in [
            ("", "", true),
            ("", "%", true),
            ("", "_", false),
            ("abc", "abc", true),
            ("abc", "ABC", false),
            ("abc", "ab", false),
            ("ab", "abc", false),
            ("abc", "a%", true),
            ("abc", "%c", true),
            ("abc", "%b%", true),
            ("abc", "a_c", true),
            ("abc", "a_", false),
            ("aXbXc", "a%b%c", true),
            ("aabab", "%ab", true),
            ("abcabd", "%abd", true),
            ("Grüße", "Gr__e", true),
            ("line\nbreak", "line%break", true),
            ("mississippi", "%iss%ip_i", true),
            ("mississippi", "%iss%ipp_i", false),
        ] {
            let found = is_like(text.as_bytes(), pattern.as_bytes(), None);
            assert_eq!(found, expected, "{text} LIKE {pattern}");
        }
        assert!(is_like(b"100%", b"100!%", Some('!')));
        assert!(!is_like(b"1000", b"100!%", Some('!')));
        assert!(is_like(b"a!b", b"a!!b", Some('!')));
    }

    #[test]
    fn many_wildcards_over_a_long_text_end_soon() {
        let text = "a".repeat(10_000);
        let pattern = "%a".repeat(30) + "%b";
        assert!(!is_like(text.as_bytes(), pattern.as_bytes(), None));
    }
}
