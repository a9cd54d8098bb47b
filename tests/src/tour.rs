//! The commands of the tour in README.md, as they are written there.
