//! The only integration binary: one module per boundary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]
#![allow(clippy::disallowed_methods, reason = "tests build trees and start the binary")]

mod alignment;
mod architecture;
mod cases;
mod code_scanning;
mod common;
mod contract;
mod engine;
mod fixtures;
mod flow;
mod hostile;
mod offline;
mod pages;
mod tokens;
