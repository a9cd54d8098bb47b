//! Dates written and read by a pattern of `%` directives. It does not know units.

use crate::functions::FunctionError;
use crate::functions::time::calendar::{DateTime, number};
use crate::functions::time::zone;

/// Fills the directives of `pattern`; everything else is kept.
pub(super) fn format(pattern: &str, nanos: i128, offset: i64) -> Result<String, FunctionError> {
    let date_time = DateTime::at(nanos, offset)?;
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((piece, after)) = next(rest) {
        match piece {
            Piece::Literal(literal) => out.push_str(literal),
            Piece::Digits(field, width) => {
                let value = date_time.field(field, width);
                out.push_str(&format!("{value:0width$}"));
            }
            Piece::Offset(colons) => out.push_str(&zone::write(offset, colons)),
        }
        rest = after;
    }
    Ok(out)
}

/// Reads `text` as `pattern` would have written it, giving nanoseconds since 1970.
pub(super) fn parse(pattern: &str, text: &str, offset: i64) -> Result<i128, FunctionError> {
    let unlike = || FunctionError::new("the text does not fit the format");
    let (mut fields, mut offset) = ([None; 7], offset);
    let (mut pattern, mut text) = (pattern, text);
    while let Some((piece, after)) = next(pattern) {
        pattern = after;
        text = match piece {
            Piece::Literal(literal) => {
                let mut characters = text.chars();
                for _ in literal.chars() {
                    characters.next().ok_or_else(unlike)?;
                }
                characters.as_str()
            }
            Piece::Digits(field, width) => {
                let (value, rest) = number(text, width).ok_or_else(unlike)?;
                let scale = 10_i64.pow(u32::try_from(9 - width).unwrap_or(0));
                let value = if field == Field::Nanos { value * scale } else { value };
                if let Some(place) = fields.get_mut(field as usize) {
                    *place = Some(value);
                }
                rest
            }
            Piece::Offset(colons) => {
                let width = zone::write(0, colons).len();
                let (zone, rest) = text.split_at_checked(width).ok_or_else(unlike)?;
                offset = zone::read(zone).ok_or_else(unlike)?;
                rest
            }
        };
    }
    let [Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second), nanos] =
        fields
    else {
        return Err(FunctionError::new("the format must give %Y, %m, %d, %H, %M and %S"));
    };
    let nanos = nanos.unwrap_or(0);
    DateTime { year, month, day, hour, minute, second, nanos }.unix_nanos(offset)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Nanos,
}

#[derive(Clone, Copy)]
enum Piece<'p> {
    Literal(&'p str),
    /// A field and how many digits it has.
    Digits(Field, usize),
    /// A zone with that many colons.
    Offset(usize),
}

fn next(pattern: &str) -> Option<(Piece<'_>, &str)> {
    for (directive, piece) in DIRECTIVES {
        if let Some(rest) = pattern.strip_prefix(directive) {
            return Some((piece, rest));
        }
    }
    // `%%` is two characters, and the second begins no directive.
    let first = if pattern.starts_with("%%") { 2 } else { pattern.chars().next()?.len_utf8() };
    pattern.split_at_checked(first).map(|(literal, rest)| (Piece::Literal(literal), rest))
}

const DIRECTIVES: [(&str, Piece<'static>); 12] = [
    ("%Y", Piece::Digits(Field::Year, 4)),
    ("%m", Piece::Digits(Field::Month, 2)),
    ("%d", Piece::Digits(Field::Day, 2)),
    ("%H", Piece::Digits(Field::Hour, 2)),
    ("%M", Piece::Digits(Field::Minute, 2)),
    ("%S", Piece::Digits(Field::Second, 2)),
    ("%N", Piece::Digits(Field::Nanos, 9)),
    ("%3N", Piece::Digits(Field::Nanos, 3)),
    ("%6N", Piece::Digits(Field::Nanos, 6)),
    ("%z", Piece::Offset(0)),
    ("%:z", Piece::Offset(1)),
    ("%::z", Piece::Offset(2)),
];

impl DateTime {
    fn field(&self, field: Field, width: usize) -> i64 {
        match field {
            Field::Year => self.year,
            Field::Month => self.month,
            Field::Day => self.day,
            Field::Hour => self.hour,
            Field::Minute => self.minute,
            Field::Second => self.second,
            Field::Nanos => self.nanos / 10_i64.pow(u32::try_from(9 - width).unwrap_or(0)),
        }
    }
}
