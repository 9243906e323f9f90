//! A rule page as code scanning shows it beside an alert: why, how to mend it, an example of both, references.

use super::shapes::shortened;
use crate::report::RuleCard;
use crate::rule::{CaseKind, PageCase, Problems, Prose};
use crate::text::escape_controls;

/// Characters of a description that code scanning keeps.
const DESCRIPTION: usize = 1_024;
/// Lines of an example.
const EXAMPLE: usize = 30;

pub(super) struct Help {
    /// One paragraph.
    pub description: String,
    pub text: String,
    pub markdown: String,
}

/// The words of a page. None of the parts is empty: code scanning takes an empty text for a missing one.
pub(super) fn of(rule: &RuleCard) -> Help {
    let prose = Prose::parse(&rule.source, &mut Problems::default());
    let or_title = |text: &str| visible(if text.trim().is_empty() { &rule.title } else { text });
    let mut markdown = or_title(&prose.help);
    let mut text = markdown.clone();
    let fix = visible(&prose.fix);
    if !fix.is_empty() {
        text.push_str(&format!("\n\nFix: {fix}"));
        markdown.push_str(&format!("\n\n## Fix\n\n{fix}"));
    }
    for (kind, heading) in [(CaseKind::Flagged, "Flagged"), (CaseKind::Accepted, "Accepted")] {
        if let Some(example) = prose.cases.iter().find_map(|case| example(case, kind)) {
            markdown.push_str(&format!("\n\n## {heading}\n\n{example}"));
        }
    }
    if !prose.references.is_empty() {
        let references: Vec<String> = prose.references.iter().map(|item| visible(item)).collect();
        text.push_str(&format!("\n\nReferences:\n{}", references.join("\n")));
        markdown.push_str(&format!("\n\n## References\n\n- {}", references.join("\n- ")));
    }
    Help { description: shortened(&or_title(&prose.why), DESCRIPTION), text, markdown }
}

/// The files of a case, without the marks of its findings. A case whose files are built by generators, or that is
/// long, is no example.
fn example(case: &PageCase, kind: CaseKind) -> Option<String> {
    let is_plain = |text: &str| !text.contains(['‹', '`']);
    let lines: usize = case.fences.iter().map(|fence| fence.content.lines().count()).sum();
    let has_all = case.fences.iter().all(|fence| is_plain(&fence.content) && is_plain(&fence.info));
    if case.kind != kind || !has_all || lines == 0 || lines > EXAMPLE {
        return None;
    }
    let mut out = visible(&case.name);
    for fence in case.fences.iter().filter(|fence| !fence.info.split_whitespace().any(|word| word == "fixed")) {
        let mut info = fence.info.split_whitespace();
        let (language, path) = (info.next().unwrap_or_default(), info.next().unwrap_or_default());
        let content: String = fence.content.chars().filter(|c| !matches!(c, '«' | '»')).collect();
        out.push_str(&format!("\n\n`{path}`:\n\n```{language}\n{}\n```", visible(content.trim_end())));
    }
    Some(out)
}

/// A user's page may hold anything.
fn visible(text: &str) -> String {
    text.split('\n').map(|line| escape_controls(line.trim_end())).collect::<Vec<_>>().join("\n")
}
