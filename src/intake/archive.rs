//! The text files inside a bundle (`.mcpb`, `.dxt`): a ZIP archive of which nobody should believe a word. It unpacks
//! nothing to disk and no archive inside an archive.

use super::files::{Content, read_content};
use super::skip;
use crate::finding::GapReason;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use zip::ZipArchive;

/// Entries of an archive at most: the library keeps a record of each, before the first is read.
const MAX_ENTRIES: u16 = 20_000;
/// Unpacked bytes that are read of one archive.
const MAX_UNPACKED: u64 = 64 * 1024 * 1024;
/// How far from the end the directory's own entry can stand: a comment of 65,535 bytes is behind it at most.
const TAIL: u64 = 65_535 + 22 + 20;

/// Stands between the path of an archive and the path of what is in it.
pub(super) const INSIDE: &str = "!/";

/// Whether the name of `path` is that of a bundle of a server.
pub(super) fn is_bundle(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ["mcpb", "dxt"].iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

/// What was met while an archive was read.
pub(super) trait Reception {
    fn text(&mut self, name: &str, bytes: Vec<u8>);
    /// An entry, or the archive itself (`name` is empty), was not examined.
    fn left_out(&mut self, name: &str, reason: GapReason, detail: &str);
}

/// Hand over every text file in the archive, each up to `limit` bytes.
pub(super) fn read(mut file: File, limit: u64, reception: &mut dyn Reception) {
    match count_entries(&mut file) {
        Ok(Some(count)) if count <= MAX_ENTRIES => {}
        Ok(Some(_)) => return reception.left_out("", GapReason::Budget, "too many entries for a bundle"),
        Ok(None) => return reception.left_out("", GapReason::Unparsable, "no ZIP archive"),
        Err(error) => return reception.left_out("", GapReason::Unreadable, &error.kind().to_string()),
    }
    let mut archive = match ZipArchive::new(file) {
        Ok(archive) => archive,
        Err(_) => return reception.left_out("", GapReason::Unparsable, "a damaged ZIP archive"),
    };
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(index) else {
            reception.left_out(
                "",
                GapReason::Unparsable,
                "an entry that is encrypted, damaged or packed in another way",
            );
            continue;
        };
        let name = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/");
        if entry.is_dir() {
            continue;
        }
        if name.starts_with('/') || name.split('/').any(|part| part == "..") {
            reception.left_out("", GapReason::Special, "an entry that leads outside the bundle");
            continue;
        }
        if skip::is_inside_packages(&name) {
            reception.left_out("", GapReason::Vendored, skip::PACKAGES);
            continue;
        }
        if left == 0 {
            reception.left_out("", GapReason::Budget, "the bundle unpacks to more than is read");
            continue;
        }
        let most = limit.min(left);
        match read_content(&mut entry, 0, most) {
            Ok(Content::Text { bytes, .. }) => {
                left -= bytes.len() as u64;
                reception.text(&name, bytes);
            }
            Ok(Content::Binary) => reception.left_out("", GapReason::Binary, super::decode::BINARY),
            Ok(Content::TooLarge(_)) => {
                left = left.saturating_sub(most);
                reception.left_out(&name, GapReason::TooLarge, "larger than what is read of it");
            }
            Err(_) => reception.left_out(&name, GapReason::Unparsable, "a damaged entry"),
        }
    }
}

/// The largest number of entries that any directory end near the end of the file claims; `None` if there is none.
/// Archives that need 64-bit counts are too large in any case.
fn count_entries(file: &mut File) -> io::Result<Option<u16>> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    file.seek(SeekFrom::Start(0))?;
    let mut most = None;
    for (at, window) in tail.windows(4).enumerate() {
        let claimed = match window {
            b"PK\x05\x06" => tail.get(at + 10..at + 12).map_or(u16::MAX, |count| match count {
                [low, high] => u16::from_le_bytes([*low, *high]),
                _ => u16::MAX,
            }),
            b"PK\x06\x07" => u16::MAX,
            _ => continue,
        };
        most = most.max(Some(claimed));
    }
    Ok(most)
}
