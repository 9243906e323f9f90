//! The only module that reads the file tree: walking, limits, decoding, modes, links, git-tracked state.
//!
//! What goes in: paths and [`WalkOptions`]. What comes out: one [`Artifact`] at a time, from several threads, and a
//! [`Gap`](crate::finding::Gap) for everything that was not examined. It judges nothing and writes nothing.

mod artifact;

pub use artifact::{Artifact, Encoding, Kind, Meta, Owner, Source};
