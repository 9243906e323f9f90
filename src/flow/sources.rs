//! Where foreign input enters: what handlers of tools, resources and prompts are sent, and requests to the server itself.

use super::charset::Charset;
use super::graph::{Call, CallId, FunId, Node, NodeId};
use super::paths::{Path, hash};
use super::project::{At, CallAt, Fun, Project, Thing};
use super::state::{NO_DOTS, State};
use crate::deployment::tools::{Body, Handler, HandlerKind, Schema, Types};
use crate::document::Language;
use crate::flow::maps::HashMap;
use crate::lower::ParamKind;
use crate::rule::{Kinds, SourceRow};
use crate::text::Span;

/// Entry points of one package.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    of_params: HashMap<(Fun, u32), Vec<Entry>>,
    of_globals: Vec<(String, Entry)>,
    /// Names of all tools: what a dispatcher asks for.
    pub tools: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub kind: EntryKind,
    /// Number of the handler in its file, for tools.
    pub handler: Option<(usize, usize)>,
    /// What of it is foreign; everything if empty.
    pub fields: Vec<u64>,
    /// `an HTTP request`
    pub says: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EntryKind {
    Tool,
    Resource,
    Prompt,
    Http,
    Remote,
}

impl EntryKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
            Self::Http => "http",
            Self::Remote => "remote",
        }
    }
}

/// What enters at a parameter.
#[derive(Clone, Debug)]
pub(crate) struct Entered {
    pub kind: EntryKind,
    /// The tool or resource, if it has a name.
    pub tool: String,
    /// The parameter of the tool.
    pub parameter: String,
    pub says: String,
    pub span: Span,
    pub file: usize,
    /// What the declared schema makes sure of.
    pub state: State,
}

/// Names on the way from a request to an argument.
const WAY: &[&str] = &["params", "arguments", "request", "input", "body"];

impl Sources {
    pub(crate) fn of(project: &Project<'_>) -> Self {
        let mut out = Self::default();
        for (file, it) in project.files.iter().enumerate() {
            for (at, handler) in it.handlers.iter().enumerate() {
                if handler.kind == HandlerKind::Tool && !handler.name().is_empty() {
                    out.tools.push(handler.name().to_owned());
                }
                out.add_handler(project, file, at, handler);
            }
            for row in project.table(file).map_or(&[][..], |table| table.sources.as_slice()) {
                out.add_row(project, file, row);
            }
        }
        out.tools.sort_unstable();
        out.tools.dedup();
        out
    }

    fn add(&mut self, fun: Fun, index: u32, entry: Entry) {
        let entries = self.of_params.entry((fun, index)).or_default();
        if entries.len() < 8 {
            entries.push(entry);
        }
    }

    fn add_handler(&mut self, project: &Project<'_>, file: usize, at: usize, handler: &Handler) {
        let kind = match handler.kind {
            HandlerKind::Resource | HandlerKind::ResourceTemplate => EntryKind::Resource,
            HandlerKind::Prompt => EntryKind::Prompt,
            _ => EntryKind::Tool,
        };
        let entry = Entry { kind, handler: Some((file, at)), fields: Vec::new(), says: String::new() };
        match handler.body {
            Body::Function(function) | Body::Arm { function, .. } => {
                let fun = Fun { file, id: FunId(function.0) };
                // Of a dispatcher the whole request; its arms share it.
                for index in &handler.tainted {
                    self.add(fun, *index, entry.clone());
                }
            }
            Body::Elsewhere => self.add_elsewhere(project, file, handler, &entry),
        }
    }

    /// A handler whose function is given by a name from another file.
    fn add_elsewhere(&mut self, project: &Project<'_>, file: usize, handler: &Handler, entry: &Entry) {
        let graph = project.graph(file);
        let is_it = |call: &&Call| call.at > 0 && (call.span == handler.whole || call.span == handler.span);
        for call in graph.calls.iter().filter(is_it).take(2) {
            for arg in graph.args_of(call).iter().rev() {
                let given = At { file, node: arg.value };
                for fun in functions_in(project, given, 0) {
                    let params = project.function(fun).map_or(&[][..], |it| it.params.as_slice());
                    let own = project.graph(fun.file);
                    let is_python = project.files.get(fun.file).is_some_and(|it| it.language == Language::Python);
                    for (index, param) in (0_u32..).zip(params) {
                        let is_context = matches!(own.text(param.name), "ctx" | "context" | "extra" | "_extra");
                        if param.kind != ParamKind::Receiver && !is_context && (is_python || index == 0) {
                            self.add(fun, index, entry.clone());
                        }
                    }
                }
            }
        }
    }

    fn add_row(&mut self, project: &Project<'_>, file: usize, row: &SourceRow) {
        let graph = project.graph(file);
        let kind = if row.kind == "remote" { EntryKind::Remote } else { EntryKind::Http };
        let entry = Entry {
            kind,
            handler: None,
            fields: row.fields.iter().map(|field| hash(field)).collect(),
            says: row.says.clone(),
        };
        for global in &row.globals {
            self.of_globals.push((global.clone(), entry.clone()));
        }
        for (id, function) in graph.functions.iter().enumerate() {
            let fun = Fun { file, id: FunId::of(id) };
            let is_called_so =
                function.class.is_some() && row.methods.iter().any(|name| name == graph.text(function.name));
            let is_decorated = function.decorators.iter().any(|it| {
                let (path, first) = (graph.text(it.path), graph.text(it.first));
                let is_routed = !row.needs_path || first.is_empty() || first.starts_with('/');
                let is_of_tools = path.to_ascii_lowercase().contains("mcp");
                is_routed && !is_of_tools && row.decorators.iter().any(|pattern| pattern.fits(path))
            });
            for (index, param) in (0..).zip(&function.params) {
                let annotation = graph.text(param.annotation_path);
                let is_typed = !annotation.is_empty() && row.annotations.iter().any(|it| it == annotation);
                let is_given = (is_called_so && index == row.parameter + u32::from(has_receiver(function)))
                    || (is_decorated
                        && param.kind != ParamKind::Receiver
                        && !matches!(graph.text(param.name), "ctx" | "context"));
                if is_typed || is_given {
                    self.add(fun, index, entry.clone());
                }
            }
        }
        if row.register.is_empty() {
            return;
        }
        for (id, call) in graph.calls.iter().enumerate().filter(|(_, call)| call.at > 0) {
            let Some(targets) = project.targets(CallAt { file, id: CallId::of(id) }) else { continue };
            let name = graph.text(call.name);
            let path = targets.paths.first().map_or("", String::as_str);
            let named = format!("?.{name}");
            if !row
                .register
                .iter()
                .any(|pattern| pattern.fits(path) || (call.receiver.is_some() && pattern.fits(&named)))
            {
                continue;
            }
            let args = graph.args_of(call);
            if row.needs_path {
                let first = args.first().map(|arg| graph.get(arg.value));
                let is_path = match first {
                    Some(Node::Text(text)) => graph.text(text).starts_with('/') || graph.text(text) == "*",
                    Some(Node::Function(_)) => name == "use",
                    _ => false,
                };
                if !is_path {
                    continue;
                }
            }
            for arg in args {
                for thing in project.things(At { file, node: arg.value }).iter() {
                    if let Thing::Function(fun) = thing {
                        let index = project
                            .function(*fun)
                            .map_or(row.parameter, |it| row.parameter + u32::from(has_receiver(it)));
                        self.add(*fun, index, entry.clone());
                    }
                }
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.of_params.is_empty() && self.of_globals.is_empty()
    }

    /// What enters at a parameter, if it is one of an entry point. `tool`: the tool that a dispatcher was asked for.
    pub(crate) fn at(
        &self,
        project: &Project<'_>,
        fun: Fun,
        index: u32,
        path: Path,
        tool: Option<&str>,
    ) -> Option<Entered> {
        let entries = self.of_params.get(&(fun, index))?;
        let mut found: Option<Entered> = None;
        for entry in entries {
            let Some(entered) = self.entered(project, fun, index, path, entry, tool) else { continue };
            // Of several tools behind one dispatcher the one that was asked for.
            let is_better = found.as_ref().is_none_or(|known| {
                tool.is_some() && entered.tool == tool.unwrap_or_default() && known.tool != entered.tool
            });
            if is_better {
                found = Some(entered);
            }
        }
        found
    }

    fn entered(
        &self,
        project: &Project<'_>,
        fun: Fun,
        index: u32,
        path: Path,
        entry: &Entry,
        tool: Option<&str>,
    ) -> Option<Entered> {
        let graph = project.graph(fun.file);
        let function = graph.function(fun.id)?;
        let param = function.params.get(index as usize)?;
        if !entry.fields.is_empty()
            && path.first().is_some_and(|first| !entry.fields.contains(&first) && first != super::paths::ANY)
        {
            return None;
        }
        let own_name = graph.text(param.name).to_owned();
        let mut span = param.span;
        let mut names: Vec<u64> = path.names().to_vec();
        let mut out = Entered {
            kind: entry.kind,
            tool: String::new(),
            parameter: own_name.clone(),
            says: entry.says.clone(),
            span,
            file: fun.file,
            state: State::default(),
        };
        let text = |hash: u64| project.name_anywhere(fun.file, hash);
        let Some((file, at)) = entry.handler else {
            if let Some(name) = names.iter().rev().find_map(|name| text(*name)) {
                out.parameter = name;
            }
            return Some(out);
        };
        let handler = project.files.get(file)?.handlers.get(at)?;
        handler.name().clone_into(&mut out.tool);
        if handler.kind == HandlerKind::Dispatcher || out.tool.is_empty() {
            out.tool = tool.unwrap_or_default().to_owned();
        }
        while names.first().is_some_and(|first| WAY.iter().any(|way| hash(way) == *first))
            && names.len() > 1
            && !handler.parameters.iter().any(|it| names.first() == Some(&hash(&it.name.text)))
        {
            names.remove(0);
        }
        // The handler whose schema it is: a dispatcher has none of its own.
        let of_tool = match handler.kind {
            HandlerKind::Dispatcher => project
                .files
                .iter()
                .flat_map(|it| &it.handlers)
                .find(|it| it.kind == HandlerKind::Tool && !out.tool.is_empty() && it.name() == out.tool),
            _ => Some(handler),
        };
        let is_python = project.files.get(fun.file).is_some_and(|it| it.language == Language::Python);
        let mut parameters = of_tool.map_or(&[][..], |it| it.parameters.as_slice());
        if parameters.is_empty()
            && let Some(schema) = schema_of_registration(project, file, handler)
        {
            parameters = schema.properties.as_slice();
        }
        let by_name = parameters.iter().find(|it| it.name.text == own_name).filter(|_| is_python);
        let found = by_name.or_else(|| {
            let first = names.first()?;
            parameters.iter().find(|it| hash(&it.name.text) == *first)
        });
        if let Some(found) = found {
            out.parameter.clone_from(&found.name.text);
            if by_name.is_none() && of_tool.is_some_and(|it| std::ptr::eq(it, handler)) && file == fun.file {
                span = found.span;
            }
            let mut schema = &found.schema;
            let inner = if by_name.is_some() { names.as_slice() } else { names.get(1..).unwrap_or_default() };
            for name in inner {
                let member = schema.innermost().properties.iter().find(|it| hash(&it.name.text) == *name);
                match member {
                    Some(member) => {
                        out.parameter = format!("{}.{}", out.parameter, member.name.text);
                        schema = &member.schema;
                    }
                    None => {
                        schema = schema.innermost();
                    }
                }
            }
            out.state = state_of(schema);
        } else if let Some(name) = names.iter().find_map(|name| text(*name)) {
            out.parameter = name;
        }
        out.span = span;
        Some(out)
    }

    /// What enters through a thing that is imported: `flask.request`.
    pub(crate) fn global(&self, path: &str) -> Option<&Entry> {
        self.of_globals
            .iter()
            .find(|(global, entry)| {
                path.strip_prefix(global.as_str()).is_some_and(|rest| {
                    let field = rest.trim_start_matches('.').split(['.', '(', '[']).next().unwrap_or_default();
                    rest.is_empty()
                        || (rest.starts_with('.') && (entry.fields.is_empty() || entry.fields.contains(&hash(field))))
                })
            })
            .map(|(_, entry)| entry)
    }
}

fn has_receiver(function: &super::graph::Function) -> bool {
    function.params.first().is_some_and(|it| it.kind == ParamKind::Receiver)
}

/// The schema that a handler is registered with, where it is declared in another file.
fn schema_of_registration<'p>(project: &Project<'p>, file: usize, handler: &Handler) -> Option<&'p Schema> {
    let graph = project.graph(file);
    let call =
        graph.calls.iter().find(|call| call.at > 0 && (call.span == handler.whole || call.span == handler.span))?;
    graph.args_of(call).iter().find_map(|arg| {
        let at = At { file, node: arg.value };
        if let Node::Object(run) = graph.get(arg.value) {
            let named = |name: &str| matches!(name, "inputSchema" | "parameters" | "schema" | "paramsSchema");
            let entry = graph.pairs(run).find(|(name, _)| named(graph.text(*name)));
            return entry.and_then(|(_, node)| project.schema(At { file, node }));
        }
        project.schema(at)
    })
}

/// Functions that a value is or holds as the part that is called.
fn functions_in(project: &Project<'_>, at: At, depth: u32) -> Vec<Fun> {
    let mut out = Vec::new();
    for thing in project.things(at).iter() {
        match thing {
            Thing::Function(fun) => out.push(*fun),
            Thing::Object(object) if depth == 0 => {
                let graph = project.graph(object.file);
                for key in ["execute", "handler", "run", "callback", "cb", "call", "handle"] {
                    let Some(name) = graph.named(key) else { continue };
                    if let Some(node) = graph.known(Node::Field { base: object.node, name }) {
                        out.extend(functions_in(project, At { file: object.file, node }, 1));
                    }
                    if let Node::Object(run) = graph.get(object.node) {
                        let values: Vec<NodeId> =
                            graph.pairs(run).filter(|(it, _)| *it == name).map(|(_, value)| value).collect();
                        for node in values {
                            out.extend(functions_in(project, At { file: object.file, node }, 1));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    out
}

/// What a schema makes sure of.
pub(crate) fn state_of(schema: &Schema) -> State {
    let inner = schema.innermost();
    if inner.types.is_empty() && !inner.is_enumerated {
        return State::default();
    }
    let plain = Types::NUMBER.with(Types::INTEGER).with(Types::BOOLEAN).with(Types::NULL);
    let is_plain = !inner.types.is_empty()
        && !inner.types.has(Types::STRING.with(Types::ARRAY).with(Types::OBJECT))
        && inner.types.has(plain);
    if is_plain || inner.is_enumerated {
        return State::safe(Kinds::ALL);
    }
    let mut out = State::default();
    if let Some(pattern) = &inner.pattern
        && let Some(charset) = Charset::of_pattern(pattern, false, false)
    {
        out.safe = charset.kinds();
        if charset.has_no_dots() {
            out.flags |= NO_DOTS;
        }
    }
    if let Some("uuid" | "date" | "date-time" | "time" | "ipv4" | "ipv6" | "cuid" | "ulid" | "nanoid") =
        inner.format.as_deref()
    {
        out.safe = Kinds::ALL;
    }
    out
}
