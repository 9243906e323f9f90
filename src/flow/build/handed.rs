//! Calls that stand for another: `f.call(that, x)`, `to_thread(os.system, x)`. What is called so gets its arguments as if it
//! were called itself, whether it is a function of the package or of a library.

use super::Builder;
use crate::document::Language;
use crate::flow::graph::{Arg, Call, CallId, NO_NAME, NameId, Node, NodeId, Run};
use crate::lower::{ExprId, ExprKind};
use crate::text::Span;

/// An argument: keyword, expression, value.
type Given = (NameId, ExprId, NodeId);

/// What such calls are called.
const STANDING: &[&str] = &[
    "call",
    "apply",
    "bind",
    "to_thread",
    "run_sync",
    "run_in_threadpool",
    "partial",
    "submit",
    "start_soon",
    "run_in_executor",
    "Thread",
    "Process",
    "Timer",
];

impl Builder<'_, '_> {
    /// Add the call that a call stands for, if it does.
    pub(super) fn stand_for(&mut self, callee: ExprId, name: NameId, args: &[crate::lower::Arg<'_>], span: Span) {
        let Some(name) = STANDING.iter().copied().find(|it| *it == self.graph.text(name)) else { return };
        let one = |arg: &crate::lower::Arg<'_>| {
            let name = arg.name.map_or(NO_NAME, |name| self.graph.name(name));
            (name, arg.value, self.value(arg.value))
        };
        let given: Vec<Given> = args.iter().map(one).collect();
        let stands = match self.module.language {
            Language::JavaScript => self.called_by_method(callee, name, &given, span),
            Language::Python => self.called_by_library(name, &given, span),
            _ => None,
        };
        let Some((callee, args)) = stands else { return };
        let (receiver, name) = self.called(callee);
        let path = self.module.path(callee);
        let path = self.name(&path);
        let start = NodeId::of(self.graph.args.len()).0;
        let len = NodeId::of(args.len()).0;
        self.graph.args.extend(args.into_iter().map(|(name, value)| Arg { name, value }));
        let at = self.tick();
        let node = self.value(callee);
        let call = CallId::of(self.graph.calls.len());
        self.graph.calls.push(Call {
            span,
            callee: node,
            receiver,
            name,
            path,
            args: Run { start, len },
            function: self.function,
            at,
        });
        self.node(Node::Call(call), span);
    }

    /// `f.call(that, x)`, `f.apply(that, [x])`, `f.bind(that, x)`.
    fn called_by_method(
        &mut self,
        callee: ExprId,
        name: &str,
        given: &[Given],
        span: Span,
    ) -> Option<(ExprId, Vec<(NameId, NodeId)>)> {
        let ExprKind::Field { base, .. } = self.module.kind(callee) else { return None };
        let behind = given.get(1..).filter(|behind| !behind.is_empty())?;
        let args = match name {
            "call" | "bind" => behind.iter().map(|(name, _, value)| (*name, *value)).collect(),
            "apply" => self.spread(behind.first()?.2, span),
            _ => return None,
        };
        Some((base, args))
    }

    /// `to_thread(f, x)`, `loop.run_in_executor(None, f, x)`, `Thread(target=f, args=(x,))`.
    fn called_by_library(
        &mut self,
        name: &str,
        given: &[Given],
        span: Span,
    ) -> Option<(ExprId, Vec<(NameId, NodeId)>)> {
        let keyword =
            |wanted: &str| given.iter().find(|(name, ..)| *name != NO_NAME && self.graph.text(*name) == wanted);
        if matches!(name, "Thread" | "Process" | "Timer") {
            let (function, values) = match name {
                "Timer" => (given.get(1)?.1, keyword("args").or(given.get(2))?.2),
                _ => (keyword("target")?.1, keyword("args")?.2),
            };
            return Some((function, self.spread(values, span)));
        }
        let first = match name {
            "run_in_executor" => 1,
            "call" | "apply" | "bind" => return None,
            _ => 0,
        };
        let (keyword, function, _) = given.get(first)?;
        if *keyword != NO_NAME {
            return None;
        }
        let args: Vec<_> = given.iter().skip(first + 1).map(|(name, _, value)| (*name, *value)).collect();
        // Functions of the package that these call are found by the tables.
        (!args.is_empty()).then_some((*function, args))
    }

    /// The elements of a list as arguments.
    fn spread(&mut self, list: NodeId, span: Span) -> Vec<(NameId, NodeId)> {
        match self.graph.get(list) {
            Node::List(run) => self.graph.list(run).iter().map(|item| (NO_NAME, *item)).collect(),
            _ => vec![(NO_NAME, self.node(Node::Spread(list), span))],
        }
    }
}
