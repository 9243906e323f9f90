//! What the command line promises: exit codes, options, outputs, suppressions. One module per promise.

mod exit;
mod flows;
mod formats;
mod inventory;
mod leaks;
mod machine;
mod output;
mod rules;
mod stability;
mod suppression;
