//! TOML into the common tree, from the events of `toml_parser`. Not from `toml_edit`'s document: that one drops nested
//! tables recursively, and moves all of a table's members for every header that reopens one. Unlike TOML, this reader
//! goes on behind a key or table that is defined twice.

use super::builder::{Builder, FEW, MAX_NODES};
use super::{Document, Language, MAX_DEPTH, Member, NodeId, Note, NoteKind, Quote, Text, Tree, Value, mark_len};
use crate::text::Span;
use std::borrow::Cow;
use std::collections::HashMap;
use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, ParseError, Source};

/// Bytes of a document that is read. The parser keeps all tokens at once, thirty times the text.
const MAX_BYTES: usize = 4 << 20;

pub(super) fn parse(text: &str) -> Document {
    if text.len() > MAX_BYTES {
        let note = Note::new(NoteKind::Limit, Span::at(0), format!("TOML of more than {MAX_BYTES} bytes"));
        return Document { notes: vec![note], tree: Some(Tree::default()), ..Document::empty(Language::Toml) };
    }
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut reader = Reader::new(source);
    let mut error: Option<ParseError> = None;
    parse_document(&tokens, &mut reader, &mut error);
    if let Some(error) = error {
        let span = error.unexpected().or(error.context()).map_or(Span::at(0), own);
        reader.builder.note_once(Note::new(NoteKind::Broken, span.clamped(text), error.description()));
    }
    reader.finish()
}

fn own(span: toml_parser::Span) -> Span {
    Span::new(span.start(), span.end())
}

struct Reader<'a> {
    source: Source<'a>,
    builder: Builder,
    comments: Vec<Span>,
    /// Arrays and tables by number. The root is first, and each stands behind the one that holds it.
    collections: Vec<Collection>,
    /// The table of the last header.
    current: usize,
    /// Where the header that is being read begins.
    header_start: usize,
    /// The dotted key that is being read.
    path: Vec<Text>,
    /// Table and key that wait for their value.
    pending: Option<(usize, Text)>,
    /// Arrays and inline tables whose end was not read yet.
    open: Vec<usize>,
    values: usize,
}

struct Collection {
    /// From the first mention to the end of the last thing in it.
    span: Span,
    /// How many collections hold it, itself included.
    depth: usize,
    body: Body,
}

enum Body {
    Array(Vec<Slot>),
    /// `[[header]]`
    Tables(Vec<usize>),
    Table(Table),
}

#[derive(Default)]
struct Table {
    members: Vec<(Text, Slot)>,
    /// Where in `members` a name stands last, once there are more than a [`FEW`].
    names: HashMap<String, usize>,
    /// Whether a header or braces defined it.
    defined: bool,
}

impl Table {
    fn position(&self, name: &str) -> Option<usize> {
        if self.members.len() > FEW {
            return self.names.get(name).copied();
        }
        self.members.iter().rposition(|(key, _)| key.decoded == name)
    }

    fn push(&mut self, key: Text, slot: Slot) {
        self.members.push((key, slot));
        let unnamed = if self.members.len() == FEW + 1 { 0 } else { self.members.len() - 1 };
        if self.members.len() > FEW {
            let new = self.members.iter().enumerate().skip(unnamed);
            self.names.extend(new.map(|(at, (key, _))| (key.decoded.clone(), at)));
        }
    }
}

#[derive(Clone, Copy)]
enum Slot {
    Value(NodeId, Span),
    Inner(usize),
}

impl<'a> Reader<'a> {
    fn new(source: Source<'a>) -> Self {
        let span = Span::new(mark_len(source.input()), source.input().len());
        Self {
            source,
            builder: Builder::default(),
            comments: Vec::new(),
            collections: vec![Collection { span, depth: 1, body: Body::Table(Table::default()) }],
            current: 0,
            header_start: 0,
            path: Vec::new(),
            pending: None,
            open: Vec::new(),
            values: 0,
        }
    }

    fn add(&mut self, span: Span, depth: usize, body: Body) -> usize {
        self.values += 1;
        self.collections.push(Collection { span, depth, body });
        self.collections.len() - 1
    }

    fn depth(&self, at: usize) -> usize {
        self.collections.get(at).map_or(0, |collection| collection.depth)
    }

    fn table(&mut self, at: usize) -> Option<&mut Table> {
        match &mut self.collections.get_mut(at)?.body {
            Body::Table(table) => Some(table),
            _ => None,
        }
    }

    /// What a table holds under `name`, if that is an array or table.
    fn inner(&mut self, table: usize, name: &str) -> Option<usize> {
        let table = self.table(table)?;
        match table.members.get(table.position(name)?)?.1 {
            Slot::Inner(at) => Some(at),
            Slot::Value(..) => None,
        }
    }

    fn insert(&mut self, table: usize, key: Text, slot: Slot) {
        let span = key.span;
        let Some(table) = self.table(table) else { return };
        let known = table.position(&key.decoded).is_some();
        table.push(key, slot);
        if known {
            self.builder.note_once(Note::new(NoteKind::Broken, span, "this key is defined already"));
        }
    }

    /// The table under `key`, made if need be; `None` if it would lie too deep.
    fn descend(&mut self, table: usize, key: &Text) -> Option<usize> {
        let found = self.inner(table, &key.decoded);
        match found.and_then(|at| Some((at, &self.collections.get(at)?.body))) {
            Some((at, Body::Table(_))) => return Some(at),
            Some((_, Body::Tables(tables))) if !tables.is_empty() => return tables.last().copied(),
            _ => {}
        }
        let depth = self.depth(table) + 1;
        if depth > MAX_DEPTH {
            self.builder.note_once(Note::too_deep(key.span));
            return None;
        }
        let made = self.add(key.span, depth, Body::Table(Table::default()));
        self.insert(table, key.clone(), Slot::Inner(made));
        Some(made)
    }

    /// The table that the dotted key that was read leads to from `base`, and the key's last part.
    fn resolve_path(&mut self, base: usize) -> Option<(usize, Text)> {
        let mut path = std::mem::take(&mut self.path);
        let last = path.pop()?;
        let table = path.iter().try_fold(base, |table, key| self.descend(table, key))?;
        Some((table, last))
    }

    /// Make the table of a header the current one. Where that cannot be, its members go nowhere.
    fn enter(&mut self, span: Span, is_array: bool) {
        let target = self.resolve_path(0).and_then(|(table, key)| {
            if is_array { self.enter_array(table, key, span) } else { self.enter_table(table, &key, span) }
        });
        self.current = target.unwrap_or_else(|| self.add(span, 1, Body::Table(Table::default())));
    }

    fn enter_table(&mut self, table: usize, key: &Text, header: Span) -> Option<usize> {
        let known = self.inner(table, &key.decoded).is_some_and(|at| self.table(at).is_none());
        if known {
            self.builder.note_once(Note::new(NoteKind::Broken, key.span, "this is an array already"));
        }
        let entered = self.descend(table, key)?;
        let collection = self.collections.get_mut(entered)?;
        if collection.span == key.span {
            collection.span = header;
        }
        let was_defined = std::mem::replace(&mut self.table(entered)?.defined, true);
        if was_defined {
            self.builder.note_once(Note::new(NoteKind::Broken, key.span, "this table is defined already"));
        }
        Some(entered)
    }

    fn enter_array(&mut self, table: usize, key: Text, header: Span) -> Option<usize> {
        let depth = self.depth(table) + 2;
        if depth > MAX_DEPTH {
            self.builder.note_once(Note::too_deep(key.span));
            return None;
        }
        let known = self.inner(table, &key.decoded);
        let array =
            known.filter(|at| matches!(self.collections.get(*at), Some(Collection { body: Body::Tables(_), .. })));
        let array = array.unwrap_or_else(|| {
            let made = self.add(header, depth - 1, Body::Tables(Vec::new()));
            self.insert(table, key, Slot::Inner(made));
            made
        });
        let entered = self.add(header, depth, Body::Table(Table { defined: true, ..Table::default() }));
        if let Some(Collection { body: Body::Tables(tables), .. }) = self.collections.get_mut(array) {
            tables.push(entered);
        }
        Some(entered)
    }

    /// Put a value where one is due. A value without a key, which only broken text has, goes nowhere.
    fn place(&mut self, slot: Slot) {
        if let Some((table, key)) = self.pending.take() {
            return self.insert(table, key, slot);
        }
        let innermost = self.open.last().and_then(|at| self.collections.get_mut(*at));
        if let Some(Collection { body: Body::Array(items), .. }) = innermost {
            items.push(slot);
        }
    }

    /// Open an array or inline table; `false` if what is in it must be left out.
    fn open(&mut self, span: toml_parser::Span, body: Body) -> bool {
        let span = own(span);
        let holder = self.pending.as_ref().map(|(table, _)| *table).or(self.open.last().copied());
        let depth = holder.map_or(0, |at| self.depth(at)) + 1;
        let at = self.add(span, depth, body);
        let fits = depth <= MAX_DEPTH;
        if fits {
            self.place(Slot::Inner(at));
        } else {
            self.builder.note_once(Note::too_deep(span));
            self.pending = None;
        }
        self.open.push(at);
        fits
    }

    fn close(&mut self, span: toml_parser::Span) {
        if let Some(collection) = self.open.pop().and_then(|at| self.collections.get_mut(at)) {
            collection.span.end = span.end();
        }
    }

    fn is_full(&mut self) -> bool {
        self.values >= MAX_NODES
    }

    /// The tree: the last collections first, since none holds one that stands before it.
    fn finish(mut self) -> Document {
        if self.is_full() {
            self.builder.note_once(Note::too_many(self.source.input().len()));
        }
        let mut done: Vec<Option<(NodeId, Span)>> = vec![None; self.collections.len()];
        for (at, Collection { mut span, body, .. }) in
            std::mem::take(&mut self.collections).into_iter().enumerate().rev()
        {
            let mut resolve = |slot: Slot| -> Option<NodeId> {
                let (id, inner) = match slot {
                    Slot::Value(id, inner) => (id, inner),
                    Slot::Inner(at) => done.get(at).copied().flatten()?,
                };
                span.end = span.end.max(inner.end);
                Some(id)
            };
            let value = match body {
                Body::Array(items) => Value::Array(items.into_iter().filter_map(resolve).collect()),
                Body::Tables(tables) => Value::Array(tables.into_iter().map(Slot::Inner).filter_map(resolve).collect()),
                Body::Table(table) => {
                    let member = |(key, slot)| Some(Member { key, value: resolve(slot)? });
                    let members: Vec<Member> = table.members.into_iter().filter_map(member).collect();
                    self.builder.note_duplicates(&members);
                    Value::Object(members)
                }
            };
            let id = if at == 0 { self.builder.value(span, value) } else { self.builder.detached(span, value) };
            if let Some(entry) = done.get_mut(at) {
                *entry = Some((id, span));
            }
        }
        self.builder.finish(Language::Toml, self.comments)
    }
}

impl EventReceiver for Reader<'_> {
    fn std_table_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.header_start = span.start();
        self.path.clear();
        self.open.clear();
        self.pending = None;
    }

    fn std_table_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.enter(Span::new(self.header_start, span.end()), false);
    }

    fn array_table_open(&mut self, span: toml_parser::Span, error: &mut dyn ErrorSink) {
        self.std_table_open(span, error);
    }

    fn array_table_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.enter(Span::new(self.header_start, span.end()), true);
    }

    fn inline_table_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) -> bool {
        self.open(span, Body::Table(Table { defined: true, ..Table::default() }))
    }

    fn inline_table_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.pending = None;
        self.close(span);
    }

    fn array_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) -> bool {
        self.open(span, Body::Array(Vec::new()))
    }

    fn array_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.close(span);
    }

    fn simple_key(&mut self, span: toml_parser::Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let Some(raw) = self.source.get(span) else { return };
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), encoding, span);
        let mut decoded = Cow::Borrowed("");
        raw.decode_key(&mut decoded, error);
        let (content, quote) = content(raw.as_str(), encoding);
        let text = Text::at(self.source.input(), content.shifted(span.start()), decoded.into_owned(), quote);
        self.path.push(text);
    }

    fn key_val_sep(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        let innermost = self.open.last().copied().filter(|at| self.table(*at).is_some());
        self.pending = None;
        if !self.is_full() {
            self.pending = self.resolve_path(innermost.unwrap_or(self.current));
        }
        self.path.clear();
    }

    fn scalar(&mut self, span: toml_parser::Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let Some(raw) = self.source.get(span) else { return };
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), encoding, span);
        let mut decoded = Cow::Borrowed("");
        let kind = raw.decode_scalar(&mut decoded, error);
        // The parser makes up an empty value where one is missing.
        if self.is_full() || raw.is_empty() {
            self.pending = None;
            return;
        }
        let value = match kind {
            ScalarKind::Boolean(value) => Value::Bool(value),
            ScalarKind::Float | ScalarKind::Integer(_) => Value::Number(raw.as_str().to_owned()),
            ScalarKind::DateTime => {
                Value::String(Text::at(self.source.input(), own(span), raw.as_str().to_owned(), Quote::Verbatim))
            }
            ScalarKind::String => {
                let (content, quote) = content(raw.as_str(), encoding);
                let content = content.shifted(span.start());
                Value::String(Text::at(self.source.input(), content, decoded.into_owned(), quote))
            }
        };
        self.values += 1;
        let id = self.builder.detached(own(span), value);
        self.place(Slot::Value(id, own(span)));
    }

    fn comment(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.comments.push(own(span));
    }
}

/// The part of a string between its quotes, and how it maps to its text if it is not the same.
fn content(raw: &str, encoding: Option<Encoding>) -> (Span, Quote) {
    let (delimiter, quote) = match encoding {
        None => return (Span::new(0, raw.len()), Quote::Verbatim),
        Some(Encoding::LiteralString) => ("'", Quote::Verbatim),
        Some(Encoding::BasicString) => ("\"", Quote::Escaped),
        Some(Encoding::MlLiteralString) => ("'''", Quote::Folded),
        Some(Encoding::MlBasicString) => ("\"\"\"", Quote::Folded),
    };
    let inner = raw.strip_prefix(delimiter).unwrap_or(raw);
    let ended = inner.strip_suffix(delimiter).unwrap_or(inner);
    let content = match delimiter.len() {
        3 => ended.strip_prefix("\r\n").or(ended.strip_prefix('\n')).unwrap_or(ended),
        _ => ended,
    };
    let start = raw.len() - inner.len() + ended.len() - content.len();
    let joins_lines = || content.lines().any(|line| line.trim_end().ends_with('\\'));
    let quote = if encoding == Some(Encoding::MlBasicString) && !joins_lines() { Quote::Escaped } else { quote };
    (Span::new(start, start + content.len()), quote)
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
    fn tables_and_dotted_keys_become_objects() {
        check("a.b = 1\na.c = {d.e = 2, f = [3, {}]}\n", "{a:{b:1,c:{d:{e:2},f:[3,{}]}}}", &[]);
        check("[x.y]\nk = true\n[x]\nl = 1.5\n[x.y.z]\n", "{x:{y:{k:true,z:{}},l:1.5}}", &[]);
        check("[[s]]\nn = 1\n[s.t]\nu = 2\n[[s]]\nn = 3\n", "{s:[{n:1,t:{u:2}},{n:3}]}", &[]);
        check("", "{}", &[]);
        check("\u{feff}# only\r\n", "{}", &[]);
    }

    #[test]
    fn a_server_keeps_its_table_of_variables() {
        let text = "[mcp_servers.\"a b\"]\nargs = [\"-y\", 'x']\ncommand = \"npx\"\n[mcp_servers.\"a b\".env]\nK = \"v\"\n\n[projects.\"/home/x\"]\ntrust_level = \"trusted\"\n";
        check(
            text,
            "{mcp_servers:{a b:{args:[\"-y\",\"x\"],command:\"npx\",env:{K:\"v\"}}},projects:{/home/x:{trust_level:\"trusted\"}}}",
            &[],
        );
        let document = parse(text);
        assert_eq!(at(&document, text, "/mcp_servers/a b/env").1, "[mcp_servers.\"a b\".env]\nK = \"v\"");
        assert!(at(&document, text, "/mcp_servers/a b").1.starts_with("[mcp_servers.\"a b\"]\nargs"));
        assert!(at(&document, text, "/mcp_servers/a b").1.ends_with("K = \"v\""));
    }

    #[test]
    fn spans_and_quotes_are_those_of_the_given_text() {
        let text = "\u{feff}\"ключ\" = \"C:\\\\ä\"\r\nl = 'C:\\x'\r\nm = \"\"\"\r\nö\\n\"\"\"\r\nn = '''\r\nraw'''\r\nj = \"\"\"a\\\r\n  b\"\"\"\r\nd = 1979-05-27T07:32:00Z\r\nx.y = {z = [1, 0x2]} # ü\r\n";
        let document = parse(text);
        assert_eq!(text_at(&document, text, "/ключ"), ("C:\\ä".into(), "C:\\\\ä", Quote::Escaped));
        assert_eq!(text_at(&document, text, "/l"), ("C:\\x".into(), "C:\\x", Quote::Verbatim));
        assert_eq!(text_at(&document, text, "/m"), ("ö\n".into(), "ö\\n", Quote::Escaped));
        assert_eq!(text_at(&document, text, "/n"), ("raw".into(), "raw", Quote::Verbatim));
        assert_eq!(text_at(&document, text, "/j"), ("ab".into(), "a\\\r\n  b", Quote::Folded));
        assert_eq!(text_at(&document, text, "/d").1, "1979-05-27T07:32:00Z");
        assert_eq!(at(&document, text, "/x").1, "x.y = {z = [1, 0x2]}");
        assert_eq!(at(&document, text, "/x/y/z/1").1, "0x2");
        assert_eq!(slices(&document.comments, text), ["# ü"]);
    }

    #[test]
    fn a_hash_in_a_string_begins_no_comment() {
        let text = "a = \"# x\" # y\nb = '''\n# z\n''' # w\n";
        assert_eq!(slices(&parse(text).comments, text), ["# y", "# w"]);
    }

    #[test]
    fn errors_are_noted_and_the_rest_is_read() {
        check("a = 1\nb = \nc = 3\n", "{a:1,c:3}", &[(NoteKind::Broken, "")]);
        check("a = [1, 2\n", "{a:[1,2]}", &[(NoteKind::Broken, "")]);
        check("a = 1\na = 2\n", "{a:1,a:2}", &[(NoteKind::Broken, "a"), (NoteKind::DuplicateKey, "a")]);
        check("[t]\na = 1\n[t]\nb = 2\n", "{t:{a:1,b:2}}", &[(NoteKind::Broken, "t")]);
    }

    #[test]
    fn hostile_documents_end_soon() {
        for piece in ["a=[", "a={b=", "[", "a."] {
            assert!(!parse_quickly(Language::Toml, &piece.repeat(100_000)).notes.is_empty(), "{piece}");
        }
        let reopened: String =
            (0..15_000).map(|i| format!("[x{i}.y]\n")).chain((0..15_000).map(|i| format!("[x{i}]\n"))).collect();
        assert!(parse_quickly(Language::Toml, &reopened).notes.is_empty());
        let dotted = format!("{}a", "a.".repeat(78));
        let braces = format!("[{dotted}]\n{}b = 1{}", format!("{dotted}={{").repeat(78), "}".repeat(78));
        assert_eq!(parse_quickly(Language::Toml, &braces).notes.first().map(|note| note.kind), Some(NoteKind::Limit));
    }
}
