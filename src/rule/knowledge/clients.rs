//! Configuration formats of MCP clients: where their files are, where the servers stand in them, what fields are called.

use super::super::diagnostic::Problems;
use super::super::table::TableReader;
use super::place::{Os, Pattern, Places, UserFile};
use crate::document::{Language, original_path};

/// All formats.
#[derive(Debug, Default)]
pub struct Clients {
    pub clients: Vec<Client>,
    pub fields: FieldNames,
    pub approvals: Vec<ApprovalKey>,
    /// Which client reads a file, and what it is to it.
    places: Places<(usize, FileRole)>,
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
    /// Pointers to server maps, or to lists of servers.
    pub servers: Vec<String>,
    /// Pointers to values that are one server themselves, as in a manifest.
    pub single: Vec<String>,
    /// Elements of a list that have no name, or are nothing but an address, are servers too.
    pub unnamed: bool,
    /// Keys that make an entry a server besides the usual ones.
    pub entry_keys: Vec<String>,
    /// The document root may be the map itself, if none of `servers` is there.
    pub bare_map: bool,
    /// Its files say how a server is started by whoever installs it; no client starts anything from them as they lie.
    pub is_manifest: bool,
    /// What tells its files from others of that name; one of these holds. Nothing if the name is enough.
    pub requires: Vec<Requirement>,
    /// Pointers to server maps that count in any file, whatever its path.
    pub servers_anywhere: Vec<String>,
    /// Parts of the `$schema` by which a file anywhere says that it holds this client's settings.
    pub schemas: Vec<String>,
    /// How a secret is written instead of its value, for fix texts; empty if the client has no way.
    pub reference: String,
    /// Where the client keeps what belongs to the person or the machine.
    pub user_files: Vec<UserFile>,
    pub examples: Vec<ClientExample>,
}

/// Something that stands in a client's file and not in another of the same name.
#[derive(Clone, Debug)]
pub struct Requirement {
    pub pointer: String,
    /// Part of the text at the pointer; anything may stand there if empty.
    pub contains: String,
}

/// A row's self-test: a file of this client.
#[derive(Clone, Debug)]
pub struct ClientExample {
    pub path: String,
    pub content: String,
    /// What is read in it, one line a server: its name and what it starts or reaches. Nothing for a near miss.
    pub reads: Vec<String>,
}

/// What the fields of a server entry are called, over all clients: a key, or a pointer below the entry.
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
    /// A container image that is run.
    pub image: Vec<String>,
    /// Ecosystem, name and version of a package that the client's own runner fetches.
    pub package_kind: Vec<String>,
    pub package_name: Vec<String>,
    pub package_version: Vec<String>,
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
                image: fields.owned_strings("image", problems),
                package_kind: fields.owned_strings("package_kind", problems),
                package_name: fields.owned_strings("package_name", problems),
                package_version: fields.owned_strings("package_version", problems),
            };
            fields.finish(problems);
        }
        for mut row in table.tables("approval", problems) {
            let pointer = row.required_str("pointer", problems).map_or_else(String::new, |text| text.value.to_owned());
            let values = row.owned_strings("values", problems);
            row.finish(problems);
            out.approvals.push(ApprovalKey { pointer, values });
        }
        for row in table.tables("client", problems) {
            out.read_client(row, problems);
        }
        out
    }

    fn read_client(&mut self, mut row: TableReader<'_>, problems: &mut Problems) {
        let index = self.clients.len();
        let mut patterns: Vec<(Pattern, FileRole)> = Vec::new();
        for (key, role) in [("files", FileRole::Servers), ("settings", FileRole::Settings)] {
            for text in row.strings(key, problems) {
                match text.value.parse() {
                    Ok(pattern) => patterns.push((pattern, role)),
                    Err(error) => problems.add(text.span, error),
                }
            }
        }
        let mut user_files = Vec::new();
        for (key, os) in [("user", None)].into_iter().chain(Os::NAMES.iter().map(|(name, os)| (*name, Some(*os)))) {
            for text in row.strings(key, problems) {
                let file = UserFile { os, pattern: text.value.to_owned() };
                match file.anywhere().parse::<Pattern>() {
                    // What the patterns above say already is not said twice.
                    Ok(_) if patterns.iter().any(|(pattern, _)| pattern.matches(&file.place())) => {}
                    Ok(pattern) => patterns.push((pattern, FileRole::Servers)),
                    Err(error) => problems.add(text.span, error),
                }
                user_files.push(file);
            }
        }
        for (pattern, role) in patterns {
            self.places.add(pattern, (index, role));
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
            single: row.owned_strings("single", problems),
            unnamed: row.bool("unnamed", problems) == Some(true),
            entry_keys: row.owned_strings("entry_keys", problems),
            bare_map: row.bool("bare_map", problems) == Some(true),
            is_manifest: row.bool("manifest", problems) == Some(true),
            requires: read_requirements(&mut row, problems),
            servers_anywhere: row.owned_strings("servers_anywhere", problems),
            schemas: row.owned_strings("schema", problems),
            reference: text("reference", &mut row, problems),
            user_files,
            examples: read_examples(&mut row, problems),
        };
        row.finish(problems);
        self.clients.push(client);
    }

    pub fn get(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// The clients that read a file at `place`, in the order of the table. A copy is read as what it is a copy of.
    pub fn at(&self, place: &str) -> Vec<(&Client, FileRole)> {
        let mut owners = self.places.at(place);
        if owners.is_empty() {
            owners = original_path(place).map(|place| self.places.at(&place)).unwrap_or_default();
        }
        owners.into_iter().filter_map(|(client, role)| Some((self.clients.get(client)?, role))).collect()
    }

    /// Whether any client reads a file at `place`.
    pub fn knows(&self, place: &str) -> bool {
        self.places.has(place) || original_path(place).is_some_and(|place| self.places.has(&place))
    }

    /// The names of server maps and schemas, as they stand in a file that is known by them: literals for a prefilter.
    pub fn content_markers(&self) -> Vec<String> {
        let anywhere = self.clients.iter().flat_map(|client| &client.servers_anywhere);
        let schemas = self.clients.iter().flat_map(|client| &client.schemas).map(String::as_str);
        let mut names: Vec<String> =
            anywhere.filter_map(|pointer| pointer.rsplit('/').next()).chain(schemas).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        names
    }
}

fn read_requirements(row: &mut TableReader<'_>, problems: &mut Problems) -> Vec<Requirement> {
    let mut out = Vec::new();
    for mut table in row.tables("requires", problems) {
        let pointer = table.required_str("pointer", problems).map_or("", |text| text.value).to_owned();
        let contains = table.str("contains", problems).map_or("", |text| text.value).to_owned();
        table.finish(problems);
        out.push(Requirement { pointer, contains });
    }
    out
}

fn read_examples(row: &mut TableReader<'_>, problems: &mut Problems) -> Vec<ClientExample> {
    let mut out = Vec::new();
    for key in ["example", "near_miss"] {
        if !row.has(key) {
            problems.add(row.span(), format!("`{key}` is missing"));
        }
        for mut table in row.tables(key, problems) {
            let path = table.required_str("path", problems).map_or("", |text| text.value).to_owned();
            let content = table.required_str("content", problems).map_or("", |text| text.value).to_owned();
            let reads = table.owned_strings("reads", problems);
            if reads.is_empty() == (key == "example") {
                problems.add(table.span(), "an example says what it `reads`, a near miss reads nothing");
            }
            table.finish(problems);
            out.push(ClientExample { path, content, reads });
        }
    }
    out
}
