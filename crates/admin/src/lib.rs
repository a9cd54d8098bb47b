//! The REST endpoint.
//!
//! Goes in: an address, and the services that it makes reachable. Comes out: HTTP answers. Start
//! reading at [`Admin::bind`] and [`Admin::serve`], then `app`, which lists the paths.
//! This crate does not know how anything it tells is counted or kept, but for users, API keys and
//! tokens.

mod access;
mod actions;
mod answer;
mod api_keys;
mod app;
mod body;
mod connectors;
mod credentials;
mod error_codes;
mod exposition;
mod layers;
mod login;
mod node;
mod openapi;
mod problem;
mod prometheus;
mod refusal;
mod rule_events;
mod rule_files;
mod rule_metrics;
mod rule_test;
mod rules;
mod server;
mod services;
mod status;
mod time;
mod users;

pub use credentials::{Credentials, CredentialsError};
pub use server::{Admin, BindError};
pub use services::Services;
pub use status::{Status, StatusSource};
