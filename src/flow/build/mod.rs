//! A lowered file as a [`Graph`]: one walk through its statements in the order in which they run, with what every name
//! holds and what every test has told at each moment. It knows the language, and no library.

mod conditions;
mod environment;
mod expressions;
mod format;
mod functions;
mod handed;
mod statements;
mod targets;

use super::graph::{FunId, Graph, NameId, Node, NodeId, Run, Store};
use crate::deployment::tools;
use crate::flow::maps::HashMap;
use crate::lower::{BindingId, Definition, Exported, ExprId, ExprKind, FunctionId, Module};
use crate::text::Span;
use environment::Environment;

/// Steps of the walk per byte of text, and for the smallest file.
const STEPS_PER_BYTE: usize = 12;
const MIN_STEPS: usize = 200_000;
/// Schemas of one file that are read.
const MAX_SCHEMAS: usize = 1_000;
/// Functions inside of functions, blocks inside of blocks, that are walked through.
const MAX_DEPTH: u32 = 120;

/// The graph of a file.
pub(crate) fn build(module: &Module<'_>) -> Graph {
    let mut builder = Builder::new(module);
    builder.module_body();
    builder.finish()
}

struct Builder<'m, 'a> {
    module: &'m Module<'a>,
    graph: Graph,
    /// What each expression is, once it was met.
    values: Vec<Option<NodeId>>,
    environment: Environment,
    /// Variables that a function other than their own writes, or that are written several times and captured.
    shared: Vec<bool>,
    /// The moment.
    at: u32,
    function: FunId,
    /// What the parameters of a callback are, where the call around it says so.
    bound: HashMap<(FunctionId, u32), NodeId>,
    done: Vec<bool>,
    depth: u32,
    loops: u32,
    steps: usize,
}

impl<'m, 'a> Builder<'m, 'a> {
    fn new(module: &'m Module<'a>) -> Self {
        let mut graph = Graph::new();
        graph.functions.reserve(module.functions.len());
        let mut out = Self {
            module,
            graph,
            values: vec![None; module.exprs.len()],
            environment: Environment::new(module.bindings.len()),
            shared: Vec::new(),
            at: 1,
            function: FunId(0),
            bound: HashMap::default(),
            done: vec![false; module.functions.len()],
            depth: 0,
            loops: 0,
            steps: MIN_STEPS.max(module.text.len() * STEPS_PER_BYTE),
        };
        out.shared = out.shared_variables();
        out.declare_functions();
        out.declare_classes();
        out
    }

    /// Whether there is anything left to spend.
    fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.graph.is_cut |= self.steps == 0;
        self.steps > 0
    }

    /// The next moment.
    fn tick(&mut self) -> u32 {
        self.at = self.at.saturating_add(1);
        self.at
    }

    fn name(&mut self, text: &str) -> NameId {
        self.graph.name(text)
    }

    fn node(&mut self, node: Node, span: Span) -> NodeId {
        self.graph.node(node, span)
    }

    fn unknown(&self) -> NodeId {
        NodeId(0)
    }

    /// One of several values.
    fn choice(&mut self, values: &[NodeId], span: Span) -> NodeId {
        let mut flat: Vec<NodeId> = Vec::new();
        for value in values {
            match self.graph.get(*value) {
                Node::Choice(run) if run.len <= 16 => flat.extend(self.graph.list(run)),
                _ => flat.push(*value),
            }
        }
        let mut seen: Vec<NodeId> = Vec::new();
        flat.retain(|value| {
            *value != NodeId(0) && !seen.contains(value) && seen.len() < 64 && {
                seen.push(*value);
                true
            }
        });
        match flat.as_slice() {
            [] => self.unknown(),
            [only] => *only,
            _ => {
                let run = self.graph.run(flat);
                self.node(Node::Choice(run), span)
            }
        }
    }

    fn field(&mut self, base: NodeId, name: NameId, span: Span) -> NodeId {
        // What was just put in is what is there.
        let mut at = base;
        for _ in 0..32 {
            match self.graph.get(at) {
                Node::With { name: put, value, .. } if put == name => return value,
                Node::With { base, name: put, .. } if put != super::graph::NO_NAME => at = base,
                Node::Object(run) => {
                    let mut entries: Vec<_> = self.graph.pairs(run).collect();
                    entries.reverse();
                    let is_whole = entries.iter().all(|(key, _)| *key != super::graph::NO_NAME);
                    match entries.iter().find(|(key, _)| *key == name) {
                        Some((_, value)) if is_whole => return *value,
                        _ => break,
                    }
                }
                _ => break,
            }
        }
        self.node(Node::Field { base, name }, span)
    }

    fn concat(&mut self, parts: Vec<NodeId>, span: Span) -> NodeId {
        let mut flat: Vec<NodeId> = Vec::new();
        for part in parts {
            match self.graph.get(part) {
                Node::Concat(run) if run.len <= 64 && flat.len() < 256 => flat.extend(self.graph.list(run)),
                _ => flat.push(part),
            }
        }
        // Texts side by side are one.
        let mut joined: Vec<NodeId> = Vec::new();
        for part in flat {
            if let (Some(last), Some(text)) = (joined.last().copied(), self.graph.constant(part))
                && let Some(before) = self.graph.constant(last)
                && before.len() + text.len() < 2_000
            {
                let both = format!("{before}{text}");
                let name = self.graph.name(&both);
                joined.pop();
                let both = self.node(Node::Text(name), span);
                joined.push(both);
                continue;
            }
            joined.push(part);
        }
        match joined.as_slice() {
            [] => {
                let name = self.name("");
                self.node(Node::Text(name), span)
            }
            [only] if matches!(self.graph.get(*only), Node::Text(_)) => *only,
            _ => {
                let run = self.graph.run(joined);
                self.node(Node::Concat(run), span)
            }
        }
    }

    fn list(&mut self, items: Vec<NodeId>, span: Span) -> NodeId {
        let run = self.graph.run(items);
        self.node(Node::List(run), span)
    }

    fn text_node(&mut self, text: &str, span: Span) -> NodeId {
        let name = self.graph.name(text);
        self.node(Node::Text(name), span)
    }

    fn store(&mut self, binding: BindingId, value: NodeId, span: Span) {
        let at = self.at;
        let stores = self.graph.stores.entry(binding.0).or_default();
        if stores.len() < 64 && !stores.iter().any(|it| it.value == value) {
            stores.push(Store { value, at, span });
        }
    }

    fn module_body(&mut self) {
        let Some(body) = self.module.function(FunctionId(0)).map(|it| it.body) else { return };
        self.block(body);
        // What the walk did not come by: methods of classes inside of expressions, functions behind a limit.
        for at in 1..self.module.functions.len() {
            self.function_at(FunctionId(u32::try_from(at).unwrap_or(u32::MAX)));
        }
    }

    fn finish(mut self) -> Graph {
        let mut exports = Vec::new();
        for export in &self.module.exports {
            let name = self.graph.name(export.name);
            let value = match export.value {
                Exported::Value(expr) => super::graph::Export::Value(self.exported(expr)),
                Exported::From { module, name } => {
                    let module = self.graph.name(module);
                    let name = name.map(|name| self.graph.name(name));
                    super::graph::Export::From { module, name }
                }
            };
            exports.push((name, value));
        }
        self.graph.exports = exports;
        for (at, binding) in self.module.bindings.iter().enumerate() {
            if binding.scope.0 != 0 {
                continue;
            }
            let id = BindingId(u32::try_from(at).unwrap_or(u32::MAX));
            let value = self.read(id, Span::at(0));
            let name = self.graph.name(binding.name);
            self.graph.globals.insert(name, value);
        }
        self.schemas();
        self.graph.finish();
        self.graph
    }

    /// What an exported expression is now that the whole file was walked through.
    fn exported(&mut self, expr: ExprId) -> NodeId {
        if let ExprKind::Name(_) = self.module.kind(expr)
            && let Some(binding) = self.module.binding(expr)
        {
            return self.read(binding, self.module.span(expr));
        }
        if let Some(Some(value)) = self.values.get(expr.index()) {
            return *value;
        }
        self.eval(expr)
    }

    /// Schemas that the file declares: model classes, and calls of a library of schemas that a variable holds.
    fn schemas(&mut self) {
        let module = self.module;
        let mut found = Vec::new();
        for (at, class) in module.classes.iter().enumerate() {
            if class.bases.is_empty() && class.decorators.is_empty() {
                continue;
            }
            if let Some(expr) = class.expr
                && let Some(schema) = tools::schema_of(module, expr)
            {
                let id = super::graph::TypeId::of(at);
                found.push((self.node(Node::Class(id), module.span(expr)), schema));
            }
        }
        // Shapes of zod: what a variable holds, and what is written where a tool is registered.
        let held = module.bindings.iter().filter_map(|binding| match binding.definitions.as_slice() {
            [Definition::Value(value), ..] => Some(*value),
            _ => None,
        });
        let given = module.calls.iter().flat_map(|call| match module.kind(*call) {
            ExprKind::Call { args, .. } => module.args(args),
            _ => &[],
        });
        let shapes: Vec<ExprId> = held.chain(given.map(|arg| arg.value)).filter(|expr| self.is_shape(*expr)).collect();
        for expr in shapes.into_iter().take(MAX_SCHEMAS) {
            if let Some(Some(node)) = self.values.get(expr.index()).copied()
                && let Some(schema) = tools::schema_of(module, expr)
            {
                found.push((node, schema));
            }
        }
        self.graph.schemas.extend(found);
    }

    /// Whether an expression is made with a library of schemas: `z.object(…)`, `{ name: z.string() }`.
    fn is_shape(&self, expr: ExprId) -> bool {
        let made = |expr: ExprId| {
            matches!(self.module.kind(expr), ExprKind::Call { .. }) && self.module.path(expr).starts_with("zod")
        };
        match self.module.kind(expr) {
            ExprKind::Object(list) => self.module.pairs(list).first().is_some_and(|pair| made(pair.value)),
            _ => made(expr),
        }
    }

    fn run_of(&self, from: usize) -> Run {
        Run { start: NodeId::of(from).0, len: NodeId::of(self.graph.tests.len().saturating_sub(from)).0 }
    }
}
