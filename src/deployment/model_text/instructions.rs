//! Files that instruct an agent, known by their places.

use super::{Part, Piece, PieceKind};
use crate::document::Document;
use crate::text::Span;

/// Names, in lower case.
const NAMES: &[&str] = &[
    "agents.md",
    "agents.override.md",
    "agent.md",
    "claude.md",
    "claude.local.md",
    "gemini.md",
    "qwen.md",
    "crush.md",
    "warp.md",
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    ".roorules",
    ".goosehints",
    ".rules",
    "copilot-instructions.md",
];
/// Folders in which every text is for an agent.
const FOLDERS: &[&str] = &[
    ".cursor/rules/",
    ".cursor/commands/",
    ".cursor/agents/",
    ".windsurf/rules/",
    ".windsurf/workflows/",
    ".clinerules/",
    ".claude/commands/",
    ".claude/agents/",
    ".claude/rules/",
    ".claude/output-styles/",
    ".github/prompts/",
    ".github/instructions/",
    ".github/agents/",
    ".github/chatmodes/",
    ".kiro/steering/",
    ".roo/rules",
    ".roo/commands/",
    ".amazonq/rules/",
    ".augment/rules/",
    ".trae/rules/",
    ".gemini/commands/",
    ".codex/prompts/",
    ".opencode/agent",
    ".opencode/command",
    ".continue/rules/",
    ".continue/prompts/",
    ".junie/",
    ".agents/",
];
const ENDINGS: &[&str] = &[".prompt.md", ".instructions.md", ".chatmode.md", ".agent.md", ".mdc"];
/// Folders of skills; beside `SKILL.md` they hold what it refers to.
const SKILL_FOLDERS: &[&str] = &[".claude/skills/", ".agents/skills/", ".cursor/skills/", ".codex/skills/"];

/// What a file is to an agent that it instructs; `None` if it does not.
pub fn instruction_kind(place: &str) -> Option<PieceKind> {
    let lower = place.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if NAMES.contains(&name) {
        return Some(PieceKind::Instructions);
    }
    if !matches!(extension, "md" | "mdc" | "txt" | "markdown") {
        return None;
    }
    let is_below = |folders: &[&str]| {
        folders.iter().any(|folder| {
            lower.find(folder).is_some_and(|at| at == 0 || lower.get(..at).is_some_and(|before| before.ends_with('/')))
        })
    };
    if name == "skill.md" || is_below(SKILL_FOLDERS) {
        return Some(PieceKind::Skill);
    }
    (ENDINGS.iter().any(|ending| name.ends_with(ending)) || is_below(FOLDERS)).then_some(PieceKind::Instructions)
}

/// The text of the file without its fenced code: an agent is shown that, and runs it where it is told to.
pub(super) fn prose(kind: PieceKind, document: &Document, text: &str) -> Piece {
    let mut parts = Vec::new();
    let mut from = 0;
    let part = |start, end| Part { content: Span::new(start, end), is_raw: true };
    for fence in &document.fences {
        if fence.whole.start > from {
            parts.push(part(from, fence.whole.start));
        }
        from = from.max(fence.whole.end);
    }
    parts.push(part(from, text.len().max(from)));
    Piece { kind, owner: String::new(), parts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Language, parse};

    #[test]
    fn places_tell_what_a_file_is_to_an_agent() {
        for (place, expected) in [
            ("AGENTS.md", Some(PieceKind::Instructions)),
            ("~/a/.cursor/rules/deep/style.mdc", Some(PieceKind::Instructions)),
            (".clinerules", Some(PieceKind::Instructions)),
            (".clinerules/a.md", Some(PieceKind::Instructions)),
            ("prompts/a.prompt.md", Some(PieceKind::Instructions)),
            (".claude/agents/a.md", Some(PieceKind::Instructions)),
            ("skills/pdf/SKILL.md", Some(PieceKind::Skill)),
            (".claude/skills/pdf/reference.md", Some(PieceKind::Skill)),
            (".claude/skills/pdf/run.py", None),
            ("my.claude/agents/a.md", None),
            ("README.md", None),
            ("docs/agents/a.md", None),
        ] {
            assert_eq!(instruction_kind(place), expected, "{place}");
        }
    }

    #[test]
    fn fenced_code_is_left_out() {
        let text = "one\n\n```sh\ncode\n```\n\ntwo\n";
        let document = parse(Language::Markdown, text);
        let piece = prose(PieceKind::Skill, &document, text);
        let read: String = piece.characters(text, Language::Markdown).map(|(c, _)| c).collect();
        assert_eq!(read.split_whitespace().collect::<Vec<_>>(), ["one", "two"]);
    }
}
