//! What rules share, as tables in `rules/knowledge/*.toml`: token formats, client formats, package runners, kinds of
//! values, services. Every row carries an `example` and a `near_miss`, and a test runs them.

mod clients;
mod launchers;
mod place;
mod services;
mod tokens;
mod values;

pub use clients::{ApprovalKey, Client, ClientExample, Clients, FieldNames, FileRole, Requirement};
pub use launchers::{LaunchExample, Launchers, PackageRunner, RunnerKind, ShellProgram, Wrapper};
pub use place::{Os, UserFile};
pub use services::{ServiceExample, ServiceFlag, ServiceKey, Services};
pub use tokens::{Generated, TokenFormat, TokenMatch, Tokens};
pub use values::{ValueExample, ValueKind, Values};

use super::diagnostic::{Diagnostic, Problems};
use super::table::{TableReader, parse_toml};
use std::sync::Arc;

/// All tables.
#[derive(Debug)]
pub struct Knowledge {
    pub tokens: Tokens,
    pub clients: Clients,
    pub launchers: Launchers,
    pub values: Values,
    pub services: Services,
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
        let mut diagnostics = Vec::new();
        let knowledge = Self {
            tokens: read("secrets.toml", trust, &mut diagnostics, Tokens::read),
            clients: read("clients.toml", trust, &mut diagnostics, Clients::read),
            launchers: read("launchers.toml", trust, &mut diagnostics, Launchers::read),
            values: read("values.toml", trust, &mut diagnostics, Values::read),
            services: read("services.toml", trust, &mut diagnostics, Services::read),
        };
        if diagnostics.is_empty() { Ok(knowledge) } else { Err(diagnostics) }
    }
}

fn read<T: Default>(
    name: &str,
    trust: bool,
    diagnostics: &mut Vec<Diagnostic>,
    reader: fn(&mut TableReader<'_>, &mut Problems) -> T,
) -> T {
    let Some((path, source)) = super::catalogue::embedded_knowledge().find(|(path, _)| path.ends_with(name)) else {
        let source = Arc::from("");
        let mut problems = Problems::default();
        problems.add_unplaced("the table is missing from the build");
        diagnostics.extend(problems.in_file(name, &source));
        return T::default();
    };
    let mut problems = Problems::of_page(trust);
    let tree = parse_toml(source, 0, &mut problems);
    let table = tree.roots().first().map(|root| TableReader::new(&tree, *root, 0));
    let value = table.map(|mut table| {
        let value = reader(&mut table, &mut problems);
        table.finish(&mut problems);
        value
    });
    diagnostics.extend(problems.in_file(path, &Arc::from(source)));
    value.unwrap_or_default()
}
