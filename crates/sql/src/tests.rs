//! Tests of whole rules: case files, golden texts, limits. They do not know the insides.

mod cases;
mod event;
mod golden;
mod limits;
