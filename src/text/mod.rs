//! Source text and everything that is only about text: byte spans, lines and columns, excerpts, edits, redaction.
//!
//! Knows nothing of files, formats or rules.

mod armour;
mod edit;
mod excerpt;
mod line_hash;
mod lines;
mod literals;
mod normal;
mod redact;
mod span;

pub use armour::private_keys;
pub use edit::{Edit, EditError, apply_edits};
pub use excerpt::{Excerpt, excerpt};
pub use line_hash::line_hashes;
pub use lines::{LineIndex, Position};
pub use literals::Literals;
pub use normal::{Breaks, Normal, Veil, folded, is_look_alike, normalise};
pub use redact::{Mask, Redactor, Sensitive, escape_controls, find_values_of, hide_home_directories, is_hidden};
pub use span::Span;
