//! What a handler is: a tool, resource or prompt as its server registers it, with everything the model is shown of it.

use super::schema::{Additional, Known, Schema};
use crate::document::{Quote, Text};
use crate::lower::{Block, FunctionId};
use crate::text::Span;

/// One thing that a server lets a client call or read.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    pub kind: HandlerKind,
    /// As far as the file says it. A dispatcher has none.
    pub name: Option<Prose>,
    pub title: Option<Prose>,
    pub description: Option<Prose>,
    pub annotations: Vec<Hint>,
    /// Whether annotations are given at all, also where they cannot be read here.
    pub has_annotations: bool,
    pub parameters: Vec<Parameter>,
    /// What the schema as a whole says of what it takes.
    pub input: Input,
    pub body: Body,
    /// Parameters of the handler's function that hold what the client sent, by index.
    pub tainted: Vec<u32>,
    /// Where it is registered: the decorated function's name, the call, the object.
    pub span: Span,
    /// The whole registration.
    pub whole: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandlerKind {
    Tool,
    Resource,
    /// A resource with parameters in its address.
    ResourceTemplate,
    Prompt,
    Completion,
    /// One function that is called for every tool; the tools stand beside it, each with its arm as far as one is found.
    Dispatcher,
}

impl HandlerKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::ResourceTemplate => "resource-template",
            Self::Prompt => "prompt",
            Self::Completion => "completion",
            Self::Dispatcher => "dispatcher",
        }
    }
}

/// The code that runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// In another file, not found, or there is none: a list of tools in data.
    #[default]
    Elsewhere,
    Function(FunctionId),
    /// The part of a dispatcher that is for this tool.
    Arm {
        function: FunctionId,
        block: Block,
    },
}

impl Body {
    pub fn function(self) -> Option<FunctionId> {
        match self {
            Self::Elsewhere => None,
            Self::Function(function) | Self::Arm { function, .. } => Some(function),
        }
    }
}

/// Where the input of a tool is declared, and what of it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// Nothing is known: it is declared in another file, or in a way that is not understood.
    #[default]
    Unknown,
    /// The parameters are all there are.
    Declared,
    /// The schema lets properties pass that it does not name, and says so.
    Open,
    /// There is no schema, or one without any property, for a tool that reads its input.
    Missing,
}

/// An annotation of a tool: a hint that clients may believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// In the spelling of the protocol: `readOnlyHint`.
    pub name: String,
    pub value: bool,
    pub span: Span,
}

/// One parameter of a tool, or one property of an object inside of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: Prose,
    pub span: Span,
    pub description: Option<Prose>,
    pub is_required: bool,
    /// A text that it is when it is left out.
    pub default: Option<Prose>,
    pub schema: Schema,
}

/// A text that the model is shown, as far as the file holds it, with the places of its pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    /// What the literals mean, one behind the other.
    pub text: String,
    /// Literals, comments and strings of data in the order of the text.
    pub pieces: Vec<Piece>,
    /// Whether the pieces are all of it; a value put in at run time is not one.
    pub is_whole: bool,
}

/// A stretch of the file that is part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Without quotes; a comment with its markers.
    pub span: Span,
    pub spelling: Spelling,
}

/// How the characters of a piece are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// A literal of the file's language, for [`crate::lower::characters`].
    Literal { is_raw: bool },
    /// As it stands: a name, a doc comment.
    Plain,
    /// A string of JSON or YAML.
    Data(Quote),
}

impl Prose {
    /// A name or a comment, as it stands in the text.
    pub fn plain(text: &str, span: Span) -> Self {
        let pieces = vec![Piece { span, spelling: Spelling::Plain }];
        Self { text: text.to_owned(), pieces, is_whole: true }
    }

    pub(super) fn data(text: &Text) -> Self {
        let pieces = vec![Piece { span: text.span, spelling: Spelling::Data(text.quote) }];
        Self { text: text.decoded.clone(), pieces, is_whole: true }
    }

    /// From the first piece to the last, if they stand in that order.
    pub fn span(&self) -> Option<Span> {
        let (first, last) = (self.pieces.first()?.span, self.pieces.last()?.span);
        Some(if last.end >= first.start { Span::new(first.start, last.end) } else { first })
    }
}

/// What a text is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Name,
    Title,
    Description,
    ParameterName,
    ParameterDescription,
    /// A value that the schema names: an enum's, a default.
    Value,
}

impl Handler {
    pub(super) fn new(kind: HandlerKind, span: Span, whole: Span) -> Self {
        Self {
            kind,
            name: None,
            title: None,
            description: None,
            annotations: Vec::new(),
            has_annotations: false,
            parameters: Vec::new(),
            input: Input::Unknown,
            body: Body::Elsewhere,
            tainted: Vec::new(),
            span,
            whole,
        }
    }

    /// Take the schema of its input.
    pub(super) fn declare(&mut self, input: Schema) {
        self.input = match input.known {
            Known::Unknown => Input::Unknown,
            _ if input.additional == Additional::Anything => Input::Open,
            Known::Typed => Input::Declared,
            Known::Undeclared | Known::Anything => Input::Missing,
        };
        self.parameters = input.properties;
    }

    /// The name, or nothing.
    pub fn name(&self) -> &str {
        self.name.as_ref().filter(|name| name.is_whole).map_or("", |name| name.text.as_str())
    }

    /// What an annotation says.
    pub fn hint(&self, name: &str) -> Option<&Hint> {
        self.annotations.iter().find(|hint| hint.name == name)
    }

    /// Every parameter and every property inside of one, with its path.
    pub fn every_parameter(&self) -> Vec<(String, &Parameter)> {
        let mut out: Vec<(String, &Parameter)> = Vec::new();
        let mut open: Vec<(String, &Parameter)> =
            self.parameters.iter().rev().map(|it| (it.name.text.clone(), it)).collect();
        while let Some((path, parameter)) = open.pop() {
            let inner = parameter.schema.innermost();
            let below = |it: &Parameter| format!("{path}.{}", it.name.text);
            open.extend(inner.properties.iter().rev().map(|it| (below(it), it)));
            out.push((path, parameter));
        }
        out
    }

    /// Every text of it that the model is shown.
    pub fn texts(&self) -> Vec<(Role, &Prose)> {
        let own = [(Role::Name, &self.name), (Role::Title, &self.title), (Role::Description, &self.description)];
        let mut out: Vec<_> = own.into_iter().filter_map(|(role, text)| Some((role, text.as_ref()?))).collect();
        for (_, parameter) in self.every_parameter() {
            out.push((Role::ParameterName, &parameter.name));
            out.extend(parameter.description.iter().map(|text| (Role::ParameterDescription, text)));
            let values = parameter.default.iter().chain(&parameter.schema.innermost().choices);
            out.extend(values.map(|text| (Role::Value, text)));
        }
        out
    }
}
