//! The catalogue over folders of its own, with destinations that only pretend.

mod actions;
mod connectors;
mod files;
mod force;
mod keeping;
mod rules;
mod stage;
