//! Commands to effects.

use super::Effect;
use super::call::{Call, is_name, program_name};
use crate::lower::shell::{Command, Pipeline, Script, Word};

use super::secrets::{Tainted, holds_secret, is_loopback, names_secret_file, pipe_reads_secret};
use std::collections::BTreeSet;

/// Shell texts inside of shell texts.
const MAX_NESTING: usize = 6;
const DOWNLOADERS: &[&str] = &["curl", "wget", "iwr", "irm", "invoke-webrequest", "invoke-restmethod"];

/// All effects, strongest first.
pub(super) fn of(script: &Script) -> Vec<Effect> {
    let mut judge = Judge::default();
    // Names that are filled late in a loop are used early in it.
    for _ in 0..2 {
        judge.script(script, 0);
    }
    if judge.found.contains(&Effect::RunsInput) {
        judge.found.remove(&Effect::SplitsInput);
    }
    judge.found.into_iter().collect()
}

#[derive(Default)]
struct Judge {
    found: BTreeSet<Effect>,
    tainted: Tainted,
    /// Files that something was downloaded to.
    downloaded: Vec<String>,
    /// A checksum or signature is compared somewhere.
    is_verified: bool,
}

impl Judge {
    fn script(&mut self, script: &Script, depth: usize) {
        for pipeline in &script.pipelines {
            for (at, command) in pipeline.commands.iter().enumerate() {
                for inner in command.all_words().flat_map(Word::scripts) {
                    self.script(inner, depth);
                }
                self.assignments(pipeline, at, command);
                self.redirects(command);
                if let Some(call) = Call::of(command) {
                    self.call(pipeline, at, &call, depth);
                }
            }
        }
    }

    fn assignments(&mut self, pipeline: &Pipeline, at: usize, command: &Command) {
        for assignment in &command.assignments {
            if self.tainted.holds(&assignment.value) {
                self.tainted.add(&assignment.name);
            }
        }
        let mut words = command.words.iter();
        match words.next().map(|word| word.text.as_str()) {
            Some("read") if at == 0 && command.redirects.is_empty() || self.tainted.flows(pipeline, at) => {
                words.filter(|word| is_name(&word.text)).for_each(|word| self.tainted.add(&word.text));
            }
            Some("for") => {
                let name = words.next().map_or("", |word| word.text.as_str());
                if is_name(name) && words.any(|word| self.tainted.holds(word)) {
                    self.tainted.add(name);
                }
            }
            _ => {}
        }
    }

    fn redirects(&mut self, command: &Command) {
        for to in &command.redirects {
            if to.target.text.starts_with("/dev/tcp/") || to.target.text.starts_with("/dev/udp/") {
                self.found.insert(Effect::OpensShell);
            }
            if to.operator.starts_with('>') && starts_with_login(&to.target.text) {
                self.found.insert(Effect::PlantsItself);
            }
        }
    }

    fn call(&mut self, pipeline: &Pipeline, at: usize, call: &Call<'_>, depth: usize) {
        self.executes(pipeline, at, call, depth);
        self.downloads(call);
        self.sends(pipeline, at, call);
        self.destroys(pipeline, at, call);
        let is_test = matches!(
            call.name.as_str(),
            "[" | "[["
                | "test"
                | "echo"
                | "printf"
                | "case"
                | "export"
                | "local"
                | "return"
                | "exit"
                | "for"
                | "read"
                | "cd"
                | "jq"
                | "eval"
        );
        if !is_test && call.arguments.iter().any(|word| word.splits() && self.tainted.holds(word)) {
            self.found.insert(Effect::SplitsInput);
        }
    }

    /// Text that becomes commands.
    fn executes(&mut self, pipeline: &Pipeline, at: usize, call: &Call<'_>, depth: usize) {
        let mut code: Vec<&Word> = Vec::new();
        if matches!(call.name.as_str(), "eval" | "iex" | "invoke-expression" | "source" | ".") {
            code.extend(call.arguments);
        }
        let inline = call.inline();
        code.extend(inline);
        for word in &code {
            if !matches!(call.name.as_str(), "source" | ".") && self.tainted.holds(word) {
                self.found.insert(Effect::RunsInput);
            }
            for inner in word.scripts() {
                self.becomes_code(inner);
            }
        }
        if let Some(text) = inline.map(|word| &word.text) {
            self.inline(call, text, depth);
        }
        if call.name == "eval" && depth < MAX_NESTING {
            let text: Vec<&str> = call.arguments.iter().map(|word| word.text.as_str()).collect();
            self.script(&Script::read(&text.join(" ")), depth + 1);
        }
        // PowerShell: `iex (irm …)`.
        if matches!(call.name.as_str(), "iex" | "invoke-expression")
            && call.arguments.iter().any(|word| {
                DOWNLOADERS.contains(&program_name(&word.text).as_str()) || word.text.contains("DownloadString")
            })
        {
            self.found.insert(Effect::RunsDownload);
        }
        if call.runs_its_input() && at > 0 {
            self.reads_code(pipeline, at);
        }
        if call.by_xargs && call.is_shell() && inline.is_some() && self.tainted.flows(pipeline, at) {
            let placed = inline.is_some_and(|word| word.text.contains("{}") || word.text.contains('%'));
            if placed {
                self.found.insert(Effect::RunsInput);
            }
        }
        if call.is_interpreter() || call.name == "source" || call.name == "." {
            let scripts = call.arguments.iter().filter(|word| word.text == "<(…)").flat_map(|word| word.scripts());
            scripts.for_each(|inner| self.becomes_code(inner));
            for redirect in call.command.redirects.iter().filter(|to| to.operator.starts_with('<')) {
                redirect.target.scripts().into_iter().for_each(|inner| self.becomes_code(inner));
                if call.runs_its_input() && self.tainted.holds(&redirect.target) {
                    self.found.insert(Effect::RunsInput);
                }
            }
        }
        let is_encoded = |word: &Word| {
            let flag = word.text.to_ascii_lowercase();
            flag.len() > 3 && "-encodedcommand".starts_with(&flag) || matches!(flag.as_str(), "-e" | "-ec" | "-enc")
        };
        if matches!(call.name.as_str(), "powershell" | "pwsh") && call.arguments.iter().any(is_encoded) {
            self.found.insert(Effect::RunsEncoded);
        }
        self.runs_downloaded_file(call);
    }

    /// The output of a script is run.
    fn becomes_code(&mut self, script: &Script) {
        for pipeline in &script.pipelines {
            self.reads_code(pipeline, pipeline.commands.len());
        }
    }

    /// What comes out of the first `until` commands is run.
    fn reads_code(&mut self, pipeline: &Pipeline, until: usize) {
        let calls: Vec<Call<'_>> = pipeline.commands.iter().take(until).filter_map(Call::of).collect();
        let fetches = |call: &Call<'_>| {
            DOWNLOADERS.contains(&call.name.as_str()) && call.arguments.iter().any(|word| is_address(&word.text))
        };
        // A download that is decoded on the way is a download.
        if calls.iter().any(fetches) {
            self.found.insert(Effect::RunsDownload);
        } else if calls.iter().any(decodes) {
            self.found.insert(Effect::RunsEncoded);
        }
        if self.tainted.flows(pipeline, until) {
            self.found.insert(Effect::RunsInput);
        }
    }

    /// A program text in an argument.
    fn inline(&mut self, call: &Call<'_>, text: &str, depth: usize) {
        if call.is_shell() || matches!(call.name.as_str(), "pwsh" | "powershell") {
            if depth < MAX_NESTING {
                self.script(&Script::read(text), depth + 1);
            }
            return;
        }
        let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        let fetches = has(&[
            "urlopen(",
            "requests.get(",
            "fetch(",
            "https.get(",
            "http.get(",
            "Net::HTTP",
            "file_get_contents('http",
        ]);
        let sends = fetches
            || has(&["requests.post(", "requests.put(", "https.request(", "http.request(", "axios.", "http.client"]);
        let runs = has(&["exec(", "eval(", "new Function(", "os.system("]);
        if runs && has(&["b64decode(", "'base64'", "\"base64\"", "atob(", "fromhex("]) {
            self.found.insert(Effect::RunsEncoded);
        }
        if runs && fetches {
            self.found.insert(Effect::RunsDownload);
        }
        let all = has(&[
            "dict(os.environ)",
            "os.environ.items",
            "str(os.environ)",
            "json.dumps(os.environ",
            "JSON.stringify(process.env)",
        ]);
        if sends && (all || names_secret_file(text)) {
            self.found.insert(Effect::SendsSecrets);
        }
        if joins_input(text) {
            self.found.insert(Effect::RunsInput);
        }
        if has(&["socket.socket("]) && has(&["dup2(", "pty.spawn("]) {
            self.found.insert(Effect::OpensShell);
        }
    }

    /// A download to a file that is run afterwards.
    fn downloads(&mut self, call: &Call<'_>) {
        self.is_verified |= matches!(
            call.name.as_str(),
            "sha256sum" | "shasum" | "sha512sum" | "gpg" | "cosign" | "minisign" | "openssl"
        );
        if !matches!(call.name.as_str(), "curl" | "wget") {
            return;
        }
        let option = if call.name == "curl" { ["-o", "--output"] } else { ["-O", "--output-document"] };
        let mut arguments = call.arguments.iter().map(|word| word.text.as_str());
        while let Some(text) = arguments.next() {
            let is_target = option.contains(&text)
                || text.len() > 2
                    && text.starts_with('-')
                    && !text.starts_with("--")
                    && option.iter().any(|flag| text.ends_with(flag.trim_start_matches('-')));
            if is_target && let Some(path) = arguments.next() {
                self.downloaded.push(path.to_owned());
            }
        }
        let into = call.command.redirects.iter().filter(|to| to.operator.starts_with('>'));
        self.downloaded.extend(into.map(|to| to.target.text.clone()).filter(|path| path != "/dev/null"));
    }

    fn runs_downloaded_file(&mut self, call: &Call<'_>) {
        let is_downloaded = |text: &str| {
            let bare = |text: &str| text.strip_prefix("./").unwrap_or(text).to_owned();
            self.downloaded.iter().any(|path| bare(path) == bare(text))
        };
        let runs = is_downloaded(&call.program.text)
            || (call.is_interpreter() || matches!(call.name.as_str(), "source" | "."))
                && call.operands().next().is_some_and(|word| is_downloaded(&word.text));
        if runs && !self.is_verified {
            self.found.insert(Effect::RunsDownload);
        }
    }

    /// What leaves the machine.
    fn sends(&mut self, pipeline: &Pipeline, at: usize, call: &Call<'_>) {
        let everything: Vec<&str> = call.arguments.iter().map(|word| word.text.as_str()).collect();
        let hosts = everything.join(" ");
        if is_loopback(&hosts) {
            return;
        }
        let piped = pipe_reads_secret(pipeline, at, &hosts)
            || call.command.redirects.iter().any(|to| {
                to.operator.starts_with('<') && (names_secret_file(&to.target.text) || holds_secret(&to.target, &hosts))
            });
        let named = call.arguments.iter().any(|word| names_secret_file(&word.text));
        let held = call.arguments.iter().any(|word| holds_secret(word, &hosts));
        let sends_secret = match call.name.as_str() {
            "curl" | "wget" | "http" | "https" | "xh" => {
                let payload = payload(call);
                let files = payload
                    .iter()
                    .any(|word| is_file(&word.text) && names_secret_file(&word.text) || word.text.ends_with("=@.env"));
                let takes_input = payload.iter().any(|word| matches!(word.text.as_str(), "@-" | "-" | "@/dev/stdin"));
                files || held || takes_input && piped
            }
            "iwr" | "irm" | "invoke-webrequest" | "invoke-restmethod" => named || held,
            "nc" | "ncat" | "netcat" | "socat" | "telnet" => piped || held,
            "scp" | "rsync" | "sftp" | "ftp" => named && hosts.contains(':'),
            "ssh" => piped,
            "nslookup" | "dig" | "host" | "ping" => held,
            "gh" => hosts.contains("gist create") && (named || piped),
            _ => false,
        };
        if sends_secret {
            self.found.insert(Effect::SendsSecrets);
        }
        let opens = match call.name.as_str() {
            "nc" | "ncat" | "netcat" => {
                everything.iter().any(|text| matches!(*text, "-e" | "-c" | "--exec" | "--sh-exec"))
            }
            "socat" => hosts.to_ascii_lowercase().contains("exec:") || hosts.to_ascii_lowercase().contains("system:"),
            _ => false,
        };
        if opens {
            self.found.insert(Effect::OpensShell);
        }
        self.sends_input(pipeline, at, call);
    }

    /// What the agent works on goes to a machine that is named.
    fn sends_input(&mut self, pipeline: &Pipeline, at: usize, call: &Call<'_>) {
        if !matches!(call.name.as_str(), "curl" | "wget") || !call.arguments.iter().any(|word| is_remote(&word.text)) {
            return;
        }
        let comes_in = |word: &&Word| matches!(word.text.as_str(), "@-" | "-" | "@/dev/stdin");
        let payload = payload(call);
        // A hook that is alone at its input passes all of it on.
        let passes = payload.iter().any(comes_in)
            && (at == 0 && call.command.redirects.is_empty() || self.tainted.flows(pipeline, at));
        if passes || payload.iter().any(|word| self.tainted.holds(word)) {
            self.found.insert(Effect::SendsInput);
        }
    }

    fn destroys(&mut self, pipeline: &Pipeline, at: usize, call: &Call<'_>) {
        let is_recursive = |word: &Word| {
            let flags = word.text.as_str();
            flags == "--recursive" || flags.starts_with('-') && !flags.starts_with("--") && flags.contains(['r', 'R'])
        };
        if call.name == "rm"
            && call.arguments.iter().any(is_recursive)
            && call.operands().any(|word| is_root(&word.text))
        {
            self.found.insert(Effect::DeletesHome);
        }
        let plants = match call.name.as_str() {
            "tee" => call.operands().any(|word| starts_with_login(&word.text)),
            "cp" | "mv" | "install" | "ln" => call.operands().last().is_some_and(|word| starts_with_login(&word.text)),
            "crontab" => at > 0 && call.arguments.iter().any(|word| word.text == "-") && !pipeline.commands.is_empty(),
            _ => false,
        };
        if plants {
            self.found.insert(Effect::PlantsItself);
        }
    }
}

/// Whether a program text puts the hook's input into a command line.
fn joins_input(text: &str) -> bool {
    ["execSync(", "os.system(", "os.popen("].iter().any(|name| {
        let Some((_, rest)) = text.split_once(name) else { return false };
        let line: String = rest.chars().take_while(|c| !matches!(c, ';' | '\n')).take(400).collect();
        let is_joined = ["+", "${", "{d", "%"].iter().any(|part| line.contains(part));
        is_joined && ["tool_input", "file_path", "toolArgs"].iter().any(|part| line.contains(part))
    })
}

fn decodes(call: &Call<'_>) -> bool {
    let has = |flags: &[&str]| call.arguments.iter().any(|word| flags.contains(&word.text.as_str()));
    match call.name.as_str() {
        "base64" | "gbase64" | "base32" => has(&["-d", "-D", "--decode", "-di"]),
        "openssl" => has(&["-d"]) && has(&["enc", "base64"]),
        "xxd" => call.arguments.iter().any(|word| word.text.starts_with("-r") || word.text.starts_with("-p")),
        _ => false,
    }
}

/// The words of a request that hold what is sent: bodies, forms, uploads.
fn payload<'a>(call: &Call<'a>) -> Vec<&'a Word> {
    const OPTIONS: &[&str] = &[
        "-d",
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-urlencode",
        "--data-ascii",
        "--json",
        "-F",
        "--form",
        "-T",
        "--upload-file",
        "--post-file",
        "--post-data",
        "--body-data",
        "--body-file",
    ];
    let mut found = Vec::new();
    let mut arguments = call.arguments.iter();
    while let Some(word) = arguments.next() {
        let (name, value) = word.text.split_once('=').unwrap_or((&word.text, ""));
        if name.starts_with("--") && !value.is_empty() && OPTIONS.contains(&name) {
            found.push(word);
        } else if OPTIONS.contains(&word.text.as_str()) || is_bundle(&word.text) {
            found.extend(arguments.next());
        }
    }
    found
}

/// `-sd`, `-sSd`: short options of curl, the last of which takes data.
fn is_bundle(text: &str) -> bool {
    text.len() > 2
        && text.starts_with('-')
        && !text.starts_with("--")
        && text.ends_with(['d', 'F', 'T'])
        && text.chars().skip(1).all(|c| "sSfLkivdFT".contains(c))
}

/// A value that names a file to send.
fn is_file(text: &str) -> bool {
    text.contains('@')
        || text.starts_with("--post-file")
        || text.starts_with("--body-file")
        || text.starts_with(['/', '~', '.', '$'])
}

fn is_address(text: &str) -> bool {
    text.contains("://") || text.starts_with('$') || text.contains('.') && !text.starts_with('-')
}

/// A named host of somebody else.
fn is_remote(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| host.starts_with(|c: char| c.is_ascii_alphanumeric()) && !is_loopback(host))
}

/// A home directory or the root, as a whole.
fn is_root(text: &str) -> bool {
    let text = text.strip_suffix("/*").unwrap_or(text);
    let text = text.strip_suffix('/').unwrap_or(text);
    matches!(text, "" | "~" | "$HOME" | "${HOME}" | "/home" | "/Users" | "/etc" | "$USERPROFILE" | "C:")
}

/// A file from which commands run at every login, or that lets others in.
fn starts_with_login(text: &str) -> bool {
    const NAMES: &[&str] =
        &[".bashrc", ".zshrc", ".profile", ".bash_profile", ".zprofile", ".zshenv", "authorized_keys", "config.fish"];
    let name = text.rsplit('/').next().unwrap_or(text);
    NAMES.contains(&name) && text.contains('/')
        || ["/etc/cron", "/LaunchAgents/", "/.config/autostart/"].iter().any(|part| text.contains(part))
}
