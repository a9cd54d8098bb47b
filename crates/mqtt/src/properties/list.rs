//! Properties that are being put together. It does not know the packet they are for.

use super::{Place, Properties, Property, check};
use crate::writer::Writer;

/// Owned properties, written one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertyList(Vec<u8>);

impl PropertyList {
    /// None yet; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends one and tells whether it could: a value that the wire does not allow (text above
    /// 65,535 bytes or with U+0000, a Receive Maximum of 0, …) is left out. That it may stand in
    /// its packet, and stand there twice, is the caller's to know.
    pub fn push(&mut self, property: Property<'_>) -> bool {
        let start = self.0.len();
        let mut writer = Writer::new(&mut self.0);
        property.write(&mut writer);
        let fits = writer.fits()
            && self.0.get(start..).is_some_and(|added| check(added, Place::Anywhere).is_ok());
        if !fits {
            self.0.truncate(start);
        }
        fits
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// To read or encode them.
    #[must_use]
    pub fn as_properties(&self) -> Properties<'_> {
        Properties(&self.0)
    }
}

impl<'p> Extend<Property<'p>> for PropertyList {
    fn extend<I: IntoIterator<Item = Property<'p>>>(&mut self, properties: I) {
        for property in properties {
            self.push(property);
        }
    }
}
