//! What a scan says: findings, evidence and gaps, each complete in itself, so that no report reads a file again.
//!
//! The shapes here are the contract of every output format; how they come about is told elsewhere.

mod gap;
mod inline;
mod severity;

pub use gap::{Gap, GapReason, merge_gaps};
pub use inline::InlineIgnore;
pub use severity::{Confidence, Severity};

use crate::text::{Edit, Excerpt, Position, Span};
use sha2::{Digest, Sha256};

/// A place in a file: byte span and 1-based positions. The end is exclusive, in bytes and in columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    pub span: Span,
    pub start: Position,
    pub end: Position,
}

/// A place that belongs to a finding: a step of its trace, or another place of the same problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub path: String,
    pub region: Option<Region>,
    /// One phrase that says what is here; redacted.
    pub note: String,
}

/// One problem in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Id of the rule page.
    pub rule: String,
    /// Folder of the rule page.
    pub family: String,
    /// Rules of one class describe the same problem; the strongest is kept where they overlap.
    pub class: Option<String>,
    pub severity: Severity,
    pub confidence: Confidence,
    /// The rule page's heading.
    pub title: String,
    /// The page's message with its placeholders filled in; redacted.
    pub message: String,
    /// Where: relative to the current directory with `/`, `~/…` outside it; redacted and escaped.
    pub path: String,
    /// `None` for a finding about the file itself: a mode, an absence without anchor, a binary.
    pub region: Option<Region>,
    /// RFC 6901 pointer into a configuration document; redacted.
    pub pointer: Option<String>,
    pub excerpt: Option<Excerpt>,
    /// Members of one group are shown once: the key is the same for all of them.
    pub group: Option<String>,
    /// From source to sink.
    pub trace: Option<Vec<Place>>,
    pub related: Vec<Place>,
    pub fix: Option<Fix>,
    /// Version 1: 32 hexadecimal digits, stable over moved lines, re-ordered keys and re-formatting.
    pub fingerprint: String,
    /// `primaryLocationLineHash` of the first line, or of line 1 for a finding without region; `None` where there is no
    /// text. Made of the text with secrets masked.
    pub line_hash: Option<String>,
    pub status: Status,
}

/// Whether a finding counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    New,
    /// Known from the baseline.
    Baseline,
    Suppressed(Suppression),
}

/// Why a finding does not count, and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub kind: SuppressionKind,
    pub reason: String,
    /// Last day (`YYYY-MM-DD`) on which it holds.
    pub until: Option<String>,
    /// `path:line` of the comment or the policy entry.
    pub origin: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuppressionKind {
    /// A comment beside the finding.
    Inline,
    /// A comment in the first lines of the file.
    File,
    /// An `[[ignore]]` entry in `picket.toml`.
    Policy,
}

impl SuppressionKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::File => "file",
            Self::Policy => "policy",
        }
    }
}

/// How to mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub safety: Safety,
    pub description: String,
    pub changes: Vec<Change>,
}

/// Whether a fix may be applied without a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// No legitimate run behaves differently afterwards.
    Safe,
    Unsafe,
}

impl Safety {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Splice a text into the file of the finding; the region is that of the replaced bytes.
    Text { edit: Edit, region: Region },
    /// Set the permission bits of the file of the finding.
    Mode(u32),
}

/// Something that a matcher proved to be right. The checklist needs it: absence of findings is never a pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// What was proved, e.g. `exact-version`.
    pub kind: &'static str,
    pub path: String,
    pub region: Option<Region>,
    /// The value that proves it; redacted.
    pub value: String,
    /// The rule that looked for the opposite.
    pub rule: String,
}

/// Fingerprint version 1 of a finding: 128 bits of SHA-256 over its parts, none of which holds a secret.
///
/// `anchor` is the pointer or enclosing symbol, `snippet` the normalised text of the finding without secrets, `ordinal`
/// the number of equal findings before it in the file.
pub fn fingerprint(rule: &str, path: &str, anchor: &str, snippet: &str, ordinal: usize) -> String {
    let mut hash = Sha256::new();
    let ordinal = ordinal.to_string();
    for part in ["picket/v1", rule, path, anchor, snippet, &ordinal] {
        // The length keeps parts apart, whatever they hold.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// White space folded to single blanks, so that re-formatting does not change a fingerprint.
pub fn normalise(snippet: &str) -> String {
    snippet.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
impl Finding {
    /// A new finding of no rule at `path`, for tests that set what they are about.
    pub(crate) fn blank(path: &str) -> Self {
        Self {
            rule: String::new(),
            family: String::new(),
            class: None,
            severity: Severity::Low,
            confidence: Confidence::High,
            title: String::new(),
            message: String::new(),
            path: path.to_owned(),
            region: None,
            pointer: None,
            excerpt: None,
            group: None,
            trace: None,
            related: Vec::new(),
            fix: None,
            fingerprint: String::new(),
            line_hash: None,
            status: Status::New,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_keep_their_parts_apart() {
        let of = |a: &str, b: &str| fingerprint("r", a, b, "", 0);
        assert_ne!(of("ab", "c"), of("a", "bc"));
        assert_eq!(of("a", "b"), of("a", "b"));
        assert_eq!(of("a", "b").len(), 32);
    }

    #[test]
    fn a_fingerprint_never_changes_between_versions() {
        assert_eq!(
            fingerprint("provider-token", ".mcp.json", "/mcpServers/a/env/T", "…", 0),
            "a0a0cd7b6580ee820c0f805ddacb8b9e"
        );
    }
}
