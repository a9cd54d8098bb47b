//! The payloads of a load: where the message's number and time stand in them. It does not know
//! packets.

use std::ops::Range;

/// Marks where the number of the message goes in a payload file.
const NUMBER_MARK: &[u8] = b"${seq}";
/// Marks where the time of sending goes in a payload file, in nanoseconds since the load began.
const TIME_MARK: &[u8] = b"${time}";
/// Decimal digits of the largest `u64`.
const DIGITS: usize = 20;
/// The number and the time, 8 bytes each.
pub(crate) const BINARY_BYTES_MIN: usize = 16;

/// A payload in which number and time are overwritten for each message; its length never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    bytes: Vec<u8>,
    number: Range<usize>,
    /// Absent where a payload file does not name it: such a load has no latencies.
    time: Option<Range<usize>>,
    notation: Notation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    /// Little-endian, 8 bytes.
    Binary,
    /// Decimal, padded with blanks on the left: still a number in JSON.
    Decimal,
}

/// Why a payload file cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payload file must hold `${{seq}}` once and `${{time}}` at most once")]
pub(crate) struct PayloadFileError;

impl Payload {
    /// Number, time, then filling up to `len` bytes (at least `BINARY_BYTES_MIN`).
    pub(crate) fn binary(len: usize) -> Self {
        let mut bytes = vec![0; BINARY_BYTES_MIN];
        bytes.resize(len.max(BINARY_BYTES_MIN), b'x');
        Self { bytes, number: 0..8, time: Some(8..16), notation: Notation::Binary }
    }

    /// The text of a file with its marks made room for twenty digits.
    pub(crate) fn from_template(template: &[u8]) -> Result<Self, PayloadFileError> {
        let (bytes, numbers) = widen(template, NUMBER_MARK);
        let [number] = numbers.as_slice() else { return Err(PayloadFileError) };
        let (bytes, times) = widen(&bytes, TIME_MARK);
        // Widening the time moved a number that stands behind it.
        let moved = times.iter().filter(|time| time.start < number.start).count();
        let start = number.start + moved * (DIGITS - TIME_MARK.len());
        let time = match times.as_slice() {
            [] => None,
            [time] => Some(time.clone()),
            _ => return Err(PayloadFileError),
        };
        Ok(Self { bytes, number: start..start + DIGITS, time, notation: Notation::Decimal })
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Writes one message's payload.
    pub(crate) fn write(&mut self, number: u64, nanos: u64, out: &mut Vec<u8>) {
        write_field(self.notation, number, self.bytes.get_mut(self.number.clone()));
        if let Some(time) = self.time.clone() {
            write_field(self.notation, nanos, self.bytes.get_mut(time));
        }
        out.extend_from_slice(&self.bytes);
    }

    /// Number and time of a payload that [`Payload::write`] wrote; `None` for anything else.
    pub(crate) fn read(&self, payload: &[u8]) -> Option<(u64, Option<u64>)> {
        if payload.len() != self.bytes.len() {
            return None;
        }
        let number = read_field(self.notation, payload.get(self.number.clone())?)?;
        let nanos = match self.time.clone() {
            Some(time) => Some(read_field(self.notation, payload.get(time)?)?),
            None => None,
        };
        Some((number, nanos))
    }
}

/// Replaces every `mark` by blanks; tells where they are.
fn widen(text: &[u8], mark: &[u8]) -> (Vec<u8>, Vec<Range<usize>>) {
    let mut bytes = Vec::with_capacity(text.len() + 2 * DIGITS);
    let mut places = Vec::new();
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(mark) {
            places.push(bytes.len()..bytes.len() + DIGITS);
            bytes.extend_from_slice(&[b' '; DIGITS]);
            rest = behind;
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    (bytes, places)
}

fn write_field(notation: Notation, mut value: u64, field: Option<&mut [u8]>) {
    let Some(field) = field else { return };
    match notation {
        Notation::Binary => field.copy_from_slice(&value.to_le_bytes()),
        Notation::Decimal => {
            field.fill(b' ');
            for digit in field.iter_mut().rev() {
                *digit = b"0123456789"
                    .get(usize::try_from(value % 10).unwrap_or(0))
                    .copied()
                    .unwrap_or(b'0');
                value /= 10;
                if value == 0 {
                    break;
                }
            }
        }
    }
}

fn read_field(notation: Notation, field: &[u8]) -> Option<u64> {
    match notation {
        Notation::Binary => Some(u64::from_le_bytes(field.try_into().ok()?)),
        Notation::Decimal => str::from_utf8(field).ok()?.trim_start().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(mut payload: Payload, number: u64, nanos: u64) -> (Vec<u8>, (u64, Option<u64>)) {
        let mut out = Vec::new();
        payload.write(number, nanos, &mut out);
        let read = payload.read(&out).unwrap();
        (out, read)
    }

    #[test]
    fn a_binary_payload_reads_back() {
        let (bytes, read) = round_trip(Payload::binary(64), 7, u64::MAX);
        assert_eq!((bytes.len(), read), (64, (7, Some(u64::MAX))));
        assert_eq!(Payload::binary(64).read(&bytes[1..]), None);
    }

    #[test]
    fn a_template_stays_json_and_reads_back() {
        let template = br#"{"at": ${time}, "n": ${seq}, "temp": 31.5}"#;
        let (bytes, read) = round_trip(Payload::from_template(template).unwrap(), 120, 5);
        assert_eq!(read, (120, Some(5)));
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json, serde_json::json!({"at": 5, "n": 120, "temp": 31.5}));
    }

    #[test]
    fn a_template_may_leave_the_time_out_but_not_the_number() {
        let (_, read) = round_trip(Payload::from_template(b"${seq}").unwrap(), u64::MAX, 5);
        assert_eq!(read, (u64::MAX, None));
        for template in ["", "${time}", "${seq}${seq}", "${seq}${time}${time}"] {
            assert_eq!(Payload::from_template(template.as_bytes()), Err(PayloadFileError));
        }
    }
}
