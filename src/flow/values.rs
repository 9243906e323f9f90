//! What a value is once names, imports and attributes are followed: a text, a pattern, a schema.

use super::graph::Node;
use super::project::{At, Project, Thing};
use crate::deployment::tools::Schema;

impl<'p> Project<'p> {
    /// The text that a value is, also through imports.
    pub(crate) fn text(&self, at: At) -> Option<String> {
        let mut at = at;
        for _ in 0..8 {
            let graph = self.graph(at.file);
            match graph.get(at.node) {
                Node::Text(name) => return Some(graph.text(name).to_owned()),
                _ => at = self.one_step(at)?,
            }
        }
        None
    }

    /// The value that a variable, an import or an attribute holds, if there is one.
    pub(crate) fn one_step(&self, at: At) -> Option<At> {
        let graph = self.graph(at.file);
        let only = |stores: Option<&Vec<super::graph::Store>>| match stores.map(Vec::as_slice) {
            Some([only]) => Some(At { file: at.file, node: only.value }),
            _ => None,
        };
        match graph.get(at.node) {
            Node::Variable(binding) => only(graph.stores.get(&binding)),
            Node::Attribute { class, name } => only(graph.attributes.get(&(class, name))),
            Node::Import { .. } => self.imported_value(at),
            Node::Field { base, name } => {
                for thing in self.things(At { file: at.file, node: base }).iter() {
                    match thing {
                        Thing::Module(file) => return self.export(*file, graph.text(name), 0),
                        Thing::Class(class) => {
                            let own = self.graph(class.file);
                            let id = own.named(graph.text(name))?;
                            let [store] = own.attributes.get(&(class.id, id))?.as_slice() else { return None };
                            return Some(At { file: class.file, node: store.value });
                        }
                        _ => {}
                    }
                }
                // `Names.A.value` of an enum.
                match graph.text(name) {
                    "value" => self.one_step(At { file: at.file, node: base }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    pub(crate) fn imported_value(&self, at: At) -> Option<At> {
        let graph = self.graph(at.file);
        let Node::Import { module, name } = graph.get(at.node) else { return None };
        self.import_of(at.file, graph.text(module), graph.text(name))
    }

    /// The pattern that a value is: a literal, a compiled one, a text; with whether flags make it wider.
    pub(super) fn pattern(&self, at: At) -> Option<(String, bool)> {
        let mut at = at;
        for _ in 0..8 {
            let graph = self.graph(at.file);
            match graph.get(at.node) {
                Node::Regex(name) => {
                    let text = graph.text(name);
                    let (body, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
                    return Some((body.to_owned(), flags.contains('m')));
                }
                Node::Text(name) => return Some((graph.text(name).to_owned(), false)),
                Node::Call(id) => {
                    let call = graph.call(id)?;
                    if !matches!(graph.text(call.name), "compile" | "RegExp") {
                        return None;
                    }
                    let args = graph.args_of(call);
                    let first = args.first()?.value;
                    let is_wide = args.get(1).is_some_and(|arg| match graph.get(arg.value) {
                        Node::Text(flags) => graph.text(flags).contains('m'),
                        _ => graph.span(arg.value).len() < 40 && matches!(graph.get(arg.value), Node::Field { name, .. } if matches!(graph.text(name), "M" | "MULTILINE")),
                    });
                    let (text, wide) = self.pattern(At { file: at.file, node: first })?;
                    return Some((text, wide || is_wide));
                }
                _ => at = self.one_step(at)?,
            }
        }
        None
    }

    /// The schema that a value is, also through imports and `.shape`.
    pub(crate) fn schema(&self, at: At) -> Option<&'p Schema> {
        let mut at = at;
        for _ in 0..6 {
            let graph = self.graph(at.file);
            if let Some(schema) = graph.schemas.get(&at.node) {
                return Some(schema);
            }
            for thing in self.things(at).iter() {
                if let Thing::Class(class) = thing {
                    let own = self.graph(class.file);
                    if let Some(schema) = own.known(Node::Class(class.id)).and_then(|node| own.schemas.get(&node)) {
                        return Some(schema);
                    }
                }
            }
            at = match (self.one_step(at), graph.get(at.node)) {
                (Some(next), _) => next,
                (None, Node::Field { base, name })
                    if matches!(graph.text(name), "shape" | "inputSchema" | "schema" | "parameters") =>
                {
                    At { file: at.file, node: base }
                }
                _ => return None,
            };
        }
        None
    }
}
