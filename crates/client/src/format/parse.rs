//! Reads the notation of `-F`. It does not know values.

use super::time::Part;
use super::{Kind, Layout, Piece};

/// Why a text is no output format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormatError {
    #[error("-F: `{0}{1}` stands for nothing that is known")]
    Unknown(char, char),
    #[error("-F: ends within a sequence")]
    Incomplete,
}

pub(super) fn parse(text: &str) -> Result<Vec<Piece>, FormatError> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let piece = match c {
            '%' => field(&mut rest)?,
            '@' => time(&mut rest)?,
            '\\' => Piece::Literal(vec![escape(&mut rest)?]),
            _ => Piece::Literal(c.encode_utf8(&mut [0; 4]).as_bytes().to_vec()),
        };
        match piece {
            Piece::Literal(bytes) => literal.extend(bytes),
            Piece::Field { .. } => {
                flush(&mut literal, &mut pieces);
                pieces.push(piece);
            }
        }
    }
    flush(&mut literal, &mut pieces);
    Ok(pieces)
}

fn flush(literal: &mut Vec<u8>, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(std::mem::take(literal)));
    }
}

/// Behind a `%`: flags, width, maximum width, letter.
fn field(rest: &mut std::str::Chars<'_>) -> Result<Piece, FormatError> {
    let mut layout = Layout::default();
    loop {
        match rest.as_str().chars().next() {
            Some('0') => layout.zero_padded = true,
            Some('-') => layout.left_aligned = true,
            _ => break,
        }
        rest.next();
    }
    layout.width = number(rest);
    if rest.as_str().starts_with('.') {
        rest.next();
        layout.width_max = Some(number(rest));
    }
    let letter = rest.next().ok_or(FormatError::Incomplete)?;
    if letter == '%' {
        return Ok(Piece::Literal(b"%".into()));
    }
    let kind = kind(letter).ok_or(FormatError::Unknown('%', letter))?;
    Ok(Piece::Field { kind, layout })
}

/// Decimal digits, at most 9999 in value: a wider field is nobody's wish.
fn number(rest: &mut std::str::Chars<'_>) -> usize {
    let mut value: u16 = 0;
    while let Some(digit) = rest.as_str().chars().next().and_then(|c| c.to_digit(10)) {
        rest.next();
        value =
            value.saturating_mul(10).saturating_add(u16::try_from(digit).unwrap_or(0)).min(9999);
    }
    usize::from(value)
}

fn kind(letter: char) -> Option<Kind> {
    Some(match letter {
        'A' => Kind::TopicAlias,
        'C' => Kind::ContentType,
        'D' => Kind::CorrelationData,
        'E' => Kind::MessageExpiryInterval,
        'F' => Kind::PayloadFormatIndicator,
        'I' => Kind::Iso8601,
        'j' => Kind::JsonOfText,
        'J' => Kind::JsonOfJson,
        'l' => Kind::PayloadBytes,
        'm' => Kind::PacketId,
        'P' => Kind::UserProperties,
        'p' => Kind::Payload,
        'q' => Kind::QoS,
        'R' => Kind::ResponseTopic,
        'r' => Kind::Retain,
        'S' => Kind::SubscriptionIdentifiers,
        't' => Kind::Topic,
        'U' => Kind::UnixTime,
        'x' => Kind::HexLower,
        'X' => Kind::HexUpper,
        _ => return None,
    })
}

fn time(rest: &mut std::str::Chars<'_>) -> Result<Piece, FormatError> {
    let letter = rest.next().ok_or(FormatError::Incomplete)?;
    if letter == '@' {
        return Ok(Piece::Literal(b"@".into()));
    }
    let part = Part::of_letter(letter).ok_or(FormatError::Unknown('@', letter))?;
    Ok(Piece::Field { kind: Kind::Time(part), layout: Layout::default() })
}

fn escape(rest: &mut std::str::Chars<'_>) -> Result<u8, FormatError> {
    match rest.next().ok_or(FormatError::Incomplete)? {
        '\\' => Ok(b'\\'),
        '0' => Ok(0),
        'a' => Ok(0x07),
        'e' => Ok(0x1B),
        'n' => Ok(b'\n'),
        'r' => Ok(b'\r'),
        't' => Ok(b'\t'),
        'v' => Ok(0x0B),
        letter => Err(FormatError::Unknown('\\', letter)),
    }
}
