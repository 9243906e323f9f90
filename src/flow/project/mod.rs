//! The files of one package together: what an import means, what a value may be, which functions a call runs.

mod modules;
mod things;

use super::callbacks::Callback;
use crate::deployment::tools::Handler;
use crate::document::Language;
use crate::flow::graph::{Arg, Call, CallId, Export, FunId, Function, Graph, NO_NAME, NameId, Node, NodeId, TypeId};
use crate::flow::maps::{HashMap, HashSet};
use crate::flow::paths::Path;
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
                    .map(|(at, name)| (crate::flow::paths::hash(name), NameId::of(at)))
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
