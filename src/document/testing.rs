//! What the tests of all readers share: a short rendering of trees, the promises that every document keeps, and inputs
//! that are made to hurt.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use proptest::prelude::*;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// All roots on one line each, strings quoted.
pub(super) fn show(document: &Document) -> String {
    let Some(tree) = &document.tree else { return "none".to_owned() };
    tree.roots().iter().map(|root| show_node(tree, *root)).collect::<Vec<_>>().join("\n")
}

fn show_node(tree: &Tree, id: NodeId) -> String {
    match &tree.node(id).value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.clone(),
        Value::String(text) => format!("{:?}", text.decoded),
        Value::Alias(target) => format!("*{}", show_node(tree, *target)),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(|item| show_node(tree, *item)).collect::<Vec<_>>().join(","))
        }
        Value::Object(members) => {
            let mut out = String::new();
            for Member { key, value } in members {
                let comma = if out.is_empty() { "" } else { "," };
                write!(out, "{comma}{}:{}", key.decoded, show_node(tree, *value)).unwrap();
            }
            format!("{{{out}}}")
        }
    }
}

/// The kinds of a document's notes with the text that each points at.
pub(super) fn notes<'a>(document: &Document, text: &'a str) -> Vec<(NoteKind, &'a str)> {
    document.notes.iter().map(|note| (note.kind, note.span.slice(text).unwrap())).collect()
}

/// The text under each span.
pub(super) fn slices<'a>(spans: &[Span], text: &'a str) -> Vec<&'a str> {
    spans.iter().map(|span| span.slice(text).unwrap()).collect()
}

/// The node that a pointer names in the first document, and its source.
pub(super) fn at<'a>(document: &Document, text: &'a str, pointer: &str) -> (Node, &'a str) {
    let tree = document.tree.as_ref().unwrap();
    let found = tree.select(tree.roots()[0], pointer);
    let node = tree.node(found.first().unwrap_or_else(|| panic!("{pointer} in {}", show(document))).node).clone();
    let source = node.span.slice(text).unwrap();
    (node, source)
}

/// The string that a pointer names, with the source of its content.
pub(super) fn text_at<'a>(document: &Document, text: &'a str, pointer: &str) -> (String, &'a str, Quote) {
    match at(document, text, pointer).0.value {
        Value::String(found) => (found.decoded, found.span.slice(text).unwrap(), found.quote),
        other => panic!("{pointer} is {other:?}"),
    }
}

/// Fail if a span leaves the text, or an order, a depth or a mapping is not as promised.
pub(super) fn assert_sound(document: &Document, text: &str) {
    let inside = |span: Span| assert!(span.slice(text).is_some(), "{span:?} in {text:?}");
    for spans in [&document.comments, &document.strings] {
        spans.iter().copied().for_each(inside);
        assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "{spans:?} in {text:?}");
    }
    for fence in &document.fences {
        inside(fence.content);
        inside(fence.whole);
        assert!(fence.whole.contains(fence.content), "{fence:?} in {text:?}");
    }
    document.notes.iter().for_each(|note| inside(note.span));
    for directive in directives(document, text) {
        inside(directive.span);
        directive.rules.iter().for_each(|(id, span)| assert_eq!(span.slice(text), Some(id.as_str())));
    }
    if let Some(tree) = &document.tree {
        assert_tree_sound(tree, text);
    }
}

fn assert_tree_sound(tree: &Tree, text: &str) {
    let sound = |string: &Text| {
        let source = string.span.slice(text).unwrap_or_else(|| panic!("{string:?} in {text:?}"));
        assert!(string.quote != Quote::Verbatim || source == string.decoded, "{string:?} in {text:?}");
        string.source_span(text, Span::new(0, string.decoded.len()));
    };
    let mut depths = vec![0_usize; tree.len()];
    for (id, node) in tree.nodes() {
        assert!(node.span.slice(text).is_some(), "{node:?} in {text:?}");
        let children: Vec<NodeId> = match &node.value {
            Value::Array(items) => items.clone(),
            Value::Object(members) => {
                members.iter().for_each(|member| sound(&member.key));
                members.iter().map(|member| member.value).collect()
            }
            Value::String(string) => {
                sound(string);
                Vec::new()
            }
            Value::Alias(target) => {
                assert!(*target < id, "an alias points forward");
                Vec::new()
            }
            _ => continue,
        };
        assert!(children.iter().all(|child| *child < id), "a child stands behind its parent");
        let number = |id: NodeId| tree.nodes().position(|(known, _)| known == id).unwrap();
        if matches!(node.value, Value::Array(_) | Value::Object(_)) && tree.len() < 2_000 {
            depths[number(id)] = 1 + children.iter().map(|child| depths[number(*child)]).max().unwrap_or(0);
        }
    }
    assert!(depths.iter().all(|depth| *depth <= MAX_DEPTH));
}

/// Parse hostile input and check it. Linear work takes a tenth of the time allowed, quadratic work ten times of it.
pub(super) fn parse_quickly(language: Language, text: &str) -> Document {
    let started = Instant::now();
    let document = parse(language, text);
    let taken = started.elapsed();
    let allowed = Duration::from_secs(4) + Duration::from_micros(text.len() as u64);
    assert!(taken < allowed, "{language:?}: {taken:?} for {} bytes", text.len());
    assert_sound(&document, text);
    document
}

/// Pieces that formats give a meaning to.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    "(",
    ")",
    ",",
    ":",
    ": ",
    "=",
    " = ",
    "- ",
    "? ",
    "|",
    ">",
    "|2\n",
    ">-\n",
    "\n",
    "\r\n",
    "\n  ",
    "\n    ",
    "\t",
    " ",
    "#",
    " # c",
    "//",
    "/*",
    "*/",
    "<!--",
    "-->",
    "<#",
    "#>",
    ";",
    "\"",
    "'",
    "`",
    "\"\"\"",
    "'''",
    "```",
    "~~~",
    "$'",
    "${",
    "<<EOF",
    "EOF",
    "<<-'E'",
    "E",
    "r#\"",
    "\"#",
    "'a",
    "\\",
    "\\\"",
    "\\u",
    "\\ud83d",
    "\\ude00",
    "\\x4",
    "\\x41",
    "\\n",
    "&a ",
    "*a",
    "!!str ",
    "!t ",
    "---",
    "...",
    "%YAML 1.2",
    "a",
    "b.c",
    "ä",
    "😀",
    "\u{feff}",
    "\u{2028}",
    "\0",
    "null",
    "true",
    "1.5e3",
    "0x1F",
    "1979-05-27",
    "export ",
    "KEY",
    "REM ",
    "::",
    "@",
    "return /",
    "picket: ignore[a] b",
    "picket:ignore-file[",
    "> ",
    "1. ",
    "<a>",
    "<<",
    "<",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_keeps_the_promises(text in "(?s).{0,120}") {
        for (language, _) in Language::ALL {
            assert_sound(&parse(*language, &text), &text);
        }
    }

    #[test]
    fn any_mix_of_pieces_keeps_the_promises(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let text = pieces.concat();
        for (language, _) in Language::ALL {
            assert_sound(&parse(*language, &text), &text);
        }
    }
}

#[test]
fn deep_repeated_and_unclosed_input_ends_soon() {
    for piece in [
        "[",
        "{",
        "{\"a\":",
        "[{",
        "]",
        "}",
        "{a: ",
        "- ",
        "? ",
        "a: &a [*a, ",
        "a={b=",
        "a=[",
        "a.",
        "[a.b]\n",
        "[[a]]\n",
        "/*",
        "<!--",
        "\"",
        "'",
        "`",
        "`${",
        "\"\\",
        "=/[",
        "r#\"",
        "<<a\n",
        "<<a ",
        "# picket: ignore[a]\n",
        "```\n",
        "> ",
        "* ",
        "A=\"\n",
        "A='\n",
        "a\\\n",
        "\"\"\"",
        "'''",
        "x=\"\\u",
        "\u{feff}",
        "ä",
        "\n",
        "\r\n",
        "\t",
        "---\n[\n",
        "- a\n",
        "!a ",
        "&a ",
        "*a ",
        "%A b\n",
        "a: b: ",
        "//",
        "((x<<y))\n",
        "1 ",
        "\"\\ud800\" ",
        ", ",
        "a:\n- ",
        "|\n",
        "a: |\n",
        "#",
        "(",
        "![",
        "[a](",
        "<a ",
        "&#",
        "_a ",
        "**a ",
        "a\n===\n",
    ] {
        let text = piece.repeat(40_000 / piece.len());
        for (language, _) in Language::ALL {
            parse_quickly(*language, &text);
        }
    }
}

#[test]
fn a_very_long_line_costs_linear_time() {
    let text = format!("k = \"{}\" ", "a b:c 'd' /e/ # ".repeat(50_000));
    for (language, _) in Language::ALL {
        parse_quickly(*language, &text);
    }
}
