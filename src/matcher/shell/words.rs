//! The words of `shell`: what a script does wrong that no condition on one command can say. Documented here and nowhere
//! else.

use super::{Hit, Site, code, outputs, strict};

/// A named judgement.
pub struct ShellWord {
    pub name: &'static str,
    pub help: &'static str,
    /// What it captures besides what every match of `shell` does.
    pub(super) captures: &'static [&'static str],
    /// It judges scripts that start a server, and no others.
    pub(super) is_of_launcher: bool,
    pub(super) test: fn(&Site<'_>) -> Vec<Hit>,
}

impl std::fmt::Debug for ShellWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn launcher(name: &'static str, help: &'static str, test: fn(&Site<'_>) -> Vec<Hit>) -> ShellWord {
    ShellWord { name, help, captures: &[], is_of_launcher: true, test }
}

const fn any(name: &'static str, help: &'static str, test: fn(&Site<'_>) -> Vec<Hit>) -> ShellWord {
    ShellWord { name, help, captures: &[], is_of_launcher: false, test }
}

/// All words.
pub static SHELL_WORDS: &[ShellWord] = &[
    launcher(
        "goes-on-after-error",
        "a launcher that goes on after an error: which of errexit, nounset and pipefail it lacks and needs",
        strict::missing_options,
    ),
    launcher(
        "unchecked-step",
        "a `cd` or an activation in a launcher whose failure nobody asks about",
        strict::unchecked_steps,
    ),
    launcher(
        "splitting-expansion",
        "an expansion in a launcher whose value becomes several words where one path or argument is meant",
        strict::unquoted,
    ),
    launcher(
        "ambient-program",
        "the server is started by an interpreter that is found on PATH",
        strict::ambient_program,
    ),
    launcher("missing-exec", "the server is started as a child that outlives the script", strict::missing_exec),
    launcher("elevated-start", "the server is started as another user with more rights", strict::elevated_start),
    ShellWord {
        name: "output-before-start",
        help: "something is written to the standard output on which a server is to speak its protocol",
        captures: &["callee"],
        is_of_launcher: true,
        test: outputs::before_start,
    },
    ShellWord {
        name: "runs-download",
        help: "a download that is run: by a pipe, a substitution, a variable, a program text",
        captures: &["tool", "interpreter"],
        is_of_launcher: false,
        test: code::downloads,
    },
    any("runs-text", "text from outside that becomes commands: `eval`, `source`, `sh -c`", code::evaluates),
    any("shows-secret", "a credential that is printed or traced", outputs::secrets),
    any(
        "predictable-file",
        "a file of a known name in a folder that everybody can write to",
        outputs::predictable_files,
    ),
];
