//! One value on the way: what it is made of, and where that is found.

use super::*;

impl<'s, 'p> Search<'s, 'p> {
    pub(super) fn visit(&mut self, item: Item, walk: &mut Walk) -> Need {
        let At { file, node } = item.at;
        let mut item = item;
        if walk.seen.contains(&(item.at, item.path, item.state, item.moment)) {
            // Whoever waits for what a call gives comes by twice.
            if !matches!(self.project.node(item.at), Node::Call(_)) {
                return Need::Nothing;
            }
        }
        let before = item;
        if !item.state.has(VECTOR) {
            item.state = item.state.and(self.facts.at(item.at, item.path, item.moment));
        }
        if self.is_done(item.state, walk) {
            return Need::Nothing;
        }
        let graph = self.project.graph(file);
        if let Node::Call(id) = graph.get(node)
            && let Some(need) = self.needs(CallAt { file, id }, item, walk)
        {
            return need;
        }
        if !walk.seen.insert((before.at, before.path, before.state, before.moment)) {
            return Need::Nothing;
        }
        let go = |walk: &mut Walk, node: NodeId, path: Path, state: State| {
            walk.items.push(Item { at: At { file, node }, path, state, ..item });
        };
        match graph.get(node) {
            Node::Unknown
            | Node::Text(_)
            | Node::Regex(_)
            | Node::Plain
            | Node::Truth(_)
            | Node::Function(_)
            | Node::Class(_) => {}
            Node::Choice(run) => graph.list(run).iter().rev().for_each(|part| go(walk, *part, item.path, item.state)),
            Node::Field { base, name } => {
                let text = graph.text(name);
                if matches!(text, "length" | "size") {
                    return Need::Nothing;
                }
                // What a check says of a URL or a path holds for its text and for the folder that it lies in.
                if matches!(text, "href" | "parent" | "parents") {
                    go(walk, base, item.path, item.state);
                    return Need::Nothing;
                }
                if self.is_foreign_global(item, walk) {
                    return Need::Nothing;
                }
                // A value of another file.
                let things = self.project.things(At { file, node: base });
                let mut is_module = false;
                for thing in things.iter() {
                    if let Thing::Module(target) = thing {
                        is_module = true;
                        if let Some(value) = self.project.export(*target, text, 0) {
                            walk.items.push(Item { at: value, moment: u32::MAX - 1, ..item });
                        }
                    }
                    if let Thing::Instance(class) | Thing::Class(class) = thing {
                        self.attribute(*class, text, item, walk);
                    }
                }
                let state = item.state.and(State::safe(self.sanitized(item.at)));
                if !is_module && !self.is_done(state, walk) {
                    go(walk, base, item.path.inside(hash(text)), state);
                }
            }
            Node::Element(base) => {
                go(walk, base, item.path.inside(ANY), item.state);
            }
            Node::With { base, name, value } => {
                if item.state.has(VECTOR) && item.path.is_empty() {
                    self.vector(item, walk);
                    return Need::Nothing;
                }
                // What is added to a list is never its first element, which is the program.
                let is_whole = item.path.first().is_none_or(|first| first == hash("0"));
                let is_first = matches!(graph.get(base), Node::List(run) if run.len == 0);
                if name == crate::flow::graph::NO_NAME
                    && is_whole
                    && !is_first
                    && self.kind(walk) == Some(Kinds::PROGRAM)
                {
                    go(walk, base, item.path, item.state);
                    return Need::Nothing;
                }
                // What is written to a part of a URL behind its host leads nowhere else.
                let is_behind_host = matches!(graph.text(name), "searchParams" | "search" | "hash" | "pathname");
                if is_behind_host && self.kind(walk) == Some(Kinds::URL) {
                    go(walk, base, item.path, item.state);
                    return Need::Nothing;
                }
                let is_element = name == crate::flow::graph::NO_NAME;
                let inner = match graph.get(value) {
                    Node::Spread(inner) => (inner, item.path),
                    _ => (value, item.path.rest()),
                };
                match item.path.first() {
                    None => {
                        go(walk, base, item.path, item.state);
                        go(walk, inner.0, item.path, item.state);
                    }
                    Some(first) => {
                        let is_it = is_element || first == ANY || first == hash(graph.text(name));
                        if is_it {
                            go(walk, inner.0, inner.1, item.state);
                        }
                        if is_element || first == ANY || !is_it {
                            go(walk, base, item.path, item.state);
                        }
                    }
                }
            }
            Node::Object(run) => {
                for (name, value) in graph.pairs(run) {
                    if let Node::Spread(inner) = graph.get(value) {
                        go(walk, inner, item.path, item.state);
                        continue;
                    }
                    match item.path.first() {
                        None => go(walk, value, item.path, item.state),
                        Some(first)
                            if first == ANY
                                || name == crate::flow::graph::NO_NAME
                                || first == hash(graph.text(name)) =>
                        {
                            go(walk, value, item.path.rest(), item.state);
                        }
                        Some(_) => {}
                    }
                }
            }
            Node::List(run) => {
                if item.state.has(VECTOR) && item.path.is_empty() {
                    self.vector(item, walk);
                    return Need::Nothing;
                }
                let is_program = item.path.is_empty() && self.kind(walk) == Some(Kinds::PROGRAM);
                for (at, value) in graph.list(run).iter().enumerate().take(if is_program { 1 } else { usize::MAX }) {
                    match graph.get(*value) {
                        Node::Spread(inner) => go(walk, inner, item.path, item.state),
                        _ => match item.path.first() {
                            None => go(walk, *value, item.path, item.state),
                            Some(ANY) => go(walk, *value, item.path.rest(), item.state),
                            Some(first) if first == hash(&at.to_string()) => {
                                go(walk, *value, item.path.rest(), item.state);
                                break;
                            }
                            Some(_) => {}
                        },
                    }
                }
            }
            Node::Spread(inner) => go(walk, inner, item.path.inside(ANY), item.state),
            Node::Concat(run) => self.built(item, run, walk),
            Node::Variable(binding) => {
                for store in graph.stores.get(&binding).into_iter().flatten() {
                    walk.items.push(Item { at: At { file, node: store.value }, moment: store.at, ..item });
                }
            }
            Node::Attribute { class, name } => {
                self.attribute(crate::flow::project::Type { file, id: class }, graph.text(name), item, walk);
            }
            Node::Import { .. } => {
                if self.is_foreign_global(item, walk) {
                    return Need::Nothing;
                }
                if let Some(value) = self.project.imported_value(item.at) {
                    walk.items.push(Item { at: value, moment: u32::MAX - 1, ..item });
                }
            }
            Node::Global(_) => {
                self.is_foreign_global(item, walk);
            }
            Node::This(_) => {}
            Node::Param { function, index } => self.parameter(Fun { file, id: function }, index, item, walk),
            Node::Call(id) => self.call(CallAt { file, id }, item, walk),
        }
        Need::Nothing
    }

    /// For which sinks a part of something is harmless: the name of a path.
    pub(super) fn sanitized(&self, at: At) -> Kinds {
        let Some(table) = self.project.table(at.file) else { return Kinds::default() };
        let things = self.project.things(at);
        let paths = things.iter().filter_map(|thing| match thing {
            Thing::External(path) => Some(path),
            _ => None,
        });
        paths.flat_map(|path| table.sanitizers_of(path)).fold(Kinds::default(), |all, row| all | row.kinds)
    }

    /// A thing of a library that is foreign by itself.
    pub(super) fn is_foreign_global(&mut self, item: Item, walk: &mut Walk) -> bool {
        let Goal::Sink(sink) = walk.goal else { return false };
        for thing in self.project.things(item.at).iter() {
            let Thing::External(path) = thing else { continue };
            let Some(entry) = self.sources.global(path) else { continue };
            let span = self.project.graph(item.at.file).span(item.at.node);
            let parameter = path.rsplit('.').next().unwrap_or_default().trim_end_matches("()").to_owned();
            let entered = Entered {
                kind: entry.kind,
                tool: String::new(),
                parameter,
                says: entry.says.clone(),
                span,
                file: item.at.file,
                state: State::default(),
            };
            self.arrived(sink, entered, item);
            return true;
        }
        false
    }

    /// What is written to an attribute of a class, anywhere.
    pub(super) fn attribute(&mut self, class: crate::flow::project::Type, name: &str, item: Item, walk: &mut Walk) {
        let graph = self.project.graph(class.file);
        let Some(id) = graph.named(name) else { return };
        for store in graph.attributes.get(&(class.id, id)).into_iter().flatten() {
            let step = match walk.goal {
                Goal::Sink(_) => self.step(Some(item.step), class.file, store.span, What::Stored),
                Goal::Returns(..) => item.step,
            };
            walk.items.push(Item { at: At { file: class.file, node: store.value }, moment: store.at, step, ..item });
        }
    }

    /// A parameter: an entry point, or what callers give.
    pub(super) fn parameter(&mut self, fun: Fun, index: u32, item: Item, walk: &mut Walk) {
        let sink = match walk.goal {
            Goal::Returns(..) => {
                let exit =
                    self.steps.get(item.step as usize).map_or((fun.file, Span::at(0)), |step| (step.file, step.span));
                let found = Returned { fun, index, path: item.path, state: item.state, exit };
                let is_known = |it: &Returned| Returned { exit, ..*it } == found;
                if walk.found.len() < 256 && !walk.found.iter().any(is_known) {
                    walk.found.push(found);
                }
                return;
            }
            Goal::Sink(sink) => sink,
        };
        if !self.handed.insert((fun, index, item.path, item.state)) {
            return;
        }
        let tool = self.tool_asked(item);
        if let Some(entered) = self.sources.at(self.project, fun, index, item.path, tool.as_deref()) {
            self.arrived(sink, entered, item);
        }
        let Some(callers) = self.project.callers.get(&fun) else { return };
        for call in callers.iter().take(400) {
            let Some(it) = self.project.call(*call) else { continue };
            for (node, given) in self.project.given(*call, fun, index) {
                let Some(path) = item.path.through(given) else { continue };
                let step = self.step(Some(item.step), call.file, it.span, What::Passed(*call));
                let mut state = item.state;
                // One of the arguments that a rest parameter takes together is an element.
                if given.is_under() && item.path.is_empty() {
                    state.flags &= !VECTOR;
                }
                self.queue.push_back(Item { at: At { file: call.file, node }, path, state, moment: it.at, step });
            }
        }
    }

    /// The tool that a dispatcher was asked for where the way passes: what its name was compared with.
    pub(super) fn tool_asked(&self, item: Item) -> Option<String> {
        let graph = self.project.graph(item.at.file);
        if let (Some(step), Some(file)) = (self.steps.get(item.step as usize), self.project.files.get(item.at.file))
            && step.file == item.at.file
        {
            let arms = file.arms.iter().zip(&file.handlers);
            let mut around = arms.filter(|(arm, _)| arm.is_some_and(|arm| arm.contains(step.span)));
            if let Some((_, handler)) = around.next() {
                return Some(handler.name().to_owned());
            }
        }
        let is_tool = |text: &str| self.sources.tools.binary_search_by(|it| it.as_str().cmp(text)).is_ok();
        let in_force = graph.conds.iter().filter(|cond| cond.from <= item.moment && item.moment < cond.to);
        let mut found = None;
        for cond in in_force {
            let others = match cond.atom.test {
                crate::flow::graph::Test::Equals(other) => vec![other],
                crate::flow::graph::Test::In(other) => match graph.get(other) {
                    Node::List(run) => graph.list(run).to_vec(),
                    _ => Vec::new(),
                },
                _ => continue,
            };
            let mut texts = others.into_iter().filter_map(|node| self.project.text(At { file: item.at.file, node }));
            if let Some(text) = texts.find(|text| is_tool(text)) {
                found = Some(text);
            }
        }
        found
    }
}
