//! One entry of a server map → the server that it declares: every spelling of a field becomes one.
//!
//! Where the entries stand is not known here.

use super::{Approval, Entry, Launch, Package, Server, Transport, Value};
use crate::document::{Member, NodeId, Quote, Text, Tree, Value as Data, push_token};
use crate::rule::{Knowledge, RunnerKind};
use crate::text::Span;

/// Values that one server entry may have; what is beyond is not a configuration that a person wrote.
pub(super) const MAX_VALUES: usize = 4_096;

/// Reads entries of one document.
pub(super) struct Entries<'a> {
    pub tree: &'a Tree,
    pub source: &'a str,
    pub knowledge: &'a Knowledge,
}

impl<'a> Entries<'a> {
    /// The member that a field's name (a key, or a pointer below the entry) leads to, with its pointer from the entry.
    pub(super) fn field(&self, entry: NodeId, name: &str) -> Option<(String, &'a Member)> {
        let Some(path) = name.strip_prefix('/') else {
            return Some((push_token("", name), self.tree.member(entry, name)?));
        };
        let (mut at, mut pointer, mut found) = (entry, String::new(), None);
        for token in path.split('/') {
            let member = self.tree.member(at, token)?;
            pointer = push_token(&pointer, token);
            at = member.value;
            found = Some(member);
        }
        Some((pointer, found?))
    }

    pub(super) fn server(&self, name: &Text, pointer: String, node: NodeId) -> Server {
        let fields = &self.knowledge.clients.fields;
        let find = |names: &[String]| {
            let (below, member) = names.iter().find_map(|name| self.field(node, name))?;
            Some((format!("{pointer}{below}"), member))
        };
        let scalar = |name: &String| {
            let (below, member) = self.field(node, name)?;
            self.scalar(&format!("{pointer}{below}"), member.value)
        };
        let single = |names: &[String]| names.iter().find_map(scalar);
        let mut command = None;
        let mut args = Vec::new();
        let image = single(&fields.image);
        if let Some((at, member)) = find(&fields.command) {
            // Beside an image stand the arguments of the container.
            if image.is_some() && self.tree.array(member.value).is_some() {
                args.extend(self.list(&at, member.value));
            } else {
                self.command(&at, member.value, &mut command, &mut args);
            }
        }
        if let Some((at, member)) = find(&fields.args) {
            args.extend(self.list(&at, member.value));
        }
        let all = |names: &[String]| -> Vec<Entry> {
            let found = names.iter().filter_map(|name| self.field(node, name));
            found.flat_map(|(below, member)| self.named(&format!("{pointer}{below}"), member.value)).collect()
        };
        let credentials = fields.credential.iter().filter_map(|name| {
            let (below, member) = self.field(node, name)?;
            Some(Entry { name: member.key.clone(), value: self.scalar(&format!("{pointer}{below}"), member.value)? })
        });
        let off =
            |key: &str, value: bool| self.tree.get(node, key).and_then(|node| self.tree.bool(node)) == Some(value);
        let mut launch = Launch::understand(command.as_ref(), &args, self.source, &self.knowledge.launchers);
        launch.package = launch.package.or_else(|| self.package(image, &single));
        let url = single(&fields.url);
        Server {
            name: name.clone(),
            env: all(&fields.env),
            headers: all(&fields.headers),
            cwd: single(&fields.cwd),
            env_file: single(&fields.env_file),
            credentials: credentials.collect(),
            approvals: self.approvals(&pointer, node),
            enabled: !off("disabled", true) && !off("enabled", false),
            transport: Transport::of(command.is_some(), url.as_ref(), single(&fields.transport).as_ref()),
            launch,
            url,
            command,
            args,
            pointer,
        }
    }

    /// A server of which only the address is written.
    pub(super) fn address(&self, text: &Text, pointer: String) -> Server {
        let url = Value { text: text.clone(), pointer: pointer.clone() };
        let name = super::Endpoint::parse(&text.decoded).map_or("", |endpoint| endpoint.host);
        let name = Text { decoded: name.to_owned(), span: Span::at(text.span.start), quote: Quote::Verbatim };
        Server { transport: Transport::of(false, Some(&url), None), url: Some(url), ..Server::nameless(name, pointer) }
    }

    /// What an entry without a name is called: its package or address.
    pub(super) fn called(&self, node: NodeId, whole: Span) -> Text {
        let fields = &self.knowledge.clients.fields;
        let names = fields.package_name.iter().chain(&fields.url).chain(&fields.command);
        let text = names.filter_map(|name| self.field(node, name)).find_map(|(_, member)| self.tree.text(member.value));
        let decoded = text.map_or_else(String::new, |text| {
            super::Endpoint::parse(&text.decoded).map_or(text.decoded.as_str(), |endpoint| endpoint.host).to_owned()
        });
        Text { decoded, span: Span::at(whole.start), quote: Quote::Verbatim }
    }

    /// An image, or a package by ecosystem, name and version, as a manifest declares it.
    fn package(&self, image: Option<Value>, single: &dyn Fn(&[String]) -> Option<Value>) -> Option<Package> {
        let fields = &self.knowledge.clients.fields;
        if let Some(image) = image {
            return Some(Package::parse(RunnerKind::Oci, image.as_str(), image.span(), &image.pointer));
        }
        let kind = RunnerKind::from_registry(single(&fields.package_kind)?.as_str())?;
        let name = single(&fields.package_name)?;
        Some(match single(&fields.package_version) {
            Some(version) => Package::with_version(kind, &name, &version),
            None => Package::parse(kind, name.as_str(), name.span(), &name.pointer),
        })
    }

    /// A command is a string, a list of words, or an object with a path and arguments.
    fn command(&self, pointer: &str, node: NodeId, command: &mut Option<Value>, args: &mut Vec<Value>) {
        match self.tree.value(node) {
            Data::Array(_) => {
                let mut words = self.list(pointer, node).into_iter();
                *command = words.next();
                args.extend(words);
            }
            Data::Object(_) => {
                let part = |key: &str| Some((push_token(pointer, key), self.tree.get(node, key)?));
                *command = part("path").and_then(|(at, node)| self.scalar(&at, node));
                args.extend(part("args").map_or_else(Vec::new, |(at, node)| self.list(&at, node)));
            }
            _ => *command = self.scalar(pointer, node),
        }
    }

    fn list(&self, pointer: &str, node: NodeId) -> Vec<Value> {
        let items = self.tree.array(node).unwrap_or_default();
        let value = |(at, item): (usize, &NodeId)| self.scalar(&push_token(pointer, &at.to_string()), *item);
        items.iter().take(MAX_VALUES).enumerate().filter_map(value).collect()
    }

    /// Named values: a map, a list of `{ name, value }`, or a list of `NAME=value`.
    fn named(&self, pointer: &str, node: NodeId) -> Vec<Entry> {
        let mut out = Vec::new();
        for member in self.tree.members(node).unwrap_or_default().iter().take(MAX_VALUES) {
            let value = self.scalar(&push_token(pointer, &member.key.decoded), member.value);
            out.extend(value.map(|value| Entry { name: member.key.clone(), value }));
        }
        for (at, item) in self.tree.array(node).unwrap_or_default().iter().take(MAX_VALUES).enumerate() {
            let at = push_token(pointer, &at.to_string());
            let field = |key: &str| self.tree.get(*item, key);
            if let Some(name) = field("name").and_then(|name| self.tree.text(name)) {
                let key = ["value", "default"].into_iter().find(|key| field(key).is_some());
                let value = key.and_then(|key| self.scalar(&push_token(&at, key), field(key)?));
                out.extend(value.map(|value| Entry { name: name.clone(), value }));
            } else if let Some(text) = self.tree.text(*item) {
                out.extend(self.assignment(text, at));
            }
        }
        out
    }

    /// `NAME=value` in one string.
    fn assignment(&self, text: &Text, pointer: String) -> Option<Entry> {
        let (name, value) = text.decoded.split_once('=')?;
        let parts = [Span::new(0, name.len()), Span::new(name.len() + 1, text.decoded.len())];
        let mut spans = text.source_spans(self.source, &parts).into_iter();
        let part = |decoded: &str, span| Text { decoded: decoded.to_owned(), span, quote: text.quote };
        let name = part(name, spans.next()?);
        Some(Entry { name, value: Value { text: part(value, spans.next()?), pointer } })
    }

    fn approvals(&self, pointer: &str, node: NodeId) -> Vec<Approval> {
        let mut out = Vec::new();
        for key in &self.knowledge.clients.approvals {
            for selected in self.tree.select(node, &key.pointer) {
                let at = format!("{pointer}{}", selected.pointer);
                if key.values.is_empty() {
                    let tools = self.list(&at, selected.node);
                    out.extend(tools.into_iter().map(|value| Approval { all: value.as_str() == "*", value }));
                    continue;
                }
                let value =
                    self.scalar(&at, selected.node).filter(|value| key.values.iter().any(|v| v == value.as_str()));
                let Some(mut value) = value else { continue };
                let tool = wildcard(&key.pointer, &selected.pointer);
                let all = tool.is_none();
                // The value only says yes; the name of the tool is what is approved.
                value.text.decoded = tool.unwrap_or(value.text.decoded);
                out.push(Approval { value, all });
            }
        }
        out
    }

    /// A string, number or boolean as text.
    fn scalar(&self, pointer: &str, node: NodeId) -> Option<Value> {
        let verbatim = |decoded: String| Text { decoded, span: self.tree.node(node).span, quote: Quote::Verbatim };
        let text = match self.tree.value(node) {
            Data::String(text) => text.clone(),
            Data::Number(digits) => verbatim(digits.clone()),
            Data::Bool(value) => verbatim(value.to_string()),
            _ => return None,
        };
        Some(Value { text, pointer: pointer.to_owned() })
    }
}

/// The token of `pointer` that stands where `pattern` has its `*`.
fn wildcard(pattern: &str, pointer: &str) -> Option<String> {
    let (_, token) = pattern.split('/').zip(pointer.split('/')).find(|(segment, _)| *segment == "*")?;
    Some(token.replace("~1", "/").replace("~0", "~"))
}
