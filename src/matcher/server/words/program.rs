//! Words about the program that a launch line starts: `unowned-python`, `unplaced-program`, `shared-path`.

use super::super::place::{Field, Hit, Place, Verdict};
use crate::deployment::Word;
use crate::matcher::Capture;
use crate::text::Span;
use regex::Regex;
use std::sync::LazyLock;

fn hit(part: Option<Span>, captures: Vec<Capture>) -> Verdict {
    Verdict::Hit(Hit { part, captures, ..Hit::default() })
}

/// A Python that belongs to nobody's project: found on `PATH`, or the system's own.
pub(super) fn unowned_python(place: &Place<'_>) -> Verdict {
    static SYSTEM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)^(?:|/usr/bin/|/usr/local/bin/|/opt/homebrew/bin/|/bin/",
            r"|/Library/Frameworks/Python\.framework/Versions/[^/]+/bin/",
            r"|[a-z]:[\\/](?:Program Files[\\/])?Python[0-9]*[\\/])(?:python[0-9.]*|py)(?:\.exe)?$"
        ))
        .ok()
    });
    static ISOLATED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i-u)[\\/](?:bin|Scripts)[\\/]python[0-9.]*(?:\.exe)?$").ok());
    let Some((program, arguments)) = place.server.launch.line.split_first() else { return Verdict::No };
    if place.position() != Some(0) {
        return Verdict::No;
    }
    let is = |regex: &LazyLock<Option<Regex>>| regex.as_ref().is_some_and(|regex| regex.is_match(&program.text));
    if !is(&SYSTEM) {
        let is_isolated =
            is(&ISOLATED) || ["uv", "uvx", "poetry", "pipx", "conda", "pdm", "hatch"].contains(&program.text.as_str());
        return if is_isolated { Verdict::proof("isolated-interpreter", program.text.clone()) } else { Verdict::No };
    }
    match runs(arguments) {
        Some(what) => hit(
            Some(program.span),
            vec![Capture::new("program", program.text.clone()), Capture::new("what", what.to_owned())],
        ),
        None => Verdict::No,
    }
}

/// The script or module that an interpreter is given.
fn runs(arguments: &[Word]) -> Option<&str> {
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        match word.text.as_str() {
            "-m" => {
                let module = rest.next()?.text.as_str();
                return (!matches!(module, "pipx" | "uv" | "venv" | "http.server")).then_some(module);
            }
            "-W" | "-X" => {
                rest.next();
            }
            "-c" => return None,
            flag if flag.starts_with('-') => {}
            script => return Some(script),
        }
    }
    None
}

/// A program or script whose place depends on where the client was started: `./run.sh`, `server.py`. Nothing, if the
/// declaration sets the folder.
pub(super) fn unplaced_program(place: &Place<'_>) -> Verdict {
    static SCRIPT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i-u)\.(?:sh|bash|py|pyw|js|mjs|cjs|ts|mts|rb|pl|php|ps1|bat|jar|dll)$").ok());
    if place.server.cwd.is_some() {
        return Verdict::No;
    }
    let line = &place.server.launch.line;
    let Some((at, word)) = place.position().and_then(|at| Some((at, line.get(at)?))) else { return Verdict::No };
    let path = word.text.as_str();
    let is_script = SCRIPT.as_ref().is_some_and(|regex| regex.is_match(path));
    let has_folder = path.contains(['/', '\\']);
    let is_program = at == 0;
    let is_plain = !path.contains(['$', '%', '{', '<', ' ', ':', '@']) && !path.starts_with(['-', '/', '\\', '~']);
    let is_started = |at| if is_program { has_folder || is_script } else { is_script && is_first_argument(line, at) };
    if is_plain && is_started(at) {
        return hit(Some(word.span), vec![Capture::new("path", path.to_owned())]);
    }
    if is_program && path.starts_with('/') {
        return Verdict::proof("absolute-command", path);
    }
    Verdict::No
}

/// Whether the word is what an interpreter runs: the first argument that is no option.
fn is_first_argument(line: &[Word], at: usize) -> bool {
    const INTERPRETERS: &[&str] = &[
        "node", "python", "python3", "py", "bun", "deno", "ruby", "php", "perl", "bash", "sh", "zsh", "java", "dotnet",
        "tsx",
    ];
    let Some((program, arguments)) = line.split_first() else { return false };
    let name = program.text.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".exe");
    let first = arguments.iter().take(64).position(|word| !word.text.starts_with('-') && word.text != "run");
    INTERPRETERS.contains(&name) && first.is_some_and(|first| first + 1 == at)
}

/// A program, script or folder where every user of the machine may put one.
pub(super) fn shared_path(place: &Place<'_>) -> Verdict {
    static SHARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i-u)^(?:/(?:private/)?(?:tmp|var/tmp)/|/dev/shm/|/Users/Shared/|[a-z]:[\\/]+(?:Users[\\/]+Public|(?:Windows[\\/]+)?Temp)[\\/]",
            r"|%(?:TEMP|TMP|PUBLIC)%[\\/]|\$\{?(?:TMPDIR|TMP|TEMP)\}?/)"
        ))
        .ok()
    });
    let text = place.text();
    if !SHARED.as_ref().is_some_and(|regex| regex.is_match(text)) {
        return Verdict::No;
    }
    let line = &place.server.launch.line;
    // Data below /tmp is no code: only what is started counts.
    let is_code = match place.field.field {
        Field::Command | Field::Cwd => true,
        Field::Argument => place.position().is_some_and(|at| at == 0 || is_first_argument(line, at)),
        _ => false,
    };
    if is_code { hit(None, vec![Capture::new("path", text.to_owned())]) } else { Verdict::No }
}
