//! Text and argument vectors that are put together: what stands around a value decides what it can do.

use super::libraries::split;
use super::*;

impl<'s, 'p> Search<'s, 'p> {
    /// Text that is put together: what stands around a part decides what it can do.
    pub(super) fn built(&mut self, item: Item, run: Run, walk: &mut Walk) {
        let file = item.at.file;
        let graph = self.project.graph(file);
        let parts = graph.list(run).to_vec();
        let step = match walk.goal {
            Goal::Sink(_) => self.step(Some(item.step), file, graph.span(item.at.node), What::Built),
            Goal::Returns(..) => item.step,
        };
        // A text where a vector is asked for is split at its blanks.
        let item = match item.state.has(VECTOR) {
            true => Item { state: split(item.state), ..item },
            false => item,
        };
        let is_outermost = !item.state.has(EMBEDDED) || item.state.flags & NOT_START == 0;
        let mut text = String::new();
        let mut has_unknown = false;
        let mut after_unknown = String::new();
        let mut is_host_fixed = false;
        for (at, part) in parts.iter().enumerate() {
            let constant = self.project.text(At { file, node: *part });
            if let Some(constant) = &constant {
                text.push_str(constant);
                after_unknown.push_str(constant);
                continue;
            }
            let mut state = item.state.and(State::flag(EMBEDDED));
            if let Some(quote) = open_quote(&text) {
                state.quote = quote;
            } else if !text.is_empty() {
                state.quote = 0;
            }
            let is_start = if item.state.has(SPLIT) {
                (text.is_empty() && !has_unknown) || after_unknown.ends_with(|c: char| c.is_whitespace())
            } else {
                at == 0 || (!has_unknown && text.starts_with('-') && !text.contains('='))
            };
            if !is_start {
                state.flags |= NOT_START;
            }
            let is_below_host = crate::flow::charset::kinds_of_prefix(&text).has(Kinds::URL) && !has_unknown;
            let is_behind_base = has_unknown && after_unknown.contains(['/', '?', '#', '=', '&']);
            let is_behind_unknown = has_unknown && after_unknown.is_empty() && text.is_empty();
            // `/path/…` of a server that is set elsewhere.
            let is_local = text.starts_with('/') && text.len() > 1 && !text.starts_with("//");
            if is_outermost && crate::flow::charset::kinds_of_prefix(&text).has(Kinds::OPEN) {
                state.safe = state.safe | Kinds::OPEN;
            }
            is_host_fixed |= is_below_host || is_behind_base || is_behind_unknown || is_local;
            if is_outermost && is_host_fixed {
                state.flags |= HOST_FIXED;
            }
            if at > 0 {
                state.flags |= BELOW;
            }
            walk.items.push(Item { at: At { file, node: *part }, path: Path::default(), state, step, ..item });
            has_unknown = true;
            after_unknown.clear();
        }
    }

    /// An argument vector: each element on its own, with what stands before it.
    pub(super) fn vector(&mut self, item: Item, walk: &mut Walk) {
        let file = item.at.file;
        let graph = self.project.graph(file);
        let mut list: Vec<(NodeId, bool)> = Vec::new();
        let mut open = vec![(item.at.node, 0)];
        // Innermost first: `base` comes before what was added.
        while let Some((node, depth)) = open.pop() {
            match graph.get(node) {
                Node::With { base, value, .. } if depth < 200 => {
                    match graph.get(value) {
                        Node::Spread(inner) => match graph.get(inner) {
                            Node::List(run) => list.extend(graph.list(run).iter().rev().map(|it| (*it, false))),
                            _ => list.push((inner, true)),
                        },
                        _ => list.push((value, false)),
                    }
                    open.push((base, depth + 1));
                }
                Node::List(run) => {
                    for value in graph.list(run).iter().rev() {
                        match graph.get(*value) {
                            Node::Spread(inner) => match graph.get(inner) {
                                Node::List(run) => list.extend(graph.list(run).iter().rev().map(|it| (*it, false))),
                                _ => list.push((inner, true)),
                            },
                            _ => list.push((*value, false)),
                        }
                    }
                }
                _ => list.push((node, true)),
            }
        }
        list.reverse();
        let Goal::Sink(sink) = walk.goal else {
            // What a function gives back: its elements, as a list.
            for (node, is_list) in list {
                let state =
                    if is_list { item.state } else { State { flags: item.state.flags & !VECTOR, ..item.state } };
                walk.items.push(Item { at: At { file, node }, state, ..item });
            }
            return;
        };
        let text = |(node, is_list): &(NodeId, bool)| match is_list {
            true => None,
            false => self.project.text(At { file, node: *node }).or_else(|| self.own_interpreter(file, *node)),
        };
        let texts: Vec<Option<String>> = list.iter().map(text).collect();
        let has_program = self.sinks.get(sink).is_some_and(|sink| sink.has_program) && !item.state.has(BEHIND);
        let mut may_be_option = true;
        for (at, (node, is_list)) in list.iter().enumerate() {
            let at_node = At { file, node: *node };
            let before = at.checked_sub(1).and_then(|at| texts.get(at)?.as_deref());
            may_be_option &= before != Some("--");
            if *is_list {
                if !may_be_option {
                    continue;
                }
                let behind = if at > 0 { BEHIND } else { 0 };
                walk.items.push(Item { at: at_node, state: item.state.and(State::flag(behind)), ..item });
                continue;
            }
            let value = Item { at: at_node, state: State { flags: item.state.flags & !VECTOR, ..item.state }, ..item };
            let kind = before.filter(|text| is_option(text)).and_then(|flag| match program_before(&texts, at) {
                Program::Named(name) => interpreter(Some(name), Some(flag)),
                Program::First if has_program => interpreter(None, Some(flag)),
                Program::Elsewhere if !has_program => interpreter(Some(&self.program_of(sink)?), Some(flag)),
                _ => None,
            });
            let kind = kind.or_else(|| (at == 0 && has_program).then_some(Kinds::PROGRAM));
            match kind {
                Some(kind) => self.turn_to(kind, sink, value),
                // The value of an option is no option.
                None if !may_be_option || before.is_some_and(is_option) => {}
                None => walk.items.push(value),
            }
        }
    }

    /// The interpreter that runs the server itself.
    pub(super) fn own_interpreter(&self, file: usize, node: NodeId) -> Option<String> {
        let things = self.project.things(At { file, node });
        things.iter().find_map(|thing| match thing {
            Thing::External(path) if path == "sys.executable" => Some("python".to_owned()),
            Thing::External(path) if path == "process.execPath" => Some("node".to_owned()),
            _ => None,
        })
    }

    /// The program that a call names beside the vector.
    pub(super) fn program_of(&self, sink: usize) -> Option<String> {
        let sink = self.sinks.get(sink)?;
        let graph = self.project.graph(sink.file);
        let first = graph.args_of(graph.call(sink.call)?).first()?;
        self.project.text(At { file: sink.file, node: first.value })
    }

    /// Search on for another kind of sink in the same call.
    pub(super) fn turn_to(&mut self, kind: Kinds, sink: usize, item: Item) {
        let Some(known) = self.sinks.get(sink).cloned() else { return };
        let does = handed_to(kind);
        let other = self.sinks.iter().position(|it| it.file == known.file && it.call == known.call && it.kind == kind);
        let number = match other {
            Some(number) => number,
            None => {
                self.sinks.push(Sink { kind, does: does.to_owned(), ..known });
                self.sinks.len() - 1
            }
        };
        // A small search inside of the other one; it hands to callers as every search does.
        let (handed, queue) = (std::mem::take(&mut self.handed), std::mem::take(&mut self.queue));
        let spent = self.spent_here;
        self.search(number, vec![item]);
        self.spent_here = spent;
        (self.handed, self.queue) = (handed, queue);
    }
}

pub(super) fn program_before(texts: &[Option<String>], at: usize) -> Program<'_> {
    let before = texts.get(..at.saturating_sub(1)).unwrap_or_default();
    let mut before = before.iter().enumerate().rev();
    match before.find(|(_, text)| !text.as_deref().is_some_and(is_option)) {
        Some((_, Some(name))) => Program::Named(name),
        Some((0, None)) => Program::First,
        Some((_, None)) => Program::Unknown,
        None => Program::Elsewhere,
    }
}

/// The quote that is open at the end of a text.
pub(super) fn open_quote(text: &str) -> Option<u8> {
    let mut open = None;
    let mut is_escaped = false;
    for byte in text.bytes() {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        match (byte, open) {
            (b'\\', _) => is_escaped = true,
            (b'\'' | b'"' | b'`', None) => open = Some(byte),
            (byte, Some(quote)) if byte == quote => open = None,
            _ => {}
        }
    }
    open
}
