//! Configuration formats of MCP clients: where their files are, where the servers stand in them, what fields are called.

use super::super::diagnostic::Problems;
use super::super::table::TableReader;
use crate::document::{Language, original_path};
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
    /// Pointers to server maps, or to lists of servers.
    pub servers: Vec<String>,
    /// Pointers to values that are one server themselves, as in a manifest.
    pub single: Vec<String>,
    /// Elements of a list that have no name, or are nothing but an address, are servers too.
    pub unnamed: bool,
    /// Keys that make an entry a server besides the usual ones.
    pub entry_keys: Vec<String>,
    /// The document root may be the map itself.
    pub bare_map: bool,
    /// Pointers to server maps that count in any file, whatever its path.
    pub servers_anywhere: Vec<String>,
    /// How a secret is written instead of its value, for fix texts; empty if the client has no way.
    pub reference: String,
    /// Where the client keeps what belongs to the person or the machine.
    pub user_files: Vec<UserFile>,
    pub examples: Vec<ClientExample>,
}

/// A configuration outside any project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFile {
    /// `None` on every system.
    pub os: Option<Os>,
    /// `~/…`, `%APPDATA%/…` and the like, or absolute; with `/` and `*`.
    pub pattern: String,
}

/// An operating system, as far as clients keep their files elsewhere on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Os {
    Linux,
    Macos,
    Windows,
}

impl Os {
    const NAMES: &'static [(&'static str, Self)] =
        &[("linux", Self::Linux), ("macos", Self::Macos), ("windows", Self::Windows)];

    /// The system that this program was built for; what is none of the three keeps its files as Linux does.
    pub fn current() -> Self {
        if cfg!(target_os = "macos") {
            Self::Macos
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Linux
        }
    }
}

impl std::str::FromStr for Os {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, os)| *os).ok_or_else(|| format!("`{text}` is none of linux, macos, windows"))
    }
}

/// Folders that Windows names by a variable, below the home directory.
const WINDOWS_FOLDERS: &[(&str, &str)] =
    &[("%APPDATA%", "~/AppData/Roaming"), ("%LOCALAPPDATA%", "~/AppData/Local"), ("%USERPROFILE%", "~")];

impl UserFile {
    /// The pattern with `~` for the home directory in place of the variables of Windows.
    pub fn place(&self) -> String {
        for (variable, folder) in WINDOWS_FOLDERS {
            if let Some(rest) = self.pattern.strip_prefix(variable) {
                return format!("{folder}{rest}");
            }
        }
        self.pattern.clone()
    }

    /// The same file in a repository of dotfiles or a copied home directory.
    fn anywhere(&self) -> String {
        let place = self.place();
        place.strip_prefix("~/").map_or_else(|| place.clone(), |rest| format!("**/{rest}"))
    }
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
        let mut globs = GlobSetBuilder::new();
        for row in table.tables("client", problems) {
            out.read_client(row, &mut globs, problems);
        }
        out.globs = globs.build().unwrap_or_default();
        out
    }

    fn read_client(&mut self, mut row: TableReader<'_>, globs: &mut GlobSetBuilder, problems: &mut Problems) {
        let index = self.clients.len();
        let mut claim = |pattern: &str, role, span, problems: &mut Problems| match glob(pattern) {
            Ok(glob) => {
                globs.add(glob);
                self.owners.push((index, role));
            }
            Err(error) => problems.add(span, error.to_string()),
        };
        for (key, role) in [("files", FileRole::Servers), ("settings", FileRole::Settings)] {
            for pattern in row.strings(key, problems) {
                claim(pattern.value, role, pattern.span, problems);
            }
        }
        let mut user_files = Vec::new();
        for (key, os) in [("user", None)].into_iter().chain(Os::NAMES.iter().map(|(name, os)| (*name, Some(*os)))) {
            for pattern in row.strings(key, problems) {
                let file = UserFile { os, pattern: pattern.value.to_owned() };
                claim(&file.anywhere(), FileRole::Servers, pattern.span, problems);
                user_files.push(file);
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
            single: row.owned_strings("single", problems),
            unnamed: row.bool("unnamed", problems) == Some(true),
            entry_keys: row.owned_strings("entry_keys", problems),
            bare_map: row.bool("bare_map", problems) == Some(true),
            servers_anywhere: row.owned_strings("servers_anywhere", problems),
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
        let owner = |hit: usize| {
            let (client, role) = *self.owners.get(hit)?;
            Some((self.clients.get(client)?, role))
        };
        let hits = match self.globs.matches(place) {
            hits if hits.is_empty() => {
                original_path(place).map(|place| self.globs.matches(&*place)).unwrap_or_default()
            }
            hits => hits,
        };
        let mut found: Vec<_> = hits.into_iter().filter_map(owner).collect();
        found.dedup_by(|b, a| a.0.id == b.0.id && a.1 == b.1);
        found
    }

    /// Whether any client reads a file at `place`.
    pub fn knows(&self, place: &str) -> bool {
        self.globs.is_match(place) || original_path(place).is_some_and(|place| self.globs.is_match(&*place))
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
