//! Builds a [`Tree`] from a stream of opening, closing, keys and values, so that no reader of a format recurses. It
//! knows nothing of any syntax.

use super::{Document, Language, Member, Node, NodeId, Note, NoteKind, Quote, Text, Tree, Value};
use crate::text::Span;
use std::collections::HashSet;

/// Values that are built from one file at most.
pub(super) const MAX_NODES: usize = 1_000_000;

/// Members that are faster compared one by one than through a map; most objects have no more.
pub(super) const FEW: usize = 16;

/// The tree so far, with the arrays and objects that are not closed yet.
#[derive(Debug, Default)]
pub(super) struct Builder {
    tree: Tree,
    open: Vec<Open>,
    notes: Vec<Note>,
}

#[derive(Debug)]
struct Open {
    start: usize,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Array(Vec<NodeId>),
    /// The key waits for its value.
    Object(Vec<Member>, Option<Text>),
}

impl Builder {
    pub(super) fn open_array(&mut self, start: usize) {
        self.open.push(Open { start, body: Body::Array(Vec::new()) });
    }

    pub(super) fn open_object(&mut self, start: usize) {
        self.open.push(Open { start, body: Body::Object(Vec::new(), None) });
    }

    /// How many arrays and objects are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Where the innermost open array or object begins.
    pub(super) fn open_start(&self) -> Option<usize> {
        self.open.last().map(|open| open.start)
    }

    pub(super) fn in_object(&self) -> bool {
        matches!(self.open.last(), Some(Open { body: Body::Object(..), .. }))
    }

    /// Whether the innermost open value is an object that expects a key next.
    pub(super) fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { body: Body::Object(_, None), .. }))
    }

    pub(super) fn is_full(&self) -> bool {
        self.tree.len() >= MAX_NODES
    }

    pub(super) fn has_roots(&self) -> bool {
        !self.tree.roots().is_empty()
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.tree.node(id)
    }

    pub(super) fn key(&mut self, text: Text) {
        if let Some(Open { body: Body::Object(_, key), .. }) = self.open.last_mut() {
            *key = Some(text);
        }
    }

    /// Add a value to the innermost open array or object, or as a root. Where a key is expected, it becomes an empty
    /// key.
    pub(super) fn value(&mut self, span: Span, value: Value) -> NodeId {
        let id = self.detached(span, value);
        match self.open.last_mut().map(|open| &mut open.body) {
            None => self.tree.push_root(id),
            Some(Body::Array(items)) => items.push(id),
            Some(Body::Object(members, key)) => match key.take() {
                Some(key) => members.push(Member { key, value: id }),
                None => *key = Some(Text { decoded: String::new(), span, quote: Quote::Folded }),
            },
        }
        id
    }

    /// Add a node that no array or object holds.
    pub(super) fn detached(&mut self, span: Span, value: Value) -> NodeId {
        self.tree.push(span, value)
    }

    /// Close the innermost array or object. A key without a value is dropped.
    pub(super) fn close(&mut self, end: usize) -> Option<NodeId> {
        let Open { start, body } = self.open.pop()?;
        let value = match body {
            Body::Array(items) => Value::Array(items),
            Body::Object(members, _) => {
                self.note_duplicates(&members);
                Value::Object(members)
            }
        };
        Some(self.value(Span::new(start, end), value))
    }

    pub(super) fn close_all(&mut self, end: usize) {
        while self.close(end).is_some() {}
    }

    /// Note each key that stands a second time in one object.
    pub(super) fn note_duplicates(&mut self, members: &[Member]) {
        let are_few = members.len() <= FEW;
        let mut seen = HashSet::with_capacity(if are_few { 0 } else { members.len() });
        for (at, Member { key, .. }) in members.iter().enumerate() {
            let is_known = match are_few {
                true => members.iter().take(at).any(|other| other.key.decoded == key.decoded),
                false => !seen.insert(key.decoded.as_str()),
            };
            if is_known && !key.decoded.is_empty() {
                let message = format!("the key `{}` stands here a second time", key.decoded);
                self.notes.push(Note { kind: NoteKind::DuplicateKey, span: key.span, message });
            }
        }
    }

    /// Note the first occurrence of a kind; one file can have a million of them.
    pub(super) fn note_once(&mut self, note: Note) {
        if self.notes.iter().all(|known| known.kind != note.kind) {
            self.notes.push(note);
        }
    }

    /// The document, with its notes and `comments` in the order of the text. It has a tree even if nothing was read.
    pub(super) fn finish(mut self, language: Language, mut comments: Vec<Span>) -> Document {
        self.notes.sort_by_key(|note| note.span);
        comments.sort();
        comments.dedup();
        Document { tree: Some(self.tree), comments, notes: self.notes, ..Document::empty(language) }
    }
}

impl Text {
    /// The text at `span`: verbatim if it stands there as it is, else with the `quote` that says how it does.
    pub(super) fn at(source: &str, span: Span, decoded: String, quote: Quote) -> Self {
        let verbatim = span.slice(source) == Some(&*decoded);
        Self { decoded, span, quote: if verbatim { Quote::Verbatim } else { quote } }
    }
}

impl Note {
    pub(super) fn new(kind: NoteKind, span: Span, message: impl Into<String>) -> Self {
        Self { kind, span, message: message.into() }
    }

    /// The value at `span` lies deeper than any that are built.
    pub(super) fn too_deep(span: Span) -> Self {
        Self::new(NoteKind::Limit, span, format!("nested deeper than {} levels", super::MAX_DEPTH))
    }

    /// The values from `offset` on are more than are built.
    pub(super) fn too_many(offset: usize) -> Self {
        Self::new(NoteKind::Limit, Span::at(offset), format!("more than {MAX_NODES} values"))
    }
}
