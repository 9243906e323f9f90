//! The fences of a case → artifacts in memory.

use super::marks::{self, Marked};
use super::{severity, tokens};
use crate::finding::Severity;
use crate::fix::Fixed;
use crate::intake::{Artifact, Encoding, Kind, Owner, Source};
use crate::rule::{Knowledge, PageCase, PageFence, Problems};
use crate::text::Span;

/// One file of a case.
#[derive(Clone, Debug)]
pub(super) struct CaseFile {
    pub artifact: Artifact,
    pub expected: Vec<Expected>,
    /// Where traces of findings begin, in this file or another of the case.
    pub sources: Vec<Span>,
    /// The severity that its findings must have.
    pub severity: Option<Severity>,
    /// The whole file after the fix.
    pub fixed: Option<String>,
    pub secrets: Vec<String>,
    pub is_policy: bool,
    /// The fence in the page.
    pub span: Span,
}

/// A finding that a case demands; without a span it is about the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub span: Option<Span>,
}

impl CaseFile {
    pub(super) fn text(&self) -> &str {
        self.artifact.source().map_or("", |source| source.text.as_str())
    }

    /// The file after a fix, with nothing expected in it.
    pub(super) fn with(&self, fixed: &Fixed) -> Self {
        let mut after = self.clone();
        if let Kind::Text(source) = &mut after.artifact.kind {
            source.text.clone_from(&fixed.text);
        }
        after.artifact.meta.mode = fixed.mode.or(after.artifact.meta.mode);
        after.expected = Vec::new();
        after.sources = Vec::new();
        after
    }
}

/// What stands behind a fence's opening: `language path [key=value…]`.
#[derive(Debug, Default)]
struct Info<'a> {
    path: &'a str,
    mode: Option<u32>,
    parent_mode: Option<u32>,
    owner: Option<Owner>,
    tracked: Option<bool>,
    link: Option<&'a str>,
    crlf: bool,
    severity: Option<Severity>,
    about_file: bool,
    fixed: bool,
}

pub(super) fn files(case: &PageCase, knowledge: &Knowledge, problems: &mut Problems) -> Vec<CaseFile> {
    let mut files: Vec<CaseFile> = Vec::new();
    for fence in &case.fences {
        match file(case, fence, &mut files, knowledge) {
            Ok(Some(file)) => files.push(file),
            Ok(None) => {}
            Err(message) => problems.add(fence.span, message),
        }
    }
    if case.fences.is_empty() {
        problems.add(case.span, "a case has at least one fence");
    }
    files
}

/// The file of a fence; `None` for one that shows an earlier file after its fix.
fn file(
    case: &PageCase,
    fence: &PageFence,
    files: &mut [CaseFile],
    knowledge: &Knowledge,
) -> Result<Option<CaseFile>, String> {
    let info = info(&fence.info)?;
    let seed = seed(&case.name);
    let content = if info.crlf { fence.content.replace('\n', "\r\n") } else { fence.content.clone() };
    // Marks stand around what a generator builds, so they are kept through the expansion and stripped after it.
    let expanded = tokens::expand(&content, seed, knowledge)?;
    let (text, encoding) = decode(expanded.bytes);
    let marked = marks::strip(&text)?;
    if info.fixed {
        let before = files.iter_mut().find(|file| file.artifact.path == info.path);
        before.ok_or("a `fixed` fence comes after the fence of the same path")?.fixed = Some(marked.text);
        return Ok(None);
    }
    let mut expected: Vec<Expected> = marked.findings.iter().map(|span| Expected { span: Some(*span) }).collect();
    if info.about_file {
        expected.push(Expected { span: None });
    }
    let sources = marked.sources.clone();
    Ok(Some(CaseFile {
        artifact: artifact(&info, marked, encoding),
        expected,
        sources,
        severity: info.severity,
        fixed: None,
        secrets: expanded.secrets,
        is_policy: info.path == "picket.toml",
        span: fence.span,
    }))
}

fn artifact(info: &Info<'_>, marked: Marked, encoding: Encoding) -> Artifact {
    let path = info.path.trim_end_matches('/');
    let mut artifact = Artifact::in_memory(path, &marked.text);
    artifact.kind = match (info.link, info.path.ends_with('/')) {
        (Some(_), _) => Kind::Symlink,
        (None, true) => Kind::Directory,
        (None, false) => Kind::Text(Source { text: marked.text, encoding }),
    };
    artifact.meta.mode = info.mode;
    artifact.meta.parent_mode = info.parent_mode;
    artifact.meta.owner.clone_from(&info.owner);
    artifact.meta.link = info.link.map(str::to_owned);
    artifact.meta.tracked = info.tracked;
    artifact.meta.in_work_tree = info.tracked.is_some();
    artifact
}

/// As the intake decodes: invalid bytes become U+001A.
fn decode(bytes: Vec<u8>) -> (String, Encoding) {
    String::from_utf8(bytes).map_or_else(
        |error| {
            let mut text = String::new();
            for chunk in error.as_bytes().utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|_| '\u{1A}'));
            }
            (text, Encoding::Lossy)
        },
        |text| (text, Encoding::Utf8),
    )
}

fn info(text: &str) -> Result<Info<'_>, String> {
    let mut words = text.split_whitespace().skip(1);
    let path = words.next().ok_or("a fence of a case says `language path`")?;
    let mut info = Info { path, ..Info::default() };
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "mode" | "parent" => {
                let mode = u32::from_str_radix(value, 8).map_err(|_| format!("`{word}`: the mode is octal"))?;
                let field = if key == "mode" { &mut info.mode } else { &mut info.parent_mode };
                *field = Some(mode);
            }
            "owner" => {
                let (user, group) = value.split_once(':').ok_or_else(|| format!("`{word}`: owner=user:group"))?;
                info.owner = Some(Owner { user: user.to_owned(), group: group.to_owned() });
            }
            "tracked" => info.tracked = Some(value == "true"),
            "link" => info.link = Some(value),
            "eol" if value == "crlf" => info.crlf = true,
            "severity" => info.severity = Some(severity(value)?),
            "finding" if value == "file" => info.about_file = true,
            "fixed" => info.fixed = true,
            _ => return Err(format!("unknown word `{word}` after the path of a fence")),
        }
    }
    Ok(info)
}

/// FNV-1a of the case's name: its tokens differ from those of other cases and are the same on every run.
fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
