//! `file`: what the file system says of an artifact, whatever is in it.

use super::globs::Globs;
use super::server::holds_secret;
use super::{Capture, Match, Output, Proof, Subject};
use crate::intake::{Artifact, Kind};
use crate::rule::{Problems, TableReader};

pub(super) const CAPTURES: &[&str] = &["mode", "who", "what"];

/// Bits that mean something in a fresh clone: git keeps no others, so the rest is the umask of whoever cloned.
const MEANINGFUL_IN_WORK_TREE: u32 = 0o6022;
const STICKY: u32 = 0o1000;

/// The glob that names every path.
const EVERYTHING: &str = "**";

#[derive(Debug)]
pub struct FileMatcher {
    files: Option<Globs>,
    except: Option<Globs>,
    /// Also every file that declares servers or holds a client's settings.
    client_config: bool,
    /// Of those, only files that hold a credential by value.
    secret: bool,
    /// Users who may own the file; anybody if empty.
    owners: Vec<String>,
    kind: Option<FileKind>,
    /// Permission bits that must not be set.
    mode: Option<u32>,
    /// Those of them that mean something in a git work tree.
    mode_in_work_tree: u32,
    /// Silent below a directory that is open in the same way: who can write there replaces what is in it.
    topmost: bool,
    /// What messages call the file.
    called: Option<String>,
    tracked: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileKind {
    File,
    Directory,
    Symlink,
}

impl FileMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let mode = bits(table, "mode", problems);
        let mode_in_work_tree = bits(table, "mode-in-work-tree", problems).unwrap_or(MEANINGFUL_IN_WORK_TREE);
        let kind = table.str("kind", problems).and_then(|text| match text.value {
            "file" => Some(FileKind::File),
            "directory" => Some(FileKind::Directory),
            "symlink" => Some(FileKind::Symlink),
            other => {
                problems.add(text.span, format!("`{other}` is none of file, directory, symlink"));
                None
            }
        });
        let matcher = Self {
            files: Globs::read(table, "files", problems),
            except: Globs::read(table, "except", problems),
            client_config: table.bool("client-config", problems) == Some(true),
            secret: table.bool("secret", problems) == Some(true),
            owners: table.owned_strings("owner-other-than", problems),
            tracked: table.bool("tracked", problems),
            topmost: table.bool("topmost", problems) == Some(true),
            called: table.str("called", problems).map(|text| text.value.to_owned()),
            kind,
            mode,
            mode_in_work_tree,
        };
        if matcher.files.is_none() && !matcher.client_config {
            problems.add(table.span(), "`file` needs `files` or `client-config = true`");
            return None;
        }
        let judges = matcher.mode.is_some() || matcher.tracked.is_some() || !matcher.owners.is_empty();
        if !judges && matcher.kind != Some(FileKind::Symlink) {
            let message =
                "`file` needs something to judge: `mode`, `owner-other-than`, `tracked` or `kind = \"symlink\"`";
            problems.add(table.span(), message);
            return None;
        }
        Some(matcher)
    }

    /// What it may judge besides the files that clients read; `None` if it asks about every path.
    pub(super) fn listed(&self) -> Option<&[String]> {
        let patterns = self.files.as_ref().map_or(&[][..], Globs::patterns);
        (!patterns.iter().any(|pattern| pattern == EVERYTHING)).then_some(patterns)
    }

    pub(super) fn run(&self, subject: &Subject<'_>, out: &mut Output) {
        let artifact = subject.artifact;
        let kind = match artifact.kind {
            Kind::Text(_) | Kind::Opaque => FileKind::File,
            Kind::Directory => FileKind::Directory,
            Kind::Symlink => FileKind::Symlink,
        };
        let is_untold = self.tracked.is_some_and(|tracked| artifact.meta.tracked != Some(tracked));
        if self.kind.unwrap_or(FileKind::File) != kind || is_untold || self.is_silent(artifact) {
            return;
        }
        if !self.is_about(subject) {
            return;
        }
        let owner = artifact.meta.owner.as_ref().map(|owner| &owner.user);
        if !self.owners.is_empty() && owner.is_none_or(|owner| self.owners.contains(owner)) {
            return;
        }
        let what = self.called.clone().unwrap_or_else(|| describe(subject).to_owned());
        let Some(forbidden) = self.mode else {
            let captures = vec![Capture::new("mode", ""), Capture::new("who", ""), Capture::new("what", what)];
            out.push(Match { captures, ..Match::default() });
            return;
        };
        let Some(mode) = artifact.meta.mode else { return };
        let open = mode & self.judged(artifact, forbidden);
        let shown = format!("{mode:04o}");
        if open != 0 {
            let is_private = artifact.meta.owner.as_ref().is_some_and(|owner| owner.user == owner.group);
            let captures = vec![
                Capture::new("mode", shown),
                Capture::new("who", who(open, is_private)),
                Capture::new("what", what),
            ];
            out.push(Match { captures, ..Match::default() });
        } else if !artifact.meta.in_work_tree {
            out.proofs.push(Proof { kind: "restrictive-mode", span: None, value: shown });
        }
    }

    /// The bits that count for this artifact.
    fn judged(&self, artifact: &Artifact, forbidden: u32) -> u32 {
        let in_tree = if artifact.meta.in_work_tree { forbidden & self.mode_in_work_tree } else { forbidden };
        // In a sticky directory nobody replaces the files of others.
        let is_sticky =
            matches!(artifact.kind, Kind::Directory) && artifact.meta.mode.is_some_and(|mode| mode & STICKY != 0);
        if is_sticky { in_tree & !0o022 } else { in_tree }
    }

    /// A cheap no for the rules that ask about every path.
    fn is_silent(&self, artifact: &Artifact) -> bool {
        let (true, Some(forbidden), Some(mode)) = (self.topmost, self.mode, artifact.meta.mode) else { return false };
        let open = mode & self.judged(artifact, forbidden);
        let above = artifact.meta.parent_mode.filter(|mode| mode & STICKY == 0).unwrap_or(0);
        // Who may write beside it may replace it; set-id bits are a matter of the file itself.
        open == 0 || open & 0o6000 == 0 && open & !above & 0o022 == 0
    }

    fn is_about(&self, subject: &Subject<'_>) -> bool {
        let place = &subject.artifact.place;
        if self.except.as_ref().is_some_and(|except| except.is_match(place)) {
            return false;
        }
        let is_named = self.files.as_ref().is_some_and(|files| files.is_match(place));
        // A manifest is written to be published.
        let is_read = || subject.clients().iter().any(|file| !file.client.is_manifest);
        let is_config = self.client_config && is_read() && (!self.secret || holds_secret(subject));
        is_named || is_config
    }
}

/// What a file is; only a configuration that holds a secret is hurt by being read.
fn describe(subject: &Subject<'_>) -> &'static str {
    match subject.clients() {
        [] => "file",
        clients if clients.iter().all(|file| file.servers.is_empty()) => "client settings file",
        _ if holds_secret(subject) => "client configuration with a secret in it",
        _ => "client configuration",
    }
}

/// Who may do what through the bits that should not be set, strongest first. `is_private`: the group has its owner's
/// name or number, as systems make one for each user.
fn who(bits: u32, is_private: bool) -> &'static str {
    match bits {
        bits if bits & 0o4000 != 0 => "run with its owner's rights",
        bits if bits & 0o2000 != 0 => "run with its group's rights",
        bits if bits & 0o002 != 0 => "writable by everyone",
        bits if bits & 0o004 != 0 => "readable by everyone",
        bits if bits & 0o020 != 0 && is_private => "writable by its owner's own group",
        bits if bits & 0o020 != 0 => "writable by its group",
        bits if bits & 0o040 != 0 && is_private => "readable by its owner's own group",
        bits if bits & 0o040 != 0 => "readable by its group",
        _ => "executable by others",
    }
}

/// Permission bits in octal.
fn bits(table: &mut TableReader<'_>, key: &'static str, problems: &mut Problems) -> Option<u32> {
    let text = table.str(key, problems)?;
    let bits = u32::from_str_radix(text.value, 8).ok();
    if bits.is_none() {
        problems.add(text.span, format!("`{key}` is octal: the bits that must not be set, such as \"0077\""));
    }
    bits
}
