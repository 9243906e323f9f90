//! The files of one package together: what an import means, what a value may be, which functions a call runs.

use super::callbacks::Callback;
use super::graph::{Arg, Call, CallId, Export, FunId, Function, Graph, NO_NAME, NameId, Node, NodeId, TypeId};
use super::paths::Path;
use crate::deployment::tools::Handler;
use crate::document::Language;
use crate::flow::maps::{HashMap, HashSet};
use crate::lower::ParamKind;
use crate::rule::{FlowTable, Flows};
use std::cell::RefCell;
use std::rc::Rc;

/// Values behind values that are looked through.
const MAX_DEPTH: u32 = 48;
/// Things that one value may be.
const MAX_THINGS: usize = 24;
/// Rounds in which what parameters hold makes more calls known.
const MAX_ROUNDS: usize = 4;
/// Classes that have a method of one name, for a call on something unknown.
const MAX_NAMESAKES: usize = 3;

/// One file of a package.
#[derive(Debug)]
pub(crate) struct File {
    /// As it is imported: with `/`, from the root of the package.
    pub place: String,
    pub language: Language,
    pub graph: Graph,
    pub handlers: Vec<Handler>,
    pub arms: Vec<Option<crate::text::Span>>,
}

/// A value of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct At {
    pub file: usize,
    pub node: NodeId,
}

/// A function of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Fun {
    pub file: usize,
    pub id: FunId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Type {
    pub file: usize,
    pub id: TypeId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CallAt {
    pub file: usize,
    pub id: CallId,
}

/// What a value may be, as far as calls go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Function(Fun),
    Class(Type),
    Instance(Type),
    /// An object or list that is written out.
    Object(At),
    Module(usize),
    /// Something of a library, or of the language, by its path.
    External(String),
}

/// What a call runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Targets {
    pub functions: Vec<Fun>,
    /// Classes that it makes an instance of.
    pub classes: Vec<Type>,
    /// Paths of libraries.
    pub paths: Vec<String>,
    /// Functions that the library calls.
    pub callbacks: Vec<Callback>,
}

impl Targets {
    /// The functions whose result is that of the call.
    pub(crate) fn answering(&self) -> impl Iterator<Item = Fun> {
        let direct = self.callbacks.iter().filter(|it| it.is_direct).map(|it| it.fun);
        self.functions.iter().copied().chain(direct)
    }
}

#[derive(Debug)]
pub(crate) struct Project<'p> {
    pub files: &'p [File],
    knowledge: &'p Flows,
    by_place: HashMap<&'p str, usize>,
    /// Files of Python by their last name, without the ending.
    by_stem: HashMap<&'p str, Vec<usize>>,
    subclasses: HashMap<Type, Vec<Type>>,
    methods: HashMap<&'p str, Vec<Fun>>,
    targets: Vec<Vec<Targets>>,
    pub(crate) callers: HashMap<Fun, Vec<CallAt>>,
    things: RefCell<HashMap<At, Rc<Vec<Thing>>>>,
    open: RefCell<HashSet<At>>,
    /// Names by their hash, file by file.
    names: Vec<HashMap<u64, NameId>>,
}

impl<'p> Project<'p> {
    pub(crate) fn new(files: &'p [File], knowledge: &'p Flows) -> Self {
        let by_place = files.iter().enumerate().map(|(at, file)| (file.place.as_str(), at)).collect();
        let mut by_stem: HashMap<&str, Vec<usize>> = HashMap::default();
        for (at, file) in files.iter().enumerate().filter(|(_, file)| file.language == Language::Python) {
            let mut parts = file.place.rsplit('/');
            let name = parts.next().unwrap_or_default().trim_end_matches(".py").trim_end_matches(".pyi");
            let stem = if name == "__init__" { parts.next().unwrap_or_default() } else { name };
            by_stem.entry(stem).or_default().push(at);
        }
        let mut methods: HashMap<&str, Vec<Fun>> = HashMap::default();
        for (at, file) in files.iter().enumerate() {
            for (id, function) in file.graph.functions.iter().enumerate().filter(|(_, it)| it.class.is_some()) {
                methods.entry(file.graph.text(function.name)).or_default().push(Fun { file: at, id: FunId::of(id) });
            }
        }
        let names = files
            .iter()
            .map(|file| {
                let names = file.graph.names.iter().enumerate();
                names
                    .filter(|(_, name)| name.len() < 64)
                    .map(|(at, name)| (super::paths::hash(name), NameId::of(at)))
                    .collect()
            })
            .collect();
        let mut out = Self {
            files,
            knowledge,
            by_place,
            by_stem,
            subclasses: HashMap::default(),
            methods,
            targets: Vec::new(),
            callers: HashMap::default(),
            things: RefCell::default(),
            open: RefCell::default(),
            names,
        };
        out.link();
        out
    }

    pub(crate) fn graph(&self, file: usize) -> &'p Graph {
        static EMPTY: std::sync::OnceLock<Graph> = std::sync::OnceLock::new();
        self.files.get(file).map_or_else(|| EMPTY.get_or_init(Graph::new), |file| &file.graph)
    }

    pub(crate) fn node(&self, at: At) -> Node {
        self.graph(at.file).get(at.node)
    }

    pub(crate) fn table(&self, file: usize) -> Option<&'p FlowTable> {
        self.knowledge.of(self.files.get(file)?.language)
    }

    pub(crate) fn function(&self, fun: Fun) -> Option<&'p Function> {
        self.graph(fun.file).function(fun.id)
    }

    pub(crate) fn call(&self, at: CallAt) -> Option<&'p Call> {
        self.graph(at.file).call(at.id)
    }

    pub(crate) fn targets(&self, at: CallAt) -> Option<&Targets> {
        self.targets.get(at.file)?.get(at.id.index())
    }

    pub(crate) fn name_of(&self, file: usize, hash: u64) -> Option<NameId> {
        self.names.get(file)?.get(&hash).copied()
    }

    /// The name behind a hash: of a file, or of any.
    pub(crate) fn name_anywhere(&self, file: usize, hash: u64) -> Option<String> {
        let of = |at: usize| self.name_of(at, hash).map(|name| self.graph(at).text(name).to_owned());
        of(file).or_else(|| (0..self.files.len()).find_map(of))
    }

    /// Find out which functions each call runs, until nothing new comes of it.
    fn link(&mut self) {
        self.subclasses = self.find_subclasses();
        let mut edges = 0;
        for _ in 0..MAX_ROUNDS {
            self.things.borrow_mut().clear();
            let mut callers: HashMap<Fun, Vec<CallAt>> = HashMap::default();
            let mut all = Vec::with_capacity(self.files.len());
            let mut found = 0;
            for (file, it) in self.files.iter().enumerate() {
                let mut of_file = Vec::with_capacity(it.graph.calls.len());
                for (id, call) in it.graph.calls.iter().enumerate() {
                    if call.at == 0 {
                        of_file.push(Targets::default());
                        continue;
                    }
                    let mut targets = self.find_targets(file, call);
                    targets.callbacks = super::callbacks::of_call(self, file, call, &targets);
                    found += targets.functions.len() + targets.callbacks.len();
                    let callbacks = targets.callbacks.iter().map(|it| &it.fun);
                    for function in targets.functions.iter().chain(callbacks) {
                        callers.entry(*function).or_default().push(CallAt { file, id: CallId::of(id) });
                    }
                    of_file.push(targets);
                }
                all.push(of_file);
            }
            self.targets = all;
            self.callers = callers;
            if found == edges {
                break;
            }
            edges = found;
        }
    }

    fn find_subclasses(&self) -> HashMap<Type, Vec<Type>> {
        let mut out: HashMap<Type, Vec<Type>> = HashMap::default();
        for (file, it) in self.files.iter().enumerate() {
            for (id, class) in it.graph.classes.iter().enumerate() {
                for base in &class.bases {
                    for thing in self.things(At { file, node: *base }).iter() {
                        if let Thing::Class(base) = thing {
                            out.entry(*base).or_default().push(Type { file, id: TypeId::of(id) });
                        }
                    }
                }
            }
        }
        out
    }

    fn find_targets(&self, file: usize, call: &Call) -> Targets {
        let mut out = Targets::default();
        let graph = self.graph(file);
        let things = self.things(At { file, node: call.callee });
        for thing in things.iter() {
            match thing {
                Thing::Function(function) => out.functions.push(*function),
                Thing::Class(class) => {
                    out.classes.push(*class);
                    out.functions.extend(self.constructor(*class));
                }
                Thing::Instance(class) => out.functions.extend(self.methods_of(*class, "__call__", false)),
                Thing::External(path) => {
                    if !out.paths.contains(path) {
                        out.paths.push(path.clone());
                    }
                }
                Thing::Object(_) | Thing::Module(_) => {}
            }
        }
        let path = graph.text(call.path);
        if !path.starts_with('#')
            && !path.starts_with('?')
            && !path.is_empty()
            && !out.paths.iter().any(|it| it == path)
            && !self.is_own_module(file, path)
        {
            out.paths.push(path.to_owned());
        }
        if out.functions.is_empty() && out.paths.iter().all(|path| path.starts_with('?') || !path.contains('.')) {
            let name = graph.text(call.name);
            if call.receiver.is_some() && is_telling(name) {
                let same: Vec<Fun> = self.methods.get(name).into_iter().flatten().copied().collect();
                if same.len() <= MAX_NAMESAKES && things.is_empty() {
                    out.functions.extend(same);
                }
            }
            if path.starts_with('?') && out.paths.is_empty() {
                out.paths.push(path.to_owned());
            }
        }
        out.functions.sort_unstable();
        out.functions.dedup();
        out.functions.truncate(MAX_THINGS);
        out
    }

    /// Whether a path begins with a module of the package.
    fn is_own_module(&self, file: usize, path: &str) -> bool {
        if path.starts_with("./") || path.starts_with("../") || path.starts_with("@/") {
            return true;
        }
        self.files.get(file).is_some_and(|it| it.language == Language::Python)
            && (path.starts_with('.') || {
                let first = path.split('.').next().unwrap_or_default();
                path.contains('.')
                    && self.files.iter().any(|it| it.place.split('/').any(|part| part == first))
                    && self.module(file, first).is_some()
            })
    }

    /// The constructor of a class, its own or of what it extends.
    fn constructor(&self, class: Type) -> Vec<Fun> {
        let name = match self.files.get(class.file).map(|file| file.language) {
            Some(Language::Python) => "__init__",
            _ => "constructor",
        };
        self.methods_of(class, name, false)
    }

    /// The methods of a name that an instance of a class may have: its own or inherited one, and those of subclasses.
    fn methods_of(&self, class: Type, name: &str, with_subclasses: bool) -> Vec<Fun> {
        let mut out = Vec::new();
        let mut open = vec![class];
        let mut seen = HashSet::default();
        while let Some(at) = open.pop() {
            if !seen.insert(at) || seen.len() > 64 {
                continue;
            }
            let graph = self.graph(at.file);
            let Some(it) = graph.class(at.id) else { continue };
            let own =
                it.methods.iter().find(|method| graph.function(**method).is_some_and(|it| graph.text(it.name) == name));
            match own {
                Some(method) => out.push(Fun { file: at.file, id: *method }),
                None => {
                    for base in &it.bases {
                        for thing in self.things(At { file: at.file, node: *base }).iter() {
                            if let Thing::Class(base) = thing {
                                open.push(*base);
                            }
                        }
                    }
                }
            }
        }
        if with_subclasses {
            let mut open: Vec<Type> = self.subclasses.get(&class).cloned().unwrap_or_default();
            while let Some(at) = open.pop() {
                if !seen.insert(at) || seen.len() > 64 {
                    continue;
                }
                let graph = self.graph(at.file);
                let methods = graph.class(at.id).map_or(&[][..], |it| it.methods.as_slice());
                let own = methods
                    .iter()
                    .find(|method| graph.function(**method).is_some_and(|it| graph.text(it.name) == name));
                out.extend(own.map(|id| Fun { file: at.file, id: *id }));
                open.extend(self.subclasses.get(&at).into_iter().flatten());
            }
        }
        out
    }

    /// What a value may be.
    pub(crate) fn things(&self, at: At) -> Rc<Vec<Thing>> {
        self.things_within(at, 0)
    }

    fn things_within(&self, at: At, depth: u32) -> Rc<Vec<Thing>> {
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

    fn find_things(&self, at: At, depth: u32, out: &mut Vec<Thing>) {
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
    fn is_path(&self, file: usize, parts: &[NodeId], depth: u32) -> bool {
        parts.first().is_some_and(|node| {
            let things = self.things_within(At { file, node: *node }, depth + 1);
            things.iter().any(|thing| matches!(thing, Thing::External(path) if path.starts_with("pathlib.")))
        })
    }

    /// A member of a thing.
    fn member(&self, thing: &Thing, name: &str, depth: u32, out: &mut Vec<Thing>) {
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

    fn elements(&self, thing: &Thing, depth: u32, out: &mut Vec<Thing>) {
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
    fn entries(&self, at: At, key: Option<&str>) -> Vec<At> {
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
    fn attribute(&self, class: Type, name: &str, depth: u32, out: &mut Vec<Thing>) {
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
    fn instance_of(&self, annotation: At, depth: u32, out: &mut Vec<Thing>) {
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

    fn parameter(&self, fun: Fun, index: u32, depth: u32, out: &mut Vec<Thing>) {
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
    fn result(&self, at: CallAt, depth: u32, out: &mut Vec<Thing>) {
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

    fn imported(&self, file: usize, module: NameId, name: NameId, depth: u32, out: &mut Vec<Thing>) {
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

    /// The value that an import names, if it is one of the package.
    pub(crate) fn import_of(&self, file: usize, module: &str, name: &str) -> Option<At> {
        self.export(self.module(file, module)?, name, 0)
    }

    fn submodule(&self, file: usize, module: &str, name: &str) -> Option<usize> {
        if self.files.get(file)?.language != Language::Python || name.is_empty() {
            return None;
        }
        let dots = module.ends_with('.') || module.is_empty();
        self.module(file, &if dots { format!("{module}{name}") } else { format!("{module}.{name}") })
    }

    /// The value that a file exports under a name.
    pub(crate) fn export(&self, file: usize, name: &str, depth: u32) -> Option<At> {
        if depth > MAX_DEPTH {
            return None;
        }
        let graph = self.graph(file);
        let is_python = self.files.get(file)?.language == Language::Python;
        if is_python {
            let value = *graph.globals.get(&graph.named(name)?)?;
            return Some(At { file, node: value });
        }
        let mut stars = Vec::new();
        for (exported, value) in &graph.exports {
            let exported = graph.text(*exported);
            match value {
                Export::Value(node) if exported == name => return Some(At { file, node: *node }),
                Export::From { module, name: from } if exported == name => {
                    let target = self.module(file, graph.text(*module))?;
                    let from = from.map_or(name, |from| graph.text(from));
                    return self.export(target, from, depth + 1);
                }
                Export::From { module, name: None } if exported == "*" => stars.push(*module),
                _ => {}
            }
        }
        let mut found = stars.into_iter().filter_map(|module| self.module(file, graph.text(module)));
        if let Some(value) = found.find_map(|target| self.export(target, name, depth + 8)) {
            return Some(value);
        }
        // `module.exports = { … }`: its entries, and the whole as its default.
        let whole = graph.exports.iter().find_map(|(exported, value)| match value {
            Export::Value(node) if graph.text(*exported) == "default" => Some(*node),
            _ => None,
        })?;
        self.entries(At { file, node: whole }, Some(name)).first().copied()
    }

    /// The file of the package that an import names.
    fn module(&self, file: usize, module: &str) -> Option<usize> {
        let here = self.files.get(file)?;
        if here.language == Language::Python { self.python_module(here, module) } else { self.script(here, module) }
    }

    fn script(&self, here: &File, module: &str) -> Option<usize> {
        let folder = here.place.rsplit_once('/').map_or("", |(folder, _)| folder);
        let base = if module.starts_with("./") || module.starts_with("../") || module == "." || module == ".." {
            join(folder, module)
        } else if let Some(rest) = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/")) {
            return ["src/", ""].iter().find_map(|root| self.candidates(&format!("{root}{rest}")));
        } else if let Some(rest) = module.strip_prefix("src/") {
            format!("src/{rest}")
        } else if let Some(rest) = module.strip_prefix('#') {
            return ["src/", ""]
                .iter()
                .find_map(|root| self.candidates(&format!("{root}{}", rest.trim_start_matches('/'))));
        } else {
            return None;
        };
        self.candidates(&base)
    }

    fn candidates(&self, base: &str) -> Option<usize> {
        let stem = [".js", ".mjs", ".cjs", ".jsx"].iter().find_map(|end| base.strip_suffix(end));
        let mut names = vec![base.to_owned()];
        for stem in stem.into_iter().chain([base]) {
            for end in [
                ".ts",
                ".tsx",
                ".mts",
                ".cts",
                ".js",
                ".mjs",
                ".cjs",
                ".jsx",
                "/index.ts",
                "/index.tsx",
                "/index.js",
                "/index.mjs",
            ] {
                names.push(format!("{stem}{end}"));
            }
        }
        names.iter().find_map(|name| self.by_place.get(name.as_str()).copied())
    }

    fn python_module(&self, here: &File, module: &str) -> Option<usize> {
        let level = module.len() - module.trim_start_matches('.').len();
        let rest = module.trim_start_matches('.').replace('.', "/");
        if level > 0 {
            let mut folder = here.place.as_str();
            for _ in 0..level {
                folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            }
            let base = if rest.is_empty() { folder.to_owned() } else { join(folder, &format!("./{rest}")) };
            let init = if base.is_empty() { "__init__.py".to_owned() } else { format!("{base}/__init__.py") };
            return [format!("{base}.py"), init].iter().find_map(|name| self.by_place.get(name.as_str()).copied());
        }
        let stem = rest.rsplit('/').next().unwrap_or_default();
        let fits = |place: &str| {
            [format!("{rest}.py"), format!("{rest}/__init__.py")]
                .iter()
                .any(|end| place == end || place.strip_suffix(end.as_str()).is_some_and(|before| before.ends_with('/')))
        };
        let all = self.by_stem.get(stem)?;
        // The one that is nearest: of several packages of the same name, that of the importing file.
        let common = |place: &str| place.bytes().zip(here.place.bytes()).take_while(|(a, b)| a == b).count();
        all.iter()
            .copied()
            .filter(|at| self.files.get(*at).is_some_and(|file| fits(&file.place)))
            .max_by_key(|at| self.files.get(*at).map(|file| (common(&file.place), std::cmp::Reverse(file.place.len()))))
    }

    /// The values that a call gives to a parameter, each with what of it is given.
    pub(crate) fn given(&self, at: CallAt, fun: Fun, index: u32) -> Vec<(NodeId, Path)> {
        let (Some(call), Some(function)) = (self.call(at), self.function(fun)) else { return Vec::new() };
        if let Some(given) = super::callbacks::given(self, at, fun, index) {
            return given;
        }
        let graph = self.graph(at.file);
        let args = graph.args_of(call);
        let Some(param) = function.params.get(index as usize) else { return Vec::new() };
        let own = self.graph(fun.file);
        let name = own.text(param.name);
        let mut out = Vec::new();
        if let Some(arg) = args.iter().find(|arg| arg.name != NO_NAME && graph.text(arg.name) == name) {
            return vec![(arg.value, Path::default())];
        }
        let before = function.params.iter().take(index as usize);
        let position = before.filter(|it| it.kind != ParamKind::Receiver).count();
        if param.kind == ParamKind::Keywords {
            let named = args.iter().filter(|arg| arg.name != NO_NAME);
            out.extend(named.map(|arg| (arg.value, Path::under(graph.text(arg.name)))));
            let spread = args.iter().filter_map(|arg| spread(graph, arg));
            out.extend(spread.map(|node| (node, Path::default())));
            return out;
        }
        for (at, arg) in args.iter().filter(|arg| arg.name == NO_NAME).enumerate() {
            if let Some(inner) = spread(graph, arg) {
                // `f(*values)` or `f(**values)`
                out.push((inner, Path::of(name)));
                continue;
            }
            if param.kind == ParamKind::Rest && at >= position {
                out.push((arg.value, Path::under("")));
            } else if at == position && param.kind != ParamKind::KeywordOnly {
                out.push((arg.value, Path::default()));
            }
        }
        out
    }
}

fn spread(graph: &Graph, arg: &Arg) -> Option<NodeId> {
    match graph.get(arg.value) {
        Node::Spread(inner) => Some(inner),
        _ => None,
    }
}

/// Whether a value is an object that is written out, perhaps with more put into it.
fn is_object(graph: &Graph, node: NodeId) -> bool {
    let mut open = vec![node];
    for _ in 0..64 {
        match open.pop().map(|node| graph.get(node)) {
            Some(Node::With { base, .. }) => open.push(base),
            Some(Node::Choice(run)) => open.extend(graph.list(run)),
            Some(Node::Object(_)) => return true,
            Some(_) => {}
            None => break,
        }
    }
    false
}

/// A module as paths call it.
fn path_of(module: &str) -> String {
    module.strip_prefix("node:").unwrap_or(module).to_owned()
}

/// A path below a folder, `.` and `..` worked out.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a name of a method says which class is meant: nothing that collections, texts and streams have.
fn is_telling(name: &str) -> bool {
    name.len() >= 5
        && !matches!(
            name,
            "append"
                | "apply"
                | "catch"
                | "clear"
                | "close"
                | "connect"
                | "create"
                | "decode"
                | "delete"
                | "encode"
                | "endsWith"
                | "endswith"
                | "error"
                | "execute"
                | "extend"
                | "fetch"
                | "filter"
                | "finally"
                | "flush"
                | "forEach"
                | "format"
                | "includes"
                | "index"
                | "indexOf"
                | "insert"
                | "items"
                | "listen"
                | "match"
                | "parse"
                | "query"
                | "raise_for_status"
                | "readline"
                | "reduce"
                | "remove"
                | "render"
                | "replace"
                | "request"
                | "resolve"
                | "reverse"
                | "search"
                | "send"
                | "slice"
                | "sort"
                | "split"
                | "start"
                | "startsWith"
                | "startswith"
                | "status"
                | "strip"
                | "substring"
                | "toString"
                | "update"
                | "values"
                | "write"
                | "warning"
                | "debug"
        )
}
