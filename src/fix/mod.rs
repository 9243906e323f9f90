//! Choosing, ordering and applying the edits of findings. Works on text; writing files is left to others.

use crate::finding::{Change, Finding, Safety};
use crate::text::{Edit, EditError, Span, apply_edits};

/// The text of one file after the fixes of its findings, and what could not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    pub text: String,
    /// New permission bits, if a fix sets them.
    pub mode: Option<u32>,
    /// Fixes that were left out because they touch what another one changed; they may apply in a second pass.
    pub postponed: usize,
}

/// Apply the fixes of `findings`, all of one file, up to `safety` (unsafe includes safe).
///
/// # Errors
/// If an edit does not fit the text: the findings are of another text.
pub fn apply<'f>(
    text: &str,
    findings: impl IntoIterator<Item = &'f Finding>,
    safety: Safety,
) -> Result<Fixed, EditError> {
    let mut fixed = Fixed { text: String::new(), mode: None, postponed: 0 };
    let mut chosen: Vec<Edit> = Vec::new();
    for fix in findings.into_iter().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.safety <= safety) {
        let edits: Vec<&Edit> = fix
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Text { edit, .. } => Some(edit),
                Change::Mode(_) => None,
            })
            .collect();
        let touches = |edit: &&&Edit| chosen.iter().any(|other| is_conflict(edit.span, other.span) && **edit != other);
        if edits.iter().any(|edit| touches(&edit)) {
            fixed.postponed += 1;
            continue;
        }
        chosen.extend(edits.into_iter().cloned());
        fixed.mode = fix
            .changes
            .iter()
            .find_map(|change| match change {
                Change::Mode(bits) => Some(*bits),
                Change::Text { .. } => None,
            })
            .or(fixed.mode);
    }
    fixed.text = apply_edits(text, &chosen)?;
    Ok(fixed)
}

/// Whether the result of two edits would depend on their order.
fn is_conflict(a: Span, b: Span) -> bool {
    a.overlaps(b) || a.contains_offset(b.start) || b.contains_offset(a.start)
}
