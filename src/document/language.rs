//! Which language a file is in, by its path alone.

/// The formats and languages that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// JSON, JSONC and JSON5-ish settings files: comments and trailing commas are accepted.
    Json,
    Yaml,
    Toml,
    Dotenv,
    /// INI and systemd units.
    Ini,
    Markdown,
    Shell,
    Dockerfile,
    PowerShell,
    Batch,
    Python,
    /// JavaScript and TypeScript with all their extensions.
    JavaScript,
    Go,
    Rust,
    Html,
    /// Anything else that is text.
    Plain,
}

impl Language {
    /// Every language with its name in rule pages.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Json, "json"),
        (Self::Yaml, "yaml"),
        (Self::Toml, "toml"),
        (Self::Dotenv, "dotenv"),
        (Self::Ini, "ini"),
        (Self::Markdown, "markdown"),
        (Self::Shell, "shell"),
        (Self::Dockerfile, "dockerfile"),
        (Self::PowerShell, "powershell"),
        (Self::Batch, "batch"),
        (Self::Python, "python"),
        (Self::JavaScript, "javascript"),
        (Self::Go, "go"),
        (Self::Rust, "rust"),
        (Self::Html, "html"),
        (Self::Plain, "plain"),
    ];

    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(language, _)| *language == self).map_or("plain", |(_, name)| name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(language, _)| *language)
    }

    /// The language of a file at `path` (separated by `/`), and of a file without extension that begins with `head`.
    /// A copy (`.mcp.json.bak`) is in the language of what it is a copy of.
    pub fn detect(path: &str, head: &str) -> Self {
        match Self::detect_by_name(path, head) {
            Self::Plain => original_path(path).map_or(Self::Plain, |path| Self::detect_by_name(&path, head)),
            language => language,
        }
    }

    fn detect_by_name(path: &str, head: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        if lower == "dockerfile"
            || lower == "containerfile"
            || lower.starts_with("dockerfile.")
            || lower.ends_with(".dockerfile")
        {
            return Self::Dockerfile;
        }
        if lower == ".env" || lower.starts_with(".env.") || lower.ends_with(".env") || lower == ".envrc" {
            return Self::Dotenv;
        }
        if lower.ends_with(".kiro.hook") {
            return Self::Json;
        }
        if matches!(lower.as_str(), ".bashrc" | ".bash_profile" | ".profile" | ".zshrc" | ".zprofile" | ".zshenv") {
            return Self::Shell;
        }
        match lower.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "json" | "jsonc" | "json5" | "code-workspace" | "ipynb" | "webmanifest" => Self::Json,
            "hook" if lower.ends_with(".kiro.hook") => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "toml" => Self::Toml,
            "ini" | "cfg" | "service" | "socket" | "timer" | "conf" => Self::Ini,
            "md" | "markdown" | "mdx" | "mdc" => Self::Markdown,
            "sh" | "bash" | "zsh" | "ksh" | "command" => Self::Shell,
            "ps1" | "psm1" => Self::PowerShell,
            "bat" | "cmd" => Self::Batch,
            "py" | "pyi" | "pyw" => Self::Python,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Self::JavaScript,
            "go" => Self::Go,
            "rs" => Self::Rust,
            "html" | "htm" | "xml" | "svg" | "plist" => Self::Html,
            _ => Self::detect_by_head(head),
        }
    }

    fn detect_by_head(head: &str) -> Self {
        let head = head.strip_prefix('\u{feff}').unwrap_or(head);
        let Some(interpreter) = head.strip_prefix("#!").and_then(|rest| rest.lines().next()) else {
            return Self::Plain;
        };
        let program = |name: &str| {
            interpreter.split(['/', ' ', '\t']).any(|word| word.trim_end_matches(char::is_numeric) == name)
        };
        if ["sh", "bash", "zsh", "dash", "ksh"].iter().any(|shell| program(shell)) {
            Self::Shell
        } else if program("python") || interpreter.contains("python3") {
            Self::Python
        } else if ["node", "bun", "deno", "tsx"].iter().any(|runtime| program(runtime)) {
            Self::JavaScript
        } else {
            Self::Plain
        }
    }

    /// Formats that hold a tree of values.
    pub fn is_data(self) -> bool {
        matches!(self, Self::Json | Self::Yaml | Self::Toml | Self::Dotenv | Self::Ini)
    }
}

/// What a copy is called behind the name of its original.
const COPY_ENDINGS: &[&str] = &[
    "bak", "backup", "old", "orig", "save", "copy", "disabled", "off", "example", "sample", "template", "tmpl", "tpl",
    "dist", "default", "local", "dev", "prod",
];

/// The path of the file that a backup, template or variant is a copy of: `.mcp.json.bak`, `mcp.example.json`,
/// `mcp-sample.json`, `settings.json~`. `None` for a name that says nothing of the kind.
pub fn original_path(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let is_copy = |word: &str| COPY_ENDINGS.iter().any(|ending| word.eq_ignore_ascii_case(ending));
    let original = if let Some(stem) = name.strip_suffix('~') {
        stem.to_owned()
    } else {
        let (stem, extension) = name.rsplit_once('.')?;
        if is_copy(extension) {
            stem.to_owned()
        } else {
            let (rest, _) = stem.rsplit_once(['.', '-', '_']).filter(|(_, word)| is_copy(word))?;
            format!("{rest}.{extension}")
        }
    };
    let stem = original.trim_start_matches('.');
    (!stem.is_empty()).then(|| if folder.is_empty() { original } else { format!("{folder}/{original}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_shebangs_tell_the_language() {
        for (path, head, expected) in [
            ("a/.mcp.json", "", Language::Json),
            ("x/mcp.code-workspace", "", Language::Json),
            (".kiro/hooks/format.kiro.hook", "", Language::Json),
            (".env.local", "", Language::Dotenv),
            ("Dockerfile", "", Language::Dockerfile),
            ("bin/run", "#!/usr/bin/env bash\n", Language::Shell),
            ("bin/run", "#!/usr/bin/python3.11\n", Language::Python),
            ("LICENSE", "MIT", Language::Plain),
        ] {
            assert_eq!(Language::detect(path, head), expected, "{path}");
        }
    }

    #[test]
    fn a_copy_is_read_as_its_original() {
        let check = |path, expected: Option<&str>| assert_eq!(original_path(path).as_deref(), expected, "{path}");
        check("a/.mcp.json.bak", Some("a/.mcp.json"));
        check(".cursor/mcp.example.json", Some(".cursor/mcp.json"));
        check("claude_desktop_config-sample.json", Some("claude_desktop_config.json"));
        check("settings.json~", Some("settings.json"));
        check("mcp.json", None);
        check(".bak", None);
        check("sample.json", None);
        assert_eq!(Language::detect(".mcp.json.old", ""), Language::Json);
        assert_eq!(Language::detect("notes.txt.bak", ""), Language::Plain);
    }
}
