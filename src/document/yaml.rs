//! YAML events into the common tree: core schema of YAML 1.2, aliases kept as such. It resolves no custom tags and no
//! merge keys.

use super::builder::Builder;
use super::{Document, Language, MAX_DEPTH, NodeId, Note, NoteKind, Quote, Text, Value};
use crate::text::Span;
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag, options};
use std::collections::HashMap;

/// Comments in a row that are kept at most; the parser holds them until it knows what follows.
const MAX_COMMENTS: usize = 50_000;

pub(super) fn parse(text: &str) -> Document {
    let strict = parse_strictly(text);
    let is_broken = |document: &Document| document.notes.iter().any(|note| note.kind == NoteKind::Broken);
    if !is_broken(&strict) {
        return strict;
    }
    let Some(masked) = without_reserved_starts(text) else { return strict };
    // The file is as broken as before, but what its writer meant is plain, and worth judging.
    let mut lenient = parse_strictly(&masked);
    match &mut lenient.tree {
        Some(tree) if lenient.notes.iter().all(|note| note.kind != NoteKind::Broken) => tree.decode_again(text),
        _ => return strict,
    }
    lenient.notes = strict.notes;
    lenient
}

/// The text with a letter for every `@` or backtick that begins an unquoted value (`- @scope/package`), which YAML keeps
/// for itself and people write all the same; no place moves. `None` if there is none.
fn without_reserved_starts(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut found = false;
    for line in text.split_inclusive('\n') {
        let value = line.trim_start_matches([' ', '\t']).trim_start_matches("- ");
        let value = value.split_once(": ").map_or(value, |(_, value)| value).trim_start_matches(' ');
        let is_value = value.len() < line.trim_start().len();
        match value.strip_prefix(['@', '`']).filter(|_| is_value) {
            Some(rest) => {
                found = true;
                out.extend([line.get(..line.len() - rest.len() - 1).unwrap_or_default(), "a", rest]);
            }
            None => out.push_str(line),
        }
    }
    found.then_some(out)
}

fn parse_strictly(text: &str) -> Document {
    let mut reader = Reader {
        text,
        builder: Builder::default(),
        comments: Vec::new(),
        anchors: HashMap::new(),
        open_anchors: Vec::new(),
        skipped: None,
        end: 0,
    };
    reader.read();
    reader.builder.finish(Language::Yaml, reader.comments)
}

struct Reader<'a> {
    text: &'a str,
    builder: Builder,
    comments: Vec<Span>,
    /// Finished nodes by the parser's number of their anchor; 0 is no anchor.
    anchors: HashMap<usize, NodeId>,
    /// One anchor number per open array or object.
    open_anchors: Vec<usize>,
    skipped: Option<Skipped>,
    /// End of the last scalar, alias or bracket.
    end: usize,
}

/// A collection that lies too deep to be built.
struct Skipped {
    start: usize,
    /// Collections open in it, itself included.
    depth: usize,
}

impl Reader<'_> {
    fn read(&mut self) {
        let options = options! {
            emit_unresolved_aliases: true,
            max_buffered_comment_events: MAX_COMMENTS,
        };
        let mut parser = Parser::new_from_str_with_options(self.text, options);
        while let Some(next) = parser.next_event() {
            match next {
                Ok((event, span)) => self.take(event, span.byte_range().map_or(Span::at(self.end), Span::from)),
                Err(error) => {
                    self.end_document(&error);
                    if !parser.proceed_next_document().unwrap_or(false) {
                        break;
                    }
                }
            }
            if self.builder.is_full() {
                self.builder.note_once(Note::too_many(self.end));
                break;
            }
        }
        self.builder.close_all(self.end);
    }

    /// Keep what was read of a document that goes on wrongly.
    fn end_document(&mut self, error: &ScanError) {
        let at = Span::at(error.marker().byte_offset().unwrap_or(self.end));
        let kind = match error.kind() {
            ErrorKind::RecursionLimitExceeded | ErrorKind::TooManyComments => NoteKind::Limit,
            _ => NoteKind::Broken,
        };
        self.builder.note_once(Note::new(kind, at.clamped(self.text), error.info()));
        self.skipped = None;
        self.builder.close_all(self.end);
        self.open_anchors.clear();
    }

    fn take(&mut self, event: Event<'_>, span: Span) {
        if matches!(event, Event::Comment(..)) {
            self.comments.push(span);
        } else if self.skipped.is_some() {
            self.skip(&event, span);
        } else {
            self.take_node(event, span);
        }
    }

    fn take_node(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) if self.builder.depth() == MAX_DEPTH => {
                self.builder.note_once(Note::too_deep(span));
                self.skipped = Some(Skipped { start: span.start, depth: 1 });
            }
            Event::SequenceStart(_, anchor, _) => {
                self.builder.open_array(span.start);
                self.open_anchors.push(anchor);
                self.end = span.end;
            }
            Event::MappingStart(_, anchor, _) => {
                self.builder.open_object(span.start);
                self.open_anchors.push(anchor);
                self.end = span.end;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Scalar(decoded, style, anchor, tag) => {
                let text = self.scalar_text(&decoded, style, span);
                self.take_scalar(text, style, span, tag.as_deref(), anchor);
            }
            Event::Alias(anchor) => self.take_alias(self.anchors.get(&anchor).copied(), span),
            Event::UnresolvedAlias(_) => self.take_alias(None, span),
            _ => {}
        }
    }

    fn close(&mut self, span: Span) {
        // A block collection ends with its last value; the event stands at the next token.
        if !span.is_empty() {
            self.end = span.end;
        }
        let closed = self.builder.close(self.end);
        let anchor = self.open_anchors.pop().unwrap_or(0);
        self.remember(anchor, closed);
    }

    fn skip(&mut self, event: &Event<'_>, span: Span) {
        let Some(skipped) = &mut self.skipped else { return };
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => skipped.depth += 1,
            Event::SequenceEnd | Event::MappingEnd => skipped.depth -= 1,
            _ => {}
        }
        self.end = self.end.max(span.end);
        if skipped.depth == 0 {
            let whole = Span::new(skipped.start, self.end);
            self.skipped = None;
            self.builder.value(whole, Value::Null);
        }
    }

    fn take_scalar(&mut self, text: Text, style: ScalarStyle, span: Span, tag: Option<&Tag>, anchor: usize) {
        // The parser puts an absent value before the colon that announces it.
        let announced = span.is_empty() && self.text.as_bytes().get(span.start) == Some(&b':');
        let span = if announced { Span::at(span.start + 1) } else { span };
        self.end = self.end.max(span.end);
        if self.builder.wants_key() {
            if anchor != 0 {
                let id = self.builder.detached(span, Value::String(text.clone()));
                self.remember(anchor, Some(id));
            }
            return self.builder.key(text);
        }
        let plain = match tag {
            None => style == ScalarStyle::Plain,
            Some(tag) => matches!(tag.core_suffix(), Some("null" | "bool" | "int" | "float")),
        };
        let resolved = if plain { resolve(&text.decoded) } else { None };
        let id = self.builder.value(span, resolved.unwrap_or(Value::String(text)));
        self.remember(anchor, Some(id));
    }

    fn take_alias(&mut self, target: Option<NodeId>, span: Span) {
        self.end = self.end.max(span.end);
        if target.is_none() {
            let message = "this alias names no value that stands before it";
            self.builder.note_once(Note::new(NoteKind::Broken, span, message));
        }
        if self.builder.wants_key() {
            let decoded = match target.map(|id| &self.builder.node(id).value) {
                Some(Value::String(text)) => text.decoded.clone(),
                _ => String::new(),
            };
            return self.builder.key(Text { decoded, span, quote: Quote::Folded });
        }
        self.builder.value(span, target.map_or(Value::Null, Value::Alias));
    }

    fn remember(&mut self, anchor: usize, id: Option<NodeId>) {
        if let Some(id) = id.filter(|_| anchor != 0) {
            self.anchors.insert(anchor, id);
        }
    }

    fn scalar_text(&self, decoded: &str, style: ScalarStyle, span: Span) -> Text {
        let quoted = Span::new(span.start + 1, span.end.saturating_sub(1));
        let raw = span.slice(self.text).unwrap_or_default();
        match style {
            _ if span.is_empty() => Text { decoded: String::new(), span, quote: Quote::Verbatim },
            ScalarStyle::Plain => Text::at(self.text, span, decoded.to_owned(), Quote::Folded),
            ScalarStyle::SingleQuoted => Text::at(self.text, quoted, decoded.to_owned(), Quote::Folded),
            ScalarStyle::DoubleQuoted => {
                let quote = if raw.contains('\n') { Quote::Folded } else { Quote::Escaped };
                Text::at(self.text, quoted, decoded.to_owned(), quote)
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let content = Span::new(span.start, span.start + raw.trim_end().len());
                Text::at(self.text, content, decoded.to_owned(), Quote::Folded)
            }
        }
    }
}

/// What a plain scalar stands for in the core schema, if not a string.
fn resolve(plain: &str) -> Option<Value> {
    match plain {
        "" | "~" | "null" | "Null" | "NULL" => Some(Value::Null),
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        number if is_number(number) => Some(Value::Number(number.to_owned())),
        _ => None,
    }
}

fn is_number(plain: &str) -> bool {
    let digits = |text: &str, radix: u32| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    if let Some(octal) = plain.strip_prefix("0o") {
        return digits(octal, 8);
    }
    if let Some(hexadecimal) = plain.strip_prefix("0x") {
        return digits(hexadecimal, 16);
    }
    if matches!(plain, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let mantissa_fits = match fraction {
        None => digits(whole, 10),
        Some("") => digits(whole, 10),
        Some(fraction) => digits(fraction, 10) && (whole.is_empty() || digits(whole, 10)),
    };
    mantissa_fits && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent), 10))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, notes, parse_quickly, show, slices, text_at};
    use super::*;

    fn check(text: &str, tree: &str, expected: &[(NoteKind, &str)]) {
        let document = parse(text);
        assert_eq!(show(&document), tree, "{text}");
        assert_eq!(notes(&document, text), expected, "{text}");
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        check(
            "[~, null, True, no, 0o17, 0x1f, -1, 1., .5e-3, -.inf, .NaN]",
            "[null,null,true,\"no\",0o17,0x1f,-1,1.,.5e-3,-.inf,.NaN]",
            &[],
        );
        check(
            "[1.2.3, 1e, '1', \"true\", !!str 12, !!int '3', !x 4, 1979-05-27, .]",
            "[\"1.2.3\",\"1e\",\"1\",\"true\",\"12\",3,\"4\",\"1979-05-27\",\".\"]",
            &[],
        );
        check("a:\nb: ''\n", "{a:null,b:\"\"}", &[]);
    }

    #[test]
    fn documents_become_roots() {
        check("a: 1\n---\n- b\n...\n", "{a:1}\n[\"b\"]", &[]);
        check("", "", &[]);
        check("\u{feff}# only\r\n# comments\r\n", "", &[]);
    }

    #[test]
    fn aliases_name_finished_nodes_only() {
        check("a: &x {k: 1}\nb: *x\n*x : 2\n", "{a:{k:1},b:*{k:1},:2}", &[]);
        check("&k key: 1\nb: *k\n", "{key:1,b:*\"key\"}", &[]);
        check("a: &x [*x]\n", "{a:[null]}", &[(NoteKind::Broken, "*x")]);
        check("a: *none\nb: 1\n", "{a:null,b:1}", &[(NoteKind::Broken, "*none")]);
        check("a: &x 1\n---\nb: *x\n", "{a:1}\n{b:null}", &[(NoteKind::Broken, "*x")]);
    }

    #[test]
    fn what_is_plain_though_forbidden_is_read_and_told() {
        let text = "args:\n  - -y\n  - @acme/b\nname: @acme/ä # c\n";
        check(text, "{args:[\"-y\",\"@acme/b\"],name:\"@acme/ä\"}", &[(NoteKind::Broken, "")]);
        // What is broken in another way stays broken.
        check("a: [1\nb: @x\n", "{a:[]}", &[(NoteKind::Broken, "")]);
    }

    #[test]
    fn merge_keys_stay_members() {
        check("a: &x {k: 1}\nb: {<<: *x, l: 2}", "{a:{k:1},b:{<<:*{k:1},l:2}}", &[]);
    }

    #[test]
    fn spans_are_bytes_of_the_given_text() {
        let text = "\u{feff}ключ: 日本 # ü\r\nlist:\r\n  - \"C:\\\\ä\"\r\n  - 'it''s'\r\n  - x y\r\nmap: &m {k: [🚀, 2]}\r\nend:\r\n";
        let document = parse(text);
        assert_eq!(text_at(&document, text, "/ключ"), ("日本".into(), "日本", Quote::Verbatim));
        assert_eq!(text_at(&document, text, "/list/0"), ("C:\\ä".into(), "C:\\\\ä", Quote::Escaped));
        assert_eq!(text_at(&document, text, "/list/1"), ("it's".into(), "it''s", Quote::Folded));
        assert_eq!(at(&document, text, "/list").1, "- \"C:\\\\ä\"\r\n  - 'it''s'\r\n  - x y");
        assert_eq!(at(&document, text, "/map").1, "{k: [🚀, 2]}");
        assert_eq!(at(&document, text, "/map/k").1, "[🚀, 2]");
        assert_eq!(at(&document, text, "/end").0.span, Span::at(text.len() - 2));
        assert_eq!(slices(&document.comments, text), ["# ü"]);
    }

    #[test]
    fn block_scalars_and_folded_text_point_at_their_content() {
        let text = "a: |\n  one\n  twö\n\nb: >-\n  x\n  y\nc: plain\n  more\nd: \"q\n  r\"\n";
        let document = parse(text);
        assert_eq!(text_at(&document, text, "/a"), ("one\ntwö\n".into(), "one\n  twö", Quote::Folded));
        assert_eq!(text_at(&document, text, "/b"), ("x y".into(), "x\n  y", Quote::Folded));
        assert_eq!(text_at(&document, text, "/c"), ("plain more".into(), "plain\n  more", Quote::Folded));
        assert_eq!(text_at(&document, text, "/d"), ("q r".into(), "q\n  r", Quote::Folded));
    }

    #[test]
    fn what_stands_before_an_error_stays_and_later_documents_are_read() {
        check("a: 1\nb: {c: 2, d: [3\n---\ne: 4\n", "{a:1,b:{c:2,d:[]}}\n{e:4}", &[(NoteKind::Broken, "")]);
        check("a: 1\nb: [2, 3}\nc: 4\n", "{a:1,b:[2]}", &[(NoteKind::Broken, "")]);
    }

    #[test]
    fn odd_keys_are_empty_and_duplicates_are_noted() {
        check("? [a, b]\n: 1\n? {c: d}\n: 2\n", "{:1,:2}", &[]);
        check("a: 1\na: 2\n", "{a:1,a:2}", &[(NoteKind::DuplicateKey, "a")]);
    }

    #[test]
    fn long_runs_of_comments_are_read() {
        let text = format!("a:\n{}  b: 1\n", "  # commented: out\n".repeat(5_000));
        let document = parse(&text);
        assert_eq!((show(&document).as_str(), document.comments.len()), ("{a:{b:1}}", 5_000));
    }

    #[test]
    fn bombs_and_deep_input_end_soon() {
        let bomb: String = (1..60).map(|i| format!("a{i}: &a{i} [{}]\n", format!("*a{}, ", i - 1).repeat(9))).collect();
        let document = parse_quickly(Language::Yaml, &format!("a0: &a0 x\n{bomb}"));
        assert!(document.tree.is_some_and(|tree| tree.len() < 1_000));
        for piece in ["[", "{a: ", "- ", "? "] {
            let document = parse_quickly(Language::Yaml, &piece.repeat(100_000));
            assert!(document.notes.iter().any(|note| note.kind != NoteKind::DuplicateKey), "{piece}");
        }
        let nested: String = (0..300).map(|depth| format!("{}- \n", " ".repeat(depth))).collect();
        assert_eq!(parse_quickly(Language::Yaml, &nested).notes.first().map(|note| note.kind), Some(NoteKind::Limit));
        let mixed = format!("{}{}1{}", "- ".repeat(200), "[".repeat(200), "]".repeat(200));
        assert_eq!(parse_quickly(Language::Yaml, &mixed).notes.first().map(|note| note.kind), Some(NoteKind::Limit));
    }
}
