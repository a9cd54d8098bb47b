//! The embedded durable store: one log of checksummed records in segment files, and the state that
//! is folded from it.
//!
//! Goes in: [`Entry`](sluice_journal::Entry)s by an [`Appender`], one for each worker, which never
//! blocks. Comes out: the position up to which everything is durable, and after a restart what the
//! entries add up to. A [`Committer`] writes, syncs and folds what came meanwhile; a thread drives
//! it, or a simulation. Start reading at [`open()`]. All access to files goes through [`Fs`]. The
//! bytes are described in `docs/store-format.md`. This crate does not know connections, routing,
//! sinks, clocks or when to wait.

mod appender;
mod clean;
mod codec;
mod committer;
mod decoded;
mod fs;
mod index;
mod open;
mod options;
mod record;
mod recovered;
mod segment;

pub use appender::Appender;
pub use committer::{Committer, Step};
pub use fs::{DirLock, Fs, FsFile, RealFs};
pub use open::{Opened, open};
pub use options::{Durability, Options};
pub use recovered::{
    Damage, OpenError, Recovered, RecoveredMessage, RecoveredRow, RecoveredSession, Report,
};
