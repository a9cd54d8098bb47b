//! Expressions made of bytes, in two spellings: with literals, and with reads of the same values.
//! It does not know what they give.

/// Draws decisions from bytes; when they run out, the simplest ones.
pub(super) struct Generator<'b> {
    bytes: std::iter::Copied<std::slice::Iter<'b, u8>>,
    depth: usize,
}

/// The same expression with literals and with reads.
type Twins = [String; 2];

impl<'b> Generator<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes: bytes.iter().copied(), depth: 0 }
    }

    pub(super) fn condition(&mut self) -> Twins {
        if self.depth == DEPTH_MAX {
            return atom(2);
        }
        self.depth += 1;
        let made = match self.below(14) {
            0..4 => self.comparison(),
            4 => self.joined(" AND ", |this| this.condition()),
            5 => self.joined(" OR ", |this| this.condition()),
            // Not of any condition: NOT of a name is false where NOT of a literal is an error.
            6 => self.comparison().map(|operand| format!("NOT ({operand})")),
            7 => both(self.value(), self.values(), |one, list| format!("({one}) IN ({list})")),
            8 => both(self.value(), self.values(), |one, list| format!("({one}) NOT IN [{list}]")),
            9 => both(self.value(), self.value(), |one, two| format!("({one}) LIKE ({two})")),
            10 => self.value().map(|operand| format!("({operand}) IS NULL")),
            11 => {
                let bounds =
                    both(self.value(), self.value(), |low, high| format!("({low}) AND ({high})"));
                both(self.value(), bounds, |one, bounds| format!("({one}) BETWEEN {bounds}"))
            }
            12 => self.case(|this| this.condition()),
            _ => self.value(),
        };
        self.depth -= 1;
        made
    }

    fn value(&mut self) -> Twins {
        if self.depth == DEPTH_MAX {
            return self.atom();
        }
        self.depth += 1;
        let made = match self.below(12) {
            0..6 => self.atom(),
            6 => self.joined(" + ", |this| this.value()),
            7 => {
                let sign = self.one_of(&[" - ", " * ", " / ", " div ", " mod ", " % ", " || "]);
                self.joined(sign, |this| this.value())
            }
            8 => self.value().map(|operand| format!("-({operand})")),
            9 => self.case(|this| this.value()),
            10 => self.values().map(|items| format!("[{items}]")),
            _ => self.condition().map(|condition| format!("({condition})")),
        };
        self.depth -= 1;
        made
    }

    fn comparison(&mut self) -> Twins {
        let sign = self.one_of(&["=", "!=", "<>", "<", ">", "<=", ">="]);
        both(self.value(), self.value(), |left, right| format!("({left}) {sign} ({right})"))
    }

    fn case(&mut self, result: fn(&mut Self) -> Twins) -> Twins {
        let branch = both(self.condition(), result(self), |when, then| {
            format!("WHEN ({when}) THEN ({then})")
        });
        both(branch, result(self), |branch, other| format!("CASE {branch} ELSE ({other}) END"))
    }

    fn values(&mut self) -> Twins {
        self.joined(", ", |this| this.value())
    }

    fn joined(&mut self, sign: &str, operand: fn(&mut Self) -> Twins) -> Twins {
        let mut made = operand(self).map(|operand| format!("({operand})"));
        for _ in 0..=self.below(3) {
            made = both(made, operand(self), |left, right| format!("{left}{sign}({right})"));
        }
        made
    }

    fn atom(&mut self) -> Twins {
        atom(self.below(ATOMS.len()))
    }

    fn one_of(&mut self, signs: &[&'static str]) -> &'static str {
        signs.get(self.below(signs.len())).copied().unwrap_or_default()
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.bytes.next().unwrap_or_default()) % limit
    }
}

fn atom(number: usize) -> Twins {
    let (literal, member) = ATOMS.get(number).copied().unwrap_or(("true", "b"));
    [literal.to_owned(), format!("payload.{member}")]
}

fn both(left: Twins, right: Twins, join: impl Fn(String, String) -> String) -> Twins {
    let [left_literal, left_read] = left;
    let [right_literal, right_read] = right;
    [join(left_literal, right_literal), join(left_read, right_read)]
}

const DEPTH_MAX: usize = 5;

/// Literals, and the members of the sample payload that hold the same.
const ATOMS: [(&str, &str); 15] = [
    ("0", "i0"),
    ("1", "i1"),
    ("true", "b"),
    ("7", "i7"),
    ("-3", "m3"),
    ("2.5", "f"),
    ("1.0", "f1"),
    ("123456789012345678901234567890", "big"),
    ("'text'", "t"),
    ("'7'", "t7"),
    ("''", "e"),
    ("'true'", "tt"),
    ("false", "n"),
    ("[1, 7, 'text']", "l"),
    ("null()", "nothing"),
];
