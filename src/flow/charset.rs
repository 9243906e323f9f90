//! Which characters a pattern lets through, and what that makes harmless. Only a pattern that speaks for the whole text
//! says anything.

use crate::rule::Kinds;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// What a text is known to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Charset {
    /// Characters of ASCII that may stand in it.
    any: u128,
    /// Characters that it may begin with.
    first: u128,
    has_others: bool,
}

const SHELL: &str = ";|&$`<>(){}[]*?!~\"'\n\r\\#^%";
const QUOTES: &str = "'\"`;\\()|\n\r";
const MARKUP: &str = "<>&\"'";
const TEMPLATE: &str = "{}<%$#@";

impl Charset {
    /// The characters of a text that the whole of `pattern` matches; `None` if the pattern does not bind both ends or is
    /// not understood. `is_full`: the call itself binds both ends; `from_start`: it binds the start.
    pub(crate) fn of_pattern(pattern: &str, is_full: bool, from_start: bool) -> Option<Self> {
        let hir = parse(pattern)?;
        let mut out = Self::default();
        let alternatives: Vec<&Hir> = match hir.kind() {
            HirKind::Alternation(list) => list.iter().collect(),
            _ => vec![&hir],
        };
        for hir in alternatives {
            let starts = is_full || from_start || begins(hir);
            let ends = is_full || finishes(hir);
            if !starts || !ends {
                return None;
            }
            out.add(hir);
            out.first |= first(hir).0;
        }
        Some(out)
    }

    /// The characters that are left when all that `pattern` matches is taken out: `[^a-z0-9]`.
    pub(crate) fn left_by(pattern: &str) -> Option<Self> {
        let hir = parse(pattern)?;
        let class = match hir.kind() {
            HirKind::Repetition(repetition) => repetition.sub.kind(),
            other => other,
        };
        let HirKind::Class(_) = class else { return None };
        let mut taken = Self::default();
        taken.add(&hir);
        let left = !taken.any;
        Some(Self { any: left, first: left, has_others: !taken.has_others })
    }

    /// The characters that `pattern`, one class, finds.
    pub(crate) fn found_by(pattern: &str) -> Option<Self> {
        let hir = parse(pattern)?;
        match hir.kind() {
            HirKind::Class(_) | HirKind::Literal(_) => {}
            HirKind::Repetition(repetition) if matches!(repetition.sub.kind(), HirKind::Class(_)) => {}
            _ => return None,
        }
        let mut out = Self::default();
        out.add(&hir);
        Some(out)
    }

    /// What is left if none of these may stand in it.
    pub(crate) fn without(self) -> Self {
        Self { any: !self.any, first: !self.any, has_others: true }
    }

    fn add(&mut self, hir: &Hir) {
        let mut open = vec![hir];
        while let Some(hir) = open.pop() {
            match hir.kind() {
                HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                    Ok(text) => text.chars().for_each(|c| self.put(c)),
                    Err(_) => self.has_others = true,
                },
                HirKind::Class(class) => self.put_class(class),
                HirKind::Repetition(repetition) => open.push(&repetition.sub),
                HirKind::Capture(capture) => open.push(&capture.sub),
                HirKind::Concat(list) | HirKind::Alternation(list) => open.extend(list),
                HirKind::Empty | HirKind::Look(_) => {}
            }
        }
    }

    fn put(&mut self, c: char) {
        match u32::from(c) {
            code @ 0..128 => self.any |= 1 << code,
            _ => self.has_others = true,
        }
    }

    fn put_class(&mut self, class: &Class) {
        let (any, others) = class_of(class);
        self.any |= any;
        self.has_others |= others;
    }

    fn lacks(self, chars: &str) -> bool {
        chars.chars().all(|c| self.any & (1 << u32::from(c)) == 0)
    }

    /// The sinks for which a text of these characters is harmless.
    pub(crate) fn kinds(self) -> Kinds {
        let mut out = Kinds::default();
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let add = |out: &mut Kinds, is: bool, kinds: Kinds| {
            if is {
                *out = *out | kinds;
            }
        };
        add(&mut out, self.lacks(SHELL), Kinds::COMMAND);
        add(&mut out, self.first & (1 << u32::from('-')) == 0 && self.first != 0, Kinds::ARGV);
        add(&mut out, self.lacks("/\\"), Kinds::FILE | Kinds::PROGRAM);
        add(&mut out, self.lacks("/:@\\"), Kinds::URL | Kinds::OPEN);
        add(&mut out, self.lacks(QUOTES) && self.lacks(" "), Kinds::QUERY);
        add(&mut out, self.lacks(letters) || self.lacks("()[]'\"`"), Kinds::EVAL);
        add(&mut out, self.lacks(TEMPLATE), Kinds::TEMPLATE);
        add(&mut out, self.lacks(MARKUP), Kinds::HTML);
        add(&mut out, self.lacks("\n\r") && !self.has_others, Kinds::LOG);
        out
    }

    /// Whether `..` cannot stand in it.
    pub(crate) fn has_no_dots(self) -> bool {
        self.lacks(".")
    }
}

/// The sinks for which a text that begins like `prefix` and goes on as it likes is harmless: a host that is fixed.
pub(crate) fn kinds_of_prefix(prefix: &str) -> Kinds {
    let Some((scheme, rest)) = prefix.split_once("://") else { return Kinds::default() };
    let mut out = Kinds::default();
    if matches!(scheme, "http" | "https") {
        out = out | Kinds::OPEN;
    }
    // The host is fixed once something ends it.
    if rest.find(['/', '?', '#']).is_some_and(|at| at > 0) {
        out = out | Kinds::URL;
    }
    out
}

/// The text with which everything that `pattern` matches begins.
pub(crate) fn prefix_of_pattern(pattern: &str) -> String {
    let Some(hir) = parse(pattern) else { return String::new() };
    if !begins(&hir) {
        return String::new();
    }
    let HirKind::Concat(list) = hir.kind() else { return String::new() };
    let mut out = String::new();
    for part in list {
        match part.kind() {
            HirKind::Look(_) => {}
            HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
            // `https?`
            HirKind::Repetition(repetition) if out == "http" && repetition.max == Some(1) => {}
            _ => break,
        }
    }
    out
}

fn parse(pattern: &str) -> Option<Hir> {
    if pattern.len() > 4_096 {
        return None;
    }
    // What JavaScript and Python write that this parser does not know.
    let pattern = pattern.replace(r"\Z", r"\z").replace(r"\/", "/").replace("(?<", "(?P<").replace("(?PP<", "(?P<");
    ParserBuilder::new().nest_limit(64).utf8(false).unicode(true).build().parse(&pattern).ok()
}

fn begins(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(Look::Start) => true,
        HirKind::Concat(list) => list.first().is_some_and(begins),
        HirKind::Capture(capture) => begins(&capture.sub),
        HirKind::Alternation(list) => list.iter().all(begins),
        _ => false,
    }
}

fn finishes(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(Look::End) => true,
        HirKind::Concat(list) => list.last().is_some_and(finishes),
        HirKind::Capture(capture) => finishes(&capture.sub),
        HirKind::Alternation(list) => list.iter().all(finishes),
        _ => false,
    }
}

/// Characters that something may begin with, and whether it may be empty.
fn first(hir: &Hir) -> (u128, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, true),
        HirKind::Literal(literal) => match literal.0.first() {
            Some(byte) if *byte < 128 => (1 << *byte, false),
            _ => (0, false),
        },
        HirKind::Class(class) => (class_of(class).0, false),
        HirKind::Repetition(repetition) => {
            let (set, empty) = first(&repetition.sub);
            (set, empty || repetition.min == 0)
        }
        HirKind::Capture(capture) => first(&capture.sub),
        HirKind::Concat(list) => {
            let mut set = 0;
            for part in list {
                let (more, empty) = first(part);
                set |= more;
                if !empty {
                    return (set, false);
                }
            }
            (set, true)
        }
        HirKind::Alternation(list) => {
            list.iter().map(first).fold((0, false), |(set, empty), (more, is)| (set | more, empty | is))
        }
    }
}

fn class_of(class: &Class) -> (u128, bool) {
    let mut set = 0_u128;
    let mut others = false;
    let mut range = |start: u32, end: u32| {
        others |= end >= 128;
        (start..=end.min(127)).for_each(|code| set |= 1 << code);
    };
    match class {
        Class::Unicode(class) => class.ranges().iter().for_each(|it| range(it.start().into(), it.end().into())),
        Class::Bytes(class) => class.ranges().iter().for_each(|it| range(it.start().into(), it.end().into())),
    }
    (set, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(pattern: &str) -> Vec<&'static str> {
        let kinds = Charset::of_pattern(pattern, false, false).map(Charset::kinds).unwrap_or_default();
        let asked = [Kinds::COMMAND, Kinds::ARGV, Kinds::FILE, Kinds::QUERY];
        asked.into_iter().filter(|kind| kinds.has(*kind)).map(Kinds::name).collect()
    }

    #[test]
    fn a_pattern_is_worth_what_it_lets_through() {
        let check = |pattern: &str, expected: &[&str]| assert_eq!(kinds(pattern), expected, "{pattern}");
        check("^[a-z0-9]+$", &["command", "argv", "file", "query"]);
        check("^[a-zA-Z0-9._-]+$", &["command", "file", "query"]);
        check("^[a-z0-9][a-z0-9-]*$", &["command", "argv", "file", "query"]);
        check("^[a-z/]+$", &["command", "argv", "query"]);
        check(r"^\w+$", &["command", "argv", "file", "query"]);
        check("[a-z]+", &[]);
        check("^[a-z]+", &[]);
        check("^.*$", &[]);
        check("^[^;]+$", &[]);
        check("^(dev|prod)$", &["command", "argv", "file", "query"]);
        check("^dev|prod$", &[]);
        check("^[0-9a-f]{8}-[0-9a-f]{4}$", &["command", "argv", "file", "query"]);
    }

    #[test]
    fn what_is_left_of_a_text_is_what_a_class_does_not_take() {
        let left = Charset::left_by("[^a-zA-Z0-9_]").unwrap();
        assert!(left.kinds().has(Kinds::COMMAND) && left.kinds().has(Kinds::FILE));
        let left = Charset::left_by("[;&|]").unwrap();
        assert!(!left.kinds().has(Kinds::COMMAND));
        assert!(Charset::left_by(r"\.\./").is_none());
    }

    #[test]
    fn a_fixed_host_ends_somewhere() {
        assert!(kinds_of_prefix("https://api.example.com/").has(Kinds::URL));
        assert!(!kinds_of_prefix("https://api.example.com").has(Kinds::URL));
        assert_eq!(prefix_of_pattern("^https?://"), "http://");
    }
}
