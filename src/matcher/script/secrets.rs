//! What counts as a secret in a shell text, what as text of the model, and which address is this machine.

use super::call::Call;
use crate::lower::shell::{Pipeline, Script, Word};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Files whose content is a secret.
pub(super) fn names_secret_file(text: &str) -> bool {
    static FILES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i-u)(?:^|[/@=~'\x22 ])(?:\.ssh|\.aws|\.gnupg|\.kube|\.azure|\.docker/config\.json|\.config/(?:gh|gcloud|op))(?:$|[/'\x22 ])",
            r"|(?:^|[/@=<'\x22 ])(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|credentials\.json|\.credentials\.json)(?:$|[;,'\x22 ])",
            r"|(?:^|[/@=<'\x22 ])\.env(?:\.(?:local|production|prod|development|dev|staging))?(?:$|[;,'\x22 ])",
            r"|/etc/shadow|\.claude\.json|\.codex/auth\.json|oauth_creds\.json|mcp-oauth-tokens\.json|\.mcp-auth|Keychains/|Login Data",
        ))
        .ok()
    });
    FILES.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// Variables that are a key of one service, with a part of that service's host name.
const KEYS: &[(&str, &str)] = &[
    ("AWS_SECRET_ACCESS_KEY", "amazonaws.com"),
    ("AWS_ACCESS_KEY_ID", "amazonaws.com"),
    ("AWS_SESSION_TOKEN", "amazonaws.com"),
    ("GITHUB_TOKEN", "github"),
    ("GH_TOKEN", "github"),
    ("GITLAB_TOKEN", "gitlab"),
    ("ANTHROPIC_API_KEY", "anthropic"),
    ("ANTHROPIC_AUTH_TOKEN", "anthropic"),
    ("CLAUDE_CODE_OAUTH_TOKEN", "anthropic"),
    ("OPENAI_API_KEY", "openai"),
    ("GEMINI_API_KEY", "googleapis"),
    ("GOOGLE_API_KEY", "googleapis"),
    ("NPM_TOKEN", "npmjs"),
    ("DATABASE_URL", "localhost"),
];

/// Whether a word carries a secret away when it is sent to `hosts`.
pub(super) fn holds_secret(word: &Word, hosts: &str) -> bool {
    let is_foreign_key = |name: &str| KEYS.iter().any(|(key, host)| *key == name && !hosts.contains(host));
    word.names().into_iter().any(is_foreign_key) || word.scripts().into_iter().any(|script| reads_secret(script, hosts))
}

/// Whether what a script prints is a secret: a private file, or the whole environment.
pub(super) fn reads_secret(script: &Script, hosts: &str) -> bool {
    script.pipelines.iter().any(|pipeline| pipe_reads_secret(pipeline, pipeline.commands.len(), hosts))
}

/// The same for the first `until` commands of a pipeline.
pub(super) fn pipe_reads_secret(pipeline: &Pipeline, until: usize, hosts: &str) -> bool {
    pipeline.commands.iter().take(until).enumerate().any(|(at, command)| {
        let Some(call) = Call::of(command) else {
            return command.redirects.iter().any(|to| to.operator == "<" && names_secret_file(&to.target.text));
        };
        let shows =
            !matches!(call.name.as_str(), "test" | "[" | "[[" | "ls" | "stat" | "wc" | "sha256sum" | "grep" | "cd");
        let prints_all = match call.name.as_str() {
            "env" | "printenv" | "set" => {
                call.arguments.is_empty() || call.arguments.iter().all(|word| word.text == "-0")
            }
            "export" | "declare" => call.arguments.iter().any(|word| matches!(word.text.as_str(), "-p" | "-x" | "-px")),
            _ => false,
        };
        let reads = shows
            && call.arguments.iter().any(|word| names_secret_file(&word.text) || holds_secret(word, hosts))
            || command.redirects.iter().any(|to| {
                to.operator.starts_with('<') && (names_secret_file(&to.target.text) || holds_secret(&to.target, hosts))
            });
        let is_counted = || {
            let mut later = pipeline.commands.iter().take(until).skip(at + 1).filter_map(Call::of);
            later.any(|call| is_digest(&call) || matches!(call.name.as_str(), "grep" | "cut"))
        };
        (prints_all || reads) && !is_counted()
    })
}

/// Programs of whose output nobody learns what came in.
pub(super) fn is_digest(call: &Call<'_>) -> bool {
    matches!(
        call.name.as_str(),
        "wc" | "sha256sum" | "sha1sum" | "shasum" | "md5sum" | "md5" | "cksum" | "true" | "date"
    )
}

/// The variables that hold what the model wrote.
#[derive(Default)]
pub(super) struct Tainted(BTreeSet<String>);

/// Parts of the names by which clients hand over what the model wrote.
const MODEL_NAMES: &[&str] = &[
    "TOOL_INPUT",
    "TOOL_ARGS",
    "TOOL_OUTPUT",
    "TOOL_RESPONSE",
    "TOOL_RESULT",
    "TOOL_FILE_PATH",
    "USER_PROMPT",
    "CLAUDE_FILE_PATH",
    "CURSOR_FILE_PATH",
    "GEMINI_FILE_PATH",
    "TOOL_PARAMS",
    "HOOK_INPUT",
];

impl Tainted {
    pub(super) fn add(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }

    fn holds_name(&self, name: &str) -> bool {
        self.0.contains(name) || MODEL_NAMES.iter().any(|part| name.contains(part))
    }

    /// Whether this shell puts text of the model into the word.
    pub(super) fn holds(&self, word: &Word) -> bool {
        word.names().into_iter().any(|name| self.holds_name(name))
            || word.scripts().into_iter().any(|script| self.prints(script))
    }

    /// Whether a script prints text of the model.
    fn prints(&self, script: &Script) -> bool {
        script.pipelines.iter().any(|pipeline| self.flows(pipeline, pipeline.commands.len()))
    }

    /// Whether text of the model comes out of the first `until` commands of a pipeline. A hook reads it from its input.
    pub(super) fn flows(&self, pipeline: &Pipeline, until: usize) -> bool {
        let mut flows = false;
        for (at, command) in pipeline.commands.iter().take(until).enumerate() {
            let Some(call) = Call::of(command) else { continue };
            if is_digest(&call) {
                flows = false;
                continue;
            }
            let reads_input = at == 0 && !command.redirects.iter().any(|to| to.operator.starts_with('<'));
            let given = call.arguments.iter().any(|word| self.holds(word))
                || command.redirects.iter().any(|to| to.operator.starts_with('<') && self.holds(&to.target));
            match call.name.as_str() {
                "jq" => {
                    let mut operands = call.operands();
                    let filter = operands.next().map_or(".", |word| word.text.as_str());
                    let has_file = operands.next().is_some();
                    flows = (flows || given || reads_input && !has_file) && is_model_part(filter);
                }
                "cat" => flows |= given || reads_input && call.arguments.is_empty(),
                "echo" | "printf" | "sed" | "awk" | "tr" | "cut" | "head" | "tail" | "grep" | "realpath" | "tee" => {
                    flows |= given
                }
                _ => flows = false,
            }
        }
        flows
    }
}

/// Whether a filter of `jq` picks something that the model chose. What is quoted for the shell is harmless.
fn is_model_part(filter: &str) -> bool {
    const PARTS: &[&str] = &[
        "tool_input",
        "tool_response",
        "toolArgs",
        "tool_args",
        "prompt",
        "command",
        "file_path",
        "filePath",
        "content",
        ".args",
        ".params",
    ];
    !filter.contains("@sh")
        && !filter.contains("length")
        && (matches!(filter.trim(), "." | "-r" | ".[]" | "tostring") || PARTS.iter().any(|part| filter.contains(part)))
}

/// Whether all addresses in a text are this machine.
pub(super) fn is_loopback(text: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "host.docker.internal", "unix:"]
        .iter()
        .any(|name| text.contains(name))
}
