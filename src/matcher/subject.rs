//! One artifact as the matchers see it: everything about it is worked out once, and only when somebody asks.

use super::code::Code;
use super::model_text::Reading;
use super::shell;
use crate::deployment::model_text::{Pieces, instruction_kind, pieces_of_document, pieces_of_handlers};
use crate::deployment::tools::{self, Handler};
use crate::deployment::{self, ClientFile, ClientFiles};
use crate::document::{self, Document, Language};
use crate::intake::Artifact;
use crate::rule::Knowledge;
use std::cell::{Cell, OnceCell};
use std::time::{Duration, Instant};

/// An artifact under examination.
#[derive(Debug)]
pub struct Subject<'a> {
    pub artifact: &'a Artifact,
    /// Decoded text; empty for an artifact without any.
    pub text: &'a str,
    pub language: Language,
    pub knowledge: &'a Knowledge,
    /// Whether the file may be a client's configuration.
    is_candidate: bool,
    document: OnceCell<Document>,
    clients: OnceCell<ClientFiles<'a>>,
    code: OnceCell<Code<'a>>,
    /// Time spent on lowering; for `--timings` only.
    lowering: Cell<Duration>,
    tools: OnceCell<Vec<Handler>>,
    /// Whether the file may hold text for a model.
    has_model_text: bool,
    model_text: OnceCell<Reading>,
    script: OnceCell<shell::Reading>,
}

/// Which literals of the engine's own the text holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Markers {
    /// The name of a server map.
    pub server: bool,
    /// A word that lists of tools have.
    pub list: bool,
    /// A word that source code has which registers a tool.
    pub handler: bool,
}

impl<'a> Subject<'a> {
    pub fn new(artifact: &'a Artifact, language: Language, knowledge: &'a Knowledge, markers: Markers) -> Self {
        let text = artifact.source().map_or("", |source| source.text.as_str());
        let is_candidate = deployment::is_candidate(&artifact.place, language, markers.server, &knowledge.clients);
        let is_marked = markers.list || markers.handler;
        let has_model_text = !text.is_empty() && (is_marked || instruction_kind(&artifact.place).is_some());
        Self {
            artifact,
            text,
            language,
            knowledge,
            is_candidate,
            document: OnceCell::new(),
            clients: OnceCell::new(),
            code: OnceCell::new(),
            lowering: Cell::default(),
            tools: OnceCell::new(),
            has_model_text,
            model_text: OnceCell::new(),
            script: OnceCell::new(),
        }
    }

    /// The parsed file.
    pub fn document(&self) -> &Document {
        self.document.get_or_init(|| document::parse(self.language, self.text))
    }

    /// The lowered file; an empty module for a language that has no lowering.
    pub fn code(&self) -> &Code<'a> {
        self.code.get_or_init(|| {
            let started = Instant::now();
            let code = Code::new(self.language, &self.artifact.place, self.text);
            self.lowering.set(self.lowering.get() + started.elapsed());
            code
        })
    }

    /// Whether somebody asked for the lowered file or script, and a limit ended it early.
    pub fn is_code_cut(&self) -> bool {
        self.code.get().is_some_and(|code| code.module.is_cut) || self.script.get().is_some_and(|script| script.is_cut)
    }

    pub fn lowering(&self) -> Duration {
        self.lowering.get()
    }

    /// Whether somebody asked for the lowered file.
    pub fn is_lowered(&self) -> bool {
        self.code.get().is_some()
    }

    /// The file as a script of a shell.
    pub(super) fn script(&self) -> &shell::Reading {
        self.script.get_or_init(|| shell::Reading::of(self.text))
    }

    /// The parsed file, if somebody needed it.
    pub fn parsed(&self) -> Option<&Document> {
        self.document.get()
    }

    /// What clients read in the file.
    pub fn clients(&self) -> &[ClientFile<'a>] {
        let read = self.clients.get_or_init(|| {
            if !self.is_candidate || self.artifact.source().is_none() {
                return ClientFiles::default();
            }
            deployment::read(&self.artifact.place, self.document(), self.text, self.knowledge)
        });
        &read.files
    }

    /// The tools, resources and prompts that the file registers or lists.
    pub fn tools(&self) -> &[Handler] {
        self.tools.get_or_init(|| match self.language {
            Language::Json | Language::Yaml => self.document().tree.as_ref().map(tools::in_data).unwrap_or_default(),
            _ if !tools::mentions_protocol(self.text) => Vec::new(),
            _ => tools::in_source(&self.code().module),
        })
    }

    /// Whether somebody asked for what clients read, and there was more than is read.
    pub fn is_cut(&self) -> bool {
        self.clients.get().is_some_and(|read| read.cut)
    }

    pub fn is_candidate(&self) -> bool {
        self.is_candidate
    }

    /// What a model reads in the file, normalised.
    pub(super) fn model_text(&self) -> &Reading {
        self.model_text.get_or_init(|| {
            if !self.has_model_text {
                return Reading::default();
            }
            let pieces = match super::code::LANGUAGES.contains(&self.language) {
                true => {
                    let mut pieces = Pieces::default();
                    pieces_of_handlers(self.tools(), &mut pieces);
                    pieces
                }
                false => pieces_of_document(&self.artifact.place, self.document(), self.text),
            };
            Reading::of(pieces, self.text, self.language, self.knowledge.phrases.get())
        })
    }

    pub fn has_model_text(&self) -> bool {
        self.has_model_text
    }

    /// Whether somebody asked for what a model reads, and there was more than is read.
    pub fn is_model_text_cut(&self) -> bool {
        self.model_text.get().is_some_and(|reading| reading.is_cut)
    }
}
