//! What the command line promises: exit codes, options, outputs, suppressions. One module per promise.

mod exit;
mod leaks;
mod output;
mod rules;
mod stability;
mod suppression;
