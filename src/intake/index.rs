//! The paths in a git index, versions 2 to 4, with SHA-1 or SHA-256. Reads no blobs, no stat data, no extensions.
//!
//! Written here because the index of an untrusted tree is hostile: the known library recurses once per level of the
//! cache-tree extension, which a file of 2 MB turns into a stack overflow, and expands the prefixes of version 4
//! without a bound. This reader streams, skips what it does not need, and keeps at most [`MAX_NAMES`] bytes.

use std::io::{BufRead, Read, Seek};

/// Bytes of one path: the limit of Linux.
const MAX_PATH: u64 = 4096;
/// Bytes of all paths: two million of them are still read.
const MAX_NAMES: u64 = 128 * 1024 * 1024;
/// Version 4 leaves out what a path shares with the one before it, but no real index is less than a quarter of its
/// paths, unless it is small.
const MAX_GROWTH: u64 = 4;
const ALWAYS_KEPT: u64 = 64 * 1024;
/// Bytes of one entry before its hash: times, device, inode, mode, owner, size.
const STAT: u64 = 40;
const EXTENDED: u16 = 0x4000;
const NAME_LENGTH: u16 = 0x0FFF;

pub(super) const CORRUPT: &str = "the git index is damaged";
pub(super) const SPLIT: &str = "a split git index is not read";

/// Paths that git tracks, relative to the work tree, with `/`.
#[derive(Debug, Default)]
pub(super) struct Tracked {
    names: Vec<u8>,
    /// Start and end of every path in `names`, sorted by path.
    spans: Vec<(u32, u32)>,
}

impl Tracked {
    pub(super) fn contains(&self, path: &[u8]) -> bool {
        self.spans.binary_search_by(|span| self.name(*span).cmp(path)).is_ok()
    }

    /// Whether any tracked path lies below `directory`; the empty path is the work tree.
    pub(super) fn any_below(&self, directory: &[u8]) -> bool {
        if directory.is_empty() {
            return !self.spans.is_empty();
        }
        let prefix = [directory, b"/"].concat();
        let at = self.spans.partition_point(|span| self.name(*span) < prefix.as_slice());
        self.spans.get(at).is_some_and(|span| self.name(*span).starts_with(&prefix))
    }

    fn name(&self, (start, end): (u32, u32)) -> &[u8] {
        self.names.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Add the path that `bytes` has next: all but `strip` bytes of the one before it, and a suffix up to a NUL. Its
    /// length.
    fn push(&mut self, strip: Option<u32>, bytes: &mut Bytes<impl BufRead>) -> Option<u64> {
        let start = self.names.len();
        if let Some(strip) = strip {
            let (from, to) = self.spans.last().copied().unwrap_or_default();
            let to = to.checked_sub(strip).filter(|to| *to >= from)?;
            self.names.extend_from_within(from as usize..to as usize);
        }
        bytes.until_nul(&mut self.names)?;
        let length = (self.names.len() - start) as u64;
        if length > MAX_PATH || self.names.len() as u64 > bytes.names {
            return None;
        }
        self.spans.push((u32::try_from(start).ok()?, u32::try_from(self.names.len()).ok()?));
        Some(length)
    }

    fn sort(&mut self) {
        let mut spans = std::mem::take(&mut self.spans);
        if !spans.is_sorted_by(|a, b| self.name(*a) <= self.name(*b)) {
            spans.sort_unstable_by(|a, b| self.name(*a).cmp(self.name(*b)));
        }
        self.spans = spans;
    }
}

/// Read an index of `length` bytes.
///
/// # Errors
/// One phrase that says why the tracked paths are not known.
pub(super) fn read(mut source: impl BufRead + Seek, length: u64) -> Result<Tracked, &'static str> {
    // Nothing in the file names its hash; the structure fits only one of them.
    for hash in [20, 32] {
        source.rewind().map_err(|_| CORRUPT)?;
        let names = length.saturating_mul(MAX_GROWTH).saturating_add(ALWAYS_KEPT).min(MAX_NAMES);
        match parse(&mut Bytes { source: &mut source, left: length, names }, hash) {
            Some(Ok(mut tracked)) => {
                tracked.sort();
                return Ok(tracked);
            }
            Some(Err(problem)) => return Err(problem),
            None => {}
        }
    }
    Err(CORRUPT)
}

/// `None` if the bytes are no index with hashes of `hash` bytes.
fn parse(bytes: &mut Bytes<impl BufRead>, hash: u64) -> Option<Result<Tracked, &'static str>> {
    let magic = bytes.array()?;
    let version = u32::from_be_bytes(bytes.array()?);
    let count = u32::from_be_bytes(bytes.array()?);
    if magic != *b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let mut tracked = Tracked::default();
    for _ in 0..count {
        entry(bytes, version, hash, &mut tracked)?;
    }
    if let Err(problem) = extensions(bytes, hash)? {
        return Some(Err(problem));
    }
    // Only the entries of a split index may have no name.
    let named = tracked.spans.iter().all(|(start, end)| start < end);
    named.then_some(Ok(tracked))
}

fn entry(bytes: &mut Bytes<impl BufRead>, version: u32, hash: u64, tracked: &mut Tracked) -> Option<()> {
    bytes.skip(STAT + hash)?;
    let flags = u16::from_be_bytes(bytes.array()?);
    let extended = u64::from(flags & EXTENDED != 0) * 2;
    bytes.skip(extended)?;
    let strip = if version == 4 { Some(bytes.offset()?) } else { None };
    let length = tracked.push(strip, bytes)?;
    if u64::from(flags & NAME_LENGTH) != length.min(u64::from(NAME_LENGTH)) {
        return None;
    }
    if version == 4 {
        return Some(());
    }
    // One to eight NULs end an entry at a multiple of eight; the first of them ended the name.
    let unpadded = STAT + hash + 2 + extended + length;
    bytes.skip(7 - unpadded % 8)
}

/// Pass over the extensions. The only one that changes which paths are tracked is `link`.
fn extensions(bytes: &mut Bytes<impl BufRead>, hash: u64) -> Option<Result<(), &'static str>> {
    while bytes.left > hash {
        let signature: [u8; 4] = bytes.array()?;
        let size = u32::from_be_bytes(bytes.array()?);
        if signature == *b"link" {
            return Some(Err(SPLIT));
        }
        bytes.skip(u64::from(size))?;
    }
    (bytes.left == hash).then_some(Ok(()))
}

/// A stream that knows how many bytes are left; `None` where it ends or fails.
struct Bytes<R> {
    source: R,
    left: u64,
    /// Bytes of all paths that are kept at most.
    names: u64,
}

impl<R: BufRead> Bytes<R> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut array = [0; N];
        self.left = self.left.checked_sub(N as u64)?;
        self.source.read_exact(&mut array).ok()?;
        Some(array)
    }

    fn skip(&mut self, mut count: u64) -> Option<()> {
        self.left = self.left.checked_sub(count)?;
        while count > 0 {
            let ready = self.source.fill_buf().ok()?.len();
            let step = usize::try_from(count).unwrap_or(ready).min(ready);
            if step == 0 {
                return None;
            }
            self.source.consume(step);
            count -= step as u64;
        }
        Some(())
    }

    /// Append what stands before the next NUL, and pass over it.
    fn until_nul(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let read = self.source.by_ref().take(MAX_PATH + 1).read_until(0, out).ok()?;
        self.left = self.left.checked_sub(read as u64)?;
        out.pop_if(|last| *last == 0).map(|_| ())
    }

    /// The variable-width number of version 4, where every continued byte stands for one more than its bits.
    fn offset(&mut self) -> Option<u32> {
        let mut value = 0u32;
        loop {
            let [byte] = self.array()?;
            value = (value << 7) | u32::from(byte & 0x7F);
            if byte & 0x80 == 0 {
                return Some(value);
            }
            // No path is longer, and the number stays far from its limit.
            if u64::from(value) > MAX_PATH {
                return None;
            }
            value += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn entry(version: u32, hash: usize, previous: &str, path: &str) -> Vec<u8> {
        let mut out = vec![0; 40 + hash];
        out.extend((path.len().min(0xFFF) as u16).to_be_bytes());
        if version == 4 {
            let shared = previous.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
            out.push((previous.len() - shared) as u8);
            out.extend(path.get(shared..).unwrap_or_default().as_bytes());
            out.push(0);
        } else {
            out.extend(path.as_bytes());
            out.resize(out.len() + 8 - out.len() % 8, 0);
        }
        out
    }

    fn index(version: u32, hash: usize, paths: &[&str], extensions: &[u8]) -> Vec<u8> {
        let mut out = b"DIRC".to_vec();
        out.extend(version.to_be_bytes());
        out.extend((paths.len() as u32).to_be_bytes());
        let mut previous = "";
        for path in paths {
            out.extend(entry(version, hash, previous, path));
            previous = path;
        }
        out.extend(extensions);
        out.resize(out.len() + hash, 7);
        out
    }

    fn read_bytes(bytes: &[u8]) -> Result<Tracked, &'static str> {
        read(Cursor::new(bytes), bytes.len() as u64)
    }

    #[test]
    fn all_versions_and_hashes_are_read() {
        let long = format!("b/{}", "x".repeat(100));
        for (version, hash) in [(2, 20), (3, 20), (4, 20), (2, 32), (4, 32)] {
            let tracked = read_bytes(&index(version, hash, &["a.py", "b/c/d", "b/ce", &long], b"")).expect("an index");
            for path in ["a.py", "b/c/d", "b/ce", &long] {
                assert!(tracked.contains(path.as_bytes()), "{path} in version {version}");
            }
            assert!(!tracked.contains(b"b/c") && tracked.any_below(b"b/c") && tracked.any_below(b""));
            assert!(!tracked.any_below(b"b/ce") && !tracked.any_below(b"c"));
        }
        assert!(!read_bytes(&index(2, 20, &[], b"")).expect("an index").any_below(b""));
    }

    #[test]
    fn unsorted_entries_are_found() {
        let tracked = read_bytes(&index(2, 20, &["z", "a"], b"")).expect("an index");
        assert!(tracked.contains(b"z") && tracked.contains(b"a"));
    }

    #[test]
    fn damage_is_told() {
        let good = index(2, 20, &["a", "b"], b"TREE\0\0\0\x02ab");
        assert!(read_bytes(&good).is_ok());
        for cut in [0, 4, 11, 60, good.len() - 1] {
            assert_eq!(read_bytes(good.get(..cut).unwrap_or_default()).err(), Some(CORRUPT), "cut at {cut}");
        }
        assert_eq!(read_bytes(&index(2, 20, &["", "a"], b"link\0\0\0\0")).err(), Some(SPLIT));
        assert_eq!(read_bytes(&index(2, 20, &[""], b"")).err(), Some(CORRUPT));
    }

    #[test]
    fn prefixes_do_not_multiply() {
        let long = "a".repeat(MAX_PATH as usize);
        let longer = format!("{long}b");
        assert!(read_bytes(&index(4, 20, &[&long], b"")).is_ok());
        assert_eq!(read_bytes(&index(4, 20, &[&long, &longer], b"")).err(), Some(CORRUPT));
        let many = vec![long.as_str(); 100];
        assert_eq!(read_bytes(&index(4, 20, &many, b"")).err(), Some(CORRUPT));
        assert!(read_bytes(&index(2, 20, &many, b"")).is_ok());
    }

    #[test]
    fn a_deep_cache_tree_is_passed_over() {
        let tree = b"\0-1 1\n".repeat(400_000);
        let extension = [b"TREE", (tree.len() as u32).to_be_bytes().as_slice(), &tree].concat();
        assert!(read_bytes(&index(2, 20, &["a"], &extension)).is_ok());
    }

    proptest! {
        #[test]
        fn any_damage_gives_an_answer(at in 0usize..400, byte: u8, version in 2u32..=4) {
            let mut bytes = index(version, 20, &["a", "dir/b", "dir/c"], b"TREE\0\0\0\x02ab");
            if let Some(target) = bytes.get_mut(at) {
                *target = byte;
            }
            let _ = read_bytes(&bytes);
        }
    }
}
