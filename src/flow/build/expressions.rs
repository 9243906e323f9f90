//! What an expression is, worked out on a stack of its own: expressions nest deeper than a stack of calls should.

use super::Builder;
use crate::document::Language;
use crate::flow::graph::{Arg, Call, CallId, FunId, NO_NAME, NameId, Node, NodeId, TypeId};
use crate::lower::{CallForm, ExprId, ExprKind, Key, List, Op, UnaryOp};
use crate::text::Span;

/// What is left to do.
enum Work {
    Enter(ExprId),
    /// The parts are known.
    Leave(ExprId),
    /// From here on a condition holds, or does not.
    Learn(ExprId, bool),
    Forget,
    /// The callbacks of a call get what they are called with.
    Bind(ExprId),
    /// The target of a comprehension holds an element of its source.
    Element(ExprId),
}

impl Builder<'_, '_> {
    pub(super) fn eval(&mut self, root: ExprId) -> NodeId {
        let mut work = vec![Work::Enter(root)];
        let mut marks = Vec::new();
        while let Some(next) = work.pop() {
            if !self.step() {
                break;
            }
            match next {
                Work::Enter(id) => self.enter(id, &mut work),
                Work::Leave(id) => {
                    let node = self.leave(id);
                    self.set_value(id, node);
                }
                Work::Learn(id, holds) => {
                    marks.push(self.conditions());
                    self.learn(id, holds);
                }
                Work::Forget => {
                    if let Some(mark) = marks.pop() {
                        self.forget(mark);
                    }
                }
                Work::Bind(id) => self.bind_callbacks(id),
                Work::Element(id) => {
                    if let ExprKind::Comprehension { target, source, .. } = self.module.kind(id) {
                        let node = self.value(source);
                        let element = self.element_of(source, node);
                        self.assign(target, element);
                    }
                }
            }
        }
        self.value(root)
    }

    fn set_value(&mut self, id: ExprId, node: NodeId) {
        if let Some(slot) = self.values.get_mut(id.index()) {
            *slot = Some(node);
        }
    }

    pub(super) fn value(&self, id: ExprId) -> NodeId {
        self.values.get(id.index()).copied().flatten().unwrap_or(NodeId(0))
    }

    fn enter(&mut self, id: ExprId, work: &mut Vec<Work>) {
        let span = self.module.span(id);
        match self.module.kind(id) {
            ExprKind::Conditional { condition, then, otherwise } => {
                work.push(Work::Leave(id));
                work.extend([Work::Forget, Work::Enter(otherwise), Work::Learn(condition, false)]);
                work.extend([Work::Forget, Work::Enter(then), Work::Learn(condition, true), Work::Enter(condition)]);
            }
            ExprKind::Binary { op: op @ (Op::And | Op::Or), left, right } => {
                work.extend([Work::Leave(id), Work::Forget, Work::Enter(right), Work::Learn(left, op == Op::And)]);
                work.push(Work::Enter(left));
            }
            ExprKind::Comprehension { source, element, .. } => {
                work.extend([Work::Leave(id), Work::Enter(element), Work::Element(id), Work::Enter(source)]);
            }
            ExprKind::Assign { target, value, .. } => {
                work.push(Work::Leave(id));
                match self.module.kind(target) {
                    ExprKind::Field { base, .. } => work.push(Work::Enter(base)),
                    ExprKind::Index { base, index } => work.extend([Work::Enter(base), Work::Enter(index)]),
                    _ => {}
                }
                work.push(Work::Enter(value));
            }
            ExprKind::Call { callee, args, .. } => {
                work.push(Work::Leave(id));
                let is_function = |value: ExprId| matches!(self.module.kind(value), ExprKind::Function(_));
                let args = self.module.args(args);
                work.extend(args.iter().rev().filter(|arg| is_function(arg.value)).map(|arg| Work::Enter(arg.value)));
                if args.iter().any(|arg| is_function(arg.value)) {
                    work.push(Work::Bind(id));
                }
                work.extend(args.iter().rev().filter(|arg| !is_function(arg.value)).map(|arg| Work::Enter(arg.value)));
                work.push(Work::Enter(callee));
            }
            ExprKind::Function(function) => {
                self.function_at(function);
                let node = self.node(Node::Function(FunId(function.0)), span);
                self.set_value(id, node);
            }
            ExprKind::Class(class) => {
                self.class_at(class);
                let node = self.node(Node::Class(TypeId(class.0)), span);
                self.set_value(id, node);
            }
            _ => {
                work.push(Work::Leave(id));
                let from = work.len();
                self.module.parts(id, |part| work.push(Work::Enter(part)));
                if let Some(parts) = work.get_mut(from..) {
                    parts.reverse();
                }
            }
        }
    }

    fn leave(&mut self, id: ExprId) -> NodeId {
        let span = self.module.span(id);
        match self.module.kind(id) {
            ExprKind::Str { .. } => {
                let text = self.module.string(id).unwrap_or_default();
                if text.len() > 2_000 { self.node(Node::Plain, span) } else { self.text_node(&text, span) }
            }
            ExprKind::Number(_) | ExprKind::Null => self.node(Node::Plain, span),
            ExprKind::Bool(truth) => self.node(Node::Truth(truth), span),
            ExprKind::Regex(text) => {
                let name = self.name(text);
                self.node(Node::Regex(name), span)
            }
            ExprKind::Name(name) => match self.module.binding(id) {
                Some(binding) => {
                    if let Some(class) = self.module.class_of_self(id) {
                        return self.node(Node::This(TypeId(class.0)), span);
                    }
                    self.read(binding, span)
                }
                None => {
                    let name = self.name(name);
                    self.node(Node::Global(name), span)
                }
            },
            ExprKind::This => match self.module.class_of_self(id) {
                Some(class) => self.node(Node::This(TypeId(class.0)), span),
                None => self.unknown(),
            },
            ExprKind::Field { base, name } => self.member_of(base, name, span),
            ExprKind::Index { base, index } => {
                let node = self.value(base);
                if let Some(key) = self.graph.constant(self.value(index)).map(str::to_owned) {
                    let name = self.name(&key);
                    return self.field(node, name, span);
                }
                if let ExprKind::Number(number) = self.module.kind(index)
                    && let Node::List(run) = self.graph.get(node)
                    && let Ok(at) = number.parse::<usize>()
                    && let Some(item) = self.graph.list(run).get(at)
                    && !matches!(self.graph.get(*item), Node::Spread(_))
                {
                    return *item;
                }
                // A slice of a text is a part of it.
                self.node(Node::Element(node), span)
            }
            ExprKind::Call { callee, args, form } => self.call(id, callee, args, form),
            ExprKind::Concat(list) => {
                let parts = self.module.exprs_of(list).iter().map(|part| self.value(*part)).collect();
                self.concat(parts, span)
            }
            ExprKind::Binary { op, left, right } => self.binary(op, left, right, span),
            ExprKind::Unary { op, operand } => match op {
                UnaryOp::Reference => self.value(operand),
                // `!0` of minified code.
                UnaryOp::Not if matches!(self.module.kind(operand), ExprKind::Number(_) | ExprKind::Bool(_)) => {
                    match self.module.truth(id) {
                        Some(truth) => self.node(Node::Truth(truth), span),
                        None => self.node(Node::Plain, span),
                    }
                }
                UnaryOp::Other | UnaryOp::Not | UnaryOp::Negative | UnaryOp::TypeOf => self.node(Node::Plain, span),
            },
            ExprKind::List(list) => {
                let items = self.module.exprs_of(list).iter().map(|item| self.value(*item)).collect();
                self.list(items, span)
            }
            ExprKind::Object(list) => {
                let mut entries = Vec::new();
                for pair in self.module.pairs(list).to_vec() {
                    let value = self.value(pair.value);
                    let name = match pair.key {
                        Some(Key::Plain(name, _)) => self.name(name),
                        Some(Key::Computed(key)) => match self.graph.constant(self.value(key)).map(str::to_owned) {
                            Some(key) => self.name(&key),
                            None => NO_NAME,
                        },
                        None => NO_NAME,
                    };
                    entries.push((name, value));
                }
                let run = self.graph.entries(&entries);
                self.node(Node::Object(run), span)
            }
            ExprKind::Spread(part) => {
                let part = self.value(part);
                self.node(Node::Spread(part), span)
            }
            ExprKind::Await(part) | ExprKind::Yield(part) => self.value(part),
            ExprKind::Conditional { then, otherwise, .. } => {
                let both = [self.value(then), self.value(otherwise)];
                self.choice(&both, span)
            }
            ExprKind::Assign { target, value, op } => self.assignment(target, value, op, span),
            ExprKind::Comprehension { element, .. } => {
                let element = self.value(element);
                let spread = self.list(vec![element], span);
                let spread = self.node(Node::Spread(spread), span);
                self.list(vec![spread], span)
            }
            ExprKind::Opaque(list) => {
                let parts: Vec<NodeId> = self.module.exprs_of(list).iter().map(|part| self.value(*part)).collect();
                match parts.as_slice() {
                    [] => self.unknown(),
                    // A cast, a non-null assertion.
                    [only] => *only,
                    _ => self.choice(&parts, span),
                }
            }
            ExprKind::Function(_) | ExprKind::Class(_) => self.value(id),
        }
    }

    /// `base.name`, as a value.
    fn member_of(&mut self, base: ExprId, name: &str, span: Span) -> NodeId {
        let name_id = self.name(name);
        let node = self.value(base);
        if let Some(class) = self.module.class_of_self(base) {
            return self.node(Node::Attribute { class: TypeId(class.0), name: name_id }, span);
        }
        self.field(node, name_id, span)
    }

    fn binary(&mut self, op: Op, left: ExprId, right: ExprId, span: Span) -> NodeId {
        let (one, other) = (self.value(left), self.value(right));
        match op {
            Op::Add => match (self.graph.get(one), self.graph.get(other)) {
                (Node::List(_) | Node::With { .. }, _) | (_, Node::List(_)) => {
                    let items = [one, other].map(|it| self.graph.node(Node::Spread(it), span));
                    self.list(items.to_vec(), span)
                }
                _ => self.concat(vec![one, other], span),
            },
            Op::Remainder if self.module.language == Language::Python => self.formatted(one, other, span),
            Op::Or | Op::Nullish => self.choice(&[one, other], span),
            Op::And | Op::Comma => other,
            // Python: `folder / name`. The operator is the only thing that this form does not keep.
            Op::Other if self.module.language == Language::Python => {
                let between = Span::new(
                    self.module.span(left).end,
                    self.module.span(right).start.max(self.module.span(left).end),
                );
                let sign = between.slice(self.module.text).unwrap_or_default();
                match sign.trim_matches(|c: char| c.is_whitespace() || c == '(' || c == ')' || c == '\\') {
                    "/" => {
                        let slash = self.text_node("/", span);
                        self.concat(vec![one, slash, other], span)
                    }
                    "|" => self.choice(&[one, other], span),
                    _ => self.node(Node::Plain, span),
                }
            }
            _ => self.node(Node::Plain, span),
        }
    }

    fn call(&mut self, id: ExprId, callee: ExprId, args: List, form: CallForm) -> NodeId {
        let span = self.module.span(id);
        if form == CallForm::Macro {
            return self.unknown();
        }
        let args = self.module.args(args).to_vec();
        let node = self.value(callee);
        // A module that is loaded where it is needed.
        if let Some(module) = self.module.loads(id) {
            let module = self.name(&module);
            return self.node(Node::Import { module, name: NO_NAME }, span);
        }
        // `promisify(exec)` is what it was given.
        let same = self.module.handed_on(id).map(|same| match args.iter().any(|arg| arg.value == same) {
            true => self.value(same),
            false => self.eval(same),
        });
        // `partial(run, x)` hands on more.
        if let Some(same) = same.filter(|_| args.len() < 2) {
            return same;
        }
        let (receiver, name) = self.called(callee);
        let name_text = self.graph.text(name).to_owned();
        let given: Vec<(NameId, NodeId, Span)> = args
            .iter()
            .map(|arg| {
                let name = arg.name.map_or(NO_NAME, |name| self.graph.name(name));
                (name, self.value(arg.value), self.module.span(arg.value))
            })
            .collect();
        if let Some(made) = self.made_by_language(callee, receiver, &name_text, &given, span) {
            // `run.bind(null, x)` calls `run` with more, some day.
            if same.is_some() {
                self.stand_for(callee, name, &args, span);
            }
            return made;
        }
        let path = self.module.path(callee);
        let path = self.name(&path);
        let start = NodeId::of(self.graph.args.len()).0;
        let count = NodeId::of(given.len()).0;
        self.graph.args.extend(given.iter().map(|(name, value, _)| Arg { name: *name, value: *value }));
        let at = self.tick();
        let call = CallId::of(self.graph.calls.len());
        self.graph.calls.push(Call {
            span,
            callee: node,
            receiver,
            name,
            path,
            args: crate::flow::graph::Run { start, len: count },
            function: self.function,
            at,
        });
        let out = self.node(Node::Call(call), span);
        self.came_back(call, receiver, &given);
        self.stand_for(callee, name, &args, span);
        same.unwrap_or(out)
    }

    /// What stands before the last name of what is called, and that name.
    pub(super) fn called(&mut self, callee: ExprId) -> (Option<NodeId>, NameId) {
        let mut id = callee;
        for _ in 0..4 {
            match self.module.kind(id) {
                ExprKind::Field { base, name } => {
                    let name = self.name(name);
                    return (Some(self.value(base)), name);
                }
                ExprKind::Name(name) => return (None, self.name(name)),
                ExprKind::Binary { op: Op::Comma, right, .. } => id = right,
                ExprKind::Index { base, index } => match self.module.string(index) {
                    Some(name) => {
                        let name = self.name(&name);
                        return (Some(self.value(base)), name);
                    }
                    None => return (Some(self.value(base)), NO_NAME),
                },
                _ => break,
            }
        }
        (None, NO_NAME)
    }

    /// Calls whose meaning is the language's: putting text together, putting something into a list, wrapping a function.
    fn made_by_language(
        &mut self,
        callee: ExprId,
        receiver: Option<NodeId>,
        name: &str,
        args: &[(NameId, NodeId, Span)],
        span: Span,
    ) -> Option<NodeId> {
        let first = args.first().map(|(_, value, _)| *value);
        match (receiver, name, first) {
            (Some(separator), "join", Some(list)) if self.module.language == Language::Python => {
                let path = self.module.path(callee);
                // `os.path.join` and `shlex.join` are others.
                if !(path.starts_with(['?', '#'])
                    || path.starts_with("str")
                    || path.contains(')')
                    || path.ends_with("sep.join"))
                {
                    return None;
                }
                self.joined(separator, list, span)
            }
            (Some(list), "join", given) if self.module.language == Language::JavaScript => {
                let module = self.module.path(callee);
                // `path.join` is another.
                if !(module.starts_with('?') || module.starts_with("list") || module.contains(')')) {
                    return None;
                }
                let separator = given.unwrap_or_else(|| self.text_node(",", span));
                self.joined(separator, list, span)
            }
            (Some(text), "format", _) if self.module.language == Language::Python => self.filled(text, args, span),
            (Some(text), "concat", Some(_)) if self.module.language == Language::JavaScript => {
                if matches!(self.graph.get(text), Node::List(_)) {
                    let mut items = vec![self.node(Node::Spread(text), span)];
                    for (_, value, _) in args {
                        items.push(self.graph.node(Node::Spread(*value), span));
                    }
                    return Some(self.list(items, span));
                }
                let mut parts = vec![text];
                parts.extend(args.iter().map(|(_, value, _)| *value));
                Some(self.concat(parts, span))
            }
            (Some(object), "assign", Some(_)) if self.is_global(object, "Object") => {
                let mut entries = Vec::new();
                for (_, value, _) in args {
                    entries.push((NO_NAME, self.node(Node::Spread(*value), span)));
                }
                let run = self.graph.entries(&entries);
                Some(self.node(Node::Object(run), span))
            }
            (Some(object), "freeze" | "seal", Some(first)) if self.is_global(object, "Object") => Some(first),
            // What a list holds from now on.
            (Some(list), "push" | "append" | "unshift" | "add", Some(_)) if !args.is_empty() => {
                let values: Vec<NodeId> = args.iter().map(|(_, value, _)| *value).collect();
                self.put_in(callee, list, &values, span);
                None
            }
            (Some(list), "extend" | "update", Some(values)) if self.module.language == Language::Python => {
                let spread = self.node(Node::Spread(values), span);
                self.put_in(callee, list, &[spread], span);
                None
            }
            (Some(list), "set", Some(_)) if args.len() == 2 => {
                let value = args.get(1).map(|(_, value, _)| *value)?;
                self.put_in(callee, list, &[value], span);
                None
            }
            (Some(function), "bind", _) => Some(function),
            _ => None,
        }
    }

    pub(super) fn is_global(&self, node: NodeId, name: &str) -> bool {
        matches!(self.graph.get(node), Node::Global(id) if self.graph.text(id) == name)
    }

    /// A list with more in it, and the variable that holds it.
    fn put_in(&mut self, callee: ExprId, list: NodeId, values: &[NodeId], span: Span) {
        let ExprKind::Field { base, .. } = self.module.kind(callee) else { return };
        let is_list = match self.graph.get(list) {
            Node::List(_) | Node::With { .. } | Node::Choice(_) | Node::Variable(_) | Node::Element(_) => true,
            Node::Param { .. } | Node::Field { .. } | Node::Attribute { .. } => true,
            Node::Call(call) => {
                let name = self.graph.call(call).map(|it| it.name);
                name.is_some_and(|name| {
                    matches!(
                        self.graph.text(name),
                        "Set" | "Array" | "set" | "list" | "filter" | "map" | "slice" | "split"
                    )
                })
            }
            _ => false,
        };
        if !is_list {
            return;
        }
        let mut with = list;
        for value in values {
            with = self.node(Node::With { base: with, name: NO_NAME, value: *value }, span);
        }
        self.write_back(base, with, span);
    }

    /// What a variable holds is now something more.
    pub(super) fn write_back(&mut self, base: ExprId, with: NodeId, span: Span) {
        match self.module.kind(base) {
            ExprKind::Name(_) => {
                if let Some(binding) = self.module.binding(base) {
                    self.write(binding, with, span);
                }
            }
            ExprKind::Field { base: outer, name } => {
                let name = self.name(name);
                if let Some(class) = self.module.class_of_self(outer) {
                    self.store_attribute(TypeId(class.0), name, with, span);
                    return;
                }
                let outer_node = self.value(outer);
                let whole = self.node(Node::With { base: outer_node, name, value: with }, span);
                if let ExprKind::Name(_) = self.module.kind(outer)
                    && let Some(binding) = self.module.binding(outer)
                {
                    self.write(binding, whole, span);
                }
            }
            _ => {}
        }
    }
}
