//! `setting`: a value in a known client's settings, by pointer.

use super::{Capture, Match, Output, Subject};
use crate::document::{NodeId, Selected, Tree, Value};
use crate::rule::{Expression, Knowledge, Problems, TableReader};
use crate::text::Span;

/// `what` is a phrase about the setting and its value, as the words of `server` fill in one about a server.
pub(super) const CAPTURES: &[&str] = &["client", "setting", "value", "what"];

#[derive(Debug)]
pub struct SettingMatcher {
    clients: Vec<String>,
    pointers: Vec<String>,
    /// The last key of the pointer, for pointers that end in `*`.
    key: Option<Expression>,
    equals: Vec<String>,
    matches: Option<Expression>,
    /// Values that are none, whatever else holds.
    except: Option<Expression>,
}

impl SettingMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, knowledge: &Knowledge, problems: &mut Problems) -> Option<Self> {
        let clients = table.strings("client", problems);
        for client in clients.iter().filter(|client| knowledge.clients.get(client.value).is_none()) {
            problems.add(client.span, format!("there is no client `{}` in clients.toml", client.value));
        }
        let clients = clients.iter().map(|client| client.value.to_owned()).collect();
        let pointers = table.owned_strings("pointer", problems);
        if pointers.is_empty() {
            problems.add(table.span(), "`pointer` is missing");
        }
        let key = table.expression("key", problems);
        let equals = scalars(table, problems);
        let matches = table.expression("matches", problems);
        let except = table.expression("except", problems);
        if equals.is_empty() && matches.is_none() {
            problems.add(table.span(), "`setting` needs `equals` or `matches`");
            return None;
        }
        Some(Self { clients, pointers, key, equals, matches, except })
    }

    pub(super) fn run(&self, subject: &Subject<'_>, out: &mut Output) {
        let files = subject.clients().iter().filter(|file| file.has_settings);
        let files = files.filter(|file| self.clients.is_empty() || self.clients.contains(&file.client.id));
        for file in files {
            let Some(tree) = &subject.document().tree else { continue };
            for root in &file.roots {
                for pointer in &self.pointers {
                    for selected in tree.select(*root, pointer) {
                        self.judge(&file.client.name, tree, &selected, out);
                    }
                }
            }
        }
    }

    fn judge(&self, client: &str, tree: &Tree, selected: &Selected<'_>, out: &mut Output) {
        if let Some(key) = &self.key
            && !selected.key.is_some_and(|text| key.is_match(&text.decoded))
        {
            return;
        }
        let Some((value, span)) = scalar(tree, selected.node) else { return };
        let fits = self.equals.contains(&value) || self.matches.as_ref().is_some_and(|regex| regex.is_match(&value));
        if !fits || self.except.as_ref().is_some_and(|regex| regex.is_match(&value)) {
            return;
        }
        let name = selected.pointer.rsplit('/').find(|token| token.parse::<usize>().is_err()).unwrap_or_default();
        let name = name.replace("~1", "/").replace("~0", "~");
        let what = match selected.key {
            Some(_) => format!("`{name}` is `{value}`"),
            None => format!("`{name}` holds `{value}`"),
        };
        out.push(Match {
            span: Some(span),
            pointer: Some(selected.pointer.clone()),
            captures: vec![
                Capture::new("client", client),
                Capture::new("setting", name),
                Capture::at("value", value, span),
                Capture::new("what", what),
            ],
            ..Match::default()
        });
    }
}

/// A scalar as text, with the place of its content.
fn scalar(tree: &Tree, node: NodeId) -> Option<(String, Span)> {
    let span = tree.node(node).span;
    match tree.value(node) {
        Value::String(text) => Some((text.decoded.clone(), text.span)),
        Value::Bool(value) => Some((value.to_string(), span)),
        Value::Number(digits) => Some((digits.clone(), span)),
        _ => None,
    }
}

/// `equals`: a string, boolean or number, or a list of these.
fn scalars(table: &mut TableReader<'_>, problems: &mut Problems) -> Vec<String> {
    let Some(node) = table.node("equals") else { return Vec::new() };
    let tree = table.tree();
    let items = tree.array(node).map_or_else(|| vec![node], <[NodeId]>::to_vec);
    let found: Vec<String> = items.iter().filter_map(|item| Some(scalar(tree, *item)?.0)).collect();
    if found.len() != items.len() || found.is_empty() {
        problems.add(table.span(), "`equals` is a string, boolean or number, or a list of these");
    }
    found
}
