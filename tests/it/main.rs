//! The only integration binary: one module per boundary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "tests")]

mod architecture;
mod cases;
mod engine;
mod fixtures;
mod pages;
