//! What is left of a lowered file for the flow of data: one graph of values for all of its functions, the calls they make,
//! what holds where, and what leaves. It borrows nothing, so that the text and the tree can go.
//!
//! Values are numbered: the same expression over the same values is the same node. A closure's nodes lie in the graph of
//! the functions around it, so that what it captures needs no rule of its own.

use crate::flow::maps::HashMap;
use crate::text::Span;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub u32);

        impl $name {
            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }

            pub(crate) fn of(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }
    )*};
}

ids! {
    /// A value.
    NodeId,
    /// A name or a text.
    NameId,
    CallId,
    /// A function, by the number it has in the lowered module; 0 is the module itself.
    FunId,
    /// A class, by its number in the lowered module.
    TypeId,
    CondId,
    TestId,
}

/// No name: an element of a list, an entry under a computed key, a spread.
pub(crate) const NO_NAME: NameId = NameId(0);

/// A run of a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    pub start: u32,
    pub len: u32,
}

/// A value, as a function of other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Unknown,
    Text(NameId),
    /// A pattern, with its delimiters and flags.
    Regex(NameId),
    /// A number, a truth value, nothing: what no text can hide in.
    Plain,
    Truth(bool),
    Param {
        function: FunId,
        index: u32,
    },
    /// The instance in whose method this stands, or the class in a static one.
    This(TypeId),
    /// A module (without name) or something of it.
    Import {
        module: NameId,
        name: NameId,
    },
    /// A name that the file does not declare.
    Global(NameId),
    /// A variable that several functions write or read, whatever is written to it anywhere.
    Variable(u32),
    /// An attribute of the instances of a class of this file.
    Attribute {
        class: TypeId,
        name: NameId,
    },
    Field {
        base: NodeId,
        name: NameId,
    },
    /// Some element.
    Element(NodeId),
    /// `base` after something was put into it: under a name, or as an element.
    With {
        base: NodeId,
        name: NameId,
        value: NodeId,
    },
    /// Text made of parts in order.
    Concat(Run),
    /// One of several.
    Choice(Run),
    /// Values of a list in order.
    List(Run),
    /// Entries; the names lie beside the values.
    Object(Run),
    /// The elements of a value, inside of a list, or its entries, inside of an object.
    Spread(NodeId),
    /// What a call gives back.
    Call(CallId),
    Function(FunId),
    Class(TypeId),
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub span: Span,
    pub callee: NodeId,
    /// What stands before the last name of the callee.
    pub receiver: Option<NodeId>,
    /// The last name of what is called, as written.
    pub name: NameId,
    /// What one file says of the callee's name; see [`crate::lower::Module::path`].
    pub path: NameId,
    pub args: Run,
    pub function: FunId,
    pub at: u32,
}

/// An argument: keyword and value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arg {
    pub name: NameId,
    pub value: NodeId,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub name: NameId,
    pub span: Span,
    pub class: Option<TypeId>,
    pub params: Vec<Param>,
    pub exits: Vec<Exit>,
    pub decorators: Vec<Decorator>,
    /// The function around it.
    pub parent: FunId,
    /// Its conditions: the first, and the one behind the last.
    pub conds: (u32, u32),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Decorator {
    pub path: NameId,
    /// Its first argument, if that is a text.
    pub first: NameId,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Param {
    /// Empty for a pattern.
    pub name: NameId,
    pub span: Span,
    pub kind: crate::lower::ParamKind,
    /// The declared type, as a value.
    pub annotation: Option<NodeId>,
    /// Its name as a path.
    pub annotation_path: NameId,
}

/// A way out of a function on which it gives a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exit {
    pub at: u32,
    pub value: Option<NodeId>,
    pub span: Span,
    /// If the value is written out as true or false.
    pub truth: Option<bool>,
    /// What is known if the value counts as true, or as false: tests by number.
    pub when_true: Run,
    pub when_false: Run,
}

#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub bases: Vec<NodeId>,
    pub methods: Vec<FunId>,
    /// Declared fields with their types.
    pub fields: Vec<(NameId, Option<NodeId>)>,
}

/// A test that a value passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Atom {
    pub subject: NodeId,
    pub test: Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// It counts as true.
    Truthy,
    /// It counts as false, or is not there.
    Falsy,
    Equals(NodeId),
    Differs(NodeId),
    /// It is an element of a set, a key of a map, a part of a text.
    In(NodeId),
    NotIn(NodeId),
    /// Another value is, or is not, in it.
    Holds(NodeId),
    Lacks(NodeId),
    /// The result of a call that it takes part in counts as true, or as false.
    Told {
        call: CallId,
        on: Operand,
        holds: bool,
    },
    /// A call that it takes part in came back.
    Returned {
        call: CallId,
        on: Operand,
    },
    /// A number or a truth value, as its type says.
    IsPlain,
    /// One of two holds of it.
    Either(TestId, TestId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operand {
    Receiver,
    Arg(u32),
}

/// An atom, in force between two moments of the walk through the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cond {
    pub atom: Atom,
    pub from: u32,
    pub to: u32,
}

/// A value that was written to a variable or an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    pub value: NodeId,
    pub at: u32,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Export {
    Value(NodeId),
    From { module: NameId, name: Option<NameId> },
}

/// One file.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub nodes: Vec<Node>,
    /// Start and end: half the size of spans.
    spans: Vec<[u32; 2]>,
    pub pool: Vec<NodeId>,
    /// Names beside `pool`, for entries of objects.
    pub keys: HashMap<u32, Vec<NameId>>,
    pub names: Vec<Box<str>>,
    pub calls: Vec<Call>,
    pub args: Vec<Arg>,
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub conds: Vec<Cond>,
    pub tests: Vec<Atom>,
    /// By subject; indexes of `conds`.
    pub conds_of: HashMap<NodeId, Vec<CondId>>,
    pub stores: HashMap<u32, Vec<Store>>,
    pub attributes: HashMap<(TypeId, NameId), Vec<Store>>,
    pub exports: Vec<(NameId, Export)>,
    /// Values of the names of the module, for languages that export all of them.
    pub globals: HashMap<NameId, NodeId>,
    /// Schemas by the value that they were read from: a model class, a zod object.
    pub schemas: HashMap<NodeId, crate::deployment::tools::Schema>,
    /// A limit ended the walk through the file.
    pub is_cut: bool,
    pub names_by_text: HashMap<Box<str>, NameId>,
    numbered: HashMap<Node, NodeId>,
    lists: HashMap<Vec<NodeId>, Run>,
}

impl Graph {
    pub(crate) fn new() -> Self {
        let mut out = Self::default();
        out.name("");
        out.node(Node::Unknown, Span::at(0));
        out
    }

    pub(crate) fn name(&mut self, text: &str) -> NameId {
        if let Some(id) = self.names_by_text.get(text) {
            return *id;
        }
        let id = NameId::of(self.names.len());
        self.names.push(text.into());
        self.names_by_text.insert(text.into(), id);
        id
    }

    pub(crate) fn named(&self, text: &str) -> Option<NameId> {
        self.names_by_text.get(text).copied()
    }

    pub(crate) fn text(&self, id: NameId) -> &str {
        self.names.get(id.index()).map_or("", |name| name)
    }

    /// The number of a value; the same for the same value.
    pub(crate) fn node(&mut self, node: Node, span: Span) -> NodeId {
        if let Some(id) = self.numbered.get(&node) {
            return *id;
        }
        let id = NodeId::of(self.nodes.len());
        self.nodes.push(node);
        self.spans.push([span.start, span.end].map(|at| u32::try_from(at).unwrap_or(u32::MAX)));
        self.numbered.insert(node, id);
        id
    }

    pub(crate) fn known(&self, node: Node) -> Option<NodeId> {
        self.numbered.get(&node).copied()
    }

    pub(crate) fn run(&mut self, list: Vec<NodeId>) -> Run {
        if let Some(run) = self.lists.get(&list) {
            return *run;
        }
        let run = Run { start: NodeId::of(self.pool.len()).0, len: NodeId::of(list.len()).0 };
        self.pool.extend(&list);
        self.lists.insert(list, run);
        run
    }

    /// A run of its own, with names beside it.
    pub(crate) fn entries(&mut self, list: &[(NameId, NodeId)]) -> Run {
        let run = Run { start: NodeId::of(self.pool.len()).0, len: NodeId::of(list.len()).0 };
        self.pool.extend(list.iter().map(|(_, value)| *value));
        self.keys.insert(run.start, list.iter().map(|(name, _)| *name).collect());
        run
    }

    pub(crate) fn get(&self, id: NodeId) -> Node {
        self.nodes.get(id.index()).copied().unwrap_or(Node::Unknown)
    }

    pub(crate) fn span(&self, id: NodeId) -> Span {
        self.spans.get(id.index()).map_or(Span::at(0), |[start, end]| Span::new(*start as usize, *end as usize))
    }

    pub(crate) fn list(&self, run: Run) -> &[NodeId] {
        let start = run.start as usize;
        self.pool.get(start..start + run.len as usize).unwrap_or_default()
    }

    pub(crate) fn pairs(&self, run: Run) -> impl Iterator<Item = (NameId, NodeId)> {
        let names = self.keys.get(&run.start).map_or(&[][..], Vec::as_slice);
        names.iter().copied().zip(self.list(run).iter().copied())
    }

    pub(crate) fn call(&self, id: CallId) -> Option<&Call> {
        self.calls.get(id.index())
    }

    pub(crate) fn args_of(&self, call: &Call) -> &[Arg] {
        let start = call.args.start as usize;
        self.args.get(start..start + call.args.len as usize).unwrap_or_default()
    }

    pub(crate) fn function(&self, id: FunId) -> Option<&Function> {
        self.functions.get(id.index())
    }

    pub(crate) fn class(&self, id: TypeId) -> Option<&Class> {
        self.classes.get(id.index())
    }

    pub(crate) fn tests(&self, run: Run) -> &[Atom] {
        let start = run.start as usize;
        self.tests.get(start..start + run.len as usize).unwrap_or_default()
    }

    /// The value behind a text, if it is one.
    pub(crate) fn constant(&self, id: NodeId) -> Option<&str> {
        match self.get(id) {
            Node::Text(name) => Some(self.text(name)),
            _ => None,
        }
    }

    /// Drop what only the building needed, and sort what holds by what it is about.
    pub(crate) fn finish(&mut self) {
        self.lists = HashMap::default();
        for (at, cond) in self.conds.iter().enumerate() {
            self.conds_of.entry(cond.atom.subject).or_default().push(CondId::of(at));
        }
        // The search asks for values of these forms only.
        self.numbered.retain(|node, _| {
            matches!(node, Node::Param { .. } | Node::Field { .. } | Node::Element(_) | Node::Class(_))
        });
        self.numbered.shrink_to_fit();
        self.names_by_text.shrink_to_fit();
        self.names.shrink_to_fit();
        self.calls.shrink_to_fit();
        self.args.shrink_to_fit();
        self.tests.shrink_to_fit();
        self.functions.shrink_to_fit();
        self.conds.shrink_to_fit();
        self.nodes.shrink_to_fit();
        self.spans.shrink_to_fit();
        self.pool.shrink_to_fit();
    }
}
