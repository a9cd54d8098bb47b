//! Maps a place inside a TOML string's value back to the place in the file, through quotes and
//! escapes. It does not know what the string says.

use std::ops::Range;

/// Where byte `offsets` of the value of `raw` (a TOML string with its quotes) stand, counted from
/// the start of `raw`. An offset past the end gives the closing quote.
pub(super) fn in_file(raw: &str, offsets: Range<usize>) -> Range<usize> {
    let opening = Opening::of(raw);
    let start = position(raw, &opening, offsets.start);
    let end = position(raw, &opening, offsets.end.max(offsets.start));
    start..end.max(start)
}

struct Opening {
    /// Bytes before the value: quotes, and the newline that TOML drops after three of them.
    length: usize,
    quotes: usize,
    escapes: bool,
}

impl Opening {
    fn of(raw: &str) -> Self {
        let escapes = raw.starts_with('"');
        let quotes = if raw.starts_with("'''") || raw.starts_with("\"\"\"") { 3 } else { 1 };
        let newline = match raw.get(quotes..) {
            Some(rest) if quotes == 3 && rest.starts_with("\r\n") => 2,
            Some(rest) if quotes == 3 && rest.starts_with('\n') => 1,
            Some(_) | None => 0,
        };
        Self { length: quotes + newline, quotes, escapes }
    }
}

fn position(raw: &str, opening: &Opening, offset: usize) -> usize {
    let end = raw.len().saturating_sub(opening.quotes);
    if !opening.escapes {
        return (opening.length + offset).min(end);
    }
    let mut at = opening.length;
    let mut value_offset = 0;
    while value_offset < offset && at < end {
        let rest = raw.get(at..end).unwrap_or_default();
        let (written, meant) = step(rest);
        at += written;
        value_offset += meant;
    }
    // A line-ending backslash stands for nothing: the next character is what was meant.
    while let (written, 0) = step(raw.get(at..end).unwrap_or_default()) {
        if written == 0 {
            break;
        }
        at += written;
    }
    at
}

/// Bytes that the next character takes in the file and in the value.
fn step(rest: &str) -> (usize, usize) {
    let mut chars = rest.chars();
    match (chars.next(), chars.next()) {
        (None, _) => (0, 0),
        (Some('\\'), Some('x')) => (4, code_point_bytes(rest, 2..4)),
        (Some('\\'), Some('u')) => (6, code_point_bytes(rest, 2..6)),
        (Some('\\'), Some('U')) => (10, code_point_bytes(rest, 2..10)),
        (Some('\\'), Some(' ' | '\t' | '\r' | '\n')) => {
            let blank = rest.bytes().skip(1).take_while(u8::is_ascii_whitespace).count();
            (1 + blank, 0)
        }
        (Some('\\'), Some(escaped)) => (1 + escaped.len_utf8(), 1),
        (Some(plain), _) => (plain.len_utf8(), plain.len_utf8()),
    }
}

fn code_point_bytes(rest: &str, digits: Range<usize>) -> usize {
    rest.get(digits)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .and_then(char::from_u32)
        .map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use toml::de::{DeTable, DeValue};

    use super::*;

    /// The `!` of the value is the only one; its place in the file must be found from its offset in
    /// the value.
    fn check(raw: &str) {
        let document = format!("key = {raw}\n");
        let table = DeTable::parse(&document).expect(raw);
        let value = table.get_ref().get("key").expect("key");
        let DeValue::String(text) = value.get_ref() else { panic!("{raw} is no string") };
        let offset = text.find('!').expect("a mark");
        let found = in_file(raw, offset..offset + 1);
        assert_eq!(raw.get(found.clone()), Some("!"), "{raw}: {found:?}");
    }

    #[test]
    fn a_mark_is_found_through_quotes_and_escapes() {
        for raw in [
            "'ab!c'",
            "\"ab!c\"",
            "'''\nab\n!c'''",
            "'''ab!'''",
            "'''\r\nab\r\n!c'''",
            "\"\"\"\nab\\\n   !c\"\"\"",
            "\"\\u00e9\\U0001F600\\x41\\n\\\"\\\\!\"",
            "\"é\\té!\"",
            "\"\"\"a\\\r\n\n   b!\"\"\"",
            "''''quoted' !'''",
        ] {
            check(raw);
        }
    }

    #[test]
    fn an_offset_past_the_end_is_the_closing_quote() {
        assert_eq!(in_file("'ab'", 9..12), 3..3);
        assert_eq!(in_file("\"ab\"", 9..12), 3..3);
        assert_eq!(in_file("", 1..2), 0..0);
    }
}
