//! Opening and reading one file: regular files only, never blocking, never more than a limit. Decodes nothing.

use super::Meta;
use super::decode::{SNIFFED, is_binary};
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// First allocation for a file at most: its size is a claim of the file system, not a fact.
const FIRST_ALLOCATION: u64 = 1024 * 1024;

/// Whether a link in the last component of a path may be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    Follow,
    Refuse,
}

/// What a regular file holds.
#[derive(Debug)]
pub(super) enum Content {
    Text { bytes: Vec<u8>, shrank: bool },
    Binary,
    TooLarge(u64),
}

/// Why there is no content.
#[derive(Debug)]
pub(super) enum Failure {
    Special(&'static str),
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Open `path` if it is a regular file. The type is asked for before opening, since opening a pipe or a device already
/// has effects, and again after, since the path may have changed in between.
pub(super) fn open(path: &Path, links: Links) -> Result<(File, Metadata), Failure> {
    let before = if links == Links::Follow { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
    require_regular(before.file_type())?;
    open_listed(path, links)
}

/// Like [`open`], for a path that a directory listing has just called a regular file.
fn open_listed(path: &Path, links: Links) -> Result<(File, Metadata), Failure> {
    let mut options = OpenOptions::new();
    options.read(true);
    harden(&mut options, links);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    require_regular(metadata.file_type())?;
    Ok((file, metadata))
}

#[cfg(unix)]
fn harden(options: &mut OpenOptions, links: Links) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    if links == Links::Refuse {
        flags |= OFlags::NOFOLLOW;
    }
    options.custom_flags(flags.bits().cast_signed());
}

#[cfg(not(unix))]
fn harden(_: &mut OpenOptions, _: Links) {}

fn require_regular(kind: FileType) -> Result<(), Failure> {
    if kind.is_file() { Ok(()) } else { Err(Failure::Special(special_name(kind))) }
}

/// What to call something that is neither file, directory nor link.
#[cfg(unix)]
pub(super) fn special_name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "named pipe"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_block_device() || kind.is_char_device() {
        "device"
    } else {
        "not a regular file"
    }
}

#[cfg(not(unix))]
pub(super) fn special_name(_: FileType) -> &'static str {
    "not a regular file"
}

/// Read a listed file up to `limit` bytes; a binary is left after its first bytes.
pub(super) fn read_listed(path: &Path, limit: u64) -> Result<(Content, Metadata), Failure> {
    let (file, metadata) = open_listed(path, Links::Refuse)?;
    if metadata.len() > limit {
        return Ok((Content::TooLarge(metadata.len()), metadata));
    }
    let content = read_content(file, metadata.len(), limit)?;
    Ok((content, metadata))
}

/// Read `file`, which claims to have `size` bytes.
pub(super) fn read_content(mut file: impl Read, size: u64, limit: u64) -> io::Result<Content> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit).min(FIRST_ALLOCATION)).unwrap_or(0) + 1);
    let head = (SNIFFED as u64).min(limit.saturating_add(1));
    let mut read = file.by_ref().take(head).read_to_end(&mut bytes)? as u64;
    if is_binary(&bytes) {
        return Ok(Content::Binary);
    }
    if read == head {
        read += file.take(limit.saturating_add(1) - head).read_to_end(&mut bytes)? as u64;
    }
    if read > limit {
        return Ok(Content::TooLarge(size.max(read)));
    }
    Ok(Content::Text { bytes, shrank: read < size })
}

/// All bytes of a regular file that has at most `limit` of them; `None` for anything else.
pub(super) fn read_small(path: &Path, limit: u64, links: Links) -> Option<Vec<u8>> {
    let (file, metadata) = open(path, links).ok()?;
    if metadata.len() > limit {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then_some(bytes)
}

/// What the system says of a file; git's part is left open.
#[cfg(unix)]
pub(super) fn meta(metadata: &Metadata) -> Meta {
    use super::Owner;
    use std::os::unix::fs::MetadataExt;
    let bytes = if metadata.is_dir() { 0 } else { metadata.len() };
    let owner = Owner { user: metadata.uid().to_string(), group: metadata.gid().to_string() };
    Meta { bytes, mode: Some(metadata.mode() & 0o7777), owner: Some(owner), ..Meta::default() }
}

#[cfg(not(unix))]
pub(super) fn meta(metadata: &Metadata) -> Meta {
    Meta { bytes: if metadata.is_dir() { 0 } else { metadata.len() }, ..Meta::default() }
}

/// Whether the file system that holds `path` keeps modes. Windows disks and network shares show the same for everything.
#[cfg(target_os = "linux")]
pub(super) fn has_modes(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    /// msdos, exFAT, NTFS, NTFS3, SMB, CIFS, SMB2.
    const NEVER: &[u64] = &[0x4d44, 0x2011_bab0, 0x5346_544e, 0x7366_746e, 0x517b, 0xff53_4d42, 0xfe53_4d42];
    /// FUSE and 9P: some have modes, the others say 0777 of everything.
    const MAYBE: &[u64] = &[0x6573_5546, 0x0102_1997];
    let Ok(known) = rustix::fs::statfs(path) else { return true };
    // The type is an unsigned 32-bit number in fields of several widths.
    #[allow(clippy::cast_sign_loss, clippy::unnecessary_cast, reason = "masked to its 32 bits")]
    let kind = known.f_type as u64 & 0xffff_ffff;
    let is_all = || fs::symlink_metadata(path).is_ok_and(|metadata| metadata.mode() & 0o777 == 0o777);
    !(NEVER.contains(&kind) || MAYBE.contains(&kind) && is_all())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn has_modes(_: &Path) -> bool {
    true
}

/// A size for a person: `17.2 MiB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    let (mut tenths, mut unit) = (u128::from(bytes) * 10, "bytes");
    for next in UNITS {
        if tenths < 10 * 1024 {
            break;
        }
        (tenths, unit) = (tenths / 1024, next);
    }
    match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        tenth => format!("{}.{tenth} {unit}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(7), "7 bytes");
        assert_eq!(size(16 * 1024 * 1024), "16 MiB");
        assert_eq!(size(18_035_507), "17.1 MiB");
        assert_eq!(size(u64::MAX), "17179869183.9 GiB");
    }

    #[test]
    fn a_lying_size_is_noticed() {
        let of = |bytes: &[u8], size, limit| read_content(bytes, size, limit).expect("no error");
        assert!(matches!(of(b"abc", 3, 3), Content::Text { shrank: false, .. }));
        assert!(matches!(of(b"abc", 9, 9), Content::Text { shrank: true, .. }));
        assert!(matches!(of(b"abc", 1, 9), Content::Text { shrank: false, .. }));
        assert!(matches!(of(b"abcd", 1, 3), Content::TooLarge(4)));
        assert!(matches!(of(&[b'a'; SNIFFED + 1], 0, SNIFFED as u64), Content::TooLarge(_)));
        assert!(matches!(of(b"a\0", u64::MAX, u64::MAX), Content::Binary));
    }
}
