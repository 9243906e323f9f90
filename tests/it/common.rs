//! Runs the binary in a tree of its own, with an environment that says nothing of this machine.
//!
//! Memory is bounded from outside (`ulimit -v`, Linux only) and time by a deadline after which the process is killed.

use mcp_picket::app::Format;
use mcp_picket::rule::{Generated, Knowledge};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_mcp-picket");

/// The rule that the tests about embedded rules use.
pub(crate) const TOKEN_RULE: &str = "provider-token";

/// All there are.
pub(crate) const FORMATS: &[&str] = Format::NAMES;

/// A run that takes longer than this hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a finished process left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) wall: Duration,
}

impl Run {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// Everything that a person may see.
    pub(crate) fn shown(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// A directory to scan, a home and a place beside both; all gone after the test.
#[derive(Debug)]
pub(crate) struct Tree {
    directory: TempDir,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        for part in ["work", "home", "aside"] {
            fs::create_dir(directory.path().join(part)).unwrap();
        }
        Self { directory }
    }

    /// A tree with these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let tree = Self::new();
        files.iter().for_each(|(path, content)| tree.write(path, content));
        tree
    }

    fn part(&self, part: &str) -> PathBuf {
        fs::canonicalize(self.directory.path()).unwrap().join(part)
    }

    /// The directory that is scanned and in which the binary starts.
    pub(crate) fn root(&self) -> PathBuf {
        self.part("work")
    }

    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root().join(path)
    }

    /// Outside the scanned directory.
    pub(crate) fn aside(&self, path: &str) -> PathBuf {
        self.part("aside").join(path)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.part("home")
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        write(&self.at(path), content);
    }

    /// Add a rule page of the family `own` beside the tree; the option that loads it is [`Tree::rules`].
    pub(crate) fn page(&self, id: &str, page: &str) {
        write(&self.aside(&format!("own/{id}.md")), page);
    }

    pub(crate) fn rules(&self) -> String {
        self.aside("own").to_string_lossy().into_owned()
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.root()).env_clear().env("HOME", self.home());
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
    }

    pub(crate) fn picket(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
        let mut command = self.command(BINARY);
        command.args(args);
        finish(command)
    }

    /// `scan ARGS`
    pub(crate) fn scan(&self, args: &[&str]) -> Run {
        self.picket(["scan"].iter().chain(args))
    }

    /// `scan --select provider-token ARGS`: what the tree holds for this one rule, whatever other rules there are.
    pub(crate) fn tokens(&self, args: &[&str]) -> Run {
        self.picket(["scan", "--select", TOKEN_RULE].iter().chain(args))
    }

    /// `scan --rules OWN --select own ARGS`
    pub(crate) fn own(&self, args: &[&str]) -> Run {
        let rules = self.rules();
        self.picket(["scan", "--rules", &rules, "--select", "own"].iter().chain(args))
    }
}

/// Run to the end, or kill it.
pub(crate) fn finish(mut command: Command) -> Run {
    let (mut out, mut err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    let started = Instant::now();
    command.stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap()).stdin(Stdio::null());
    let status = wait(&mut command, started);
    let wall = started.elapsed();
    Run { code: status.code().unwrap_or(-1), stdout: text(&mut out), stderr: text(&mut err), wall }
}

fn wait(command: &mut Command, started: Instant) -> ExitStatus {
    let mut child = command.spawn().unwrap();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if started.elapsed() > DEADLINE {
            child.kill().unwrap();
            panic!("still running after {} s: {command:?}", DEADLINE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).expect("output is UTF-8")
}

pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A GitHub token that is valid in form and belongs to nobody.
pub(crate) fn token(seed: u64) -> String {
    Knowledge::embedded().unwrap().tokens.get("github-pat").unwrap().generate(seed, Generated::Valid)
}

/// Many of them, one format lookup for all.
pub(crate) fn tokens(count: u64) -> Vec<String> {
    let knowledge = Knowledge::embedded().unwrap();
    let format = knowledge.tokens.get("github-pat").unwrap();
    (0..count).map(|seed| format.generate(seed, Generated::Valid)).collect()
}

/// A whole rule page. `rule` are further lines of `[rule]`, `matches` those of `[[match]]`.
pub(crate) fn page(id: &str, rule: &str, matches: &str, flagged: &str, accepted: &str) -> String {
    let fence = |path: &str, text: &str| format!("```dotenv {path}\n{text}\n```\n");
    format!(
        "# The rule {id}\n\n```toml\n[rule]\nconfidence = \"high\"\nstatus = \"stable\"\nsince = \"0.1.0\"\ncwe = [798]\n{rule}\n\n\
         [[match]]\n{matches}\n```\n\nIt is bad.\n\n## Fix\n\nRemove it.\n\n## Flagged\n\n### one\n{}\n### two\n{}\n## Accepted\n\n\
         ### three\n{}\n### four\n{}",
        fence(".env", flagged),
        fence("a.env", flagged),
        fence(".env", accepted),
        fence("a.env", accepted),
    )
}

/// A page that finds `word` anywhere.
pub(crate) fn word_page(id: &str, severity: &str, word: &str) -> String {
    let rule = format!("severity = \"{severity}\"\nmessage = \"the word stands here\"");
    let matches = format!("text = {{ regex = \"{word}\", anchors = [\"{word}\"] }}");
    page(id, &rule, &matches, &format!("A=«{word}»"), "A=another")
}

/// The values of `field` in all findings.
pub(crate) fn fields<'a>(report: &'a Value, field: &str) -> Vec<&'a str> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding[field].as_str().unwrap_or_default()).collect()
}

/// `path reason` of all gaps.
pub(crate) fn gaps(report: &Value) -> Vec<String> {
    let gaps = report["gaps"].as_array().unwrap().iter();
    gaps.map(|gap| format!("{} {}", gap["path"].as_str().unwrap(), gap["reason"].as_str().unwrap())).collect()
}
