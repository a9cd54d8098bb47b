//! Segment files: their names and their first bytes. It does not know records.

/// A segment by its number: the order in which they were begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SegmentId(pub(crate) u32);

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) segment: SegmentId,
    pub(crate) offset: u64,
    /// Head and body.
    pub(crate) length: u64,
}

impl SegmentId {
    pub(crate) fn file_name(self) -> String {
        format!("segment-{:08x}.log", self.0)
    }

    pub(crate) fn of_file(name: &str) -> Option<Self> {
        let number = name.strip_prefix("segment-")?.strip_suffix(".log")?;
        let id = Self(u32::from_str_radix(number, 16).ok()?);
        (id.file_name() == name).then_some(id)
    }

    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The first bytes of its file.
    pub(crate) fn head(self) -> [u8; HEAD_BYTES] {
        let mut head = [0; HEAD_BYTES];
        for (to, from) in head
            .iter_mut()
            .zip(MAGIC.iter().chain(&VERSION.to_le_bytes()).chain(&self.0.to_le_bytes()))
        {
            *to = *from;
        }
        head
    }

    /// Whether the file is one of ours.
    pub(crate) fn check(self, bytes: &[u8]) -> Head {
        let Some((head, _)) = bytes.split_first_chunk::<HEAD_BYTES>() else { return Head::Torn };
        if *head == self.head() {
            return Head::Good;
        }
        // Room was made for it, and the power went before the bytes came.
        if head.iter().zip(self.head()).all(|(found, own)| *found == 0 || *found == own) {
            return Head::Torn;
        }
        let [magic @ .., v0, v1, v2, v3, _, _, _, _] = head;
        match u32::from_le_bytes([*v0, *v1, *v2, *v3]) {
            version if magic == MAGIC && version > VERSION => Head::Later(version),
            _ => Head::Foreign,
        }
    }
}

/// What the first bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Good,
    /// Not written whole.
    Torn,
    /// Of a version that this binary does not know.
    Later(u32),
    /// No head.
    Foreign,
}

/// Magic, version, number; little-endian.
pub(crate) const HEAD_BYTES: usize = 16;
const MAGIC: &[u8; 8] = b"SLUICELG";
/// Of the format, see `docs/store-format.md`.
pub(crate) const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_heads_tell_the_number() {
        let id = SegmentId(0x2a);
        assert_eq!(id.file_name(), "segment-0000002a.log");
        assert_eq!(SegmentId::of_file("segment-0000002a.log"), Some(id));
        for name in ["segment-2a.log", "segment-0000002A.log", "segment-0000002a", "x"] {
            assert_eq!(SegmentId::of_file(name), None, "{name}");
        }
        let mut head = id.head().to_vec();
        assert_eq!(id.check(&head), Head::Good);
        assert_eq!(id.check(&head[..15]), Head::Torn);
        assert_eq!(SegmentId(1).check(&head), Head::Foreign);
        assert_eq!(id.check(&[0; 40]), Head::Torn);
        head[8] = 9;
        assert_eq!(id.check(&head), Head::Later(9));
        assert_eq!(id.check(b"something else entirely"), Head::Foreign);
    }
}
