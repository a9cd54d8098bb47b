//! Reads lines of bounded length. It does not know what stands in them.

use std::io::{self, BufRead, Read as _};

/// Bytes of one line; a longer one is passed over.
pub(crate) const LINE_BYTES_MAX: u64 = 16 << 20;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// One line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'l> {
    /// Its bytes.
    Bytes(&'l [u8]),
    /// It was longer than [`LINE_BYTES_MAX`].
    TooLong,
}

/// Calls `each` with every line of `input`, blank ones left out.
///
/// # Errors
/// What `input` or `each` fails with.
pub(crate) fn for_each_line(
    input: &mut dyn BufRead,
    mut each: impl FnMut(Line<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut line = Vec::new();
    let mut is_first = true;
    loop {
        line.clear();
        // One byte more than fits tells a line that is too long from one that just fits.
        input.take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(());
        }
        // Some shells begin their output with it.
        if std::mem::take(&mut is_first) && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() as u64 > LINE_BYTES_MAX {
            input.skip_until(b'\n')?;
            each(Line::TooLong)?;
            continue;
        }
        if !line.trim_ascii().is_empty() {
            each(Line::Bytes(line.trim_ascii()))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut input: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for_each_line(&mut input, |line| {
            lines.push(match line {
                Line::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Line::TooLong => "too long".into(),
            });
            Ok(())
        })
        .unwrap();
        lines
    }

    #[test]
    fn lines_end_with_a_line_feed_or_the_input() {
        assert_eq!(lines(b"a\r\n\n \nb c\nd"), ["a", "b c", "d"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn a_line_beyond_the_limit_is_passed_over() {
        let limit = usize::try_from(LINE_BYTES_MAX).unwrap();
        let fits = "x".repeat(limit);
        let input = format!("{fits}\n{fits}y\nz\n{fits}yy");
        assert_eq!(lines(input.as_bytes()), [fits.as_str(), "too long", "z", "too long"]);
    }
}
