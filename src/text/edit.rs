//! Byte splices: how a fix changes a text without re-serialising it.

use super::Span;

/// Replace the bytes under `span` with `text`; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// Why a set of edits cannot be applied to a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The span leaves the text or cuts a character.
    OutOfBounds(Span),
    /// Two edits touch the same bytes.
    Overlap(Span, Span),
}

impl std::fmt::Display for EditError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OutOfBounds(span) => {
                write!(f, "the edit at bytes {}..{} does not fit the text", span.start, span.end)
            }
            Self::Overlap(a, b) => {
                write!(f, "the edits at bytes {}..{} and {}..{} overlap", a.start, a.end, b.start, b.end)
            }
        }
    }
}

impl std::error::Error for EditError {}

/// Apply `edits` to `text`, all or none. Identical edits count once; insertions at one place keep their order.
///
/// # Errors
/// If an edit leaves the text, cuts a character, or overlaps another.
pub fn apply_edits(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    sorted.dedup();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut previous: Option<Span> = None;
    for edit in sorted {
        let span = edit.span;
        if let Some(before) = previous.filter(|before| span.start < before.end) {
            return Err(EditError::Overlap(before, span));
        }
        let (Some(kept), Some(_)) = (text.get(at..span.start), span.slice(text)) else {
            return Err(EditError::OutOfBounds(span));
        };
        out.push_str(kept);
        out.push_str(&edit.text);
        at = span.end;
        previous = Some(span);
    }
    out.push_str(text.get(at..).ok_or(EditError::OutOfBounds(Span::new(at, text.len())))?);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(start, end), text: text.to_owned() }
    }

    #[test]
    fn edits_splice_and_keep_the_rest() {
        assert_eq!(apply_edits("abcdef", &[edit(4, 5, "X"), edit(0, 1, "")]), Ok("bcdXf".to_owned()));
        assert_eq!(apply_edits("ab", &[edit(1, 1, "-"), edit(1, 1, "-")]), Ok("a-b".to_owned()));
    }

    #[test]
    fn overlapping_or_cutting_edits_are_refused() {
        assert!(matches!(apply_edits("abc", &[edit(0, 2, ""), edit(1, 3, "")]), Err(EditError::Overlap(..))));
        assert!(matches!(apply_edits("ä", &[edit(0, 1, "")]), Err(EditError::OutOfBounds(_))));
        assert!(matches!(apply_edits("a", &[edit(0, 9, "")]), Err(EditError::OutOfBounds(_))));
    }

    proptest! {
        #[test]
        fn any_edits_give_a_text_or_an_error(
            text in "\\PC{0,40}",
            raw in prop::collection::vec((0usize..60, 0usize..60, "[a-z]{0,3}"), 0..6),
        ) {
            let edits: Vec<Edit> = raw.iter().map(|(a, b, t)| edit(*a, *b, t)).collect();
            let _ = apply_edits(&text, &edits);
        }
    }
}
