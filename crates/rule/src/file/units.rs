//! Durations (`15s`) and sizes (`64MiB`) as people write them. It does not know keys.

use std::time::Duration;

use super::{
    fields::Fields,
    findings::Findings,
    tree::{Node, Shape},
};

impl Fields<'_> {
    /// A duration such as `100ms`, `15s`, `2h`.
    pub(super) fn duration(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'_>,
    ) -> Option<Duration> {
        let node: &Node = self.node(key)?;
        let duration = match &node.shape {
            Shape::Text(text) => parse_duration(text),
            Shape::Integer(..)
            | Shape::Float(_)
            | Shape::Bool(_)
            | Shape::Null
            | Shape::Datetime(_)
            | Shape::List(_)
            | Shape::Table(_) => None,
        };
        if duration.is_none() {
            findings.error_with_hint(
                &node.span,
                format!("`{key}` of {} is no duration", self.owner()),
                "write a text of number and unit, ms, s, m, h or d: \"100ms\", \"15s\", \"2h\"",
            );
        }
        duration
    }

    /// Bytes: an integer, or a text such as `64MiB`.
    pub(super) fn size(&mut self, key: &'static str, findings: &mut Findings<'_>) -> Option<u64> {
        let node: &Node = self.node(key)?;
        let size = match &node.shape {
            Shape::Integer(digits, radix) => u64::from_str_radix(digits, *radix).ok(),
            Shape::Text(text) => parse_size(text),
            Shape::Float(_)
            | Shape::Bool(_)
            | Shape::Null
            | Shape::Datetime(_)
            | Shape::List(_)
            | Shape::Table(_) => None,
        };
        if size.is_none() {
            findings.error_with_hint(
                &node.span,
                format!("`{key}` of {} is no size", self.owner()),
                "write bytes as a number, or with a unit: `64KiB`, `256MB`, `1GiB`",
            );
        }
        size
    }
}

/// As [`Fields::duration`] reads it back.
pub(crate) fn duration_text(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let fits = |(unit, _): &(u128, &str)| millis != 0 && millis.is_multiple_of(*unit);
    match units.into_iter().find(fits) {
        Some((unit, name)) => format!("{}{name}", millis / unit),
        None => format!("{millis}ms"),
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}

fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let bytes = match unit {
        "" | "B" => 1,
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(bytes)
}

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.trim_start_matches(' ')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_as_people_write_them() {
        for (text, millis) in [
            ("100ms", Some(100)),
            ("15s", Some(15_000)),
            ("2 h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("15", None),
            ("s", None),
            ("-1s", None),
            ("99999999999999999999s", None),
            ("18446744073709551615d", None),
        ] {
            assert_eq!(parse_duration(text), millis.map(Duration::from_millis), "{text}");
        }
        for (text, bytes) in [
            ("10", Some(10)),
            ("64KiB", Some(65_536)),
            ("256MB", Some(256_000_000)),
            ("1 GiB", Some(1 << 30)),
            ("1TB", None),
            ("", None),
        ] {
            assert_eq!(parse_size(text), bytes, "{text}");
        }
    }
}
