//! The REST endpoint.
//!
//! Goes in: an address, and a closure that tells how the node is. Comes out: HTTP answers. Start
//! reading at [`Admin::bind`] and [`Admin::serve`].
//! This crate does not know how anything it tells is counted or kept.

mod server;
mod status;

pub use server::{Admin, BindError};
pub use status::{Status, StatusSource};
