//! Calls of libraries on the way: what they give is made of what they are given, as far as the tables say so.

use super::*;

impl<'s, 'p> Search<'s, 'p> {
    /// A call of a library: what it gives is made of what it was given, as far as the tables say so.
    pub(super) fn library(&mut self, at: CallAt, call: &Call, item: Item, walk: &mut Walk) {
        let file = at.file;
        let graph = self.project.graph(file);
        let (Some(targets), Some(table)) = (self.project.targets(at), self.project.table(file)) else { return };
        if self.is_foreign_global(item, walk) {
            return;
        }
        let args = graph.args_of(call);
        let mut state = item.state;
        let name = graph.text(call.name);
        let mut sanitizer = None;
        for row in targets.paths.iter().flat_map(|path| table.sanitizers_of(path)) {
            state.safe = state.safe | row.kinds;
            sanitizer = Some(row);
        }
        if let Some(cleaned) = self.cleaned(file, call, state) {
            state = cleaned;
        }
        if self.is_done(state, walk) {
            return;
        }
        let go = |walk: &mut Walk, node: NodeId, path: Path, state: State| {
            walk.items.push(Item { at: At { file, node }, path, state, moment: call.at, ..item });
        };
        if let Some(row) = targets.paths.iter().find_map(|path| table.propagator_of(path)) {
            if state.has(VECTOR) && row.form == Form::Elements && name.contains("split") {
                state = split(state);
            }
            let path = match row.form {
                Form::Same => item.path,
                Form::Elements => item.path.rest().inside(ANY),
                Form::Text | Form::Path => Path::default(),
            };
            if row.from_receiver
                && let Some(receiver) = call.receiver
            {
                go(walk, receiver, path, state);
            }
            for (position, arg) in args.iter().enumerate() {
                let position = u32::try_from(position).unwrap_or(u32::MAX);
                if row.from.as_ref().is_some_and(|positions| !positions.contains(&position)) {
                    continue;
                }
                let mut state = state;
                if matches!(row.form, Form::Path | Form::Text) && args.len() > 1 {
                    state.flags |= EMBEDDED;
                    if position > 0 {
                        state.flags |= NOT_START;
                        if !row.is_absolute {
                            state.flags |= BELOW;
                        }
                        if row.form == Form::Text {
                            state.flags |= BELOW;
                        }
                    }
                }
                match graph.get(arg.value) {
                    Node::Spread(inner) => go(walk, inner, path.inside(ANY), state),
                    _ => go(walk, arg.value, path, state),
                }
            }
            // `new URL(path, base)`
            return;
        }
        // What is harmless here may do harm there.
        if let Some(row) = sanitizer {
            let receiver = call.receiver.filter(|_| row.place.is_receiver);
            let positions = (0..).zip(args).filter(|(at, _)| row.place.is_all || row.place.positions.contains(at));
            for node in receiver.into_iter().chain(positions.map(|(_, arg)| arg.value)) {
                go(walk, node, Path::default(), State { flags: state.flags & !VECTOR, ..state });
            }
            return;
        }
        let Some(receiver) = call.receiver else { return };
        if is_answer(name) || self.is_namespace(file, receiver) {
            return;
        }
        let first = args.first().map(|arg| arg.value);
        match (name, first) {
            ("get" | "pop" | "setdefault" | "at" | "getAll" | "getlist", Some(key)) => {
                let key = graph.constant(key).map_or(ANY, hash);
                go(walk, receiver, item.path.inside(key), state);
            }
            ("split" | "rsplit" | "splitlines" | "partition" | "rpartition" | "match" | "findall", _) => {
                let state = if state.has(VECTOR) { split(state) } else { state };
                go(walk, receiver, Path::default(), state);
            }
            ("map" | "flatMap", _) => self.mapped(file, call, receiver, item, state, walk),
            (
                "filter" | "slice" | "sort" | "reverse" | "concat" | "flat" | "copy" | "model_dump" | "dict" | "toJSON"
                | "items" | "values" | "keys" | "then" | "catch" | "finally" | "find" | "shift",
                _,
            ) => {
                let path = match name {
                    "find" | "shift" => item.path.inside(ANY),
                    _ => item.path,
                };
                go(walk, receiver, path, state);
                if name == "then" {
                    self.mapped(file, call, receiver, item, state, walk);
                }
            }
            _ => {
                state.flags &= !VECTOR;
                go(walk, receiver, Path::default(), state);
            }
        }
    }

    /// What a function makes of each element.
    pub(super) fn mapped(
        &mut self,
        file: usize,
        call: &Call,
        receiver: NodeId,
        item: Item,
        state: State,
        walk: &mut Walk,
    ) {
        let graph = self.project.graph(file);
        let mut is_known = false;
        for arg in graph.args_of(call).iter().take(1) {
            for thing in self.project.things(At { file, node: arg.value }).iter() {
                let Thing::Function(fun) = thing else { continue };
                is_known = true;
                let path = if graph.text(call.name) == "then" { item.path } else { item.path.rest() };
                let exits = self.project.function(*fun).map_or(&[][..], |it| it.exits.as_slice());
                for exit in exits {
                    if let Some(node) = exit.value {
                        let state = State { flags: state.flags & !VECTOR, ..state };
                        walk.items.push(Item { at: At { file: fun.file, node }, path, state, moment: exit.at, ..item });
                    }
                }
            }
        }
        if !is_known {
            walk.items.push(Item { at: At { file, node: receiver }, path: item.path, state, moment: call.at, ..item });
        }
    }

    /// What a replacement leaves: characters that are taken out, quotes that are escaped.
    pub(super) fn cleaned(&self, file: usize, call: &Call, state: State) -> Option<State> {
        let graph = self.project.graph(file);
        let args = graph.args_of(call);
        let is_sub = matches!(graph.text(call.name), "sub" | "subn");
        if !is_sub && !matches!(graph.text(call.name), "replace" | "replaceAll" | "translate") {
            return None;
        }
        let (pattern, with) = (args.first()?.value, args.get(1)?.value);
        let with = self.project.text(At { file, node: with })?;
        let regex = match graph.get(pattern) {
            Node::Regex(name) => {
                let (body, flags) = graph.text(name).strip_prefix('/')?.rsplit_once('/')?;
                // Only the first of them.
                if !flags.contains('g') {
                    return None;
                }
                Some(body.to_owned())
            }
            Node::Text(name) if is_sub => Some(graph.text(name).to_owned()),
            _ => None,
        };
        let mut out = state;
        let literal = match (&regex, graph.get(pattern)) {
            (None, Node::Text(name)) => graph.text(name).to_owned(),
            (Some(body), _) => body.replace('\\', ""),
            _ => return None,
        };
        // What closes a quote is known here; which quote stands around it, where the text is put together.
        if literal == "'" && matches!(with.as_str(), "'\\''" | "'\"'\"'" | "'\\\\''") {
            out.flags |= CLOSED_SHELL;
        }
        for (quote, closed, escaped) in [
            ('"', CLOSED_DOUBLE, ESCAPED_DOUBLE),
            ('\'', CLOSED_SINGLE, ESCAPED_SINGLE),
            ('`', CLOSED_BACK, CLOSED_BACK),
        ] {
            if literal == quote.to_string() && with == format!("{quote}{quote}") {
                out.flags |= closed;
            }
            if literal.contains(quote) && with.starts_with('\\') {
                out.flags |= escaped;
            }
        }
        let has_sign = literal == "\\" || regex.as_ref().is_some_and(|body| body.contains("\\\\"));
        if has_sign && with.starts_with('\\') {
            out.flags |= ESCAPED_SIGN;
        }
        if escapes_something(&with) {
            out.flags |= WEAK_QUOTES;
        }
        if let Some(body) = &regex
            && let Some(left) = crate::flow::charset::Charset::left_by(body)
        {
            let is_harmless = with.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c));
            if is_harmless {
                let kinds = left.kinds();
                out.safe = out.safe | kinds;
                if kinds == Kinds::default() {
                    out.flags |= WEAK_LIST;
                }
            } else if with.starts_with('\\') {
                // Everything but a few characters is escaped.
                let kinds = left.kinds();
                out.safe = out.safe | Kinds(kinds.0 & (Kinds::COMMAND | Kinds::QUERY).0);
            }
        }
        Some(out)
    }

    /// Whether a value is a module or a thing of a library, so that what its methods give is not made of it.
    pub(super) fn is_namespace(&self, file: usize, node: NodeId) -> bool {
        let graph = self.project.graph(file);
        match graph.get(node) {
            Node::Global(_) | Node::Import { .. } | Node::Class(_) | Node::Function(_) => true,
            _ => {
                let things = self.project.things(At { file, node });
                !things.is_empty()
                    && things.iter().all(|thing| match thing {
                        Thing::External(path) => {
                            !matches!(path.as_str(), "str" | "list" | "dict") && !path.contains("()")
                        }
                        Thing::Module(_) | Thing::Class(_) | Thing::Function(_) => true,
                        _ => false,
                    })
            }
        }
    }
}

/// A vector that is made of a text.
pub(super) fn split(state: State) -> State {
    State { flags: (state.flags & !VECTOR) | SPLIT, ..state }
}

/// Methods that answer a question, with a number or a truth value.
pub(super) fn is_answer(name: &str) -> bool {
    matches!(
        name,
        "includes"
            | "startsWith"
            | "endsWith"
            | "indexOf"
            | "lastIndexOf"
            | "test"
            | "search"
            | "has"
            | "some"
            | "every"
            | "localeCompare"
            | "charCodeAt"
            | "codePointAt"
            | "startswith"
            | "endswith"
            | "index"
            | "rindex"
            | "count"
            | "isdigit"
            | "isalnum"
            | "isalpha"
            | "isnumeric"
            | "isidentifier"
            | "isspace"
            | "exists"
            | "is_file"
            | "is_dir"
            | "stat"
            | "findIndex"
            | "push"
            | "forEach"
            | "hasOwnProperty"
    )
}

pub(super) fn escapes_something(with: &str) -> bool {
    with.starts_with('\\') || with.contains("''")
}
