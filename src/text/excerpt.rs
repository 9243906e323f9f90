//! The few lines around a span that a person is shown: redacted, escaped, never wide, never the whole file.

use super::{LineIndex, Sensitive, Span, is_hidden};

/// Characters of one line that are shown at most; the span stays inside the shown part.
const WIDTH: usize = 120;
/// Lines of a long span that are shown at most.
const LINES: usize = 6;

/// A window into a text, safe to print. `label` is the finding's span inside `text`; `focus` are its whole lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Shown lines, joined with `\n`, redacted and escaped.
    pub text: String,
    /// 1-based number of the first shown line in the file.
    pub first_line: usize,
    /// Bytes of `text` that the finding covers.
    pub label: Span,
    /// Bytes of `text` that hold the labelled lines without their context.
    pub focus: Span,
}

impl Excerpt {
    /// The labelled lines alone.
    pub fn focus_text(&self) -> &str {
        self.focus.slice(&self.text).unwrap_or_default()
    }

    /// The labelled part alone.
    pub fn label_text(&self) -> &str {
        self.label.slice(&self.text).unwrap_or_default()
    }
}

/// The window around `span` with `context` lines on either side. `sensitive` is sorted and holds no overlaps.
pub fn excerpt(text: &str, index: &LineIndex, span: Span, sensitive: &[Sensitive], context: usize) -> Excerpt {
    let span = span.clamped(text);
    let first = index.line_of(span.start);
    let last_of_span = index.line_of(span.end.saturating_sub(usize::from(!span.is_empty())));
    let last = last_of_span.min(first + LINES - 1);
    let from = first.saturating_sub(context);
    let to = (last + context).min(index.line_count().saturating_sub(1)).max(last);
    let mut out = Excerpt { first_line: from + 1, ..Excerpt::default() };
    let mut label: Option<Span> = None;
    for line in from..=to {
        if line > from {
            out.text.push('\n');
        }
        let labelled = (first..=last).contains(&line);
        let bytes = index.line_span(text, line);
        let line_start = out.text.len();
        let part = Span::new(span.start.clamp(bytes.start, bytes.end), span.end.clamp(bytes.start, bytes.end));
        let shown = visible_part(text, bytes, if labelled { part } else { Span::at(bytes.start) });
        if shown.start > bytes.start {
            out.text.push('…');
        }
        let here = render(text, shown, part, sensitive, &mut out.text);
        if shown.end < bytes.end {
            out.text.push('…');
        }
        if labelled {
            label = Some(label.map_or(here, |label| Span::new(label.start, here.end)));
            let focus_start = if out.focus.is_empty() { line_start } else { out.focus.start };
            out.focus = Span::new(focus_start, out.text.len());
        }
    }
    out.label = label.unwrap_or_default();
    out
}

/// The bytes of a line that are shown: all of a short one, else a part of [`WIDTH`] characters with `part` inside.
fn visible_part(text: &str, line: Span, part: Span) -> Span {
    let characters_up_to = |from: usize, forward: bool, count: usize| -> usize {
        if forward {
            let rest = text.get(from..line.end).unwrap_or_default();
            rest.char_indices().nth(count).map_or(line.end, |(at, _)| from + at)
        } else {
            let before = text.get(line.start..from).unwrap_or_default();
            before.char_indices().rev().take(count).last().map_or(from, |(at, _)| line.start + at)
        }
    };
    if characters_up_to(line.start, true, WIDTH) == line.end {
        return line;
    }
    let lead = WIDTH / 4;
    let start = characters_up_to(part.start.max(line.start), false, lead);
    let start = if start - line.start <= 4 { line.start } else { start };
    Span::new(start, characters_up_to(start, true, WIDTH))
}

/// Write `shown` with masks and escapes; returns where the bytes of `part` ended up in `out`.
fn render(text: &str, shown: Span, part: Span, sensitive: &[Sensitive], out: &mut String) -> Span {
    let mut next = sensitive.partition_point(|s| s.span.end <= shown.start);
    // A part that begins before the window still hides what of it is inside; its visible prefix may be outside.
    let mut label = (None, None);
    let mut prefix_left = 0;
    let mut inside: Option<usize> = None;
    for (at, c) in shown.slice(text).unwrap_or_default().char_indices().map(|(at, c)| (shown.start + at, c)) {
        if at >= part.start && label.0.is_none() {
            label.0 = Some(out.len());
        }
        if at >= part.end && label.1.is_none() {
            label.1 = Some(out.len());
        }
        while sensitive.get(next).is_some_and(|s| s.span.end <= at) {
            next += 1;
        }
        let hidden = sensitive.get(next).filter(|s| s.span.contains_offset(at));
        if let Some(hidden) = hidden {
            if inside != Some(next) {
                inside = Some(next);
                prefix_left = if hidden.span.start >= shown.start { hidden.visible } else { 0 };
            }
            if prefix_left == 0 {
                out.push('*');
                continue;
            }
            prefix_left -= 1;
        }
        match c {
            '\t' => out.push(' '),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    let end = out.len();
    Span::new(label.0.unwrap_or(end), label.1.unwrap_or(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Mask;
    use proptest::prelude::*;

    fn window(text: &str, span: Span, sensitive: &[Sensitive]) -> Excerpt {
        excerpt(text, &LineIndex::new(text), span, sensitive, 1)
    }

    #[test]
    fn a_window_holds_the_line_and_its_neighbours() {
        let text = "one\ntwo\nthree\nfour\n";
        let shown = window(text, Span::new(4, 7), &[]);
        assert_eq!((shown.text.as_str(), shown.first_line), ("one\ntwo\nthree", 1));
        assert_eq!((shown.label_text(), shown.focus_text()), ("two", "two"));
    }

    #[test]
    fn secrets_keep_their_width_and_controls_are_escaped() {
        let text = "k = ghp_secret\u{1b}!";
        let hidden = Sensitive { span: Span::new(4, 14), visible: 4, mask: Mask::Secret };
        let shown = window(text, Span::new(4, 14), &[hidden]);
        assert_eq!(shown.text, "k = ghp_******\\u{1b}!");
        assert_eq!(shown.label_text(), "ghp_******");
    }

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        let text = format!("{}needle{}", "a".repeat(5000), "b".repeat(5000));
        let shown = window(&text, Span::new(5000, 5006), &[]);
        assert_eq!(shown.label_text(), "needle");
        assert!(shown.text.chars().count() <= WIDTH + 2, "{}", shown.text.len());
    }

    #[test]
    fn a_secret_cut_by_the_window_shows_nothing_of_its_middle() {
        let text = format!("{}{}", "s".repeat(1000), "x".repeat(500));
        let hidden = Sensitive { span: Span::new(0, 1000), visible: 4, mask: Mask::Secret };
        let shown = window(&text, Span::new(1000, 1001), &[hidden]);
        assert!(!shown.text.contains('s'), "{}", shown.text);
    }

    proptest! {
        #[test]
        fn any_span_gives_a_printable_window(text in "(?s).{0,300}", a in 0usize..400, b in 0usize..400) {
            let shown = window(&text, Span::new(a, b), &[]);
            prop_assert!(shown.label.slice(&shown.text).is_some());
            prop_assert!(shown.focus.slice(&shown.text).is_some());
            prop_assert!(!shown.text.chars().any(|c| c != '\n' && is_hidden(c)));
        }
    }
}
