//! How a payload names the message that it belongs to. It does not know who reads it.

/// A message in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PublishId(pub(crate) usize);

/// The message as published, or what a rule made of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Variant {
    Original,
    /// With the mark of the rule that made it.
    Derived(String),
}

/// What a payload says of itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    pub(crate) id: PublishId,
    pub(crate) variant: Variant,
}

impl Stamp {
    /// Reads a payload.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(payload).ok()?.strip_prefix("{\"id\":")?;
        let (id, rest) = text.split_once(|c: char| !c.is_ascii_digit())?;
        let id = PublishId(id.parse().ok()?);
        let variant = match rest.strip_prefix("\"by\":\"") {
            Some(mark) => Variant::Derived(mark.split_once('"')?.0.to_owned()),
            None => Variant::Original,
        };
        Some(Self { id, variant })
    }

    /// Writes the payload of a message as published.
    pub(crate) fn write(id: PublishId, number: u64, padding: usize) -> Vec<u8> {
        let padding = "x".repeat(padding);
        format!("{{\"id\":{},\"n\":{number},\"pad\":\"{padding}\"}}", id.0).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_names_its_message() {
        let id = PublishId(17);
        let original = Stamp { id, variant: Variant::Original };
        assert_eq!(Stamp::read(&Stamp::write(id, 3, 5)), Some(original));
        let derived = Stamp { id, variant: Variant::Derived("a+".to_owned()) };
        assert_eq!(Stamp::read(br#"{"id":17,"by":"a+"}"#), Some(derived));
        assert_eq!(Stamp::read(b"{}"), None);
    }
}
