//! What rules share, as tables in `rules/knowledge/*.toml`: token formats, client formats, package runners, kinds of
//! values, services. Every row carries an `example` and a `near_miss`, and a test runs them.

mod clients;
mod flows;
mod launchers;
mod phrases;
mod place;
mod services;
mod tokens;
mod values;

pub use clients::{ApprovalKey, Client, ClientExample, Clients, FieldNames, FileRole, Requirement};
pub use flows::{
    CallPatterns, FlowExample, FlowTable, Flows, Form, GuardRow, GuardWhen, Is, Kinds, Place, PropagatorRow,
    SanitizerRow, SinkRow, SourceRow, When,
};
pub use launchers::{LaunchExample, Launchers, PackageRunner, RunnerKind, ShellProgram, Wrapper};
pub use phrases::{Phrase, PhraseExample, PhraseSet, PhraseTable, Phrases};
pub use place::{Os, UserFile};
pub use services::{ServiceExample, ServiceFlag, ServiceKey, Services};
pub use tokens::{Generated, TokenFormat, TokenMatch, Tokens};
pub use values::{ValueExample, ValueKind, Values};

use super::diagnostic::{Diagnostic, Problems};
use super::table::{TableReader, parse_toml};
use std::sync::Arc;
use std::thread::Builder;

/// All tables.
#[derive(Debug)]
pub struct Knowledge {
    pub tokens: Tokens,
    pub clients: Clients,
    pub launchers: Launchers,
    pub values: Values,
    pub services: Services,
    /// Read when the first text for a model comes.
    pub phrases: Phrases,
    /// Read when the first package is searched for flows.
    pub flows: Flows,
}

impl Knowledge {
    /// The tables that ship with the program.
    ///
    /// # Errors
    /// The mistakes in them; a test keeps them free of any.
    pub fn embedded() -> Result<Self, Vec<Diagnostic>> {
        Self::read_all(true)
    }

    /// Read the tables without trusting any expression in them; for a test.
    ///
    /// # Errors
    /// The mistakes in them.
    pub fn check_expressions() -> Result<(), Vec<Diagnostic>> {
        Self::read_all(false).map(|_| ())
    }

    fn read_all(trust: bool) -> Result<Self, Vec<Diagnostic>> {
        // The table of tokens is as long as the others together, and a small scan waits for both.
        let (tokens, (clients, launchers, values, services)) = std::thread::scope(|scope| {
            let tokens = || read("secrets.toml", trust, Tokens::read);
            let thread = Builder::new().spawn_scoped(scope, tokens).ok();
            let others = (
                read("clients.toml", trust, Clients::read),
                read("launchers.toml", trust, Launchers::read),
                read("values.toml", trust, Values::read),
                read("services.toml", trust, Services::read),
            );
            (thread.and_then(|thread| thread.join().ok()).unwrap_or_else(tokens), others)
        });
        let mut diagnostics = Vec::new();
        let knowledge = Self {
            tokens: tokens.into(&mut diagnostics),
            clients: clients.into(&mut diagnostics),
            launchers: launchers.into(&mut diagnostics),
            values: values.into(&mut diagnostics),
            services: services.into(&mut diagnostics),
            phrases: Phrases::default(),
            flows: Flows::default(),
        };
        if !trust {
            for table in ["python.toml", "javascript.toml"] {
                read(table, trust, FlowTable::read).into(&mut diagnostics);
            }
            read("phrases.toml", trust, PhraseTable::read).into(&mut diagnostics);
        }
        if diagnostics.is_empty() { Ok(knowledge) } else { Err(diagnostics) }
    }
}

/// A table with the mistakes in it.
struct Read<T> {
    table: T,
    mistakes: Vec<Diagnostic>,
}

impl<T> Read<T> {
    fn into(self, diagnostics: &mut Vec<Diagnostic>) -> T {
        diagnostics.extend(self.mistakes);
        self.table
    }
}

fn read<T: Default>(name: &str, trust: bool, reader: fn(&mut TableReader<'_>, &mut Problems) -> T) -> Read<T> {
    let Some((path, source)) = super::catalogue::embedded_knowledge().find(|(path, _)| path.ends_with(name)) else {
        let mut problems = Problems::default();
        problems.add_unplaced("the table is missing from the build");
        return Read { table: T::default(), mistakes: problems.in_file(name, &Arc::from("")) };
    };
    let mut problems = Problems::of_page(trust);
    let tree = parse_toml(source, 0, &mut problems);
    let table = tree.roots().first().map(|root| TableReader::new(&tree, *root, 0));
    let value = table.map(|mut table| {
        let value = reader(&mut table, &mut problems);
        table.finish(&mut problems);
        value
    });
    Read { table: value.unwrap_or_default(), mistakes: problems.in_file(path, &Arc::from(source)) }
}
