//! Of what a value was made, in ways that keep what is checked of it.

use super::*;

impl<'s, 'p> Facts<'s, 'p> {
    /// A check on what was made of a value is one on the value.
    pub(super) fn derive(&self, file: usize) -> HashMap<NodeId, Vec<(CondId, Via)>> {
        let graph = self.project.graph(file);
        let mut out: HashMap<NodeId, Vec<(CondId, Via)>> = HashMap::default();
        let mut known: HashMap<NodeId, Vec<(NodeId, Via)>> = HashMap::default();
        for (id, cond) in graph.conds.iter().enumerate() {
            if cond.to <= cond.from {
                continue;
            }
            let origins = known.entry(cond.atom.subject).or_insert_with(|| self.origins(file, cond.atom.subject));
            for (node, via) in origins.iter() {
                out.entry(*node).or_default().push((CondId::of(id), *via));
            }
        }
        out
    }

    /// The values of which a value is made in a way that keeps what is checked.
    pub(super) fn origins(&self, file: usize, node: NodeId) -> Vec<(NodeId, Via)> {
        let graph = self.project.graph(file);
        let mut out: Vec<(NodeId, Via)> = Vec::new();
        let mut open = vec![(node, Via::default(), 0)];
        while let Some((at, via, depth)) = open.pop() {
            if depth > MAX_DERIVED || out.len() > 32 {
                continue;
            }
            if depth > 0 {
                out.push((at, via));
            }
            match graph.get(at) {
                Node::Call(id) => self.origins_of_call(file, id, via, depth, &mut open),
                Node::Field { base, name } => match graph.text(name) {
                    "hostname" | "host" | "netloc" => open.push((base, Via { host: true, ..via }, depth + 1)),
                    "protocol" | "scheme" => open.push((base, Via { scheme: true, ..via }, depth + 1)),
                    "origin" | "href" | "length" => {}
                    _ => {}
                },
                Node::Element(base) => open.push((base, Via { partial: true, ..via }, depth + 1)),
                Node::Choice(run) if run.len <= 4 => {
                    graph.list(run).iter().for_each(|part| open.push((*part, via, depth + 1)));
                }
                // `path + sep`
                Node::Concat(run) if run.len <= 3 => {
                    let parts = graph.list(run);
                    let is_foreign = |part: &&NodeId| !matches!(graph.get(**part), Node::Text(_));
                    let others: Vec<&NodeId> = parts.iter().filter(is_foreign).collect();
                    // The last part of a joined path is what is checked.
                    if let Some(last) = others.last() {
                        open.push((**last, via, depth + 1));
                    }
                }
                _ => {}
            }
        }
        out
    }

    pub(super) fn origins_of_call(
        &self,
        file: usize,
        id: CallId,
        via: Via,
        depth: u32,
        open: &mut Vec<(NodeId, Via, u32)>,
    ) {
        let graph = self.project.graph(file);
        let Some(call) = graph.call(id) else { return };
        let Some(targets) = self.project.targets(CallAt { file, id }) else { return };
        let name = graph.text(call.name);
        let args = graph.args_of(call);
        let args_with = |via: Via, open: &mut Vec<(NodeId, Via, u32)>| {
            for arg in args {
                match graph.get(arg.value) {
                    Node::List(run) => open.extend(graph.list(run).iter().map(|item| (*item, via, depth + 1))),
                    Node::Spread(inner) => open.push((inner, via, depth + 1)),
                    _ => open.push((arg.value, via, depth + 1)),
                }
            }
        };
        match name {
            "relative" => return args_with(Via { relative: true, ..via }, open),
            "commonpath" | "commonprefix" => return args_with(Via { common: true, ..via }, open),
            "basename" => return args_with(Via { basename: true, ..via }, open),
            name if is_resolving(name) => {
                let via = Via { resolved: true, ..via };
                args_with(via, open);
                if let Some(receiver) = call.receiver {
                    open.push((receiver, via, depth + 1));
                }
                return;
            }
            // `new URL(x).hostname` after a lookup of its address.
            "lookup" | "resolve4" | "resolve6" | "getaddrinfo" | "gethostbyname" | "ip_address" | "parse"
                if via.host || name != "parse" =>
            {
                return args_with(via, open);
            }
            _ => {}
        }
        for path in &targets.paths {
            let Some(row) = self.project.table(file).and_then(|table| table.propagator_of(path)) else { continue };
            if !row.keeps {
                continue;
            }
            if row.from_receiver
                && let Some(receiver) = call.receiver
            {
                open.push((receiver, via, depth + 1));
            }
            match &row.from {
                None => args_with(via, open),
                Some(positions) => {
                    for arg in positions.iter().filter_map(|at| args.get(*at as usize)) {
                        open.push((arg.value, via, depth + 1));
                    }
                }
            }
            return;
        }
        // Plain texts made of a text: what is checked on the one holds for the other.
        if let Some(receiver) = call.receiver
            && matches!(
                name,
                "toLowerCase"
                    | "toUpperCase"
                    | "trim"
                    | "toString"
                    | "lower"
                    | "upper"
                    | "strip"
                    | "casefold"
                    | "lstrip"
                    | "rstrip"
                    | "joinpath"
                    | "expanduser"
                    | "as_posix"
                    | "decode"
                    | "encode"
            )
        {
            open.push((receiver, via, depth + 1));
            if name == "joinpath" {
                args_with(via, open);
            }
            return;
        }
        if matches!(
            name,
            "String"
                | "str"
                | "URL"
                | "urlparse"
                | "urlsplit"
                | "Path"
                | "PurePath"
                | "PurePosixPath"
                | "join"
                | "fspath"
                | "fileURLToPath"
        ) {
            args_with(via, open);
            return;
        }
        // A function of the package that only hands on what it was given.
        for function in &targets.functions {
            let Some(it) = self.project.function(*function) else { continue };
            if it.exits.len() > 12 {
                continue;
            }
            for (index, _) in it.params.iter().enumerate() {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                let own = self.project.graph(function.file);
                let Some(param) = own.known(Node::Param { function: function.id, index }) else { continue };
                for value in it.exits.iter().filter_map(|exit| exit.value) {
                    let found = self.shallow_origins(function.file, value, param);
                    if let Some(inner) = found {
                        for (node, path) in self.project.given(CallAt { file, id }, *function, index) {
                            if path.is_empty() {
                                open.push((node, merge(via, inner), depth + 2));
                            }
                        }
                    }
                }
            }
        }
    }

    /// How a value is made of `wanted`, by resolving and cleaning only.
    pub(super) fn shallow_origins(&self, file: usize, node: NodeId, wanted: NodeId) -> Option<Via> {
        let graph = self.project.graph(file);
        let mut open = vec![(node, Via::default(), 0)];
        while let Some((at, via, depth)) = open.pop() {
            if at == wanted {
                return Some(via);
            }
            if depth > 8 {
                continue;
            }
            match graph.get(at) {
                Node::Concat(run) if run.len <= 4 => {
                    graph.list(run).iter().for_each(|part| open.push((*part, via, depth + 1)))
                }
                Node::Choice(run) if run.len <= 8 => {
                    graph.list(run).iter().for_each(|part| open.push((*part, via, depth + 1)))
                }
                Node::Call(id) => {
                    let Some(call) = graph.call(id) else { continue };
                    let is_resolving = matches!(
                        graph.text(call.name),
                        "resolve"
                            | "realpath"
                            | "realpathSync"
                            | "normalize"
                            | "normpath"
                            | "abspath"
                            | "join"
                            | "expanduser"
                            | "trim"
                            | "strip"
                            | "lower"
                            | "toLowerCase"
                            | "Path"
                            | "String"
                            | "str"
                            | "URL"
                    );
                    if matches!(graph.text(call.name), "replace" | "replaceAll" | "slice" | "substring" | "toUpperCase")
                    {
                        open.extend(call.receiver.map(|receiver| (receiver, via, depth + 1)));
                    } else if is_resolving {
                        let via = Via { resolved: via.resolved || graph.text(call.name).contains("e"), ..via };
                        graph.args_of(call).iter().for_each(|arg| open.push((arg.value, via, depth + 1)));
                        open.extend(call.receiver.map(|receiver| (receiver, via, depth + 1)));
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Whether a value is a path that was resolved.
    pub(super) fn is_resolved(&self, file: usize, node: NodeId) -> bool {
        let graph = self.project.graph(file);
        let mut open = vec![(node, 0)];
        while let Some((at, depth)) = open.pop() {
            match graph.get(at) {
                Node::Call(id) => {
                    let Some(call) = graph.call(id) else { continue };
                    if is_resolving(graph.text(call.name)) {
                        return true;
                    }
                    let targets = self.project.targets(CallAt { file, id });
                    for fun in targets.map_or(&[][..], |it| it.functions.as_slice()) {
                        let exits = self.project.function(*fun).map_or(&[][..], |it| it.exits.as_slice());
                        let values = exits.iter().filter_map(|exit| exit.value);
                        if depth == 0
                            && exits.len() <= 4
                            && values.into_iter().any(|value| self.calls_resolve(fun.file, value))
                        {
                            return true;
                        }
                    }
                }
                Node::Choice(run) if depth < 3 => {
                    open.extend(graph.list(run).iter().take(4).map(|part| (*part, depth + 1)))
                }
                _ => {}
            }
        }
        false
    }

    pub(super) fn calls_resolve(&self, file: usize, node: NodeId) -> bool {
        let graph = self.project.graph(file);
        match graph.get(node) {
            Node::Call(id) => graph.call(id).is_some_and(|call| is_resolving(graph.text(call.name))),
            Node::Choice(run) => graph.list(run).iter().any(|part| matches!(graph.get(*part), Node::Call(id) if graph.call(id).is_some_and(|call| is_resolving(graph.text(call.name))))),
            _ => false,
        }
    }
}

/// Functions that make a path one without `..`.
pub(super) fn is_resolving(name: &str) -> bool {
    matches!(
        name,
        "resolve"
            | "realpath"
            | "realpathSync"
            | "normalize"
            | "normpath"
            | "abspath"
            | "native"
            | "canonicalize"
            | "absolute"
    )
}

pub(super) fn merge(one: Via, other: Via) -> Via {
    Via {
        resolved: one.resolved || other.resolved,
        relative: one.relative || other.relative,
        common: one.common || other.common,
        basename: one.basename || other.basename,
        host: one.host || other.host,
        scheme: one.scheme || other.scheme,
        partial: one.partial || other.partial,
    }
}
