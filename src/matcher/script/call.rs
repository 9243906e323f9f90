//! The program that a command really starts: behind assignments, keywords and wrappers such as `sudo` and `env`.

use crate::lower::shell::{Command, Word};

const KEYWORDS: &[&str] =
    &["if", "then", "else", "elif", "do", "while", "until", "{", "}", "!", "time", "exec", "fi", "done"];
const WRAPPERS: &[&str] = &[
    "sudo",
    "doas",
    "env",
    "command",
    "builtin",
    "nohup",
    "nice",
    "setsid",
    "stdbuf",
    "timeout",
    "time",
    "caffeinate",
    "xargs",
    "pkexec",
    "gsudo",
    "setpriv",
    "gosu",
    "su-exec",
    "tini",
    "dumb-init",
];
/// Options of wrappers whose value is a word of its own.
const WITH_VALUE: &[&str] = &["-u", "-g", "-p", "-n", "-P", "-d", "-k", "-s", "-L", "-I", "-S", "-C"];
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "ash", "fish"];
const INTERPRETERS: &[&str] =
    &["python", "node", "nodejs", "deno", "bun", "perl", "ruby", "php", "pwsh", "powershell", "osascript", "lua"];

/// A program with its arguments.
pub(in crate::matcher) struct Call<'a> {
    /// File name of the program, in lower case, without `.exe` and version.
    pub name: String,
    /// The word that names it.
    pub program: &'a Word,
    pub arguments: &'a [Word],
    /// What stands before the program: `exec`, `sudo`, `env`, …
    pub wrappers: Vec<String>,
    /// Who `sudo` and its like are told to become.
    pub user: Option<String>,
    /// Its last arguments come from a pipe (`xargs`).
    pub by_xargs: bool,
    pub command: &'a Command,
}

impl<'a> Call<'a> {
    pub(in crate::matcher) fn of(command: &'a Command) -> Option<Self> {
        let mut words = command.words.as_slice();
        let mut by_xargs = false;
        let mut wrapper: Option<String> = None;
        let mut wrappers = Vec::new();
        let mut user = None;
        // A wrapper with nothing behind it is the program itself: `env`.
        let mut alone = None;
        while let [word, rest @ ..] = words {
            let name = program_name(&word.text);
            let is_option = wrapper.is_some() && word.text.starts_with('-') && word.text.len() > 1;
            if is_option {
                let has_value = WITH_VALUE.contains(&word.text.as_str()) && wrapper.as_deref() != Some("time")
                    || word.text == "-a" && wrapper.as_deref() == Some("exec");
                let skips = usize::from(has_value);
                match word.text.as_str() {
                    "-u" => user = rest.first().map(|word| word.text.clone()),
                    text => user = user.or_else(|| text.strip_prefix("--user=").map(str::to_owned)),
                }
                words = rest.get(skips..).unwrap_or_default();
            } else if wrapper.is_some() && user.is_none() && matches!(wrapper.as_deref(), Some("gosu" | "su-exec")) {
                user = Some(word.text.clone());
                words = rest;
            } else if is_assignment(&word.text)
                || KEYWORDS.contains(&word.text.as_str())
                || wrapper.as_deref() == Some("timeout") && word.text.starts_with(|c: char| c.is_ascii_digit())
            {
                if word.text == "exec" {
                    wrapper = Some(name.clone());
                    wrappers.push(name);
                }
                words = rest;
            } else if WRAPPERS.contains(&name.as_str()) {
                by_xargs |= name == "xargs";
                let known = std::mem::take(&mut wrappers);
                let alone_name = name.clone();
                wrappers = known.clone();
                wrappers.push(name.clone());
                alone = Some(Self {
                    name: alone_name,
                    program: word,
                    arguments: rest,
                    wrappers: known,
                    user: None,
                    by_xargs: false,
                    command,
                });
                wrapper = Some(name);
                words = rest;
            } else {
                return Some(Self { name, program: word, arguments: rest, wrappers, user, by_xargs, command });
            }
        }
        alone
    }

    /// Whether `sudo` and its like are told to become somebody else than root.
    pub(in crate::matcher) fn drops_rights(&self) -> bool {
        self.user.as_deref().is_some_and(|user| !matches!(user, "root" | "0" | "#0"))
    }

    pub(in crate::matcher) fn is_shell(&self) -> bool {
        SHELLS.contains(&self.name.as_str()) || matches!(self.program.text.as_str(), "$SHELL" | "${SHELL}")
    }

    pub(in crate::matcher) fn is_interpreter(&self) -> bool {
        self.is_shell() || INTERPRETERS.contains(&self.name.as_str())
    }

    /// Whether an interpreter has no script of its own and runs what comes in.
    pub(in crate::matcher) fn runs_its_input(&self) -> bool {
        if matches!(self.name.as_str(), "iex" | "invoke-expression") {
            return true;
        }
        let is_script = |word: &Word| !word.text.starts_with('-') && word.text != "/dev/stdin";
        let has_inline = self.inline().is_some() || self.arguments.iter().any(|word| word.text == "-m");
        let reads = |word: &Word| matches!(word.text.as_str(), "-" | "-s" | "/dev/stdin");
        self.is_interpreter()
            && !has_inline
            && (self.arguments.iter().any(reads) || !self.arguments.iter().any(is_script))
    }

    /// The program text in the arguments: `sh -c TEXT`, `python -c TEXT`, `node -e TEXT`.
    pub(in crate::matcher) fn inline(&self) -> Option<&'a Word> {
        if !self.is_interpreter() {
            return None;
        }
        let at = self.arguments.iter().position(|word| match word.text.as_str() {
            "-e" | "-p" | "-r" | "--eval" | "--print" | "eval" => !self.is_shell(),
            "-Command" | "-command" => true,
            text if self.is_shell() => is_shell_command_flag(text),
            text => text == "-c",
        })?;
        self.arguments.get(at + 1)
    }

    /// Arguments that are no options.
    pub(in crate::matcher) fn operands(&self) -> impl Iterator<Item = &'a Word> {
        self.arguments.iter().filter(|word| !word.text.starts_with('-'))
    }
}

/// `-c`, `-lc`, `-euc`.
fn is_shell_command_flag(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|flags| flags.ends_with('c') && flags.bytes().all(|b| b.is_ascii_lowercase()))
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| is_name(name))
}

pub(in crate::matcher) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

pub(in crate::matcher) fn program_name(text: &str) -> String {
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text).to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if INTERPRETERS.contains(&bare) { bare.to_owned() } else { name.to_owned() }
}
