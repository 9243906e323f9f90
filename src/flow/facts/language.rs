//! Checks that the languages have: patterns, prefixes, membership, equality, types.

use super::*;

impl<'s, 'p> Facts<'s, 'p> {
    pub(super) fn equal(&self, file: usize, subject: NodeId, other: NodeId, via: Via) -> State {
        let graph = self.project.graph(file);
        if via.host {
            return State::safe(Kinds::URL);
        }
        if via.scheme {
            return State::safe(Kinds::OPEN);
        }
        if via.common {
            return State::safe(Kinds::FILE);
        }
        if via.basename {
            // `basename(x) === x`
            return match graph.get(subject) {
                Node::Call(id) => {
                    let same =
                        graph.call(id).is_some_and(|call| graph.args_of(call).iter().any(|arg| arg.value == other));
                    if same { State::safe(Kinds::FILE) } else { State::default() }
                }
                _ => State::default(),
            };
        }
        if via.partial {
            return State::default();
        }
        match graph.get(other) {
            Node::Text(_) | Node::Plain | Node::Truth(_) => State::safe(Kinds::ALL),
            // The folder itself, beside what is below of it.
            _ if via.resolved => State::safe(Kinds::FILE),
            _ => State::default(),
        }
    }

    /// Membership in a set, a list or the keys of a map that the server has.
    pub(super) fn member(&self, file: usize, set: NodeId, via: Via) -> State {
        let graph = self.project.graph(file);
        if via.relative || via.basename {
            return State::default();
        }
        let kinds = match via {
            Via { host: true, .. } => Kinds::URL,
            Via { scheme: true, .. } => Kinds::OPEN,
            Via { partial: true, .. } => return State::default(),
            _ => Kinds::ALL,
        };
        match graph.get(set) {
            // `"ab" in text` is no list.
            Node::Text(_) | Node::Concat(_) | Node::Plain | Node::Truth(_) => State::default(),
            Node::Field { name, .. } if graph.text(name) == "parents" => State::safe(Kinds::FILE),
            _ => State::safe(kinds),
        }
    }

    /// A text does not stand in it.
    pub(super) fn lacks(&self, file: usize, part: NodeId) -> State {
        match self.project.text(At { file, node: part }).as_deref() {
            Some("..") => State::flag(NO_DOTS | WEAK_LIST),
            Some("/") => State::flag(NO_SLASH | WEAK_LIST),
            Some("../" | "..\\") => State::flag(WEAK_LIST),
            Some("\0") | None => State::default(),
            Some(_) => State::flag(WEAK_LIST),
        }
    }

    /// Checks that the language has: patterns, prefixes, membership, types.
    pub(super) fn told_by_language(&self, file: usize, call: &Call, on: Operand, holds: bool, via: Via) -> State {
        let graph = self.project.graph(file);
        let args = graph.args_of(call);
        let arg = |at: usize| args.get(at).map(|arg| At { file, node: arg.value });
        let receiver = call.receiver.map(|node| At { file, node });
        match (graph.text(call.name), on) {
            // `pattern.test(x)`, `PATTERN.match(x)`
            ("test" | "exec" | "match" | "fullmatch" | "search", Operand::Arg(0)) => {
                let full = graph.text(call.name) == "fullmatch";
                let from_start = graph.text(call.name) == "match";
                self.matched_any(receiver, full, from_start, holds, via)
            }
            // `re.match(pattern, x)`
            ("match" | "fullmatch" | "search", Operand::Arg(1)) => {
                let full = graph.text(call.name) == "fullmatch";
                self.matched_any(arg(0), full, graph.text(call.name) == "match", holds, via)
            }
            // `x.match(pattern)`
            ("match" | "search", Operand::Receiver) => self.matched_any(arg(0), false, false, holds, via),
            ("startsWith" | "startswith", Operand::Receiver) => {
                let Some(prefix) = arg(0) else { return State::default() };
                self.begins(prefix, holds, via)
            }
            (
                "includes" | "has" | "contains" | "hasOwnProperty" | "hasOwn" | "indexOf" | "__contains__",
                Operand::Arg(at),
            ) if holds => {
                let set = if graph.text(call.name) == "hasOwn" && at == 1 {
                    args.first().map(|it| it.value)
                } else {
                    call.receiver
                };
                match set {
                    Some(set) if !self.is_text(At { file, node: set }) => self.member(file, set, via),
                    _ => State::default(),
                }
            }
            ("includes" | "contains" | "indexOf" | "__contains__", Operand::Receiver) if !holds => match arg(0) {
                Some(part) => self.lacks(file, part.node),
                None => State::default(),
            },
            ("includes" | "has", Operand::Arg(_)) => State::flag(WEAK_LIST),
            ("isAbsolute" | "isabs" | "is_absolute", _) if !holds => match via.relative {
                true => State::default(),
                false => State::flag(NOT_ABSOLUTE),
            },
            ("isNaN", _) if !holds => State::safe(Kinds::ALL),
            ("isInteger" | "isFinite" | "isSafeInteger", _) if holds => State::safe(Kinds::ALL),
            ("isdigit" | "isnumeric" | "isdecimal", Operand::Receiver) if holds => State::safe(Kinds::ALL),
            ("isinstance", Operand::Arg(0)) if holds => {
                let Some(types) = arg(1) else { return State::default() };
                let list = match self.project.node(types) {
                    Node::List(run) => graph.list(run).to_vec(),
                    _ => vec![types.node],
                };
                let is_plain = |node: &NodeId| matches!(graph.get(*node), Node::Global(name) if matches!(graph.text(name), "int" | "float" | "bool"));
                if !list.is_empty() && list.iter().all(is_plain) { State::safe(Kinds::ALL) } else { State::default() }
            }
            _ => State::default(),
        }
    }

    pub(super) fn is_text(&self, at: At) -> bool {
        let things = self.project.things(at);
        !things.is_empty() && things.iter().all(|thing| matches!(thing, Thing::External(path) if path == "str"))
    }

    /// One of the patterns that a value may be matches.
    pub(super) fn matched_any(&self, at: Option<At>, full: bool, from_start: bool, holds: bool, via: Via) -> State {
        let Some(at) = at else { return State::default() };
        let patterns = match self.project.node(at) {
            // One of a list that is written out.
            Node::Element(list) => {
                let mut list = At { file: at.file, node: list };
                for _ in 0..4 {
                    match self.project.one_step(list) {
                        Some(next) => list = next,
                        None => break,
                    }
                }
                let graph = self.project.graph(list.file);
                match graph.get(list.node) {
                    Node::List(run) => graph
                        .list(run)
                        .iter()
                        .filter_map(|node| self.project.pattern(At { file: list.file, node: *node }))
                        .collect(),
                    _ => Vec::new(),
                }
            }
            _ => self.project.pattern(at).into_iter().collect::<Vec<_>>(),
        };
        let mut all: Option<State> = None;
        for pattern in patterns {
            let told = self.matched(Some(pattern), full, from_start, holds, via);
            all = Some(all.map_or(told, |known| if holds { known.or(told) } else { known.and(told) }));
        }
        all.unwrap_or_default()
    }

    pub(super) fn matched(
        &self,
        pattern: Option<(String, bool)>,
        full: bool,
        from_start: bool,
        holds: bool,
        via: Via,
    ) -> State {
        let Some((pattern, is_wide)) = pattern else { return State::default() };
        if holds {
            if via.partial || via.relative {
                return State::default();
            }
            let charset = match is_wide && !full {
                true => None,
                false => Charset::of_pattern(&pattern, full, from_start),
            };
            let mut out = State::default();
            match charset {
                Some(charset) => {
                    out.safe = charset.kinds();
                    if charset.has_no_dots() {
                        out.flags |= NO_DOTS;
                    }
                    if out.safe == Kinds::default() {
                        out.flags |= WEAK_PATTERN;
                    }
                }
                None => out.flags |= WEAK_PATTERN,
            }
            out.safe = out.safe | kinds_of_prefix(&prefix_of_pattern(&pattern));
            if via.host {
                out = State::safe(Kinds::URL);
            }
            if via.scheme {
                out = State::safe(Kinds::OPEN);
            }
            return out;
        }
        // What is refused if it is found.
        if via.host {
            return State::flag(WEAK_LIST);
        }
        if pattern.contains(r"\.\.") && !pattern.contains('^') {
            let is_bare = pattern == r"\.\." || pattern.split('|').any(|part| part == r"\.\.");
            return State::flag(if is_bare { NO_DOTS | WEAK_LIST } else { WEAK_LIST });
        }
        match Charset::found_by(&pattern) {
            Some(found) => {
                let left = found.without();
                let kinds = left.kinds();
                let mut out = State::safe(kinds);
                if kinds == Kinds::default() {
                    out.flags |= WEAK_LIST;
                }
                out
            }
            None => State::flag(WEAK_LIST),
        }
    }

    pub(super) fn begins(&self, prefix: At, holds: bool, via: Via) -> State {
        let graph = self.project.graph(prefix.file);
        let text = self.project.text(prefix);
        if !holds {
            return match text.as_deref() {
                Some("..") if via.relative => State::safe(Kinds::FILE),
                Some("-" | "--") if !via.partial => State { safe: Kinds::ARGV, flags: 0, quote: 0 },
                Some("/") => State::flag(NOT_ABSOLUTE),
                Some(_) => State::flag(WEAK_LIST),
                None => State::default(),
            };
        }
        if via.relative || via.basename {
            return State::default();
        }
        if let Some(text) = &text {
            let not_option =
                if text.starts_with('-') || text.is_empty() || via.partial { Kinds::default() } else { Kinds::ARGV };
            if text.contains("://") {
                return State::safe(kinds_of_prefix(text) | not_option);
            }
            if not_option != Kinds::default() && !text.starts_with(['/', '.', '~']) && !via.scheme {
                return State::safe(not_option);
            }
            if via.scheme {
                return State::safe(Kinds::OPEN);
            }
        }
        // A folder of the server's.
        let ends = match graph.get(prefix.node) {
            Node::Concat(run) => graph.list(run).last().copied(),
            Node::Text(_) => Some(prefix.node),
            _ => None,
        };
        let has_end = ends.is_some_and(|end| match graph.get(end) {
            Node::Text(name) => graph.text(name).ends_with(['/', '\\']),
            // `path.sep`, `os.sep`
            _ => {
                let things = self.project.things(At { file: prefix.file, node: end });
                things.iter().any(|thing| matches!(thing, Thing::External(path) if path.ends_with(".sep")))
            }
        });
        match (has_end, via.resolved) {
            (true, true) => State::safe(Kinds::FILE),
            (true, false) => State::flag(WEAK_UNRESOLVED),
            (false, _) => State::flag(WEAK_PREFIX),
        }
    }
}
