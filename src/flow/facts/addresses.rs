//! Whether a function looks at addresses before a request is made, and where a server is not configured.

use super::*;

impl<'s, 'p> Facts<'s, 'p> {
    /// Whether a function looks at addresses as a guard against requests into the own network does: it names private
    /// ranges, or asks a library for them; itself, or in what it calls.
    pub(super) fn checks_addresses(&self, fun: Fun, depth: u32) -> bool {
        if let Some(known) = self.addresses.borrow().get(&fun) {
            return *known;
        }
        let Some(function) = self.project.function(fun) else { return false };
        let (mut ranges, mut seen_host) = (0, false);
        let of_file = self.marks.get(fun.file).map_or(&[][..], Vec::as_slice);
        let first = of_file.partition_point(|mark| mark.span.start < function.span.start);
        for mark in of_file.iter().skip(first).take_while(|mark| mark.span.start < function.span.end) {
            ranges += mark.ranges;
            seen_host |= mark.is_host;
        }
        let graph = self.project.graph(fun.file);
        seen_host |= function.params.iter().any(|param| is_host(graph.text(param.name)));
        let mut out = ranges >= 3 && seen_host;
        // A circle of calls asks itself.
        self.addresses.borrow_mut().insert(fun, out);
        if !out && depth < 3 {
            let calls = self.calls.get(fun.file).and_then(|calls| calls.get(&fun.id));
            out = calls.into_iter().flatten().take(64).any(|id| {
                let targets = self.project.targets(CallAt { file: fun.file, id: *id });
                let functions = targets.map_or(&[][..], |it| it.functions.as_slice());
                functions.iter().filter(|it| **it != fun).any(|it| self.checks_addresses(*it, depth + 1))
            });
            self.addresses.borrow_mut().insert(fun, out);
        }
        out
    }
}

pub(super) fn calls(graph: &Graph) -> HashMap<FunId, Vec<CallId>> {
    let mut out: HashMap<FunId, Vec<CallId>> = HashMap::default();
    for (id, call) in graph.calls.iter().enumerate().filter(|(_, call)| call.at > 0) {
        out.entry(call.function).or_default().push(CallId::of(id));
    }
    out
}

/// When a variable of the module, an attribute or a variable of the environment is known not to be there.
pub(super) fn unconfigured(graph: &Graph) -> Vec<(u32, u32)> {
    let is_configured = |node: NodeId| match graph.get(node) {
        Node::Variable(_) | Node::Attribute { .. } | Node::Import { .. } => true,
        Node::Call(id) => {
            graph.call(id).is_some_and(|call| matches!(graph.text(call.path), "os.getenv" | "os.environ.get"))
        }
        Node::Field { base, .. } => {
            matches!(graph.get(base), Node::Import { .. } | Node::Attribute { .. } | Node::Variable(_))
        }
        _ => false,
    };
    let absent = graph.conds.iter().filter(|cond| cond.atom.test == Test::Falsy && is_configured(cond.atom.subject));
    absent.map(|cond| (cond.from, cond.to)).collect()
}

/// The marks of a file, in the order of its text.
pub(super) fn marks(graph: &Graph) -> Vec<Mark> {
    const PRIVATE: &[&str] =
        &["127.", "10.", "192.168", "169.254", "172.", "localhost", "::1", "fc00", "fe80", "0.0.0.0", "metadata"];
    let mut out = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        let (ranges, is_host) = match node {
            Node::Field { name, .. } => match graph.text(*name) {
                "is_private" | "is_global" | "is_loopback" | "is_link_local" | "is_reserved" => (3, false),
                "hostname" | "netloc" | "host" => (0, true),
                _ => continue,
            },
            Node::Text(name) | Node::Regex(name) => {
                let text = graph.text(*name);
                if text.len() > 300 {
                    continue;
                }
                let plain = text.replace('\\', "");
                (PRIVATE.iter().filter(|range| plain.contains(**range)).count().min(4), false)
            }
            _ => continue,
        };
        if ranges > 0 || is_host {
            out.push(Mark { span: graph.span(NodeId::of(at)), ranges, is_host });
        }
    }
    out.sort_by_key(|mark| mark.span);
    out
}

pub(super) fn is_host(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["host", "ip", "addr"].iter().any(|word| name.contains(word))
}
