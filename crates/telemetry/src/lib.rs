//! Log lines, the events that scripts read in them, and the one way to spawn a task.
//!
//! Goes in: a filter, events, futures. Comes out: lines on standard error, tasks whose panics are
//! told. Start reading at [`init_logging`] and [`spawn`].
//! This crate does not know sessions, rules or configuration files.

mod event;
mod logging;
mod task;

pub use event::listener_ready;
pub use logging::{FilterError, check_filter, init_logging};
pub use task::spawn;
