//! Where a line of the vulnerable file is in the fixed one: by diff, within the function of the same name.
//!
//! A patience diff (lines that are alike and alone in both files hold the two together, a plain longest common
//! subsequence closes the gaps) and a reader of indentation that names the function around a line. Both are meant for
//! source as people write it; in a minified bundle everything is one place.

use std::collections::{BTreeMap, BTreeSet};

/// Cells of the table for a gap at most; a greater gap is one changed place.
const CELLS: usize = 4_000_000;

/// The lines of a file in which a line of another one continues. 1-based, both ends included; `end < start` is a line that
/// was taken out before `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The line itself stands there, unchanged.
    pub(crate) is_same: bool,
}

impl Place {
    /// Whether `line` is here, or at most `slack` lines away.
    pub(crate) fn is_near(self, line: usize, slack: usize) -> bool {
        let (low, high) = (self.start.min(self.end), self.start.max(self.end));
        line + slack >= low && line <= high + slack
    }

    pub(crate) fn holds(self, line: usize) -> bool {
        (self.start..=self.end).contains(&line)
    }
}

/// For each line of `old` (0-based) the line of `new` that it is.
fn pairs(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let mut out = vec![None; old.len()];
    let mut open = vec![(0, old.len(), 0, new.len())];
    while let Some((mut a, mut b, mut c, mut d)) = open.pop() {
        while a < b && c < d && old[a] == new[c] {
            out[a] = Some(c);
            (a, c) = (a + 1, c + 1);
        }
        while a < b && c < d && old[b - 1] == new[d - 1] {
            (b, d) = (b - 1, d - 1);
            out[b] = Some(d);
        }
        if a == b || c == d {
            continue;
        }
        let anchors = anchors(&old[a..b], &new[c..d]);
        if anchors.is_empty() {
            for (x, y) in common(&old[a..b], &new[c..d]) {
                out[a + x] = Some(c + y);
            }
            continue;
        }
        let (mut x0, mut y0) = (a, c);
        for (x, y) in anchors {
            open.push((x0, a + x, y0, c + y));
            out[a + x] = Some(c + y);
            (x0, y0) = (a + x + 1, c + y + 1);
        }
        open.push((x0, b, y0, d));
    }
    out
}

/// Lines that stand once in either text, in the longest order that both agree on.
fn anchors(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let mut seen: BTreeMap<&str, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, lines) in [old, new].into_iter().enumerate() {
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            seen.entry(line).or_default()[side].push(at);
        }
    }
    let mut both: Vec<(usize, usize)> =
        seen.values().filter(|[x, y]| x.len() == 1 && y.len() == 1).map(|[x, y]| (x[0], y[0])).collect();
    both.sort_unstable();
    rising(&both)
}

/// The longest part of `pairs` (sorted by the first) in which the second rises too.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let (mut piles, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (at, pair) in pairs.iter().enumerate() {
        let pile = piles.partition_point(|top| pairs[*top].1 < pair.1);
        before.push(pile.checked_sub(1).map(|left| piles[left]));
        if pile == piles.len() {
            piles.push(at);
        } else {
            piles[pile] = at;
        }
    }
    let mut next = piles.last().copied();
    let mut out = Vec::new();
    while let Some(at) = next {
        out.push(pairs[at]);
        next = before[at];
    }
    out.reverse();
    out
}

/// A longest common subsequence of two small texts.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    if (old.len() + 1).saturating_mul(width) > CELLS {
        return Vec::new();
    }
    let mut best = vec![0_u32; (old.len() + 1) * width];
    for x in (0..old.len()).rev() {
        for y in (0..new.len()).rev() {
            best[x * width + y] = if old[x] == new[y] {
                best[(x + 1) * width + y + 1] + 1
            } else {
                best[(x + 1) * width + y].max(best[x * width + y + 1])
            };
        }
    }
    let (mut x, mut y, mut out) = (0, 0, Vec::new());
    while x < old.len() && y < new.len() {
        if old[x] == new[y] {
            out.push((x, y));
            (x, y) = (x + 1, y + 1);
        } else if best[(x + 1) * width + y] >= best[x * width + y + 1] {
            x += 1;
        } else {
            y += 1;
        }
    }
    out
}

/// Two versions of a file.
pub(crate) struct Alignment<'a> {
    old: Vec<&'a str>,
    new: Vec<&'a str>,
    pairs: Vec<Option<usize>>,
    new_functions: BTreeSet<String>,
}

impl<'a> Alignment<'a> {
    pub(crate) fn of(old: &'a str, new: &'a str) -> Self {
        let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        let bare = |lines: &[&'a str]| lines.iter().map(|line| line.trim()).collect::<Vec<_>>();
        let pairs = pairs(&bare(&old), &bare(&new));
        let new_functions = (0..new.len()).filter_map(|at| header(&new, at)).collect();
        Self { old, new, pairs, new_functions }
    }

    /// Where `line` of the old file is in the new one: its own line if it is unchanged, else all that stands between the
    /// unchanged lines around it.
    pub(crate) fn place(&self, line: usize) -> Place {
        let at = line.saturating_sub(1).min(self.pairs.len().saturating_sub(1));
        if let Some(Some(same)) = self.pairs.get(at) {
            return Place { start: same + 1, end: same + 1, is_same: true };
        }
        let before = self.pairs.iter().take(at).rev().flatten().next().map_or(0, |line| line + 1);
        let after = self.pairs.iter().skip(at).flatten().next().copied().unwrap_or(self.new.len());
        Place { start: before + 1, end: after, is_same: false }
    }

    /// Whether a finding in `new_line` stands where one in `old_line` stood. The function of the same name, if there still is
    /// one, bounds the place; if it stands elsewhere, all of it is the place.
    pub(crate) fn is_at(&self, old_line: usize, new_line: usize, slack: usize) -> bool {
        let place = self.place(old_line);
        if place.is_same && place.holds(new_line) {
            return true;
        }
        let is_near = place.is_near(new_line, slack);
        let name = function(&self.old, old_line).filter(|name| self.new_functions.contains(name));
        let Some(name) = name else { return is_near };
        let is_inside = |line: usize| functions(&self.new, line).contains(&name);
        let (low, high) = (place.start.min(place.end), place.start.max(place.end));
        is_inside(new_line) && (is_near || !(low..=high).any(is_inside))
    }

    /// What became of the line, for a person.
    pub(crate) fn describe(&self, line: usize) -> String {
        let place = self.place(line);
        match function(&self.old, line) {
            Some(name) if !self.new_functions.contains(&name) => format!("`{name}` is gone"),
            _ if place.is_same => format!("unchanged, line {}", place.start),
            _ if place.end < place.start => format!("taken out before line {}", place.start),
            _ => format!("changed, lines {}-{}", place.start, place.end),
        }
    }
}

fn indentation(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

/// The name of the innermost function with a name around a 1-based line.
fn function(lines: &[&str], line: usize) -> Option<String> {
    functions(lines, line).into_iter().next()
}

/// The names of the functions around a 1-based line, the innermost first, by indentation.
fn functions(lines: &[&str], line: usize) -> Vec<String> {
    let Some(at) = line.checked_sub(1).filter(|at| *at < lines.len()) else { return Vec::new() };
    // The line may be the head itself.
    let mut out: Vec<String> = header(lines, at).into_iter().collect();
    let mut limit = indentation(lines[at]);
    for above in (0..at).rev() {
        let text = lines[above];
        if text.trim().is_empty() || indentation(text) >= limit {
            continue;
        }
        out.extend(header(lines, above));
        // The end of a list of parameters stands as far left as its beginning.
        let is_tail = text.trim_start().starts_with([')', '}', ']']);
        limit = if is_tail { indentation(text) + 1 } else { indentation(text) };
    }
    out
}

/// Words before a bracket that open no function.
const STATEMENTS: &[&str] =
    &["if", "for", "while", "switch", "catch", "return", "await", "throw", "new", "typeof", "with"];

/// The name in a line that begins a function, a case of a switch or the registration of a tool.
fn header(lines: &[&str], at: usize) -> Option<String> {
    let text = lines.get(at)?.trim();
    let mut rest = text;
    for word in ["export ", "default ", "public ", "private ", "protected ", "static ", "override ", "async "] {
        rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
    }
    let name_of = |text: &str| {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$' || c == '#')).unwrap_or(text.len());
        (end > 0).then(|| text[..end].to_owned())
    };
    for word in ["def ", "function ", "function* "] {
        if let Some(after) = rest.strip_prefix(word) {
            return name_of(after.trim_start());
        }
    }
    if let Some(case) = rest.strip_prefix("case ") {
        return quoted(case);
    }
    for word in ["const ", "let ", "var "] {
        if let Some(after) = rest.strip_prefix(word) {
            let opens = after.contains("=>") || after.contains("function") || after.ends_with("= async (");
            return if opens || after.ends_with("= (") { name_of(after) } else { None };
        }
    }
    let name = name_of(rest)?;
    let after = &rest[name.len()..];
    if after.starts_with('(') && !STATEMENTS.contains(&name.as_str()) {
        // A method: its head ends in a brace, here or below.
        let is_head = |text: &str| text.ends_with('{') && !text.contains("=>");
        if is_head(text) || (text.ends_with('(') && ends_in_brace(lines, at)) {
            return Some(name);
        }
    }
    if (after.starts_with('.') || after.starts_with('(')) && (text.contains("ool(") || text.contains("esource(")) {
        return quoted(text).or_else(|| lines.get(at + 1).and_then(|next| quoted(next.trim())));
    }
    None
}

/// Whether the list of parameters that a line opens ends in `) … {`.
fn ends_in_brace(lines: &[&str], at: usize) -> bool {
    let own = indentation(lines[at]);
    let tail = lines.iter().skip(at + 1).take(30).find(|line| !line.trim().is_empty() && indentation(line) <= own);
    tail.is_some_and(|tail| tail.trim_start().starts_with(')') && tail.trim_end().ends_with('{'))
}

/// The first text in quotes.
fn quoted(text: &str) -> Option<String> {
    let start = text.find(['"', '\'', '`'])?;
    let quote = text[start..].chars().next()?;
    let inside = &text[start + 1..];
    inside.find(quote).map(|end| inside[..end].to_owned())
}
