//! Why nothing could be run, and the exit code for it. A bad *input* is never one of these: it is a gap in the report.

use crate::rule::Diagnostic;
use std::fmt;

/// What the person must mend first.
#[derive(Debug)]
pub enum Failure {
    /// An option or its value is wrong.
    Usage(String),
    /// A named path does not exist.
    Missing(String),
    /// A rule page or the policy is wrong, with the places.
    Rules(Vec<Diagnostic>),
    /// A file of rules or policy could not be read.
    Unreadable(String),
    /// An output could not be written.
    Output(String),
}

impl Failure {
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Output(_) => 2,
            Self::Missing(_) => 3,
            Self::Rules(_) | Self::Unreadable(_) => 4,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Missing(message) | Self::Unreadable(message) | Self::Output(message) => {
                f.write_str(message)
            }
            Self::Rules(found) => {
                let messages: Vec<_> = found.iter().map(|d| format!("{}: {}", d.path, d.message)).collect();
                f.write_str(&messages.join("\n"))
            }
        }
    }
}

impl std::error::Error for Failure {}
