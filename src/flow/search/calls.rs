//! Calls on the way: functions of the package, instances, schemas.

use super::*;

impl<'s, 'p> Search<'s, 'p> {
    /// Whether a call has to wait until it is known what a function gives back.
    pub(super) fn needs(&self, at: CallAt, item: Item, _walk: &Walk) -> Option<Need> {
        let targets = self.project.targets(at)?;
        if !targets.classes.is_empty() {
            return None;
        }
        let missing = targets.answering().find(|fun| !self.returns.contains_key(&(*fun, item.path)));
        missing.map(|fun| Need::Returns(fun, item.path))
    }

    pub(super) fn call(&mut self, at: CallAt, item: Item, walk: &mut Walk) {
        let (Some(call), Some(targets)) = (self.project.call(at), self.project.targets(at)) else { return };
        if call.at == 0 {
            return;
        }
        let file = at.file;
        if self.parsed(at, call, item, walk) {
            return;
        }
        if !targets.classes.is_empty() {
            self.instance(at, item, walk);
            return;
        }
        for fun in targets.answering() {
            let Some(Some(returned)) = self.returns.get(&(fun, item.path)).cloned() else { continue };
            for it in returned.iter() {
                let state = item.state.and(it.state);
                if self.is_done(state, walk) {
                    continue;
                }
                if it.fun != fun {
                    // Of a function around it.
                    let graph = self.project.graph(it.fun.file);
                    if let Some(node) = graph.known(Node::Param { function: it.fun.id, index: it.index }) {
                        walk.items.push(Item {
                            at: At { file: it.fun.file, node },
                            path: it.path,
                            state,
                            moment: 0,
                            ..item
                        });
                    }
                    continue;
                }
                for (node, given) in self.project.given(at, fun, it.index) {
                    let Some(path) = it.path.through(given) else { continue };
                    let step = match walk.goal {
                        Goal::Sink(_) => {
                            let given = self.step(Some(item.step), it.exit.0, it.exit.1, What::GivenBack);
                            self.step(Some(given), file, call.span, What::Made(at))
                        }
                        Goal::Returns(..) => item.step,
                    };
                    walk.items.push(Item { at: At { file, node }, path, state, moment: call.at, step });
                }
            }
        }
        if targets.answering().next().is_none() {
            self.library(at, call, item, walk);
        }
    }

    /// A field of an instance that is made here.
    pub(super) fn instance(&mut self, at: CallAt, item: Item, walk: &mut Walk) {
        let Some(targets) = self.project.targets(at) else { return };
        let Some(call) = self.project.call(at) else { return };
        let graph = self.project.graph(at.file);
        let Some(first) = item.path.first() else { return };
        for class in &targets.classes {
            let own = self.project.graph(class.file);
            let name = self.project.name_of(class.file, first);
            if let Some(name) = name {
                self.attribute(*class, own.text(name), item, walk);
            }
            if !targets.functions.is_empty() {
                continue;
            }
            // A class of data: its arguments are its fields.
            let mut state = item.state;
            if let Some(class_node) = own.known(Node::Class(class.id))
                && let Some(schema) = own.schemas.get(&class_node)
                && let Some(field) = schema.properties.iter().find(|it| hash(&it.name.text) == first)
            {
                state = state.and(state_of(&field.schema));
            }
            for arg in graph.args_of(call) {
                let moved = match graph.get(arg.value) {
                    Node::Spread(inner) => Some((inner, item.path)),
                    _ if arg.name != crate::flow::graph::NO_NAME && hash(graph.text(arg.name)) == first => {
                        Some((arg.value, item.path.rest()))
                    }
                    _ => None,
                };
                if let Some((node, path)) = moved {
                    walk.items.push(Item { at: At { file: at.file, node }, path, state, moment: call.at, ..item });
                }
            }
        }
    }

    /// What a schema checked: `Schema.parse(x)`, `Model.model_validate(x)`.
    pub(super) fn parsed(&mut self, at: CallAt, call: &Call, item: Item, walk: &mut Walk) -> bool {
        let graph = self.project.graph(at.file);
        let name = graph.text(call.name);
        if !matches!(
            name,
            "parse"
                | "parseAsync"
                | "safeParse"
                | "safeParseAsync"
                | "model_validate"
                | "parse_obj"
                | "validate_python"
        ) {
            return false;
        }
        let Some(receiver) = call.receiver else { return false };
        let Some(arg) = graph.args_of(call).first() else { return false };
        let mut path = item.path;
        if name.starts_with("safeParse") && path.first() == Some(hash("data")) {
            path = path.rest();
        }
        let mut state = item.state;
        if let Some(schema) = self.project.schema(At { file: at.file, node: receiver }) {
            let mut inner = schema.innermost();
            for name in path.names() {
                match inner.properties.iter().find(|it| hash(&it.name.text) == *name) {
                    Some(property) => inner = &property.schema,
                    None => inner = inner.innermost(),
                }
            }
            if !path.is_empty() {
                state = state.and(state_of(inner));
            }
        } else if name == "parse" && matches!(graph.get(receiver), Node::Global(name) if graph.text(name) == "JSON") {
            return false;
        }
        if !self.is_done(state, walk) {
            walk.items.push(Item { at: At { file: at.file, node: arg.value }, path, state, moment: call.at, ..item });
        }
        true
    }
}
