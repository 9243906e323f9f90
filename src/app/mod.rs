//! Wiring: reads what a command needs, runs the engine, writes what comes out, decides the exit code.
//!
//! The only module that writes files, looks at the clock and asks the environment. Commands call it; it knows no
//! command line.
#![allow(clippy::disallowed_methods, reason = "the module that meets the outside world besides intake")]

mod environment;
mod failure;
mod inventory;
mod machine;
mod output;
mod rules;
mod scan;
mod timings;

pub use environment::Environment;
pub use failure::Failure;
pub use inventory::{InventoryOptions, inventory};
pub use machine::{MachineOptions, machine};
pub use output::{Format, Output, write_whole};
pub use rules::{RuleSet, TestedRules, explain, list, load_rules, redactor, test_rules};
pub use scan::{Exit, ScanOptions, Scanned, Standard, scan};
pub use timings::Timings;
