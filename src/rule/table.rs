//! Reading a spanned TOML table key by key: types are checked, keys that nobody asked for are mistakes.

use super::diagnostic::{Problems, suggestion};
use super::expression::Expression;
use crate::document::{Member, NodeId, Text, Tree, Value};
use crate::text::Span;
use std::str::FromStr;

/// A value with its place in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

/// A view of one table. Every accessor marks its key as known; [`TableReader::finish`] reports the others.
#[derive(Debug)]
pub struct TableReader<'a> {
    tree: &'a Tree,
    node: NodeId,
    /// Where the TOML begins in the file: spans are reported from the start of the file.
    offset: usize,
    known: Vec<&'static str>,
}

impl<'a> TableReader<'a> {
    pub fn new(tree: &'a Tree, node: NodeId, offset: usize) -> Self {
        Self { tree, node, offset, known: Vec::new() }
    }

    /// The table as it stands in the file.
    pub fn span(&self) -> Span {
        self.span_of(self.node)
    }

    fn span_of(&self, node: NodeId) -> Span {
        self.tree.node(node).span.shifted(self.offset)
    }

    fn lookup(&mut self, key: &'static str) -> Option<&'a Member> {
        self.known.push(key);
        self.tree.member(self.node, key)
    }

    pub fn has(&self, key: &str) -> bool {
        self.tree.get(self.node, key).is_some()
    }

    /// The keys of the table with their places, in order.
    pub fn keys(&self) -> impl Iterator<Item = Spanned<&'a str>> + use<'a> {
        let (tree, offset) = (self.tree, self.offset);
        tree.members(self.node)
            .unwrap_or_default()
            .iter()
            .map(move |member| Spanned { value: member.key.decoded.as_str(), span: member.key.span.shifted(offset) })
    }

    /// The raw node under `key`, for values of more than one type.
    pub fn node(&mut self, key: &'static str) -> Option<NodeId> {
        self.lookup(key).map(|member| member.value)
    }

    pub fn str(&mut self, key: &'static str, problems: &mut Problems) -> Option<Spanned<&'a str>> {
        let node = self.lookup(key)?.value;
        self.as_str(key, node, problems)
    }

    /// The string under a key that the page chose; it counts as known.
    pub fn text_under(&self, key: &str, problems: &mut Problems) -> Option<Spanned<&'a str>> {
        let node = self.tree.get(self.node, key)?;
        self.as_str(key, node, problems)
    }

    fn as_str(&self, key: &str, node: NodeId, problems: &mut Problems) -> Option<Spanned<&'a str>> {
        match self.tree.value(node) {
            Value::String(Text { decoded, span, .. }) => {
                Some(Spanned { value: decoded.as_str(), span: span.shifted(self.offset) })
            }
            _ => {
                problems.add(self.span_of(node), format!("`{key}` must be a string"));
                None
            }
        }
    }

    pub fn required_str(&mut self, key: &'static str, problems: &mut Problems) -> Option<Spanned<&'a str>> {
        if !self.has(key) {
            self.known.push(key);
            problems.add(self.span(), format!("`{key}` is missing"));
            return None;
        }
        self.str(key, problems)
    }

    /// A string that must be one of a closed set.
    pub fn parsed<T: FromStr<Err = String>>(&mut self, key: &'static str, problems: &mut Problems) -> Option<T> {
        let text = self.str(key, problems)?;
        text.value.parse().map_err(|message: String| problems.add(text.span, message)).ok()
    }

    /// A regular expression in a string.
    pub fn expression(&mut self, key: &'static str, problems: &mut Problems) -> Option<Expression> {
        let source = self.str(key, problems)?;
        Expression::read(source, problems)
    }

    pub fn bool(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        let node = self.lookup(key)?.value;
        let value = self.tree.bool(node);
        if value.is_none() {
            problems.add(self.span_of(node), format!("`{key}` must be `true` or `false`"));
        }
        value
    }

    pub fn integer(&mut self, key: &'static str, problems: &mut Problems) -> Option<u64> {
        let node = self.lookup(key)?.value;
        self.as_integer(key, node, problems)
    }

    fn as_integer(&self, key: &str, node: NodeId, problems: &mut Problems) -> Option<u64> {
        let value = match self.tree.value(node) {
            Value::Number(digits) => digits.replace('_', "").parse().ok(),
            _ => None,
        };
        if value.is_none() {
            problems.add(self.span_of(node), format!("`{key}` must be a whole number"));
        }
        value
    }

    pub fn integers(&mut self, key: &'static str, problems: &mut Problems) -> Vec<u64> {
        let Some(node) = self.lookup(key).map(|member| member.value) else { return Vec::new() };
        match self.tree.array(node) {
            Some(items) => items.iter().filter_map(|item| self.as_integer(key, *item, problems)).collect(),
            None => self.as_integer(key, node, problems).into_iter().collect(),
        }
    }

    /// A string or a list of strings.
    pub fn strings(&mut self, key: &'static str, problems: &mut Problems) -> Vec<Spanned<&'a str>> {
        let Some(node) = self.lookup(key).map(|member| member.value) else { return Vec::new() };
        match self.tree.array(node) {
            Some(items) => items.iter().filter_map(|item| self.as_str(key, *item, problems)).collect(),
            None => self.as_str(key, node, problems).into_iter().collect(),
        }
    }

    pub fn owned_strings(&mut self, key: &'static str, problems: &mut Problems) -> Vec<String> {
        self.strings(key, problems).into_iter().map(|text| text.value.to_owned()).collect()
    }

    pub fn table(&mut self, key: &'static str, problems: &mut Problems) -> Option<TableReader<'a>> {
        let node = self.lookup(key)?.value;
        if self.tree.members(node).is_none() {
            problems.add(self.span_of(node), format!("`{key}` must be a table"));
            return None;
        }
        Some(TableReader::new(self.tree, node, self.offset))
    }

    /// A list of tables (`[[key]]`).
    pub fn tables(&mut self, key: &'static str, problems: &mut Problems) -> Vec<TableReader<'a>> {
        let Some(node) = self.lookup(key).map(|member| member.value) else { return Vec::new() };
        let items = self.tree.array(node).map(<[NodeId]>::to_vec).unwrap_or_default();
        if items.is_empty() || items.iter().any(|item| self.tree.members(*item).is_none()) {
            problems.add(self.span_of(node), format!("`{key}` must be a list of tables"));
            return Vec::new();
        }
        items.into_iter().map(|item| TableReader::new(self.tree, item, self.offset)).collect()
    }

    /// As [`TableReader::tables`]; none if the key is absent.
    pub fn tables_if_any(&mut self, key: &'static str, problems: &mut Problems) -> Vec<TableReader<'a>> {
        match self.has(key) {
            true => self.tables(key, problems),
            false => {
                self.known.push(key);
                Vec::new()
            }
        }
    }

    /// The text under a key that may also hold something else.
    pub fn word(&self, key: &str) -> Option<String> {
        match self.tree.value(self.tree.get(self.node, key)?) {
            Value::String(text) => Some(text.decoded.clone()),
            _ => None,
        }
    }

    /// Report every key that was never asked for.
    pub fn finish(self, problems: &mut Problems) {
        for key in self.keys() {
            if self.known.contains(&key.value) {
                continue;
            }
            let message = format!("unknown key `{}`", key.value);
            match suggestion(key.value, self.known.iter().copied()) {
                Some(help) => problems.add_with_help(key.span, message, help),
                None => problems.add_with_help(key.span, message, format!("known keys: {}", self.known.join(", "))),
            }
        }
    }

    pub fn tree(&self) -> &'a Tree {
        self.tree
    }

    /// The table's own node in [`TableReader::tree`].
    pub fn tree_node(&self) -> NodeId {
        self.node
    }

    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// Parse TOML that stands at `offset` of a file; a syntax error is reported there.
pub(crate) fn parse_toml(source: &str, offset: usize, problems: &mut Problems) -> Tree {
    let document = crate::document::parse(crate::document::Language::Toml, source);
    for note in &document.notes {
        problems.add(note.span.shifted(offset), note.message.clone());
    }
    document.tree.unwrap_or_default()
}
