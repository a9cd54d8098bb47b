//! Cuts an action's SQL into tokens, as PostgreSQL does, and tells which `${…}` stand where a value
//! may. It does not know statements or types.

use sluice_value::{Placeholder, Segment, Template};

use crate::parameter::{Parameter, Piece};

/// A piece of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// White space and comments.
    Space(String),
    /// A keyword, a name without quotes or a number.
    Word(String),
    /// A literal or a name in quotes.
    Quoted(String),
    /// Any other character.
    Symbol(char),
    /// A value that comes with the row.
    Parameter {
        /// Its place among [`Scanned::parameters`].
        index: usize,
        /// The type of `type '…${x}…'`.
        cast: Option<String>,
    },
}

/// SQL in tokens.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) tokens: Vec<Token>,
    pub(crate) parameters: Vec<Parameter>,
}

/// Why an action's SQL cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScanError {
    #[error("{what} that begins at character {at} does not end")]
    Unterminated { what: &'static str, at: usize },
    #[error("`${{{name}}}` stands in {place}, where no value can stand{hint}")]
    Misplaced { name: String, place: &'static str, hint: &'static str },
    #[error("`{text}` is no placeholder: write `${{name}}` or `${{a.b}}`")]
    Dollar { text: String },
    #[error("the SQL holds a NUL character")]
    Nul,
}

/// Cuts `template`, the SQL of an action.
pub(crate) fn scan(template: &Template) -> Result<Scanned, ScanError> {
    let mut units = Vec::new();
    for segment in template.segments() {
        match segment {
            Segment::Literal(text) => units.extend(text.chars().map(Unit::Char)),
            Segment::Placeholder(placeholder) => units.push(Unit::Hole(placeholder)),
        }
    }
    if units.iter().any(|unit| unit.is('\0')) {
        return Err(ScanError::Nul);
    }
    let mut scanner = Scanner { units, at: 0, tokens: Vec::new(), parameters: Vec::new() };
    while let Some(unit) = scanner.unit(0) {
        match unit {
            Unit::Hole(placeholder) => {
                scanner.at += 1;
                scanner.push_parameter(Parameter::One(placeholder.clone()));
            }
            Unit::Char(first) => scanner.token(first)?,
        }
    }
    Ok(Scanned { tokens: scanner.tokens, parameters: scanner.parameters })
}

#[derive(Clone, Copy)]
enum Unit<'t> {
    Char(char),
    Hole(&'t Placeholder),
}

impl Unit<'_> {
    const fn is(self, wanted: char) -> bool {
        matches!(self, Unit::Char(character) if character == wanted)
    }
}

struct Scanner<'t> {
    units: Vec<Unit<'t>>,
    at: usize,
    tokens: Vec<Token>,
    parameters: Vec<Parameter>,
}

impl<'t> Scanner<'t> {
    fn unit(&self, ahead: usize) -> Option<Unit<'t>> {
        self.units.get(self.at + ahead).copied()
    }

    fn character(&self, ahead: usize) -> Option<char> {
        match self.unit(ahead) {
            Some(Unit::Char(character)) => Some(character),
            Some(Unit::Hole(_)) | None => None,
        }
    }

    /// Takes the token that begins with `first`, which is the next unit.
    fn token(&mut self, first: char) -> Result<(), ScanError> {
        let second = self.character(1);
        match first {
            '-' if second == Some('-') => self.line_comment(),
            '/' if second == Some('*') => self.block_comment(),
            '\'' => self.literal(),
            '"' => self.quoted_name(),
            '$' => self.dollar(),
            first if first.is_whitespace() => {
                let text = self.take_while(char::is_whitespace);
                self.tokens.push(Token::Space(text));
                Ok(())
            }
            first if is_name_start(first) => {
                let text = self.take_while(|next| is_name_part(next) || next == '$');
                self.tokens.push(Token::Word(text));
                Ok(())
            }
            first if first.is_ascii_digit() => {
                let text = self.take_while(|next| is_name_part(next) || next == '.');
                self.tokens.push(Token::Word(text));
                Ok(())
            }
            other => {
                self.at += 1;
                self.tokens.push(Token::Symbol(other));
                Ok(())
            }
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(character) = self.character(0).filter(|&character| wanted(character)) {
            text.push(character);
            self.at += 1;
        }
        text
    }

    fn line_comment(&mut self) -> Result<(), ScanError> {
        let mut text = self.take_while(|character| character != '\n');
        if let Some(Unit::Hole(placeholder)) = self.unit(0) {
            return Err(misplaced(placeholder, "a comment"));
        }
        // What is put behind the comment later must not become part of it.
        text.push('\n');
        self.tokens.push(Token::Space(text));
        Ok(())
    }

    fn block_comment(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        let mut text = String::new();
        // They nest, as in PostgreSQL.
        let mut depth = 0_usize;
        loop {
            let unfinished = ScanError::Unterminated { what: "the comment", at: start + 1 };
            let character = match self.unit(0) {
                Some(Unit::Char(character)) => character,
                Some(Unit::Hole(placeholder)) => return Err(misplaced(placeholder, "a comment")),
                None => return Err(unfinished),
            };
            let mark = match (character, self.character(1)) {
                ('/', Some('*')) => Some(("/*", depth + 1)),
                ('*', Some('/')) => Some(("*/", depth.saturating_sub(1))),
                _ => None,
            };
            let Some((mark, now)) = mark else {
                text.push(character);
                self.at += 1;
                continue;
            };
            text.push_str(mark);
            self.at += 2;
            depth = now;
            if depth == 0 {
                self.tokens.push(Token::Space(text));
                return Ok(());
            }
        }
    }

    fn quoted_name(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        let mut text = String::from('"');
        self.at += 1;
        loop {
            let character = match self.unit(0) {
                Some(Unit::Char(character)) => character,
                Some(Unit::Hole(placeholder)) => {
                    return Err(misplaced(placeholder, "a name in double quotes"));
                }
                None => {
                    return Err(ScanError::Unterminated { what: "the name", at: start + 1 });
                }
            };
            text.push(character);
            self.at += 1;
            if character == '"' {
                if self.character(0) != Some('"') {
                    break;
                }
                text.push('"');
                self.at += 1;
            }
        }
        self.tokens.push(Token::Quoted(text));
        Ok(())
    }

    /// `'…'`: with placeholders inside it becomes one parameter, whose text is put together before
    /// it is bound.
    fn literal(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        let prefix = self.literal_prefix();
        let escapes = matches!(prefix, Some('e' | 'E'));
        let (mut text, mut pieces, mut piece) = (String::from('\''), Vec::new(), String::new());
        self.at += 1;
        loop {
            let character = match self.unit(0) {
                Some(Unit::Char(character)) => character,
                Some(Unit::Hole(placeholder)) if prefix.is_some() => {
                    return Err(misplaced(placeholder, "a literal with a prefix"));
                }
                Some(Unit::Hole(placeholder)) => {
                    push_text(&mut pieces, &mut piece);
                    pieces.push(Piece::Placeholder(placeholder.clone()));
                    self.at += 1;
                    continue;
                }
                None => {
                    return Err(ScanError::Unterminated { what: "the literal", at: start + 1 });
                }
            };
            self.at += 1;
            text.push(character);
            let is_escape = escapes && character == '\\';
            if character == '\'' && self.character(0) != Some('\'') {
                break;
            }
            piece.push(character);
            if (character == '\'' || is_escape)
                && let Some(next) = self.character(0)
            {
                text.push(next);
                self.at += 1;
            }
        }
        if pieces.is_empty() {
            self.tokens.push(Token::Quoted(text));
            return Ok(());
        }
        push_text(&mut pieces, &mut piece);
        self.push_literal_parameter(pieces);
        Ok(())
    }

    /// The letter before the quote of `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`.
    fn literal_prefix(&self) -> Option<char> {
        let word = match self.tokens.as_slice() {
            [.., Token::Word(word), Token::Symbol('&')] if word.eq_ignore_ascii_case("u") => word,
            [.., Token::Word(word)] => word,
            _ => return None,
        };
        let mut characters = word.chars();
        let first = characters.next().filter(|_| characters.next().is_none())?;
        matches!(first.to_ascii_lowercase(), 'e' | 'b' | 'x' | 'n' | 'u').then_some(first)
    }

    fn push_literal_parameter(&mut self, pieces: Vec<Piece>) {
        let parameter = Parameter::of_pieces(pieces);
        // `interval '${n} seconds'`: the form takes nothing but a literal.
        let spaces =
            self.tokens.iter().rev().take_while(|token| matches!(token, Token::Space(_))).count();
        let before = self.tokens.len().saturating_sub(spaces + 1);
        let cast = match self.tokens.get(before) {
            Some(Token::Word(word)) if is_type_of_literals(word) => Some(word.clone()),
            _ => None,
        };
        if cast.is_some() {
            self.tokens.truncate(before);
        }
        self.tokens.push(Token::Parameter { index: self.parameters.len(), cast });
        self.parameters.push(parameter);
    }

    fn push_parameter(&mut self, parameter: Parameter) {
        self.tokens.push(Token::Parameter { index: self.parameters.len(), cast: None });
        self.parameters.push(parameter);
    }

    /// `$tag$…$tag$`; any other `$` is a mistake.
    fn dollar(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        self.at += 1;
        let tag = match self.character(0) {
            Some(first) if is_name_start(first) => self.take_while(is_name_part),
            _ => String::new(),
        };
        if self.character(0) != Some('$') {
            self.at = start;
            let text = self.take_while(|character| !character.is_whitespace() && character != ',');
            return Err(ScanError::Dollar { text: text.chars().take(40).collect() });
        }
        self.at += 1;
        let delimiter: Vec<char> = format!("${tag}$").chars().collect();
        let mut text: String = delimiter.iter().collect();
        loop {
            if delimiter.iter().enumerate().all(|(ahead, &c)| self.character(ahead) == Some(c)) {
                break;
            }
            match self.unit(0) {
                Some(Unit::Char(character)) => text.push(character),
                Some(Unit::Hole(placeholder)) => {
                    return Err(misplaced(placeholder, "a literal in dollar quotes"));
                }
                None => {
                    return Err(ScanError::Unterminated { what: "the literal", at: start + 1 });
                }
            }
            self.at += 1;
        }
        self.at += delimiter.len();
        text.extend(&delimiter);
        self.tokens.push(Token::Quoted(text));
        Ok(())
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &mut String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text)));
    }
}

fn misplaced(placeholder: &Placeholder, place: &'static str) -> ScanError {
    let name = placeholder.path.join(".");
    let hint = match place {
        "a literal with a prefix" => "; write a plain literal '…'",
        "a name in double quotes" => "; a value is written without quotes",
        _ => "",
    };
    ScanError::Misplaced { name, place, hint }
}

fn is_name_start(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn is_name_part(character: char) -> bool {
    is_name_start(character) || character.is_ascii_digit()
}

fn is_type_of_literals(word: &str) -> bool {
    TYPES_OF_LITERALS.iter().any(|name| name.eq_ignore_ascii_case(word))
}

/// Types that are usual in `type '…'`.
const TYPES_OF_LITERALS: [&str; 17] = [
    "bytea",
    "cidr",
    "date",
    "float8",
    "inet",
    "int4",
    "int8",
    "interval",
    "json",
    "jsonb",
    "numeric",
    "point",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "uuid",
];

#[cfg(test)]
mod tests;
