//! One parse of a source text, laid flat: the nodes of the syntax tree in the order of the text, each knowing where its
//! subtree ends. What reads it goes forwards for what comes from above and backwards for what comes from below, and never
//! needs recursion.

use crate::text::Span;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};
use tree_sitter::{ParseOptions, Parser, Tree};

/// A grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Grammar {
    Python,
    /// JavaScript with JSX.
    JavaScript,
    TypeScript,
    Tsx,
    Go,
    Rust,
}

impl Grammar {
    #[cfg(test)]
    pub(super) const ALL: &'static [Self] =
        &[Self::Python, Self::JavaScript, Self::TypeScript, Self::Tsx, Self::Go, Self::Rust];

    fn language(self) -> &'static tree_sitter::Language {
        static LANGUAGES: [OnceLock<tree_sitter::Language>; 6] = [const { OnceLock::new() }; 6];
        let make = || match self {
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
        };
        let [python, javascript, typescript, tsx, go, rust] = &LANGUAGES;
        let cell = match self {
            Self::Python => python,
            Self::JavaScript => javascript,
            Self::TypeScript => typescript,
            Self::Tsx => tsx,
            Self::Go => go,
            Self::Rust => rust,
        };
        cell.get_or_init(make)
    }

    /// For every kind of node, by the parser's number, what `named` makes of its name. Tokens without a name of their own
    /// (operators, brackets, keywords) are asked with their text behind a space, so that `lambda` the keyword is not
    /// `lambda` the expression.
    pub(super) fn kinds<K>(self, named: impl Fn(&str) -> K) -> Vec<K> {
        let language = self.language();
        let kind = |id: usize| {
            let id = u16::try_from(id).unwrap_or(u16::MAX);
            let text = language.node_kind_for_id(id).unwrap_or_default();
            if language.node_kind_is_named(id) { named(text) } else { named(&format!(" {text}")) }
        };
        (0..language.node_kind_count()).map(kind).collect()
    }

    /// For every field, by the parser's number, what `named` makes of its name; the first stands for "no field".
    pub(super) fn fields<F>(self, named: impl Fn(&str) -> F) -> Vec<F> {
        let language = self.language();
        let name = |id: usize| u16::try_from(id).ok().and_then(|id| language.field_name_for_id(id)).unwrap_or_default();
        (0..=language.field_count()).map(|id| named(name(id))).collect()
    }
}

/// A parsed text.
#[derive(Debug)]
pub(super) struct Syntax {
    nodes: Vec<SyntaxNode>,
    /// The parse, or the laying out of its tree, ended at its limit: nothing behind is there.
    pub(super) is_cut: bool,
    /// The first place that the grammar could not read.
    pub(super) first_error: Option<Span>,
}

/// A node: a number into the flat tree. The root is 0.
pub(super) type SyntaxId = usize;

#[derive(Clone, Copy, Debug)]
pub(super) struct SyntaxNode {
    /// The parser's number of its kind; `u16::MAX` for what the grammar could not read.
    pub(super) kind: u16,
    /// The parser's number of the field that it fills in its parent, 0 for none.
    pub(super) field: u16,
    pub(super) start: u32,
    pub(super) end: u32,
    /// The number behind its last descendant.
    pub(super) next: u32,
}

impl SyntaxNode {
    pub(super) fn span(&self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }
}

/// The kind of what the grammar could not read.
pub(super) const ERROR: u16 = u16::MAX;

/// Steps of the parser per byte of text, and for any text at least. The parser reports every hundred steps; ordinary text
/// takes about one step a byte.
const STEPS_PER_BYTE: usize = 12;
const STEPS_AT_LEAST: usize = 2_000_000;
/// Bytes that are handed to the parser at once, and how often it may read each.
const PIECE: usize = 4096;
const READINGS: usize = 64;
const PIECES_AT_LEAST: usize = 2_000;
/// Nodes of one text. Source has a node for every three bytes; 16 MiB of the densest text stay below.
const MAX_NODES: usize = 12_000_000;

/// Parse `text`. Never fails: what could not be read has the kind [`ERROR`].
pub(super) fn parse(grammar: Grammar, text: &str) -> Syntax {
    let (tree, is_cut) = parse_tree(grammar, text);
    let mut syntax =
        tree.map_or_else(|| Syntax { nodes: Vec::new(), is_cut: true, first_error: None }, |it| flatten(&it));
    syntax.is_cut |= is_cut;
    syntax
}

/// Brackets inside of brackets, whatever they stand in. The parser lets go of what it tried in vain by recursion, so that a
/// text that nests deeper than people write is read on a stack of its own, and one that nests deeper still up to there.
const MAX_NESTING_HERE: usize = 4_000;
const MAX_NESTING: usize = 100_000;
/// Bytes of such a stack, in all and for each bracket that is open.
const STACK: usize = 8 << 20;
const STACK_PER_BRACKET: usize = 1 << 10;

/// How deep brackets nest in a text, and where they nest too deep.
fn nesting(text: &str) -> (usize, usize) {
    let (mut depth, mut deepest) = (0_usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > MAX_NESTING {
                    return (deepest, at);
                }
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (deepest, text.len())
}

fn parse_tree(grammar: Grammar, whole: &str) -> (Option<Tree>, bool) {
    let (depth, end) = nesting(whole);
    let text = whole.get(..end).unwrap_or_default();
    let (tree, is_cut) = if depth <= MAX_NESTING_HERE {
        parse_here(grammar, text)
    } else {
        thread::scope(|scope| {
            let builder = thread::Builder::new().stack_size(STACK + depth * STACK_PER_BRACKET);
            let parsed = builder.spawn_scoped(scope, || parse_here(grammar, text)).map(ScopedJoinHandle::join);
            parsed.ok().and_then(Result::ok).unwrap_or((None, true))
        })
    };
    (tree, is_cut || end < whole.len())
}

/// The last resort: where a text makes no sense to a grammar, single steps of the parser take ever longer, and no count
/// says so.
const WATCHDOG: Duration = Duration::from_secs(1);
/// And for each byte; ordinary text takes a tenth of it.
const WATCHDOG_PER_BYTE: Duration = Duration::from_micros(2);

fn parse_here(grammar: Grammar, text: &str) -> (Option<Tree>, bool) {
    if u32::try_from(text.len()).is_err() {
        return (None, true);
    }
    let mut parser = Parser::new();
    if parser.set_language(grammar.language()).is_err() {
        return (None, true);
    }
    let mut calls = (text.len() * STEPS_PER_BYTE).max(STEPS_AT_LEAST) / 100;
    let limit = WATCHDOG + WATCHDOG_PER_BYTE * u32::try_from(text.len()).unwrap_or(u32::MAX);
    let started = Instant::now();
    let mut progress = |_: &tree_sitter::ParseState| {
        calls = calls.saturating_sub(1);
        let is_over = calls == 0 || started.elapsed() > limit;
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    // A scanner that looks for an end which is not there reads all of the rest for a single step, and again for the next
    // one. So the text is handed out in pieces, which are counted; then it ends.
    let bytes = text.as_bytes();
    let mut pieces = (text.len() / PIECE * READINGS).max(PIECES_AT_LEAST);
    let mut read = |at: usize, _| {
        pieces = pieces.saturating_sub(1);
        let end = if pieces == 0 { at } else { at.saturating_add(PIECE) };
        bytes.get(at..end.min(bytes.len())).unwrap_or_default()
    };
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    let is_cut = tree.is_none() || pieces == 0;
    (tree, is_cut)
}

fn flatten(tree: &Tree) -> Syntax {
    let mut nodes: Vec<SyntaxNode> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut first_error = None;
    let mut is_cut = false;
    let mut cursor = tree.walk();
    'all: loop {
        let node = cursor.node();
        let is_error = node.is_error() || node.is_missing();
        let span = (node.start_byte(), node.end_byte());
        if is_error && first_error.is_none() {
            first_error = Some(Span::new(span.0, span.1));
        }
        if nodes.len() >= MAX_NODES {
            is_cut = true;
            break;
        }
        let at = nodes.len();
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        nodes.push(SyntaxNode {
            kind: if node.is_error() { ERROR } else { node.kind_id() },
            field: cursor.field_id().map_or(0, u16::from),
            start: narrow(span.0),
            end: narrow(span.1),
            next: narrow(at + 1),
        });
        if cursor.goto_first_child() {
            open.push(at);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'all;
            }
            let Some(closed) = open.pop() else { break 'all };
            let next = narrow(nodes.len());
            if let Some(node) = nodes.get_mut(closed) {
                node.next = next;
            }
        }
    }
    let end = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
    for at in open {
        if let Some(node) = nodes.get_mut(at) {
            node.next = end;
        }
    }
    Syntax { nodes, is_cut, first_error }
}

impl Syntax {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A node; an empty error for a number that is none.
    pub(super) fn node(&self, id: SyntaxId) -> SyntaxNode {
        let none = SyntaxNode { kind: ERROR, field: 0, start: 0, end: 0, next: u32::MAX };
        self.nodes.get(id).copied().unwrap_or(none)
    }

    /// The direct children, in order, with tokens and comments.
    pub(super) fn children(&self, id: SyntaxId) -> Children<'_> {
        let end = self.node(id).next as usize;
        Children { syntax: self, next: id + 1, end: end.min(self.nodes.len()) }
    }
}

/// The direct children of a node.
#[derive(Clone, Debug)]
pub(super) struct Children<'a> {
    syntax: &'a Syntax,
    next: SyntaxId,
    end: usize,
}

impl Iterator for Children<'_> {
    type Item = SyntaxId;

    fn next(&mut self) -> Option<SyntaxId> {
        if self.next >= self.end {
            return None;
        }
        let id = self.next;
        self.next = (self.syntax.node(id).next as usize).max(id + 1);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_flat_and_whole() {
        let text = "f(a, [b])\ng()\n";
        let syntax = parse(Grammar::Python, text);
        let statements: Vec<_> = syntax.children(0).filter_map(|id| syntax.node(id).span().slice(text)).collect();
        assert_eq!(statements, ["f(a, [b])", "g()"]);
        assert!(!syntax.is_cut && syntax.first_error.is_none());
    }

    #[test]
    fn a_long_text_is_read_in_pieces_without_loss() {
        let text = format!("x = [{}]\n", "\"äö€😀\", a, ".repeat(5_000));
        let syntax = parse(Grammar::Python, &text);
        assert!(syntax.first_error.is_none() && !syntax.is_cut);
    }

    #[test]
    fn scanners_that_search_an_end_again_and_again_are_stopped() {
        let syntax = parse(Grammar::Rust, &"r#\"".repeat(200_000));
        assert!(syntax.is_cut);
    }

    #[test]
    fn nesting_without_end_neither_overflows_nor_hangs() {
        for grammar in Grammar::ALL {
            for piece in ["(", "[", "{", "f(", "a.b(", "not ", "!", "${", "`${", "if x {", "a?b:", "x => ", "a<", "$("]
            {
                let syntax = parse(*grammar, &piece.repeat(20_000));
                assert!(syntax.len() < MAX_NODES);
            }
        }
    }

    #[test]
    fn brackets_in_a_comment_hide_nothing() {
        let text = format!("# {}\neval(x)\n", "[".repeat(20_000));
        let syntax = parse(Grammar::Python, &text);
        let last = syntax.children(0).last().and_then(|id| syntax.node(id).span().slice(&text));
        assert_eq!((last, syntax.is_cut), (Some("eval(x)"), false));
    }
}
