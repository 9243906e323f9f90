//! What a value may be, as far as calls go: functions, classes, instances, objects, things of libraries.

use super::modules::path_of;
use super::*;

impl<'p> Project<'p> {
    /// What a value may be.
    pub(crate) fn things(&self, at: At) -> Rc<Vec<Thing>> {
        self.things_within(at, 0)
    }

    pub(super) fn things_within(&self, at: At, depth: u32) -> Rc<Vec<Thing>> {
        if let Some(known) = self.things.borrow().get(&at) {
            return Rc::clone(known);
        }
        if depth > MAX_DEPTH || !self.open.borrow_mut().insert(at) {
            return Rc::default();
        }
        let mut out = Vec::new();
        self.find_things(at, depth, &mut out);
        let mut unique: Vec<Thing> = Vec::new();
        for thing in out {
            if unique.len() < MAX_THINGS && !unique.contains(&thing) {
                unique.push(thing);
            }
        }
        self.open.borrow_mut().remove(&at);
        let out = Rc::new(unique);
        // What is found inside of a circle lacks what is found where the circle was entered: asking again and again until
        // nothing is lacking takes for ever.
        self.things.borrow_mut().insert(at, Rc::clone(&out));
        out
    }

    pub(super) fn find_things(&self, at: At, depth: u32, out: &mut Vec<Thing>) {
        let file = at.file;
        let graph = self.graph(file);
        let more = |node: NodeId, out: &mut Vec<Thing>| {
            out.extend(self.things_within(At { file, node }, depth + 1).iter().cloned());
        };
        match graph.get(at.node) {
            Node::Function(id) => out.push(Thing::Function(Fun { file, id })),
            Node::Class(id) => out.push(Thing::Class(Type { file, id })),
            Node::This(id) => out.push(Thing::Instance(Type { file, id })),
            Node::Import { module, name } => self.imported(file, module, name, depth, out),
            Node::Global(name) => out.push(Thing::External(graph.text(name).to_owned())),
            Node::Variable(binding) => {
                for store in graph.stores.get(&binding).into_iter().flatten().take(16) {
                    more(store.value, out);
                }
            }
            Node::Attribute { class, name } => self.attribute(Type { file, id: class }, graph.text(name), depth, out),
            Node::Field { base, name } => {
                let name = graph.text(name);
                for thing in self.things_within(At { file, node: base }, depth + 1).iter() {
                    self.member(thing, name, depth, out);
                }
            }
            Node::Element(base) => {
                for thing in self.things_within(At { file, node: base }, depth + 1).iter() {
                    self.elements(thing, depth, out);
                }
            }
            Node::With { base, .. } => {
                out.push(Thing::Object(at));
                more(base, out);
            }
            Node::Object(_) | Node::List(_) => out.push(Thing::Object(at)),
            Node::Choice(run) => graph.list(run).iter().for_each(|node| more(*node, out)),
            Node::Spread(node) => more(node, out),
            Node::Call(id) => self.result(CallAt { file, id }, depth, out),
            Node::Param { function, index } => self.parameter(Fun { file, id: function }, index, depth, out),
            // `Path(a) / b`
            Node::Concat(run) if self.is_path(file, graph.list(run), depth) => {
                out.push(Thing::External("pathlib.Path()".to_owned()))
            }
            Node::Text(_) | Node::Concat(_) => out.push(Thing::External("str".to_owned())),
            Node::Regex(_) => out.push(Thing::External("re".to_owned())),
            Node::Plain | Node::Truth(_) | Node::Unknown => {}
        }
    }

    /// Whether what is put together is a path, as its first part is one.
    pub(super) fn is_path(&self, file: usize, parts: &[NodeId], depth: u32) -> bool {
        parts.first().is_some_and(|node| {
            let things = self.things_within(At { file, node: *node }, depth + 1);
            things.iter().any(|thing| matches!(thing, Thing::External(path) if path.starts_with("pathlib.")))
        })
    }

    /// A member of a thing.
    pub(super) fn member(&self, thing: &Thing, name: &str, depth: u32, out: &mut Vec<Thing>) {
        match thing {
            Thing::Module(file) => {
                if let Some(value) = self.export(*file, name, depth) {
                    out.extend(self.things_within(value, depth + 1).iter().cloned());
                }
            }
            Thing::Class(class) | Thing::Instance(class) => self.attribute(*class, name, depth, out),
            Thing::Object(at) => {
                for value in self.entries(*at, Some(name)) {
                    out.extend(self.things_within(value, depth + 1).iter().cloned());
                }
            }
            Thing::External(path) if name == "default" && !path.ends_with(')') => {
                out.push(Thing::External(path.clone()))
            }
            Thing::External(path) if path.len() < 200 => out.push(Thing::External(format!("{path}.{name}"))),
            Thing::Function(_) | Thing::External(_) => {}
        }
    }

    pub(super) fn elements(&self, thing: &Thing, depth: u32, out: &mut Vec<Thing>) {
        match thing {
            Thing::Object(at) => {
                for value in self.entries(*at, None) {
                    out.extend(self.things_within(value, depth + 1).iter().cloned());
                }
            }
            Thing::External(path) if path.len() < 200 => out.push(Thing::External(format!("{path}[]"))),
            _ => {}
        }
    }

    /// What may stand under keys of a value, in its file.
    pub(crate) fn entry_values(&self, at: At, keys: &[String]) -> Vec<(usize, NodeId)> {
        let mut found = vec![at];
        for key in keys {
            let mut next = Vec::new();
            for at in found {
                for thing in self.things(at).iter() {
                    if let Thing::Object(object) = thing {
                        next.extend(self.entries(*object, Some(key)));
                    }
                }
            }
            found = next;
        }
        found.into_iter().take(MAX_THINGS).map(|at| (at.file, at.node)).collect()
    }

    /// The values under a key of something that is written out, or all of them.
    pub(super) fn entries(&self, at: At, key: Option<&str>) -> Vec<At> {
        let graph = self.graph(at.file);
        let mut out = Vec::new();
        let mut open = vec![at.node];
        let mut steps = 0;
        while let Some(node) = open.pop() {
            steps += 1;
            if steps > 200 {
                break;
            }
            match graph.get(node) {
                Node::Object(run) => {
                    for (name, value) in graph.pairs(run) {
                        match graph.get(value) {
                            Node::Spread(inner) => open.push(inner),
                            _ if name == NO_NAME || key.is_none_or(|key| graph.text(name) == key) => {
                                out.push(At { file: at.file, node: value })
                            }
                            _ => {}
                        }
                    }
                }
                Node::List(run) => {
                    for (number, value) in graph.list(run).iter().enumerate() {
                        if key.is_some_and(|key| key.parse() != Ok(number)) {
                            continue;
                        }
                        match graph.get(*value) {
                            Node::Spread(inner) => open.push(inner),
                            _ => out.push(At { file: at.file, node: *value }),
                        }
                    }
                }
                Node::With { base, name, value } => {
                    // What is put into a list, or into something unknown, has no name that could be the wanted one.
                    let is_named = key.is_some_and(|key| key.parse::<usize>().is_err());
                    let is_element = is_named && name == NO_NAME && !is_object(graph, base);
                    if !is_element && (name == NO_NAME || key.is_none_or(|key| graph.text(name) == key)) {
                        match graph.get(value) {
                            Node::Spread(inner) => open.push(inner),
                            _ => out.push(At { file: at.file, node: value }),
                        }
                    }
                    open.push(base);
                }
                Node::Choice(run) => open.extend(graph.list(run)),
                _ => {}
            }
        }
        out
    }

    /// What an attribute of a class or its instances may be: a method, what is written to it, its declared type.
    pub(super) fn attribute(&self, class: Type, name: &str, depth: u32, out: &mut Vec<Thing>) {
        out.extend(self.methods_of(class, name, true).into_iter().map(Thing::Function));
        let mut open = vec![class];
        let mut seen = HashSet::default();
        while let Some(at) = open.pop() {
            if !seen.insert(at) || seen.len() > 32 {
                continue;
            }
            let graph = self.graph(at.file);
            if let Some(id) = graph.named(name) {
                for store in graph.attributes.get(&(at.id, id)).into_iter().flatten() {
                    out.extend(self.things_within(At { file: at.file, node: store.value }, depth + 1).iter().cloned());
                }
                let fields = graph.class(at.id).map_or(&[][..], |it| it.fields.as_slice());
                if let Some((_, Some(annotation))) = fields.iter().find(|(field, _)| *field == id) {
                    self.instance_of(At { file: at.file, node: *annotation }, depth, out);
                }
            }
            for base in graph.class(at.id).map_or(&[][..], |it| it.bases.as_slice()) {
                for thing in self.things_within(At { file: at.file, node: *base }, depth + 1).iter() {
                    match thing {
                        Thing::Class(base) => open.push(*base),
                        Thing::External(path) if path.len() < 200 => {
                            out.push(Thing::External(format!("{path}().{name}")))
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// Instances of what a type names.
    pub(super) fn instance_of(&self, annotation: At, depth: u32, out: &mut Vec<Thing>) {
        for thing in self.things_within(annotation, depth + 1).iter() {
            match thing {
                Thing::Class(class) => out.push(Thing::Instance(*class)),
                // `str`, `string`, `any` say nothing.
                Thing::External(path) if path.contains('.') || path.contains('/') => {
                    out.push(Thing::External(format!("{path}()")))
                }
                _ => {}
            }
        }
    }

    pub(super) fn parameter(&self, fun: Fun, index: u32, depth: u32, out: &mut Vec<Thing>) {
        let Some(param) = self.function(fun).and_then(|it| it.params.get(index as usize)) else { return };
        if let Some(annotation) = param.annotation {
            self.instance_of(At { file: fun.file, node: annotation }, depth, out);
        }
        if !out.is_empty() {
            return;
        }
        for call in self.callers.get(&fun).into_iter().flatten().take(32) {
            for (value, path) in self.given(*call, fun, index) {
                if path == Path::default() {
                    out.extend(self.things_within(At { file: call.file, node: value }, depth + 1).iter().cloned());
                }
            }
        }
    }

    /// What a call gives.
    pub(super) fn result(&self, at: CallAt, depth: u32, out: &mut Vec<Thing>) {
        let Some(call) = self.call(at) else { return };
        let things = self.things_within(At { file: at.file, node: call.callee }, depth + 1);
        for thing in things.iter() {
            match thing {
                Thing::Class(class) => out.push(Thing::Instance(*class)),
                Thing::Function(fun) => {
                    let exits = self.function(*fun).map_or(&[][..], |it| it.exits.as_slice());
                    for value in exits.iter().filter_map(|exit| exit.value).take(8) {
                        out.extend(self.things_within(At { file: fun.file, node: value }, depth + 1).iter().cloned());
                    }
                }
                Thing::External(path) if path.len() < 200 => out.push(Thing::External(format!("{path}()"))),
                _ => {}
            }
        }
        if things.is_empty() {
            let path = self.graph(at.file).text(call.path);
            if !path.is_empty() && !path.starts_with('#') && !path.starts_with('?') {
                out.push(Thing::External(format!("{path}()")));
            }
        }
    }

    pub(super) fn imported(&self, file: usize, module: NameId, name: NameId, depth: u32, out: &mut Vec<Thing>) {
        let graph = self.graph(file);
        let (module, name) = (graph.text(module), graph.text(name));
        match self.module(file, module) {
            Some(target) if name.is_empty() => out.push(Thing::Module(target)),
            Some(target) => match self.export(target, name, depth) {
                Some(value) => out.extend(self.things_within(value, depth + 1).iter().cloned()),
                // `from package import module`
                None => out.extend(self.submodule(file, module, name).map(Thing::Module)),
            },
            None => match self.submodule(file, module, name) {
                Some(target) => out.push(Thing::Module(target)),
                None if name.is_empty() || name == "default" => out.push(Thing::External(path_of(module))),
                None => out.push(Thing::External(format!("{}.{name}", path_of(module)))),
            },
        }
    }
}
