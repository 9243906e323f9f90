//! The only module that reads the file tree: walking, limits, decoding, modes, links, git-tracked state.
//!
//! What goes in: paths and [`WalkOptions`]. What comes out: one [`Artifact`] at a time, from several threads, and a
//! [`Gap`](crate::finding::Gap) for everything that was not examined. It judges nothing and writes nothing.
//!
//! The tree is hostile. Nothing is opened before its type is known, every read has a limit, and neither `.git` nor an
//! ignore file can make the walk wait, follow a link out of the roots, or keep more than a bounded amount in memory.
#![allow(clippy::disallowed_methods, reason = "the only module that reads the file tree")]

mod archive;
mod artifact;
mod decode;
mod files;
mod git;
mod index;
mod known;
mod ledger;
mod options;
mod paths;
mod roots;
mod scope;
mod scopes;
mod settings;
mod skip;
mod visitor;
mod walk;

#[cfg(test)]
mod tests;

pub use artifact::{Artifact, Encoding, Kind, Meta, Owner, Source};
pub use decode::from_bytes;
pub use known::KnownFiles;
pub use options::{WalkOptions, is_source};
pub use paths::display_path;
pub use roots::MissingPath;
pub use settings::{ReadError, ReadProblem, find_upward, read_again, read_pages, read_text};
pub use skip::is_inside_packages;
pub use walk::{Walked, walk};
