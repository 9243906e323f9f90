//! Configuration formats of MCP clients: where their files are, where the servers stand in them, what fields are called.

use super::super::diagnostic::Problems;
use super::super::table::TableReader;
use crate::document::Language;
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// All formats.
#[derive(Debug, Default)]
pub struct Clients {
    pub clients: Vec<Client>,
    pub fields: FieldNames,
    pub approvals: Vec<ApprovalKey>,
    /// All `files` and `settings` globs, in the order of `owners`.
    globs: GlobSet,
    owners: Vec<(usize, FileRole)>,
}

/// What a file is to its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileRole {
    /// May declare servers.
    Servers,
    /// Holds settings about approval, sandboxing, hooks.
    Settings,
}

#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub name: String,
    pub language: Option<Language>,
    /// Pointers to the server map; the first that holds a server counts.
    pub servers: Vec<String>,
    /// Keys that make an entry a server besides the usual ones.
    pub entry_keys: Vec<String>,
    /// The document root may be the map itself.
    pub bare_map: bool,
    /// Pointers to server maps that count in any file, whatever its path.
    pub servers_anywhere: Vec<String>,
    /// How a secret is written instead of its value, for fix texts; empty if the client has no way.
    pub reference: String,
    pub examples: Vec<ClientExample>,
}

/// A row's self-test: a file of this client.
#[derive(Clone, Debug)]
pub struct ClientExample {
    pub path: String,
    pub content: String,
    /// How many servers are in it; 0 for a near miss.
    pub servers: u64,
}

/// What the fields of a server entry are called, over all clients.
#[derive(Clone, Debug, Default)]
pub struct FieldNames {
    pub command: Vec<String>,
    pub args: Vec<String>,
    pub env: Vec<String>,
    pub url: Vec<String>,
    pub headers: Vec<String>,
    pub cwd: Vec<String>,
    pub env_file: Vec<String>,
    pub transport: Vec<String>,
    /// Secrets by value in a field of their own (`apiKey`, `bearer_token`).
    pub credential: Vec<String>,
}

/// A field of a server entry by which tools run without being asked for.
#[derive(Clone, Debug)]
pub struct ApprovalKey {
    /// Pointer below the server entry; `*` for any tool.
    pub pointer: String,
    /// Values that approve; `*` approves everything, `true` is the boolean. A list of tool names if empty.
    pub values: Vec<String>,
}

impl Client {
    /// Whether it stands for all clients without a row: it reads only what no other claims.
    pub fn is_fallback(&self) -> bool {
        !self.servers_anywhere.is_empty()
    }
}

impl Clients {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut out = Self::default();
        if let Some(mut fields) = table.table("fields", problems) {
            out.fields = FieldNames {
                command: fields.owned_strings("command", problems),
                args: fields.owned_strings("args", problems),
                env: fields.owned_strings("env", problems),
                url: fields.owned_strings("url", problems),
                headers: fields.owned_strings("headers", problems),
                cwd: fields.owned_strings("cwd", problems),
                env_file: fields.owned_strings("env_file", problems),
                transport: fields.owned_strings("transport", problems),
                credential: fields.owned_strings("credential", problems),
            };
            fields.finish(problems);
        }
        for mut row in table.tables("approval", problems) {
            let pointer = row.required_str("pointer", problems).map_or_else(String::new, |text| text.value.to_owned());
            let values = row.owned_strings("values", problems);
            row.finish(problems);
            out.approvals.push(ApprovalKey { pointer, values });
        }
        let mut globs = GlobSetBuilder::new();
        for row in table.tables("client", problems) {
            out.read_client(row, &mut globs, problems);
        }
        out.globs = globs.build().unwrap_or_default();
        out
    }

    fn read_client(&mut self, mut row: TableReader<'_>, globs: &mut GlobSetBuilder, problems: &mut Problems) {
        let index = self.clients.len();
        for (key, role) in [("files", FileRole::Servers), ("settings", FileRole::Settings)] {
            for pattern in row.strings(key, problems) {
                match glob(pattern.value) {
                    Ok(glob) => {
                        globs.add(glob);
                        self.owners.push((index, role));
                    }
                    Err(error) => problems.add(pattern.span, error.to_string()),
                }
            }
        }
        let language = row.str("format", problems).and_then(|text| {
            let language = Language::from_name(text.value).filter(|language| language.is_data());
            if language.is_none() {
                problems.add(text.span, format!("`{}` is no data format", text.value));
            }
            language
        });
        row.required_str("reference_page", problems);
        let text = |key: &'static str, row: &mut TableReader<'_>, problems: &mut Problems| {
            row.str(key, problems).map_or_else(String::new, |text| text.value.to_owned())
        };
        let client = Client {
            id: text("id", &mut row, problems),
            name: text("name", &mut row, problems),
            language,
            servers: row.owned_strings("servers", problems),
            entry_keys: row.owned_strings("entry_keys", problems),
            bare_map: row.bool("bare_map", problems) == Some(true),
            servers_anywhere: row.owned_strings("servers_anywhere", problems),
            reference: text("reference", &mut row, problems),
            examples: read_examples(&mut row, problems),
        };
        row.finish(problems);
        self.clients.push(client);
    }

    pub fn get(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// The clients that read a file at `place`, in the order of the table.
    pub fn at(&self, place: &str) -> Vec<(&Client, FileRole)> {
        let owner = |hit: usize| {
            let (client, role) = *self.owners.get(hit)?;
            Some((self.clients.get(client)?, role))
        };
        let mut found: Vec<_> = self.globs.matches(place).into_iter().filter_map(owner).collect();
        found.dedup_by(|b, a| a.0.id == b.0.id && a.1 == b.1);
        found
    }

    /// Whether any client reads a file at `place`.
    pub fn knows(&self, place: &str) -> bool {
        self.globs.is_match(place)
    }

    /// The names of server maps, as they stand in a file that declares one under them: literals for a prefilter.
    pub fn content_markers(&self) -> Vec<String> {
        let anywhere = self.clients.iter().flat_map(|client| &client.servers_anywhere);
        let mut names: Vec<String> =
            anywhere.filter_map(|pointer| pointer.rsplit('/').next()).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        names
    }
}

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

fn read_examples(row: &mut TableReader<'_>, problems: &mut Problems) -> Vec<ClientExample> {
    let mut out = Vec::new();
    for key in ["example", "near_miss"] {
        let Some(mut table) = row.table(key, problems) else {
            problems.add(row.span(), format!("`{key}` is missing"));
            continue;
        };
        let path = table.required_str("path", problems).map_or("", |text| text.value).to_owned();
        let content = table.required_str("content", problems).map_or("", |text| text.value).to_owned();
        let servers = table.integer("servers", problems).unwrap_or(u64::from(key == "example"));
        table.finish(problems);
        out.push(ClientExample { path, content, servers });
    }
    out
}
